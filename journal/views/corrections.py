"""Corrections of closed final sheets: asked for on the sheet, decided by two people (§2.6)."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from ejournal.lib.papers import MAX_BYTES, download
from journal.access import (
    get_correction,
    get_correction_paper,
    get_correction_to_act,
    get_result_lists,
    get_sheet_to_correct,
)
from journal.enums import CorrectionState
from journal.forms.corrections import CorrectionDecisionForm, CorrectionForm, read_corrected
from journal.models import CORRECTION_STEP_LABELS, FinalResult
from journal.permissions import CorrectionDoor, FinalSheetDoor
from journal.selectors.corrections import (
    changes_between,
    correction_list,
    correction_steps,
    digest_of,
    next_edition,
    wanted_by,
)
from journal.services.corrections import (
    approve_correction,
    ask_correction,
    corrections_folder,
    refuse_correction,
    withdraw_correction,
)
from journal.services.results import Entry, shown_points

PAGE_SIZE = 30


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_correct(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Ask to correct a closed sheet: what is to stand there is typed over what stands there."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_sheet_to_correct(user, sheet_id, now=now)
    if request.method != "POST":
        return _show_new(request, door, CorrectionForm(), now=now)
    form = CorrectionForm(request.POST, request.FILES)
    listed = FinalResult.objects.filter(sheet=door.sheet).values_list("student_id", flat=True)
    entries = read_corrected(request.POST, listed)
    if not form.is_valid():
        return _show_new(request, door, form, now=now, typed=entries, status=422)
    scan = form.cleaned_data["paper"]
    try:
        made = ask_correction(
            sheet_id=sheet_id,
            entries=entries,
            why=form.cleaned_data["why"],
            # One byte more than is kept says that the file is too large; the rest is never read.
            paper=scan.read(MAX_BYTES + 1) if scan else None,
            by=user,
            now=now,
        )
    except Refusal as refusal:
        return _show_new(request, door, form, now=now, typed=entries, error=str(refusal), status=refusal.status)
    messages.success(request, _("The request is on its way: first the head of department, then the dean's office."))
    return redirect("correction", correction_id=made.pk)


def _show_new(
    request: HttpRequest,
    door: FinalSheetDoor,
    form: CorrectionForm,
    *,
    now: datetime,
    typed: list[Entry] | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    sheet = door.sheet
    kept = {entry.student_id: entry for entry in typed or ()}
    rows: list[dict[str, Any]] = []
    if sheet.is_closed:
        for row in next_edition(sheet, [], on=day_of(now)):
            shown = shown_points(row.before, second=False)
            entry = kept.get(row.before.student_id)
            rows.append(
                {
                    "row": row,
                    "shown": shown,
                    "typed": entry.text if entry is not None else shown,
                    "types": sheet.has_exam and not row.is_retaken,
                    "may_admit": not row.before.admitted and not row.is_retaken,
                    "admits": entry is not None and entry.admits,
                }
            )
    context = {"sheet": sheet, "form": form, "rows": rows, "error": error}
    return render(request, "journal/sheet_correct.html", context, status=status)


@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """Requests that the person sees, the newest first; `show=waiting` those that wait for him."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    today = get_result_lists(user, now=now)
    show = "waiting" if request.GET.get("show") == "waiting" else ""
    page = Paginator(correction_list(user, show=show, on=today), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "show": show, "querystring": f"show={show}" if show else ""}
    return render(request, "journal/corrections.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: HttpRequest, correction_id: int) -> HttpResponse:
    """A request with what would stand in the sheet, or does; POST decides or withdraws it."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    if request.method != "POST":
        return _show(request, get_correction(user, correction_id, now=now), now=now)
    door = get_correction_to_act(user, correction_id, now=now)
    form = CorrectionDecisionForm(request.POST)
    if not form.is_valid():
        return _show(request, door, now=now, form=form, status=422)
    act, reason = form.cleaned_data["act"], form.cleaned_data["reason"]
    if not (door.is_asker if act == "withdraw" else door.can_decide):
        raise PermissionDenied
    try:
        if act == "approve":
            made = approve_correction(
                correction_id=correction_id, shown=form.cleaned_data["shown"], note=reason, by=user, now=now
            )
            done = made.state == CorrectionState.DONE
            said = (
                _("The next edition of the sheet holds now, and the students are told.")
                if done
                else _("You agreed. The dean's office decides next.")
            )
        elif act == "refuse":
            refuse_correction(correction_id=correction_id, reason=reason, by=user, now=now)
            said = _("The request is refused.")
        else:
            withdraw_correction(correction_id=correction_id, by=user, now=now)
            said = _("The request is withdrawn.")
    except Refusal as refusal:
        return _show(request, door, now=now, form=form, error=str(refusal), status=refusal.status)
    messages.success(request, said)
    return redirect("correction", correction_id=correction_id)


def _show(
    request: HttpRequest,
    door: CorrectionDoor,
    *,
    now: datetime,
    form: CorrectionDecisionForm | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    asked = door.correction
    made = getattr(asked, "made", None)
    if made is not None:
        rows, shown = changes_between(made), ""
    else:
        whole = next_edition(asked.sheet, wanted_by(asked), on=day_of(now))
        rows, shown = [row for row in whole if row.differs or row.is_named], digest_of(whole)
    context = {
        "correction": asked,
        "door": door,
        "made": made,
        "rows": rows,
        "shown": shown,
        "steps": [(CORRECTION_STEP_LABELS[CorrectionState(state)], *rest) for state, *rest in correction_steps(asked)],
        "reason": form["reason"].value() or "" if form is not None else "",
        "error": error,
    }
    return render(request, "journal/correction.html", context, status=status)


@require_safe
def correction_paper(request: HttpRequest, correction_id: int) -> FileResponse:
    """The scan, to be saved, never shown in the page's own origin."""
    user = request.user
    assert isinstance(user, User)
    found = get_correction_paper(user, correction_id, now=clock.now())
    path = corrections_folder() / found.paper_path
    return download(path, name=f"correction-{found.pk}", content_type=found.paper_type)
