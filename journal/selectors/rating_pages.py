"""What the pages of points show: a course's table, a student's points with their reasons (§3.5d–f, §4.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from accounts.models import Student
from journal.enums import AbsencePolicy, ComponentSource, LatePolicy
from journal.models import ABSENCE_LABELS, EXCUSED_LABELS, LATE_LABELS, ModulePoint
from journal.rules import points_text
from journal.rules.rating import ModuleFacts, Outlook, Part, Scheme, components_of, outlook_of, to_hundredths
from journal.rules.rating_live import Span, StudentPoints
from journal.selectors.rating import PointColumn, columns_of, points_by, scheme_of, spans_of
from teaching.enums import EnrolmentBasis
from teaching.models import Course, CourseEnrolment
from university.models import Semester

PART_NAMES: dict[ComponentSource, Promise] = {
    ComponentSource.AUTO_ATTENDANCE: gettext_lazy("Attendance"),
    ComponentSource.AUTO_AVERAGE: gettext_lazy("Achievement"),
    ComponentSource.SELF_STUDY: gettext_lazy("Self-study"),
    ComponentSource.MANUAL: pgettext_lazy("of a module", "Intermediate control"),
    ComponentSource.EXAM: pgettext_lazy("form of control", "Exam"),
}


def part_name(names: Mapping[str, str], source: ComponentSource) -> str:
    """What a scheme calls a component, in the reader's language, else in Kyrgyz; what it is, where it has no name (in
    what was closed before schemes kept theirs)."""
    name = names.get(get_language() or "ky") or names.get("ky") or str(PART_NAMES[source])
    return capfirst(name)


def _names_of(scheme: Scheme, code: str) -> Mapping[str, str]:
    return next((component.names for component in scheme.components if component.code == code), {})


_CLAUSES = {"exam": "§3.5e", "credit": "§3.5f"}


@dataclass(frozen=True, slots=True)
class PartHead:
    """A column of the table. `typed`: the column that is typed there, None: it is counted."""

    source: ComponentSource
    name: str
    cap: Decimal
    typed: PointColumn | None


@dataclass(frozen=True, slots=True)
class ModuleHead:
    """A module's columns; `closed_by` and `closed_at` of its sheet, `has_begun` whether its first day has come."""

    span: Span
    parts: Sequence[PartHead]
    is_closed: bool
    has_begun: bool


@dataclass(frozen=True, slots=True)
class PointsRow:
    """A student: by module his points of each part (None: undefined or not entered) and the module's sum; nothing
    for a module to come."""

    student_id: int
    name: str
    has_left: bool
    modules: Sequence[tuple[Sequence[Decimal | None], Decimal | None]]
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class PointsTable:
    scheme: Scheme
    heads: Sequence[ModuleHead]
    rows: Sequence[PointsRow]
    exam: Decimal  # its maximum; 0: none


def points_table(course: Course, *, on: date) -> PointsTable:
    """The whole course: students down, the parts of each module across. A fixed number of queries."""
    scheme = scheme_of(course)
    spans = spans_of(course, scheme)
    columns = {(column.span.number, column.component): column for column in columns_of(course, scheme, spans)}
    heads = [
        ModuleHead(
            span,
            [
                PartHead(
                    component.source,
                    part_name(component.names, component.source),
                    cap,
                    _typed(columns.get((span.number, component.source))),
                )
                for component, cap in components_of(scheme, span.number)
            ],
            any(column.sheet is not None for (number, _), column in columns.items() if number == span.number),
            span.starts_on <= on,
        )
        for span in spans
    ]
    points = points_by(course, scheme, spans, on=on)
    students = (
        Student.objects.filter(pk__in=points)
        .annotate(is_present=Exists(_enrolled(course.pk, on=on).filter(student=OuterRef("pk"))))
        .select_related("user")
        .order_by("user__sort_key", "pk")
    )
    rows = [
        PointsRow(
            student.pk,
            student.user.get_full_name(),
            not student.is_present,
            [_of_module(points[student.pk], head) for head in heads],
            points[student.pk].outlook,
        )
        for student in students
    ]
    exam = sum((c.maximum for c in scheme.components if c.source == ComponentSource.EXAM), Decimal(0))
    return PointsTable(scheme, heads, rows, exam)


def _typed(column: PointColumn | None) -> PointColumn | None:
    return None if column is None or column.has_tasks else column


def _enrolled(course_id: int, *, on: date) -> QuerySet[CourseEnrolment]:
    return CourseEnrolment.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=on), course_id=course_id, starts_on__lte=on
    )


def _of_module(points: StudentPoints, head: ModuleHead) -> tuple[Sequence[Decimal | None], Decimal | None]:
    module = points.module(head.span.number)
    if module is None:
        return [None] * len(head.parts), None
    by_source = {part.source: part for part in module.parts}
    return [_shown(by_source[part.source]) for part in head.parts], module.total


def _shown(part: Part) -> Decimal | None:
    """The points of a part; None, a dash, where nothing was held or graded yet."""
    is_counted = part.source in (ComponentSource.AUTO_ATTENDANCE, ComponentSource.AUTO_AVERAGE)
    return None if is_counted and part.denominator is None and not part.points else part.points


@dataclass(frozen=True, slots=True)
class TypingRow:
    """A student in a column that is typed; `shown` is what stands there."""

    student_id: int
    name: str
    shown: str
    version: int


def typing_rows(course_id: int, column: PointColumn, students: set[int]) -> list[TypingRow]:
    """Everybody who stands in a column, and whoever has points in it, by name. Two queries."""
    points = {
        point.student_id: point
        for point in ModulePoint.objects.filter(
            course_id=course_id, module_id=column.span.module_id, component=column.component
        )
    }
    people = Student.objects.filter(pk__in=students | set(points)).select_related("user")
    rows = []
    for student in people.order_by("user__sort_key", "pk"):
        point = points.get(student.pk)
        shown = "" if point is None else points_text(point.value)
        version = 0 if point is None else point.version
        rows.append(TypingRow(student.pk, student.user.get_full_name(), shown, version))
    return rows


@dataclass(frozen=True, slots=True)
class WhyPart:
    """A part of a module with its reasons: `lines` what was counted, `formula` how, `clause` by which point."""

    name: str
    points: Decimal | None
    cap: Decimal
    outlook: Outlook
    lines: Sequence[str]
    formula: str
    clause: str


@dataclass(frozen=True, slots=True)
class WhyModule:
    number: int
    total: Decimal
    is_closed: bool
    parts: Sequence[WhyPart]


def why(scheme: Scheme, points: StudentPoints) -> list[WhyModule]:
    """Each number of a student with what it was counted from. No query."""
    return [
        WhyModule(
            module.number,
            module.total,
            module.number in points.closed,
            [_why(scheme, part, points.facts.get(module.number)) for part in module.parts],
        )
        for module in points.modules
    ]


def _number(value: Decimal | int) -> str:
    """A number of a formula in the reader's language, without the zeros at its end."""
    text = number_format(value, 2)
    return text.rstrip("0").rstrip(",.") if value != 0 else "0"


def _why(scheme: Scheme, part: Part, facts: ModuleFacts | None) -> WhyPart:
    lines: list[str] = []
    formula = ""
    clause = ""
    points = _shown(part)
    if part.source == ComponentSource.AUTO_ATTENDANCE:
        lines, clause = _of_attendance(scheme, part, facts), _CLAUSES[scheme.control_form]
        if part.numerator is not None and part.denominator is not None:
            formula = f"{_number(part.cap)} × {_number(part.numerator)} / {_number(part.denominator)}"
    elif part.source == ComponentSource.AUTO_AVERAGE:
        lines, clause = _of_achievement(scheme, part, facts), _CLAUSES[scheme.control_form]
        if part.numerator is not None and part.denominator:
            count = part.denominator / 5
            formula = f"{_number(part.cap)} × ({_number(part.numerator)} / {_number(count)}) / 5"
    elif part.source == ComponentSource.SELF_STUDY and part.denominator:
        earned, maximum = _number(part.numerator or Decimal(0)), _number(part.denominator)
        lines = [_("Points for tasks: %(earned)s of %(maximum)s.") % {"earned": earned, "maximum": maximum}]
        formula, clause = f"{_number(part.cap)} × {earned} / {maximum}", "§3.5a"
    elif part.points is None:
        lines = [_("Not entered yet.")]
    else:
        lines, clause = [_("Typed by the teacher.")], "§4.3"
    if formula and points is not None:
        formula = f"{formula} = {number_format(points, 2)}"
    return WhyPart(
        part_name(_names_of(scheme, part.code), part.source), points, part.cap, outlook_of(part), lines, formula, clause
    )


def _of_attendance(scheme: Scheme, part: Part, facts: ModuleFacts | None) -> list[str]:
    lines = []
    if facts is not None:
        lines.append(
            _("Lessons held: %(held)s, attended: %(attended)s, of these late: %(late)s.")
            % {"held": facts.held, "attended": facts.attended, "late": facts.late}
        )
        if facts.late and scheme.late != LatePolicy.ATTENDED:
            lines.append(_("Late arrivals %(how)s.") % {"how": LATE_LABELS[scheme.late]})
        if facts.excused:
            lines.append(
                _("Excused absences: %(count)s; they %(how)s.")
                % {"count": facts.excused, "how": EXCUSED_LABELS[scheme.excused]}
            )
        if facts.remaining:
            lines.append(_("Lessons to come: %(count)s.") % {"count": facts.remaining})
    if part.taken_over:
        lines.append(
            _("%(points)s points more come from a module in which nothing could be counted.")
            % {"points": _number(part.taken_over)}
        )
    if part.denominator is None:
        lines.append(_("Nothing to count yet: this is no loss."))
    return lines


def _of_achievement(scheme: Scheme, part: Part, facts: ModuleFacts | None) -> list[str]:
    if part.denominator is None or part.numerator is None:
        return [_("No grades yet.")]
    count = part.denominator / 5
    lines = [
        _("Grades: %(count)s, their sum: %(sum)s, mean: %(mean)s.")
        % {
            "count": _number(count),
            "sum": _number(part.numerator),
            "mean": number_format(to_hundredths(part.numerator / count), 2),
        }
    ]
    if scheme.absence_in_mean == AbsencePolicy.ZERO and facts is not None and facts.unexcused_absences:
        lines.append(
            _("Absences neither excused nor made up: %(count)s; they %(how)s.")
            % {"count": facts.unexcused_absences, "how": ABSENCE_LABELS[scheme.absence_in_mean]}
        )
    return lines


def courses_with_points(student_id: int, semester: Semester, *, course_ids: frozenset[int] | None) -> list[Course]:
    """A student's courses of a semester, by name; `course_ids`: those that the reader may see, None: all."""
    enrolled = CourseEnrolment.objects.filter(student_id=student_id).exclude(basis=EnrolmentBasis.EXEMPT)
    found = Course.objects.filter(semester=semester, pk__in=enrolled.values("course_id"))
    if course_ids is not None:
        found = found.filter(pk__in=course_ids)
    return list(found.select_related("discipline", "group", "semester__year").order_by("discipline__sort_key", "pk"))
