"""A student's points: over all disciplines, and in one with the reasons of each number (§3.5d–f, §3.8, §4.2)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from journal.selectors import cabinet
from journal.selectors.rating import points_of_student
from journal.selectors.rating_pages import courses_with_points, why
from teaching.access import get_student
from teaching.permissions import StudentDoor
from university.selectors import semester_on


@require_safe
@never_cache
def cabinet_points(request: HttpRequest, student_id: int) -> HttpResponse:
    """Each discipline of a semester: earned, still possible, lost. `?semester=` names another than today's."""
    assert isinstance(request.user, User)
    now = clock.now()
    door = get_student(request.user, student_id, now=now)
    today = day_of(now)
    semesters = cabinet.semesters_of_student(student_id, course_ids=door.course_ids)
    wanted = {str(one.pk): one for one in semesters}.get(request.GET.get("semester", ""))
    semester = (
        wanted or next((one for one in semesters if one == semester_on(today)), None) or next(iter(semesters), None)
    )
    courses = courses_with_points(student_id, semester, course_ids=door.course_ids) if semester is not None else []
    context = {
        "door": door,
        "semester": semester,
        "semester_tabs": [
            {"label": str(one), "url": f"?semester={one.pk}", "active": one == semester, "count": None}
            for one in semesters
        ]
        if len(semesters) > 1
        else [],
        "lines": points_of_student(student_id, courses, on=today),
        "crumbs": [*_crumbs(door), (_("Points"), None)],
    }
    return render(request, "journal/cabinet_points.html", context)


@require_safe
@never_cache
def cabinet_course_points(request: HttpRequest, student_id: int, course_id: int) -> HttpResponse:
    """One discipline: each number with what it was counted from. A course that the reader may not see is 404."""
    assert isinstance(request.user, User)
    now = clock.now()
    door = get_student(request.user, student_id, now=now)
    course = cabinet.course_of(student_id, course_id)
    if course is None or (door.course_ids is not None and course_id not in door.course_ids):
        raise Http404
    (line,) = points_of_student(student_id, [course], on=day_of(now))
    context = {
        "door": door,
        "course": course,
        "scheme": line.scheme,
        "points": line.points,
        "modules": why(line.scheme, line.points),
        "crumbs": [
            *_crumbs(door),
            (_("Points"), reverse("cabinet_points", args=[student_id])),
            (course.discipline.name, None),
        ],
    }
    return render(request, "journal/cabinet_course_points.html", context)


def _crumbs(door: StudentDoor) -> list[tuple[str, str | None]]:
    if door.is_self:
        return [(_("My marks"), reverse("cabinet"))]
    return [(door.student.user.get_full_name(), reverse("cabinet_of", args=[door.student.pk]))]
