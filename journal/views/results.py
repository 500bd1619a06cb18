"""Sheets of exams and credit tests, debts, the summary of a group, a student's record (§2.2, §2.3, §5.2)."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from ejournal.lib.numbers import row_id
from journal.access import (
    get_course_to_examine,
    get_debt_to_retake,
    get_final_sheet,
    get_final_sheet_to_act,
    get_final_sheet_to_admit,
    get_group_results,
    get_result_lists,
)
from journal.enums import AdmissionWarning, NextStep
from journal.forms.results import AdmissionForm, SheetFilter, SheetForm, SlipForm, read_entries
from journal.models import WARNING_LABELS, FinalResult
from journal.permissions import FinalSheetDoor, is_office_of, reads_group
from journal.rules.results import next_step
from journal.selectors.corrections import changes_between, editions_of, living_correction
from journal.selectors.differences import differences_of, words_about
from journal.selectors.group_summary import group_summary, semesters_of_group
from journal.selectors.results import (
    SheetRow,
    courses_without_sheet,
    debt_list,
    groups_with_debts,
    sheet_list,
    sheet_page,
    student_record,
)
from journal.services.corrections import confirm_sheet
from journal.services.examinations import attempts_of
from journal.services.results import (
    Entry,
    TypedProblem,
    close_sheet,
    enter_points,
    open_sheet,
    open_slip,
    renew_list,
    set_admission,
    shown_points,
)
from teaching.access import get_student
from university.selectors import policy_by_unit, semester_on

PAGE_SIZE = 40
SLIP_DAYS = 14


@require_safe
def sheets(request: HttpRequest) -> HttpResponse:
    """Sheets that the person reads, the newest first; to a dean's office also the courses that have none yet."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    today = get_result_lists(user, now=now)
    form = SheetFilter(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    page = Paginator(sheet_list(user, state=state, on=today), PAGE_SIZE).get_page(request.GET.get("page"))
    semester = semester_on(today)
    rights = rights_of(user, on=today)
    waiting = courses_without_sheet(rights, semester=semester, on=today) if semester else []
    context = {
        "page_obj": page,
        "rows": [
            (
                one,
                reads_group(rights, group_id=one.course.group_id, unit_id=one.course.group.unit_id),
            )
            for one in page.object_list
        ],
        "state": state,
        "querystring": f"state={state}" if state else "",
        "waiting": waiting,
        "semester": semester,
    }
    return render(request, "journal/sheets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_new(request: HttpRequest, course_id: int) -> HttpResponse:
    """Open the sheet of a course, or of a retake."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    course = get_course_to_examine(user, course_id, now=now)
    facts: dict[str, Any] = {"course": course, "attempts": attempts_of(course, on=day_of(now)), "on": day_of(now)}
    form, error, status = SheetForm(initial={"attempt": 1}, **facts), "", 200
    if request.method == "POST":
        form, status = SheetForm(request.POST, **facts), 422
        if form.is_valid():
            try:
                made = open_sheet(course=course, by=user, now=now, **form.cleaned_data)
            except Refusal as refusal:
                error, status = str(refusal), refusal.status
            else:
                messages.success(request, _("The sheet is open, with its admission list."))
                return redirect("sheet", sheet_id=made.pk)
    return render(request, "journal/sheet_new.html", {"course": course, "form": form, "error": error}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """A sheet. POST saves the points that were typed, closes it (`act=close`), renews its list (`act=renew`) or says
    that it stays though its inputs changed (`act=confirm`)."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    if request.method != "POST":
        return _show_sheet(request, get_final_sheet(user, sheet_id, now=now), now=now)
    door = get_final_sheet_to_act(user, sheet_id, now=now)
    act = request.POST.get("act", "save")
    if act == "confirm":
        return _confirm(request, door, now=now)
    # The examiner closes, the office keeps the list; a closed sheet is answered by the service, with who closed it.
    if act == "close" and not door.is_examiner:
        raise PermissionDenied
    if act == "renew" and not door.is_office:
        raise PermissionDenied
    if act not in ("close", "renew") and not door.is_examiner and not door.types_twice:
        raise PermissionDenied
    try:
        if act == "close":
            close_sheet(sheet_id=sheet_id, by=user, now=now)
            messages.success(request, _("The sheet is closed, and the students are told."))
        elif act == "renew":
            added = renew_list(sheet_id=sheet_id, by=user, now=now)
            messages.success(
                request, ngettext("%(count)s student came.", "%(count)s students came.", added) % {"count": added}
            )
        else:
            return _save(request, door, now=now)
    except Refusal as refusal:
        return _show_sheet(request, door, now=now, error=str(refusal), status=refusal.status)
    return redirect("sheet", sheet_id=sheet_id)


def _confirm(request: HttpRequest, door: FinalSheetDoor, *, now: datetime) -> HttpResponse:
    assert isinstance(request.user, User)
    reason = request.POST.get("reason", "")
    try:
        count = confirm_sheet(sheet_id=door.sheet.pk, reason=reason, by=request.user, now=now)
    except Refusal as refusal:
        return _show_sheet(request, door, now=now, error=str(refusal), reason=reason, status=refusal.status)
    said = ngettext(
        "The sheet stays as it is for %(count)s student.", "The sheet stays as it is for %(count)s students.", count
    )
    messages.success(request, said % {"count": count})
    return redirect("sheet", sheet_id=door.sheet.pk)


def _save(request: HttpRequest, door: FinalSheetDoor, *, now: datetime) -> HttpResponse:
    assert isinstance(request.user, User)
    listed = FinalResult.objects.filter(sheet=door.sheet).values_list("student_id", flat=True)
    entries = read_entries(request.POST, listed)
    saved = enter_points(sheet_id=door.sheet.pk, entries=entries, by=request.user, now=now, second=not door.is_examiner)
    if saved.problems:
        return _show_sheet(
            request, door, now=now, typed=entries, problems=saved.problems, saved=saved.saved, status=saved.status
        )
    messages.success(
        request,
        ngettext("Points of %(count)s student saved.", "Points of %(count)s students saved.", saved.saved)
        % {"count": saved.saved},
    )
    return redirect("sheet", sheet_id=door.sheet.pk)


def _show_sheet(
    request: HttpRequest,
    door: FinalSheetDoor,
    *,
    now: datetime,
    typed: list[Entry] | None = None,
    problems: Any = (),
    saved: int = 0,
    error: str = "",
    admission: AdmissionForm | None = None,
    reason: str = "",
    status: int = 200,
) -> HttpResponse:
    page = sheet_page(door.sheet, on=day_of(now))
    wrong: dict[int, TypedProblem] = {problem.student_id: problem for problem in problems}
    kept = {entry.student_id: entry.text for entry in typed or () if entry.student_id in wrong}
    differing = differences_of(door.sheet)
    editions = editions_of(door.sheet) if door.sheet.is_closed else []
    changes = {row.before.student_id: row.before for row in changes_between(door.sheet)}
    context = {
        "door": door,
        "sheet": door.sheet,
        "page": page,
        "editions": editions if len(editions) > 1 else [],
        "asked": living_correction(door.sheet),
        "differing": len(differing),
        "words": words_about(door.sheet) if door.sheet.is_closed else [],
        "reason": reason,
        "reads_group": reads_group(
            rights_of(request.user, on=day_of(now)),  # type: ignore[arg-type]
            group_id=door.sheet.course.group_id,
            unit_id=door.sheet.course.group.unit_id,
        ),
        "rows": [
            {
                **_row(door, row, wrong.get(row.result.student_id), kept),
                "difference": differing.get(row.result.student_id),
                "was": changes.get(row.result.student_id),
            }
            for row in page.rows
        ],
        "twice": door.types_twice and not door.sheet.is_closed and door.sheet.has_exam,
        "admission": (admission or AdmissionForm(sheet_id=door.sheet.pk)) if door.can_admit else None,
        "saved": saved,
        "error": error,
    }
    return render(request, "journal/sheet.html", context, status=status)


def _row(door: FinalSheetDoor, row: SheetRow, problem: TypedProblem | None, kept: dict[int, str]) -> dict[str, Any]:
    """What of a row this person sees: of a blind second entry nothing but his own, until both are there."""
    result = row.result
    both = result.absent or (result.exam_points is not None and result.second_points is not None)
    opened = not door.types_twice or door.sheet.is_closed or both
    first = shown_points(result, second=False) if opened or door.types_first else ""
    second = shown_points(result, second=True) if opened or door.types_second else ""
    shown = shown_points(result, second=door.types_second)
    return {
        "row": row,
        "first": first,
        "second": second,
        "shown": shown,
        "typed": kept.get(result.student_id, shown),
        "types": door.can_type and result.admitted and not (door.types_second and result.absent),
        "differs": both and not result.absent and result.exam_points != result.second_points,
        "warnings": [WARNING_LABELS[AdmissionWarning(code)] for code in result.warnings],
        "problem": problem,
    }


@require_POST
def sheet_admission(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Admit a student or not, with the reason."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_final_sheet_to_admit(user, sheet_id, now=now)
    form = AdmissionForm(request.POST, sheet_id=sheet_id)
    if not form.is_valid():
        return _show_sheet(request, door, now=now, admission=form, status=422)
    said = form.cleaned_data
    try:
        set_admission(
            sheet_id=sheet_id,
            student_id=said["student"].pk,
            admitted=said["admitted"],
            reason=said["reason"],
            by=user,
            now=now,
        )
    except Refusal as refusal:
        return _show_sheet(request, door, now=now, admission=form, error=str(refusal), status=refusal.status)
    messages.success(request, _("The admission list is changed."))
    return redirect("sheet", sheet_id=sheet_id)


@require_safe
def debts(request: HttpRequest) -> HttpResponse:
    """Academic debts as far as the person reads them; `group` one group's."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    today = get_result_lists(user, now=now)
    groups = groups_with_debts(user, on=today)
    chosen = row_id(request.GET.get("group"))
    group_id = chosen if chosen in {group.pk for group in groups} else None
    page = Paginator(debt_list(user, group_id=group_id, on=today), PAGE_SIZE).get_page(request.GET.get("page"))
    rights = rights_of(user, on=today)
    usual, of_unit = policy_by_unit("exam_attempts", on=today)
    rows = []
    for debt in page.object_list:
        attempts = of_unit.get(debt.course.group.unit_id, usual)
        step = next_step(passes=debt.passes, word=debt.word, attempt=debt.attempt, attempts=attempts)
        rows.append(
            {
                "debt": debt,
                "attempts": attempts,
                "repeats": step == NextStep.REPEAT,
                "can_slip": step == NextStep.RETAKE
                and not debt.is_retaken  # type: ignore[attr-defined]  # annotated by the selector
                and is_office_of(rights, debt.course.group.unit_id),
            }
        )
    context = {
        "page_obj": page,
        "rows": rows,
        "groups": groups,
        "group_id": group_id,
        "querystring": f"group={group_id}" if group_id else "",
    }
    return render(request, "journal/debts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def slip_new(request: HttpRequest, result_id: int) -> HttpResponse:
    """Give a student a slip to take a debt again."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    debt = get_debt_to_retake(user, result_id, now=now)
    today = day_of(now)
    facts: dict[str, Any] = {"course": debt.course, "attempts": debt.attempt + 1, "on": today}
    form, error, status = SlipForm(initial={"valid_until": today + timedelta(days=SLIP_DAYS)}, **facts), "", 200
    if request.method == "POST":
        form, status = SlipForm(request.POST, **facts), 422
        if form.is_valid():
            try:
                made = open_slip(course=debt.course, student=debt.student, by=user, now=now, **form.cleaned_data)
            except Refusal as refusal:
                error, status = str(refusal), refusal.status
            else:
                messages.success(request, _("The slip is open, and the student is told."))
                return redirect("sheet", sheet_id=made.pk)
    return render(request, "journal/slip_new.html", {"debt": debt, "form": form, "error": error}, status=status)


@require_safe
@never_cache
def group_summary_page(request: HttpRequest, group_id: int) -> HttpResponse:
    """The summary sheet of a group: students × disciplines of a semester."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    group, is_office = get_group_results(user, group_id, now=now)
    today = day_of(now)
    semesters = semesters_of_group(group)
    by_id = {str(one.pk): one for one in semesters}
    # A semester that runs has no results yet: the last one that is over says more.
    over = next((one for one in semesters if one.ends_on < today), semesters[0] if semesters else None)
    semester = by_id.get(request.GET.get("semester", ""), over)
    context = {
        "group": group,
        "is_office": is_office,
        "semester": semester,
        "semester_tabs": [
            {"label": str(one), "url": f"?semester={one.pk}", "active": one == semester, "count": None}
            for one in semesters
        ],
        "summary": group_summary(group, semester, on=today) if semester is not None else None,
    }
    return render(request, "journal/group_summary.html", context)


@require_safe
@never_cache
def results(request: HttpRequest) -> HttpResponse:
    """The reader's own record; a parent is led to the first child. 404 to who is neither."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    rights = rights_of(user, on=day_of(now))
    if rights.student_id is not None:
        return redirect("student_results", student_id=rights.student_id)
    if rights.child_ids:
        return redirect("student_results", student_id=min(rights.child_ids))
    raise Http404


@require_safe
@never_cache
def student_results(request: HttpRequest, student_id: int) -> HttpResponse:
    """A student's results of all years, as far as the reader may see them."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    door = get_student(user, student_id, now=now)
    unit_id = door.enrolment.group.unit_id if door.enrolment is not None else None
    record = student_record(door.student, course_ids=door.course_ids, unit_id=unit_id, on=day_of(now))
    context = {"door": door, "record": record}
    return render(request, "journal/student_results.html", context)
