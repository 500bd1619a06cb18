"""Which auditoriums are free at a moment."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from teaching.enums import LessonState
from teaching.models import Lesson
from university.models import Room

GONE = [LessonState.CANCELLED, LessonState.NOT_HELD]


def free_rooms(*, starts_at: datetime, ends_at: datetime) -> QuerySet[Room]:
    """Rooms in which no lesson is at that time, by building and number."""
    taken = Lesson.objects.filter(room=OuterRef("pk"), starts_at__lt=ends_at, ends_at__gt=starts_at).exclude(
        state__in=GONE
    )
    return Room.objects.exclude(Exists(taken)).order_by("building", "number", "code")
