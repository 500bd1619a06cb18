"""Pages of absences, substitutions and replacements. All of them are plain forms."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Teacher, User
from accounts.permissions import Rights, rights_of
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.lib.numbers import row_id
from teaching.access.substitutions import (
    get_absence,
    get_absence_for_naming,
    get_absences,
    get_journals_to_replace,
    get_own_teaching,
    get_substitution_for_answer,
    get_substitution_for_withdrawal,
)
from teaching.enums import AbsenceKind, Answer
from teaching.forms.substitutions import (
    AbsenceForm,
    AnswerForm,
    LastDayForm,
    NamingForm,
    PredecessorForm,
    ReplacementForm,
)
from teaching.models import TeacherAbsence
from teaching.permissions.substitutions import AbsenceDoor, may_name
from teaching.selectors.absences import absence_page, own_rows, own_substitutions, with_counts
from teaching.selectors.replacements import journals_of, keepers_in, replacements_of, successors_for
from teaching.selectors.substitutes import find_teachers, working_teachers
from teaching.services.replacements import replace_teacher
from teaching.services.substitutions import (
    answer_substitution,
    end_absence,
    name_substitutes,
    record_absence,
    withdraw_absence,
    withdraw_substitution,
)
from university.selectors import semester_on

PAGE_SIZE = 30
TAB_CURRENT, TAB_PAST = "current", "past"


def _asking(request: HttpRequest) -> tuple[User, datetime]:
    assert isinstance(request.user, User)
    return request.user, clock.now()


def _tabs(active: str, current: str, past: str) -> list[dict[str, Any]]:
    return [
        {"label": current, "url": f"?when={TAB_CURRENT}", "active": active == TAB_CURRENT},
        {"label": past, "url": f"?when={TAB_PAST}", "active": active == TAB_PAST},
    ]


# ---------------------------------------------------------------------------------------------------- absences
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    """Absences of the scope, what is covered; a head records a new one (§3.5h)."""
    user, now = _asking(request)
    mine, rights = get_absences(user, now=now)
    form = _absence_form(request, rights, now=now) if may_name(rights) else None
    status = 200
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        status = 422
        if form.is_valid():
            sent = form.cleaned_data
            try:
                absence = record_absence(
                    teacher=sent["teacher"],
                    starts_on=sent["starts_on"],
                    ends_on=sent["ends_on"],
                    kind=AbsenceKind(sent["kind"]),
                    details=sent["details"],
                    document_number=sent["document_number"],
                    by=user,
                    now=now,
                )
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The absence is recorded. Choose who teaches instead."))
                return redirect("absence", absence_id=absence.pk)
    today = clock.day_of(now)
    tab = TAB_PAST if request.GET.get("when") == TAB_PAST else TAB_CURRENT
    of_tab = mine.filter(ends_on__lt=today) if tab == TAB_PAST else mine.filter(ends_on__gte=today)
    page = Paginator(with_counts(of_tab.filter(withdrawn_at__isnull=True)), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "teaching/absences.html",
        {
            "page_obj": page,
            "tabs": _tabs(tab, _("Now and to come"), pgettext("absences", "Past")),
            "querystring": f"when={tab}",
            "form": form,
            "today": today,
            "has_own": rights.teacher_id is not None,
        },
        status=status,
    )


def _absence_form(request: HttpRequest, rights: Rights, *, now: datetime) -> AbsenceForm:
    today = clock.day_of(now)
    teachers = working_teachers(on=today).filter(department_id__in=rights.department_ids)
    return AbsenceForm(
        request.POST if request.method == "POST" else None,
        teachers=teachers.order_by("user__sort_key", "id"),
        initial={"starts_on": today},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def absence(request: HttpRequest, absence_id: int) -> HttpResponse:
    """The lessons of an absent teacher, and who teaches instead: the head names one for some or all."""
    user, now = _asking(request)
    if request.method == "POST":
        return _name(request, get_absence_for_naming(user, absence_id, now=now), by=user, now=now)
    return _absence_shown(request, get_absence(user, absence_id, now=now), now=now)


def _chosen(data: QueryDict) -> dict[int, int]:
    """Lesson → teacher, of the choices that were made."""
    found = {}
    for key, value in data.items():
        lesson_id, teacher_id = row_id(key.removeprefix("lesson-")), row_id(str(value))
        if key.startswith("lesson-") and lesson_id is not None and teacher_id is not None:
            found[lesson_id] = teacher_id
    return found


def _name(request: HttpRequest, absence: TeacherAbsence, *, by: User, now: datetime) -> HttpResponse:
    form = NamingForm(request.POST)
    choices = _chosen(request.POST)
    everybody = row_id(request.POST.get("everybody"))
    door = AbsenceDoor(absence, can_name=True)
    if everybody is not None:
        page = absence_page(absence, can_name=True, search="", chosen={}, now=now)
        for row in page.lessons:
            if row.takes_substitute:
                choices.setdefault(row.lesson.pk, everybody)
    if not form.is_valid():
        return _absence_shown(request, door, now=now, form=form, chosen=choices, status=422)
    try:
        named = name_substitutes(
            absence=absence,
            choices=choices,
            note=form.cleaned_data["note"],
            accepts_busy=request.POST.get("busy") == "1",
            by=by,
            now=now,
        )
    except Refusal as refusal:
        return _absence_shown(request, door, now=now, form=form, chosen=choices, refusal=refusal, status=refusal.status)
    messages.success(
        request,
        ngettext(
            "A substitute is named for %(count)s lesson.", "Substitutes are named for %(count)s lessons.", len(named)
        )
        % {"count": len(named)},
    )
    return redirect("absence", absence_id=absence.pk)


def _absence_shown(
    request: HttpRequest,
    door: AbsenceDoor,
    *,
    now: datetime,
    form: NamingForm | None = None,
    chosen: dict[int, int] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    search = (request.POST if request.method == "POST" else request.GET).get("q", "").strip()[:80]
    living = door.absence.withdrawn_at is None
    page = absence_page(door.absence, can_name=door.can_name and living, search=search, chosen=chosen or {}, now=now)
    return render(
        request,
        "teaching/absence.html",
        {
            "absence": door.absence,
            "can_name": door.can_name and living,
            "page": page,
            "form": form or NamingForm(),
            "last_day_form": LastDayForm(),
            "search": search,
            "refusal": str(refusal) if refusal is not None else "",
            "asks_busy": refusal is not None and refusal.code == "substitute_busy",
            "today": clock.day_of(now),
        },
        status=status,
    )


@require_POST
def absence_end(request: HttpRequest, absence_id: int) -> HttpResponse:
    """The teacher returns earlier."""
    user, now = _asking(request)
    absence = get_absence_for_naming(user, absence_id, now=now)
    form = LastDayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose the last day of the absence."))
        return redirect("absence", absence_id=absence.pk)
    try:
        ended = end_absence(absence=absence, last_day=form.cleaned_data["last_day"], by=user, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The absence ends earlier; substitutions withdrawn: %(count)s.") % {"count": ended})
    return redirect("absence", absence_id=absence.pk)


@require_POST
def absence_withdraw(request: HttpRequest, absence_id: int) -> HttpResponse:
    """It was recorded by mistake."""
    user, now = _asking(request)
    absence = get_absence_for_naming(user, absence_id, now=now)
    try:
        ended = withdraw_absence(absence=absence, by=user, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("absence", absence_id=absence.pk)
    messages.success(request, _("The absence is withdrawn; substitutions withdrawn: %(count)s.") % {"count": ended})
    return redirect("absences")


# ----------------------------------------------------------------------------------------------- substitutions
@require_safe
def substitutions(request: HttpRequest) -> HttpResponse:
    """A teacher's own: in whose lessons he stands in, and who stands in for him; from today on, or all of them."""
    user, now = _asking(request)
    get_own_teaching(user, now=now)
    today = clock.day_of(now)
    shows_all = request.GET.get("when") == TAB_PAST
    mine = own_substitutions(user, since=date.min if shows_all else today)
    page = Paginator(mine.reverse() if shows_all else mine, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "teaching/substitutions.html",
        {
            "page_obj": page,
            "rows": own_rows(user, list(page.object_list), on=today),
            "tabs": _tabs(
                TAB_PAST if shows_all else TAB_CURRENT, _("Now and to come"), pgettext("substitutions", "All of them")
            ),
            "querystring": f"when={TAB_PAST}" if shows_all else "",
            "today": today,
        },
    )


@require_POST
def substitution_answer(request: HttpRequest, substitution_id: int) -> HttpResponse:
    """One of the two teachers confirms or objects."""
    user, now = _asking(request)
    door = get_substitution_for_answer(user, substitution_id, now=now)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The answer is not saved: it is too long, or nothing was chosen."))
        return redirect("substitutions")
    try:
        answer_substitution(
            substitution=door.substitution,
            answer=Answer(form.cleaned_data["answer"]),
            text=form.cleaned_data["text"],
            note=form.cleaned_data["note"] if "note" in request.POST and door.is_absent else None,
            by=user,
            now=now,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your answer is saved. The head of the department sees it."))
    return redirect("substitutions")


@require_POST
def substitution_withdraw(request: HttpRequest, substitution_id: int) -> HttpResponse:
    """The head takes the lesson back: the right on it ends at once."""
    user, now = _asking(request)
    substitution = get_substitution_for_withdrawal(user, substitution_id, now=now)
    try:
        withdraw_substitution(substitution=substitution, by=user, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The substitution is withdrawn."))
    if substitution.absence_id is None:
        return redirect("absences")
    return redirect("absence", absence_id=substitution.absence_id)


# ------------------------------------------------------------------------------------------------ replacements
@require_http_methods(["GET", "HEAD", "POST"])
def replacements(request: HttpRequest) -> HttpResponse:
    """A head passes a teacher's journals to a successor, for good, by an order."""
    user, now = _asking(request)
    workloads = get_journals_to_replace(user, now=now)
    today = clock.day_of(now)
    semester = semester_on(today)
    keepers = keepers_in(workloads, semester=semester, on=today)
    choice = PredecessorForm(request.POST or request.GET, teachers=keepers)
    teacher: Teacher | None = choice.cleaned_data["teacher"] if choice.is_valid() else None
    form: ReplacementForm | None = None
    status = 200
    if teacher is not None:
        found = find_teachers(choice.cleaned_data["q"], on=today)
        departments = rights_of(user, on=today).department_ids
        form = ReplacementForm(
            request.POST if request.method == "POST" else None,
            journals=journals_of(workloads, teacher, semester=semester, on=today),
            successors=successors_for(departments, [one.pk for one in found], on=today).exclude(pk=teacher.pk),
            initial={"from_date": today},
        )
    if request.method == "POST":
        status = 422
        if form is None and choice.is_valid():
            choice.add_error("teacher", _("Choose the teacher."))
        if form is not None and form.is_valid():
            sent = form.cleaned_data
            try:
                made = replace_teacher(
                    workload_ids=[journal.pk for journal in sent["journals"]],
                    successor=sent["successor"],
                    from_date=sent["from_date"],
                    order_number=sent["order_number"],
                    order_date=sent["order_date"],
                    reason=sent["reason"],
                    by=user,
                    now=now,
                )
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(
                    request,
                    ngettext("%(count)s journal passes on.", "%(count)s journals pass on.", len(made))
                    % {"count": len(made)},
                )
                return redirect("replacements")
    page = Paginator(replacements_of(workloads), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "teaching/replacements.html",
        {"choice": choice, "teacher": teacher, "form": form, "page_obj": page, "querystring": ""},
        status=status,
    )
