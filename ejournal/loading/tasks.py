"""Work of the night and of the hour."""

from celery import shared_task

from ejournal.lib import clock


@shared_task(name="ejournal.loading.tasks.forget_uploads")
def forget_uploads() -> int:
    """Delete uploads that nobody loaded within a day."""
    from ejournal.loading.uploads import forget_old_uploads

    return forget_old_uploads(now=clock.now())


@shared_task(name="ejournal.loading.tasks.bear_names")
def bear_names() -> int:
    """Call the groups by their names of the academic year that is running: those of next year were loaded before."""
    from university.services.structure import bear_names_of

    return bear_names_of(today=clock.day_of(clock.now()))
