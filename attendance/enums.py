"""Words with a fixed set of values. Labels stand in the models."""

from enum import StrEnum


class QrMode(StrEnum):
    """Which codes prove presence."""

    ROOM = "room"  # the printed one is enough
    ROOM_ROTATING = "room_rotating"  # the printed one says where; presence is proven by the changing one
    ROTATING = "rotating"  # only the changing one


class ScanProof(StrEnum):
    """What the code proved."""

    NOW = "now"  # the rotating code of this step
    PREVIOUS = "previous"  # of the step before
    ROOM = "room"  # the printed code: where, but not when
    MEETING = "meeting"  # the code of one lesson, on the teacher's screen
