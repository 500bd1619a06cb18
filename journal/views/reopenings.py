"""Requests to reopen lessons: asked from a locked cell, decided by two people, ended by time (§4.3)."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.lib.numbers import row_id
from ejournal.lib.papers import MAX_BYTES, download
from journal.access import (
    get_journal_to_reopen,
    get_reopening,
    get_reopening_list,
    get_reopening_paper,
    get_reopening_to_act,
)
from journal.enums import ReopeningState
from journal.forms import DecisionForm, ReopeningForm
from journal.models import REOPENING_STEP_LABELS
from journal.permissions import JournalDoor, ReopeningDoor
from journal.selectors.appeals import appeals_visible_to
from journal.selectors.differences import closed_sheets_over
from journal.selectors.reopenings import lessons_to_reopen, pupils_to_reopen, reopening_list, reopening_page
from journal.services.reopenings import (
    approve_reopening,
    ask_reopening,
    end_reopening,
    papers_folder,
    refuse_reopening,
    withdraw_reopening,
)

PAGE_SIZE = 30


def _numbers(texts: list[str]) -> list[int]:
    return [pk for text in texts if (pk := row_id(text)) is not None]


@require_safe
def reopenings(request: HttpRequest) -> HttpResponse:
    """Requests that the person sees, the newest first; `show=waiting` those that wait for him."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    today = get_reopening_list(user, now=now)
    show = request.GET.get("show", "")
    show = show if show in ("waiting", "open") else ""
    page = Paginator(reopening_list(user, show=show, on=today), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "journal/reopenings.html",
        {"page_obj": page, "show": show, "querystring": f"show={show}" if show else ""},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def reopening_new(request: HttpRequest, journal_id: int) -> HttpResponse:
    """Ask to open lessons of a journal; the address may name lesson and student, as a locked cell does."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_journal_to_reopen(user, journal_id, now=now)
    if request.method != "POST":
        return _show_new(request, door, ReopeningForm(), now=now)
    form = ReopeningForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show_new(request, door, form, now=now, status=422)
    scan = form.cleaned_data["paper"]
    try:
        made = ask_reopening(
            workload=door.workload,
            lessons=_numbers(request.POST.getlist("lesson")),
            students=_numbers(request.POST.getlist("student")),
            why=form.cleaned_data["why"],
            # One byte more than is kept says that the file is too large; the rest is never read.
            paper=scan.read(MAX_BYTES + 1) if scan else None,
            by=user,
            now=now,
        )
    except Refusal as refusal:
        return _show_new(request, door, form, now=now, error=str(refusal), status=refusal.status)
    messages.success(request, _("The request is on its way: first the head of department, then the dean's office."))
    return redirect("reopening", reopening_id=made.pk)


def _show_new(
    request: HttpRequest, door: JournalDoor, form: ReopeningForm, *, now: datetime, error: str = "", status: int = 200
) -> HttpResponse:
    sent = request.POST if request.method == "POST" else request.GET
    lessons = [one for one in lessons_to_reopen(door.workload, now=now) if one.is_locked]
    return render(
        request,
        "journal/reopening_new.html",
        {
            "journal": door.workload,
            "form": form,
            "lessons": list(reversed(lessons)),
            "pupils": pupils_to_reopen(door.workload),
            "ticked_lessons": set(_numbers(sent.getlist("lesson"))),
            "ticked_students": set(_numbers(sent.getlist("student"))),
            "left_behind": closed_sheets_over(door.workload.course_id),
            "error": error,
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def reopening(request: HttpRequest, reopening_id: int) -> HttpResponse:
    """A request with what it names and what became of it; POST decides, withdraws or ends it."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    if request.method != "POST":
        return _show(request, get_reopening(user, reopening_id, now=now), now=now)
    door = get_reopening_to_act(user, reopening_id, now=now)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _show(request, door, now=now, form=form, status=422)
    act, reason, pk = form.cleaned_data["act"], form.cleaned_data["reason"], door.reopening.pk
    # Who may do the one may not do the other: the asker decides nothing, who decides withdraws nothing.
    if not (door.can_decide if act in ("approve", "refuse") else door.keeps_journal):
        raise PermissionDenied
    try:
        if act == "approve":
            made = approve_reopening(reopening_id=pk, note=reason, by=user, now=now)
            opened = made.state == ReopeningState.OPEN
            said = _("The lessons are open.") if opened else _("You agreed. The dean's office decides next.")
        elif act == "refuse":
            refuse_reopening(reopening_id=pk, reason=reason, by=user, now=now)
            said = _("The request is refused.")
        elif act == "withdraw":
            withdraw_reopening(reopening_id=pk, by=user, now=now)
            said = _("The request is withdrawn.")
        else:
            end_reopening(reopening_id=pk, by=user, now=now)
            said = _("The lessons are closed again.")
    except Refusal as refusal:
        return _show(request, door, now=now, form=form, error=str(refusal), status=refusal.status)
    messages.success(request, said)
    return redirect("reopening", reopening_id=pk)


def _show(
    request: HttpRequest,
    door: ReopeningDoor,
    *,
    now: datetime,
    form: DecisionForm | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    page = reopening_page(door.reopening)
    assert isinstance(request.user, User)
    return render(
        request,
        "journal/reopening.html",
        {
            "reopening": door.reopening,
            "door": door,
            "page": page,
            "appeals": appeals_visible_to(request.user, on=clock.day_of(now)).filter(reopening=door.reopening),
            "steps": [(REOPENING_STEP_LABELS[ReopeningState(state)], *rest) for state, *rest in page.steps],
            # Who asks and who decides hear beforehand what the reopening leaves behind.
            "left_behind": (closed_sheets_over(door.reopening.workload.course_id) if door.reopening.is_living else []),
            "reason": form["reason"].value() or "" if form is not None else "",
            "error": error,
        },
        status=status,
    )


@require_safe
def reopening_paper(request: HttpRequest, reopening_id: int) -> FileResponse:
    """The scan, to be saved, never shown in the page's own origin."""
    user = request.user
    assert isinstance(user, User)
    found = get_reopening_paper(user, reopening_id, now=clock.now())
    path = papers_folder() / found.paper_path
    return download(path, name=f"reopening-{found.pk}", content_type=found.paper_type)
