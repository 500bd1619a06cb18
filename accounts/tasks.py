"""What beat asks of accounts."""

from celery import shared_task

from ejournal.lib import clock


@shared_task(name="accounts.tasks.forget_login_attempts")
def forget_login_attempts() -> int:
    """Forget failed logins and browsers that are of no use any more; the number of rows that went."""
    from accounts.services import logins

    return logins.forget_old(now=clock.now())
