"""The page of a job, and its files."""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ejournal.jobs import access, registry
from ejournal.jobs.models import JobState
from ejournal.lib import clock
from ejournal.lib.htmx import is_htmx


@require_safe
@never_cache
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far a job has come. Asked for by HTMX every two seconds while it is not over."""
    now = clock.now()
    found = access.get_job(request.user, job_id, now=now)
    kind = registry.get_kind(found.kind)
    is_mine = access.may_read(found, request.user, now=now)
    page_url = ""
    if kind is not None and kind.page_url_name and is_mine:
        page_url = reverse(kind.page_url_name, kwargs={"job_id": found.pk})
    context = {
        "job": found,
        "title": (kind.label if kind is not None else "") or found.kind,
        "page_url": page_url,
        "files": list(found.files.order_by("name")) if is_mine and found.state == JobState.DONE else [],
        "is_mine": is_mine,
    }
    template = "jobs/job.html#state" if is_htmx(request) else "jobs/job.html"
    return render(request, template, context)


@require_safe
@never_cache
def job_file(request: HttpRequest, job_id: int, file_id: int) -> FileResponse:
    """A file that a job made, to be saved."""
    file = access.get_job_file(request.user, job_id, file_id, now=clock.now())
    path = Path(settings.MEDIA_ROOT) / file.path
    try:
        opened = path.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(opened, as_attachment=True, filename=file.name, content_type=file.content_type)
