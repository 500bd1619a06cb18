"""What the university counts and concludes about teaching, given plain values. No Django, no database."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from teaching.enums import OrderKind, StudentState, WeekParity
from university.enums import LessonKind
from university.rules import is_odd_week


def days_of_line(
    *,
    weekday: int,
    parity: str,
    starts_on: date,
    ends_on: date,
    semester_starts_on: date,
    holidays: Collection[date],
) -> list[date]:
    """The days on which a line of the timetable meets (§3.5g), both ends included, holidays left out.

    `weekday` is ISO, 1 Monday … 7 Sunday; odd and even weeks are counted from the semester's first Monday.
    """
    first = starts_on + timedelta(days=(weekday - starts_on.isoweekday()) % 7)
    days = (first + timedelta(weeks=week) for week in range(max(0, (ends_on - first).days // 7 + 1)))
    return [
        day
        for day in days
        if day not in holidays
        and (
            parity == WeekParity.EVERY
            or is_odd_week(day, semester_starts_on=semester_starts_on) == (parity == WeekParity.ODD)
        )
    ]


class TaughtHours(NamedTuple):
    """Hours of one kind that a teacher has in a course."""

    staff_number: str
    kind: str
    hours: int


def lead_of(taught: Iterable[TaughtHours]) -> str | None:
    """Who leads a course: the lecturer with the most hours, else the teacher with the most; of equals the lowest
    staff number. None where nobody teaches."""
    lectures: defaultdict[str, int] = defaultdict(int)
    everything: defaultdict[str, int] = defaultdict(int)
    for one in taught:
        everything[one.staff_number] += one.hours
        if one.kind == LessonKind.LECTURE:
            lectures[one.staff_number] += one.hours
    hours = lectures or everything
    return min(hours, key=lambda number: (-hours[number], number), default=None)


# --- Orders about students (§7.5) --------------------------------------------------------------------------------
COURSE_KINDS = frozenset({OrderKind.ELECTIVE, OrderKind.REPEAT, OrderKind.EXEMPT, OrderKind.COURSE_END})
PLACING_KINDS = frozenset({OrderKind.ENROL, OrderKind.TRANSFER, OrderKind.RETURN, OrderKind.REINSTATE})
_BEGINS_FROM: dict[OrderKind, frozenset[StudentState]] = {
    OrderKind.ENROL: frozenset({StudentState.NOT_YET, StudentState.LEFT}),
    OrderKind.TRANSFER: frozenset({StudentState.STUDYING}),
    OrderKind.SUBGROUP: frozenset({StudentState.STUDYING}),
    OrderKind.LEAVE: frozenset({StudentState.STUDYING}),
    OrderKind.RETURN: frozenset({StudentState.ON_LEAVE}),
    OrderKind.EXPEL: frozenset({StudentState.STUDYING, StudentState.ON_LEAVE}),
    OrderKind.REINSTATE: frozenset({StudentState.EXPELLED, StudentState.LEFT}),
    OrderKind.ELECTIVE: frozenset({StudentState.STUDYING}),
    OrderKind.REPEAT: frozenset({StudentState.STUDYING}),
    OrderKind.EXEMPT: frozenset({StudentState.STUDYING}),
    # A repeater may end the course after he ended his studies.
    OrderKind.COURSE_END: frozenset(StudentState),
}


def fits_state(kind: OrderKind, state: StudentState) -> bool:
    """Whether an order of this kind may be made about a student in this state."""
    return state in _BEGINS_FROM[kind]


def halves(ids: Sequence[int]) -> tuple[list[int], list[int]]:
    """A list cut in two by its order; of an odd number the first half has one more."""
    middle = (len(ids) + 1) // 2
    return list(ids[:middle]), list(ids[middle:])
