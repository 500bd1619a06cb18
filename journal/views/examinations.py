"""The timetable of exams and credit tests, and commissions (§5.2)."""

from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from ejournal.lib.numbers import row_id
from journal.access import get_commission_units, get_exam_list, get_exam_planner, get_exam_to_cancel
from journal.forms.results import CommissionForm, ExamForm, GroupSearch, ReasonForm
from journal.permissions import plans_exams
from journal.selectors.examinations import commissions_of, exam_list
from journal.services.examinations import attempts_of, cancel_exam, name_commission, plan_exam
from teaching.models import Course
from university.models import Group
from university.selectors import semester_on

PAGE_SIZE = 40
MOST_GROUPS = 20


@require_safe
def exams(request: HttpRequest) -> HttpResponse:
    """Exams that the person reads, by day: those to come, or with `show=past` those that were."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    rights = get_exam_list(user, now=now)
    show = "past" if request.GET.get("show") == "past" else ""
    page = Paginator(exam_list(user, show=show, on=day_of(now)), PAGE_SIZE).get_page(request.GET.get("page"))
    days = [(day, list(of_day)) for day, of_day in groupby(page.object_list, key=lambda exam: exam.date)]
    context = {
        "page_obj": page,
        "days": days,
        "show": show,
        "can_plan": plans_exams(rights),
        "querystring": f"show={show}" if show else "",
    }
    return render(request, "journal/exams.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def exam_new(request: HttpRequest) -> HttpResponse:
    """Plan an exam: first the group, then its course, then when, where and by whom."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    get_exam_planner(user, now=now)
    course = _course(request.GET.get("course"))
    if course is None:
        return _choose(request, now=now)
    facts: dict[str, Any] = {"course": course, "attempts": attempts_of(course, on=day_of(now)), "on": day_of(now)}
    if request.method != "POST":
        return _show_form(request, course, ExamForm(initial={"minutes": 120, "examiner": course.lead_id}, **facts))
    form = ExamForm(request.POST, **facts)
    if not form.is_valid():
        return _show_form(request, course, form, status=422)
    try:
        plan_exam(
            course=course,
            starts_at=form.starts_at,
            ends_at=form.ends_at,
            room=form.cleaned_data["room"],
            examiner=form.cleaned_data["examiner"],
            attempt=form.cleaned_data["attempt"],
            by=user,
            now=now,
        )
    except Refusal as refusal:
        return _show_form(request, course, form, error=str(refusal), status=refusal.status)
    messages.success(request, _("The exam stands in the timetable; students and the examiner are told."))
    return redirect("exams")


def _course(text: str | None) -> Course | None:
    pk = row_id(text)
    if pk is None:
        return None
    return Course.objects.select_related("discipline", "group__unit", "semester__year", "lead").filter(pk=pk).first()


def _choose(request: HttpRequest, *, now: datetime) -> HttpResponse:
    form = GroupSearch(request.GET or None)
    semester = semester_on(day_of(now))
    groups: list[Group] = []
    if form.is_valid():
        named = Group.objects.filter(name__icontains=form.cleaned_data["group"]).order_by("sort_key", "id")
        groups = list(named[:MOST_GROUPS])
    courses = (
        Course.objects.filter(group__in=groups, semester=semester)
        .select_related("discipline", "group")
        .order_by("group__sort_key", "discipline__sort_key", "id")
    )
    of_group = [(group, list(found)) for group, found in groupby(courses, key=lambda course: course.group)]
    context = {"form": form, "of_group": of_group, "semester": semester, "searched": form.is_bound}
    return render(request, "journal/exam_choose.html", context)


def _show_form(
    request: HttpRequest, course: Course, form: ExamForm, *, error: str = "", status: int = 200
) -> HttpResponse:
    context = {"course": course, "form": form, "error": error}
    return render(request, "journal/exam_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def exam_cancel(request: HttpRequest, exam_id: int) -> HttpResponse:
    """Take an exam out of the timetable, with the reason."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    exam = get_exam_to_cancel(user, exam_id, now=now)
    form = ReasonForm(request.POST or None)
    error, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                cancel_exam(exam_id=exam.pk, reason=form.cleaned_data["reason"], by=user, now=now)
            except Refusal as refusal:
                error, status = str(refusal), refusal.status
            else:
                messages.success(request, _("The exam is cancelled; students and the examiner are told."))
                return redirect("exams")
    return render(request, "journal/exam_cancel.html", {"exam": exam, "form": form, "error": error}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def commissions(request: HttpRequest) -> HttpResponse:
    """Commissions of the person's unit; POST names a new one."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    unit_ids = get_commission_units(user, now=now)
    facts: dict[str, Any] = {"unit_ids": unit_ids, "on": day_of(now)}
    form, error, status = CommissionForm(**facts), "", 200
    if request.method == "POST":
        form, status = CommissionForm(request.POST, **facts), 422
        if form.is_valid():
            try:
                name_commission(**form.cleaned_data, by=user, now=now)
            except Refusal as refusal:
                error, status = str(refusal), refusal.status
            else:
                messages.success(request, _("The commission is named."))
                return redirect("commissions")
    page = Paginator(commissions_of(unit_ids), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "journal/commissions.html",
        {"page_obj": page, "form": form, "error": error, "querystring": ""},
        status=status,
    )
