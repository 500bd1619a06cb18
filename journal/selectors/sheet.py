"""Several journals on one page: all of a course side by side (§3.5a), or those of a stream, group under group."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from accounts.models import User
from ejournal.lib.clock import day_of
from journal.permissions import JournalDoor
from journal.rules import days_late, is_overdue
from journal.selectors import sql
from journal.selectors.grid import (
    CellRow,
    ClosedModule,
    Column,
    Grid,
    Section,
    Shared,
    course_roster,
    marks_of,
    totals_by_student,
)
from journal.selectors.roster import Pupil, rosters
from journal.selectors.states import LessonFace, Lock, face_of, lock_of
from teaching.models import Workload
from teaching.selectors.timetable import part_label
from university.enums import LessonKind
from university.selectors import policies


@dataclass(frozen=True, slots=True)
class _Part:
    """One journal's part of a lesson, as the statement gives it."""

    door: JournalDoor
    lesson_id: int
    day: date
    pair: int | None
    starts_at: datetime
    ends_at: datetime
    state: str
    topic: str
    taken_at: datetime | None
    module: int | None
    closed: ClosedModule | None
    is_named: bool
    is_reopened: bool
    past_deadline: date | None
    taught_by: str

    def lock(self, *, window_days: int, now: datetime) -> Lock | None:
        return lock_of(
            can_write=self.door.can_write,
            keeps_journal=self.door.is_keeper or self.is_named,
            state=self.state,
            lesson_day=self.day,
            starts_at=self.starts_at,
            is_closed=self.closed is not None,
            window_days=window_days,
            now=now,
            is_reopened=self.is_reopened,
            is_past_deadline=self.past_deadline is not None,
        )


def course_grid(doors: Sequence[JournalDoor], *, user: User, now: datetime) -> Grid:
    """All journals of a course by date, its students in one list: five queries."""
    workloads = [door.workload for door in doors]
    semester = workloads[0].course.semester
    lists = rosters(workloads, since=semester.starts_on, until=semester.ends_on)
    seats = _seats(lists)
    everybody = course_roster(workloads[0].course_id, None, since=semester.starts_on, until=semester.ends_on)
    subgroups = {
        pupil.student_id: workload.subgroup.number
        for workload in workloads
        if workload.subgroup is not None
        for pupil in lists[workload.id]
    }
    pupils = [pupil for pupil in everybody if pupil.student_id in seats]
    return _grid(
        doors, [Section("", pupils, seats, subgroups, workloads[0].course_id)], with_kinds=True, user=user, now=now
    )


def stream_grid(doors: Sequence[JournalDoor], *, user: User, now: datetime) -> Grid:
    """The journals of a stream (агым): each meeting once, the groups under each other. Four queries."""
    workloads = [door.workload for door in doors]
    semester = workloads[0].course.semester
    lists = rosters(workloads, since=semester.starts_on, until=semester.ends_on)
    sections = [
        Section(
            _part_of(workload),
            lists[workload.id],
            _seats({workload.id: lists[workload.id]}),
            course_id=workload.course_id,
        )
        for workload in workloads
    ]
    return _grid(doors, sections, with_kinds=False, user=user, now=now)


def _part_of(workload: Workload) -> str:
    return part_label(workload.course.group.name, workload.subgroup.number if workload.subgroup is not None else None)


def _seats(lists: Mapping[int, Iterable[Pupil]]) -> dict[int, dict[int, Pupil]]:
    found: dict[int, dict[int, Pupil]] = {}
    for journal_id, pupils in lists.items():
        for pupil in pupils:
            found.setdefault(pupil.student_id, {})[journal_id] = pupil
    return found


def _parts(doors: Sequence[JournalDoor], *, user: User, now: datetime) -> dict[int, list[_Part]]:
    """By lesson in the order of time, its part in each journal in the order of the doors. One query."""
    by_journal = {door.workload.id: door for door in doors}
    order = list(by_journal)
    with connection.cursor() as cursor:
        cursor.execute(sql.SHARED_LESSONS, {"journals": order, "user": user.id, "now": now, "today": day_of(now)})
        rows = cursor.fetchall()
    found: dict[int, list[_Part]] = {}
    for journal_id, lesson_id, day, pair, starts_at, ends_at, state, topic, taken_at, module, *rest in rows:
        number, first_day, last_day, closed_by, closed_at, is_named, is_reopened, past_deadline, taught_by = rest
        door = by_journal[journal_id]
        group = door.workload.course.group.name
        closed = None if number is None else ClosedModule(number, first_day, last_day, closed_by, closed_at, group)
        found.setdefault(lesson_id, []).append(
            _Part(
                door,
                lesson_id,
                day,
                pair,
                starts_at,
                ends_at,
                state,
                topic,
                taken_at,
                module,
                closed,
                is_named,
                is_reopened,
                past_deadline,
                taught_by or "",
            )
        )
    for parts in found.values():
        parts.sort(key=lambda part: order.index(part.door.workload.id))
    return found


def _grid(
    doors: Sequence[JournalDoor], sections: Sequence[Section], *, with_kinds: bool, user: User, now: datetime
) -> Grid:
    today = day_of(now)
    settings = policies(
        "filling_window_days",
        "daily_grades",
        "unfilled_alarm_hours",
        on=today,
        unit_id=doors[0].workload.course.group.unit_id,
    )
    lessons = _parts(doors, user=user, now=now)
    marks = marks_of([door.workload.id for door in doors], list(lessons))
    columns: list[Column] = []
    shared: dict[int, Shared] = {}
    closed: dict[tuple[str, int], ClosedModule] = {}
    focus: int | None = None
    for lesson_id, parts in lessons.items():
        first = parts[0]
        locks = {
            part.door.workload.id: part.lock(window_days=settings["filling_window_days"], now=now) for part in parts
        }
        written = next((part for part in parts if locks[part.door.workload.id] != Lock.READ_ONLY), first)
        workload = written.door.workload
        shared[lesson_id] = (
            Shared(workload.id, locks, LessonKind(workload.kind), _subgroups_of(parts))
            if with_kinds
            else Shared(workload.id, locks)
        )
        for part in parts:
            if part.closed is not None:
                closed[part.closed.group, part.closed.number] = part.closed
        seen, gaps = _looked_at(sections, shared[lesson_id], marks, first)
        face = face_of(
            state=first.state,
            starts_at=first.starts_at,
            ends_at=first.ends_at,
            is_taken=first.taken_at is not None or not gaps,
            has_marks=seen,
            now=now,
        )
        columns.append(
            Column(
                lesson_id,
                first.day,
                first.pair,
                first.module,
                first.starts_at,
                first.topic,
                face,
                _lock_of_all(list(locks.values())),
                first.day == today,
                gaps,
                first.taught_by if with_kinds else "",
                0 if first.taken_at is None else days_late(lesson_day=first.day, taken_on=day_of(first.taken_at)),
                face in (LessonFace.NOT_FILLED, LessonFace.PARTLY)
                and is_overdue(ends_at=first.ends_at, alarm_hours=settings["unfilled_alarm_hours"], now=now),
                first.past_deadline,
            )
        )
        # The first of today, else the last that has begun.
        if focus is None or (first.day <= today and columns[-2].day != today):
            focus = lesson_id
    pupils = [pupil for section in sections for pupil in section.pupils]
    return Grid(
        pupils,
        columns,
        marks,
        totals_by_student(pupils, marks),
        list(closed.values()),
        settings["daily_grades"],
        settings["filling_window_days"],
        focus,
        any(door.can_write for door in doors),
        shared=shared,
        sections=sections,
    )


def _subgroups_of(parts: Sequence[_Part]) -> str:
    subgroups = [part.door.workload.subgroup for part in parts]
    return "+".join(str(subgroup.number) for subgroup in subgroups if subgroup is not None)


def _lock_of_all(locks: Sequence[Lock | None]) -> Lock | None:
    """The lock of a whole column: what is open in one journal of it is open; else where a make-up may be entered."""
    if None in locks:
        return None
    if Lock.WINDOW_OVER in locks:
        return Lock.WINDOW_OVER
    return next((lock for lock in locks if lock != Lock.READ_ONLY), Lock.READ_ONLY)


def _looked_at(
    sections: Sequence[Section], shared: Shared, marks: Mapping[int, Mapping[int, CellRow]], part: _Part
) -> tuple[bool, bool]:
    """Whether somebody on a lesson's roll was looked at, and whether somebody was not."""
    seen = gaps = False
    for section in sections:
        for pupil in section.pupils:
            seat = section.seat_in(shared, pupil.student_id)
            if seat is None or not seat[1].is_enrolled_on(part.day):
                continue
            cell = marks.get(pupil.student_id, {}).get(part.lesson_id)
            if cell is not None and cell[0] is not None:
                seen = True
            else:
                gaps = True
    return seen, gaps
