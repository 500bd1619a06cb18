"""The semester before: courses of other disciplines for a part of the groups, taught, graded and closed."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connections, transaction

from ejournal.demo.calendar import Span
from ejournal.lib.clock import moment_of
from ejournal.lib.context import request_id
from ejournal.lib.locks import own_semesters
from journal.enums import SheetState
from journal.models import ModuleSheet
from journal.services.sheets_bulk import store_totals_in_bulk
from university.models import AcademicYear, Group, GroupName, Module, Semester

# By then the filling window of the module's last day is over too.
CLOSED_AFTER = timedelta(days=7)

# Each discipline becomes another one, the same for all groups, so that no course meets itself.
_COURSES = """
WITH numbered AS (SELECT id, row_number() OVER (ORDER BY name) - 1 AS n, count(*) OVER () AS total
                  FROM university_discipline),
     other AS (SELECT a.id, b.id AS other_id FROM numbered a
               JOIN numbered b ON b.n = (a.n + a.total / 2) %% a.total)
INSERT INTO teaching_course (discipline_id, group_id, semester_id, department_id, control_form, credits, lead_id)
SELECT other.other_id, c.group_id, %(earlier)s, c.department_id, c.control_form, c.credits, c.lead_id
FROM teaching_course c JOIN other ON other.id = c.discipline_id
WHERE c.semester_id = %(current)s AND c.group_id = ANY (%(groups)s) ORDER BY c.id
"""
_PAIRS = """
WITH numbered AS (SELECT id, row_number() OVER (ORDER BY name) - 1 AS n, count(*) OVER () AS total
                  FROM university_discipline),
     pair AS (SELECT c.id AS new_id, o.id AS old_id FROM teaching_course o
              JOIN numbered a ON a.id = o.discipline_id
              JOIN numbered b ON b.n = (a.n + a.total / 2) %% a.total
              JOIN teaching_course c ON c.discipline_id = b.id AND c.group_id = o.group_id
              WHERE o.semester_id = %(current)s AND c.semester_id = %(earlier)s)
"""
_ENROLMENTS = (
    _PAIRS
    + """
INSERT INTO teaching_courseenrolment (student_id, course_id, subgroup_id, basis, starts_on)
SELECT e.student_id, pair.new_id, e.subgroup_id, e.basis, %(starts_on)s
FROM pair JOIN teaching_courseenrolment e ON e.course_id = pair.old_id AND e.ends_on IS NULL ORDER BY e.id
"""
)
_WORKLOADS = (
    _PAIRS
    + """
INSERT INTO teaching_workload (number, course_id, kind, subgroup_id, hours, department_id, stream)
SELECT %(mark)s || w.number, pair.new_id, w.kind, w.subgroup_id, w.hours, w.department_id, w.stream
FROM pair JOIN teaching_workload w ON w.course_id = pair.old_id ORDER BY w.id
"""
)
_TEACHERS = """
INSERT INTO teaching_workloadteacher (workload_id, teacher_id, starts_on)
SELECT n.id, t.teacher_id, %(starts_on)s
FROM teaching_workload n JOIN teaching_course c ON c.id = n.course_id AND c.semester_id = %(earlier)s
JOIN teaching_workload w ON n.number = %(mark)s || w.number
JOIN LATERAL (SELECT teacher_id FROM teaching_workloadteacher WHERE workload_id = w.id
              ORDER BY id DESC LIMIT 1) t ON true
"""
_SLOTS = """
INSERT INTO teaching_slot (workload_id, weekday, pair, parity, room_id, starts_on, ends_on)
SELECT n.id, s.weekday, s.pair, s.parity, s.room_id, %(starts_on)s, %(ends_on)s
FROM teaching_workload n JOIN teaching_course c ON c.id = n.course_id AND c.semester_id = %(earlier)s
JOIN teaching_workload w ON n.number = %(mark)s || w.number
JOIN (SELECT DISTINCT workload_id, weekday, pair, parity, room_id FROM teaching_slot) s ON s.workload_id = w.id
"""
# One meeting: the same stream, day, pair, weeks and room; without a stream each line is its own.
_LESSONS = """
WITH line AS (
    SELECT s.*, t.teacher_id, min(s.id) OVER (
               PARTITION BY CASE WHEN w.stream = '' THEN w.number ELSE w.stream END,
                            s.weekday, s.pair, s.parity, coalesce(s.room_id, 0), t.teacher_id) AS first_id
    FROM teaching_slot s JOIN teaching_workload w ON w.id = s.workload_id
    JOIN teaching_course c ON c.id = w.course_id AND c.semester_id = %(earlier)s
    JOIN teaching_workloadteacher t ON t.workload_id = w.id),
met AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('teaching_lesson', 'id')) AS id, s.id AS slot_id, this::date AS day,
           s.pair, s.room_id, line.teacher_id, b.starts, b.ends
    FROM teaching_slot s JOIN line ON line.id = s.id AND line.first_id = s.id
    JOIN university_bell b ON b.number = s.pair
    CROSS JOIN generate_series(%(starts_on)s::date, %(ends_on)s::date, interval '1 day') AS this
    WHERE teaching_slot_fits(s, this::date, %(earlier)s)
      AND NOT EXISTS (SELECT 1 FROM university_holiday h WHERE h.day = this::date)),
lesson AS (
    INSERT INTO teaching_lesson (id, semester_id, date, pair, starts_at, ends_at, room_id, teacher_id, state, topic,
                                 work_kinds, note, version)
    SELECT id, %(earlier)s, day, pair, (day + starts) AT TIME ZONE 'Asia/Bishkek',
           (day + ends) AT TIME ZONE 'Asia/Bishkek', room_id, teacher_id, 'planned', '', '{}', '', 1
    FROM met)
INSERT INTO teaching_lessonworkload (lesson_id, workload_id, slot_id)
SELECT met.id, line.workload_id, line.id FROM met JOIN line ON line.first_id = met.slot_id
"""
_SHEETS = """
INSERT INTO journal_modulesheet (course_id, module_id, state, version, by_id, at, source, request_id, reason)
SELECT c.id, m.id, 'draft', 1, t.user_id, %(at)s, 'import', %(request_id)s, ''
FROM teaching_course c
JOIN university_module m ON m.semester_id = c.semester_id AND m.id = %(module)s
JOIN accounts_teacher t ON t.id = coalesce(c.lead_id, (
    SELECT wt.teacher_id FROM teaching_workloadteacher wt JOIN teaching_workload w ON w.id = wt.workload_id
    WHERE w.course_id = c.id ORDER BY wt.id LIMIT 1))
WHERE hashtext(c.id::text || 'sheet') %% 100 BETWEEN -%(share)s AND %(share)s
"""
# What a teacher types of a module before he closes it: its intermediate control, and self-study where it has no tasks.
# Near to what the student's daily grades say, never above the maximum.
_POINTS = """
WITH sheet AS MATERIALIZED (
    SELECT s.course_id, s.module_id, s.by_id, m.starts_on, m.ends_on, t.component,
           journal_point_cap(s.course_id, s.module_id, t.component) AS cap
    FROM journal_modulesheet s JOIN university_module m ON m.id = s.module_id
    CROSS JOIN (VALUES ('manual'), ('self_study')) AS t (component)
    WHERE s.module_id = %(module)s AND s.state = 'draft'
), mean AS MATERIALIZED (
    SELECT w.course_id, k.student_id, avg(k.grade) / 5 AS share
    FROM journal_mark k
    JOIN teaching_workload w ON w.id = k.workload_id
    JOIN teaching_lesson l ON l.id = k.lesson_id
    JOIN (SELECT DISTINCT course_id, starts_on, ends_on FROM sheet) s ON s.course_id = w.course_id
     AND l.date BETWEEN s.starts_on AND s.ends_on
    WHERE k.grade IS NOT NULL GROUP BY w.course_id, k.student_id
)
INSERT INTO journal_modulepoint (course_id, module_id, student_id, component, value, entered_at, version, by_id, at,
                                 source, request_id, reason)
SELECT DISTINCT s.course_id, s.module_id, e.student_id, s.component,
       round(s.cap * least(1, greatest(0.3, coalesce(mean.share, 0.6)
             + (abs(hashtext(e.student_id::text || s.course_id || s.component)) %% 21 - 10) / 100.0)), 1),
       %(at)s::timestamptz, 1, s.by_id, %(at)s::timestamptz, 'import', %(request_id)s::uuid, ''
FROM sheet s
JOIN teaching_courseenrolment e ON e.course_id = s.course_id AND e.basis <> 'exempt' AND e.starts_on <= s.ends_on
 AND (e.ends_on IS NULL OR e.ends_on >= s.ends_on)
LEFT JOIN mean ON mean.course_id = s.course_id AND mean.student_id = e.student_id
WHERE s.cap > 0
ON CONFLICT (course_id, module_id, student_id, component) DO NOTHING
"""
_CLOSE = """
UPDATE journal_modulesheet SET state = 'closed', closed_by_id = by_id, closed_at = %(at)s, at = %(at)s, version = 2
WHERE module_id = %(module)s AND state = 'draft'
"""


def make_semester(span: Span) -> Semester:
    """The rows of a semester and its two modules."""
    year, _ = AcademicYear.objects.get_or_create(starts=span.starts, defaults={"name": span.year})
    semester = Semester.objects.create(
        year=year,
        number=span.number,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        session_ends_on=span.session_ends_on,
    )
    starts_on = span.starts_on
    for number, ends_on in enumerate(span.module_ends, start=1):
        Module.objects.create(semester=semester, number=number, starts_on=starts_on, ends_on=ends_on)
        starts_on = ends_on + timedelta(days=1)
    return semester


def make_teaching(*, earlier: Semester, current: Semester, groups: Iterable[Group]) -> None:
    """Courses, journals, timetable and lessons of the earlier semester, out of the current one's."""
    groups = list(groups)
    params: dict[str, Any] = {
        "earlier": earlier.id,
        "current": current.id,
        "groups": [group.id for group in groups],
        "starts_on": earlier.starts_on,
        "ends_on": earlier.ends_on,
        "mark": f"{earlier.year.starts % 100}{earlier.number}-",
    }
    if earlier.year_id != current.year_id:
        GroupName.objects.bulk_create(
            [GroupName(group=group, year=earlier.year, name=_name_before(group.name)) for group in groups]
        )
    with transaction.atomic():
        own_semesters([earlier.id])
        with connections["default"].cursor() as cursor:
            for sql in (_COURSES, _ENROLMENTS, _WORKLOADS, _TEACHERS, _SLOTS, _LESSONS):
                cursor.execute(sql, params)


def _name_before(name: str) -> str:
    """The name a group bore a year before: a name begins its number with the year of study, «ПУ-31» was «ПУ-21»."""
    head, dash, number = name.rpartition("-")
    if dash and number[:1].isdigit() and number[0] > "1":
        return f"{head}-{int(number[0]) - 1}{number[1:]}"
    return f"{name} ({head})"[:60]


def close_modules(semester: Semester, *, now: datetime, share: int) -> int:
    """Close the modules that ended more than a week ago, for so many per cent of the courses; how many sheets.

    First drafts, then their closing as an update: so the history has it, with the database's own moment. Then their
    totals, as each closing would have stored them.
    """
    closed = 0
    with transaction.atomic():
        own_semesters([semester.id])
        with connections["default"].cursor() as cursor:
            for module in semester.modules.order_by("number"):
                at = moment_of(module.ends_on + CLOSED_AFTER, time(16, 40))
                if at >= now:
                    continue
                params: dict[str, Any] = {"module": module.id, "at": at, "request_id": request_id(), "share": share - 1}
                cursor.execute(_SHEETS, params)
                cursor.execute(_POINTS, params)
                cursor.execute(_CLOSE, params)
                closed += cursor.rowcount
                of_module = ModuleSheet.objects.filter(module=module, state=SheetState.CLOSED, editions__isnull=True)
                store_totals_in_bulk(list(of_module.order_by("course_id")))
    return closed
