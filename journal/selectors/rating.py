"""Points of the module-rating system: which scheme holds, what the journal says, what it comes to (§3.5d–f, §1.8)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from django.db import connection
from django.db.models import Q

from journal.enums import (
    AbsencePolicy,
    CapScope,
    ComponentSource,
    ExcusedPolicy,
    LatePolicy,
    ReopeningState,
    Rounding,
    SheetState,
)
from journal.models import (
    ModulePoint,
    ModuleSheet,
    RatingScheme,
    Reopening,
    ReopeningStudent,
    SchemeChoice,
    SelfStudyTask,
)
from journal.rules import SelfStudy
from journal.rules.rating import Component, ModuleFacts, Scheme, Step, components_of
from journal.rules.rating_live import Span, StudentPoints, spans_in, student_points
from journal.rules.rating_presets import PRESETS
from journal.selectors import rating_sql
from journal.selectors.selfstudy import self_study_sums
from journal.selectors.sheets import stored_editions, stored_of_student
from teaching.enums import EnrolmentBasis
from teaching.models import Course, CourseEnrolment
from university.models import Module

DEFAULT = "P1"


def scheme_of(course: Course) -> Scheme:
    """The scheme that holds for a course, by its form of control and the academic year of its semester.

    `course.semester.year` is read. One query, and three more the first time that a process meets the scheme. Who
    closes a module by it holds `locks.share_named(locks.RATING)` first: then nobody chooses another meanwhile.
    """
    choice = choice_for(course.control_form, course.semester.year.starts)
    # An empty table is a database that was emptied: what is shipped holds there too.
    return PRESETS[DEFAULT, course.control_form] if choice is None else plain_scheme(choice.scheme_id)


def choice_for(control_form: str, year: int) -> SchemeChoice | None:
    """Which scheme was chosen for an academic year (the year of its autumn)."""
    return SchemeChoice.objects.filter(control_form=control_form, valid_from__lte=year).order_by("-valid_from").first()


# A scheme never changes once it is made (a trigger holds it), so it is read once a process.
@lru_cache(maxsize=64)
def plain_scheme(scheme_id: int) -> Scheme:
    """A scheme as the arithmetic takes it. Three queries."""
    scheme = (
        RatingScheme.objects.select_related("scale").prefetch_related("components", "scale__steps").get(pk=scheme_id)
    )
    return Scheme(
        code=scheme.code,
        control_form=scheme.control_form,
        modules=scheme.modules,
        components=tuple(
            Component(
                component.code,
                ComponentSource(component.source),
                component.maximum,
                component.module,
                {"ky": component.name_ky, "ru": component.name_ru, "en": component.name_en},
            )
            for component in scheme.components.all()
        ),
        steps=tuple(
            Step(step.low, step.letter, step.traditional, step.gpa, step.passes, step.word)
            for step in scheme.scale.steps.all()
        ),
        cap_scope=CapScope(scheme.cap_scope),
        rounding=Rounding(scheme.rounding),
        excused=ExcusedPolicy(scheme.excused),
        absence_in_mean=AbsencePolicy(scheme.absence_in_mean),
        late=LatePolicy(scheme.late),
    )


def spans_of(course: Course, scheme: Scheme) -> tuple[Span, ...]:
    """The scheme's modules in the calendar of the course's semester. One query."""
    calendar = Module.objects.filter(semester_id=course.semester_id).order_by("number")
    return spans_in(scheme.modules, list(calendar.values_list("id", "starts_on", "ends_on")))


def facts_in(course_id: int, spans: Sequence[Span], *, on: date) -> dict[int, dict[int, ModuleFacts]]:
    """By module of the scheme, then by student: `facts_of_courses` of one course."""
    return facts_of_courses({course_id: spans}, on=on)[course_id]


def facts_of_courses(
    spans: Mapping[int, Sequence[Span]], *, on: date, student_id: int | None = None
) -> dict[int, dict[int, dict[int, ModuleFacts]]]:
    """By course, module of the scheme and student: what the journal says as it stands, `on` being today. Everybody
    who was on the course on a day of the module is there, or `student_id` alone. Three queries for all of it.

    Counted are a student's lessons of the days of his enrolment. Held: those whose roll was taken and in which he
    has a presence; still to come: from today on, where nobody has looked at him yet.
    """
    found: dict[int, dict[int, dict[int, ModuleFacts]]] = {
        course_id: {span.number: {} for span in of_course} for course_id, of_course in spans.items()
    }
    places = [(course_id, span) for course_id, of_course in spans.items() for span in of_course]
    if not places:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            rating_sql.FACTS,
            {
                "courses": [course_id for course_id, _ in places],
                "numbers": [span.number for _, span in places],
                "since": [span.starts_on for _, span in places],
                "until": [span.ends_on for _, span in places],
                "students": None if student_id is None else [student_id],
                "on": on,
            },
        )
        rows = cursor.fetchall()
    for course_id, number, of_student, *counts in rows:
        found[course_id][number][of_student] = counted_facts(number, counts)
    typed = drafts_of(spans, student_id=student_id)
    sums = self_study_sums(spans, on=on, student_id=student_id)
    for course_id, span in places:
        of_module = found[course_id][span.number]
        for of_student, facts in of_module.items():
            of_module[of_student] = with_typed(facts, course_id, span, of_student, typed=typed, sums=sums)
    return found


def counted_facts(number: int, counts: Iterable[int | None]) -> ModuleFacts:
    """What a row of `rating_sql.COUNTS` says; None: no lesson."""
    held, attended, late, excused, total, grades, unexcused, remaining = (count or 0 for count in counts)
    return ModuleFacts(
        number=number,
        held=held,
        attended=attended,
        late=late,
        excused=excused,
        grade_sum=int(total),
        grade_count=grades,
        unexcused_absences=unexcused,
        remaining=remaining,
    )


def with_typed(
    facts: ModuleFacts,
    course_id: int,
    span: Span,
    student_id: int,
    *,
    typed: Mapping[tuple[int, int, str, int], Decimal],
    sums: Mapping[tuple[int, int, int], SelfStudy],
) -> ModuleFacts:
    """The same with the student's points that were typed, and his self-study, by the keys of `drafts_of` and
    `self_study_sums`."""
    own = [one for pk in span.module_ids if (one := sums.get((course_id, pk, student_id))) is not None]
    return replace(
        facts,
        self_earned=sum((one.earned for one in own), Decimal(0)),
        self_maximum=sum((one.maximum for one in own), Decimal(0)),
        self_typed=typed.get((course_id, span.module_id, ComponentSource.SELF_STUDY, student_id)),
        control=typed.get((course_id, span.module_id, ComponentSource.MANUAL, student_id)),
    )


def drafts_of(course_ids: Iterable[int], *, student_id: int | None = None) -> dict[tuple[int, int, str, int], Decimal]:
    """By (course, module, component, student): the points that were typed. One query."""
    points = ModulePoint.objects.filter(course_id__in=list(course_ids), value__isnull=False)
    if student_id is not None:
        points = points.filter(student_id=student_id)
    return {
        (point.course_id, point.module_id, point.component, point.student_id): point.value
        for point in points
        if point.value is not None
    }


def facts_of(course_id: int, module_id: int, *, on: date) -> dict[int, ModuleFacts]:
    """By student, what the journal says of a module of the calendar; {} where nothing closes with it (a scheme of
    one module in a semester of two). `facts_in` where the scheme and its spans are at hand."""
    course = Course.objects.select_related("semester__year").get(pk=course_id)
    spans = [span for span in spans_of(course, scheme_of(course)) if span.module_id == module_id]
    return facts_in(course_id, spans, on=on)[spans[0].number] if spans else {}


def points_of(course: Course, *, on: date) -> dict[int, StudentPoints]:
    """By student, his points in a course: what its closed modules stored, the others as they would close now.

    `course.semester.year` is read. A fixed number of queries, whatever the number of students and lessons.
    """
    scheme = scheme_of(course)
    return points_by(course, scheme, spans_of(course, scheme), on=on)


def points_by(course: Course, scheme: Scheme, spans: Sequence[Span], *, on: date) -> dict[int, StudentPoints]:
    """`points_of` by a scheme and spans that are at hand."""
    stored = {edition.part: edition for edition in stored_editions(course.pk)}
    facts = facts_in(course.pk, [span for span in spans if span.number not in stored], on=on)
    begun = {span.number for span in spans if span.starts_on <= on}
    students = {student_id for of_module in facts.values() for student_id in of_module}
    students |= {student_id for edition in stored.values() for student_id in edition.points}
    return {
        student_id: student_points(
            scheme,
            {number: of_module[student_id] for number, of_module in facts.items() if student_id in of_module},
            {number: edition.points.get(student_id) for number, edition in stored.items()},
            begun=begun,
            stored_facts={
                number: edition.facts[student_id] for number, edition in stored.items() if student_id in edition.facts
            },
        )
        for student_id in students
    }


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course of a student with his points in it."""

    course: Course
    scheme: Scheme
    points: StudentPoints


def points_of_student(student_id: int, courses: Sequence[Course], *, on: date) -> list[CourseLine]:
    """A student's points in some courses of his, in their order. A fixed number of queries for any number of courses
    of one semester. `course.semester.year` is read."""
    schemes = _schemes_of(courses)
    calendars: dict[int, list[tuple[int, date, date]]] = defaultdict(list)
    modules = Module.objects.filter(semester_id__in={course.semester_id for course in courses}).order_by("number")
    for module in modules:
        calendars[module.semester_id].append((module.pk, module.starts_on, module.ends_on))
    spans = {course.pk: spans_in(schemes[course.pk].modules, calendars[course.semester_id]) for course in courses}
    stored = stored_of_student(student_id, list(spans))
    open_spans = {
        pk: [span for span in of_course if span.number not in stored.get(pk, {})] for pk, of_course in spans.items()
    }
    facts = facts_of_courses(open_spans, on=on, student_id=student_id)
    return [
        CourseLine(
            course,
            schemes[course.pk],
            student_points(
                schemes[course.pk],
                {
                    number: of_module[student_id]
                    for number, of_module in facts[course.pk].items()
                    if student_id in of_module
                },
                {number: one and one[0] for number, one in stored.get(course.pk, {}).items()},
                begun={span.number for span in spans[course.pk] if span.starts_on <= on},
                stored_facts={number: one[1] for number, one in stored.get(course.pk, {}).items() if one is not None},
            ),
        )
        for course in courses
    ]


def _schemes_of(courses: Sequence[Course]) -> dict[int, Scheme]:
    """By course, its scheme: as `scheme_of` says, by one query for all of them."""
    choices = list(SchemeChoice.objects.order_by("-valid_from"))
    found = {}
    for course in courses:
        fits = (
            choice.scheme_id
            for choice in choices
            if choice.control_form == course.control_form and choice.valid_from <= course.semester.year.starts
        )
        scheme_id = next(fits, None)
        found[course.pk] = PRESETS[DEFAULT, course.control_form] if scheme_id is None else plain_scheme(scheme_id)
    return found


@dataclass(frozen=True, slots=True)
class PointColumn:
    """Points that are typed in one module of a course: at most `cap`. `sheet` is the module's, if it is closed;
    `names` are the scheme's; `has_tasks`: self-study that is counted from tasks, so nothing is typed."""

    component: ComponentSource
    span: Span
    cap: Decimal
    sheet: ModuleSheet | None
    has_tasks: bool
    names: Mapping[str, str] = field(default_factory=dict)


def columns_of(course: Course, scheme: Scheme, spans: Sequence[Span]) -> list[PointColumn]:
    """The columns that are typed in a course, by module. Two queries."""
    sheets = {
        sheet.module_id: sheet
        for sheet in ModuleSheet.objects.filter(course=course, state=SheetState.CLOSED).select_related("closed_by")
    }
    tasks = set(
        SelfStudyTask.objects.filter(workload__course=course, withdrawn_at__isnull=True).values_list(
            "module_id", flat=True
        )
    )
    return [
        PointColumn(
            component.source,
            span,
            cap,
            sheets.get(span.module_id),
            component.source == ComponentSource.SELF_STUDY and not tasks.isdisjoint(span.module_ids),
            component.names,
        )
        for span in spans
        for component, cap in components_of(scheme, span.number)
        if component.source in ModulePoint.TYPED
    ]


def column_of(course: Course, module_id: int, component: str) -> PointColumn | None:
    """One column that is typed; None where the scheme has none there. `course.semester.year` is read."""
    scheme = scheme_of(course)
    found = (
        column
        for column in columns_of(course, scheme, spans_of(course, scheme))
        if (column.span.module_id, column.component) == (module_id, component)
    )
    return next(found, None)


def students_in(course_id: int, span: Span) -> set[int]:
    """Who is on a course on a day of a module."""
    enrolments = CourseEnrolment.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=span.starts_on), course_id=course_id, starts_on__lte=span.ends_on
    ).exclude(basis=EnrolmentBasis.EXEMPT)
    return set(enrolments.values_list("student_id", flat=True))


def students_reopened(course_id: int, span: Span, *, now: datetime) -> set[int]:
    """Whose points an open reopening of lessons in a closed module lets be changed (§4.3)."""
    reopenings = Reopening.objects.filter(
        workload__course_id=course_id,
        state=ReopeningState.OPEN,
        until__gt=now,
        lessons__lesson__date__range=(span.starts_on, span.ends_on),
    )
    return set(ReopeningStudent.objects.filter(reopening__in=reopenings).values_list("student_id", flat=True))


def first_closed_under(control_form: str, year: int) -> Course | None:
    """A course with a closed module in the years in which a choice from `year` on would hold; None: nothing is."""
    following = (
        SchemeChoice.objects.filter(control_form=control_form, valid_from__gt=year)
        .order_by("valid_from")
        .values_list("valid_from", flat=True)
        .first()
    )
    closed = ModuleSheet.objects.filter(
        state=SheetState.CLOSED, course__control_form=control_form, course__semester__year__starts__gte=year
    )
    if following is not None:
        closed = closed.filter(course__semester__year__starts__lt=following)
    sheet = closed.select_related("course__discipline", "course__group").first()
    return None if sheet is None else sheet.course
