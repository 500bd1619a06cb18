"""Questions about what people are told."""

from django.db.models import QuerySet

from accounts.models import User
from messaging.models import Notification


def notifications_of(user: User) -> QuerySet[Notification]:
    """What one person was told, the newest first."""
    return Notification.objects.filter(user=user).order_by("-made_at", "-id")


def unread_count(user: User) -> int:
    """How many of them he has not read: the figure at the bell, from the partial index alone."""
    return Notification.objects.filter(user=user, read_at__isnull=True).count()
