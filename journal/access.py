"""Turning an address into a journal or a lesson for the person who asks. A stranger gets 404."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from journal.models import Excuse
from journal.permissions import ExcuseDoor, JournalDoor, enters_excuses, reads_excuses
from journal.selectors.door import read_journal
from journal.selectors.excuses import excuses_visible_to
from teaching.models import Lesson, Substitution, Workload, WorkloadTeacher, keeping
from teaching.selectors.taught import with_substitution
from university.models import Unit


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


def get_excuse_list(user: User, *, now: datetime) -> date:
    """The day for which excuses are read; 404 to who reads none."""
    today = day_of(now)
    if not reads_excuses(rights_of(user, on=today)):
        raise Http404
    return today


def may_enter_excuses(user: User, *, now: datetime) -> bool:
    return enters_excuses(rights_of(user, on=day_of(now)))


def get_units_to_excuse(user: User, *, now: datetime) -> QuerySet[Unit]:
    """The units whose students the user excuses; 403 for a reader, 404 for a stranger."""
    rights = rights_of(user, on=get_excuse_list(user, now=now))
    if not enters_excuses(rights):
        raise PermissionDenied
    return Unit.objects.filter(pk__in=rights.unit_ids).order_by("sort_key", "id")


def get_excuse(user: User, excuse_id: int, *, now: datetime) -> ExcuseDoor:
    """An excuse that the user may read: his unit's, or any for the study office; 404 else."""
    today = get_excuse_list(user, now=now)
    rights = rights_of(user, on=today)
    excuses = excuses_visible_to(user, on=today).select_related("unit", "entered_by", "withdrawn_by")
    excuse: Excuse = get_object_or_404(excuses, pk=excuse_id)
    return ExcuseDoor(excuse, can_manage=enters_excuses(rights) and excuse.unit_id in rights.unit_ids)


def get_excuse_for_managing(user: User, excuse_id: int, *, now: datetime) -> ExcuseDoor:
    """As `get_excuse`, for the office that entered it; 403 for a reader."""
    door = get_excuse(user, excuse_id, now=now)
    if not door.can_manage:
        raise PermissionDenied
    return door


def get_excuse_paper(user: User, excuse_id: int, *, now: datetime) -> Excuse:
    """An excuse with a paper, for the office that entered it; 404 for everybody else, who need not know of it."""
    door = get_excuse(user, excuse_id, now=now)
    if not door.can_manage or not door.excuse.paper_path:
        raise Http404
    return door.excuse
