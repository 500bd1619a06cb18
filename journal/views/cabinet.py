"""The student's cabinet: his own, and as parents, curators, teachers and offices see it (§3.4c, §3.8, §4.2)."""

from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Student, User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from journal.enums import AppealState
from journal.models import Appeal
from journal.rules import MarkState, is_answer_overdue
from journal.selectors import cabinet as selectors
from journal.selectors.appeals import newest_by_lesson, problem_of
from teaching.access import get_student
from teaching.models import Course
from teaching.permissions import StudentDoor
from teaching.selectors.plan_fact import papers_of_course
from university.models import Semester
from university.selectors import policies, semester_on


@require_safe
@never_cache
def cabinet(request: HttpRequest) -> HttpResponse:
    """The reader's own cabinet; a parent is led to the first child. 404 to who is neither."""
    user = request.user
    assert isinstance(user, User)  # LoginRequiredMiddleware stands before every view
    now = clock.now()
    rights = rights_of(user, on=day_of(now))
    if rights.student_id is not None:
        return _page(request, get_student(user, rights.student_id, now=now), now=now)
    children = _children(user, now=now)
    if not children:
        raise Http404
    return redirect("cabinet_of", student_id=children[0].pk)


@require_safe
@never_cache
def cabinet_of(request: HttpRequest, student_id: int) -> HttpResponse:
    """A student's cabinet, as far as the reader may see it."""
    assert isinstance(request.user, User)
    now = clock.now()
    return _page(request, get_student(request.user, student_id, now=now), now=now)


@require_safe
@never_cache
def cabinet_course(request: HttpRequest, student_id: int, course_id: int) -> HttpResponse:
    """One discipline of a student, lesson by lesson. A course whose rows the reader may not see is 404."""
    assert isinstance(request.user, User)
    now = clock.now()
    door = get_student(request.user, student_id, now=now)
    if door.course_ids is not None and course_id not in door.course_ids:
        raise Http404
    course = selectors.course_of(student_id, course_id)
    if course is None:
        raise Http404
    counts, lessons = selectors.course_of_student(student_id, course, now=now)
    plans, programme_id = papers_of_course(request.user, course_id, now=now)
    context = {
        "door": door,
        "course": course,
        "counts": counts,
        "lessons": _with_appeals(request.user, door, course, lessons, now=now),
        "plans": plans,
        "programme_id": programme_id,
        "cabinet_url": _cabinet_url(door),
        "crumbs": [(_title(door), _cabinet_url(door)), (course.discipline.name, None)],
    }
    return render(request, "journal/cabinet_course.html", context)


def _with_appeals(
    user: User, door: StudentDoor, course: Course, lessons: list[selectors.StudentLesson], *, now: datetime
) -> list[tuple[selectors.StudentLesson, Appeal | None, bool, bool]]:
    """Each lesson with its newest appeal, whether that waits past its day, and whether the student may make one."""
    today = day_of(now)
    newest = newest_by_lesson(user, door.student.pk, course.pk, on=today)
    days = 0
    if door.is_self:
        days = policies("appeal_days", on=today, unit_id=course.group.unit_id)["appeal_days"]
    rows = []
    for lesson in lessons:
        appeal = newest.get(lesson.lesson_id)
        may = door.is_self and lesson.marked_at is not None and lesson.presence is not None
        if may:
            assert lesson.marked_at is not None
            problem = problem_of(
                MarkState(lesson.presence, lesson.grade, lesson.late_minutes, lesson.makeup_on),
                version=lesson.version,
                marked_at=lesson.marked_at,
                is_excused=lesson.is_excused,
                newest=appeal,
                appeal_days=days,
                today=today,
            )
            may = problem is None
        is_open = appeal is not None and appeal.state == AppealState.OPEN
        is_late = appeal is not None and is_open and is_answer_overdue(appeal.due_on, today=today)
        rows.append((lesson, appeal, is_late, may))
    return rows


def _page(request: HttpRequest, door: StudentDoor, *, now: datetime) -> HttpResponse:
    today = day_of(now)
    student_id = door.student.pk
    semesters = selectors.semesters_of_student(student_id, course_ids=door.course_ids)
    semester = _chosen(request.GET.get("semester", ""), semesters, today)
    children = _children(request.user, now=now) if door.is_parent else []
    context: dict[str, Any] = {
        "door": door,
        "title": _title(door),
        "today": today,
        "cabinet": None,
        "semester_tabs": [],
        "child_tabs": [
            {
                "label": child.user.get_full_name(),
                "url": reverse("cabinet_of", args=[child.pk]),
                "active": child.pk == student_id,
                "count": None,
            }
            for child in children
        ]
        if len(children) > 1
        else [],
    }
    if semester is not None:
        week_of = _week_of(request.GET.get("week", ""), semester, today)
        found = selectors.cabinet_of_student(student_id, semester, week_of=week_of, course_ids=door.course_ids, now=now)
        here = f"?semester={semester.pk}&week="
        context |= {
            "cabinet": found,
            "previous_url": f"{here}{found.week.starts_on - timedelta(days=7)}"
            if found.week.starts_on > semester.starts_on
            else "",
            "next_url": f"{here}{found.week.ends_on + timedelta(days=1)}"
            if found.week.ends_on < semester.ends_on
            else "",
            "now_url": "" if found.week.is_present or not _lies_in(today, semester) else f"{here}{today}",
            "semester_tabs": [
                {
                    "label": str(one),
                    "url": f"?semester={one.pk}",
                    "active": one == semester,
                    "count": None,
                }
                for one in semesters
            ]
            if len(semesters) > 1
            else [],
        }
    return render(request, "journal/cabinet.html", context)


def _children(user: Any, *, now: datetime) -> list[Student]:
    """The parent's children, by name."""
    ids = rights_of(user, on=day_of(now)).child_ids
    if not ids:
        return []
    return list(Student.objects.filter(pk__in=ids).select_related("user").order_by("user__sort_key", "pk"))


def _chosen(wanted: str, semesters: list[Semester], today: date) -> Semester | None:
    """The semester asked for, else the one of today, else the newest that has begun, else the first."""
    by_id = {str(semester.pk): semester for semester in semesters}
    if wanted in by_id:
        return by_id[wanted]
    present = semester_on(today) if semesters else None
    if present in semesters:
        return present
    begun = [semester for semester in semesters if semester.starts_on <= today]
    return begun[0] if begun else (semesters[-1] if semesters else None)


def _lies_in(day: date, semester: Semester) -> bool:
    return semester.starts_on <= day <= semester.ends_on


def _week_of(wanted: str, semester: Semester, today: date) -> date:
    """The day whose week is shown: the one asked for, else today, held within the semester."""
    try:
        day = date.fromisoformat(wanted) if len(wanted) == 10 else today
    except ValueError:
        day = today
    return min(max(day, semester.starts_on), semester.ends_on)


def _title(door: StudentDoor) -> str:
    return _("My marks") if door.is_self else door.student.user.get_full_name()


def _cabinet_url(door: StudentDoor) -> str:
    return reverse("cabinet") if door.is_self else reverse("cabinet_of", args=[door.student.pk])
