"""Doors of excuses. A stranger gets 404."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from journal.models import Excuse
from journal.permissions import ExcuseDoor, enters_excuses, reads_excuses
from journal.selectors.excuses import excuses_visible_to
from university.models import Unit


def get_excuse_list(user: User, *, now: datetime) -> date:
    """The day for which excuses are read; 404 to who reads none."""
    today = day_of(now)
    if not reads_excuses(rights_of(user, on=today)):
        raise Http404
    return today


def may_enter_excuses(user: User, *, now: datetime) -> bool:
    return enters_excuses(rights_of(user, on=day_of(now)))


def get_units_to_excuse(user: User, *, now: datetime) -> QuerySet[Unit]:
    """The units whose students the user excuses; 403 for a reader, 404 for a stranger."""
    rights = rights_of(user, on=get_excuse_list(user, now=now))
    if not enters_excuses(rights):
        raise PermissionDenied
    return Unit.objects.filter(pk__in=rights.unit_ids).order_by("sort_key", "id")


def get_excuse(user: User, excuse_id: int, *, now: datetime) -> ExcuseDoor:
    """An excuse that the user may read: his unit's, or any for the study office; 404 else."""
    today = get_excuse_list(user, now=now)
    rights = rights_of(user, on=today)
    excuses = excuses_visible_to(user, on=today).select_related("unit", "entered_by", "withdrawn_by")
    excuse: Excuse = get_object_or_404(excuses, pk=excuse_id)
    return ExcuseDoor(excuse, can_manage=enters_excuses(rights) and excuse.unit_id in rights.unit_ids)


def get_excuse_for_managing(user: User, excuse_id: int, *, now: datetime) -> ExcuseDoor:
    """As `get_excuse`, for the office that entered it; 403 for a reader."""
    door = get_excuse(user, excuse_id, now=now)
    if not door.can_manage:
        raise PermissionDenied
    return door


def get_excuse_paper(user: User, excuse_id: int, *, now: datetime) -> Excuse:
    """An excuse with a paper, for the office that entered it; 404 for everybody else, who need not know of it."""
    door = get_excuse(user, excuse_id, now=now)
    if not door.can_manage or not door.excuse.paper_path:
        raise Http404
    return door.excuse
