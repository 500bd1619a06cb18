"""What is done at night, when nobody asks."""

import logging
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy

from accounts.enums import Role
from accounts.models import User
from ejournal.lib.clock import day_of
from journal.models import SavedNonce
from journal.selectors.invariants import check_invariants
from messaging.services import notify

log = logging.getLogger(__name__)

NONCE_KEPT = timedelta(days=30)  # marks-api: the same request gets the same answer for so long


def check_and_tell(*, now: datetime) -> int:
    """Ask whether the journal's laws held; log what is broken and tell the administrators, once a day."""
    broken = [finding for finding in check_invariants() if not finding.holds]
    for finding in broken:
        log.error("invariant %s broken %d times: %s", finding.code, finding.count, finding.law)
    if broken:
        today = day_of(now)
        administrators = User.objects.filter(
            Q(appointments__ends_on__isnull=True) | Q(appointments__ends_on__gte=today),
            is_active=True,
            appointments__role=Role.ADMINISTRATOR,
            appointments__starts_on__lte=today,
        ).distinct()
        notify(
            administrators,
            kind="check_journal",
            text=gettext_lazy("The nightly check of the journal found broken laws. Run check_journal to see them."),
            event=f"check_journal:{today}",
            now=now,
        )
    return len(broken)


def forget_nonces(*, now: datetime) -> int:
    """Forget the answers kept for nonces older than thirty days; how many went."""
    return SavedNonce.objects.filter(at__lt=now - NONCE_KEPT).delete()[0]
