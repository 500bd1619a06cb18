"""Self-study as a student and his parents meet it: the list, a task, handing in; and the files (§2.8, §4.2)."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from ejournal.lib.numbers import row_id
from ejournal.lib.papers import download
from journal.access import (
    get_submission_file,
    get_task,
    get_task_file,
    get_task_for_handing_in,
    get_tasks_of_student,
)
from journal.forms.selfstudy import HandInForm, WithdrawTaskForm
from journal.permissions import TaskDoor
from journal.selectors.selfstudy import (
    grade_rows,
    is_late,
    is_task_closed,
    state_of,
    student_task_rows,
    student_tasks,
    submissions_of_student,
    team_mates,
)
from journal.services.selfstudy import hand_in, papers_folder

PAGE_SIZE = 30


@require_safe
@never_cache
def tasks(request: HttpRequest) -> HttpResponse:
    """The tasks of a student in all his courses, those of the newest days first; a parent's child's (`?student=`)."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    student, children = get_tasks_of_student(user, row_id(request.GET.get("student", "")), now=now)
    page = Paginator(student_tasks(student.pk, now=now), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "student": student,
        "is_self": student.user_id == user.pk,
        "page_obj": page,
        "rows": student_task_rows(list(page.object_list), student.pk, now=now),
        "querystring": "" if student.user_id == user.pk else f"student={student.pk}",
        "child_tabs": [
            {
                "label": child.user.get_full_name(),
                "url": f"{reverse('tasks')}?student={child.pk}",
                "active": child.pk == student.pk,
                "count": None,
            }
            for child in children
        ]
        if len(children) > 1
        else [],
    }
    return render(request, "journal/student_tasks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def task(request: HttpRequest, task_id: int) -> HttpResponse:
    """A task: for its student with what he handed in, for the readers of its journal with what everybody did.
    POST hands in."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    if request.method != "POST":
        door = get_task(user, task_id, now=now, student_id=row_id(request.GET.get("student", "")))
        if door.student is None:
            return _journal_page(request, door)
        return _student_page(request, door, form=HandInForm())
    door = get_task_for_handing_in(user, task_id, now=now)
    assert door.student is not None
    form = HandInForm(request.POST, request.FILES)
    if not form.is_valid():
        return _student_page(request, door, form=form, status=422)
    text = form.cleaned_data["text"]
    try:
        hand_in(task_id=task_id, student=door.student, text=text, file=form.upload, by=user, now=now)
    except Refusal as refusal:
        return _student_page(request, door, form=form, error=str(refusal), status=refusal.status)
    messages.success(request, _("Handed in. You may hand in again until the module is closed."))
    return redirect("task", task_id=task_id)


def _student_page(
    request: HttpRequest, door: TaskDoor, *, form: HandInForm, error: str = "", status: int = 200
) -> HttpResponse:
    found, student = door.task, door.student
    assert student is not None
    submissions = submissions_of_student(found, student)
    mark = found.marks.filter(student=student).first()
    points = mark.points if mark is not None else None
    is_closed = is_task_closed(found)
    mates = team_mates(found, student) if found.is_collective else []
    context: dict[str, Any] = {
        "task": found,
        "student": student,
        "is_self": door.is_self,
        "files": list(found.files.all()),
        "submissions": [(submission, is_late(found, submission)) for submission in submissions],
        "points": points,
        "mates": mates,
        "state": state_of(
            found, points=points, submission=submissions[0] if submissions else None, today=day_of(clock.now())
        ),
        "is_closed": is_closed,
        "can_hand_in": door.is_self
        and not is_closed
        and found.withdrawn_at is None
        and (bool(mates) or not found.is_collective),
        "form": form,
        "error": error,
    }
    return render(request, "journal/student_task.html", context, status=status)


def _journal_page(request: HttpRequest, door: TaskDoor) -> HttpResponse:
    found = door.task
    is_closed = is_task_closed(found)
    can_change = door.can_manage and not is_closed and found.withdrawn_at is None
    context = {
        "task": found,
        "journal": found.workload,
        "files": list(found.files.all()),
        "rows": grade_rows(found),
        "can_change": can_change,
        "is_closed": is_closed,
        "asks": can_change and "withdraw" in request.GET,
        "form": WithdrawTaskForm(),
    }
    return render(request, "journal/task.html", context)


@require_safe
def task_file(request: HttpRequest, task_id: int, file_id: int) -> FileResponse:
    """A paper of a task, to be saved."""
    user = request.user
    assert isinstance(user, User)
    paper = get_task_file(user, task_id, file_id, now=clock.now())
    return download(papers_folder() / paper.path, name=f"task-{task_id}-{paper.pk}", content_type=paper.content_type)


@require_safe
def submission_file(request: HttpRequest, submission_id: int) -> FileResponse:
    """A file that was handed in, to be saved."""
    user = request.user
    assert isinstance(user, User)
    submission = get_submission_file(user, submission_id, now=clock.now())
    path = papers_folder() / submission.file_path
    return download(path, name=f"answer-{submission.pk}", content_type=submission.file_type)
