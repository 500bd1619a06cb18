"""Turning an address into a plan or a working programme for the person who asks. A stranger gets 404."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from teaching.models import Plan, WorkingProgramme, Workload, WorkloadTeacher, not_ended
from teaching.permissions import ApprovalDoor, decides_on, is_own, may_see_plans
from teaching.permissions.plans import Paper

_READ = ("discipline", "semester__year", "department__unit", "author__user", "changed_by")


def require_plans(user: User, *, now: datetime) -> None:
    """404 for those whom plans do not concern: students and parents reach theirs from the cabinet."""
    if not may_see_plans(user, on=day_of(now)):
        raise Http404


def get_plan(user: User, plan_id: int, *, now: datetime) -> ApprovalDoor[Plan]:
    """A plan with what the user may do with it; 404 where he may not read it."""
    today = day_of(now)
    plans = Plan.objects.visible_to(user, on=today).with_rights(user, on=today).with_hours()
    plan = plans.select_related(*_READ).filter(pk=plan_id).first()
    if plan is None:
        raise Http404
    return _door(plan, user, now=now)


def get_plan_for_editing(user: User, plan_id: int, *, now: datetime) -> ApprovalDoor[Plan]:
    """A plan, for a keeper of one of its journals; 403 for a reader. Whether it is open, the service judges."""
    door = get_plan(user, plan_id, now=now)
    if not door.is_keeper:
        raise PermissionDenied
    return door


def get_plan_for_deciding(user: User, plan_id: int, *, now: datetime) -> ApprovalDoor[Plan]:
    """A plan, for the one who approves it; 403 for a reader."""
    door = get_plan(user, plan_id, now=now)
    if not door.decides:
        raise PermissionDenied
    return door


def get_programme(user: User, programme_id: int, *, now: datetime) -> ApprovalDoor[WorkingProgramme]:
    """A working programme with what the user may do with it; 404 where he may not read it."""
    today = day_of(now)
    programmes = WorkingProgramme.objects.visible_to(user, on=today).with_rights(user, on=today)
    programme = programmes.select_related(*_READ).filter(pk=programme_id).first()
    if programme is None:
        raise Http404
    return _door(programme, user, now=now)


def get_programme_for_editing(user: User, programme_id: int, *, now: datetime) -> ApprovalDoor[WorkingProgramme]:
    """A programme, for a keeper of a journal of its discipline; 403 for a reader."""
    door = get_programme(user, programme_id, now=now)
    if not door.is_keeper:
        raise PermissionDenied
    return door


def get_programme_for_deciding(user: User, programme_id: int, *, now: datetime) -> ApprovalDoor[WorkingProgramme]:
    """A programme, for the one who approves it; 403 for a reader."""
    door = get_programme(user, programme_id, now=now)
    if not door.decides:
        raise PermissionDenied
    return door


def get_journal_to_plan(user: User, workload_id: int, *, now: datetime) -> Workload:
    """A journal, for the teacher who keeps it now or will; 403 for who only reads it, 404 for strangers."""
    today = day_of(now)
    journals = Workload.objects.select_related("course__discipline", "course__semester", "department")
    mine = WorkloadTeacher.objects.filter(not_ended(today), teacher__user_id=user.id)
    journal = journals.filter(pk=workload_id, pk__in=mine.values("workload_id")).first()
    if journal is not None:
        return journal
    if Workload.objects.visible_to(user, on=today).filter(pk=workload_id).exists():
        raise PermissionDenied
    raise Http404


def _door(paper: Paper, user: User, *, now: datetime) -> ApprovalDoor[Paper]:
    today = day_of(now)
    return ApprovalDoor(
        paper,
        is_keeper=bool(getattr(paper, "is_keeper", False)),
        decides=decides_on(paper, user, on=today),
        own=is_own(paper, user),
        is_staff=rights_of(user, on=today).is_staff,
    )
