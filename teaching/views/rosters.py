"""Lists that wait for a teacher's word, and reports that wait for the dean's office (§7.5)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import Role
from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from teaching.access import get_report, get_rosters_scope
from teaching.forms.rosters import AnswerForm
from teaching.selectors import rosters as selectors
from teaching.services.rosters import settle_report

PAGE_SIZE = 30


@require_safe
def rosters(request: HttpRequest) -> HttpResponse:
    """A teacher's own lists; for offices and heads the open reports of their scope and the count by department."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    rights = get_rosters_scope(user, now=now)
    today = clock.day_of(now)
    watches = rights.sees_everything or rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.HEAD)
    reports = selectors.reports_in_scope(user, rights, on=today).filter(settled_at__isnull=True)
    page = Paginator(reports.order_by("reported_at", "id"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "teaching/rosters.html",
        {
            "own": selectors.own_lists(user.id, on=today) if rights.teacher_id is not None else [],
            "watches": watches,
            "page_obj": page if watches else None,
            "departments": selectors.lists_by_department(rights, on=today) if watches else [],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def roster_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report; POST settles it with an answer."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_report(user, report_id, now=now)
    form = AnswerForm(request.POST or None)
    error, status = "", 200
    if request.method == "POST":
        if not door.can_settle:
            raise PermissionDenied
        status = 422
        if form.is_valid():
            try:
                settle_report(report=door.report, answer=form.cleaned_data["answer"], by=user, now=now)
            except Refusal as refusal:
                error, status = str(refusal), refusal.status
            else:
                messages.success(request, _("The report is settled; the teacher is told."))
                return redirect("rosters")
    return render(
        request,
        "teaching/roster_report.html",
        {"report": door.report, "door": door, "form": form, "error": error},
        status=status,
    )
