"""Pages that belong to no app, or to all."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from ejournal.home.middleware import wants_json


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token: usually an old page; says to load it again."""
    if wants_json(request):
        return JsonResponse({"code": "csrf"}, status=403)
    return render(request, "403.html", {"csrf_failed": True}, status=403)
