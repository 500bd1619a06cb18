"""The statements of the hours ledger, written by hand: one a screen, so that a page costs what its SQL costs.

`{scope}` is a condition on w (workload), c (course) and g (group), put together from the fixed fragments below;
values come as parameters only. A colleague's plan becomes one more CTE by workload beside `facts`, one more sum in
`line`.
"""

# What the reader may see, and what he chose. Each is used only where it narrows, so that the whole university is
# read without conditions.
REACH = {
    "units": "g.unit_id = ANY (%(units)s)",
    "groups": "c.group_id = ANY (%(groups)s)",
    "departments": (
        "w.department_id = ANY (%(departments)s) OR EXISTS (SELECT 1 FROM teaching_workloadteacher k"
        " JOIN accounts_teacher t ON t.id = k.teacher_id WHERE k.workload_id = w.id"
        " AND t.department_id = ANY (%(departments)s)"
        " AND k.starts_on <= %(today)s AND (k.ends_on IS NULL OR k.ends_on >= %(today)s))"
    ),
    "teacher": (
        "EXISTS (SELECT 1 FROM teaching_workloadteacher k WHERE k.workload_id = w.id AND k.teacher_id = %(teacher)s)"
    ),
}
CHOICES = {
    "unit": "g.unit_id = %(unit)s",
    "department": "w.department_id = %(department)s",
    "kind": "w.kind = %(kind)s",
    "group": "c.group_id = %(group)s",
}

# The semester that was asked for, else the last that has begun, else the first; and the window of filling (§4.3).
_HEAD = """
WITH sem AS MATERIALIZED (
    SELECT s.id, s.ends_on FROM university_semester s
    ORDER BY (s.id = %(semester)s) DESC NULLS LAST, (s.starts_on <= %(today)s) DESC,
             CASE WHEN s.starts_on <= %(today)s THEN s.starts_on END DESC NULLS LAST, s.starts_on
    LIMIT 1
), opened AS MATERIALIZED (
    SELECT %(today)s::date - coalesce((
        SELECT p.value::text::int FROM university_policy p
        WHERE p.key = 'filling_window_days' AND p.unit_id IS NULL AND p.valid_from <= %(today)s
        ORDER BY p.valid_from DESC LIMIT 1), %(window)s) AS since
)"""

# The workloads that are read. A line is judged whole: the partners of a workload in its line come with it.
_ALL = """, w AS MATERIALIZED (
    SELECT w.id, w.course_id, w.kind, w.subgroup_id, w.hours, w.stream, w.department_id,
           c.discipline_id, c.group_id, g.programme_id, g.intake, g.unit_id
    FROM teaching_workload w
    JOIN teaching_course c ON c.id = w.course_id
    JOIN university_group g ON g.id = c.group_id
    WHERE c.semester_id = (SELECT id FROM sem){scope}
)"""
SCOPED = """
      AND (w.course_id, w.kind, coalesce(w.subgroup_id, 0)) IN (
          SELECT w.course_id, w.kind, coalesce(w.subgroup_id, 0)
          FROM teaching_workload w
          JOIN teaching_course c ON c.id = w.course_id
          JOIN university_group g ON g.id = c.group_id
          WHERE c.semester_id = (SELECT id FROM sem) AND {conditions})"""

# A lesson is lost (cancelled, did not take place), or held (its roll is taken), or expected (to come, or its journal
# may still be filled), or missed. What an approved change adds beside the timetable is a make-up.
_FACTS = """, lesson AS MATERIALIZED (
    SELECT l.id, l.date, l.teacher_id,
           l.state IN ('cancelled', 'not_held') AS lost,
           l.state NOT IN ('cancelled', 'not_held') AND (l.roll_taken_at IS NOT NULL OR l.state = 'held') AS held,
           l.topic <> '' AS has_topic,
           l.ends_at <= %(now)s AS ended,
           l.state NOT IN ('cancelled', 'not_held') AND l.roll_taken_at IS NULL AND l.state <> 'held'
               AND (l.ends_at > %(now)s OR l.date >= (SELECT since FROM opened)) AS expected
    FROM teaching_lesson l
    WHERE l.semester_id = (SELECT id FROM sem)
)"""
_BY_WORKLOAD = """, facts AS MATERIALIZED (
    SELECT lw.workload_id,
           2 * count(*) FILTER (WHERE change.id IS NULL) AS timetable,
           2 * count(*) FILTER (WHERE change.id IS NULL AND l.ended) AS passed,
           2 * count(*) FILTER (WHERE l.held) AS held,
           2 * count(*) FILTER (WHERE l.held AND l.has_topic) AS recorded,
           2 * count(*) FILTER (WHERE l.lost) AS lost,
           2 * count(*) FILTER (WHERE l.held AND change.id IS NOT NULL) AS made_up,
           2 * count(*) FILTER (WHERE l.expected) AS expected,
           max(l.date) FILTER (WHERE NOT l.lost) AS last_on
    FROM teaching_lessonworkload lw
    JOIN lesson l ON l.id = lw.lesson_id
    LEFT JOIN teaching_lessonchange change ON change.id = lw.change_id AND change.kind = 'make_up'
    {narrow}
    GROUP BY lw.workload_id
), summed AS (
    SELECT w.course_id, w.kind, w.subgroup_id, min(w.discipline_id) AS discipline_id, min(w.group_id) AS group_id,
           min(w.programme_id) AS programme_id, min(w.intake) AS intake, min(w.unit_id) AS unit_id,
           min(w.department_id) AS department_id, min(w.id) AS journal_id, sum(w.hours) AS workload,
           coalesce(sum(f.timetable), 0) AS timetable, coalesce(sum(f.passed), 0) AS passed,
           coalesce(sum(f.held), 0) AS held, coalesce(sum(f.recorded), 0) AS recorded,
           coalesce(sum(f.lost), 0) AS lost, coalesce(sum(f.made_up), 0) AS made_up,
           coalesce(sum(f.expected), 0) AS expected, max(f.last_on) AS last_on,
           -- A kind taught partly to the group and partly in subgroups: the curriculum is of both together.
           bool_or(w.subgroup_id IS NULL) OVER kind AND bool_or(w.subgroup_id IS NOT NULL) OVER kind AS mixed
    FROM w LEFT JOIN facts f ON f.workload_id = w.id
    GROUP BY w.course_id, w.kind, w.subgroup_id
    WINDOW kind AS (PARTITION BY w.course_id, w.kind)
), line AS MATERIALIZED (
    SELECT s.*, CASE s.kind WHEN 'lecture' THEN cur.lecture_hours WHEN 'practical' THEN cur.practical_hours
                            ELSE cur.laboratory_hours END AS curriculum
    FROM summed s
    LEFT JOIN university_curriculum cur ON cur.programme_id = s.programme_id AND cur.intake = s.intake
         AND cur.discipline_id = s.discipline_id AND cur.semester_id = (SELECT id FROM sem)
)"""

_LINES = """, entry AS MATERIALIZED (
    SELECT l.journal_id AS id, l.discipline_id, l.group_id, l.kind, l.subgroup_id, l.curriculum, l.workload,
           l.timetable, l.passed, l.held, l.recorded, l.lost, l.made_up, l.expected, l.last_on,
           l.held AS counted,
           CASE WHEN l.mixed THEN l.workload ELSE coalesce(l.curriculum, l.workload) END AS due
    FROM line l
)"""
_LINES_NAMED = """
    SELECT e.*, d.name || ' ' AS name, d.name AS discipline, g.name AS group_name, sg.number AS subgroup,
           d.sort_key AS key, g.sort_key AS second
    FROM entry e
    JOIN university_discipline d ON d.id = e.discipline_id
    JOIN university_group g ON g.id = e.group_id
    LEFT JOIN university_subgroup sg ON sg.id = e.subgroup_id"""

# A group's hours of a kind are the group's own and those of one subgroup: the one that ends worst (each gets them).
_SUMS = """, worst AS (
    SELECT DISTINCT ON (l.course_id, l.kind, l.subgroup_id IS NULL) l.*
    FROM line l
    ORDER BY l.course_id, l.kind, l.subgroup_id IS NULL, l.held + l.expected - l.workload, l.subgroup_id
), part AS (
    SELECT course_id, kind, min(discipline_id) AS discipline_id, min(group_id) AS group_id,
           min(unit_id) AS unit_id, min(department_id) AS department_id,
           max(curriculum) AS curriculum, sum(workload) AS workload, sum(timetable) AS timetable,
           sum(passed) AS passed, sum(held) AS held, sum(recorded) AS recorded, sum(lost) AS lost,
           sum(made_up) AS made_up, sum(expected) AS expected, max(last_on) AS last_on
    FROM worst GROUP BY course_id, kind
), entry AS MATERIALIZED (
    SELECT {column} AS id, sum(curriculum) AS curriculum, sum(workload) AS workload, sum(timetable) AS timetable,
           sum(passed) AS passed, sum(held) AS held, sum(recorded) AS recorded, sum(lost) AS lost,
           sum(made_up) AS made_up, max(last_on) AS last_on, sum(due) AS due,
           -- More in one discipline does not make up for less in another.
           sum(least(held, due)) AS counted, sum(least(expected, due - least(held, due))) AS expected
    FROM (SELECT *, coalesce(curriculum, workload) AS due FROM part) part GROUP BY {column}
)"""
_SUMS_NAMED = """
    SELECT e.*, n.name, '' AS discipline, '' AS group_name, NULL::int AS subgroup, '' AS kind,
           n.sort_key AS key, '' AS second
    FROM entry e JOIN {table} n ON n.id = e.id"""

# A teacher's hours count lessons: a stream once, and to whoever gave them (§3.5h).
_TEACHERS = """, kept AS (
    SELECT DISTINCT ON (w.id) w.id, w.hours, w.stream, w.kind, w.discipline_id, k.teacher_id
    FROM w JOIN teaching_workloadteacher k ON k.workload_id = w.id
    ORDER BY w.id, (k.starts_on <= %(today)s) DESC, k.starts_on DESC
), allotted AS (
    SELECT teacher_id, sum(hours) AS workload
    FROM (
        SELECT teacher_id, max(hours) AS hours FROM kept
        GROUP BY teacher_id, discipline_id, kind, CASE WHEN stream = '' THEN 'w' || id ELSE 's' || stream END
    ) meeting
    GROUP BY teacher_id
), met AS (
    SELECT l.*, coalesce(s.substitute_id, l.teacher_id) AS given_by, served.made_up
    FROM lesson l
    JOIN (
        SELECT lw.lesson_id, bool_or(change.id IS NOT NULL) AS made_up
        FROM teaching_lessonworkload lw
        LEFT JOIN teaching_lessonchange change ON change.id = lw.change_id AND change.kind = 'make_up'
        {narrow}
        GROUP BY lw.lesson_id
    ) served ON served.lesson_id = l.id
    LEFT JOIN teaching_substitution s ON s.lesson_id = l.id AND s.withdrawn_at IS NULL
), given AS (
    SELECT given_by AS teacher_id,
           2 * count(*) FILTER (WHERE NOT made_up) AS timetable,
           2 * count(*) FILTER (WHERE NOT made_up AND ended) AS passed,
           2 * count(*) FILTER (WHERE held) AS held,
           2 * count(*) FILTER (WHERE held AND has_topic) AS recorded,
           2 * count(*) FILTER (WHERE lost) AS lost,
           2 * count(*) FILTER (WHERE held AND made_up) AS made_up,
           2 * count(*) FILTER (WHERE expected) AS expected,
           max(date) FILTER (WHERE NOT lost) AS last_on
    FROM met GROUP BY given_by
), entry AS MATERIALIZED (
    SELECT coalesce(g.teacher_id, a.teacher_id) AS id, NULL::int AS curriculum, coalesce(a.workload, 0) AS workload,
           coalesce(g.timetable, 0) AS timetable, coalesce(g.passed, 0) AS passed, coalesce(g.held, 0) AS held,
           coalesce(g.recorded, 0) AS recorded, coalesce(g.lost, 0) AS lost, coalesce(g.made_up, 0) AS made_up,
           coalesce(g.expected, 0) AS expected, g.last_on, coalesce(a.workload, 0) AS due,
           coalesce(g.held, 0) AS counted
    FROM given g FULL JOIN allotted a ON a.teacher_id = g.teacher_id
)"""
_TEACHERS_NAMED = """
    SELECT e.*, u.last_name || ' ' || u.first_name AS name, '' AS discipline, '' AS group_name,
           NULL::int AS subgroup, '' AS kind, u.sort_key AS key, '' AS second
    FROM entry e JOIN accounts_teacher t ON t.id = e.id JOIN accounts_user u ON u.id = t.user_id"""

# One row comes back: the figures of all that was found, what can be chosen, and the window of rows as JSON.
_TAIL = """, found AS (
    SELECT e.*, greatest(e.due - e.counted - e.expected, 0) AS lacking FROM entry e
), kept_rows AS MATERIALIZED (
    SELECT * FROM found {only}
), named AS (
    {named}
    ORDER BY lacking DESC, key, second, e.id
    LIMIT %(limit)s OFFSET %(offset)s
)
SELECT (SELECT id FROM sem), (SELECT ends_on FROM sem),
       (SELECT jsonb_agg(jsonb_build_array(s.id, y.name, s.number) ORDER BY s.starts_on DESC)::text
        FROM university_semester s JOIN university_academicyear y ON y.id = s.year_id),
       (SELECT jsonb_agg(jsonb_build_array(u.id, u.name) ORDER BY u.sort_key)::text
        FROM university_unit u WHERE %(everything)s),
       (SELECT jsonb_agg(jsonb_build_array(d.id, d.name) ORDER BY d.sort_key)::text
        FROM university_department d WHERE (%(everything)s OR d.unit_id = ANY (%(units)s))
          AND (%(unit)s::bigint IS NULL OR d.unit_id = %(unit)s)),
       figures.*,
       (SELECT jsonb_agg(jsonb_build_array(n.id, n.name, n.discipline, n.group_name, n.subgroup, n.kind, n.curriculum,
               n.workload, n.timetable, n.passed, n.held, n.recorded, n.lost, n.made_up, n.expected, n.counted, n.due,
               n.last_on, n.group_id)
           ORDER BY n.lacking DESC, n.key, n.second, n.id)::text FROM {window} n)
FROM (SELECT count(*), count(*) FILTER (WHERE lacking > 0), coalesce(sum(due), 0), coalesce(sum(held), 0),
             coalesce(sum(lost), 0), coalesce(sum(lacking), 0) FROM kept_rows) figures
"""

GROUPINGS = {
    "line": (_BY_WORKLOAD + _LINES, _LINES_NAMED),
    "group": (_BY_WORKLOAD + _SUMS.replace("{column}", "group_id"), _SUMS_NAMED.replace("{table}", "university_group")),
    "discipline": (
        _BY_WORKLOAD + _SUMS.replace("{column}", "discipline_id"),
        _SUMS_NAMED.replace("{table}", "university_discipline"),
    ),
    "department": (
        _BY_WORKLOAD + _SUMS.replace("{column}", "department_id"),
        _SUMS_NAMED.replace("{table}", "university_department"),
    ),
    "teacher": (_TEACHERS, _TEACHERS_NAMED),
}


def ledger_sql(*, by: str, reach: tuple[str, ...] | None, chosen: tuple[str, ...], only_short: bool) -> str:
    """The statement of one screen. `reach`: names in REACH of which one must hold (None: everything);
    `chosen`: names in CHOICES, all of which hold."""
    conditions = [CHOICES[name] for name in chosen]
    if reach is not None:
        conditions.append("(" + (" OR ".join(REACH[name] for name in reach) or "false") + ")")
    scope = SCOPED.replace("{conditions}", " AND ".join(conditions)) if conditions else ""
    narrow = "WHERE lw.workload_id IN (SELECT id FROM w)" if conditions else ""
    body, named = GROUPINGS[by]
    tail = (
        _TAIL.replace("{only}", "WHERE lacking > 0" if only_short else "")
        .replace("{named}", named.replace("FROM entry e", "FROM kept_rows e"))
        .replace("{window}", "named" if by == "line" else "(SELECT *, NULL::bigint AS group_id FROM named)")
    )
    return _HEAD + _ALL.replace("{scope}", scope) + _FACTS + body.replace("{narrow}", narrow) + tail


# A teacher's hours by month and kind. Own: of the own lessons; as a substitute; and given away to substitutes.
TEACHER = (
    _HEAD  # noqa: S608 -- constants alone
    + """
SELECT (SELECT id FROM sem),
       (SELECT jsonb_agg(jsonb_build_array(s.id, y.name, s.number) ORDER BY s.starts_on DESC)::text
        FROM university_semester s JOIN university_academicyear y ON y.id = s.year_id),
       (SELECT jsonb_agg(jsonb_build_array(m.month, m.kind, m.own, m.substituted, m.given_away, m.lost, m.unrecorded)
               ORDER BY m.month, m.kind)::text
        FROM (
            SELECT date_trunc('month', l.date)::date AS month, served.kind,
                   2 * count(*) FILTER (WHERE held AND l.teacher_id = %(teacher)s
                                        AND coalesce(s.substitute_id, l.teacher_id) = %(teacher)s) AS own,
                   2 * count(*) FILTER (WHERE held AND s.substitute_id = %(teacher)s
                                        AND l.teacher_id <> %(teacher)s) AS substituted,
                   2 * count(*) FILTER (WHERE held AND l.teacher_id = %(teacher)s
                                        AND s.substitute_id <> %(teacher)s) AS given_away,
                   2 * count(*) FILTER (WHERE l.teacher_id = %(teacher)s
                                        AND l.state IN ('cancelled', 'not_held')) AS lost,
                   2 * count(*) FILTER (WHERE NOT held AND l.state NOT IN ('cancelled', 'not_held')
                                        AND l.ends_at <= %(now)s
                                        AND coalesce(s.substitute_id, l.teacher_id) = %(teacher)s) AS unrecorded
            FROM (
                SELECT l.*, l.state NOT IN ('cancelled', 'not_held')
                            AND (l.roll_taken_at IS NOT NULL OR l.state = 'held') AS held
                FROM teaching_lesson l
                WHERE l.semester_id = (SELECT id FROM sem)
                  AND (l.teacher_id = %(teacher)s OR l.id IN (
                      SELECT lesson_id FROM teaching_substitution
                      WHERE substitute_id = %(teacher)s AND withdrawn_at IS NULL))
            ) l
            JOIN LATERAL (
                SELECT min(w.kind) AS kind FROM teaching_lessonworkload lw
                JOIN teaching_workload w ON w.id = lw.workload_id WHERE lw.lesson_id = l.id
            ) served ON true
            LEFT JOIN teaching_substitution s ON s.lesson_id = l.id AND s.withdrawn_at IS NULL
            GROUP BY 1, 2
        ) m)
"""
)
