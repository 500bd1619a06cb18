"""Calendar feeds: the page of one's keys, and what a key gives to a calendar program."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from teaching.access import (
    get_calendar_key,
    get_feed,
    get_group_timetable,
    get_room_timetable,
    get_student_timetable,
    get_teacher_timetable,
)
from teaching.enums import TimetableOf
from teaching.permissions import TimetableDoor
from teaching.selectors.calendars import calendars_of
from teaching.selectors.feeds import feed_of
from teaching.services.calendars import make_calendar, note_use, revoke_calendar


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendars(request: HttpRequest) -> HttpResponse:
    """The person's keys; POST makes one of what `of` (and `id`, of a group or an auditorium) names."""
    user, now = _acting(request), clock.now()
    rights = rights_of(user, on=clock.day_of(now))
    if request.method == "POST":
        door = _named(user, request.POST.get("of", ""), request.POST.get("id", ""))
        try:
            make_calendar(door, by=user, now=now)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return _page(request, user, rights.teacher_id, rights.student_id, status=refusal.status)
        messages.success(request, _("The calendar is ready: give its address to your calendar program."))
        return redirect("calendars")
    return _page(request, user, rights.teacher_id, rights.student_id)


def _page(
    request: HttpRequest, user: User, teacher_id: int | None, student_id: int | None, *, status: int = 200
) -> HttpResponse:
    rows = calendars_of(user, base=request.build_absolute_uri("/"))
    there = {row.what for row in rows}
    context = {
        "rows": rows,
        "offers_teacher": teacher_id is not None and TimetableOf.TEACHER not in there,
        "offers_student": student_id is not None and TimetableOf.STUDENT not in there,
    }
    return render(request, "teaching/calendars.html", context, status=status)


def _named(user: User, of: str, wanted_id: str) -> TimetableDoor:
    """The timetable that a form names, through its door."""
    now = clock.now()
    rights = rights_of(user, on=clock.day_of(now))
    if of == TimetableOf.TEACHER and rights.teacher_id is not None:
        return get_teacher_timetable(user, rights.teacher_id, now=now)
    if of == TimetableOf.STUDENT and rights.student_id is not None:
        return get_student_timetable(user, rights.student_id, now=now)
    if not (wanted_id.isascii() and wanted_id.isdigit() and len(wanted_id) < 16):
        raise Http404
    if of == TimetableOf.GROUP:
        return get_group_timetable(user, int(wanted_id), now=now)
    if of == TimetableOf.ROOM:
        return get_room_timetable(user, int(wanted_id), now=now)
    raise Http404


@require_POST
def calendar_revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """Take a key back; the address answers 404 from now on."""
    revoke_calendar(get_calendar_key(_acting(request), key_id), now=clock.now())
    messages.success(request, _("The calendar is revoked: its address opens nothing any more."))
    return redirect("calendars")


# A calendar program cannot log in: the key in the address, 192 random bits, is what lets it in.
@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The timetable of a key as iCalendar; 304 where the program has it already, 404 for a key that is none."""
    now = clock.now()
    key, door = get_feed(secret, now=now)
    with translation.override(key.owner.language or "ky"):
        body = feed_of(door, now=now)
    note_use(key, now=now)
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="timetable.ics"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=900"
    response["Referrer-Policy"] = "no-referrer"
    answer = get_conditional_response(request, etag=etag, response=response)
    assert isinstance(answer, HttpResponse)
    return answer


def _acting(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # LoginRequiredMiddleware stands before every view
    return request.user
