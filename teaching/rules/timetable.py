"""On which days a line of the timetable meets, and who leads a course. No Django, no database."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from teaching.enums import WeekParity
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
