"""Questions about jobs."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from ejournal.jobs.models import Job, JobState

SILENCE = timedelta(seconds=60)  # without a sign of life a running job's worker is taken for dead
PATIENCE = timedelta(seconds=30)  # a job still queued after this was perhaps never sent
MAX_ATTEMPTS = 3


def claimable(now: datetime) -> Q:
    """Jobs that a worker may take: queued, or running without a sign of life."""
    return Q(state=JobState.QUEUED) | silent(now)


def silent(now: datetime) -> Q:
    """Running jobs whose worker is taken for dead."""
    return Q(state=JobState.RUNNING) & (Q(alive_at__isnull=True) | Q(alive_at__lt=now - SILENCE))


def alive_job(kind: str, key: str) -> Job | None:
    """The job of this kind and key that is queued or running."""
    return Job.objects.filter(kind=kind, key=key, state__in=[JobState.QUEUED, JobState.RUNNING]).first()


def jobs_to_send_again(now: datetime) -> QuerySet[Job]:
    """Jobs that nobody works at: queued for too long, or running without a sign of life."""
    return Job.objects.filter(Q(state=JobState.QUEUED, asked_at__lt=now - PATIENCE) | silent(now)).order_by("id")
