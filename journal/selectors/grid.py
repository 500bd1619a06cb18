"""The grid of a journal: its lessons of the semester across, its students down (§3.5a–c)."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection

from accounts.models import User
from ejournal.lib.clock import day_of
from journal.permissions import JournalDoor
from journal.rules import days_late, is_overdue
from journal.selectors import sql
from journal.selectors.roster import Pupil
from journal.selectors.states import LessonFace, Lock, face_of, lock_of
from journal.selectors.totals import Totals, totals_of
from teaching.models import Workload
from university.enums import LessonKind
from university.rules import resolve_settings

# presence, grade, late_minutes, makeup_on, version, has a reason, first and last day of the excuse that covers it,
# whether an appeal waits for an answer; a tuple, since a grid has two thousand of them.
CellRow = tuple[str | None, int | None, int | None, date | None, int, bool, date | None, date | None, bool]


@dataclass(frozen=True, slots=True)
class Column:
    """A lesson of the journal. `lock` is None where cells may be written."""

    lesson_id: int
    day: date
    pair: int | None
    module: int | None
    starts_at: datetime
    topic: str
    face: LessonFace
    lock: Lock | None
    is_today: bool
    has_gaps: bool  # somebody on its roll was not looked at
    taught_by: str = ""  # where it is another than who keeps the journal
    days_late: int = 0  # how many days after the lesson's its roll was taken
    is_overdue: bool = False  # not filled, or not to the end, though the hours for it have passed
    deadline: date | None = None  # until when its module was to be closed, where that day has passed and binds


@dataclass(frozen=True, slots=True)
class ClosedModule:
    """A module under which nothing changes any more (§4.3): who closed it, when."""

    number: int
    starts_on: date
    ends_on: date
    closed_by: str
    closed_at: datetime
    group: str = ""  # whose it is, where a page has several


@dataclass(frozen=True, slots=True)
class Shared:
    """What a column is on a page of several journals: the journal through which the user writes in it (or the first
    one), and the lock of each journal that the lesson serves. `kind` and `part`, its subgroups, tell it from those
    beside it."""

    journal_id: int
    locks: Mapping[int, Lock | None]
    kind: LessonKind | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Students that stand together under a heading. `seats`: their places in the journals, by student."""

    label: str
    pupils: Sequence[Pupil]
    seats: Mapping[int, Mapping[int, Pupil]]
    subgroups: Mapping[int, int] = field(default_factory=dict)
    course_id: int = 0  # in which its students have their points

    def seat_in(self, shared: Shared, student_id: int) -> tuple[int, Pupil] | None:
        """Through which journal of a lesson a student sits in it, and his days there; None: it is not his."""
        seats = self.seats[student_id]
        return next(((journal, seats[journal]) for journal in shared.locks if journal in seats), None)


@dataclass(frozen=True, slots=True)
class Grid:
    """`marks` by student, then by lesson. `focus` is the lesson at which the grid opens (None: no lessons)."""

    pupils: Sequence[Pupil]
    columns: Sequence[Column]
    marks: Mapping[int, Mapping[int, CellRow]]
    totals: Mapping[int, Totals]
    closed: Sequence[ClosedModule] = ()
    daily_grades: Sequence[int] = ()
    window_days: int = 0
    focus: int | None = None
    can_write: bool = False
    keeper: str = ""
    shared: Mapping[int, Shared] = field(default_factory=dict)  # by lesson, on a page of several journals
    sections: Sequence[Section] = ()
    course_id: int = 0  # in which the students have their points, where there are no sections

    @property
    def journals(self) -> list[int]:
        """The journals of a page of several that the user may write in."""
        return sorted({one.journal_id for one in self.shared.values() if one.locks[one.journal_id] != Lock.READ_ONLY})

    @property
    def is_mixed(self) -> bool:
        """Whether own journals stand beside such as are only read."""
        return bool(self.shared) and self.can_write

    @property
    def months(self) -> list[date]:
        """The first days of the months that have lessons."""
        return list(dict.fromkeys(column.day.replace(day=1) for column in self.columns))

    @property
    def modules(self) -> list[int]:
        """The numbers of the modules that have lessons."""
        return sorted({column.module for column in self.columns if column.module is not None})

    @property
    def past_deadline(self) -> list[tuple[int, date]]:
        """(number, last day) of the modules whose days for closing are over, and so their cells locked."""
        found = {
            (column.module, column.deadline)
            for column in self.columns
            if column.lock == Lock.MODULE_DEADLINE and column.module is not None and column.deadline is not None
        }
        return sorted(found)

    @property
    def appeals(self) -> int:
        """How many of its cells wait for the answer to an appeal."""
        return sum(cell[8] for of_student in self.marks.values() for cell in of_student.values())

    @property
    def first_day(self) -> date:
        """The day of the first lesson (any day where there is none)."""
        return self.columns[0].day if self.columns else date.min

    @property
    def last_day(self) -> date:
        return self.columns[-1].day if self.columns else date.max


def marks_of(workload_ids: Sequence[int], lesson_ids: Sequence[int]) -> dict[int, dict[int, CellRow]]:
    """The marks of journals at some of their lessons, by student and lesson. One query, plain rows."""
    found: dict[int, dict[int, CellRow]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(sql.MARKS, {"lessons": list(lesson_ids), "journals": list(workload_ids)})
        for row in cursor.fetchall():
            found[row[0]][row[1]] = row[2:]
    return found


def roster_of(workload: Workload, *, since: date, until: date) -> list[Pupil]:
    """The list of one journal, as `selectors.roster.rosters` gives it for several."""
    return course_roster(workload.course_id, workload.subgroup_id, since=since, until=until)


def course_roster(course_id: int, subgroup_id: int | None, *, since: date, until: date) -> list[Pupil]:
    """The list of a course, or of one subgroup in it, in the order of the alphabet."""
    found: dict[int, Pupil] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql.ROSTER, {"course": course_id, "subgroup": subgroup_id, "since": since, "until": until})
        for student_id, last_name, first_name, patronymic, starts_on, ends_on in cursor.fetchall():
            spans = found[student_id].spans if student_id in found else ()
            found[student_id] = Pupil(student_id, last_name, first_name, patronymic, (*spans, (starts_on, ends_on)))
    return list(found.values())


def totals_by_student(pupils: Iterable[Pupil], marks: Mapping[int, Mapping[int, CellRow]]) -> dict[int, Totals]:
    return {
        pupil.student_id: totals_of((cell[0], cell[1]) for cell in marks.get(pupil.student_id, {}).values())
        for pupil in pupils
    }


def journal_grid(door: JournalDoor, *, user: User, now: datetime) -> Grid:
    """The whole semester of a journal as a user meets it: lessons with the settings, roster, marks: three queries."""
    workload = door.workload
    semester = workload.course.semester
    today = day_of(now)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.LESSONS,
            {
                "journal": workload.id,
                "course": workload.course_id,
                "unit": workload.course.group.unit_id,
                "user": user.id,
                "today": today,
                "now": now,
            },
        )
        rows = cursor.fetchall()
    settings = resolve_settings(
        json.loads(rows[0][-1]) if rows else (), "filling_window_days", "daily_grades", "unfilled_alarm_hours"
    )
    pupils = roster_of(workload, since=semester.starts_on, until=semester.ends_on)
    marks = marks_of([workload.id], [row[0] for row in rows])
    looked_at = Counter(
        lesson_id for of_student in marks.values() for lesson_id, cell in of_student.items() if cell[0] is not None
    )
    # Most students stand on the list all the semester long: only the others are asked for each day.
    sometimes = [pupil for pupil in pupils if not pupil.is_enrolled_throughout(semester.starts_on, semester.ends_on)]
    always = len(pupils) - len(sometimes)
    columns = []
    closed: dict[int, ClosedModule] = {}
    focus: int | None = None
    for lesson_id, day, pair, starts_at, ends_at, state, topic, *rest in rows:
        taken_at, number, *closed_by, is_named, is_reopened, past_deadline, taught_by, keeper, _settings = rest
        if closed_by[0] is not None:
            closed[closed_by[0]] = ClosedModule(*closed_by)
        seen = looked_at[lesson_id]
        on_roll = always + sum(pupil.is_enrolled_on(day) for pupil in sometimes)
        face = face_of(
            state=state,
            starts_at=starts_at,
            ends_at=ends_at,
            is_taken=taken_at is not None or seen >= on_roll,
            has_marks=seen > 0,
            now=now,
        )
        columns.append(
            Column(
                lesson_id,
                day,
                pair,
                number,
                starts_at,
                topic,
                face,
                lock_of(
                    can_write=door.can_write,
                    keeps_journal=door.is_keeper or is_named,
                    state=state,
                    lesson_day=day,
                    starts_at=starts_at,
                    is_closed=closed_by[0] is not None,
                    window_days=settings["filling_window_days"],
                    now=now,
                    is_reopened=is_reopened,
                    is_past_deadline=past_deadline is not None,
                ),
                day == today,
                seen < on_roll,
                "" if taught_by == keeper else taught_by,
                0 if taken_at is None else days_late(lesson_day=day, taken_on=day_of(taken_at)),
                face in (LessonFace.NOT_FILLED, LessonFace.PARTLY)
                and is_overdue(ends_at=ends_at, alarm_hours=settings["unfilled_alarm_hours"], now=now),
                past_deadline,
            )
        )
        # The first of today, else the last that has begun.
        if focus is None or (day <= today and columns[-2].day != today):
            focus = lesson_id
    return Grid(
        pupils,
        columns,
        marks,
        totals_by_student(pupils, marks),
        list(closed.values()),
        settings["daily_grades"],
        settings["filling_window_days"],
        focus,
        door.can_write,
        rows[0][-2] or "" if rows else "",
        course_id=workload.course_id,
    )
