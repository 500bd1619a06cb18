"""What cannot be in two places at once. No Django, no database."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from datetime import date
from itertools import combinations
from typing import NamedTuple

from teaching.enums import ClashKind, WeekParity


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
