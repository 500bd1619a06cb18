"""Excuses of a dean's office: the list, a new one, one with what it covers, its paper (§3.5c)."""

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.lib.numbers import row_id
from ejournal.lib.papers import MAX_BYTES, download
from journal.access import (
    get_excuse,
    get_excuse_for_managing,
    get_excuse_list,
    get_excuse_paper,
    get_units_to_excuse,
    may_enter_excuses,
)
from journal.enums import ExcuseKind
from journal.forms import ExcuseFilter, ExcuseForm, WithdrawExcuseForm
from journal.models import Excuse
from journal.permissions import ExcuseDoor
from journal.selectors.excuses import (
    covered_by,
    excuse_list,
    excuse_rows,
    excuses_visible_to,
    students_of,
    students_to_excuse,
    waiting_for,
)
from journal.services.excuses import enter_excuse, papers_folder, withdraw_excuse
from university.models import Group

PAGE_SIZE = 30
COVERS_PAGE_SIZE = 60
MOST_WAITING = 60


@require_safe
def excuses(request: HttpRequest) -> HttpResponse:
    """The excuses of the own unit, newest first, a page at a time; the study office's are all."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    today = get_excuse_list(user, now=now)
    form = ExcuseFilter(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = excuse_list(excuses_visible_to(user, on=today), text=text)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    query = QueryDict(mutable=True)
    if text:
        query["q"] = text
    return render(
        request,
        "journal/excuses.html",
        {
            "page_obj": page,
            "rows": excuse_rows(list(page.object_list), on=today),
            "form": form,
            "querystring": query.urlencode(),
            "can_enter": may_enter_excuses(user, now=now),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def excuse_new(request: HttpRequest) -> HttpResponse:
    """A new excuse: students of a group by ticks, of any group by record books, the paper and its scan."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    units = get_units_to_excuse(user, now=now)
    sent = request.POST if request.method == "POST" else request.GET
    ticked = [pk for text in sent.getlist("student") if (pk := row_id(text)) is not None]
    form = ExcuseForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        units=units,
    )
    error: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = _enter(form, ticked, user, now=now)
        except Refusal as refusal:
            error = refusal
        else:
            messages.success(request, _("The excuse is entered; absences in its days count as excused."))
            return redirect("excuse", excuse_id=made.pk)
    status = 200
    if error is not None:
        status = error.status
    elif request.method == "POST":
        status = 422
    group_id = row_id(sent.get("group", ""))
    unit_ids = [unit.pk for unit in units]
    return render(
        request,
        "journal/excuse_new.html",
        {
            "form": form,
            "groups": Group.objects.filter(unit_id__in=unit_ids).order_by("sort_key", "id"),
            "group_id": group_id,
            "people": students_to_excuse(unit_ids=unit_ids, group_id=group_id, ticked=ticked, on=clock.day_of(now)),
            "ticked": set(ticked),
            "error": str(error) if error is not None else "",
        },
        status=status,
    )


def _enter(form: ExcuseForm, ticked: list[int], user: User, *, now: datetime) -> Excuse:
    typed = form.cleaned_data
    scan = typed["paper"]
    return enter_excuse(
        unit=typed["unit"],
        kind=ExcuseKind(typed["kind"]),
        students=[*ticked, *typed["books"]],
        starts_on=typed["starts_on"],
        ends_on=typed["ends_on"],
        approved_by=typed["approved_by"],
        document_number=typed["document_number"],
        issuer=typed["issuer"],
        issued_on=typed["issued_on"],
        note=typed["note"],
        # One byte more than is kept says that the file is too large; the rest is never read.
        paper=scan.read(MAX_BYTES + 1) if scan else None,
        by=user,
        now=now,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def excuse(request: HttpRequest, excuse_id: int) -> HttpResponse:
    """One excuse with whom it names and what it covers; POST withdraws it with a reason."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    if request.method != "POST":
        door = get_excuse(user, excuse_id, now=now)
        return _show(request, door, form=WithdrawExcuseForm(), asks=door.can_manage and "withdraw" in request.GET)
    door = get_excuse_for_managing(user, excuse_id, now=now)
    form = WithdrawExcuseForm(request.POST)
    if not form.is_valid():
        return _show(request, door, form=form, asks=True, status=422)
    try:
        withdraw_excuse(excuse_id=door.excuse.pk, reason=form.cleaned_data["reason"], by=user, now=now)
    except Refusal as refusal:
        return _show(request, door, form=form, error=str(refusal), status=refusal.status)
    messages.success(request, _("The excuse is withdrawn; its absences are not excused any more."))
    return redirect("excuse", excuse_id=door.excuse.pk)


def _show(
    request: HttpRequest,
    door: ExcuseDoor,
    *,
    form: WithdrawExcuseForm,
    asks: bool = False,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    waiting = waiting_for(door.excuse)
    return render(
        request,
        "journal/excuse.html",
        {
            "excuse": door.excuse,
            "can_manage": door.can_manage,
            "students": students_of(door.excuse),
            "page_obj": Paginator(covered_by(door.excuse), COVERS_PAGE_SIZE).get_page(request.GET.get("page")),
            "waiting": waiting[:MOST_WAITING],
            "waiting_count": waiting.count(),
            "form": form,
            "asks": asks,
            "error": error,
        },
        status=status,
    )


@require_safe
def excuse_paper(request: HttpRequest, excuse_id: int) -> FileResponse:
    """The scan, to be saved, never shown in the page's own origin."""
    user = request.user
    assert isinstance(user, User)
    paper = get_excuse_paper(user, excuse_id, now=clock.now())
    path = papers_folder() / paper.paper_path
    return download(path, name=f"excuse-{paper.pk}", content_type=paper.paper_type)
