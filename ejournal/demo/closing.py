"""Closing of modules in the demo: one reopening that waits, under the module that the scene's teacher closed."""

from datetime import datetime, time

from django.db.models import Exists, OuterRef

from ejournal.demo.cast import Scene
from ejournal.lib.clock import day_of, moment_of
from journal.enums import SheetState
from journal.models import ExcuseCover, Mark, ModuleSheet
from journal.services import close_module
from journal.services.reopenings import ask_reopening
from teaching.models import Course, CourseEnrolment, Workload
from university.models import Module

WHY = "Студент сабакта болгон, бирок «кж» коюлуп калган: тайпанын старостасынын тизмесинде бар."


def close_and_ask(scene: Scene, *, now: datetime) -> int:
    """Close what has ended of the scene's course, and ask to reopen a cell under it; how many requests wait now.

    The head of the scene's department has it before him; after him the dean's office.
    """
    course = Course.objects.select_related("semester__year", "group").get(pk=scene.workload.course_id)
    keepers = Workload.objects.filter(course=course).order_by("number")
    ended = Module.objects.filter(semester_id=course.semester_id, ends_on__lt=day_of(now)).order_by("number")
    for module in ended:
        if not ModuleSheet.objects.filter(course=course, module=module, state=SheetState.CLOSED).exists():
            at = min(now, moment_of(module.ends_on, time(17, 0)))
            close_module(course=course, module=module, by=(course.lead or scene.teacher).user, now=at)
    if not ended:
        return 0
    mark = (
        Mark.objects.filter(
            workload__in=keepers,
            presence="absent",
            lesson__date__range=(ended[0].starts_on, ended[0].ends_on),
            student__in=CourseEnrolment.objects.filter(course=course, ends_on=None).values("student"),
        )
        .exclude(Exists(ExcuseCover.objects.filter(lesson=OuterRef("lesson"), student=OuterRef("student"))))
        .select_related("workload__course__group__unit", "workload__course__semester")
        .order_by("-lesson__date", "student_id")
        .first()
    )
    if mark is None:
        return 0
    teacher = mark.workload.teachers.select_related("teacher__user").order_by("-starts_on", "-id")[0].teacher
    ask_reopening(
        workload=mark.workload,
        lessons=[mark.lesson_id],
        students=[mark.student_id],
        why=WHY,
        by=teacher.user,
        now=now,
    )
    return 1
