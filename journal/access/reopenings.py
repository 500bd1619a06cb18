"""Doors of reopenings. A stranger gets 404, a reader who acts 403."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from journal.access.journals import get_journal
from journal.models import Reopening
from journal.permissions import JournalDoor, ReopeningDoor, may_decide, reads_reopenings
from journal.selectors.reopenings import reopenings_visible_to
from teaching.models import Workload


def get_journal_to_reopen(user: User, journal_id: int, *, now: datetime) -> JournalDoor:
    """A journal for a teacher who keeps it; 403 for its readers and substitutes, 404 for strangers."""
    door = get_journal(user, journal_id, now=now)
    if not door.is_keeper:
        raise PermissionDenied
    return door


def get_reopening_list(user: User, *, now: datetime) -> date:
    """The day for which requests are read; 404 to who reads none."""
    today = day_of(now)
    if not reads_reopenings(rights_of(user, on=today)):
        raise Http404
    return today


def get_reopening(user: User, reopening_id: int, *, now: datetime) -> ReopeningDoor:
    """A request that the user may read; 404 else."""
    today = day_of(now)
    reopening: Reopening = get_object_or_404(
        reopenings_visible_to(user, on=today).select_related(
            "workload__course__discipline",
            "workload__course__group__unit",
            "workload__course__semester__year",
            "workload__subgroup",
            "asked_by",
        ),
        pk=reopening_id,
    )
    can_decide = may_decide(rights_of(user, on=today), reopening)
    keeps = (
        reopening.asked_by_id == user.id
        or Workload.objects.kept_by(user, on=today).filter(pk=reopening.workload_id).exists()
    )
    has_decided = user.id in (reopening.head_id, reopening.office_id)
    return ReopeningDoor(
        reopening,
        can_decide=can_decide,
        keeps_journal=keeps,
        # A paper may name an illness: it is for those who decide by it, and for who gave it.
        sees_paper=bool(reopening.paper_path) and (can_decide or has_decided or reopening.asked_by_id == user.id),
    )


def get_reopening_to_act(user: User, reopening_id: int, *, now: datetime) -> ReopeningDoor:
    """As `get_reopening`, for who decides or keeps the journal; 403 for a reader."""
    door = get_reopening(user, reopening_id, now=now)
    if not door.can_decide and not door.keeps_journal:
        raise PermissionDenied
    return door


def get_reopening_paper(user: User, reopening_id: int, *, now: datetime) -> Reopening:
    """A request with a paper, for those who may see it; 404 for everybody else."""
    door = get_reopening(user, reopening_id, now=now)
    if not door.sees_paper:
        raise Http404
    return door.reopening
