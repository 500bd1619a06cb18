"""Who answers for what a command does."""

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import Appointment, User
from accounts.permissions import is_administrator
from accounts.selectors import in_force
from ejournal.lib import clock
from ejournal.lib.clock import day_of


def find_administrator(login: str) -> User | None:
    """Who answers for a load (§3.3): the administrator with this login; without one, who was appointed first, since
    whoever has the server's command line acts for him."""
    if not login:
        held = Appointment.objects.filter(in_force(day_of(clock.now())), role=Role.ADMINISTRATOR)
        first = held.select_related("user").filter(user__is_active=True).order_by("starts_on", "id").first()
        return first.user if first is not None else None
    user = User.objects.filter(username=login, is_active=True).first()
    if user is None or not is_administrator(user):
        raise CommandError(_("There is no administrator with this login."))
    return user
