"""TEMPORARY, until the rating's own is merged."""

from datetime import date

from django.db import connection

from journal.rules.rating import ModuleFacts, Scheme
from journal.rules.rating_live import spans_in
from journal.rules.rating_presets import PRESETS
from teaching.models import Course
from university.models import Module


def scheme_of(course: Course) -> Scheme:
    return PRESETS["P1", course.control_form]


def spans_of(course, scheme):
    return spans_in(
        scheme.modules,
        list(
            Module.objects.filter(semester_id=course.semester_id)
            .order_by("number")
            .values_list("id", "starts_on", "ends_on")
        ),
    )


def facts_in(course_id, spans, *, on: date):
    found = {}
    for span in spans:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.student_id, count(m.presence), count(*) FILTER (WHERE m.presence IN ('present','late')),"
                " coalesce(sum(m.grade), 0)::int, count(m.grade)"
                " FROM teaching_courseenrolment e"
                " LEFT JOIN (journal_mark m JOIN teaching_lesson l ON l.id = m.lesson_id AND l.date BETWEEN %s AND %s JOIN teaching_workload w ON w.id = m.workload_id)"
                " ON m.student_id = e.student_id AND w.course_id = e.course_id"
                " WHERE e.starts_on <= %s AND e.course_id = %s GROUP BY 1",
                [span.starts_on, span.ends_on, span.ends_on, course_id],
            )
            found[span.number] = {
                row[0]: ModuleFacts(span.number, held=row[1], attended=row[2], grade_sum=row[3], grade_count=row[4])
                for row in cursor.fetchall()
            }
    return found
