"""What the university counts and concludes about teaching, given plain values. No Django, no database."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator
from datetime import date, timedelta
from itertools import combinations
from typing import NamedTuple

from teaching.enums import ClashKind, WeekParity
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


class Held(NamedTuple):
    """A line of the timetable, or one lesson, as what it holds: a teacher, a part of a group, a room.

    `when` is what two of them must have in common to meet at all: weekday and pair, or nothing where the times
    were compared before. Teacher, group, subgroup and room are any keys; None: none (of a subgroup: the whole group).
    """

    id: Hashable
    when: Hashable
    teacher: Hashable | None
    group: Hashable
    subgroup: Hashable | None
    room: Hashable | None
    parity: str = WeekParity.EVERY
    stream: Hashable | None = None
    starts_on: date = date.min
    ends_on: date = date.max

    @property
    def meeting(self) -> Hashable:
        """Lines of one stream that agree on time, weeks, room and teacher are one meeting (агым)."""
        if not self.stream:
            return self.id
        return self.stream, self.when, self.parity, self.room, self.teacher


class Found(NamedTuple):
    """One teacher, group or room that two meetings want at once."""

    kind: ClashKind
    subject: Hashable
    first: Held
    second: Held


def clashes_among(held: Iterable[Held]) -> Iterator[Found]:
    """Every two that cannot both be: one teacher, one room, or one group (the whole of it, or the same subgroup) in
    two meetings at once. Real timetables have them, so they are told and never refused."""
    wanted: defaultdict[tuple[ClashKind, Hashable, Hashable], list[Held]] = defaultdict(list)
    for one in held:
        wanted[ClashKind.GROUP, one.group, one.when].append(one)
        if one.teacher is not None:
            wanted[ClashKind.TEACHER, one.teacher, one.when].append(one)
        if one.room is not None:
            wanted[ClashKind.ROOM, one.room, one.when].append(one)
    for (kind, subject, _when), rivals in wanted.items():
        for first, second in combinations(rivals, 2):
            if _meet(first, second) and (kind != ClashKind.GROUP or _share_students(first, second)):
                yield Found(kind, subject, first, second)


def _meet(first: Held, second: Held) -> bool:
    """Whether two meetings of one weekday and pair ever fall on the same day."""
    return (
        (WeekParity.EVERY in (first.parity, second.parity) or first.parity == second.parity)
        and first.starts_on <= second.ends_on
        and second.starts_on <= first.ends_on
        and first.meeting != second.meeting
    )


def _share_students(first: Held, second: Held) -> bool:
    return first.subgroup is None or second.subgroup is None or first.subgroup == second.subgroup
