"""Appeals: a student marks a cell of his own as wrong, its teacher answers, offices watch (§4.2)."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.lib.numbers import row_id
from ejournal.lib.papers import KINDS, MAX_BYTES
from journal.access import get_appeal, get_appeal_list, get_appeal_to_act, get_cell_to_appeal
from journal.enums import AppealKind, AppealState, Presence
from journal.errors import sentence
from journal.forms import AnswerForm, AppealForm
from journal.models import APPEAL_KIND_LABELS, Mark
from journal.permissions import AppealDoor, watches_appeals
from journal.rules import is_answer_overdue
from journal.selectors.appeals import (
    SHOWS,
    appeal_list,
    appeal_page,
    appeals_of_cell,
    mark_state,
    problem_of_cell,
    was_state,
)
from journal.services.appeals import (
    grant_appeal,
    make_appeal,
    refuse_appeal,
    reopen_for_appeal,
    withdraw_appeal,
)

PAGE_SIZE = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cell_appeal(request: HttpRequest, lesson_id: int, student_id: int) -> HttpResponse:
    """A cell of one's own page is marked as wrong, in words or by one tap."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    mark = get_cell_to_appeal(user, lesson_id, student_id, now=now)
    if request.method != "POST":
        return _show_cell(request, mark, now=now)
    form = AppealForm(request.POST)
    if not form.is_valid():
        return _show_cell(request, mark, now=now, error=sentence("appeal_text"), status=422)
    try:
        made = make_appeal(
            lesson_id=lesson_id,
            student=mark.student,
            kind=AppealKind(form.cleaned_data["kind"]),
            text=form.cleaned_data["text"],
            by=user,
            now=now,
        )
    except Refusal as refusal:
        return _show_cell(request, mark, now=now, error=str(refusal), status=refusal.status)
    messages.success(request, _("The teacher is told. Here you see what becomes of it."))
    return redirect("appeal", appeal_id=made.pk)


def _show_cell(request: HttpRequest, mark: Mark, *, now: datetime, error: str = "", status: int = 200) -> HttpResponse:
    problem = problem_of_cell(mark, now=now)
    return render(
        request,
        "journal/cell_appeal.html",
        {
            "mark": mark,
            "state": mark_state(mark),
            "problem": sentence(problem) if problem is not None else "",
            "appeals": appeals_of_cell(mark.lesson_id, mark.student_id),
            "is_absent": mark.presence == Presence.ABSENT,
            "kinds": [(kind.value, APPEAL_KIND_LABELS[kind]) for kind in (AppealKind.GRADE, AppealKind.OTHER)],
            "kind": request.POST.get("kind", ""),
            "text": request.POST.get("text", ""),
            "error": error,
        },
        status=status,
    )


@never_cache
@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """Appeals that the person may read; `show=waiting` those that he has to answer, `open`, `overdue`; `journal`."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    today = get_appeal_list(user, now=now)
    rights = rights_of(user, on=today)
    show = request.GET.get("show", "")
    show = show if show in SHOWS else ""
    journal_id = row_id(request.GET.get("journal", ""))
    page = Paginator(appeal_list(user, show=show, journal_id=journal_id, on=today), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    query = QueryDict(mutable=True)
    for name, value in (("show", show), ("journal", journal_id or "")):
        if value:
            query[name] = str(value)
    return render(
        request,
        "journal/appeals.html",
        {
            "page_obj": page,
            "rows": [
                (one, was_state(one), one.state == AppealState.OPEN and is_answer_overdue(one.due_on, today=today))
                for one in page.object_list
            ],
            "tabs": _tabs(show, journal_id, answers=rights.teacher_id is not None) if watches_appeals(rights) else [],
            "querystring": query.urlencode(),
            "names_students": watches_appeals(rights),
            "of_journal": journal_id is not None,
        },
    )


def _tabs(show: str, journal_id: int | None, *, answers: bool) -> list[dict[str, object]]:
    labels = {"open": _("Open"), "overdue": _("Past their day"), "": _("All appeals")}
    if answers:
        labels = {"waiting": _("Waiting for me"), **labels}
    tabs: list[dict[str, object]] = []
    for name, label in labels.items():
        query = QueryDict(mutable=True)
        if name:
            query["show"] = name
        if journal_id is not None:
            query["journal"] = str(journal_id)
        url = f"?{query.urlencode()}" if query else "."
        tabs.append({"label": label, "url": url, "active": name == show, "count": None})
    return tabs


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, appeal_id: int) -> HttpResponse:
    """An appeal and what became of it; POST answers it, or takes it back."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    if request.method != "POST":
        return _show(request, get_appeal(user, appeal_id, now=now), now=now)
    door = get_appeal_to_act(user, appeal_id, now=now)
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, door, now=now, form=form, error=_first_error(form), status=422)
    # Who appeals does not answer, and who answers takes nothing back.
    if not (door.is_self if form.cleaned_data["act"] == "withdraw" else door.keeps_journal):
        raise PermissionDenied
    try:
        said = _act(form, appeal_id, user, now=now)
    except Refusal as refusal:
        # Read again: another's answer may be what it was refused for.
        door = get_appeal(user, appeal_id, now=now)
        return _show(request, door, now=now, form=form, error=str(refusal), status=refusal.status)
    messages.success(request, said)
    return redirect("appeal", appeal_id=appeal_id)


def _act(form: AnswerForm, appeal_id: int, user: User, *, now: datetime) -> str:
    typed = form.cleaned_data
    if typed["act"] == "grant":
        grant_appeal(
            appeal_id=appeal_id,
            presence=typed["presence"],
            grade=typed["grade"],
            late_minutes=typed["late_minutes"],
            version=typed["version"],
            answer=typed["answer"],
            by=user,
            now=now,
        )
        return _("The mark is corrected, and the student is told.")
    if typed["act"] == "reopen":
        scan = typed["paper"]
        reopen_for_appeal(
            appeal_id=appeal_id,
            why=typed["why"],
            # One byte more than is kept says that the file is too large; the rest is never read.
            paper=scan.read(MAX_BYTES + 1) if scan else None,
            by=user,
            now=now,
        )
        return _("The request is on its way: first the head of department, then the dean's office.")
    if typed["act"] == "refuse":
        refuse_appeal(appeal_id=appeal_id, answer=typed["answer"], by=user, now=now)
        return _("The appeal is refused, and the student is told why.")
    withdraw_appeal(appeal_id=appeal_id, by=user, now=now)
    return _("The appeal is withdrawn.")


def _first_error(form: AnswerForm) -> str:
    return str(next(iter(form.errors.values()))[0])


def _show(
    request: HttpRequest,
    door: AppealDoor,
    *,
    now: datetime,
    form: AnswerForm | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    page = appeal_page(door.appeal, now=now)
    sent = form.data if form is not None else {}
    is_scan = door.appeal.kind == AppealKind.SCANNED
    return render(
        request,
        "journal/appeal.html",
        {
            "appeal": door.appeal,
            "door": door,
            "page": page,
            "presence": sent.get("presence") or (Presence.PRESENT.value if is_scan else page.mark.presence),
            "grade": sent.get("grade", "" if page.mark.grade is None else str(page.mark.grade)),
            "grades": [str(grade) for grade in sorted(page.daily_grades, reverse=True)],
            "late_minutes": sent.get("late_minutes", page.mark.late_minutes or ""),
            "answer": sent.get("answer", ""),
            "why": sent.get("why", ""),
            "act": sent.get("act", ""),
            "accept": ",".join(KINDS),
            "error": error,
        },
        status=status,
    )
