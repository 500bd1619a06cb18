"""Doors of the changes of the timetable. A stranger gets 404, a reader who writes 403."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404

from accounts.models import User
from accounts.permissions import Rights, rights_of
from ejournal.lib.clock import day_of
from teaching.models import ChangeRequest, Lesson, LessonChange, Substitution, Workload, WorkloadTeacher, in_force
from teaching.permissions.changes import may_change_timetable, may_enter_holidays, may_see_changes


def get_changes_reader(user: User, *, now: datetime) -> Rights:
    """The rights of somebody who may read the register; 404 for everybody else."""
    rights = rights_of(user, on=day_of(now))
    if not may_see_changes(rights):
        raise Http404
    return rights


def get_holiday_keeper(user: User, *, now: datetime) -> Rights:
    """The rights of who keeps the calendar; 404 for everybody else."""
    rights = rights_of(user, on=day_of(now))
    if not may_enter_holidays(rights):
        raise Http404
    return rights


def _read_lesson(user: User, lesson_id: int, *, now: datetime) -> Lesson:
    lesson = (
        Lesson.objects.visible_to(user, on=day_of(now))
        .select_related("semester", "room", "teacher__user")
        .filter(pk=lesson_id)
        .first()
    )
    if lesson is None:
        raise Http404
    return lesson


def get_lesson_to_change(user: User, lesson_id: int, *, now: datetime) -> Lesson:
    """A lesson for the study office."""
    lesson = _read_lesson(user, lesson_id, now=now)
    if not may_change_timetable(rights_of(user, on=day_of(now))):
        raise PermissionDenied
    return lesson


def get_own_lesson(user: User, lesson_id: int, *, now: datetime) -> Lesson:
    """A lesson that the user holds: as keeper of one of its journals, or as the substitute named to it."""
    lesson = _read_lesson(user, lesson_id, now=now)
    if not holds_lesson(user, lesson_id, now=now):
        raise PermissionDenied
    return lesson


def holds_lesson(user: User, lesson_id: int, *, now: datetime) -> bool:
    today = day_of(now)
    keeps = WorkloadTeacher.objects.filter(
        in_force(today), workload__lessons__lesson_id=lesson_id, teacher__user_id=user.id
    )
    named = Substitution.objects.in_force(today).filter(lesson_id=lesson_id, substitute__user_id=user.id)
    return keeps.exists() or named.exists()


def get_workload_to_change(user: User, workload_id: int, *, now: datetime) -> Workload:
    """A workload whose lines the study office changes."""
    workload = (
        Workload.objects.visible_to(user, on=day_of(now))
        .select_related("course__discipline", "course__group", "course__semester", "subgroup")
        .filter(pk=workload_id)
        .first()
    )
    if workload is None:
        raise Http404
    if not may_change_timetable(rights_of(user, on=day_of(now))):
        raise PermissionDenied
    return workload


def get_change_to_withdraw(user: User, change_id: int, *, now: datetime) -> LessonChange:
    change = LessonChange.objects.visible_to(user, on=day_of(now)).filter(pk=change_id).first()
    if change is None or not may_see_changes(rights_of(user, on=day_of(now))):
        raise Http404
    if not may_change_timetable(rights_of(user, on=day_of(now))):
        raise PermissionDenied
    return change


def get_request(user: User, request_id: int, *, now: datetime) -> ChangeRequest:
    """A request for who asked, for the colleague of a swap, and for study office and leadership."""
    requests = ChangeRequest.objects.filter(pk=request_id)
    if not rights_of(user, on=day_of(now)).sees_everything:
        requests = requests.filter(Q(asked_by=user) | Q(other_lesson__teacher__user=user))
    found = requests.first()
    if found is None:
        raise Http404
    return found


def get_request_to_decide(user: User, request_id: int, *, now: datetime) -> ChangeRequest:
    found = get_request(user, request_id, now=now)
    if not may_change_timetable(rights_of(user, on=day_of(now))):
        raise PermissionDenied
    return found


def get_own_request(user: User, request_id: int, *, now: datetime) -> ChangeRequest:
    found = get_request(user, request_id, now=now)
    if found.asked_by_id != user.pk:
        raise PermissionDenied
    return found
