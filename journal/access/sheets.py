"""The door of a course's module sheets. A stranger gets 404, a reader who closes 403."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import Teacher, User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from journal.permissions import SheetDoor
from teaching.models import Course, Workload, WorkloadTeacher, keeping
from university.enums import LessonKind
from university.models import Module


def get_sheets(user: User, course_id: int, *, now: datetime) -> SheetDoor:
    """A course with its semester's modules, for those who teach it, the head of a department that teaches it, dean and
    dean's office of the group's unit, study office and leadership; 404 to everybody else.

    The lead teacher closes; where none is named, the keeper of its first journal, lectures before the rest.
    """
    today = day_of(now)
    course = Course.objects.select_related("discipline", "group", "semester__year", "lead").filter(pk=course_id).first()
    if course is None:
        raise Http404
    keepers = list(
        WorkloadTeacher.objects.filter(keeping(today), workload__course=course)
        .select_related("teacher", "workload__subgroup")
        .order_by("workload__number")
    )
    kept = [keeper.workload for keeper in keepers if keeper.teacher.user_id == user.id]
    lead = course.lead if course.lead is not None else _first_keeper(keepers)
    can_close = lead is not None and lead.user_id == user.id
    if not (can_close or kept or _reads(user, course, now=now)):
        raise Http404
    modules = list(Module.objects.filter(semester_id=course.semester_id).order_by("number"))
    return SheetDoor(course, modules, can_close, kept)


def _first_keeper(keepers: list[WorkloadTeacher]) -> Teacher | None:
    ordered = sorted(keepers, key=lambda keeper: keeper.workload.kind != LessonKind.LECTURE)
    return ordered[0].teacher if ordered else None


def _reads(user: User, course: Course, *, now: datetime) -> bool:
    rights = rights_of(user, on=day_of(now))
    if rights.sees_everything or course.group.unit_id in rights.unit_ids:
        return True
    if not rights.department_ids:
        return False
    departments = Workload.objects.filter(course=course, department_id__in=rights.department_ids)
    return course.department_id in rights.department_ids or departments.exists()


def get_sheet(user: User, course_id: int, number: int, *, now: datetime) -> tuple[SheetDoor, Module]:
    """One module of a course; 404 where its semester has no such module."""
    door = get_sheets(user, course_id, now=now)
    for module in door.modules:
        if module.number == number:
            return door, module
    raise Http404


def get_sheet_to_act(user: User, course_id: int, number: int, *, now: datetime) -> tuple[SheetDoor, Module]:
    """As `get_sheet`, for who closes it or keeps a journal of the course; 403 for a reader."""
    door, module = get_sheet(user, course_id, number, now=now)
    if not door.can_write:
        raise PermissionDenied
    return door, module
