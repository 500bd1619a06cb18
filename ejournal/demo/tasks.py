"""What beat asks of the demo."""

from celery import shared_task

from ejournal.lib import clock


@shared_task(name="ejournal.demo.tasks.keep_lesson_on")
def keep_lesson_on() -> None:
    """See to it that a lesson of `teacher` is on."""
    from ejournal.demo import preparing

    preparing.renew_lesson(now=clock.now())
