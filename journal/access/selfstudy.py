"""Doors of self-study: readers of a journal, students with the task, their parents. A stranger gets 404."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import Student, User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from journal.access.journals import get_journal
from journal.models import SelfStudyFile, SelfStudyTask, Submission
from journal.permissions import JournalDoor, TaskDoor
from journal.selectors.selfstudy import tasks_given_to
from teaching.models import Workload


def get_tasks_for_keeping(user: User, journal_id: int, *, now: datetime) -> JournalDoor:
    """A journal, for who keeps it: tasks are his, not a substitute's. 403 for a reader, 404 for a stranger."""
    door = get_journal(user, journal_id, now=now)
    if not door.is_keeper:
        raise PermissionDenied
    return door


def get_tasks_of_student(user: User, student_id: int | None, *, now: datetime) -> tuple[Student, list[Student]]:
    """Whose tasks are shown: the student's own, a parent's child (the first, or the one named); and the parent's
    children. 404 for everybody else: a teacher reads them in the journal."""
    rights = rights_of(user, on=day_of(now))
    people = Student.objects.select_related("user").order_by("user__sort_key", "pk")
    if rights.student_id is not None and student_id in (None, rights.student_id):
        return people.get(pk=rights.student_id), []
    children = list(people.filter(pk__in=rights.child_ids))
    for child in children:
        if student_id in (None, child.pk):
            return child, children
    raise Http404


def get_task(user: User, task_id: int, *, now: datetime, student_id: int | None = None) -> TaskDoor:
    """A task for a student to whom it was given, his parent, and the readers of its journal; 404 else.

    A parent of several such students names one (`student_id`), else it is the first.
    """
    task = get_object_or_404(SelfStudyTask.objects.select_related("module", "by"), pk=task_id)
    rights = rights_of(user, on=day_of(now))
    own = [rights.student_id] if rights.student_id is not None else []
    wanted = [pk for pk in (*own, *sorted(rights.child_ids)) if student_id in (None, pk)]
    for pk in wanted:
        if tasks_given_to(pk, on=day_of(now)).filter(pk=task.pk).exists():
            task.workload = _with_names(task)
            student = Student.objects.select_related("user").get(pk=pk)
            return TaskDoor(task, student=student, is_self=pk == rights.student_id)
    door = get_journal(user, task.workload_id, now=now)
    task.workload = door.workload
    return TaskDoor(task, journal=door)


def get_task_of_journal(user: User, task_id: int, *, now: datetime) -> TaskDoor:
    """A task for the readers of its journal; 404 else."""
    task = get_object_or_404(SelfStudyTask.objects.select_related("module", "by"), pk=task_id)
    door = get_journal(user, task.workload_id, now=now)
    task.workload = door.workload
    return TaskDoor(task, journal=door)


def get_task_for_keeping(user: User, task_id: int, *, now: datetime) -> TaskDoor:
    """A task for who keeps its journal; 403 for who may see it, 404 for a stranger."""
    door = get_task(user, task_id, now=now)
    if not door.can_manage:
        raise PermissionDenied
    return door


def get_task_for_handing_in(user: User, task_id: int, *, now: datetime) -> TaskDoor:
    """A task for the student to whom it was given; 403 for who may only see it, 404 for a stranger."""
    door = get_task(user, task_id, now=now)
    if not door.is_self:
        raise PermissionDenied
    return door


def get_task_file(user: User, task_id: int, file_id: int, *, now: datetime) -> SelfStudyFile:
    """A paper of a task, for whoever sees the task."""
    door = get_task(user, task_id, now=now)
    return get_object_or_404(door.task.files.all(), pk=file_id)


def get_submission_file(user: User, submission_id: int, *, now: datetime) -> Submission:
    """A file that was handed in: for the readers of the journal, the student or his team, and their parents."""
    submission = get_object_or_404(Submission.objects.exclude(file_path=""), pk=submission_id)
    rights = rights_of(user, on=day_of(now))
    students = rights.child_ids | ({rights.student_id} if rights.student_id is not None else set())
    own = Q(student__in=students) | Q(team__members__student__in=students)
    if not Submission.objects.filter(own, pk=submission.pk).exists():
        get_journal(user, SelfStudyTask.objects.get(pk=submission.task_id).workload_id, now=now)
    return submission


def _with_names(task: SelfStudyTask) -> Workload:
    named = Workload.objects.select_related("course__discipline", "course__group", "course__semester__year", "subgroup")
    return named.get(pk=task.workload_id)
