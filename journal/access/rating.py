"""Doors of points and rating schemes. A stranger gets 404, a reader who writes 403."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.permissions import Rights, rights_of
from ejournal.lib.clock import day_of
from journal.models import RatingScheme
from journal.permissions import PointsDoor, makes_schemes, reads_schemes
from teaching.models import Course, Workload


def get_course_points(user: User, course_id: int, *, now: datetime) -> PointsDoor:
    """The points of a course, for its lead and the readers of its journals; 404 else."""
    today = day_of(now)
    kept = Workload.objects.kept_by(user, on=today)
    courses = Course.objects.annotate(is_kept=Exists(kept.filter(course_id=OuterRef("pk"))))
    course = get_object_or_404(courses.select_related("discipline", "group", "semester__year", "lead"), pk=course_id)
    is_lead = course.lead is not None and course.lead.user_id == user.pk
    if is_lead or course.is_kept:  # type: ignore[attr-defined]  # an annotation
        return PointsDoor(course, can_type=True)
    if not Workload.objects.visible_to(user, on=today).filter(course_id=course_id).exists():
        raise Http404
    return PointsDoor(course, can_type=False)


def get_course_points_for_typing(user: User, course_id: int, *, now: datetime) -> PointsDoor:
    """As `get_course_points`, for who types them; 403 for a reader."""
    door = get_course_points(user, course_id, now=now)
    if not door.can_type:
        raise PermissionDenied
    return door


def get_schemes(user: User, *, now: datetime) -> Rights:
    """The rights of who reads rating schemes; 404 to everybody else."""
    rights = rights_of(user, on=day_of(now))
    if not reads_schemes(rights):
        raise Http404
    return rights


def get_scheme(user: User, scheme_id: int, *, now: datetime) -> tuple[RatingScheme, bool]:
    """A scheme, and whether the user may make another from it; 404 to who reads none."""
    rights = get_schemes(user, now=now)
    schemes = RatingScheme.objects.select_related("scale", "made_from", "made_by")
    return get_object_or_404(schemes, pk=scheme_id), makes_schemes(rights)


def get_schemes_for_making(user: User, *, now: datetime) -> None:
    """For who makes and chooses schemes; 403 for a reader, 404 for a stranger."""
    if not makes_schemes(get_schemes(user, now=now)):
        raise PermissionDenied
