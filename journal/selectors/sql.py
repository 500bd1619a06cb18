"""The grid's three statements. Written by hand: composing them anew cost more time than running them."""

from teaching.selectors.taught import TAUGHT_BY

# What is read of a lesson for a journal `lw` of it; `{course}` is to be the journal's course.
_FACTS = f"""
       l.id, l.date, l.pair, l.starts_at, l.ends_at, l.state, l.topic, l.roll_taken_at,
       (SELECT mo.number FROM university_module mo
        WHERE mo.semester_id = l.semester_id AND l.date BETWEEN mo.starts_on AND mo.ends_on),
       closed.number, closed.starts_on, closed.ends_on, closed.closed_by, closed.closed_at,
       EXISTS (
           SELECT 1 FROM teaching_substitution s JOIN accounts_teacher t ON t.id = s.substitute_id
           WHERE s.lesson_id = l.id AND s.withdrawn_at IS NULL AND t.user_id = %(user)s
       ),
       EXISTS (
           SELECT 1 FROM journal_reopening r JOIN journal_reopeninglesson rl ON rl.reopening_id = r.id
           WHERE r.workload_id = lw.workload_id AND r.state = 'open' AND r.until > %(now)s AND rl.lesson_id = l.id
       ),
       -- Only where a setting gives it a module's deadline binds; here, once it has passed.
       CASE WHEN EXISTS (SELECT 1 FROM university_policy WHERE key = 'module_closing_days') THEN (
           SELECT d.day FROM journal_deadline({{course}}, l.date, %(today)s) AS d (day) WHERE d.day < %(today)s
       ) END,
       (
           SELECT u.last_name || ' ' || u.first_name
           FROM accounts_teacher t JOIN accounts_user u ON u.id = t.user_id WHERE t.id = {TAUGHT_BY}
       )
"""  # noqa: S608 -- our own words

# 1. The lessons of a journal, each with the closed module it lies under, whether the user is its substitute, and who
# taught it; beside them, the same in each row, who keeps the journal and the settings.
LESSONS = f"""
SELECT {_FACTS.format(course="%(course)s")},
       (
           SELECT u.last_name || ' ' || u.first_name
           FROM teaching_workloadteacher wt
           JOIN accounts_teacher t ON t.id = wt.teacher_id
           JOIN accounts_user u ON u.id = t.user_id
           WHERE wt.workload_id = %(journal)s
           -- Who keeps it now, else who is to keep it first.
           ORDER BY wt.starts_on <= %(today)s DESC, wt.starts_on DESC LIMIT 1
       ),
       (
           SELECT coalesce(jsonb_agg(jsonb_build_array(p.key, p.value)
                           ORDER BY p.unit_id NULLS FIRST, p.valid_from), '[]')::text
           FROM university_policy p
           WHERE p.key IN ('filling_window_days', 'daily_grades', 'unfilled_alarm_hours') AND p.valid_from <= %(today)s
             AND (p.unit_id IS NULL OR p.unit_id = %(unit)s)
       )
FROM teaching_lessonworkload lw
JOIN teaching_lesson l ON l.id = lw.lesson_id
LEFT JOIN (
    SELECT mo.number, mo.starts_on, mo.ends_on, u.last_name || ' ' || u.first_name AS closed_by, s.closed_at
    FROM journal_modulesheet s
    JOIN university_module mo ON mo.id = s.module_id
    JOIN accounts_user u ON u.id = s.closed_by_id
    WHERE s.course_id = %(course)s AND s.state = 'closed'
) closed ON l.date BETWEEN closed.starts_on AND closed.ends_on
WHERE lw.workload_id = %(journal)s
ORDER BY l.starts_at, l.id
"""  # noqa: S608 -- our own words

# The lessons of several journals at once, a row for each journal that a lesson serves.
SHARED_LESSONS = f"""
SELECT lw.workload_id, {_FACTS.format(course="w.course_id")}
FROM teaching_lessonworkload lw
JOIN teaching_workload w ON w.id = lw.workload_id
JOIN teaching_lesson l ON l.id = lw.lesson_id
LEFT JOIN (
    SELECT s.course_id, mo.number, mo.starts_on, mo.ends_on, u.last_name || ' ' || u.first_name AS closed_by,
           s.closed_at
    FROM journal_modulesheet s
    JOIN university_module mo ON mo.id = s.module_id
    JOIN accounts_user u ON u.id = s.closed_by_id
    WHERE s.state = 'closed'
) closed ON closed.course_id = w.course_id AND l.date BETWEEN closed.starts_on AND closed.ends_on
WHERE lw.workload_id = ANY (%(journals)s::bigint[])
ORDER BY l.starts_at, l.id, lw.workload_id
"""  # noqa: S608 -- our own words

# 2. Enrolments of the journal's list: the subgroup's where the journal is a subgroup's (§3.5b).
ROSTER = """
SELECT ce.student_id, u.last_name, u.first_name, u.patronymic, ce.starts_on, ce.ends_on
FROM teaching_courseenrolment ce
JOIN accounts_student st ON st.id = ce.student_id
JOIN accounts_user u ON u.id = st.user_id
WHERE ce.course_id = %(course)s AND ce.basis <> 'exempt'
  AND (%(subgroup)s::bigint IS NULL OR ce.subgroup_id = %(subgroup)s::bigint)
  AND ce.starts_on <= %(until)s AND (ce.ends_on IS NULL OR ce.ends_on >= %(since)s)
ORDER BY u.sort_key, ce.student_id, ce.starts_on
"""

# 3. The marks of the journals at those lessons.
MARKS = """
SELECT m.student_id, m.lesson_id, m.presence, m.grade, m.late_minutes, m.makeup_on, m.version, m.reason <> '',
       v.starts_on, v.ends_on,
       -- A list that is hashed once: joined, the appeals would be looked through for each mark.
       (m.lesson_id, m.student_id) IN (
           SELECT a.lesson_id, a.student_id FROM journal_appeal a
           WHERE a.workload_id = ANY (%(journals)s::bigint[]) AND a.state = 'open'
       )
FROM journal_mark m
LEFT JOIN (
    SELECT c.lesson_id, c.student_id, x.starts_on, x.ends_on
    FROM journal_excusecover c JOIN journal_excuse x ON x.id = c.excuse_id
    WHERE c.lesson_id = ANY (%(lessons)s::bigint[])
) v ON v.lesson_id = m.lesson_id AND v.student_id = m.student_id
WHERE m.lesson_id = ANY (%(lessons)s::bigint[]) AND m.workload_id = ANY (%(journals)s::bigint[])
"""
