"""POST /journals/<id>/marks/: the one way in for marks (marks-api.md)."""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ejournal.lib import clock
from journal.access import get_journal_for_writing
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
