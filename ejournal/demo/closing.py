"""Closing of modules in the demo: one that `teacher` is to close, and one reopening that waits under another."""

from datetime import datetime, time

from django.db.models import Exists, OuterRef

from ejournal.demo.cast import Scene
from ejournal.lib.clock import day_of, moment_of
from journal.enums import SheetState
from journal.models import ExcuseCover, Mark, ModuleSheet
from journal.services import close_module
from journal.services.reopenings import ask_reopening
from teaching.models import Course, CourseEnrolment
from university.models import Module

WHY = "Студент сабакта болгон, бирок «кж» коюлуп калган: тайпанын старостасынын тизмесинде бар."


def leave_one_to_close(scene: Scene, *, now: datetime) -> None:
    """`teacher` leads another of his courses, of which a module has ended and is not closed."""
    closed = ModuleSheet.objects.filter(course=OuterRef("pk"), state=SheetState.CLOSED)
    course = (
        Course.objects.filter(~Exists(closed), workloads__teachers__teacher=scene.teacher)
        .filter(semester=scene.workload.course.semester, semester__modules__ends_on__lt=day_of(now))
        .exclude(pk=scene.workload.course_id)
        .order_by("pk")
        .first()
    )
    if course is not None:
        course.lead = scene.teacher
        course.save(update_fields=["lead"])


def close_and_ask(scene: Scene, *, now: datetime) -> None:
    """Close what has ended of the scene's course, and ask to reopen a cell of `teacher` under it: it waits for the
    head, then for the dean's office."""
    course = Course.objects.select_related("semester__year", "group", "lead__user").get(pk=scene.workload.course_id)
    ended = Module.objects.filter(semester_id=course.semester_id, ends_on__lt=day_of(now)).order_by("number")
    lead = course.lead if course.lead is not None else scene.teacher
    for module in ended:
        if not ModuleSheet.objects.filter(course=course, module=module, state=SheetState.CLOSED).exists():
            at = min(now, moment_of(module.ends_on, time(17, 0)))
            close_module(course=course, module=module, by=lead.user, now=at)
    covered = ExcuseCover.objects.filter(lesson=OuterRef("lesson"), student=OuterRef("student"))
    mark = (
        Mark.objects.filter(
            ~Exists(covered),
            workload=scene.workload,
            presence="absent",
            lesson__date__lte=max((module.ends_on for module in ended), default=course.semester.starts_on),
            student__in=CourseEnrolment.objects.filter(course=course, ends_on=None).values("student"),
        )
        .order_by("-lesson__date", "student_id")
        .first()
    )
    if mark is not None:
        ask_reopening(
            workload=scene.workload,
            lessons=[mark.lesson_id],
            students=[mark.student_id],
            why=WHY,
            by=scene.teacher.user,
            now=now,
        )
