"""The history of a cell, as a page and as a piece for a dialog."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.htmx import is_htmx
from journal.selectors import history


@require_safe
def cell_history(request: HttpRequest, lesson_id: int, student_id: int) -> HttpResponse:
    """Who made of a cell what, when and why; 404 for who may not know."""
    now = clock.now()
    user = request.user
    assert isinstance(user, User)
    found = history.cell_history(user, lesson_id, student_id, now=now)
    if found is None:
        raise Http404
    template = "journal/cell_history.html#steps" if is_htmx(request) else "journal/cell_history.html"
    return render(request, template, {"history": found})
