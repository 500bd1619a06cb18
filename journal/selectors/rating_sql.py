"""What points are counted from, as statements. Written by hand: a saved cell asks for it, and a table of a course.

The fragments are CTEs to be put after a `WITH`: `enrolment` stands first, `span` (course_id, number, since, until) is
the caller's. Values come as parameters only: `courses`, `students` (NULL: all), `on` (today).
"""

# The courses asked for. One alone is compared as itself: PostgreSQL reckons with ten elements of an array that it does
# not know, finds a plan for the very values cheaper each time, and making it takes ten times what the statement does.
MANY = "= ANY (%(courses)s::bigint[])"
ONE = "= (%(courses)s::bigint[])[1]"

_ENROLMENT = """enrolment AS (
    SELECT * FROM teaching_courseenrolment
    WHERE course_id {asked} AND basis <> 'exempt'
      AND (%(students)s::bigint[] IS NULL OR student_id = ANY (%(students)s::bigint[]))
)"""

# Lessons of all journals of a course, each with the students who were on its list that day: the course's enrolments,
# the subgroup's where the journal is a subgroup's (§3.5b), as the grid's list. A meeting counts once, whatever number
# of the course's journals it serves.
_COUNTED = """lesson AS MATERIALIZED (
    SELECT span.course_id, span.number, w.id AS workload_id, w.subgroup_id, l.id, l.date, l.state, l.roll_taken_at
    FROM span
    JOIN teaching_workload w ON w.course_id = span.course_id
    JOIN teaching_lessonworkload lw ON lw.workload_id = w.id
    JOIN teaching_lesson l ON l.id = lw.lesson_id AND l.state NOT IN ('cancelled', 'not_held')
     AND l.date BETWEEN span.since AND span.until
), roll AS (
    SELECT DISTINCT ON (e.course_id, l.number, e.student_id, l.id)
           e.course_id, l.number, e.student_id, m.presence, m.grade,
           l.roll_taken_at IS NOT NULL AND m.presence IS NOT NULL AS is_held,
           l.state = 'planned' AND l.date >= %(on)s AND m.presence IS NULL AS is_to_come,
           m.presence = 'absent' AND EXISTS (
               SELECT 1 FROM journal_excusecover v WHERE v.lesson_id = l.id AND v.student_id = e.student_id
           ) AS is_excused
    FROM enrolment e
    JOIN lesson l ON l.course_id = e.course_id AND (l.subgroup_id IS NULL OR l.subgroup_id = e.subgroup_id)
     AND l.date >= e.starts_on AND (e.ends_on IS NULL OR l.date <= e.ends_on)
    LEFT JOIN journal_mark m ON m.lesson_id = l.id AND m.student_id = e.student_id AND m.workload_id = l.workload_id
    ORDER BY e.course_id, l.number, e.student_id, l.id, m.presence NULLS LAST
), counted AS MATERIALIZED (
    SELECT course_id, number, student_id,
           count(*) FILTER (WHERE is_held) AS held,
           count(*) FILTER (WHERE is_held AND presence <> 'absent') AS attended,
           count(*) FILTER (WHERE is_held AND presence = 'late') AS late,
           count(*) FILTER (WHERE is_held AND is_excused) AS excused,
           coalesce(sum(grade), 0) AS grade_sum,
           count(grade) AS grade_count,
           count(*) FILTER (WHERE is_held AND presence = 'absent' AND NOT is_excused AND grade IS NULL) AS unexcused,
           count(*) FILTER (WHERE is_to_come) AS remaining
    FROM roll GROUP BY course_id, number, student_id
), listed AS (
    SELECT DISTINCT e.course_id, span.number, e.student_id FROM enrolment e
    JOIN span ON span.course_id = e.course_id AND e.starts_on <= span.until
     AND (e.ends_on IS NULL OR e.ends_on >= span.since)
)"""

COUNTS = "c.held, c.attended, c.late, c.excused, c.grade_sum, c.grade_count, c.unexcused, c.remaining"  # in this order
_OF_LISTED = """listed
LEFT JOIN counted c ON c.course_id = listed.course_id AND c.number = listed.number
 AND c.student_id = listed.student_id"""

# The tasks of self-study that a student was given: of the lists on which he is on their last day.
GIVEN_TASKS = """
SELECT e.course_id, t.module_id, e.student_id, t.maximum, t.due_on, m.points
FROM journal_selfstudytask t
JOIN teaching_workload w ON w.id = t.workload_id
JOIN enrolment e ON e.course_id = w.course_id AND (w.subgroup_id IS NULL OR w.subgroup_id = e.subgroup_id)
 AND e.starts_on <= t.due_on AND (e.ends_on IS NULL OR t.due_on <= e.ends_on)
LEFT JOIN journal_selfstudymark m ON m.task_id = t.id AND m.student_id = e.student_id
WHERE t.withdrawn_at IS NULL AND t.given_on <= %(on)s
"""

GIVEN = f"WITH {_ENROLMENT.format(asked=MANY)} {GIVEN_TASKS}"

FACTS = f"""
WITH span AS (
    SELECT * FROM unnest(%(courses)s::bigint[], %(numbers)s::int[], %(since)s::date[], %(until)s::date[])
                  AS s (course_id, number, since, until)
), {_ENROLMENT.format(asked=MANY)}, {_COUNTED}
SELECT listed.course_id, listed.number, listed.student_id, {COUNTS}
FROM {_OF_LISTED}
"""  # noqa: S608 -- our own words

# All that a course's points are made of, as one json value: the scheme in force and its modules in the calendar (as
# `rules.rating_live.spans_in` lays them), what closed modules stored, and what is said under the open ones.
_NOW = f"""place AS MATERIALIZED (
    SELECT c.id AS course_id, c.control_form, c.semester_id, s.id AS scheme_id,
           coalesce(s.modules, %(modules)s) AS modules
    FROM teaching_course c
    JOIN university_semester se ON se.id = c.semester_id
    JOIN university_academicyear y ON y.id = se.year_id
    LEFT JOIN journal_ratingscheme s ON s.id = journal_scheme_in(c.control_form, y.starts)
    WHERE c.id {{asked}}
), stored AS MATERIALIZED (
    SELECT s.course_id, least(mo.number, (e.scheme ->> 'modules')::int) AS part, e.id AS edition_id
    FROM journal_modulesheet s
    JOIN university_module mo ON mo.id = s.module_id
    JOIN LATERAL (
        SELECT x.id, x.scheme FROM journal_sheetedition x WHERE x.sheet_id = s.id ORDER BY x.number DESC LIMIT 1
    ) e ON true
    WHERE s.course_id {{asked}}
), term AS MATERIALIZED (
    SELECT k.course_id, k.number::int AS number, min(k.starts_on) AS since, max(k.ends_on) AS until,
           array_agg(k.id ORDER BY k.rank) AS module_ids
    FROM (
        SELECT m.*, least(m.rank, m.modules) AS number
        FROM (
            SELECT p.course_id, p.modules, mo.id, mo.starts_on, mo.ends_on,
                   row_number() OVER (PARTITION BY p.course_id ORDER BY mo.number) AS rank
            FROM place p JOIN university_module mo ON mo.semester_id = p.semester_id
        ) m
    ) k
    GROUP BY k.course_id, k.number
), span AS MATERIALIZED (
    SELECT t.* FROM term t
    WHERE NOT EXISTS (SELECT 1 FROM stored s WHERE s.course_id = t.course_id AND s.part = t.number)
), {_ENROLMENT}, {_COUNTED}, said AS (
    SELECT coalesce(json_agg(json_build_object(
        'course', p.course_id, 'form', p.control_form, 'scheme', p.scheme_id,
        'spans', (
            SELECT json_agg(json_build_array(t.number, t.module_ids, t.since, t.until) ORDER BY t.number)
            FROM term t WHERE t.course_id = p.course_id
        ),
        'stored', (
            SELECT json_agg(json_build_array(s.part, (
                SELECT json_agg(json_build_object(
                    'student', t.student_id, 'attendance', t.attendance::text, 'achievement', t.achievement::text,
                    'self_study', t.self_study::text, 'control', t.control::text, 'total', t.total::text,
                    'carried', t.carried::text, 'warnings', t.warnings, 'parts', t.parts, 'facts', t.facts))
                FROM journal_moduletotal t
                WHERE t.edition_id = s.edition_id
                  AND (%(students)s::bigint[] IS NULL OR t.student_id = ANY (%(students)s::bigint[]))
            ))) FROM stored s WHERE s.course_id = p.course_id
        ),
        'counts', (
            SELECT json_agg(json_build_array(listed.number, listed.student_id, {COUNTS}))
            FROM {_OF_LISTED} WHERE listed.course_id = p.course_id
        ),
        'typed', (
            SELECT json_agg(json_build_array(d.module_id, d.component, d.student_id, d.value::text))
            FROM journal_modulepoint d
            WHERE d.course_id = p.course_id AND d.value IS NOT NULL
              AND (%(students)s::bigint[] IS NULL OR d.student_id = ANY (%(students)s::bigint[]))
        ),
        'tasks', (
            SELECT json_agg(json_build_array(g.module_id, g.student_id, g.maximum::text, g.due_on, g.points::text))
            FROM ({GIVEN_TASKS}) g WHERE g.course_id = p.course_id
        )
    )), '[]')::text AS courses
    FROM place p
)"""  # noqa: S608 -- our own words


def now(*, count: int) -> str:
    """The statement that says it of `count` courses, in its only column."""
    return f"WITH {_NOW.format(asked=ONE if count == 1 else MANY)} SELECT said.courses FROM said"  # noqa: S608 -- our own words
