"""Journals' lists as they stand on a day, what was confirmed of them, what was reported (§7.5)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from accounts.permissions import Rights
from teaching.enums import EnrolmentBasis
from teaching.models import BASIS_LABELS, CourseEnrolment, RosterCheck, RosterReport, Workload, in_force
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS

# Each journal of a running semester with its list and the last one that was confirmed.
_LISTS = """
FROM teaching_workload w
JOIN teaching_course c ON c.id = w.course_id
JOIN university_semester s ON s.id = c.semester_id AND %(on)s::date BETWEEN s.starts_on AND s.ends_on
CROSS JOIN LATERAL (
    SELECT array_agg(ce.student_id ORDER BY ce.student_id) AS students
    FROM teaching_courseenrolment ce
    WHERE ce.course_id = w.course_id AND ce.basis <> 'exempt'
      AND ce.starts_on <= %(on)s::date AND (ce.ends_on IS NULL OR ce.ends_on >= %(on)s::date)
      AND (w.subgroup_id IS NULL OR w.subgroup_id = ce.subgroup_id)
) standing
LEFT JOIN LATERAL (
    SELECT r.students, r.at FROM teaching_rostercheck r WHERE r.workload_id = w.id ORDER BY r.at DESC, r.id DESC LIMIT 1
) said ON true
"""
_OF_TEACHER = """
    EXISTS (SELECT 1 FROM teaching_workloadteacher k JOIN accounts_teacher t ON t.id = k.teacher_id
            WHERE k.workload_id = w.id AND t.user_id = %(user)s AND k.starts_on <= %(on)s::date
              AND (k.ends_on IS NULL OR k.ends_on >= %(on)s::date))
"""


@dataclass(frozen=True, slots=True)
class Member:
    """A student on a journal's list. `basis` is said where it is not the group's."""

    student_id: int
    name: str
    record_book: str
    basis: str
    since: date


def standing_list(workload: Workload, *, on: date) -> list[Member]:
    """Who stands on a journal's list on a day, in the order of the alphabet (§3.5b). One query."""
    rows = (
        CourseEnrolment.objects.filter(in_force(on), course_id=workload.course_id)
        .exclude(basis=EnrolmentBasis.EXEMPT)
        .select_related("student__user")
        .order_by("student__user__sort_key", "student_id")
    )
    if workload.subgroup_id is not None:
        rows = rows.filter(subgroup_id=workload.subgroup_id)
    return [
        Member(
            row.student_id,
            row.student.user.get_full_name(),
            row.student.record_book,
            "" if row.basis == EnrolmentBasis.GROUP else str(BASIS_LABELS[EnrolmentBasis(row.basis)]),
            row.starts_on,
        )
        for row in rows
    ]


def last_check(workload: Workload) -> RosterCheck | None:
    """The newest confirmation of a journal's list."""
    return RosterCheck.objects.filter(workload=workload).select_related("by").order_by("-at", "-id").first()


def reports_on(workload: Workload) -> list[RosterReport]:
    """What was reported of a journal's list: open first, then the newest."""
    rows = RosterReport.objects.filter(workload=workload).select_related("student__user", "reported_by", "settled_by")
    return sorted(rows.order_by("-reported_at"), key=lambda report: report.settled_at is not None)


def lists_to_confirm(user_id: int, *, on: date) -> int:
    """How many of a teacher's lists wait for his word: never confirmed, or changed since. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) {_LISTS} WHERE {_OF_TEACHER}"  # noqa: S608 -- our own words
            " AND standing.students IS NOT NULL AND said.students IS DISTINCT FROM standing.students",
            {"on": on, "user": user_id},
        )
        return int(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class OwnList:
    """A teacher's journal and its list. `is_confirmed`: as it stands now; `was_confirmed`: it has changed since."""

    journal_id: int
    discipline: str
    group: str
    subgroup: int | None
    kind: str
    size: int
    is_confirmed: bool
    was_confirmed: bool


def own_lists(user_id: int, *, on: date) -> list[OwnList]:
    """The lists of a teacher's journals this semester, those that wait first. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.id, coalesce(cardinality(standing.students), 0),"
            " coalesce(said.students = standing.students, false), said.at IS NOT NULL"
            f" {_LISTS} WHERE {_OF_TEACHER}",
            {"on": on, "user": user_id},
        )
        said = {row[0]: row[1:] for row in cursor.fetchall()}
    journals = Workload.objects.filter(pk__in=said).select_related("course__discipline", "course__group", "subgroup")
    rows = [
        OwnList(
            journal_id=journal.pk,
            discipline=journal.course.discipline.name,
            group=journal.course.group.name,
            subgroup=journal.subgroup.number if journal.subgroup else None,
            kind=str(LESSON_KIND_LABELS[LessonKind(journal.kind)]),
            size=said[journal.pk][0],
            is_confirmed=said[journal.pk][1],
            was_confirmed=said[journal.pk][2],
        )
        for journal in journals.order_by(
            "course__discipline__sort_key", "course__group__sort_key", "kind", "subgroup__number", "id"
        )
    ]
    return sorted(rows, key=lambda row: row.is_confirmed)


@dataclass(frozen=True, slots=True)
class DepartmentLists:
    """How many lists of a department's journals are confirmed as they stand."""

    name: str
    total: int
    confirmed: int

    @property
    def waiting(self) -> int:
        return self.total - self.confirmed


def lists_by_department(rights: Rights, *, on: date) -> list[DepartmentLists]:
    """Confirmed and waiting lists of the reader's scope by the workload's department. One query."""
    units, departments = sorted(rights.unit_ids), sorted(rights.department_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.name, count(*), count(*) FILTER (WHERE said.students = standing.students)"
            f" {_LISTS} JOIN university_department d ON d.id = w.department_id"
            " JOIN university_group g ON g.id = c.group_id"
            " WHERE standing.students IS NOT NULL"
            " AND (%(all)s OR g.unit_id = ANY (%(units)s) OR w.department_id = ANY (%(departments)s))"
            " GROUP BY d.id ORDER BY d.sort_key, d.id",
            {"on": on, "all": rights.sees_everything, "units": units, "departments": departments},
        )
        return [DepartmentLists(*row) for row in cursor.fetchall()]


def reports_in_scope(user: User, rights: Rights, *, on: date) -> QuerySet[RosterReport]:
    """Reports on journals that the person may read, as those who settle them see them."""
    journals = Workload.objects.visible_to(user, on=on).filter(pk=OuterRef("workload"))
    reports = RosterReport.objects.all() if rights.sees_everything else RosterReport.objects.filter(Exists(journals))
    return reports.select_related(
        "workload__course__discipline",
        "workload__course__group",
        "workload__subgroup",
        "student__user",
        "reported_by",
        "settled_by",
    )


def open_reports(unit_ids: Collection[int] | None) -> int:
    """How many reports wait for the dean's offices of some units (None: of all). One query."""
    reports = RosterReport.objects.filter(settled_at__isnull=True)
    if unit_ids is not None:
        reports = reports.filter(workload__course__group__unit_id__in=unit_ids)
    return reports.count()
