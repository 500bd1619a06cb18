"""The last week of August (§4.1): what a semester needs before its first bell, counted line by line.

Plain counts in SQL, a query a line. Whoever reads it sees what is done, how much is missing, and whose work it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.models import ROLE_LABELS
from accounts.permissions import Rights
from university.models import Semester

READERS = (Role.ADMINISTRATOR, Role.STUDY_OFFICE, Role.LEADERSHIP)

# "Nothing was issued": a hash that no password matches, as in accounts.selectors.without_credentials.
_NO_LOGIN = "(u.password = '' OR starts_with(u.password, '!'))"
# Groups that have students on the first day.
_GROUPS = """
    SELECT DISTINCT g.id, g.programme_id, g.intake, g.unit_id FROM university_group g
    JOIN accounts_groupenrolment ge ON ge.group_id = g.id
    WHERE ge.starts_on <= %(first)s AND (ge.ends_on IS NULL OR ge.ends_on >= %(first)s)
"""
_WORKLOADS = """
    SELECT w.*, c.group_id, c.discipline_id FROM teaching_workload w
    JOIN teaching_course c ON c.id = w.course_id WHERE c.semester_id = %(semester)s
"""


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the list. Its statement gives how many there are, and how many of them lack something.

    `needs`: with none there at all the line is not done. `page` is where it is mended, for those who may go there.
    """

    key: str
    label: Promise
    role: Role
    sql: str
    page: str = ""
    needs: bool = True


CHECKS: tuple[Check, ...] = (
    Check(
        "modules",
        _("The semester has two modules with dates"),
        Role.ADMINISTRATOR,
        "SELECT 2, greatest(2 - count(*), 0) FROM university_module WHERE semester_id = %(semester)s",
        "load",
    ),
    Check(
        "holidays",
        _("Holidays of the semester"),
        Role.STUDY_OFFICE,
        "SELECT count(*), 0 FROM university_holiday WHERE day BETWEEN %(first)s AND %(last)s",
        "load",
    ),
    Check("bells", _("Bells"), Role.STUDY_OFFICE, "SELECT count(*), 0 FROM university_bell", "load"),
    Check(
        "names",
        _("Groups have their names of the year"),
        Role.STUDY_OFFICE,
        f"""SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
                SELECT 1 FROM university_groupname n WHERE n.group_id = g.id AND n.year_id = %(year)s))
            FROM ({_GROUPS}) g""",
        "rollover",
    ),
    Check(
        "places",
        _("Students are in groups"),
        Role.STUDY_OFFICE,
        # Whose last place ended has left; who never had one was forgotten.
        """SELECT count(*) FILTER (WHERE here OR never), count(*) FILTER (WHERE never) FROM (
            SELECT bool_or(ge.starts_on <= %(first)s AND (ge.ends_on IS NULL OR ge.ends_on >= %(first)s)) AS here,
                   count(ge.id) = 0 AS never
            FROM accounts_student s JOIN accounts_user u ON u.id = s.user_id AND u.is_active
            LEFT JOIN accounts_groupenrolment ge ON ge.student_id = s.id GROUP BY s.id) students""",
        "load",
    ),
    Check(
        "curricula",
        _("Programmes have a curriculum for the semester"),
        Role.STUDY_OFFICE,
        f"""SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
                SELECT 1 FROM university_curriculum cu WHERE cu.programme_id = p.programme_id
                AND cu.intake = p.intake AND cu.semester_id = %(semester)s))
            FROM (SELECT DISTINCT programme_id, intake FROM ({_GROUPS}) g) p""",
        "load",
    ),
    Check(
        "courses",
        _("Disciplines of the curriculum are in the workload of each group"),
        Role.STUDY_OFFICE,
        f"""SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
                SELECT 1 FROM ({_WORKLOADS}) w WHERE w.group_id = g.id AND w.discipline_id = cu.discipline_id))
            FROM ({_GROUPS}) g JOIN university_curriculum cu ON cu.programme_id = g.programme_id
             AND cu.intake = g.intake AND cu.semester_id = %(semester)s""",
        "load",
    ),
    Check(
        "hours",
        _("Hours of the workload agree with the curriculum"),
        Role.STUDY_OFFICE,
        # A subgroup's hours are the group's: the longest subgroup counts, with what the whole group has together.
        f"""SELECT count(*), count(*) FILTER (WHERE wanted <> planned) FROM (
            SELECT w.group_id, w.discipline_id, w.kind,
                   coalesce(sum(w.together), 0) + coalesce(max(w.apart), 0) AS planned,
                   max(CASE w.kind WHEN 'lecture' THEN cu.lecture_hours WHEN 'practical' THEN cu.practical_hours
                       ELSE cu.laboratory_hours END) AS wanted
            FROM (SELECT group_id, discipline_id, kind, subgroup_id,
                         sum(hours) FILTER (WHERE subgroup_id IS NULL) AS together,
                         sum(hours) FILTER (WHERE subgroup_id IS NOT NULL) AS apart
                  FROM ({_WORKLOADS}) v GROUP BY 1, 2, 3, 4) w
            JOIN university_group g ON g.id = w.group_id
            JOIN university_curriculum cu ON cu.programme_id = g.programme_id AND cu.intake = g.intake
             AND cu.semester_id = %(semester)s AND cu.discipline_id = w.discipline_id
            GROUP BY 1, 2, 3) compared""",
        "load",
        needs=False,
    ),
    Check(
        "teachers",
        _("Workloads have a teacher"),
        Role.HEAD,
        f"""SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
                SELECT 1 FROM teaching_workloadteacher wt WHERE wt.workload_id = w.id
                AND (wt.ends_on IS NULL OR wt.ends_on >= greatest(%(first)s, %(today)s)))) FROM ({_WORKLOADS}) w""",
        "load",
    ),
    Check(
        "timetable",
        _("Workloads have lines in the timetable"),
        Role.STUDY_OFFICE,
        f"""SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
                SELECT 1 FROM teaching_slot s WHERE s.workload_id = w.id
                AND s.ends_on >= greatest(%(first)s, %(today)s))) FROM ({_WORKLOADS}) w""",
        "load",
    ),
    Check(
        "rooms",
        _("Lines of the timetable have an auditorium"),
        Role.STUDY_OFFICE,
        f"""SELECT count(*), count(*) FILTER (WHERE s.room_id IS NULL) FROM ({_WORKLOADS}) w
            JOIN teaching_slot s ON s.workload_id = w.id AND s.ends_on >= greatest(%(first)s, %(today)s)""",
        "load",
    ),
    Check(
        "staff_logins",
        _("Teachers of the semester have a login"),
        Role.ADMINISTRATOR,
        f"""SELECT count(*), count(*) FILTER (WHERE {_NO_LOGIN}) FROM (
                SELECT DISTINCT wt.teacher_id FROM ({_WORKLOADS}) w
                JOIN teaching_workloadteacher wt ON wt.workload_id = w.id
                WHERE wt.ends_on IS NULL OR wt.ends_on >= greatest(%(first)s, %(today)s)) kept
            JOIN accounts_teacher t ON t.id = kept.teacher_id JOIN accounts_user u ON u.id = t.user_id""",
        "admin:index",
    ),
    Check(
        "student_logins",
        _("Students have a login"),
        Role.DEANS_OFFICE,
        "",  # counted by unit
        "groups",
    ),
)

_BY_UNIT = f"""
SELECT n.name, count(DISTINCT s.id), count(DISTINCT s.id) FILTER (WHERE {_NO_LOGIN})
FROM accounts_groupenrolment ge
JOIN university_group g ON g.id = ge.group_id JOIN university_unit n ON n.id = g.unit_id
JOIN accounts_student s ON s.id = ge.student_id JOIN accounts_user u ON u.id = s.user_id AND u.is_active
WHERE ge.starts_on <= %(first)s AND (ge.ends_on IS NULL OR ge.ends_on >= %(first)s)
GROUP BY n.id, n.name, n.sort_key ORDER BY n.sort_key, n.id
"""


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """A counted line. `parts` are (unit, how many, how many lack it), where somebody else does each."""

    key: str
    label: str
    role: str
    total: int
    missing: int
    url: str
    is_done: bool
    parts: Sequence[tuple[str, int, int]] = field(default_factory=list)

    @property
    def ready(self) -> int:
        return self.total - self.missing


def checklist(semester: Semester, *, rights: Rights, today: date) -> list[ChecklistLine]:
    """The list for a semester: one query a line, whatever the size of the university."""
    parameters: dict[str, Any] = {
        "semester": semester.pk,
        "year": semester.year_id,
        "first": semester.starts_on,
        "last": semester.ends_on,
        "today": today,
    }
    lines = []
    with connection.cursor() as cursor:
        for check in CHECKS:
            parts: list[tuple[str, int, int]] = []
            if check.key == "student_logins":
                cursor.execute(_BY_UNIT, parameters)
                parts = [(name, total, missing) for name, total, missing in cursor.fetchall()]
                total, missing = sum(part[1] for part in parts), sum(part[2] for part in parts)
            else:
                cursor.execute(check.sql, parameters)
                total, missing = cursor.fetchone()
            lines.append(
                ChecklistLine(
                    check.key,
                    str(check.label),
                    str(ROLE_LABELS[check.role]),
                    total,
                    missing,
                    # Loading, names and logins of all are the administrator's.
                    reverse(check.page) if check.page and rights.has(Role.ADMINISTRATOR) else "",
                    missing == 0 and (total > 0 or not check.needs),
                    parts,
                )
            )
    return lines
