"""Loading on a page: upload, dry run, difference or errors, load (§3.3, §4.1)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ejournal.jobs.models import Job, JobState
from ejournal.jobs.services import ask_for_job
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.loading.access import CHECK, LOAD, SHOWN, get_load, require_loader
from ejournal.loading.forms import LoadForm, UploadForm
from ejournal.loading.problems import Problem
from ejournal.loading.uploads import keep_upload

PROBLEMS_A_PAGE = 50
LATEST = 10


@never_cache
@require_http_methods(["GET", "POST"])
def load(request: HttpRequest) -> HttpResponse:
    """Upload a workbook for a dry run; the latest loads below."""
    require_loader(request.user)  # type: ignore[arg-type]
    form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                asked = keep_upload(form.cleaned_data["workbook"])
            except Refusal as refusal:
                form.add_error("workbook", str(refusal))
                status = refusal.status
            else:
                job = ask_for_job(kind=CHECK, asked=asked, by=request.user, now=clock.now())
                return redirect("job", job_id=job.pk)
    latest = Job.objects.filter(kind__in=SHOWN).select_related("asked_by").order_by("-asked_at")[:LATEST]
    rows = [(job, ", ".join(job.asked["names"])) for job in latest]
    return render(request, "loading/load.html", {"form": form, "latest": rows}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def load_shown(request: HttpRequest, job_id: int) -> HttpResponse:
    """What a dry run found, and the button that loads it; or what a load did."""
    job = get_load(request.user, job_id)  # type: ignore[arg-type]
    if job.state != JobState.DONE:
        if job.state != JobState.REFUSED:
            return redirect("job", job_id=job.pk)
        # The journal changed meanwhile, or the upload is gone: the sentence says which.
        return render(request, "loading/refused.html", {"job": job}, status=200)
    difference = job.outcome["difference"]
    is_loaded = "loaded" in job.outcome
    can_load = (
        difference is not None
        and not is_loaded
        and (not difference["changes_nothing"] or bool(difference.get("endable")))
    )
    form = LoadForm(request.POST if request.method == "POST" and can_load else None)
    status = 200
    if request.method == "POST" and can_load:
        status = 422
        if not form.is_valid() or form.cleaned_data["shown"] != difference["digest"]:
            messages.error(request, _("This is not the difference that was shown. Look at it again."))
        elif (difference["shrinks"] or form.ends()) and not form.cleaned_data["confirm"]:
            form.add_error(
                "confirm", _("Something would end or be left without students or lessons: agree to it first.")
            )
        elif difference["changes_nothing"] and not form.ends():
            messages.error(request, _("Nothing is chosen that would change the journal."))
        else:
            asked = {
                **{name: job.asked[name] for name in ("folder", "names", "sha256")},
                "shown": difference["digest"],
                "confirm": form.cleaned_data["confirm"],
                "end_gone": form.ends(),
            }
            loading = ask_for_job(kind=LOAD, asked=asked, by=request.user, now=clock.now(), key=asked["folder"])
            return redirect("job", job_id=loading.pk)
    problems = Paginator([Problem.from_json(one) for one in job.outcome["problems"]], PROBLEMS_A_PAGE)
    context = {
        "job": job,
        "names": ", ".join(job.asked["names"]),
        "difference": difference,
        "is_loaded": is_loaded,
        "can_load": can_load,
        "form": form,
        "page_obj": problems.get_page(request.GET.get("page")),
    }
    return render(request, "loading/shown.html", context, status=status)


@require_http_methods(["POST"])
def load_again(request: HttpRequest, job_id: int) -> HttpResponse:
    """Compare the same upload with the journal as it is now."""
    job = get_load(request.user, job_id)  # type: ignore[arg-type]
    asked = {name: job.asked[name] for name in ("folder", "names", "sha256")}
    again = ask_for_job(kind=CHECK, asked=asked, by=request.user, now=clock.now())
    return redirect("job", job_id=again.pk)
