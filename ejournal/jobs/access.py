"""The doors to a job."""

from datetime import datetime
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from ejournal.jobs import registry
from ejournal.jobs.models import Job, JobFile


def may_read(job: Job, user: Any, *, now: datetime) -> bool:
    """Whether the job with its files and outcome is the user's: the asker's, or as its kind says."""
    kind = registry.get_kind(job.kind)
    return bool(job.asked_by_id == user.pk) if kind is None else kind.lets_read(job, user, now=now)


def get_job(user: Any, job_id: int, *, now: datetime) -> Job:
    """A job whose state the user may see: his own, or any for those who oversee them; 404 to others."""
    job = get_object_or_404(Job.objects.select_related("asked_by"), pk=job_id)
    if not may_read(job, user, now=now) and not registry.oversees(user):
        raise Http404
    return job


def get_job_file(user: Any, job_id: int, file_id: int, *, now: datetime) -> JobFile:
    """A file of a job that is the user's. Overseers see the state of others' jobs, not what came of them."""
    file = get_object_or_404(JobFile.objects.select_related("job"), pk=file_id, job_id=job_id)
    if not may_read(file.job, user, now=now):
        raise Http404
    return file
