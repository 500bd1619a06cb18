"""The five statements of saving marks. Written by hand, since a saved cell has a budget of eight queries in all."""

# Who is on the roll of a lesson `l`: workload `w` of it, enrolment `ce`, on the day of the lesson (§3.5b).
_ROLL = """
    FROM teaching_lessonworkload lw
    JOIN teaching_workload w ON w.id = lw.workload_id
    JOIN teaching_courseenrolment ce ON ce.course_id = w.course_id AND ce.basis <> 'exempt'
     AND l.date >= ce.starts_on AND (ce.ends_on IS NULL OR l.date <= ce.ends_on)
     AND (w.subgroup_id IS NULL OR w.subgroup_id = ce.subgroup_id)
"""

# 1. The locks of every course that the lessons serve: semesters first, then courses, each ascending.
SHARE_LOCKS = """
SELECT pg_advisory_xact_lock_shared(kind, id)
FROM (
    SELECT kind, id::int
    FROM (
        SELECT c.semester_id, c.id AS course_id
        FROM teaching_workload w JOIN teaching_course c ON c.id = w.course_id
        WHERE w.id = %(journal)s
           OR w.id IN (SELECT workload_id FROM teaching_lessonworkload WHERE lesson_id = ANY (%(lessons)s::bigint[]))
    ) served
    CROSS JOIN LATERAL (VALUES (1, semester_id), (2, course_id)) AS lock (kind, id)
    GROUP BY kind, id
    ORDER BY kind, id
    OFFSET 0
) locks
"""

# 2. All that is judged. The first row carries the settings and the stored answer, the others a cell each.
READ_CELLS = f"""
WITH place AS (
    SELECT c.semester_id, g.unit_id, se.starts_on AS semester_starts_on
    FROM teaching_workload w
    JOIN teaching_course c ON c.id = w.course_id
    JOIN university_group g ON g.id = c.group_id
    JOIN university_semester se ON se.id = c.semester_id
    WHERE w.id = %(journal)s
), settings AS (
    SELECT coalesce(jsonb_agg(jsonb_build_array(p.key, p.value)
                    ORDER BY p.unit_id NULLS FIRST, p.valid_from), '[]') AS rows,
           coalesce((SELECT value FROM university_policy q, place
                     WHERE q.key = 'filling_window_days' AND q.valid_from <= %(today)s
                       AND (q.unit_id IS NULL OR q.unit_id = place.unit_id)
                     ORDER BY q.unit_id NULLS LAST, q.valid_from DESC LIMIT 1)::int, 7) AS substitute_days,
           EXISTS (SELECT 1 FROM university_policy WHERE key = 'module_closing_days') AS has_deadlines,
           EXISTS (SELECT 1 FROM journal_reopening r JOIN teaching_workload w ON w.id = r.workload_id
                   WHERE w.course_id IN (
                       SELECT x.course_id FROM teaching_workload x
                       JOIN teaching_lessonworkload y ON y.workload_id = x.id
                       WHERE y.lesson_id = ANY (%(lessons)s::bigint[]))
                     AND r.state = 'open') AS has_reopenings
    FROM university_policy p, place
    WHERE p.key IN ('filling_window_days', 'daily_grades', 'mark_changes') AND p.valid_from <= %(today)s
      AND (p.unit_id IS NULL OR p.unit_id = place.unit_id)
), keeper AS (
    SELECT wt.workload_id
    FROM place
    JOIN accounts_teacher t ON t.user_id = %(user)s AND (t.ends_on IS NULL OR t.ends_on >= %(today)s)
    JOIN teaching_workloadteacher wt ON wt.teacher_id = t.id
    WHERE wt.starts_on <= greatest(%(today)s, place.semester_starts_on)
      AND (wt.ends_on IS NULL OR wt.ends_on >= %(today)s)
)
SELECT 0 AS position, settings.rows AS settings, (
        SELECT jsonb_build_object('sha256', encode(n.body_sha256, 'hex'), 'status', n.status, 'answer', n.answer)
        FROM journal_savednonce n WHERE n.user_id = %(user)s AND n.nonce = %(nonce)s::uuid
    ) AS kept, NULL::date, NULL::timestamptz, NULL::text, NULL::boolean, NULL::boolean, NULL::bigint, NULL::bigint,
    NULL::boolean, NULL::int, NULL::text, NULL::int, NULL::int, NULL::date, NULL::text, NULL::timestamptz,
    NULL::timestamptz, NULL::text, NULL::boolean, NULL::boolean, NULL::date
FROM settings
UNION ALL
SELECT cell.position, NULL, NULL, l.date, l.starts_at, l.state::text,
    EXISTS (SELECT 1 FROM teaching_lessonworkload x WHERE x.lesson_id = l.id AND x.workload_id = %(journal)s),
    keeps.journal OR named.yes,
    roll.workload_id, roll.course_id,
    named.yes OR EXISTS (SELECT 1 FROM keeper k WHERE k.workload_id = roll.workload_id),
    m.version, m.presence::text, m.grade::int, m.late_minutes::int, m.makeup_on,
    trim(u.last_name || ' ' || u.first_name), m.at, sheet.closed_at, sheet.closed_by,
    EXISTS (
        SELECT 1 FROM journal_excusestudent es JOIN journal_excuse x ON x.id = es.excuse_id
        WHERE es.student_id = cell.student_id AND x.withdrawn_at IS NULL AND l.date BETWEEN x.starts_on AND x.ends_on
    ),
    reopened.yes,
    -- The usual days only remind: a module's deadline binds where a setting gives it.
    CASE WHEN settings.has_deadlines THEN journal_deadline(roll.course_id, l.date, %(today)s) END
FROM unnest(%(lessons)s::bigint[], %(students)s::bigint[]) WITH ORDINALITY AS cell (lesson_id, student_id, position)
CROSS JOIN settings
CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM keeper WHERE workload_id = %(journal)s) AS journal) keeps
LEFT JOIN teaching_lesson l ON l.id = cell.lesson_id
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT 1 FROM teaching_substitution s JOIN accounts_teacher t ON t.id = s.substitute_id
        WHERE s.lesson_id = l.id AND t.user_id = %(user)s AND s.withdrawn_at IS NULL
          AND (t.ends_on IS NULL OR t.ends_on >= %(today)s)
          AND l.date <= %(today)s AND %(today)s <= l.date + settings.substitute_days
    ) AS yes
) named
LEFT JOIN LATERAL (
    SELECT lw.workload_id, w.course_id
    {_ROLL}
    WHERE lw.lesson_id = l.id AND ce.student_id = cell.student_id
    ORDER BY lw.workload_id <> %(journal)s, lw.workload_id
    LIMIT 1
) roll ON true
LEFT JOIN journal_mark m ON m.lesson_id = cell.lesson_id AND m.student_id = cell.student_id
LEFT JOIN accounts_user u ON u.id = m.by_id
LEFT JOIN LATERAL (
    SELECT s.closed_at, trim(c.last_name || ' ' || c.first_name) AS closed_by
    FROM journal_modulesheet s
    JOIN university_module mo ON mo.id = s.module_id AND l.date BETWEEN mo.starts_on AND mo.ends_on
    JOIN accounts_user c ON c.id = s.closed_by_id
    WHERE s.course_id = roll.course_id AND s.state = 'closed'
    LIMIT 1
) sheet ON true
CROSS JOIN LATERAL (
    SELECT settings.has_reopenings
           AND journal_is_reopened(l.id, cell.student_id, roll.course_id, %(now)s) AS yes
) reopened
ORDER BY position
"""

# 3. The good cells. The version guards against a page that was faster between the read and now.
UPSERT = """
INSERT INTO journal_mark (lesson_id, student_id, workload_id, presence, grade, late_minutes, makeup_on, version,
                          by_id, at, source, request_id, reason)
SELECT lesson_id, student_id, workload_id, presence, grade, late_minutes, makeup_on, version,
       %(by)s, %(now)s, source, %(request)s, reason
FROM unnest(%(lessons)s::bigint[], %(students)s::bigint[], %(workloads)s::bigint[], %(presences)s::text[],
            %(grades)s::int[], %(minutes)s::int[], %(makeups)s::date[], %(versions)s::int[], %(reasons)s::text[],
            %(sources)s::text[])
     AS cell (lesson_id, student_id, workload_id, presence, grade, late_minutes, makeup_on, version, reason, source)
ORDER BY lesson_id, student_id
ON CONFLICT (lesson_id, student_id) DO UPDATE SET
    presence = EXCLUDED.presence, grade = EXCLUDED.grade, late_minutes = EXCLUDED.late_minutes,
    makeup_on = EXCLUDED.makeup_on, version = EXCLUDED.version, by_id = EXCLUDED.by_id, at = EXCLUDED.at,
    source = EXCLUDED.source, request_id = EXCLUDED.request_id, reason = EXCLUDED.reason
WHERE journal_mark.version = EXCLUDED.version - 1
RETURNING lesson_id, student_id, version
"""

READ_MARK = """
SELECT m.version, m.presence, m.grade, m.late_minutes, m.makeup_on, trim(u.last_name || ' ' || u.first_name), m.at
FROM journal_mark m JOIN accounts_user u ON u.id = m.by_id
WHERE m.lesson_id = %s AND m.student_id = %s
"""

# 4. Rolls that are complete now, and the rows' totals.
FINISH = f"""
WITH taken AS (
    UPDATE teaching_lesson AS l SET roll_taken_at = %(now)s, state = 'held'
    WHERE l.id = ANY (%(lessons)s::bigint[]) AND l.roll_taken_at IS NULL AND l.state IN ('planned', 'held')
      AND EXISTS (SELECT 1 {_ROLL} WHERE lw.lesson_id = l.id)
      AND NOT EXISTS (
          SELECT 1 {_ROLL}
          LEFT JOIN journal_mark m ON m.lesson_id = l.id AND m.student_id = ce.student_id
          WHERE lw.lesson_id = l.id AND m.presence IS NULL)
      -- A stream's other course may be closed already: then its lesson stays as it is.
      AND NOT EXISTS (
          SELECT 1 FROM teaching_lessonworkload lw
          JOIN teaching_workload w ON w.id = lw.workload_id
          JOIN journal_modulesheet s ON s.course_id = w.course_id AND s.state = 'closed'
          JOIN university_module mo ON mo.id = s.module_id AND l.date BETWEEN mo.starts_on AND mo.ends_on
          WHERE lw.lesson_id = l.id AND NOT journal_is_reopened(l.id, NULL, w.course_id, %(now)s))
    RETURNING l.id
), totals AS (
    SELECT coalesce(jsonb_agg(jsonb_build_object('student', student_id, 'absences', absences, 'grades', grades,
                                                 'mean', mean) ORDER BY student_id), '[]') AS rows
    FROM (
        SELECT s.student_id, count(m.id) FILTER (WHERE m.presence = 'absent') AS absences,
               count(m.grade) AS grades, round(avg(m.grade), 2)::text AS mean
        FROM unnest(%(students)s::bigint[]) AS s (student_id)
        LEFT JOIN journal_mark m ON m.student_id = s.student_id AND m.workload_id = ANY (%(workloads)s::bigint[])
        GROUP BY s.student_id
    ) rows
)
SELECT rows, ARRAY(SELECT id FROM taken ORDER BY id) FROM totals
"""

# 5. The answer, kept under its nonce. (What points are counted from is asked between the two: `selectors.rating_now`.)
KEEP = """
INSERT INTO journal_savednonce (nonce, user_id, body_sha256, answer, status, at)
VALUES (%(nonce)s, %(user)s, %(sha256)s, %(answer)s::jsonb, %(status)s, %(now)s)
ON CONFLICT (user_id, nonce) DO NOTHING
"""
