"""Modules of courses: closed, to be closed, overdue (§4.3). One statement a question, written by hand.

Values come as parameters only; what is put together are the fixed fragments below.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import connection

from accounts.permissions import Rights
from ejournal.lib.names import short_name
from university.rules import SETTINGS

_CLOSING_DAYS = SETTINGS["module_closing_days"].default


class ModuleState(StrEnum):
    """`overdue`: its deadline is over; `due`: it has ended; `running`: it has not."""

    OVERDUE = "overdue"
    DUE = "due"
    RUNNING = "running"
    CLOSED = "closed"


# Which courses a person looks into: of the group's unit, of a department that teaches in them, and those that he
# leads or in which he keeps a journal.
_REACH = {
    "units": "g.unit_id = ANY (%(units)s)",
    "departments": "c.department_id = ANY (%(departments)s) OR c.id IN (SELECT course_id FROM teaching_workload"
    " WHERE department_id = ANY (%(departments)s))",
    "teacher": "c.lead_id = %(teacher)s OR c.id IN (SELECT w.course_id FROM teaching_workloadteacher k"
    " JOIN teaching_workload w ON w.id = k.workload_id"
    " WHERE k.teacher_id = %(teacher)s AND (k.ends_on IS NULL OR k.ends_on >= %(today)s))",
}

# A scheme of fewer modules than the semester has closes its last one with the semester's last. Who closes is the lead,
# else the keeper of the first journal, lectures before the rest: as the door of the sheet has it.
_SCOPED = """
WITH semester AS MATERIALIZED (
    -- None is asked for: the last that has begun.
    SELECT coalesce(%(semester)s::bigint, (SELECT id FROM university_semester WHERE starts_on <= %(today)s
                                           ORDER BY starts_on DESC LIMIT 1)) AS id
), calendar AS MATERIALIZED (
    SELECT m.id, m.number, m.starts_on, m.ends_on, row_number() OVER (ORDER BY m.number) AS rank, count(*) OVER () AS n
    FROM university_module m WHERE m.semester_id = (SELECT id FROM semester)
), form AS MATERIALIZED (
    SELECT f.form, coalesce(rs.modules, 2) AS modules
    FROM university_semester se
    JOIN university_academicyear y ON y.id = se.year_id
    CROSS JOIN (VALUES ('exam'), ('credit')) AS f (form)
    LEFT JOIN journal_ratingscheme rs ON rs.id = journal_scheme_in(f.form, y.starts)
    WHERE se.id = (SELECT id FROM semester)
), days AS MATERIALIZED (
    SELECT DISTINCT ON (p.unit_id) p.unit_id, p.value::text::int AS closing
    FROM university_policy p WHERE p.key = 'module_closing_days' AND p.valid_from <= %(today)s
    ORDER BY p.unit_id, p.valid_from DESC
), scoped AS MATERIALIZED (
    SELECT c.id AS course_id, c.discipline_id, c.group_id, c.department_id, g.unit_id, k.id AS module_id, k.number,
           d.deadline, s.closed_at, s.closed_by_id,
           CASE WHEN s.id IS NOT NULL THEN 'closed' WHEN d.deadline < %(today)s THEN 'overdue'
                WHEN k.ends_on < %(today)s THEN 'due' ELSE 'running' END AS state,
           coalesce(c.lead_id, (
               SELECT t.teacher_id FROM teaching_workload w JOIN teaching_workloadteacher t ON t.workload_id = w.id
               WHERE w.course_id = c.id AND t.starts_on <= %(today)s AND (t.ends_on IS NULL OR t.ends_on >= %(today)s)
               ORDER BY w.kind <> 'lecture', w.number LIMIT 1)) AS lead_id
    FROM teaching_course c
    JOIN university_group g ON g.id = c.group_id
    JOIN form f ON f.form = c.control_form
    JOIN calendar k ON (f.modules >= k.n OR k.rank < f.modules OR k.rank = k.n)
     AND (k.starts_on <= %(today)s OR (k.rank = k.n AND f.modules < k.n))
    LEFT JOIN days own ON own.unit_id = g.unit_id
    LEFT JOIN days usual ON usual.unit_id IS NULL
    CROSS JOIN LATERAL (SELECT k.ends_on + coalesce(own.closing, usual.closing, %(days)s) AS deadline) d
    LEFT JOIN journal_modulesheet s ON s.course_id = c.id AND s.module_id = k.id AND s.state = 'closed'
    WHERE c.semester_id = (SELECT id FROM semester)
      AND EXISTS (SELECT 1 FROM teaching_workload w WHERE w.course_id = c.id)
      AND ({reach})
)"""

_PAGE = """, chosen AS MATERIALIZED (
    SELECT * FROM scoped s
    WHERE (%(unit)s::int IS NULL OR s.unit_id = %(unit)s) AND (%(department)s::int IS NULL OR
           s.department_id = %(department)s)
), page AS (
    SELECT s.*, di.name AS discipline, g.name AS group_name, g.sort_key
    FROM chosen s
    JOIN university_discipline di ON di.id = s.discipline_id
    JOIN university_group g ON g.id = s.group_id
    WHERE s.state = %(state)s
    ORDER BY s.deadline, g.sort_key, di.name, s.course_id, s.number LIMIT %(limit)s OFFSET %(offset)s
)
SELECT
    (SELECT coalesce(json_agg(json_build_array(u.id, u.name) ORDER BY u.sort_key, u.id), '[]')::text
     FROM university_unit u WHERE u.id IN (SELECT unit_id FROM scoped)),
    (SELECT coalesce(json_agg(json_build_array(d.id, d.name) ORDER BY d.sort_key, d.id), '[]')::text
     FROM university_department d
     WHERE d.id IN (SELECT s.department_id FROM scoped s WHERE %(unit)s::int IS NULL OR s.unit_id = %(unit)s)),
    (SELECT coalesce(json_object_agg(state, modules), '{}')::text
     FROM (SELECT state, count(*) AS modules FROM chosen GROUP BY state) sums),
    (SELECT coalesce(json_agg(json_build_array(p.course_id, p.number, p.discipline, p.group_name, p.deadline,
                                               p.closed_at, u.last_name, u.first_name, u.patronymic)
                     ORDER BY p.deadline, p.sort_key, p.discipline, p.course_id, p.number), '[]')::text
     FROM page p
     LEFT JOIN accounts_teacher t ON t.id = p.lead_id
     LEFT JOIN accounts_user u ON u.id = coalesce(p.closed_by_id, t.user_id))"""


@dataclass(frozen=True, slots=True)
class StatesChoice:
    """What is asked for of a semester; None leaves open."""

    semester_id: int
    state: ModuleState
    unit: int | None = None
    department: int | None = None


@dataclass(frozen=True, slots=True)
class CourseModule:
    """A module of a course. `person` closed it, or is to close it."""

    course_id: int
    number: int
    discipline: str
    group: str
    deadline: date
    closed_at: datetime | None
    person: str


@dataclass(frozen=True, slots=True)
class ModuleStates:
    """A page of modules, with the sums of the choice and the choices of the scope as (id, name)."""

    units: Sequence[tuple[int, str]]
    departments: Sequence[tuple[int, str]]
    counts: dict[ModuleState, int]
    rows: Sequence[CourseModule]


def module_states(rights: Rights, choice: StatesChoice, *, limit: int, offset: int, on: date) -> ModuleStates:
    """What a person looks into of the modules that have begun, the earliest deadline first. One statement."""
    sql = _SCOPED.format(reach=_reach(rights)) + _PAGE
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                **_params(choice.semester_id, on=on, rights=rights),
                "state": choice.state.value,
                "unit": choice.unit,
                "department": choice.department,
                "limit": limit,
                "offset": offset,
            },
        )
        units, departments, counts, rows = (json.loads(text) for text in cursor.fetchone())
    return ModuleStates(
        [tuple(one) for one in units],
        [tuple(one) for one in departments],
        {state: counts.get(state.value, 0) for state in ModuleState},
        [
            CourseModule(
                course_id,
                number,
                discipline,
                group,
                date.fromisoformat(deadline),
                datetime.fromisoformat(closed_at) if closed_at else None,
                short_name(last, first or "", patronymic or "") if last else "",
            )
            for course_id, number, discipline, group, deadline, closed_at, last, first, patronymic in rows
        ],
    )


def count_to_close(rights: Rights, *, on: date) -> tuple[int, int]:
    """(due, overdue) modules of the running semester that a teacher is to close himself. One statement."""
    sql = _SCOPED.format(reach=_REACH["teacher"]) + (
        "\nSELECT count(*) FILTER (WHERE state = 'due'), count(*) FILTER (WHERE state = 'overdue')"
        " FROM scoped WHERE lead_id = %(teacher)s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, _params(None, on=on, rights=rights))
        found: tuple[int, int] = cursor.fetchone()
    return found


def count_overdue(rights: Rights, *, on: date) -> int:
    """Overdue modules of the running semester in a person's scope. One statement."""
    sql = _SCOPED.format(reach=_reach(rights)) + "\nSELECT count(*) FROM scoped WHERE state = 'overdue'"
    with connection.cursor() as cursor:
        cursor.execute(sql, _params(None, on=on, rights=rights))
        return int(cursor.fetchone()[0])


def to_be_closed_by_lead(semester_id: int, *, on: date) -> list[tuple[int, date, int]]:
    """(user, deadline, how many): modules that have ended, by who is to close them. One statement."""
    sql = _SCOPED.format(reach="true") + (
        "\nSELECT t.user_id, s.deadline, count(*) FROM scoped s JOIN accounts_teacher t ON t.id = s.lead_id"
        " WHERE s.state = 'due' GROUP BY t.user_id, s.deadline ORDER BY t.user_id, s.deadline"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, _params(semester_id, on=on))
        found: list[tuple[int, date, int]] = cursor.fetchall()
    return found


def overdue_by_department(semester_id: int, *, on: date) -> dict[int, int]:
    """By department that teaches them, how many modules are overdue. One statement."""
    sql = _SCOPED.format(reach="true") + (
        "\nSELECT department_id, count(*) FROM scoped WHERE state = 'overdue' GROUP BY department_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, _params(semester_id, on=on))
        return dict(cursor.fetchall())


def _reach(rights: Rights) -> str:
    if rights.sees_everything:
        return "true"
    held = {"units": rights.unit_ids, "departments": rights.department_ids, "teacher": rights.teacher_id}
    return " OR ".join(f"({_REACH[name]})" for name, value in held.items() if value) or "false"


def _params(semester_id: int | None, *, on: date, rights: Rights | None = None) -> dict[str, Any]:
    return {
        "semester": semester_id,
        "today": on,
        "days": _CLOSING_DAYS,
        "units": sorted(rights.unit_ids) if rights else [],
        "departments": sorted(rights.department_ids) if rights else [],
        "teacher": rights.teacher_id if rights else None,
    }
