"""Work of the night."""

from celery import shared_task

from ejournal.lib import clock


@shared_task(name="ejournal.loading.tasks.forget_uploads")
def forget_uploads() -> int:
    """Delete uploads that nobody loaded within a day."""
    from ejournal.loading.uploads import forget_old_uploads

    return forget_old_uploads(now=clock.now())
