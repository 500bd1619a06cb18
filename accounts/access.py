"""Doors: each fetches what a URL names and authorises; a stranger gets 404."""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import GuardianLink, Student, User
from accounts.permissions import may_issue_to_students
from accounts.selectors import groups_for_credentials, places_for_credentials
from university.models import Group


def get_groups_for_credentials(user: User, *, on: date) -> QuerySet[Group]:
    """The groups of whoever issues credentials; nobody else knows the page."""
    if not may_issue_to_students(user, on=on):
        raise Http404
    return groups_for_credentials(user, on=on)


def get_group_for_credentials(user: User, group_id: int, *, on: date) -> Group:
    """One of those groups; a dean of another unit gets 404."""
    return get_object_or_404(groups_for_credentials(user, on=on).select_related("unit", "programme"), id=group_id)


def get_student_for_credentials(user: User, group_id: int, student_id: int, *, on: date) -> tuple[Group, Student]:
    """A student who studies in one of those groups, or is to come to it, with the group."""
    group = get_group_for_credentials(user, group_id, on=on)
    students = Student.objects.select_related("user").filter(
        id__in=places_for_credentials(on).filter(group=group).values("student_id")
    )
    return group, get_object_or_404(students, id=student_id)


def get_guardian_link(student: Student, link_id: int) -> GuardianLink:
    """A living link of a parent to a student who was fetched through a door."""
    links = GuardianLink.objects.select_related("guardian").filter(student=student, revoked_at__isnull=True)
    return get_object_or_404(links, id=link_id)
