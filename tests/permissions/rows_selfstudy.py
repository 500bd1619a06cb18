"""Rows of self-study: tasks, what is handed in, points, files."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from journal.enums import TaskKind
from journal.services.selfstudy import Typed, Upload, give_task, hand_in, set_teams
from tests import factories as make
from tests.lib.test_papers import A_PDF
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import READERS, Row

KEEPER = ("teacher",)
MAY_READ = tuple(role for role in READERS if role != "teacher")
STUDENTS = ("student", "fellow")
SEES = (*READERS, *STUDENTS, "parent")
CHANGES = {422: KEEPER, 403: tuple(role for role in SEES if role != "teacher")}


def extend(cast: Cast) -> None:
    """A task of the group with a file, handed in by the student; and a collective one."""
    made: Any = cast
    teacher = cast.people["teacher"]
    assert teacher is not None
    typed = {"title": "Конспект", "text": "", "maximum": Decimal(10), "due_on": make.MONDAY + timedelta(days=3)}
    made.task = give_task(
        workload=cast.journal,
        typed=Typed(kind=TaskKind.INDIVIDUAL, **typed),
        file=Upload("шарт.pdf", A_PDF),
        by=teacher,
        now=NOW,
    )
    made.team_task = give_task(
        workload=cast.journal, typed=Typed(kind=TaskKind.COLLECTIVE, **typed), by=teacher, now=NOW
    )
    set_teams(task_id=made.team_task.pk, teams={cast.student.pk: 1}, by=teacher, now=NOW)
    made.submission = hand_in(
        task_id=made.task.pk,
        student=cast.student,
        text="",
        file=Upload("жооп.pdf", A_PDF),
        by=cast.student.user,
        now=NOW,
    )


def journal_url(cast: Any) -> str:
    return f"/journals/{cast.journal.id}/tasks/"


def task_url(cast: Any) -> str:
    return f"/tasks/{cast.task.id}/"


def team_url(cast: Any) -> str:
    return f"/tasks/{cast.team_task.id}/teams/"


def file_url(cast: Any) -> str:
    return f"{task_url(cast)}files/{cast.task.files.get().pk}/"


ROWS = [
    Row("journal_tasks", journal_url, {200: READERS}),
    Row("journal_tasks_grid", lambda c: f"{journal_url(c)}grid/", {200: READERS}),
    Row("task_new", lambda c: f"{journal_url(c)}new/", {200: KEEPER, 403: MAY_READ}),
    # Empty forms: nothing is given, changed or withdrawn by them.
    Row("task_new", lambda c: f"{journal_url(c)}new/", {422: KEEPER, 403: MAY_READ}, method="post"),
    Row("tasks", lambda c: "/tasks/", {200: (*STUDENTS, "stranger", "parent")}),
    Row("task", task_url, {200: SEES}),
    Row("task", task_url, {422: STUDENTS, 403: (*READERS, "parent")}, method="post"),
    Row("task_edit", lambda c: f"{task_url(c)}edit/", {200: KEEPER, 403: CHANGES[403]}),
    Row("task_edit", lambda c: f"{task_url(c)}edit/", CHANGES, method="post"),
    Row("task_withdraw", lambda c: f"{task_url(c)}withdraw/", CHANGES, method="post"),
    Row("task_teams", team_url, {200: KEEPER, 403: CHANGES[403]}),
    Row("task_teams", team_url, CHANGES, method="post", data=lambda c: {f"t{c.student.pk}": "x"}),
    Row("task_grades", lambda c: f"{task_url(c)}grades/", {200: READERS}),
    Row(
        "task_grades",
        lambda c: f"{task_url(c)}grades/",
        CHANGES,
        method="post",
        data=lambda c: {f"p{c.student.pk}": "x", f"v{c.student.pk}": "0:"},
    ),
    Row("task_file", file_url, {200: SEES}),
    # What a student handed in is his own: not his fellow's.
    Row("submission_file", lambda c: f"/submissions/{c.submission.pk}/file/", {200: (*READERS, "student", "parent")}),
]
