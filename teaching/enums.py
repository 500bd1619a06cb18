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


class OrderKind(StrEnum):
    """What an order does to a student's place, or, with a course, to his place in it."""

    ENROL = "enrol"
    TRANSFER = "transfer"
    SUBGROUP = "subgroup"
    LEAVE = "leave"
    RETURN = "return"
    EXPEL = "expel"
    REINSTATE = "reinstate"
    ELECTIVE = "elective"
    REPEAT = "repeat"
    EXEMPT = "exempt"
    COURSE_END = "course_end"


class StudentState(StrEnum):
    NOT_YET = "not_yet"
    STUDYING = "studying"
    ON_LEAVE = "on_leave"
    EXPELLED = "expelled"
    LEFT = "left"  # in no group any more, and no order of ours says why


class ReportKind(StrEnum):
    """What is wrong with a journal's list."""

    MISSING = "missing"
    EXTRA = "extra"
    WRONG_DATA = "wrong_data"
