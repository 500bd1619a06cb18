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


class ScanMethod(StrEnum):
    """How the code came to us."""

    CAMERA = "camera"  # the telephone's camera opened the address
    IN_PAGE = "in_page"  # the scanner of our own page
    TYPED = "typed"


class ScanCode(StrEnum):
    """What became of a scan. Part of the interface."""

    COUNTED = "counted"
    LATE = "late"
    ALREADY = "already"
    TWO_FIT = "two_fit"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    OTHER_ROOM = "other_room"
    NO_LESSON = "no_lesson"
    CANCELLED = "cancelled"
    NOT_YOUR_SUBGROUP = "not_your_subgroup"
    CODE_OLD = "code_old"
    NOT_A_STUDENT = "not_a_student"
    UNKNOWN = "unknown"
    TOO_OFTEN = "too_often"


class ScanDifference(StrEnum):
    """How a mark differs from the scan of the same student: two facts, neither of which overwrites the other."""

    SCANNED_ABSENT = "scanned_absent"  # a proven scan, and «кж»
    NOT_SCANNED = "not_scanned"  # present or late, where others scanned and he did not
    LATE_PRESENT = "late_present"  # scanned as late, marked as present
    PRESENT_LATE = "present_late"  # scanned in time, marked as late
