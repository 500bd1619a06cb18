"""Several journals on one page: a whole course, a stream."""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from accounts.models import User
from ejournal.lib import clock
from journal.access import get_journals_of_course, get_journals_of_stream
from journal.permissions import JournalDoor
from journal.selectors.grid import Grid
from journal.selectors.sheet import course_grid, stream_grid
from teaching.models import Workload


@ensure_csrf_cookie
@require_safe
def course_journal(request: HttpRequest, course_id: int) -> HttpResponse:
    """The lessons of all kinds of a course side by side; those of colleagues are only read (§3.5a–c)."""
    now = clock.now()
    user = request.user
    assert isinstance(user, User)
    doors = get_journals_of_course(user, course_id, now=now)
    grid = course_grid(doors, user=user, now=now)
    return _show(request, doors[0].workload, doors, grid, now=now, is_stream=False)


@ensure_csrf_cookie
@require_safe
def stream_journal(request: HttpRequest, journal_id: int) -> HttpResponse:
    """The journals of a stream as one grid: a meeting is filled once, group under group (§3.5a–c)."""
    now = clock.now()
    user = request.user
    assert isinstance(user, User)
    doors = get_journals_of_stream(user, journal_id, now=now)
    grid = stream_grid(doors, user=user, now=now)
    own = next(door.workload for door in doors if door.workload.id == journal_id)
    return _show(request, own, doors, grid, now=now, is_stream=True)


def _show(
    request: HttpRequest, journal: Workload, doors: Sequence[JournalDoor], grid: Grid, *, now: datetime, is_stream: bool
) -> HttpResponse:
    return render(
        request,
        "journal/wide.html",
        {
            "journal": journal,
            "doors": doors,
            "grid": grid,
            "today": clock.day_of(now),
            "months": [(f"{month:%Y-%m}", date_format(month, "F Y")) for month in grid.months],
            "appeals_url": f"{reverse('appeals')}?show=open",
            "is_stream": is_stream,
        },
    )
