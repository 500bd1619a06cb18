"""Holidays of the calendar, and rooms that are free at a moment."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from teaching.access.changes import (
    get_changes_reader,
    get_holiday_keeper,
)
from teaching.forms.changes import (
    HolidayForm,
    MomentForm,
)
from teaching.selectors.rooms import free_rooms
from teaching.services.calendar import declare_holiday, withdraw_holiday
from teaching.services.change_judging import Place, moments_of
from teaching.views.changes import PAGE_SIZE, user_of
from university.models import Holiday


@require_http_methods(["GET", "HEAD", "POST"])
def holidays(request: HttpRequest) -> HttpResponse:
    """The calendar's holidays: enter one, take one back."""
    now = clock.now()
    user = user_of(request)
    get_holiday_keeper(user, now=now)
    form = HolidayForm(request.POST if request.method == "POST" else None)
    problem, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = declare_holiday(by=user, now=now, **form.cleaned_data)
                _say_declared(request, done.cancelled, done.standing)
                return redirect("holidays")
            except Refusal as refusal:
                problem, status = str(refusal), refusal.status
    page = Paginator(Holiday.objects.order_by("-day"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "problem": problem, "page_obj": page, "today": clock.day_of(now)}
    return render(request, "teaching/holidays.html", context, status=status)


def _say_declared(request: HttpRequest, cancelled: int, standing: int) -> None:
    messages.success(
        request,
        ngettext("%(count)s lesson is cancelled.", "%(count)s lessons are cancelled.", cancelled)
        % {"count": cancelled},
    )
    if standing:
        messages.warning(
            request,
            ngettext(
                "%(count)s lesson of that day was held already and stands.",
                "%(count)s lessons of that day were held already and stand.",
                standing,
            )
            % {"count": standing},
        )


@require_POST
def holiday_withdraw(request: HttpRequest, holiday_id: int) -> HttpResponse:
    """Take a holiday back: its lessons return."""
    now = clock.now()
    user = user_of(request)
    get_holiday_keeper(user, now=now)
    holiday = get_object_or_404(Holiday, pk=holiday_id)
    try:
        withdraw_holiday(holiday_id=holiday.pk, by=user, now=now)
        messages.success(request, _("The holiday is taken back, its lessons have returned."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("holidays")


@require_safe
def rooms(request: HttpRequest) -> HttpResponse:
    """Rooms that are free at a pair of a day, with their seats."""
    now = clock.now()
    get_changes_reader(user_of(request), now=now)
    form = MomentForm(request.GET) if "day" in request.GET else MomentForm(initial={"day": clock.day_of(now)})
    found = None
    problem = ""
    if form.is_bound and form.is_valid():
        try:
            starts_at, ends_at = moments_of(Place(form.cleaned_data["day"], form.cleaned_data["pair"]))
            found = [
                [room.code, room.building, str(room.seats) if room.seats is not None else "—"]
                for room in free_rooms(starts_at=starts_at, ends_at=ends_at)
            ]
        except Refusal as refusal:
            problem = str(refusal)
    return render(request, "teaching/free_rooms.html", {"form": form, "rows": found, "problem": problem})
