"""Points for self-study: set student by student, each with the version that was seen, until the module closes
(§3.5a, §4.3). The filling window does not hold them: a task is graded when it is handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import User
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from journal.enums import Source
from journal.errors import sentence
from journal.models import SelfStudyMark
from journal.rules import MAX_REASON, needs_reason, points_text, read_points
from journal.selectors.selfstudy import doers_of
from journal.services.selfstudy import hold, refuse, refuse_closed, tell_grades
from journal.services.typed import SavedColumn, TypedProblem


@dataclass(frozen=True, slots=True)
class Grade:
    """Points as typed for a student; `version` is what the typist saw, 0 for nothing yet."""

    student_id: int
    text: str
    version: int
    reason: str = ""


def grade_task(*, task_id: int, grades: Sequence[Grade], by: User, now: datetime) -> SavedColumn:
    """Set points: the good ones are saved, the others answered one by one (`not_on_list`, `points_not_allowed`,
    `reason_missing`, `reason_too_long`, `stale` with what stands there now); those whose points changed are
    told. The whole is refused with `module_closed` (423) or `task_withdrawn`. An empty text takes points back.
    """
    problems: list[TypedProblem] = []
    saved: list[int] = []
    today = day_of(now)
    with transaction.atomic():
        # Held exclusively: two who grade one task follow each other, and the second sees the versions of the first.
        task = hold(task_id)
        refuse_closed(task.workload, task.module)
        if task.withdrawn_at is not None:
            raise refuse("task_withdrawn")
        marks = {mark.student_id: mark for mark in task.marks.select_related("by")}
        allowed = {doer.student_id for doer in doers_of(task.workload, [task.due_on])[task.due_on]} | set(marks)
        for grade in grades:
            mark = marks.get(grade.student_id)
            found = _judge(grade, mark, maximum=task.maximum, is_allowed=grade.student_id in allowed, today=today)
            if isinstance(found, TypedProblem):
                problems.append(found)
                continue
            points = found[0]
            if points == (mark.points if mark is not None else None):
                continue
            said: dict[str, Any] = {
                "points": points,
                "by": by,
                "at": now,
                "source": Source.WEB,
                "request_id": request_id(),
                "reason": grade.reason.strip(),
            }
            if mark is None:
                SelfStudyMark.objects.create(task=task, student_id=grade.student_id, entered_at=now, **said)
            else:
                for name, value in said.items():
                    setattr(mark, name, value)
                mark.version += 1
                mark.save()
            saved.append(grade.student_id)
        if saved:
            tell_grades(task, saved, now=now)
    return SavedColumn(len(saved), problems)


def _judge(
    grade: Grade, mark: SelfStudyMark | None, *, maximum: Decimal, is_allowed: bool, today: date
) -> TypedProblem | tuple[Decimal | None]:
    """The points to write, in a tuple since None is an answer too; or what is wrong."""
    if not is_allowed:
        return _problem(grade, "not_on_list")
    try:
        points = read_points(grade.text, maximum=maximum)
    except ValueError:
        return _problem(grade, "points_not_allowed")
    version = mark.version if mark is not None else 0
    if grade.version != version:
        if mark is None:
            return TypedProblem(grade.student_id, "stale", sentence("task_stale"), 409)
        message = sentence("stale", who=mark.by.get_short_name(), at=mark.at)
        return TypedProblem(grade.student_id, "stale", message, 409, points_text(mark.points))
    if mark is None or points == mark.points:
        return (points,)
    if len(grade.reason.strip()) > MAX_REASON:
        return _problem(grade, "reason_too_long")
    if needs_reason(entered_on=day_of(mark.entered_at), today=today) and not grade.reason.strip():
        return TypedProblem(grade.student_id, "reason_missing", sentence("points_reason_missing"), 422)
    return (points,)


def _problem(grade: Grade, code: str) -> TypedProblem:
    return TypedProblem(grade.student_id, code, sentence(code), 422)
