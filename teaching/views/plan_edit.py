"""Writing a plan: the table, a table from outside, a copy, and the plan as a workbook (§4.3)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from teaching.access import get_plan, get_plan_for_editing
from teaching.forms.plans import PlanImportForm, ids_of, rows_of, typed_rows, version_of
from teaching.models import Plan
from teaching.permissions import ApprovalDoor
from teaching.rules import (
    MAX_PLAN_ITEMS,
    PLAN_COLUMNS,
    PlanLine,
    PlanProblem,
    PlanRow,
    arrange_plan,
    find_plan_table,
    read_plan,
)
from teaching.selectors.plan_edit import Writing, writing_of
from teaching.selectors.plans import sources_to_copy
from teaching.services.plan_files import column_title, plan_workbook, problem_text, read_plan_file, read_plan_text
from teaching.services.plans import copy_plan, save_plan, submit_plan

EMPTY_ROWS = 5
SHOWN_PROBLEMS = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the table as the page shows it; `errors` are sentences by column."""

    row: PlanRow
    errors: dict[str, str]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The table of a plan. A deed on a row draws the page anew without saving; saving replaces the items."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    door = get_plan_for_editing(user, plan_id, now=now)
    writing = writing_of(door.paper, user, now=now)
    if request.method != "POST":
        if not door.paper.is_open:
            return redirect("plan", plan_id=plan_id)
        rows = rows_of(list(door.paper.items.all())) or [PlanRow()] * EMPTY_ROWS
        return _show(request, door, writing, rows, version=door.paper.version)
    rows = typed_rows(request.POST)
    version = version_of(request.POST)
    deed, _colon, at = request.POST.get("do", "save").partition(":")
    if deed not in ("save", "submit"):
        index = int(at) if at.isascii() and at.isdigit() and len(at) < 4 else len(rows) - 1
        return _show(request, door, writing, arrange_plan(rows, deed, index), version=version, unsaved=True)
    lines, problems = read_plan(rows, work_kinds=writing.work_kinds, weeks=writing.weeks, modules=writing.modules)
    if problems:
        return _show(request, door, writing, rows, version=version, problems=problems, unsaved=True, status=422)
    try:
        plan = save_plan(plan_id=plan_id, lines=lines, version=version, by=user, now=now)
    except Refusal as refusal:
        # What was typed stays, upon what is there now: saving again replaces it knowingly.
        return _show(
            request,
            door,
            writing,
            rows,
            version=refusal.extra.get("version", version),
            refusal=str(refusal),
            unsaved=True,
            status=refusal.status,
        )
    if deed == "submit":
        try:
            submit_plan(plan_id=plan_id, version=plan.version, by=user, now=now)
        except Refusal as refusal:
            messages.warning(request, _("The plan is saved, but not sent: %(why)s") % {"why": refusal})
            return redirect("plan_edit", plan_id=plan_id)
        messages.success(request, _("The plan was sent for approval."))
        return redirect("plan", plan_id=plan_id)
    messages.success(request, _("The plan is saved."))
    return redirect("plan_edit", plan_id=plan_id)


def _show(
    request: HttpRequest,
    door: ApprovalDoor[Plan],
    writing: Writing,
    rows: Sequence[PlanRow],
    *,
    version: int,
    problems: Sequence[PlanProblem] = (),
    refusal: str = "",
    unsaved: bool = False,
    status: int = 200,
) -> HttpResponse:
    errors: dict[int, dict[str, str]] = defaultdict(lambda: dict.fromkeys(PLAN_COLUMNS, ""))
    for problem in problems:
        errors[problem.row][problem.column] = problem_text(problem)
    context = {
        "plan": door.paper,
        "writing": writing,
        "rows": [ShownRow(row, errors[number]) for number, row in enumerate(rows, start=1)],
        "blank": ShownRow(PlanRow(), errors[0]),
        "total": sum(int(row.hours) for row in rows if row.hours.isascii() and row.hours.strip().isdigit()),
        "version": version,
        "refusal": refusal,
        "problem_count": len(problems),
        "unsaved": unsaved,
        "max_rows": MAX_PLAN_ITEMS,
        "remarks": door.paper.decisions.filter(decision="returned").select_related("by").last(),
        "crumbs": [
            (_("Plans"), reverse("plans")),
            (str(door.paper), reverse("plan", args=[door.paper.pk])),
            (_("Edit"), None),
        ],
    }
    return render(request, "teaching/plan_edit.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def plan_import(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A table from a file or pasted: first shown, then put in place of the items; wrong in one cell, none is taken."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    door = get_plan_for_editing(user, plan_id, now=now)
    writing = writing_of(door.paper, user, now=now)
    context: dict[str, Any] = {
        "plan": door.paper,
        "writing": writing,
        "form": PlanImportForm(),
        "lines": [],
        "problems": [],
        "more_problems": 0,
        "table": "",
        "total": 0,
        "version": door.paper.version,
        "item_count": door.paper.items.count(),
        "sources": list(sources_to_copy(door.paper, user, on=clock.day_of(now))[:20]),
        "crumbs": [
            (_("Plans"), reverse("plans")),
            (str(door.paper), reverse("plan", args=[door.paper.pk])),
            (_("Import"), None),
        ],
    }
    if request.method != "POST":
        return render(request, "teaching/plan_import.html", context)
    form = PlanImportForm(request.POST, request.FILES)
    context["form"] = form
    if not form.is_valid():
        return render(request, "teaching/plan_import.html", context, status=422)
    upload = form.cleaned_data["file"]
    try:
        records = read_plan_file(upload.read()) if upload else read_plan_text(form.cleaned_data["text"])
        rows, numbers, problems = find_plan_table(records)
        lines: list[PlanLine] = []
        if not problems:
            lines, problems = read_plan(
                rows, work_kinds=writing.work_kinds, weeks=writing.weeks, modules=writing.modules, numbers=numbers
            )
        if not problems and "confirm" in request.POST:
            save_plan(plan_id=plan_id, lines=lines, version=version_of(request.POST), by=user, now=now)
            messages.success(
                request,
                ngettext("%(count)s line was taken over.", "%(count)s lines were taken over.", len(lines))
                % {"count": len(lines)},
            )
            return redirect("plan_edit", plan_id=plan_id)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return render(request, "teaching/plan_import.html", context, status=refusal.status)
    context |= {
        "lines": [] if problems else lines,
        "problems": [
            (problem.row, column_title(problem.column), problem_text(problem)) for problem in problems[:SHOWN_PROBLEMS]
        ],
        "more_problems": max(0, len(problems) - SHOWN_PROBLEMS),
        # What is confirmed is what was shown: the same lines, sent back by the page.
        "table": _as_text(lines),
        "total": sum(line.hours for line in lines),
    }
    return render(request, "teaching/plan_import.html", context, status=422 if problems else 200)


def _as_text(lines: Sequence[PlanLine]) -> str:
    """Lines as a table that `read_plan_text` reads back; cells were tidied, so that they have no tabulators."""
    heading = "\t".join(column_title(column) for column in PLAN_COLUMNS)
    rows = [
        "\t".join(
            [
                str(line.week or ""),
                str(line.module or ""),
                _quoted(line.topic),
                str(line.hours),
                _quoted(", ".join(line.kinds)),
                _quoted(line.self_study),
                _quoted(line.literature),
            ]
        )
        for line in lines
    ]
    return "\n".join([heading, *rows])


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@require_POST
def plan_copy(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Take over another plan: the own of an earlier time, or a colleague's approved one."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    door = get_plan_for_editing(user, plan_id, now=now)
    chosen = ids_of([request.POST.get("source", "")])
    sources = sources_to_copy(door.paper, user, on=clock.day_of(now))
    source = get_object_or_404(sources, pk=chosen[0] if chosen else 0)
    count = copy_plan(plan_id=plan_id, source=source, version=version_of(request.POST), by=user, now=now)
    messages.success(
        request,
        ngettext("%(count)s line was taken over.", "%(count)s lines were taken over.", count) % {"count": count},
    )
    return redirect("plan_edit", plan_id=plan_id)


@require_safe
def plan_export(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The plan as XLSX, in the reader's language."""
    user = request.user
    assert isinstance(user, User)
    now: datetime = clock.now()
    door = get_plan(user, plan_id, now=now)
    answer = HttpResponse(plan_workbook(door.paper, list(door.paper.items.all())), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="plan-{door.paper.pk}.xlsx"'
    return answer
