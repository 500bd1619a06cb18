"""Turning an address into a load. The administrator's alone (§3.3, §4.1a); for everybody else it is not there."""

from django.http import Http404

from accounts.models import User
from accounts.permissions import is_administrator
from ejournal.jobs.models import Job
from ejournal.loading.models import AppliedLoad

CHECK = "load_check"
LOAD = "load_apply"
UNDO = "load_undo"
NIGHTLY = "load_nightly"
# Those with a difference on their page.
SHOWN = (CHECK, LOAD, NIGHTLY)


def require_loader(user: User) -> None:
    """404 for all but the administrator."""
    if not is_administrator(user):
        raise Http404


def get_load(user: User, job_id: int) -> Job:
    """A dry run or a load, whoever of the administrators asked for it."""
    require_loader(user)
    job = Job.objects.filter(pk=job_id, kind__in=SHOWN).select_related("asked_by").first()
    if job is None:
        raise Http404
    return job


def get_undo(user: User, job_id: int) -> Job:
    """An undo of a load."""
    require_loader(user)
    job = Job.objects.filter(pk=job_id, kind=UNDO).first()
    if job is None:
        raise Http404
    return job


def get_applied_load(user: User, load_id: int) -> AppliedLoad:
    """A load that changed the journal."""
    require_loader(user)
    load = AppliedLoad.objects.filter(pk=load_id).select_related("by", "undone_by").first()
    if load is None:
        raise Http404
    return load


def may_read_load(job: Job, user: User, **_: object) -> bool:
    """For the page of jobs: every administrator may see how a load goes."""
    return is_administrator(user)
