"""Applied loads on a page, and the way back from the latest (§4.1)."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ejournal.jobs.models import JobState
from ejournal.jobs.services import ask_for_job
from ejournal.lib import clock
from ejournal.loading.access import UNDO, get_applied_load, get_undo, require_loader
from ejournal.loading.models import AppliedLoad
from ejournal.loading.rows import SheetKey
from ejournal.loading.sheets import SHEETS
from ejournal.loading.undo import reasons_against

LOADS_A_PAGE = 20


@require_safe
def load_history(request: HttpRequest) -> HttpResponse:
    """What was loaded, by whom and when, the latest first; the latest that stands may be undone."""
    require_loader(request.user)  # type: ignore[arg-type]
    loads = AppliedLoad.objects.select_related("by", "undone_by").order_by("-id")
    page = Paginator(loads, LOADS_A_PAGE).get_page(request.GET.get("page"))
    latest = AppliedLoad.objects.filter(undone_at__isnull=True).order_by("-id").values_list("id", flat=True).first()
    rows = [(load, ", ".join(load.names), _sheets_of(load)) for load in page.object_list]
    return render(request, "loading/history.html", {"page_obj": page, "rows": rows, "latest_id": latest})


@never_cache
@require_http_methods(["GET", "POST"])
def load_undo(request: HttpRequest, load_id: int) -> HttpResponse:
    """What an undo would take back, or why it cannot; the button that does it."""
    load = get_applied_load(request.user, load_id)  # type: ignore[arg-type]
    reasons = reasons_against(load, now=clock.now())
    if request.method == "POST" and not reasons:
        job = ask_for_job(kind=UNDO, asked={"load": load.pk}, by=request.user, now=clock.now(), key=f"undo {load.pk}")
        return redirect("job", job_id=job.pk)
    context = {
        "load": load,
        "names": ", ".join(load.names),
        "sheets": _sheets_of(load),
        "lessons": load.counts.get("lessons", {}),
        "reasons": reasons,
    }
    return render(request, "loading/undo.html", context, status=409 if request.method == "POST" else 200)


@require_safe
def load_undone(request: HttpRequest, job_id: int) -> HttpResponse:
    """What became of an undo."""
    job = get_undo(request.user, job_id)  # type: ignore[arg-type]
    if job.state not in {JobState.DONE, JobState.REFUSED}:
        return redirect("job", job_id=job.pk)
    return render(request, "loading/undone.html", {"job": job, "is_done": job.state == JobState.DONE})


def _sheets_of(load: AppliedLoad) -> list[tuple[str, dict[str, int]]]:
    """The names of the sheets with their counts, in the order of loading."""
    sheets = load.counts.get("sheets", {})
    return [(SHEETS[key].name, sheets[key.value]) for key in SheetKey if key.value in sheets]
