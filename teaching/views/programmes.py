"""Working programmes: the fund of assessment means and the criteria of a discipline (§3.5d)."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from teaching.access import (
    get_journal_to_plan,
    get_programme,
    get_programme_for_deciding,
    get_programme_for_editing,
)
from teaching.forms.plans import ProgrammeForm, decision_of, version_of
from teaching.models import WorkingProgramme
from teaching.permissions import ApprovalDoor
from teaching.services.approvals import decide_programme
from teaching.services.programmes import begin_programme, save_programme, submit_programme


@require_POST
def programme_new(request: HttpRequest, workload_id: int) -> HttpResponse:
    """The programme of a journal's discipline: made where there is none, else the one that is there."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    journal = get_journal_to_plan(user, workload_id, now=now)
    programme = begin_programme(workload=journal, by=user, now=now)
    return redirect("programme_edit" if programme.is_open else "programme", programme_id=programme.pk)


@never_cache
@require_safe
def programme(request: HttpRequest, programme_id: int) -> HttpResponse:
    """The criteria as students read them; its history for staff."""
    user = request.user
    assert isinstance(user, User)
    door = get_programme(user, programme_id, now=clock.now())
    context = {
        "door": door,
        "programme": door.paper,
        "decisions": list(door.paper.decisions.select_related("by")) if door.is_staff else [],
        "crumbs": _crumbs(door, None),
    }
    return render(request, "teaching/programme.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def programme_edit(request: HttpRequest, programme_id: int) -> HttpResponse:
    """Write it; a second button sends it for approval."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    door = get_programme_for_editing(user, programme_id, now=now)
    paper = door.paper
    if request.method != "POST":
        if not paper.is_open:
            return redirect("programme", programme_id=programme_id)
        form = ProgrammeForm(initial={"means": paper.means, "criteria": paper.criteria})
        return _show(request, door, form, version=paper.version)
    form = ProgrammeForm(request.POST, request.FILES)
    version = version_of(request.POST)
    if not form.is_valid():
        return _show(request, door, form, version=version, status=422)
    try:
        saved = save_programme(
            programme_id=programme_id,
            means=form.cleaned_data["means"],
            criteria=form.cleaned_data["criteria"],
            upload=form.cleaned_data["file"],
            drop_file=form.cleaned_data["drop_file"],
            version=version,
            by=user,
            now=now,
        )
    except Refusal as refusal:
        form.add_error("file" if refusal.code.startswith("file") else None, str(refusal))
        # What was typed stays, upon what is there now: saving again replaces it knowingly.
        return _show(request, door, form, version=refusal.extra.get("version", version), status=refusal.status)
    if request.POST.get("do") == "submit":
        try:
            submit_programme(programme_id=programme_id, version=saved.version, by=user, now=now)
        except Refusal as refusal:
            messages.warning(request, _("The programme is saved, but not sent: %(why)s") % {"why": refusal})
            return redirect("programme_edit", programme_id=programme_id)
        messages.success(request, _("The programme was sent for approval."))
        return redirect("programme", programme_id=programme_id)
    messages.success(request, _("The programme is saved."))
    return redirect("programme_edit", programme_id=programme_id)


@require_POST
def programme_decide(request: HttpRequest, programme_id: int) -> HttpResponse:
    """Approve or return it."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    door = get_programme_for_deciding(user, programme_id, now=now)
    decision = decision_of(request.POST)
    decide_programme(
        programme_id=door.paper.pk, decision=decision, remarks=request.POST.get("remarks", ""), by=user, now=now
    )
    messages.success(
        request,
        _("The programme is approved.") if decision == "approved" else _("The programme was returned with remarks."),
    )
    return redirect("programme", programme_id=programme_id)


@require_safe
def programme_file(request: HttpRequest, programme_id: int) -> FileResponse:
    """The whole programme, to be saved."""
    user = request.user
    assert isinstance(user, User)
    paper = get_programme(user, programme_id, now=clock.now()).paper
    if not paper.file_path:
        raise Http404
    try:
        opened = (Path(settings.MEDIA_ROOT) / paper.file_path).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(opened, as_attachment=True, filename=paper.file_name, content_type=paper.file_type)


def _show(
    request: HttpRequest, door: ApprovalDoor[WorkingProgramme], form: ProgrammeForm, *, version: int, status: int = 200
) -> HttpResponse:
    context = {
        "programme": door.paper,
        "form": form,
        "version": version,
        "remarks": door.paper.decisions.filter(decision="returned").select_related("by").last(),
        "crumbs": _crumbs(door, _("Edit")),
    }
    return render(request, "teaching/programme_edit.html", context, status=status)


def _crumbs(door: ApprovalDoor[WorkingProgramme], last: str | None) -> list[tuple[str, str | None]]:
    here = str(door.paper)
    page = reverse("programme", args=[door.paper.pk])
    # Students and parents come from the cabinet.
    start = (_("Plans"), reverse("plans")) if door.is_staff else (_("Lessons and marks"), reverse("cabinet"))
    return [start, (here, page), (last, None)] if last else [start, (here, None)]
