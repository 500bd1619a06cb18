"""Tell people something; take note that they read it."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import Truncator

from accounts.models import User
from messaging.models import Notification

TEXT_LENGTH = 300
BATCH = 2000  # rows of one INSERT


def notify(
    users: Iterable[User],
    *,
    kind: str,
    text: str | Promise | Callable[[], str],
    url: str = "",
    event: str | None = None,
    now: datetime,
) -> None:
    """Put a line under the bell of each person, in one INSERT.

    `text`: a lazy translation or a function without arguments is put into each reader's own language; it is cut
    at 300 characters. `url` is a path of this site (ValueError otherwise). `event` names what happened: the same
    event is told to the same person once, however often it is reported.
    """
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ValueError(f"a notification leads to a page of this site, not to {url!r}")
    said: dict[str, str] = {}

    def said_in(language: str) -> str:
        if language not in said:
            with translation.override(language):
                said[language] = Truncator(str(text() if callable(text) else text)).chars(TEXT_LENGTH)
        return said[language]

    Notification.objects.bulk_create(
        [
            Notification(
                user=user,
                kind=kind,
                text=said_in(user.language or settings.LANGUAGE_CODE),
                url=url,
                event=event,
                made_at=now,
            )
            for user in users
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def notify_each(lines: Iterable[tuple[User, Callable[[], str], str]], *, kind: str, event: str, now: datetime) -> None:
    """As `notify`, where each person is told something of his own: (reader, text, address). One INSERT."""
    made = []
    for user, text, url in lines:
        if not url.startswith("/") or url.startswith("//"):
            raise ValueError(f"a notification leads to a page of this site, not to {url!r}")
        with translation.override(user.language or settings.LANGUAGE_CODE):
            said = Truncator(text()).chars(TEXT_LENGTH)
        made.append(Notification(user=user, kind=kind, text=said, url=url, event=event, made_at=now))
    Notification.objects.bulk_create(made, batch_size=BATCH, ignore_conflicts=True)


def mark_read(user: User, *, now: datetime, notification_id: int | None = None) -> int:
    """Take note that a person read one notification, or all he has. How many were unread; others' never count."""
    unread = Notification.objects.filter(user=user, read_at__isnull=True)
    if notification_id is not None:
        unread = unread.filter(pk=notification_id)
    return unread.update(read_at=now)
