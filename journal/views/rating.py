"""Points of a course: the table, a student's with their reasons, a column that is typed (§3.5d–f, §4.3)."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Student, User
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from journal.access import get_course_points, get_course_points_for_typing
from journal.forms.rating import read_points_column
from journal.models import ModulePoint
from journal.permissions import PointsDoor
from journal.selectors.rating import column_of, points_by, scheme_of, spans_of, students_in, students_reopened
from journal.selectors.rating_pages import part_name, points_table, typing_rows, why
from journal.services.rating_points import TypedPoint, enter_points
from journal.services.typed import TypedProblem
from teaching.models import Workload


@require_safe
def course_points(request: HttpRequest, course_id: int) -> HttpResponse:
    """Students down, the parts of each module across, what is earned, possible and lost."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_course_points(user, course_id, now=now)
    table = points_table(door.course, on=day_of(now))
    kept = Workload.objects.visible_to(user, on=day_of(now)).filter(course=door.course)
    context = {
        "door": door,
        "course": door.course,
        "table": table,
        "journals": kept.select_related("subgroup").order_by("pk"),
    }
    return render(request, "journal/course_points.html", context)


@require_safe
def course_points_why(request: HttpRequest, course_id: int, student_id: int) -> HttpResponse:
    """One student's points in a course, each with what it was counted from."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_course_points(user, course_id, now=now)
    scheme = scheme_of(door.course)
    spans = spans_of(door.course, scheme)
    points = points_by(door.course, scheme, spans, on=day_of(now)).get(student_id)
    if points is None:
        raise Http404
    context = {
        "door": door,
        "course": door.course,
        "student": Student.objects.select_related("user").get(pk=student_id),
        "scheme": scheme,
        "points": points,
        "modules": why(scheme, points),
    }
    return render(request, "journal/course_points_why.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def course_points_type(request: HttpRequest, course_id: int, module_id: int, component: str) -> HttpResponse:
    """The points of one column, in one form; each saved against the version that was shown."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_course_points_for_typing(user, course_id, now=now)
    if component not in ModulePoint.TYPED:
        raise Http404
    if request.method != "POST":
        return _column_page(request, door, module_id, component, now=now)
    column = column_of(door.course, module_id, component)
    if column is None:
        raise Http404
    rows = typing_rows(course_id, column, students_in(course_id, column.span))
    typed = read_points_column(request.POST, rows)
    try:
        saved = enter_points(
            course_id=course_id,
            module_id=module_id,
            component=column.component,
            typed=typed,
            reason=request.POST.get("reason", ""),
            by=user,
            now=now,
        )
    except Refusal as refusal:
        return _column_page(
            request, door, module_id, component, now=now, typed=typed, error=str(refusal), status=refusal.status
        )
    if saved.problems:
        return _column_page(
            request,
            door,
            module_id,
            component,
            now=now,
            typed=typed,
            problems=saved.problems,
            saved=saved.saved,
            status=saved.status,
        )
    messages.success(
        request,
        ngettext("Points of %(count)s student saved.", "Points of %(count)s students saved.", saved.saved)
        % {"count": saved.saved},
    )
    return redirect("course_points", course_id=course_id)


def _column_page(
    request: HttpRequest,
    door: PointsDoor,
    module_id: int,
    component: str,
    *,
    now: datetime,
    typed: Sequence[TypedPoint] = (),
    problems: Sequence[TypedProblem] = (),
    saved: int = 0,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    column = column_of(door.course, module_id, component)
    if column is None:
        raise Http404
    reopened = students_reopened(door.course.pk, column.span, now=now) if column.sheet is not None else set()
    wrong = {problem.student_id: problem for problem in problems}
    # What was refused stays in its field; what was saved is shown as it stands.
    kept = {one.student_id: one.text for one in typed if error or one.student_id in wrong}
    rows = typing_rows(door.course.pk, column, students_in(door.course.pk, column.span))
    context = {
        "course": door.course,
        "column": column,
        "name": part_name(column.names, column.component),
        "rows": [
            {
                "row": row,
                "typed": kept.get(row.student_id, row.shown),
                "problem": wrong.get(row.student_id),
                "is_open": column.sheet is None or row.student_id in reopened,
            }
            for row in rows
        ],
        "can_save": not column.has_tasks and (column.sheet is None or bool(reopened)),
        "reason": request.POST.get("reason", ""),
        "saved": saved,
        "error": error,
    }
    return render(request, "journal/course_points_type.html", context, status=status)
