"""Work of the night and of the hour."""

from celery import shared_task

from ejournal.lib import clock


@shared_task(name="ejournal.loading.tasks.forget_uploads")
def forget_uploads() -> int:
    """Delete uploads that nobody loaded within a day."""
    from ejournal.loading.uploads import forget_old_uploads

    return forget_old_uploads(now=clock.now())


@shared_task(name="ejournal.loading.tasks.load_nightly")
def load_nightly() -> int | None:
    """Take the newest file of the folder where AVN leaves its own; the job's id. Off where no folder is named."""
    from pathlib import Path

    from django.conf import settings

    from ejournal.loading.nightly import ask_for_nightly

    if not settings.NIGHTLY_FOLDER:
        return None
    job = ask_for_nightly(Path(settings.NIGHTLY_FOLDER), now=clock.now())
    return job.pk if job is not None else None


@shared_task(name="ejournal.loading.tasks.forget_undo_rows")
def forget_undo_rows() -> int:
    """Delete what is kept for going back behind loads of long ago: it holds people's data."""
    from ejournal.loading.models import UNDO_KEPT_FOR, UndoRow

    deleted, _ = UndoRow.objects.filter(load__at__lt=clock.now() - UNDO_KEPT_FOR).delete()
    return deleted


@shared_task(name="ejournal.loading.tasks.bear_names")
def bear_names() -> int:
    """Call the groups by their names of the academic year that is running: those of next year were loaded before."""
    from university.services.structure import bear_names_of

    return bear_names_of(today=clock.day_of(clock.now()))
