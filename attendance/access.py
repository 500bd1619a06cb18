"""The door to the lessons of others: the reader's scope, or 404 to who has none."""

from datetime import datetime

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.permissions import Rights, rights_of
from attendance.models import Display
from attendance.permissions import may_keep_room_codes, may_pair_displays, may_see_attendance
from ejournal.lib.clock import day_of
from journal.access import get_lesson
from teaching.models import Lesson
from university.models import Room


def get_scope(user: User, *, now: datetime) -> Rights:
    """The rights by which the reader watches lessons today; 404 to students, parents, teachers, administrators."""
    rights = rights_of(user, on=day_of(now))
    if not may_see_attendance(rights):
        raise Http404
    return rights


def get_room_keeper(user: User, *, now: datetime) -> Rights:
    """The rights of whoever keeps the codes of auditoriums. Auditoriums belong to no unit: each keeper sees all."""
    rights = rights_of(user, on=day_of(now))
    if not may_keep_room_codes(rights):
        raise Http404
    return rights


def get_room(user: User, room_id: int, *, now: datetime) -> Room:
    get_room_keeper(user, now=now)
    return get_object_or_404(Room, pk=room_id)


def check_pairs_displays(user: User, *, now: datetime) -> None:
    """The door to the list of screens."""
    if not may_pair_displays(rights_of(user, on=day_of(now))):
        raise Http404


def get_display(user: User, display_id: int, *, now: datetime) -> Display:
    """A living screen."""
    check_pairs_displays(user, now=now)
    return get_object_or_404(Display.objects.filter(ended_at__isnull=True), pk=display_id)


def get_lesson_to_show(user: User, lesson_id: int, *, now: datetime) -> Lesson:
    """The lesson whose code the user may show: its keeper's and its substitute's, and nobody else's."""
    lesson, doors = get_lesson(user, lesson_id, now=now)
    if not any(door.is_keeper or door.is_substitute for door in doors):
        raise Http404
    return lesson
