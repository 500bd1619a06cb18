"""What beat asks of teaching."""

from celery import shared_task

from ejournal.lib import clock


@shared_task(name="teaching.tasks.remind_of_plans")
def remind_of_plans() -> int:
    """Tell teachers that journals of theirs have no plan; how many were told."""
    from teaching.services import plan_reminders

    return plan_reminders.remind_of_plans(now=clock.now())
