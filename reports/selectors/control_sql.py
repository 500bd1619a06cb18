"""The statements of filling control, written by hand: one a screen.

Values come as parameters only; what is put together are the fixed fragments below.
"""

from teaching.selectors.taught import TAUGHT_BY

# Whose lessons a person controls (§3.6, §4.3): of the department that the workload belongs to, of the group's unit, and
# those that he gave or is to fill himself.
REACH = {
    "units": "g.unit_id = ANY (%(units)s)",
    "departments": "w.department_id = ANY (%(departments)s)",
    "teacher": "taught.id = %(teacher)s",
}
CHOICES = {
    "unit": "s.unit_id = %(unit)s",
    "department": "s.department_id = %(department)s",
    "teacher": "s.teacher_id = %(chosen_teacher)s",
}

# Lessons of the days asked for that are filled, or that should have been: the hours of the setting have passed since
# their end, a unit's own setting before the university's (`journal.rules.is_overdue`). What fell out is none of them,
# nor is a lesson of a group in whose course nobody was enrolled on that day.
_SCOPED = """
WITH alarm AS MATERIALIZED (
    SELECT DISTINCT ON (p.unit_id) p.unit_id, %(now)s - make_interval(hours => p.value::text::int) AS ended_by
    FROM university_policy p
    WHERE p.key = 'unfilled_alarm_hours' AND p.valid_from <= %(today)s
    ORDER BY p.unit_id, p.valid_from DESC
), scoped AS MATERIALIZED (
    SELECT l.id, l.date, l.ends_at, (l.roll_taken_at AT TIME ZONE 'Asia/Bishkek')::date - l.date AS days_late,
           taught.id AS teacher_id, g.unit_id, w.department_id
    FROM teaching_lesson l
    JOIN teaching_lessonworkload lw ON lw.lesson_id = l.id
    JOIN teaching_workload w ON w.id = lw.workload_id
    JOIN teaching_course c ON c.id = w.course_id
    JOIN university_group g ON g.id = c.group_id
    LEFT JOIN alarm own ON own.unit_id = g.unit_id
    LEFT JOIN alarm usual ON usual.unit_id IS NULL
    CROSS JOIN LATERAL (SELECT {taught} AS id) taught
    WHERE l.date BETWEEN %(since)s AND %(until)s AND l.state NOT IN ('cancelled', 'not_held')
      AND (l.roll_taken_at IS NOT NULL
           OR l.ends_at <= coalesce(own.ended_by, usual.ended_by, %(now)s - make_interval(hours => %(hours)s))
           AND EXISTS (
               SELECT 1 FROM teaching_courseenrolment ce
               WHERE ce.course_id = w.course_id AND ce.basis <> 'exempt'
                 AND (w.subgroup_id IS NULL OR w.subgroup_id = ce.subgroup_id)
                 AND ce.starts_on <= l.date AND (ce.ends_on IS NULL OR ce.ends_on >= l.date)))
      AND ({reach})
)"""

# A lesson of a stream counts once.
_LESSON = """, lesson AS MATERIALIZED (
    SELECT DISTINCT ON (s.id) s.id, s.date, s.ends_at, s.days_late, s.teacher_id
    FROM scoped s WHERE {choices}
    ORDER BY s.id
)"""

_CHOICES = """
    (SELECT coalesce(json_agg(json_build_array(u.id, u.name) ORDER BY u.sort_key, u.id), '[]')::text
     FROM university_unit u WHERE u.id IN (SELECT unit_id FROM scoped)),
    (SELECT coalesce(json_agg(json_build_array(d.id, d.name) ORDER BY d.sort_key, d.id), '[]')::text
     FROM university_department d
     WHERE d.id IN (SELECT s.department_id FROM scoped s WHERE %(unit)s::int IS NULL OR s.unit_id = %(unit)s)),
    (SELECT concat_ws(' ', u.last_name, u.first_name) FROM accounts_teacher t JOIN accounts_user u ON u.id = t.user_id
     WHERE t.id = %(chosen_teacher)s AND t.id IN (SELECT teacher_id FROM scoped)),
    (SELECT count(*) FROM lesson),
    (SELECT count(*) FROM lesson WHERE days_late <= 0),
    (SELECT count(*) FROM lesson WHERE days_late > 0),
    (SELECT count(*) FROM lesson WHERE days_late IS NULL)"""

_UNFILLED = """, page AS (
    SELECT lesson.* FROM lesson WHERE days_late IS NULL ORDER BY ends_at DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s
)
SELECT {shared},
    (SELECT coalesce(json_agg(json_build_array(
         p.id, l.date, l.pair, extract(epoch FROM l.ends_at), p.teacher_id, u.last_name, u.first_name, u.patronymic,
         p.teacher_id <> l.teacher_id,
         EXISTS (SELECT 1 FROM journal_mark m WHERE m.lesson_id = p.id AND m.presence IS NOT NULL),
         (SELECT json_agg(json_build_array(d.name, w.kind, g.name, sg.number) ORDER BY g.sort_key, sg.number, w.id)
          FROM teaching_lessonworkload lw
          JOIN teaching_workload w ON w.id = lw.workload_id
          JOIN teaching_course c ON c.id = w.course_id
          JOIN university_discipline d ON d.id = c.discipline_id
          JOIN university_group g ON g.id = c.group_id
          LEFT JOIN university_subgroup sg ON sg.id = w.subgroup_id
          WHERE lw.lesson_id = p.id)
     ) ORDER BY p.ends_at DESC, p.id DESC), '[]')::text
     FROM page p
     JOIN teaching_lesson l ON l.id = p.id
     JOIN accounts_teacher t ON t.id = p.teacher_id
     JOIN accounts_user u ON u.id = t.user_id)"""

# A correction changed what a mark said, after the day of its lesson. A make-up of an absence is none: it comes later by
# its nature (§3.5c), and neither is looking at last at a cell that was emptied.
_TEACHERS = """, corrected AS (
    SELECT lesson.teacher_id, count(*) AS marks
    FROM journal_changeevent e
    JOIN lesson ON lesson.id = (e.before ->> 'lesson_id')::bigint
    WHERE e.entity = 'journal_mark' AND e.at >= %(since_moment)s
      AND (e.at AT TIME ZONE 'Asia/Bishkek')::date > lesson.date
      AND e.before ->> 'presence' IS NOT NULL AND e.after IS NOT NULL
      AND (e.before -> 'presence', e.before -> 'grade', e.before -> 'late_minutes')
          IS DISTINCT FROM (e.after -> 'presence', e.after -> 'grade', e.after -> 'late_minutes')
      AND NOT (e.before ->> 'presence' = 'absent' AND coalesce(e.after ->> 'presence', '') = 'absent'
               AND e.after ->> 'makeup_on' IS NOT NULL)
    GROUP BY lesson.teacher_id
), summed AS MATERIALIZED (
    SELECT x.*, coalesce(k.marks, 0) AS corrected
    FROM (
        SELECT teacher_id, count(*) AS held, count(*) FILTER (WHERE days_late <= 0) AS on_day,
               count(*) FILTER (WHERE days_late > 0) AS late,
               round(avg(days_late) FILTER (WHERE days_late > 0), 1) AS mean_delay,
               count(*) FILTER (WHERE days_late IS NULL) AS unfilled
        FROM lesson GROUP BY teacher_id
    ) x LEFT JOIN corrected k ON k.teacher_id = x.teacher_id
), page AS (
    SELECT s.*, u.last_name, u.first_name, u.patronymic, u.sort_key
    FROM summed s
    JOIN accounts_teacher t ON t.id = s.teacher_id
    JOIN accounts_user u ON u.id = t.user_id
    ORDER BY s.unfilled DESC, s.late DESC, u.sort_key, s.teacher_id
    LIMIT %(limit)s OFFSET %(offset)s
)
SELECT {shared},
    (SELECT count(*) FROM summed), (SELECT coalesce(sum(corrected), 0) FROM summed),
    (SELECT coalesce(json_agg(json_build_array(p.teacher_id, p.last_name, p.first_name, p.patronymic, p.held, p.on_day,
                                               p.late, p.mean_delay, p.unfilled, p.corrected)
                     ORDER BY p.unfilled DESC, p.late DESC, p.sort_key, p.teacher_id), '[]')::text
     FROM page p)"""

_COUNT = "\nSELECT count(*) FROM lesson WHERE days_late IS NULL"


def unfilled_sql(*, reach: tuple[str, ...] | None, chosen: tuple[str, ...]) -> str:
    """The lessons that are not filled, a page of them. `reach` names what limits the reader; None: nothing does."""
    return _whole(reach, chosen) + _UNFILLED.format(shared=_CHOICES)


def teachers_sql(*, reach: tuple[str, ...] | None, chosen: tuple[str, ...]) -> str:
    """The sums by teacher, a page of them."""
    return _whole(reach, chosen) + _TEACHERS.format(shared=_CHOICES)


def count_sql(*, reach: tuple[str, ...] | None) -> str:
    """How many lessons are not filled."""
    return _whole(reach, ()) + _COUNT


def _whole(reach: tuple[str, ...] | None, chosen: tuple[str, ...]) -> str:
    limits = "true" if reach is None else " OR ".join(f"({REACH[name]})" for name in reach)
    choices = " AND ".join(CHOICES[name] for name in chosen) or "true"
    return _SCOPED.format(taught=TAUGHT_BY, reach=limits) + _LESSON.format(choices=choices)
