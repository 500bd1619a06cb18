"""The day's lessons, for those who watch them."""

from datetime import timedelta
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from attendance.access import get_scope
from attendance.forms import TodayFilter
from attendance.selectors import today as selectors
from ejournal.lib import clock
from ejournal.lib.clock import day_of

PAGE_SIZE = 50
DAYS_BACK = 365
GROUPS_AT_ONCE = 60  # of several units; more are shown a unit at a time


@require_safe
@never_cache
def attendance_today(request: HttpRequest) -> HttpResponse:
    """The lessons of the reader's scope on a day (today, or `day`): figures by unit and group, and the list."""
    assert isinstance(request.user, User)  # LoginRequiredMiddleware stands before every view
    now = clock.now()
    rights = get_scope(request.user, now=now)
    today = day_of(now)
    try:
        asked = parse_date(request.GET.get("day", ""))
    except ValueError:
        asked = None
    day = min(max(asked or today, today - timedelta(days=DAYS_BACK)), today + timedelta(days=DAYS_BACK))
    lines = selectors.lines_of_day(rights, day, now=now)
    form = TodayFilter(request.GET, lines=lines)
    form.is_valid()
    kept = [line for line in lines if form.keeps(line)]
    listed = [line for line in kept if line.face in selectors.UNFILLED] if form.cleaned_data.get("unfilled") else kept
    page_obj = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    chosen = {name: value for name, value in form.cleaned_data.items() if value and name != "day"}
    if "unfilled" in chosen:
        chosen["unfilled"] = "on"
    of_day = {} if day == today else {"day": day.isoformat()}
    units = selectors.parts_of(kept)
    context = {
        "day": day,
        "is_today": day == today,
        "form": form,
        "total": selectors.counts_of(kept),
        "units": units,
        "shows_groups": len(units) == 1 or sum(len(unit.parts) for unit in units) <= GROUPS_AT_ONCE,
        "rows": selectors.rows_of(list(page_obj.object_list)) if listed else [],
        "page_obj": page_obj,
        "querystring": urlencode(chosen | of_day),
        "reset_url": "?" + urlencode(of_day) if form.is_narrowed else "",
        "unit_query": urlencode({name: value for name, value in chosen.items() if name == "unfilled"} | of_day),
        "previous_url": "?" + urlencode(chosen | {"day": (day - timedelta(days=1)).isoformat()}),
        "next_url": "?" + urlencode(chosen | {"day": (day + timedelta(days=1)).isoformat()}),
        "now_url": "" if day == today else "?" + urlencode(chosen),
    }
    return render(request, "attendance/attendance_today.html", context)
