"""Scans seen from above: marks that differ in a journal, what is odd in a department, the excused who scanned."""

from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from attendance.access import get_excused_scope, get_flag_scope, get_journal_scans
from attendance.selectors.differences import differing_marks
from attendance.selectors.flags import excused_rows, excused_scans
from attendance.selectors.watch import watched_journals
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.htmx import wants_json

PAGE_SIZE = 50
WEEK = timedelta(days=7)
EXCUSED_WINDOW = timedelta(days=60)


def _who(request: HttpRequest) -> tuple[User, datetime]:
    assert isinstance(request.user, User)  # LoginRequiredMiddleware stands before every view
    return request.user, clock.now()


@require_safe
@never_cache
def journal_scans(request: HttpRequest, journal_id: int) -> HttpResponse:
    """Marks of a journal that differ from the scans of the same students; as JSON for the cells of the grid."""
    user, now = _who(request)
    door = get_journal_scans(user, journal_id, now=now)
    semester = door.workload.course.semester
    found = differing_marks([journal_id], since=semester.starts_on, until=semester.ends_on)
    if wants_json(request):
        cells = [{"lesson": one.lesson_id, "student": one.student_id, "words": one.words} for one in found]
        return JsonResponse({"cells": cells})
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "attendance/journal_scans.html", {"journal": door.workload, "page_obj": page_obj})


@require_safe
@never_cache
def scan_flags(request: HttpRequest) -> HttpResponse:
    """A week of a head's department: journals whose students scanned, with what was odd."""
    user, now = _who(request)
    rights = get_flag_scope(user, now=now)
    this_week = _monday(day_of(now))
    monday = min(_monday(_asked_day(request) or this_week), this_week)
    rows = watched_journals(sorted(rights.department_ids), since=monday, until=monday + WEEK - timedelta(days=1))
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    of_week = {} if monday == this_week else {"day": monday.isoformat()}
    context = {
        "page_obj": page_obj,
        "monday": monday,
        "sunday": monday + WEEK - timedelta(days=1),
        "scans": sum(row.scans for row in rows),
        "unproven": sum(row.unproven for row in rows),
        "odd": sum(row.odd for row in rows),
        "differing": sum(row.differing for row in rows),
        "querystring": urlencode(of_week),
        "previous_url": "?" + urlencode({"day": (monday - WEEK).isoformat()}),
        "next_url": "?" + urlencode({"day": (monday + WEEK).isoformat()}) if of_week else "",
        "now_url": request.path if of_week else "",
    }
    return render(request, "attendance/scan_flags.html", context)


@require_safe
@never_cache
def excused_scanned(request: HttpRequest) -> HttpResponse:
    """Students who scanned on days that an excuse of the reader's office covers, of the last sixty days."""
    user, now = _who(request)
    rights = get_excused_scope(user, now=now)
    today = day_of(now)
    found = excused_scans(sorted(rights.unit_ids), since=today - EXCUSED_WINDOW, until=today)
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "rows": excused_rows(list(page_obj.object_list)),
        "since": today - EXCUSED_WINDOW,
    }
    return render(request, "attendance/excused_scanned.html", context)


def _asked_day(request: HttpRequest) -> date | None:
    try:
        asked = parse_date(request.GET.get("day", ""))
    except ValueError:
        return None
    return asked if asked is not None and date(2000, 1, 10) < asked < date(2900, 1, 1) else None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
