"""Doors of appeals. A stranger gets 404, a reader who acts 403."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from journal.models import Appeal, Mark
from journal.permissions import AppealDoor, reads_appeals
from journal.selectors.appeals import appeals_visible_to
from teaching.models import Workload


def get_cell_to_appeal(user: User, lesson_id: int, student_id: int, *, now: datetime) -> Mark:
    """The mark of a cell of the student's own page; 404 to everybody else, and where nobody has looked yet."""
    if student_id != rights_of(user, on=day_of(now)).student_id:
        raise Http404
    mark: Mark = get_object_or_404(
        Mark.objects.select_related(
            "lesson", "student__user", "workload__course__discipline", "workload__course__group", "by"
        ),
        lesson_id=lesson_id,
        student_id=student_id,
        presence__isnull=False,
    )
    return mark


def get_appeal_list(user: User, *, now: datetime) -> date:
    """The day for which appeals are read; 404 to who reads none."""
    today = day_of(now)
    if not reads_appeals(rights_of(user, on=today)):
        raise Http404
    return today


def get_appeal(user: User, appeal_id: int, *, now: datetime) -> AppealDoor:
    """An appeal that the user may read; 404 else."""
    today = day_of(now)
    appeal: Appeal = get_object_or_404(
        appeals_visible_to(user, on=today).select_related("answered_by", "reopening"), pk=appeal_id
    )
    return AppealDoor(
        appeal,
        keeps_journal=Workload.objects.kept_by(user, on=today).filter(pk=appeal.workload_id).exists(),
        is_self=rights_of(user, on=today).student_id == appeal.student_id,
    )


def get_appeal_to_act(user: User, appeal_id: int, *, now: datetime) -> AppealDoor:
    """As `get_appeal`, for who answers and who made it; 403 for a reader."""
    door = get_appeal(user, appeal_id, now=now)
    if not door.keeps_journal and not door.is_self:
        raise PermissionDenied
    return door
