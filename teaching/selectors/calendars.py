"""The living calendar keys of a person."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from teaching.enums import TimetableOf
from teaching.models import CALENDAR_LABELS, CalendarKey


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A key as its owner sees it. `name`: the group or the auditorium; `url`: the secret address."""

    id: int
    what: str
    label: str
    name: str
    url: str
    made_at: datetime
    last_used_at: datetime | None


def calendars_of(user: User, *, base: str) -> list[CalendarRow]:
    """The person's living keys, the oldest first; `base` is the house's own address. One query."""
    keys = CalendarKey.objects.filter(owner=user, revoked_at__isnull=True).select_related("group", "room")
    return [
        CalendarRow(
            id=key.pk,
            what=key.what,
            label=str(CALENDAR_LABELS[TimetableOf(key.what)]),
            name=key.group.name if key.group else key.room.code if key.room else "",
            url=f"{base.rstrip('/')}{reverse('calendar_feed', args=[key.secret])}",
            made_at=key.made_at,
            last_used_at=key.last_used_at,
        )
        for key in keys
    ]
