"""The outermost and the innermost of each request."""

import logging
import re
import time
from collections.abc import Callable
from uuid import UUID, uuid4

from csp.constants import HEADER
from csp.utils import build_policy
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from psycopg_pool import PoolTimeout

from ejournal.lib.context import request_id, set_request_id
from ejournal.lib.errors import Refusal
from ejournal.lib.htmx import wants_json

log = logging.getLogger("ejournal.request")

Respond = Callable[[HttpRequest], HttpResponse]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class RequestMiddleware:
    """Gives each request an id, in the answer (X-Request-ID), in the rows that it writes and in its log line.

    The log names the route, not the address: an address may carry a person's id.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        # A proxy's own id joins its log to ours; anything else that is sent is not an id.
        sent = request.headers.get("X-Request-ID", "").lower()
        set_request_id(UUID(sent) if _UUID.fullmatch(sent) else uuid4())
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = str(request_id())
            match = request.resolver_match
            log.info(
                "answered",
                extra={
                    "route": match.route if match else "",
                    "method": request.method,
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                },
            )
            return response
        finally:
            set_request_id(None)


class ContentPolicyMiddleware:
    """The one Content-Security-Policy of all pages: written once, since none of them has a part of its own."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, self.policy)
        return response


class UnavailableMiddleware:
    """While the database is away the answer is 503 with a plain page, and the next request tries anew."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except (OperationalError, InterfaceError, PoolTimeout):
            log.exception("database unavailable")
            return unavailable(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
            log.error("database unavailable: %s", type(error).__name__)
            return unavailable(request)
        return None


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: nothing was saved, try again."""
    if wants_json(request):
        response: HttpResponse = JsonResponse({"code": "unavailable"}, status=503)
    else:
        response = render(None, "503.html", status=503)
    response["Retry-After"] = "5"
    return response


class RefusalMiddleware:
    """A refusal that no view turned into a field's error becomes a page (or JSON) with its code and sentence."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refusal):
            return None
        if wants_json(request):
            return JsonResponse({"code": error.code, "message": str(error.message), **error.extra}, status=error.status)
        return render(request, "refusal.html", {"refusal": error}, status=error.status)
