"""POST /journals/<id>/marks/: the one way in for marks (marks-api.md); and the points that they come to."""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from ejournal.lib import clock
from journal.access import get_journal, get_journal_for_writing
from journal.selectors.rating_now import points_json, points_now
from journal.services import record_marks

MAX_BODY = 256 * 1024  # bytes
MAX_MARKS = 500


def _bad(message: str, *, status: int = 400, code: str = "malformed") -> JsonResponse:
    return JsonResponse({"code": code, "message": message}, status=status)


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are no JSON, whatever Python's reader thinks."""
    raise ValueError(name)


def _body(request: HttpRequest) -> bytes | None:
    """The raw body, or None where it is larger than MAX_BODY; read no further than that."""
    try:
        if int(request.headers.get("Content-Length") or 0) > MAX_BODY:
            return None
        body = request.body
    except (RequestDataTooBig, ValueError):
        return None
    return body if len(body) <= MAX_BODY else None


@require_POST
def marks(request: HttpRequest, journal_id: int) -> HttpResponse:
    """Save a small batch of cells; the answer speaks for each of them."""
    now = clock.now()
    door = get_journal_for_writing(request.user, journal_id, now=now)  # type: ignore[arg-type]
    body = _body(request)
    if body is None:
        return _bad(_("The request is larger than 256 KB: send fewer cells at once."), status=413, code="too_large")
    try:
        # A document nested thousands deep is a RecursionError, and no document of ours.
        sent: Any = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return _bad(_("The request is not JSON."))
    if not isinstance(sent, dict) or set(sent) != {"nonce", "marks"}:
        return _bad(_("The request needs exactly the keys nonce and marks."))
    try:
        nonce = UUID(sent["nonce"]) if isinstance(sent["nonce"], str) else None
    except ValueError:
        nonce = None
    if nonce is None:
        return _bad(_("The nonce must be a UUID."))
    if not isinstance(sent["marks"], list) or not 0 < len(sent["marks"]) <= MAX_MARKS:
        return _bad(_("Send between 1 and 500 marks at once."))
    saved = record_marks(
        journal_id=door.workload.id,
        raw_marks=sent["marks"],
        by=request.user,  # type: ignore[arg-type]
        now=now,
        nonce=nonce,
        body_sha256=hashlib.sha256(body).digest(),
    )
    return JsonResponse(saved.answer, status=saved.status)


@require_safe
@never_cache
def journal_points(request: HttpRequest, journal_id: int) -> HttpResponse:
    """The points of everybody in the journal's course, as a saved mark answers them: the grid asks when it stands, so
    that its page need not wait for them."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    course_id = get_journal(user, journal_id, now=now).workload.course_id
    found = points_now([course_id], on=clock.day_of(now)).get(course_id)
    students = sorted(found.points) if found is not None else []
    return JsonResponse({"totals": [{"student": pk, "points": points_json(course_id, found, pk)} for pk in students]})
