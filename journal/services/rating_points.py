"""Points that a teacher types: a module's intermediate control, and self-study where the module has no tasks. Drafts
until the module closes (§4.3); never above the scheme's maximum (§3.5e–f)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from ejournal.lib import locks
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import ComponentSource, Source
from journal.errors import sentence
from journal.models import ModulePoint
from journal.rules import MAX_REASON, points_text, read_points
from journal.selectors.rating import column_of, students_in, students_reopened
from journal.services.typed import SavedColumn, TypedProblem
from teaching.models import Course


@dataclass(frozen=True, slots=True)
class TypedPoint:
    """Points as typed for a student; `version` is what the typist saw, 0 for nothing yet."""

    student_id: int
    text: str
    version: int


def enter_points(
    *,
    course_id: int,
    module_id: int,
    component: ComponentSource,
    typed: Sequence[TypedPoint],
    reason: str = "",
    by: User,
    now: datetime,
) -> SavedColumn:
    """Save a column of points. The good ones are saved, the others answered one by one: `not_on_course`,
    `points_above_maximum`, `points_not_allowed`, `stale` with what stands there now, `module_closed` where the module
    is closed and the student not named by an open reopening. An empty text takes points back.

    The whole is refused with `no_such_column` (the scheme types nothing there), `counted_from_tasks` (self-study of a
    module that has tasks), `reason_too_long`, `module_closed` (423). That `by` may type them is the door's question.
    """
    if len(reason.strip()) > MAX_REASON:
        raise _refuse("reason_too_long")
    with transaction.atomic():
        course = Course.objects.select_related("semester__year").get(pk=course_id)
        locks.share_courses(semester_ids=[course.semester_id], course_ids=[course.pk])
        # Two who type into one course follow each other, and the second sees the versions of the first.
        Course.objects.select_for_update(no_key=True, of=("self",)).get(pk=course_id)
        column = column_of(course, module_id, component)
        if column is None:
            raise _refuse("no_such_column")
        if column.has_tasks:
            raise _refuse("counted_from_tasks")
        reopened: set[int] | None = None
        if column.sheet is not None:
            reopened = students_reopened(course_id, column.span, now=now)
            if not reopened:
                raise Refusal(_closed(column.sheet.closed_at, column.sheet.closed_by), code="module_closed", status=423)
        points = {
            point.student_id: point
            for point in ModulePoint.objects.filter(
                course_id=course_id, module_id=module_id, component=component
            ).select_related("by")
        }
        allowed = students_in(course_id, column.span) | set(points)
        problems: list[TypedProblem] = []
        made: list[ModulePoint] = []
        changed: list[ModulePoint] = []
        for one in typed:
            point = points.get(one.student_id)
            if one.student_id not in allowed:
                problems.append(_problem(one, "not_on_course"))
                continue
            if reopened is not None and one.student_id not in reopened:
                assert column.sheet is not None
                message = _closed(column.sheet.closed_at, column.sheet.closed_by)
                problems.append(TypedProblem(one.student_id, "module_closed", message, 423))
                continue
            found = _judge(one, point, cap=column.cap)
            if isinstance(found, TypedProblem):
                problems.append(found)
                continue
            value = found[0]
            if value == (point.value if point is not None else None):
                continue
            if point is None:
                point = ModulePoint(
                    course_id=course_id,
                    module_id=module_id,
                    student_id=one.student_id,
                    component=component,
                    version=0,
                    entered_at=now,
                )
                made.append(point)
            else:
                changed.append(point)
            point.value, point.by, point.at, point.reason = value, by, now, reason.strip()
            point.source = Source.WEB if reopened is None else Source.CORRECTION
            point.request_id = request_id()
            point.version += 1
        ModulePoint.objects.bulk_create(made)
        ModulePoint.objects.bulk_update(changed, ["value", "by", "at", "reason", "source", "request_id", "version"])
    return SavedColumn(len(made) + len(changed), problems)


def _judge(one: TypedPoint, point: ModulePoint | None, *, cap: Decimal) -> TypedProblem | tuple[Decimal | None]:
    """The points to write, in a tuple since None is an answer too; or what is wrong."""
    try:
        value = read_points(one.text, maximum=Decimal(100))
    except ValueError:
        return _problem(one, "points_not_allowed")
    if value is not None and value > cap:
        message = sentence("points_above_maximum", maximum=points_text(cap))
        return TypedProblem(one.student_id, "points_above_maximum", message, 422)
    if one.version != (point.version if point is not None else 0):
        if point is None:
            return _problem(one, "points_stale", status=409)
        message = sentence("stale", who=point.by.get_short_name(), at=point.at)
        return TypedProblem(one.student_id, "stale", message, 409, points_text(point.value))
    return (value,)


def _problem(one: TypedPoint, code: str, *, status: int = 422) -> TypedProblem:
    return TypedProblem(one.student_id, code, sentence(code), status)


def _refuse(code: str) -> Refusal:
    return Refusal(sentence(code), code=code)


def _closed(closed_at: datetime | None, closed_by: User | None) -> str:
    assert closed_at is not None
    assert closed_by is not None
    return sentence("module_closed", closed_at=closed_at, closed_by=closed_by.get_short_name())
