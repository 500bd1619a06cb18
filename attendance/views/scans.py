"""Scanning: the address of a code, and the page for telephones whose camera opens none (§4.2). GET never writes.

The pages of an address are drawn without the frame of the house: a whole university opens them within minutes.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import rights_of
from attendance.enums import ScanCode, ScanMethod
from attendance.forms import TypedForm
from attendance.rules.scans import TRY_WINDOW, Place
from attendance.selectors.codes import Code, find_code
from attendance.services.claims import (
    Claim,
    device_hash,
    keep_claim,
    keep_device,
    make_claim,
    new_device,
    read_claim,
    read_device,
)
from attendance.services.scans import (
    Answer,
    plain_answer,
    preview_scan,
    record_scan,
    record_typed,
    refuse_without_claim,
)
from ejournal.lib import clock
from ejournal.lib.addresses import client_address, is_within
from ejournal.lib.clock import day_of
from ejournal.lib.htmx import wants_json

BY_PAGE = "page"  # ?by=page: our own scanner read the code
TONES = {ScanCode.COUNTED: "success", ScanCode.ALREADY: "success", ScanCode.LATE: "warning", ScanCode.TWO_FIT: "info"}
ICONS = {"success": "check-circle-fill", "warning": "clock-history", "info": "question-circle", "danger": "x-circle"}


# The code is proven before the login, so that it does not run out on the login page.
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def scan_link(request: HttpRequest, code: str) -> HttpResponse:
    """What a code says (`<room>`, `<room>.<step>`): a GET proves it and shows the lesson, a POST records the scan."""
    now = clock.now()
    user = request.user if isinstance(request.user, User) else None
    token = read_device(request)
    kept = token or new_device()
    if request.method != "POST":
        response = _look(request, code, user=user, device=device_hash(kept), now=now)
    elif user is None:
        response = _to_login(request)
    else:
        response = _record(request, code, user=user, device=device_hash(kept), now=now)
    if not token:
        keep_device(response, kept)
    return response


def _look(request: HttpRequest, code: str, *, user: User | None, device: str, now: datetime) -> HttpResponse:
    public, _, step = code.partition(".")
    found = find_code(public, on=day_of(now))
    if found is None:
        return _respond(request, plain_answer(ScanCode.UNKNOWN))
    claim = _claim_of(request, found, step, user=user, device=device, now=now)
    if user is None:
        if claim is None:  # no need to log in to learn that
            return _respond(request, plain_answer(ScanCode.CODE_OLD), status=200)
        response = _to_login(request)
    elif claim is None:
        response = _respond(request, plain_answer(ScanCode.CODE_OLD), status=200, asks=True)
    else:
        claim = claim.bound_to(user.id)
        answer = preview_scan(user_id=user.id, claim=claim, now=now)
        if answer.code == ScanCode.NOT_A_STUDENT:
            return _respond(request, answer)
        response = _respond(request, answer, status=200, asks=True)
    if claim is not None:
        keep_claim(response, claim)
    return response


def _claim_of(
    request: HttpRequest, code: Code, step: str, *, user: User | None, device: str, now: datetime
) -> Claim | None:
    """The living claim of this browser and account, or a new one where the code proves something now.

    The older claim stays while it is worth as much: who had to log in first is not late by it.
    """
    kept = read_claim(request, public=code.public, device=device, now=now)
    if kept is not None and user is not None and not kept.is_of(user.id):
        kept = None
    proof = code.proof_of(step, now=now)
    if proof is None or (kept is not None and not kept.used and kept.is_worth(proof)):
        return kept
    return make_claim(
        public=code.public,
        place=Place(code.room_id, code.lesson_id),
        proof=proof,
        method=ScanMethod.IN_PAGE if request.GET.get("by") == BY_PAGE else ScanMethod.CAMERA,
        device=device,
        now=now,
    )


def _record(request: HttpRequest, code: str, *, user: User, device: str, now: datetime) -> HttpResponse:
    public = code.partition(".")[0]
    claim = read_claim(request, public=public, device=device, now=now)
    if claim is None or not claim.is_of(user.id):
        found = find_code(public, on=day_of(now))
        answer = refuse_without_claim(
            by=user,
            code=ScanCode.UNKNOWN if found is None else ScanCode.CODE_OLD,
            now=now,
            on_campus=_on_campus(request),
            device=device,
        )
        return _respond(request, answer)
    answer = record_scan(by=user, claim=claim, now=now, on_campus=_on_campus(request), chosen=_chosen(request))
    response = _respond(request, answer)
    if answer.code != ScanCode.TWO_FIT:
        keep_claim(response, claim.bound_to(user.id).answered())
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def scan(request: HttpRequest) -> HttpResponse:
    """The scanner of the page, and the six characters of a screen; a POST is a typed code."""
    assert isinstance(request.user, User)  # LoginRequiredMiddleware stands before every view
    user, now = request.user, clock.now()
    answer: Answer | None = None
    token = read_device(request)
    kept = token or new_device()
    form = TypedForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        answer = record_typed(
            by=user,
            typed=form.cleaned_data["typed"],
            device=device_hash(kept),
            now=now,
            on_campus=_on_campus(request),
        )
    elif rights_of(user, on=day_of(now)).student_id is None:
        answer = plain_answer(ScanCode.NOT_A_STUDENT)
    if answer is not None and (wants_json(request) or answer.code == ScanCode.NOT_A_STUDENT):
        response = _respond(request, answer)
    else:
        # What was typed and refused is typed anew: the code has changed meanwhile.
        shown = TypedForm() if answer is not None else form
        told = _said(request, answer, action=_address_of(answer)) if answer else {"answer": None}
        status = answer.status if answer else 422 if form.is_bound else 200
        response = render(request, "attendance/scan.html", {"form": shown, **told}, status=status)
    if answer is not None and answer.claim is not None:
        keep_claim(response, answer.claim)
    if not token:
        keep_device(response, kept)
    return response


def _address_of(answer: Answer) -> str:
    """Where the choice between two lessons is sent."""
    return reverse("scan_link", args=[answer.claim.public]) if answer.claim is not None else ""


def _respond(request: HttpRequest, answer: Answer, *, status: int | None = None, asks: bool = False) -> HttpResponse:
    """The answer as JSON, or as a page that sends itself where it `asks`."""
    response: HttpResponse
    if wants_json(request):
        response = JsonResponse(_in_json(answer), status=status or answer.status)
    else:
        context = _said(request, answer, action=request.path) | {"asks": asks}
        # Without the request: the frame's own questions to the database are not asked.
        response = render(None, "attendance/scan_link.html", context, status=status or answer.status)
    if answer.code == ScanCode.TOO_OFTEN:
        response["Retry-After"] = str(int(TRY_WINDOW.total_seconds()))
    return response


def _said(request: HttpRequest, answer: Answer, *, action: str) -> dict[str, Any]:
    tone = TONES.get(answer.code, "danger")
    if not answer.is_proven:
        tone = "warning"
    return {
        "answer": answer,
        "tone": tone,
        "icon_name": ICONS[tone],
        "action": action,
        "csrf_token": get_token(request),
    }


def _in_json(answer: Answer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "code": answer.code,
        "message": answer.message,
        "lesson": answer.meeting.lesson_id if answer.meeting is not None else None,
    }
    if answer.choices:
        body["choices"] = [
            {"lesson": one.lesson_id, "discipline": one.discipline, "starts_at": one.starts_at.isoformat()}
            for one in answer.choices
        ]
    return body


def _to_login(request: HttpRequest) -> HttpResponse:
    page = request.path if request.method == "POST" else request.get_full_path()
    address = f"{reverse('login')}?{urlencode({'next': page}, safe='/')}"
    if wants_json(request):
        return JsonResponse({"code": "login", "login": address}, status=401)
    return HttpResponseRedirect(address)


def _chosen(request: HttpRequest) -> int | None:
    text = request.POST.get("lesson", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def _on_campus(request: HttpRequest) -> bool | None:
    address = client_address(request, proxies=settings.TRUSTED_PROXIES)
    return is_within(address, networks=settings.CAMPUS_NETWORKS)
