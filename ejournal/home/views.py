"""Pages that belong to no app, or to all: the first page, the language, health, and refusals of the frame."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET, require_POST, require_safe
from django.views.i18n import set_language as django_set_language
from redis import Redis
from redis.exceptions import RedisError

from ejournal.home.sections import sections_of
from ejournal.lib import clock
from ejournal.lib.htmx import wants_json


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page: a section for each of the person's roles, drawn by the app that knows it."""
    sections = sections_of(request.user, now=clock.now())  # type: ignore[arg-type]
    # Without the request: the frame's queries are the frame's, once a page.
    drawn = [(section, render_to_string(section.template, section.context)) for section in sections]
    return render(request, "home.html", {"sections": drawn})


# Without a login too: the login page itself must be readable.
@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie and go back to the page; only to pages of this house."""
    return django_set_language(request)


# A balancer has no login.
@login_not_required
@require_GET
def health_live(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "alive"})


# A balancer has no login.
@login_not_required
@require_GET
def health_ready(request: HttpRequest) -> HttpResponse:
    """200 while the database answers and is migrated; Redis is told but not needed to teach (503 else)."""
    checks = {"database": _database_state(), "redis": "ok" if _redis_answers() else "away"}
    ready = checks["database"] == "ok"
    response = JsonResponse({"status": "ready" if ready else "not ready", **checks}, status=200 if ready else 503)
    add_never_cache_headers(response)
    return response


_migrated = False


def _database_state() -> str:
    global _migrated
    try:
        if not _migrated:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            return "ok" if _migrated else "not migrated"
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "away"
    return "ok"


def _redis_answers() -> bool:
    with Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=0.5, socket_connect_timeout=0.3) as redis:
        try:
            return bool(redis.ping())
        except RedisError:
            return False


# The frame's refusals are shown to strangers as well.
@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token: usually an old page; says to load it again."""
    if wants_json(request):
        return JsonResponse({"code": "csrf"}, status=403)
    return render(request, "403.html", {"csrf_failed": True}, status=403)


@login_not_required
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the object is known to the person, the right is missing."""
    if wants_json(request):
        return JsonResponse({"code": "forbidden"}, status=403)
    return render(request, "403.html", {"csrf_failed": False}, status=403)


@login_not_required
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing here, or nothing for this person; the two look the same."""
    if wants_json(request):
        return JsonResponse({"code": "not_found"}, status=404)
    return render(request, "404.html", status=404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """500, with the id of the request to quote to the administrator."""
    if wants_json(request):
        return JsonResponse({"code": "error"}, status=500)
    return render(None, "500.html", status=500)
