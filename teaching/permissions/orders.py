"""Who makes and reads orders about students (trials.md, "students, groups, orders")."""

from dataclasses import dataclass

from accounts.enums import Role
from accounts.models import GroupEnrolment, Student
from accounts.permissions import Rights
from teaching.models import Course, RosterReport, StudentOrder
from university.models import Group


def makes_orders(rights: Rights) -> bool:
    """Dean and dean's office for their unit, the study office for all."""
    return rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.STUDY_OFFICE)


def reads_orders(rights: Rights) -> bool:
    """Who makes them, and the leadership. Curators and heads see them with the student."""
    return makes_orders(rights) or rights.has(Role.LEADERSHIP)


def reads_rosters(rights: Rights) -> bool:
    """Who confirms lists, who settles reports on them, and who watches both."""
    return rights.teacher_id is not None or reads_orders(rights) or rights.has(Role.HEAD)


@dataclass(frozen=True, slots=True)
class OrderDoor:
    """An order; `can_manage`: may withdraw it."""

    order: StudentOrder
    can_manage: bool


@dataclass(frozen=True, slots=True)
class StudentFileDoor:
    """A student as the offices see him. `place`: the group he is in, else was in last."""

    student: Student
    place: GroupEnrolment | None
    shows_contacts: bool
    can_manage: bool


@dataclass(frozen=True, slots=True)
class GroupDoor:
    """A group; `can_manage`: may divide it."""

    group: Group
    can_manage: bool


@dataclass(frozen=True, slots=True)
class CourseDoor:
    """A course; `can_manage`: may change who is on its list."""

    course: Course
    can_manage: bool


@dataclass(frozen=True, slots=True)
class ReportDoor:
    """A report on a list; `can_settle`: the dean's office of the group's unit, or the study office."""

    report: RosterReport
    can_settle: bool
