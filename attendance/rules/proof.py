"""Which codes prove presence at a lesson, given plain values. The one place of the rule. No Django, no database."""

from collections.abc import Iterable

from attendance.enums import QrMode

STRICTNESS = (QrMode.ROOM, QrMode.ROOM_ROTATING, QrMode.ROTATING)


def way_of_proof(*, lesson: str | None, room: str | None, units: Iterable[str]) -> QrMode:
    """The lesson's own way, else the room's, else that of the lesson's units, as each of them or the university has it.

    Of a stream of several units the strictest holds, for the students of all: they sit in one auditorium before one
    screen, and their teacher reads one sentence about it.
    """
    own = lesson or room
    return QrMode(own) if own else max((QrMode(mode) for mode in units), key=STRICTNESS.index)
