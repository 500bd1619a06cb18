"""Self-study of a journal: its tasks, a new one, teams, points (§3.5a)."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from journal.access import (
    get_journal,
    get_task_for_keeping,
    get_task_of_journal,
    get_tasks_for_keeping,
)
from journal.forms.selfstudy import (
    TaskForm,
    read_grades,
    read_teams,
    shown_of,
    values_of_item,
    values_of_task,
)
from journal.permissions import TaskDoor
from journal.selectors.selfstudy import (
    doers_of,
    grade_rows,
    is_task_closed,
    plan_items_for,
    task_grid,
    task_rows,
    teams_of,
)
from journal.services.selfstudy import change_task, give_task, set_teams, withdraw_task
from journal.services.selfstudy_marks import Grade, grade_task
from journal.services.typed import TypedProblem


@require_safe
def journal_tasks(request: HttpRequest, journal_id: int) -> HttpResponse:
    """The tasks of a journal, by the day until which they are done."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_journal(user, journal_id, now=now)
    return render(
        request,
        "journal/tasks.html",
        {
            "journal": door.workload,
            "rows": task_rows(door.workload, now=now),
            "can_manage": door.is_keeper,
            "items": plan_items_for(door.workload) if door.is_keeper else [],
        },
    )


@require_safe
def journal_tasks_grid(request: HttpRequest, journal_id: int) -> HttpResponse:
    """Students down, tasks across, the sum of each module."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_journal(user, journal_id, now=now)
    tasks, modules, rows = task_grid(door.workload, now=now)
    return render(
        request,
        "journal/tasks_grid.html",
        {"journal": door.workload, "tasks": tasks, "modules": modules, "rows": rows},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def task_new(request: HttpRequest, journal_id: int) -> HttpResponse:
    """A new task: empty, or with what a line of the plan says (`?item=`)."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_tasks_for_keeping(user, journal_id, now=now)
    items = plan_items_for(door.workload)
    chosen = next((item for item in items if str(item.pk) == request.GET.get("item")), None)
    if request.method != "POST":
        form = TaskForm(initial=values_of_item(chosen) if chosen is not None else {"version": 0}, items=items)
        return _form_page(request, door.workload, form, items=items)
    form = TaskForm(request.POST, request.FILES, items=items)
    if not form.is_valid():
        return _form_page(request, door.workload, form, items=items, status=422)
    try:
        made = give_task(workload=door.workload, typed=form.typed, file=form.upload, by=user, now=now)
    except Refusal as refusal:
        return _form_page(request, door.workload, form, items=items, error=str(refusal), status=refusal.status)
    messages.success(request, _("The task is given; its students are told."))
    return redirect("task_teams" if made.is_collective else "task", task_id=made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def task_edit(request: HttpRequest, task_id: int) -> HttpResponse:
    """A task is changed, or gets a file more."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_task_for_keeping(user, task_id, now=now)
    items = [door.task.plan_item] if door.task.plan_item is not None else []
    if request.method != "POST":
        form = TaskForm(initial=values_of_task(door.task), items=items)
        return _form_page(request, door.task.workload, form, door=door)
    form = TaskForm(request.POST, request.FILES, items=items)
    if not form.is_valid():
        return _form_page(request, door.task.workload, form, door=door, status=422)
    version = form.cleaned_data["version"]
    try:
        change_task(task_id=task_id, version=version, typed=form.typed, file=form.upload, by=user, now=now)
    except Refusal as refusal:
        return _form_page(request, door.task.workload, form, door=door, error=str(refusal), status=refusal.status)
    messages.success(request, _("The task is changed."))
    return redirect("task", task_id=task_id)


def _form_page(
    request: HttpRequest,
    workload: Any,
    form: TaskForm,
    *,
    door: TaskDoor | None = None,
    items: Any = (),
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "journal": workload,
        "form": form,
        "task": door.task if door is not None else None,
        "items": items,
        "error": error,
    }
    return render(request, "journal/task_form.html", context, status=status)


@require_POST
def task_withdraw(request: HttpRequest, task_id: int) -> HttpResponse:
    """A task is taken back, with a reason; it was asked about on its page."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_task_for_keeping(user, task_id, now=now)
    withdraw_task(task_id=door.task.pk, reason=request.POST.get("reason", ""), by=user, now=now)
    messages.success(request, _("The task is withdrawn: it counts for nobody."))
    return redirect("task", task_id=task_id)


@require_http_methods(["GET", "HEAD", "POST"])
def task_teams(request: HttpRequest, task_id: int) -> HttpResponse:
    """The teams of a collective task: a number beside each name."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_task_for_keeping(user, task_id, now=now)
    task = door.task
    doers = doers_of(task.workload, [task.due_on])[task.due_on]
    numbers, error, status = teams_of(task), "", 200
    if request.method == "POST":
        numbers = read_teams(request.POST, [doer.student_id for doer in doers])
        try:
            set_teams(task_id=task.pk, teams=numbers, by=user, now=now)
        except Refusal as refusal:
            error, status = str(refusal), refusal.status
        else:
            messages.success(request, _("The teams are saved."))
            return redirect("task", task_id=task_id)
    context = {
        "task": task,
        "journal": task.workload,
        "rows": [(doer, numbers.get(doer.student_id, "")) for doer in doers],
        "error": error,
    }
    return render(request, "journal/task_teams.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def task_grades(request: HttpRequest, task_id: int) -> HttpResponse:
    """The points of a task, in one form; each saved against the version that was shown."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    if request.method != "POST":
        return _grades_page(request, get_task_of_journal(user, task_id, now=now), now=now)
    door = get_task_for_keeping(user, task_id, now=now)
    grades = read_grades(request.POST, grade_rows(door.task))
    try:
        saved = grade_task(task_id=task_id, grades=grades, by=user, now=now)
    except Refusal as refusal:
        return _grades_page(request, door, now=now, typed=grades, error=str(refusal), status=refusal.status)
    if saved.problems:
        return _grades_page(
            request, door, now=now, typed=grades, problems=saved.problems, saved=saved.saved, status=saved.status
        )
    messages.success(
        request,
        ngettext("Points of %(count)s student saved.", "Points of %(count)s students saved.", saved.saved)
        % {"count": saved.saved},
    )
    return redirect("task_grades", task_id=task_id)


def _grades_page(
    request: HttpRequest,
    door: TaskDoor,
    *,
    now: datetime,
    typed: list[Grade] | None = None,
    problems: Any = (),
    saved: int = 0,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    wrong: dict[int, TypedProblem] = {problem.student_id: problem for problem in problems}
    # What was refused stays in its field; what was saved is shown as it stands.
    kept = {grade.student_id: grade.text for grade in typed or () if error or grade.student_id in wrong}
    rows = grade_rows(door.task)
    is_closed = is_task_closed(door.task)
    today = day_of(now)
    context = {
        "task": door.task,
        "journal": door.task.workload,
        "rows": [
            {
                "row": row,
                "shown": shown_of(row),
                "typed": kept.get(row.student_id, shown_of(row)),
                "version": row.mark.version if row.mark is not None else 0,
                "problem": wrong.get(row.student_id),
            }
            for row in rows
        ],
        "teams": sorted({row.team for row in rows if row.team is not None}),
        "can_write": door.can_manage and not is_closed and door.task.withdrawn_at is None,
        "is_closed": is_closed,
        "asks_reason": any(row.mark is not None and day_of(row.mark.entered_at) < today for row in rows),
        "reason": request.POST.get("reason", ""),
        "saved": saved,
        "error": error,
    }
    return render(request, "journal/task_grades.html", context, status=status)
