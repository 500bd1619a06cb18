"""A journal's month as it goes on paper (§2.4)."""

import calendar
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import connection, transaction

from accounts.enums import Role
from accounts.models import Appointment
from ejournal.lib.clock import day_of
from journal.enums import Presence
from journal.models import DaySeal
from journal.rules import ABSENT_SIGN
from journal.selectors.grid import CellRow, marks_of, roster_of
from journal.selectors.journals import keepers_of
from journal.selectors.reopenings import changed_under
from journal.selectors.seals import last_seal
from journal.selectors.totals import totals_of
from teaching.enums import LessonState
from teaching.models import Lesson, Workload, in_force
from teaching.rules import PAIR_HOURS
from teaching.selectors.taught import named_for, with_substitution


@dataclass(frozen=True, slots=True)
class SheetLesson:
    """A lesson of the month. `hours` is 0 for one that has not been held."""

    day: date
    pair: int | None
    topic: str
    work_kinds: str
    hours: int
    teacher: str
    is_cancelled: bool
    instead_of: str = ""  # the absent teacher, where a substitute taught


@dataclass(frozen=True, slots=True)
class SheetCell:
    """What stands in a cell, and its class of `print-paper.css`."""

    text: str
    css: str
    late: bool = False
    reopening: int | None = None  # under which it was changed (§4.3)


@dataclass(frozen=True, slots=True)
class SheetRow:
    name: str
    cells: Sequence[SheetCell]
    absences: int
    mean: str


@dataclass(frozen=True, slots=True)
class MonthSheet:
    """Lessons of the month that were not cancelled are columns; `lessons` lists the cancelled ones, too."""

    month: date
    columns: Sequence[SheetLesson]
    lessons: Sequence[SheetLesson]
    rows: Sequence[SheetRow]
    hours: int
    teachers: Sequence[str]
    head: str
    reopenings: Sequence[int]  # under which cells of the sheet were changed
    seal: DaySeal | None  # the newest of the chain: who keeps the paper can show later what stood under it


@contextmanager
def one_moment() -> Iterator[None]:
    """Read everything of a report as it stood at one moment; inside a transaction that moment is its own."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def month_sheet(workload: Workload, month: date, *, now: datetime) -> MonthSheet:
    """The sheet of a calendar month; `month` is its first day. Seven queries of one moment."""
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    today = day_of(now)
    with one_moment():
        found = list(
            with_substitution(Lesson.objects.filter(workloads__workload_id=workload.id, date__range=(month, last)))
            .select_related("teacher__user")
            .order_by("starts_at", "id")
        )
        pupils = roster_of(workload, since=month, until=last)
        marks = marks_of([workload.id], [lesson.id for lesson in found])
        reopened = changed_under([lesson.id for lesson in found])
        teachers = keepers_of(workload)
        head = (
            Appointment.objects.filter(in_force(today), role=Role.HEAD, department_id=workload.department_id)
            .select_related("user")
            .order_by("acting", "-starts_on")
            .first()
        )
        seal = last_seal()
    lessons = []
    columns = []
    held = []
    for lesson in found:
        named = named_for(lesson)
        is_cancelled = lesson.state in (LessonState.CANCELLED, LessonState.NOT_HELD)
        entry = SheetLesson(
            lesson.date,
            lesson.pair,
            lesson.topic,
            ", ".join(lesson.work_kinds),
            PAIR_HOURS if not is_cancelled and lesson.ends_at <= now else 0,
            named.name if named else lesson.teacher.user.get_full_name(),
            is_cancelled,
            lesson.teacher.user.get_short_name() if named else "",
        )
        lessons.append(entry)
        if not is_cancelled:
            columns.append(entry)
            held.append(lesson)
    rows = []
    for pupil in pupils:
        of_student = marks.get(pupil.student_id, {})
        shown = [of_student[lesson.id] for lesson in held if lesson.id in of_student]
        totals = totals_of((cell[0], cell[1]) for cell in shown)
        rows.append(
            SheetRow(
                pupil.full_name,
                [
                    replace(
                        _cell(of_student.get(lesson.id), is_enrolled=pupil.is_enrolled_on(lesson.date)),
                        reopening=reopened.get((lesson.id, pupil.student_id)),
                    )
                    for lesson in held
                ],
                totals.absences,
                totals.mean or "—",
            )
        )
    return MonthSheet(
        month,
        columns,
        lessons,
        rows,
        sum(lesson.hours for lesson in lessons),
        teachers,
        head.user.get_full_name() if head is not None else "",
        sorted({cell.reopening for row in rows for cell in row.cells if cell.reopening is not None}),
        seal,
    )


def _cell(cell: CellRow | None, *, is_enrolled: bool) -> SheetCell:
    presence, grade = (cell[0], cell[1]) if cell is not None else (None, None)
    if presence is None:
        return SheetCell("", "" if is_enrolled else "is-blank")
    if presence == Presence.ABSENT:
        excused = " is-excused" if cell is not None and cell[6] is not None else ""
        if grade is None:
            return SheetCell(ABSENT_SIGN, f"is-absent{excused}")
        return SheetCell(f"{ABSENT_SIGN}/{grade}", f"is-makeup{excused}")
    return SheetCell("+" if grade is None else str(grade), "", presence == Presence.LATE)
