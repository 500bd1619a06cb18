"""Points of the module-rating system: which scheme holds, what the journal says, what it comes to (§3.5d–f, §1.8)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.db import connection

from journal.enums import AbsencePolicy, CapScope, ComponentSource, ExcusedPolicy, LatePolicy, Rounding
from journal.models import ModulePoint, RatingScheme, SchemeChoice
from journal.rules.rating import Component, ModuleFacts, ModulePoints, Scheme, Step
from journal.rules.rating_live import Span, StudentPoints, spans_in, student_points
from journal.rules.rating_presets import PRESETS
from journal.selectors.selfstudy import self_study_by_module
from teaching.models import Course
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
            Component(component.code, ComponentSource(component.source), component.maximum, component.module)
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


# Lessons of all journals of a course, each with the students who were on its list that day: the course's enrolments,
# the subgroup's where the journal is a subgroup's (§3.5b), as the grid's list. A meeting counts once, whatever number
# of the course's journals it serves.
_FACTS = """
WITH span AS (
    SELECT * FROM unnest(%(numbers)s::int[], %(since)s::date[], %(until)s::date[]) AS s (number, since, until)
), enrolment AS (
    SELECT * FROM teaching_courseenrolment WHERE course_id = %(course)s AND basis <> 'exempt'
), roll AS (
    SELECT DISTINCT ON (span.number, e.student_id, l.id)
           span.number, e.student_id, m.presence, m.grade,
           l.roll_taken_at IS NOT NULL AND m.presence IS NOT NULL AS is_held,
           l.state = 'planned' AND l.date >= %(on)s AND m.presence IS NULL AS is_to_come,
           m.presence = 'absent' AND EXISTS (
               SELECT 1 FROM journal_excusecover v WHERE v.lesson_id = l.id AND v.student_id = e.student_id
           ) AS is_excused
    FROM enrolment e
    JOIN teaching_workload w ON w.course_id = e.course_id
     AND (w.subgroup_id IS NULL OR w.subgroup_id = e.subgroup_id)
    JOIN teaching_lessonworkload lw ON lw.workload_id = w.id
    JOIN teaching_lesson l ON l.id = lw.lesson_id AND l.state NOT IN ('cancelled', 'not_held')
     AND l.date >= e.starts_on AND (e.ends_on IS NULL OR l.date <= e.ends_on)
    JOIN span ON l.date BETWEEN span.since AND span.until
    LEFT JOIN journal_mark m ON m.lesson_id = l.id AND m.student_id = e.student_id AND m.workload_id = w.id
    ORDER BY span.number, e.student_id, l.id, m.presence NULLS LAST
), counted AS (
    SELECT number, student_id,
           count(*) FILTER (WHERE is_held) AS held,
           count(*) FILTER (WHERE is_held AND presence <> 'absent') AS attended,
           count(*) FILTER (WHERE is_held AND presence = 'late') AS late,
           count(*) FILTER (WHERE is_held AND is_excused) AS excused,
           coalesce(sum(grade), 0) AS grade_sum,
           count(grade) AS grade_count,
           count(*) FILTER (WHERE is_held AND presence = 'absent' AND NOT is_excused AND grade IS NULL) AS unexcused,
           count(*) FILTER (WHERE is_to_come) AS remaining
    FROM roll GROUP BY number, student_id
)
SELECT listed.number, listed.student_id, c.held, c.attended, c.late, c.excused, c.grade_sum, c.grade_count,
       c.unexcused, c.remaining
FROM (
    SELECT DISTINCT span.number, e.student_id FROM enrolment e
    JOIN span ON e.starts_on <= span.until AND (e.ends_on IS NULL OR e.ends_on >= span.since)
) listed
LEFT JOIN counted c ON c.number = listed.number AND c.student_id = listed.student_id
"""


def facts_in(course_id: int, spans: Sequence[Span], *, on: date) -> dict[int, dict[int, ModuleFacts]]:
    """By module of the scheme, then by student: what the journal says as it stands, `on` being today. Everybody who
    was on the course on a day of the module is there. Four queries for all modules and students.

    Counted are a student's lessons of the days of his enrolment. Held: those whose roll was taken and in which he
    has a presence; still to come: from today on, where nobody has looked at him yet.
    """
    found: dict[int, dict[int, ModuleFacts]] = {span.number: {} for span in spans}
    if not spans:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            _FACTS,
            {
                "course": course_id,
                "numbers": [span.number for span in spans],
                "since": [span.starts_on for span in spans],
                "until": [span.ends_on for span in spans],
                "on": on,
            },
        )
        rows = cursor.fetchall()
    for number, student_id, *counts in rows:
        held, attended, late, excused, total, grades, unexcused, remaining = (count or 0 for count in counts)
        found[number][student_id] = ModuleFacts(
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
    typed = drafts_of(course_id)
    tasks = self_study_by_module(course_id, [pk for span in spans for pk in span.module_ids], on=on)
    for span in spans:
        for student_id, facts in found[span.number].items():
            own = [sums[student_id] for pk in span.module_ids if student_id in (sums := tasks[pk])]
            found[span.number][student_id] = replace(
                facts,
                self_earned=sum((one.earned for one in own), Decimal(0)),
                self_maximum=sum((one.maximum for one in own), Decimal(0)),
                self_typed=typed[span.module_id, ComponentSource.SELF_STUDY].get(student_id),
                control=typed[span.module_id, ComponentSource.MANUAL].get(student_id),
            )
    return found


def drafts_of(course_id: int) -> Mapping[tuple[int, str], Mapping[int, Decimal]]:
    """By (module, component), then by student: the points that were typed. One query."""
    found: dict[tuple[int, str], dict[int, Decimal]] = defaultdict(dict)
    points = ModulePoint.objects.filter(course_id=course_id, value__isnull=False)
    for point in points:
        if point.value is not None:
            found[point.module_id, point.component][point.student_id] = point.value
    return found


def facts_of(course_id: int, module_id: int, *, on: date) -> dict[int, ModuleFacts]:
    """By student, what the journal says of a module of the calendar; {} where nothing closes with it (a scheme of
    one module in a semester of two). `facts_in` where the scheme and its spans are at hand."""
    course = Course.objects.select_related("semester__year").get(pk=course_id)
    spans = [span for span in spans_of(course, scheme_of(course)) if span.module_id == module_id]
    return facts_in(course_id, spans, on=on)[spans[0].number] if spans else {}


def stored_totals(course_id: int) -> dict[int, dict[int, ModulePoints]]:
    """By number of a module that is closed, then by student, the points that its sheet stored.

    The one place from which points of closed modules come. Until sheets store their totals none is known, and closed
    modules are counted anew from marks that cannot change.
    """
    return {}


def points_of(course: Course, *, on: date) -> dict[int, StudentPoints]:
    """By student, his points in a course: what its closed modules stored, the others as they would close now.

    `course.semester.year` is read. A fixed number of queries, whatever the number of students and lessons.
    """
    scheme = scheme_of(course)
    spans = spans_of(course, scheme)
    stored = stored_totals(course.pk)
    facts = facts_in(course.pk, [span for span in spans if span.number not in stored], on=on)
    begun = {span.number for span in spans if span.starts_on <= on}
    students = {student_id for of_module in facts.values() for student_id in of_module}
    students |= {student_id for of_sheet in stored.values() for student_id in of_sheet}
    return {
        student_id: student_points(
            scheme,
            {number: of_module[student_id] for number, of_module in facts.items() if student_id in of_module},
            {number: of_module.get(student_id) for number, of_module in stored.items()},
            begun=begun,
        )
        for student_id in students
    }
