"""Questions about what people are told."""

from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from messaging.models import Notification


def notifications_of(user: User) -> QuerySet[Notification]:
    """What one person was told, the newest first."""
    return Notification.objects.filter(user=user).order_by("-made_at", "-id")


def unread_count(user: User) -> int:
    """How many of them he has not read: the figure at the bell, from the partial index alone."""
    with connection.cursor() as cursor:
        # By hand: it is asked on every page, and its text should cost nothing to make.
        cursor.execute("SELECT count(*) FROM messaging_notification WHERE user_id = %s AND read_at IS NULL", [user.id])
        count: int = cursor.fetchone()[0]
    return count
