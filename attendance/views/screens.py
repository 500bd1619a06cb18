"""The screens: that of an auditorium, paired once, and the teacher's own. No code of a step to come is ever sent."""

import secrets
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from attendance.access import get_lesson_to_show
from attendance.selectors.displays import PairedDisplay, Screen, display_of, screen_of_display, screen_of_lesson
from attendance.services.rooms import PAIRING_LIFE, claim_display, hash_of_token, is_typed, note_seen, pairing_code
from ejournal.lib import clock

NONCE_COOKIE, KEY_COOKIE = "display_pairing", "display_key"
_SALT = "attendance.display"
_YEARS = 5 * 365 * 24 * 3600


# A screen has no login: the key in its cookie, given once after the office typed its code, is what lets it in.
@login_not_required
@require_safe
@never_cache
def display(request: HttpRequest) -> HttpResponse:
    """A paired screen's auditorium; to any other device a short code for the office, and nothing else."""
    now = clock.now()
    found = _display(request, on=clock.day_of(now))
    if found is not None:
        note_seen(display_id=found.id, seen_at=found.last_seen_at, now=now)
        screen = screen_of_display(found, base=request.build_absolute_uri("/"), now=now)
        return _page(request, screen, name=found.name, poll_url="/display/code/")
    nonce = _signed(request, NONCE_COOKIE, seconds=int(PAIRING_LIFE.total_seconds()))
    kept = nonce or secrets.token_urlsafe(16)
    code = pairing_code(kept)
    response = render(
        request,
        "attendance/display_pairing.html",
        {"code": f"{code[:4]} {code[4:]}", "is_typed": bool(nonce) and is_typed(kept, now=now)},
    )
    response["Refresh"] = "5"  # until the office has typed it; no script is needed
    if not nonce:
        _keep(response, NONCE_COOKIE, kept, seconds=int(PAIRING_LIFE.total_seconds()))
    return response


@login_not_required
@require_POST
def display_start(request: HttpRequest) -> HttpResponse:
    """The device takes its key, once, after the office typed its code."""
    nonce = _signed(request, NONCE_COOKIE, seconds=int(PAIRING_LIFE.total_seconds()))
    token = claim_display(nonce=nonce, now=clock.now()) if nonce else None
    response = redirect("display")
    if token is not None:
        _keep(response, KEY_COOKIE, token, seconds=_YEARS)
        response.delete_cookie(NONCE_COOKIE, path="/display/", samesite="Lax")
    return response


@login_not_required
@require_safe
def display_code(request: HttpRequest) -> HttpResponse:
    """What stands on the screen in this step; 304 while it does not change, 404 to a device that is not paired."""
    now = clock.now()
    found = _display(request, on=clock.day_of(now))
    if found is None:
        raise Http404
    note_seen(display_id=found.id, seen_at=found.last_seen_at, now=now)
    return _now(request, screen_of_display(found, base=request.build_absolute_uri("/"), now=now))


@require_safe
@never_cache
def lesson_code(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The code on the teacher's own screen or projector."""
    assert isinstance(request.user, User)  # LoginRequiredMiddleware stands before every view
    now = clock.now()
    lesson = get_lesson_to_show(request.user, lesson_id, now=now)
    screen = screen_of_lesson(lesson, base=request.build_absolute_uri("/"), now=now)
    return _page(request, screen, name="", poll_url=f"{request.path}now/", back_url=f"/lessons/{lesson.pk}/")


@require_safe
def lesson_code_now(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """What stands there in this step; 304 while it does not change."""
    assert isinstance(request.user, User)
    now = clock.now()
    lesson = get_lesson_to_show(request.user, lesson_id, now=now)
    return _now(request, screen_of_lesson(lesson, base=request.build_absolute_uri("/"), now=now))


def _page(request: HttpRequest, screen: Screen, *, name: str, poll_url: str, back_url: str = "") -> HttpResponse:
    context: dict[str, Any] = {"screen": screen, "name": name, "poll_url": poll_url, "back_url": back_url}
    return render(request, "attendance/display.html", context)


def _now(request: HttpRequest, screen: Screen) -> HttpResponse:
    etag = quote_etag(f"{screen.tag}-{request.LANGUAGE_CODE}")
    answer: HttpResponse | None = get_conditional_response(request, etag=etag)
    if answer is None:
        # Without the request: the frame's own questions to the database are not asked.
        answer = HttpResponse(render_to_string("attendance/display_now.html", {"screen": screen}))
        answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Next-Step"] = str(screen.next_step)
    return answer


def _display(request: HttpRequest, *, on: date) -> PairedDisplay | None:
    token = _signed(request, KEY_COOKIE, seconds=_YEARS)
    return display_of(hash_of_token(token), on=on) if token else None


def _signed(request: HttpRequest, cookie: str, *, seconds: int) -> str:
    """A cookie of ours, as we wrote it; "" where there is none or it is too old."""
    try:
        return TimestampSigner(salt=f"{_SALT}.{cookie}").unsign(request.COOKIES.get(cookie, ""), max_age=seconds)
    except BadSignature:
        return ""


def _keep(response: HttpResponse, cookie: str, value: str, *, seconds: int) -> None:
    response.set_cookie(
        cookie,
        TimestampSigner(salt=f"{_SALT}.{cookie}").sign(value),
        max_age=seconds,
        path="/display/",
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )
