"""Doors of the reports. A stranger gets 404, a reader who writes 403."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404

from accounts.models import Teacher, User
from accounts.permissions import Rights, rights_of
from ejournal.lib.clock import day_of
from reports.permissions import may_control_filling, may_see_hours
from teaching.models import Workload, in_force
from university.models import Group


@dataclass(frozen=True, slots=True)
class BookDoor:
    """A journal beside the department's own, as one person meets it. Only the workload's head enters and settles."""

    workload: Workload
    can_write: bool


def get_hours_scope(user: User, *, now: datetime) -> Rights:
    """The rights by which a person reads the ledger; 404 to students, parents, administrators."""
    rights = rights_of(user, on=day_of(now))
    if not may_see_hours(rights):
        raise Http404
    return rights


def get_teacher_for_hours(user: User, teacher_id: int, *, now: datetime) -> Teacher:
    """A teacher whose hours a person may read: himself; the head of his department or of one he works for; dean and
    office of his department's unit; study office and leadership."""
    rights = get_hours_scope(user, now=now)
    teachers = Teacher.objects.select_related("user", "department")
    if not rights.sees_everything:
        teachers = teachers.filter(
            Q(pk=rights.teacher_id)
            | Q(department_id__in=rights.department_ids)
            | Q(department__unit_id__in=rights.unit_ids)
            | Q(pk__in=_working_for(rights, now))
        )
    teacher = teachers.filter(pk=teacher_id).first()
    if teacher is None:
        raise Http404
    return teacher


def _working_for(rights: Rights, now: datetime) -> list[int]:
    if not rights.department_ids:
        return []
    return list(
        Teacher.objects.filter(
            in_force(day_of(now), "workloads__"), workloads__workload__department_id__in=rights.department_ids
        ).values_list("pk", flat=True)
    )


def get_group_for_hours(user: User, group_id: int, *, now: datetime) -> tuple[Group, Rights]:
    """A group of which a person may read at least one journal."""
    rights = get_hours_scope(user, now=now)
    group = Group.objects.select_related("unit").filter(pk=group_id).first()
    if group is None:
        raise Http404
    if not (rights.sees_everything or group.unit_id in rights.unit_ids or group.pk in rights.group_ids):
        journals = Workload.objects.visible_to(user, on=day_of(now)).filter(course__group=group)
        if not journals.exists():
            raise Http404
    return group, rights


def get_book_keeper(user: User, *, now: datetime) -> Rights:
    """The rights of a head of department, who enters its own journal; 404 to everybody else."""
    rights = rights_of(user, on=day_of(now))
    if not rights.department_ids:
        raise Http404
    return rights


def get_book(user: User, journal_id: int, *, now: datetime) -> BookDoor:
    """A journal beside the department's own, for whoever may read the journal; 404 to strangers."""
    today = day_of(now)
    workload = (
        Workload.objects.visible_to(user, on=today)
        .filter(pk=journal_id)
        .select_related("course__discipline", "course__group", "course__semester__year", "subgroup", "department")
        .first()
    )
    if workload is None:
        raise Http404
    return BookDoor(workload, workload.department_id in rights_of(user, on=today).department_ids)


def get_book_for_writing(user: User, journal_id: int, *, now: datetime) -> BookDoor:
    """The same for the head of the workload's department; 403 to a reader."""
    door = get_book(user, journal_id, now=now)
    if not door.can_write:
        raise PermissionDenied
    return door


def get_control_scope(user: User, *, now: datetime) -> Rights:
    """The rights by which a person controls how journals are filled; 404 to who controls nothing."""
    rights = rights_of(user, on=day_of(now))
    if not may_control_filling(rights):
        raise Http404
    return rights
