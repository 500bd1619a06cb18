"""Self-study tasks: given, changed, withdrawn; their teams; what is handed in (§3.5a, §4.2, §4.3).

All take the course's shared lock, look whether the module is closed, and say so first (423 `module_closed`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Student, User
from ejournal.lib import locks
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from ejournal.lib.papers import Kept, NotAPaper, kept
from journal.enums import SheetState, Source, TaskKind
from journal.errors import sentence
from journal.models import (
    ModuleSheet,
    SelfStudyFile,
    SelfStudyMember,
    SelfStudyTask,
    SelfStudyTeam,
    Submission,
)
from journal.rules import MAX_REASON, MOST_POINTS
from journal.selectors.selfstudy import doers_of, tasks_given_to
from messaging.services import notify
from teaching.models import PlanItem, Workload
from university.models import Module

MOST_FILES = 5
MOST_TEAMS = 99
MOST_TEXT = 10_000
MOST_NAME = 200  # signs of a file's name that are kept, its end
KIND = "self_study"


def refuse(code: str, *, status: int = 422) -> Refusal:
    return Refusal(sentence(code), code=code, status=status)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a task says, as its teacher wrote it."""

    title: str
    text: str
    kind: TaskKind
    maximum: Decimal
    due_on: date
    plan_item: PlanItem | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file with the name that its owner gave it."""

    name: str
    content: bytes


def give_task(
    *, workload: Workload, typed: Typed, by: User, now: datetime, file: Upload | None = None
) -> SelfStudyTask:
    """Give a task to the students of a journal, from today on, and tell them.

    That `by` keeps the journal is the door's question. Refused: what is typed (`task_title`, `task_text_too_long`,
    `task_maximum`, `due_in_past`, `due_outside_modules`, `not_in_plan`), `module_closed`, and of the file
    `empty_file`, `file_too_large`, `active_file`, `not_a_paper`.
    """
    today = day_of(now)
    with _kept(file) as paper, transaction.atomic():
        share(workload)
        module = _judge(workload, typed, given_on=today)
        task = SelfStudyTask.objects.create(
            workload=workload,
            module=module,
            given_on=today,
            **_fields(typed),
            **_said(by=by, now=now),
        )
        _attach(task, file, paper, by=by, now=now)
        _tell(task, by_task=True, now=now)
    return task


def change_task(
    *, task_id: int, version: int, typed: Typed, by: User, now: datetime, file: Upload | None = None
) -> SelfStudyTask:
    """Change a task, add a file to it. Both the module that it leaves and the one it comes to must be open.

    Refused: as `give_task`; `task_stale` (409), `task_withdrawn`, `maximum_below_points`, `kind_is_used`,
    `too_many_files`.
    """
    with _kept(file) as paper, transaction.atomic():
        task = hold(task_id)
        refuse_closed(task.workload, task.module)
        if task.version != version:
            raise refuse("task_stale", status=409)
        if task.withdrawn_at is not None:
            raise refuse("task_withdrawn")
        task.module = _judge(task.workload, typed, given_on=task.given_on)
        if task.marks.filter(points__gt=typed.maximum).exists():
            raise refuse("maximum_below_points")
        if task.kind != typed.kind and (
            task.submissions.exists() or task.marks.filter(points__isnull=False).exists() or task.teams.exists()
        ):
            raise refuse("kind_is_used")
        if file is not None and task.files.count() >= MOST_FILES:
            raise refuse("too_many_files")
        for name, value in (_fields(typed) | _said(by=by, now=now)).items():
            setattr(task, name, value)
        task.version += 1
        task.save()
        _attach(task, file, paper, by=by, now=now)
    return task


def withdraw_task(*, task_id: int, reason: str, by: User, now: datetime) -> SelfStudyTask:
    """Take a task back: it counts for nobody, and stays with what was handed in and graded.

    Refused: `withdraw_reason`, `reason_too_long`, `task_withdrawn`, `module_closed`.
    """
    if not reason.strip():
        raise refuse("withdraw_reason")
    if len(reason.strip()) > MAX_REASON:
        raise refuse("reason_too_long")
    with transaction.atomic():
        task = hold(task_id)
        refuse_closed(task.workload, task.module)
        if task.withdrawn_at is not None:
            raise refuse("task_withdrawn")
        task.withdrawn_at = now
        for name, value in (_said(by=by, now=now) | {"reason": reason.strip()}).items():
            setattr(task, name, value)
        task.version += 1
        task.save()
    return task


def set_teams(*, task_id: int, teams: Mapping[int, int], by: User, now: datetime) -> None:
    """Divide the students of a collective task: by student, the number of his team; who is left out is in none.

    Refused: `not_collective`, `not_on_list`, `team_number`, `team_handed_in`, `task_withdrawn`, `module_closed`.
    """
    with transaction.atomic():
        task = hold(task_id)
        refuse_closed(task.workload, task.module)
        if task.withdrawn_at is not None:
            raise refuse("task_withdrawn")
        if not task.is_collective:
            raise refuse("not_collective")
        if any(not 1 <= number <= MOST_TEAMS for number in teams.values()):
            raise refuse("team_number")
        doers = {doer.student_id for doer in doers_of(task.workload, [task.due_on])[task.due_on]}
        if set(teams) - doers:
            raise refuse("not_on_list")
        numbers = set(teams.values())
        if task.teams.exclude(number__in=numbers).filter(submissions__isnull=False).exists():
            raise refuse("team_handed_in")
        task.members.all().delete()
        task.teams.exclude(number__in=numbers).delete()
        made = {team.number: team for team in task.teams.all()}
        for number in sorted(numbers - set(made)):
            made[number] = SelfStudyTeam.objects.create(task=task, number=number)
        SelfStudyMember.objects.bulk_create(
            [
                SelfStudyMember(task=task, team=made[number], student_id=student_id)
                for student_id, number in sorted(teams.items())
            ]
        )


def hand_in(
    *, task_id: int, student: Student, text: str, by: User, now: datetime, file: Upload | None = None
) -> Submission:
    """Hand a task in, as often as one likes until its module is closed; after its day it is late, and taken.

    In a collective task it is the team's. Refused: `nothing_handed_in`, `answer_too_long`, `not_on_list`,
    `no_team`, `task_withdrawn`, `module_closed`, and of the file as in `give_task`.
    """
    if not text.strip() and file is None:
        raise refuse("nothing_handed_in")
    if len(text.strip()) > MOST_TEXT:
        raise refuse("answer_too_long")
    with _kept(file) as paper, transaction.atomic():
        # Exclusively: two members of a team who hand in at once follow each other.
        task = hold(task_id)
        refuse_closed(task.workload, task.module)
        if task.withdrawn_at is not None:
            raise refuse("task_withdrawn")
        if not tasks_given_to(student.pk, on=day_of(now)).filter(pk=task.pk).exists():
            raise refuse("not_on_list")
        team = SelfStudyTeam.objects.filter(members__student=student, task=task).first()
        if task.is_collective and team is None:
            raise refuse("no_team")
        whose: dict[str, Any] = {"team": team} if team is not None else {"student": student}
        return Submission.objects.create(
            task=task,
            **whose,
            version=task.submissions.filter(**whose).count() + 1,
            text=text.strip(),
            file_name=file.name[-MOST_NAME:] if file is not None else "",
            file_path=paper.path,
            file_type=paper.content_type,
            file_sha256=paper.sha256,
            by=by,
            handed_in_at=now,
            request_id=request_id(),
        )


def share(workload: Workload) -> None:
    """The locks of every writer under a course."""
    locks.share_courses(semester_ids=[workload.course.semester_id], course_ids=[workload.course_id])


def hold(task_id: int) -> SelfStudyTask:
    """The task, held for this transaction, under the locks of its course."""
    task = SelfStudyTask.objects.select_related("workload__course").get(pk=task_id)
    share(task.workload)
    held = SelfStudyTask.objects.select_for_update(of=("self",)).select_related(
        "workload__course__discipline", "module"
    )
    return held.get(pk=task_id)


def refuse_closed(workload: Workload, module: Module) -> None:
    """423 where the sheet of the course and the module is closed; read under the course's lock."""
    sheet = (
        ModuleSheet.objects.filter(course_id=workload.course_id, module=module, state=SheetState.CLOSED)
        .select_related("closed_by")
        .first()
    )
    if sheet is not None:
        assert sheet.closed_by is not None
        message = sentence("module_closed", closed_at=sheet.closed_at, closed_by=sheet.closed_by.get_short_name())
        raise Refusal(message, code="module_closed", status=423)


def tell_grades(task: SelfStudyTask, students: list[int], *, now: datetime) -> None:
    """Tell students that points were set for a task."""
    _tell(task, by_task=False, now=now, students=students)


def papers_folder() -> Path:
    """Where papers of tasks and what was handed in lie; no address serves it."""
    return Path(settings.MEDIA_ROOT) / "selfstudy"


def _judge(workload: Workload, typed: Typed, *, given_on: date) -> Module:
    """Whether a task may stand as typed; the module of its day, which is open."""
    if not typed.title.strip():
        raise refuse("task_title")
    if len(typed.title.strip()) > 200 or len(typed.text.strip()) > 4000:
        raise refuse("task_text_too_long")
    if not 0 < typed.maximum <= MOST_POINTS or typed.maximum != round(typed.maximum, 2):
        raise refuse("task_maximum")
    if typed.due_on < given_on:
        raise refuse("due_in_past")
    days = Q(starts_on__lte=typed.due_on, ends_on__gte=typed.due_on)
    module = Module.objects.filter(days, semester_id=workload.course.semester_id).first()
    if module is None:
        raise refuse("due_outside_modules")
    if (
        typed.plan_item is not None
        and not PlanItem.objects.filter(pk=typed.plan_item.pk, plan__workloads__workload=workload).exists()
    ):
        raise refuse("not_in_plan")
    refuse_closed(workload, module)
    return module


def _fields(typed: Typed) -> dict[str, Any]:
    return {
        "title": typed.title.strip(),
        "text": typed.text.strip(),
        "kind": typed.kind,
        "maximum": typed.maximum,
        "due_on": typed.due_on,
        "plan_item": typed.plan_item,
    }


def _said(*, by: User, now: datetime) -> dict[str, Any]:
    return {"by": by, "at": now, "source": Source.WEB, "request_id": request_id(), "reason": ""}


def _tell(task: SelfStudyTask, *, by_task: bool, now: datetime, students: list[int] | None = None) -> None:
    if students is None:
        students = [doer.student_id for doer in doers_of(task.workload, [task.due_on])[task.due_on]]
    discipline, title, due = task.workload.course.discipline.name, task.title, task.due_on.strftime("%d.%m.%Y")

    def new_task() -> str:
        return _("New task, %(discipline)s: %(title)s. Until %(due)s.") % {
            "discipline": discipline,
            "title": title,
            "due": due,
        }

    def graded() -> str:
        return _("Self-study graded, %(discipline)s: %(title)s") % {"discipline": discipline, "title": title}

    text: Callable[[], str] = new_task if by_task else graded
    notify(
        User.objects.filter(student__in=students, is_active=True),
        kind=KIND,
        text=text,
        url=reverse("task", args=[task.pk]),
        event=f"task:{task.pk}" if by_task else f"task-graded:{task.pk}:{day_of(now)}",
        now=now,
    )


@contextmanager
def _kept(file: Upload | None) -> Iterator[Kept]:
    try:
        with kept(file.content if file is not None else None, folder=papers_folder()) as paper:
            yield paper
    except NotAPaper as error:
        raise refuse(error.code) from None


def _attach(task: SelfStudyTask, file: Upload | None, paper: Kept, *, by: User, now: datetime) -> None:
    if file is not None:
        SelfStudyFile.objects.create(
            task=task,
            name=file.name[-MOST_NAME:],
            path=paper.path,
            content_type=paper.content_type,
            sha256=paper.sha256,
            by=by,
            at=now,
        )
