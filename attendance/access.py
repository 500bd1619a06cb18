"""The door to the lessons of others: the reader's scope, or 404 to who has none."""

from datetime import datetime

from django.http import Http404

from accounts.models import User
from accounts.permissions import Rights, rights_of
from attendance.permissions import may_see_attendance
from ejournal.lib.clock import day_of


def get_scope(user: User, *, now: datetime) -> Rights:
    """The rights by which the reader watches lessons today; 404 to students, parents, teachers, administrators."""
    rights = rights_of(user, on=day_of(now))
    if not may_see_attendance(rights):
        raise Http404
    return rights
