"""Lists: of a group divided into subgroups, of a course, of a journal with the teacher's word (§3.5b, §7.5)."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.access import get_journal
from journal.permissions import JournalDoor
from journal.services import carry_out_order
from teaching.access import get_course, get_group, get_reach
from teaching.enums import OrderKind, ReportKind
from teaching.forms.orders import CourseStudentForm, PaperForm, starting_paper
from teaching.forms.rosters import ReportForm
from teaching.models import Course
from teaching.rules import halves
from teaching.selectors.rosters import last_check, reports_on, standing_list
from teaching.selectors.students import divided_list, list_of_course
from teaching.services.orders import OrderDraft
from teaching.services.rosters import confirm_list, report_list
from university.selectors import semester_on


@require_http_methods(["GET", "HEAD", "POST"])
def subgroups(request: HttpRequest, group_id: int) -> HttpResponse:
    """How a group is divided: for all courses, or (`?course=`) for one; POST divides it from a day on."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_group(user, group_id, now=now)
    today = clock.day_of(now)
    semester = semester_on(today)
    courses = list(
        Course.objects.filter(group=door.group, semester=semester)
        .select_related("discipline")
        .order_by("discipline__sort_key", "id")
    )
    sent = request.POST if request.method == "POST" else request.GET
    course = next((course for course in courses if str(course.pk) == sent.get("course", "")), None)
    if sent.get("course") and course is None:
        raise Http404
    rows = divided_list(door.group, course=course, on=today)
    numbers = sorted(door.group.subgroups.values_list("number", flat=True))
    wanted: dict[int, int | None] = {row.student_id: row.subgroup for row in rows}
    if request.method != "POST" and "halve" in request.GET and len(numbers) >= 2:
        for number, half in zip(numbers, halves([row.student_id for row in rows]), strict=False):
            wanted.update(dict.fromkeys(half, number))
    form = PaperForm(request.POST if request.method == "POST" else None, initial=starting_paper(today))
    error: Refusal | None = None
    if request.method == "POST":
        if not door.can_manage:
            raise PermissionDenied
        reach = get_reach(user, now=now)
        wanted = {
            row.student_id: int(typed) if (typed := sent.get(f"s{row.student_id}", "")) in map(str, numbers) else None
            for row in rows
        }
        changed = {row.student_id: wanted[row.student_id] for row in rows if wanted[row.student_id] != row.subgroup}
        if not changed:
            messages.info(request, _("Nothing was changed."))
            return redirect("subgroups", group_id=door.group.pk)
        if form.is_valid():
            try:
                made = carry_out_order(
                    draft=OrderDraft(
                        kind=OrderKind.SUBGROUP,
                        students=tuple(changed),
                        subgroups=changed,
                        course=course,
                        **form.cleaned_data,
                    ),
                    reach=reach,
                    by=user,
                    now=now,
                )
            except Refusal as refusal:
                error = refusal
            else:
                messages.success(request, _("The group is divided."))
                return redirect("order", order_id=made.pk)
    return render(
        request,
        "journal/subgroups.html",
        {
            "group": door.group,
            "door": door,
            "courses": courses,
            "course": course,
            "rows": [(row, wanted[row.student_id]) for row in rows],
            "numbers": numbers,
            "form": form,
            **_said(error),
        },
        status=_status(request, error),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def course_students(request: HttpRequest, course_id: int) -> HttpResponse:
    """Who is on a course and on what grounds; POST adds a student of any group, exempts one, ends his place."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_course(user, course_id, now=now)
    today = clock.day_of(now)
    form = CourseStudentForm(
        request.POST if request.method == "POST" else None,
        initial={**starting_paper(today), "book": request.GET.get("book", "")},
    )
    error: Refusal | None = None
    if request.method == "POST":
        if not door.can_manage:
            raise PermissionDenied
        if form.is_valid():
            typed = dict(form.cleaned_data)
            kind, student = OrderKind(typed.pop("kind")), typed.pop("book")
            try:
                carry_out_order(
                    draft=OrderDraft(kind=kind, students=(student,), course=door.course, **typed),
                    reach=get_reach(user, now=now),
                    by=user,
                    now=now,
                )
            except Refusal as refusal:
                error = refusal
            else:
                messages.success(request, _("The list of the course is changed."))
                return redirect("course_students", course_id=door.course.pk)
    return render(
        request,
        "journal/course_students.html",
        {
            "course": door.course,
            "door": door,
            "rows": list_of_course(door.course),
            "form": form,
            "today": today,
            **_said(error),
        },
        status=_status(request, error),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def journal_roster(request: HttpRequest, journal_id: int) -> HttpResponse:
    """A journal's list: the keeper confirms it or reports what is wrong; readers see both."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_journal(user, journal_id, now=now)
    members = standing_list(door.workload, on=clock.day_of(now))
    reporting = request.method == "POST" and request.POST.get("deed") == "report"
    form = ReportForm(request.POST if reporting else None, members=members)
    error: Refusal | None = None
    if request.method == "POST":
        if not door.is_keeper:
            raise PermissionDenied
        try:
            if _say(request, door, form, user, now=now):
                return redirect("journal_roster", journal_id=door.workload.pk)
        except Refusal as refusal:
            error = refusal
    check = last_check(door.workload)
    standing = sorted(member.student_id for member in members)
    known = set(check.students) if check is not None else set()
    return render(
        request,
        "journal/journal_roster.html",
        {
            "journal": door.workload,
            "door": door,
            "members": members,
            "check": check,
            "is_confirmed": check is not None and check.students == standing,
            "newcomers": {pk for pk in standing if check is not None and pk not in known},
            "gone": len(known - set(standing)),
            "reports": reports_on(door.workload),
            "form": form,
            **_said(error),
        },
        status=_status(request, error),
    )


def _say(request: HttpRequest, door: JournalDoor, form: ReportForm, user: User, *, now: datetime) -> bool:
    """Do what the keeper's form asks; whether it was done."""
    if request.POST.get("deed") == "confirm":
        shown = [int(pk) for pk in request.POST.get("shown", "").split(",") if pk.isascii() and pk.isdecimal()]
        confirm_list(workload=door.workload, shown=shown, by=user, now=now)
        messages.success(request, _("The list is confirmed."))
        return True
    if request.POST.get("deed") != "report" or not form.is_valid():
        return False
    typed = form.cleaned_data
    report_list(
        workload=door.workload,
        kind=ReportKind(typed["kind"]),
        student_id=typed["student"],
        typed_name=typed["typed_name"],
        text=typed["text"],
        by=user,
        now=now,
    )
    messages.success(request, _("The dean's office is told."))
    return True


def _said(error: Refusal | None) -> dict[str, Any]:
    return {
        "error": str(error) if error is not None else "",
        "problems": error.extra.get("problems", ()) if error is not None else (),
    }


def _status(request: HttpRequest, error: Refusal | None) -> int:
    if error is not None:
        return error.status
    return 422 if request.method == "POST" else 200
