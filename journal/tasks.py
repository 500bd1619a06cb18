"""What beat asks of the journal."""

from celery import shared_task

from ejournal.lib import clock


@shared_task(name="journal.tasks.check_invariants")
def check_invariants() -> int:
    """Look at night whether the laws held; tell the administrators if not. The number of laws that are broken."""
    from journal.services import watch

    return watch.check_and_tell(now=clock.now())


@shared_task(name="journal.tasks.expire_reopenings")
def expire_reopenings() -> int:
    """Close again what was open for its days; how many requests ended."""
    from journal.services import reopenings

    return reopenings.expire_reopenings(now=clock.now())


@shared_task(name="journal.tasks.tell_overdue_appeals")
def tell_overdue_appeals() -> int:
    """Tell teachers, then heads, of appeals that were to be answered; how many are past their time."""
    from journal.services import appeals

    return appeals.tell_overdue(now=clock.now())


@shared_task(name="journal.tasks.forget_nonces")
def forget_nonces() -> int:
    """Forget answers that no repeat will ask for any more; the number of rows that went."""
    from journal.services import watch

    return watch.forget_nonces(now=clock.now())


@shared_task(name="journal.tasks.remind_of_modules")
def remind_of_modules() -> int:
    """Tell who is to close a module, and heads of what was not closed in time; how many were told."""
    from journal.services import sheet_reminders

    return sheet_reminders.remind_of_modules(now=clock.now())


@shared_task(name="journal.tasks.seal_day")
def seal_day() -> str:
    """Seal the day that ended; its seal, empty where it has one or somebody is writing just now."""
    from ejournal.lib.errors import Refusal
    from journal.services import seals

    try:
        seal = seals.seal_day(now=clock.now())
    except Refusal:
        return ""
    return seal.digest if seal is not None else ""
