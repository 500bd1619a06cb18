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


class ApprovalState(StrEnum):
    """Of a calendar-thematic plan and of a working programme."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"


class ClashKind(StrEnum):
    """What is wanted in two places at once."""

    TEACHER = "teacher"
    GROUP = "group"
    ROOM = "room"


class TimetableOf(StrEnum):
    """Whose, or what's, timetable."""

    TEACHER = "teacher"
    STUDENT = "student"
    GROUP = "group"
    ROOM = "room"
    BUILDING = "building"


class AbsenceKind(StrEnum):
    """The valid reasons for which a teacher is away (§3.5h)."""

    ILLNESS = "illness"
    TRIP = "trip"
    LEAVE = "leave"
    TRAINING = "training"
    OTHER = "other"


class Answer(StrEnum):
    """What a teacher says to a substitution; it stands whatever he says, until it is withdrawn."""

    NONE = "none"
    CONFIRMED = "confirmed"
    OBJECTED = "objected"


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
