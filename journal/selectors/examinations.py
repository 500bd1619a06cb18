"""The timetable of exams and credit tests: who sees which, what is in the way of a new one."""

from datetime import date, datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.permissions import rights_of
from journal.models import Commission, Exam
from journal.selectors.results import courses_of_staff
from teaching.enums import LessonState
from teaching.models import CourseEnrolment, Lesson, in_force


def exams_visible_to(user: User, *, on: date) -> QuerySet[Exam]:
    """Exams that stand: a student's and a parent's by the courses, the staff's by what it may read, an examiner's."""
    rights = rights_of(user, on=on)
    standing = Exam.objects.filter(cancelled_at__isnull=True)
    if rights.sees_everything:
        return standing
    reach = Q(course__in=courses_of_staff(rights, on=on).values("pk"))
    if rights.teacher_id is not None:
        reach |= Q(examiner_id=rights.teacher_id)
    students = set(rights.child_ids) | ({rights.student_id} if rights.student_id is not None else set())
    if students:
        own = CourseEnrolment.objects.filter(in_force(on), student_id__in=students)
        reach |= Q(course_id__in=own.values("course_id"))
    return standing.filter(reach)


def exam_list(user: User, *, show: str, on: date) -> QuerySet[Exam]:
    """For the page, by time: those to come, or with `show` "past" those that were, the newest first."""
    found = exams_visible_to(user, on=on).select_related(
        "course__discipline", "group", "room", "examiner__user", "course__semester__year"
    )
    if show == "past":
        return found.filter(date__lt=on).order_by("-starts_at", "group__sort_key", "id")
    return found.filter(date__gte=on).order_by("starts_at", "group__sort_key", "id")


def lesson_in_the_way(
    *, starts_at: datetime, ends_at: datetime, day: date, group_id: int, room_id: int | None, examiner_id: int
) -> Lesson | None:
    """A lesson that takes the group, the room or the examiner at that time. One query."""
    who = Q(workloads__workload__course__group_id=group_id) | Q(teacher_id=examiner_id)
    if room_id is not None:
        who |= Q(room_id=room_id)
    return (
        Lesson.objects.filter(who, date=day, starts_at__lt=ends_at, ends_at__gt=starts_at)
        .exclude(state__in=[LessonState.CANCELLED, LessonState.NOT_HELD])
        .order_by("starts_at", "id")
        .first()
    )


def commissions_of(unit_ids: frozenset[int]) -> QuerySet[Commission]:
    """Commissions of units, the newest first, with their members."""
    return (
        Commission.objects.filter(unit_id__in=unit_ids)
        .select_related("unit")
        .prefetch_related("members__teacher__user")
        .order_by("-order_date", "-id")
    )
