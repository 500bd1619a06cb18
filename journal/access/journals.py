"""Turning an address into a journal or a lesson for the person who asks. A stranger gets 404."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.http import Http404

from accounts.models import User
from ejournal.lib.clock import day_of
from journal.permissions import JournalDoor
from journal.selectors.door import read_journal
from teaching.models import Lesson, Substitution, Workload, WorkloadTeacher, keeping
from teaching.selectors.taught import with_substitution


def get_journal(user: User, journal_id: int, *, now: datetime) -> JournalDoor:
    """The journal with what the user may do in it; 404 where he may not even read.

    One query for those who write; readers cost the query of their rights besides.
    """
    today = day_of(now)
    workload, is_keeper, is_substitute = read_journal(user_id=user.id, journal_id=journal_id, today=today)
    if workload is None:
        raise Http404
    if is_keeper:
        return JournalDoor(workload, is_keeper=True, is_substitute=False)
    if (
        is_substitute
        and Substitution.objects.in_force(today)
        .filter(substitute__user_id=user.id, lesson__workloads__workload_id=journal_id)
        .exists()
    ):
        return JournalDoor(workload, is_keeper=False, is_substitute=True)
    if not Workload.objects.visible_to(user, on=today).filter(pk=journal_id).exists():
        raise Http404
    return JournalDoor(workload, is_keeper=False, is_substitute=False)


def get_journal_for_writing(user: User, journal_id: int, *, now: datetime) -> JournalDoor:
    """The journal, for those who may write in it; 403 for a reader, 404 for a stranger."""
    door = get_journal(user, journal_id, now=now)
    if not door.can_write:
        raise PermissionDenied
    return door


def get_journals_of_course(user: User, course_id: int, *, now: datetime) -> list[JournalDoor]:
    """The journals of a course that the user may read, each with what he may do there; 404 where there is none."""
    return _doors(user, Q(course_id=course_id), now=now)


def get_journals_of_stream(user: User, journal_id: int, *, now: datetime) -> list[JournalDoor]:
    """As `get_journals_of_course`, the journals that meet with a journal in one stream (агым); 404 where it is in
    none."""
    door = get_journal(user, journal_id, now=now)
    if not door.workload.stream:
        raise Http404
    semester = door.workload.course.semester_id
    return _doors(user, Q(stream=door.workload.stream, course__semester_id=semester), now=now)


def _doors(user: User, wanted: Q, *, now: datetime) -> list[JournalDoor]:
    today = day_of(now)
    named = Substitution.objects.in_force(today).filter(substitute__user_id=user.id)
    workloads = (
        Workload.objects.visible_to(user, on=today)
        .filter(wanted)
        .select_related("course__discipline", "course__group", "course__semester__year", "subgroup", "department")
        .annotate(
            is_keeper=Exists(
                WorkloadTeacher.objects.filter(keeping(today), workload=OuterRef("pk"), teacher__user_id=user.id)
            ),
            is_substitute=Exists(named.filter(lesson__workloads__workload_id=OuterRef("pk"))),
        )
        .order_by("course__group__sort_key", "course_id", "subgroup__number", "id")
    )
    doors = [
        JournalDoor(workload, is_keeper=workload.is_keeper, is_substitute=workload.is_substitute)
        for workload in workloads
    ]
    if not doors:
        raise Http404
    return doors


def get_lesson(user: User, lesson_id: int, *, now: datetime) -> tuple[Lesson, list[JournalDoor]]:
    """A lesson, and those of its journals that the user may read, each with what he may do there now.

    404 where he may read none. In a journal of a substitute only his own lessons are writable: the door of
    this lesson says so already.
    """
    today = day_of(now)
    lessons = with_substitution(Lesson.objects.select_related("room", "teacher__user", "semester__year"))
    lesson = lessons.filter(pk=lesson_id).first()
    if lesson is None:
        raise Http404
    substitutes = ExpressionWrapper(
        Q(Exists(Substitution.objects.in_force(today).filter(lesson_id=lesson_id, substitute__user_id=user.id))),
        output_field=BooleanField(),
    )
    workloads = (
        Workload.objects.visible_to(user, on=today)
        .filter(lessons__lesson_id=lesson_id)
        .select_related("course__discipline", "course__group", "course__semester__year", "subgroup", "department")
        .annotate(
            is_keeper=Exists(
                WorkloadTeacher.objects.filter(keeping(today), workload=OuterRef("pk"), teacher__user_id=user.id)
            ),
            is_substitute=substitutes,
        )
        .order_by("course__group__sort_key", "subgroup__number", "id")
    )
    doors = [
        JournalDoor(workload, is_keeper=workload.is_keeper, is_substitute=workload.is_substitute)
        for workload in workloads
    ]
    if not doors:
        raise Http404
    return lesson, doors
