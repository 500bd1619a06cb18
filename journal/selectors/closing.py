"""Before a module is closed: what is still missing in it (§4.3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Exists, OuterRef

from accounts.models import Student
from ejournal.lib.clock import day_of
from journal.enums import ComponentSource, ReopeningState, SheetState
from journal.models import ModuleConfirmation, ModuleSheet, ModuleTotal, Reopening, SheetEdition
from journal.permissions import SheetDoor
from journal.rules import closing_deadline
from journal.rules.rating import ATTENDANCE_UNDEFINED, ModuleFacts, ModulePoints, components_of
from journal.rules.rating_live import Span, spans_in
from journal.rules.rating_records import scheme_from
from journal.selectors.rating import facts_in, scheme_of
from journal.selectors.rating_pages import part_name
from journal.selectors.sheets import COLUMN_OF, points_at_closing, points_of, span_of, stored_editions
from teaching.models import WorkloadTeacher, keeping
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS, Module
from university.selectors import policies

_LESSONS = """
SELECT l.id, l.date, l.pair, w.id, w.kind, sg.number, l.starts_at > %(now)s, l.roll_taken_at IS NULL, l.topic = ''
FROM teaching_workload w
JOIN teaching_lessonworkload lw ON lw.workload_id = w.id
JOIN teaching_lesson l ON l.id = lw.lesson_id
LEFT JOIN university_subgroup sg ON sg.id = w.subgroup_id
WHERE w.course_id = %(course)s AND l.date BETWEEN %(since)s AND %(until)s AND l.state NOT IN ('cancelled', 'not_held')
  -- A lesson on whose roll nobody stands has nothing to be filled.
  AND EXISTS (
      SELECT 1 FROM teaching_courseenrolment ce
      WHERE ce.course_id = w.course_id AND ce.basis <> 'exempt'
        AND (w.subgroup_id IS NULL OR w.subgroup_id = ce.subgroup_id)
        AND ce.starts_on <= l.date AND (ce.ends_on IS NULL OR ce.ends_on >= l.date))
ORDER BY l.starts_at, l.id, w.id
"""


@dataclass(frozen=True, slots=True)
class OpenLesson:
    """A lesson of the module. `is_unfilled`: it has begun, and somebody on its roll was not looked at."""

    lesson_id: int
    day: date
    pair: int | None
    workload_id: int
    kind: str
    subgroup: int | None
    is_to_come: bool
    is_unfilled: bool
    lacks_topic: bool

    @property
    def kind_label(self) -> str:
        return str(LESSON_KIND_LABELS[LessonKind(self.kind)])


@dataclass(frozen=True, slots=True)
class NotConfirmed:
    """A journal whose keeper has not said that it is complete."""

    workload_id: int
    teacher: str


def lessons_under(course_id: int, *, since: date, until: date, now: datetime) -> list[OpenLesson]:
    """The lessons of a course on these days that are not to be left out, by time. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LESSONS, {"course": course_id, "since": since, "until": until, "now": now})
        rows = cursor.fetchall()
    return [
        OpenLesson(
            lesson_id,
            day,
            pair,
            workload_id,
            kind,
            subgroup,
            is_to_come=is_to_come,
            is_unfilled=is_unfilled and not is_to_come,
            lacks_topic=lacks_topic and not is_to_come,
        )
        for lesson_id, day, pair, workload_id, kind, subgroup, is_to_come, is_unfilled, lacks_topic in rows
    ]


def journals_not_confirmed(course_id: int, module_id: int, *, on: date) -> list[NotConfirmed]:
    """The journals of a course whose keepers of the day have not confirmed a module. One query."""
    said = ModuleConfirmation.objects.filter(
        workload=OuterRef("workload"), module=module_id, teacher=OuterRef("teacher")
    )
    rows = (
        WorkloadTeacher.objects.filter(keeping(on), ~Exists(said), workload__course_id=course_id)
        .select_related("teacher__user")
        .order_by("workload_id")
    )
    return [NotConfirmed(row.workload_id, row.teacher.user.get_full_name()) for row in rows]


@dataclass(frozen=True, slots=True)
class Checklist:
    """What the lead looks at before closing; nothing of it forbids to."""

    unfilled: Sequence[OpenLesson]
    without_topic: Sequence[OpenLesson]
    to_come: Sequence[OpenLesson]
    without_marks: Sequence[str]
    without_control: Sequence[str]
    not_confirmed: Sequence[NotConfirmed]
    reopenings: int

    @property
    def is_clear(self) -> bool:
        return not (
            self.unfilled
            or self.without_topic
            or self.to_come
            or self.without_marks
            or self.without_control
            or self.not_confirmed
            or self.reopenings
        )


@dataclass(frozen=True, slots=True)
class PointsColumn:
    """A component of the module: its column's name, and the most it gives there."""

    name: str
    label: str
    cap: Decimal


@dataclass(frozen=True, slots=True)
class PointsRow:
    """A student's points in the order of the columns; None: undefined, or not entered."""

    student_id: int
    name: str
    points: Sequence[Decimal | None]
    total: Decimal
    is_undefined: bool  # the attendance: its weight is carried on


@dataclass(frozen=True, slots=True)
class SheetPage:
    """A module of a course: its points as they stand, or as they were closed.

    `last` is the module with which it closes (itself, or a later one under a scheme of fewer modules), `since` the
    first day that closes with it. `editions` of a closed one are (number, when, who, reopening), the newest first;
    `edition` is the one shown, None where it is open.
    """

    last: Module
    since: date
    deadline: date
    is_overdue: bool
    has_begun: bool
    sheet: ModuleSheet | None
    columns: Sequence[PointsColumn]
    rows: Sequence[PointsRow]
    checklist: Checklist | None
    asks_confirmation: bool
    editions: Sequence[tuple[int, datetime, str, int | None]] = ()
    edition: int | None = None

    @property
    def cap(self) -> Decimal:
        return sum((column.cap for column in self.columns), Decimal(0))


def sheet_page(door: SheetDoor, module: Module, *, now: datetime, edition: int | None = None) -> SheetPage:
    """A fixed number of queries, whatever the number of students and lessons. `edition`: an earlier one of a closed
    sheet; one that there is not is the newest."""
    course, today = door.course, day_of(now)
    settings = policies("module_closing_days", "module_confirmations", on=today, unit_id=course.group.unit_id)
    sheets = {
        sheet.module_id: sheet
        for sheet in ModuleSheet.objects.filter(course=course, state=SheetState.CLOSED).select_related("closed_by")
    }
    sheet = sheets.get(module.pk)
    calendar = [(one.pk, one.starts_on, one.ends_on) for one in door.modules]
    stored: list[SheetEdition] = []
    shown: SheetEdition | None = None
    facts: Mapping[int, ModuleFacts] = {}
    if sheet is not None:
        # The totals lie with the last sheet of those that were closed at once.
        at_once = [one.pk for one in door.modules if one.pk in sheets and sheets[one.pk].closed_at == sheet.closed_at]
        stored = list(SheetEdition.objects.filter(sheet=sheets[at_once[-1]]).select_related("by").order_by("-number"))
        shown = next((one for one in stored if one.number == edition), stored[0] if stored else None)
        scheme = scheme_from(shown.scheme) if shown is not None else scheme_of(course)
        span = span_of(module.pk, spans_in(scheme.modules, calendar))
        totals = ModuleTotal.objects.filter(edition=shown) if shown is not None else ModuleTotal.objects.none()
        points = {total.student_id: points_of(total) for total in totals}
    else:
        scheme = scheme_of(course)
        span = span_of(module.pk, spans_in(scheme.modules, calendar))
        found = facts_in(course.pk, [span], on=today)[span.number]
        computed = points_at_closing(scheme, found, stored_editions(course.pk))
        points = {student_id: earned for student_id, (earned, _facts) in computed.items()}
        facts = {student_id: said for student_id, (_points, said) in computed.items()}
    columns = [
        PointsColumn(COLUMN_OF[component.source], part_name(component.names, component.source), cap)
        for component, cap in components_of(scheme, span.number)
    ]
    names = dict(_names(points))
    asks = settings["module_confirmations"]
    deadline = closing_deadline(span.ends_on, closing_days=settings["module_closing_days"])
    return SheetPage(
        next(one for one in door.modules if one.pk == span.module_id),
        span.starts_on,
        deadline,
        today > deadline,
        today >= span.starts_on,
        sheet,
        columns,
        [_row(student_id, name, points[student_id], columns) for student_id, name in names.items()],
        _checklist(door, span, names, points, facts, now=now, asks_confirmation=asks) if sheet is None else None,
        asks,
        [(one.number, one.at, one.by.get_full_name(), one.reopening_id) for one in stored],
        shown.number if shown is not None else None,
    )


def _names(students: Iterable[int]) -> list[tuple[int, str]]:
    found = Student.objects.filter(pk__in=list(students)).select_related("user").order_by("user__sort_key", "pk")
    return [(student.pk, student.user.get_full_name()) for student in found]


def _row(student_id: int, name: str, points: ModulePoints, columns: Sequence[PointsColumn]) -> PointsRow:
    by_column = {COLUMN_OF[part.source]: part.points for part in points.parts}
    return PointsRow(
        student_id,
        name,
        [by_column.get(column.name) for column in columns],
        points.total,
        ATTENDANCE_UNDEFINED in points.warnings,
    )


def _checklist(
    door: SheetDoor,
    span: Span,
    names: Mapping[int, str],
    points: Mapping[int, ModulePoints],
    facts: Mapping[int, ModuleFacts],
    *,
    now: datetime,
    asks_confirmation: bool,
) -> Checklist:
    course, since, until = door.course, span.starts_on, span.ends_on
    lessons = lessons_under(course.pk, since=since, until=until, now=now)
    reopenings = (
        Reopening.objects.filter(
            workload__course=course,
            state=ReopeningState.OPEN,
            lessons__lesson__date__range=(since, until),
        )
        .distinct()
        .count()
    )
    return Checklist(
        [one for one in lessons if one.is_unfilled],
        [one for one in lessons if one.lacks_topic],
        [one for one in lessons if one.is_to_come],
        [name for pk, name in names.items() if not facts[pk].held and not facts[pk].grade_count],
        [
            name
            for pk, name in names.items()
            if (control := points[pk].part(ComponentSource.MANUAL)) is not None and control.points is None
        ],
        journals_not_confirmed(course.pk, span.module_id, on=day_of(now)) if asks_confirmation else [],
        reopenings,
    )


def module_to_close(door: SheetDoor, *, on: date) -> Module | None:
    """The module that a course's page opens at: the first that is not closed and has begun, else the last that has.
    None: its semester has no modules. One query."""
    begun = [module for module in door.modules if module.starts_on <= on] or list(door.modules[:1])
    closed = set(
        ModuleSheet.objects.filter(course=door.course, state=SheetState.CLOSED).values_list("module_id", flat=True)
    )
    return next((module for module in begun if module.pk not in closed), begun[-1] if begun else None)
