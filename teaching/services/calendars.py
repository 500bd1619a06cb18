"""Keys of calendars: made and revoked by their owner, their use noted once a day."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib.errors import Refusal
from teaching.enums import TimetableOf
from teaching.models import CalendarKey
from teaching.permissions import TimetableDoor

# More living keys than a person has timetables are an accident, or somebody who collects them.
KEYS_AT_MOST = 20
_SECRET_BYTES = 24


@transaction.atomic
def make_calendar(door: TimetableDoor, *, by: User, now: datetime) -> CalendarKey:
    """The person's key of a timetable that a door opened; the living one, if there is one already.

    Refused: `not_a_calendar` (a building, or lessons of somebody else), `too_many_calendars`.
    """
    is_of_person = door.of in (TimetableOf.TEACHER, TimetableOf.STUDENT)
    if door.of == TimetableOf.BUILDING or (is_of_person and not door.is_own):
        raise Refusal(
            _("A calendar is made of your own lessons, of a group or of an auditorium."), code="not_a_calendar"
        )
    # Two clicks at once make one key: the owner's row is the queue.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    about: dict[str, Any] = {
        "what": door.of,
        "group_id": door.id if door.of == TimetableOf.GROUP else None,
        "room_id": door.id if door.of == TimetableOf.ROOM else None,
    }
    living = CalendarKey.objects.filter(owner=by, revoked_at__isnull=True)
    there = living.filter(**about).first()
    if there is not None:
        return there
    if living.count() >= KEYS_AT_MOST:
        raise Refusal(
            _("You have %(count)s calendars already: revoke one that you do not use.") % {"count": KEYS_AT_MOST},
            code="too_many_calendars",
        )
    return CalendarKey.objects.create(owner=by, secret=secrets.token_urlsafe(_SECRET_BYTES), made_at=now, **about)


def revoke_calendar(key: CalendarKey, *, now: datetime) -> None:
    """From now on the address is nobody's. Revoking twice keeps the first moment."""
    CalendarKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now)


def note_use(key: CalendarKey, *, now: datetime) -> None:
    """That the key was used, once a day at most: programs ask every few minutes."""
    a_day_ago = now - timedelta(days=1)
    if key.last_used_at is None or key.last_used_at < a_day_ago:
        CalendarKey.objects.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lt=a_day_ago), pk=key.pk).update(
            last_used_at=now
        )
