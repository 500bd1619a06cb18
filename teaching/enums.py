"""Words with a fixed set of values. Labels stand in the models."""

from enum import StrEnum


class WeekParity(StrEnum):
    EVERY = "every"
    ODD = "odd"
    EVEN = "even"


class EnrolmentBasis(StrEnum):
    GROUP = "group"
    ELECTIVE = "elective"
    REPEAT = "repeat"
    EXEMPT = "exempt"  # on the course's paper, not on its rolls


class LessonState(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    NOT_HELD = "not_held"
    CANCELLED = "cancelled"


class ChangeKind(StrEnum):
    MAKE_UP = "make_up"
    MOVE = "move"
    CANCEL = "cancel"
    ROOM = "room"
    NOT_HELD = "not_held"
    HOLIDAY = "holiday"
    LINE = "line"  # a line of the timetable, from a day on


class RequestKind(StrEnum):
    MOVE = "move"
    ROOM = "room"
    SWAP = "swap"
    NOT_HELD = "not_held"


class RequestState(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
