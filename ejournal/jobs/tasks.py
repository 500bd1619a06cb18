"""Celery's doors: ids in, one service call each."""

from celery import shared_task

from ejournal.lib import clock


@shared_task(name="ejournal.jobs.tasks.run_job")
def run_job(job_id: int) -> None:
    from ejournal.jobs import services

    services.run_job(job_id, now=clock.now())


@shared_task(name="ejournal.jobs.tasks.sweep_jobs")
def sweep_jobs() -> None:
    from ejournal.jobs import services

    services.sweep_jobs(now=clock.now())
