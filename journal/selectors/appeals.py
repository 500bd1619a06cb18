"""Appeals: who sees which, what waits for whom, what stands in a cell (§4.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Rights, rights_of
from ejournal.lib.clock import day_of
from journal.enums import AppealState
from journal.models import LIVING_APPEALS, LIVING_REOPENINGS, Appeal, ExcuseCover, Mark, Reopening
from journal.rules import MarkState, appeal_problem, is_answer_overdue
from journal.selectors.reopenings import locked_lessons
from teaching.models import WorkloadTeacher, keeping
from university.selectors import policies


def mark_state(mark: Mark) -> MarkState:
    return MarkState(mark.presence, mark.grade, mark.late_minutes, mark.makeup_on)


def was_state(appeal: Appeal) -> MarkState:
    """The mark as it was when the student appealed."""
    return MarkState(appeal.was_presence, appeal.was_grade, appeal.was_late_minutes, appeal.was_makeup_on)


def appeals_visible_to(user: User, *, on: date) -> QuerySet[Appeal]:
    """A student's own, those of the journals that a person keeps, of his groups, department or unit; all for the study
    office and the leadership. Parents, colleagues and substitutes see none."""
    rights = rights_of(user, on=on)
    found = Appeal.objects.select_related(
        "lesson",
        "student__user",
        "workload__course__discipline",
        "workload__course__group__unit",
        "workload__course__semester__year",
        "workload__subgroup",
    )
    if rights.sees_everything:
        return found
    seen = Q(student_id=rights.student_id or 0)
    if rights.teacher_id is not None:
        seen |= _kept_by(rights, on)
    if rights.has(Role.HEAD):
        # The teacher's own department reads, as it reads his journals; what it watches is the workload's.
        seen |= Q(
            Exists(
                WorkloadTeacher.objects.filter(
                    keeping(on),
                    workload=OuterRef("workload"),
                    teacher__department_id__in=rights.department_ids,
                )
            )
        )
    return found.filter(seen | _scope(rights))


def _scope(rights: Rights) -> Q:
    """What an office watches."""
    scope = Q(pk__in=[])
    if rights.has(Role.CURATOR):
        scope |= Q(workload__course__group_id__in=rights.group_ids)
    if rights.has(Role.HEAD):
        scope |= Q(workload__department_id__in=rights.department_ids)
    if rights.has(Role.DEAN, Role.DEANS_OFFICE):
        scope |= Q(workload__course__group__unit_id__in=rights.unit_ids)
    return scope


def _kept_by(rights: Rights, on: date) -> Q:
    """Appeals that this person has to answer, were they open."""
    return Q(
        Exists(
            WorkloadTeacher.objects.filter(
                keeping(on), workload=OuterRef("workload"), teacher_id=rights.teacher_id or 0
            )
        )
    )


SHOWS = ("waiting", "open", "overdue")


def appeal_list(user: User, *, show: str, journal_id: int | None = None, on: date) -> QuerySet[Appeal]:
    """What a person sees. `show`: `waiting` for his answer, `open`, `overdue`, or everything. What is open comes
    first by its day, then the newest."""
    found = appeals_visible_to(user, on=on).annotate(is_kept=_kept_by(rights_of(user, on=on), on))
    if journal_id is not None:
        found = found.filter(workload_id=journal_id)
    if show == "waiting":
        found = found.filter(state=AppealState.OPEN, is_kept=True)
    elif show == "open":
        found = found.filter(state=AppealState.OPEN)
    elif show == "overdue":
        found = found.filter(state=AppealState.OPEN, due_on__lt=on)
    order = ["due_on", "made_at", "id"] if show in SHOWS else ["-made_at", "-id"]
    return found.order_by(*order)


@dataclass(frozen=True, slots=True)
class AppealCounts:
    """Open appeals: `mine` wait for the person himself, `watched` lie in what his offices watch; of each those that
    are past their day."""

    mine: int = 0
    mine_overdue: int = 0
    watched: int = 0
    watched_overdue: int = 0


def appeal_counts(rights: Rights, *, on: date) -> AppealCounts:
    """One query, over the open ones."""
    watched = Q() if rights.sees_everything else _scope(rights)
    mine = _kept_by(rights, on)
    late = Q(due_on__lt=on)
    # Once a row: the conditions are asked of the appeal, not of what it is joined with.
    open_ones = Appeal.objects.filter(state=AppealState.OPEN).annotate(is_mine=mine, is_watched=_as_column(watched))
    return AppealCounts(
        **open_ones.aggregate(
            mine=Count("id", filter=Q(is_mine=True)),
            mine_overdue=Count("id", filter=Q(is_mine=True) & late),
            watched=Count("id", filter=Q(is_watched=True)),
            watched_overdue=Count("id", filter=Q(is_watched=True) & late),
        )
    )


def _as_column(condition: Q) -> Exists:
    return Exists(Appeal.objects.filter(condition, pk=OuterRef("pk")))


def appeals_of_cell(lesson_id: int, student_id: int) -> list[Appeal]:
    """The appeals of a cell, the newest first."""
    return list(
        Appeal.objects.filter(lesson_id=lesson_id, student_id=student_id)
        .select_related("answered_by", "reopening")
        .order_by("-made_at", "-id")
    )


def newest_by_lesson(user: User, student_id: int, course_id: int, *, on: date) -> dict[int, Appeal]:
    """By lesson the newest appeal of a student in a course that a person may read, withdrawn ones aside."""
    found = appeals_visible_to(user, on=on).filter(student_id=student_id, workload__course_id=course_id)
    living = found.exclude(state=AppealState.WITHDRAWN).select_related(None)
    return {appeal.lesson_id: appeal for appeal in living.order_by("made_at", "id")}


def problem_of(
    state: MarkState,
    *,
    version: int,
    marked_at: datetime,
    is_excused: bool,
    newest: Appeal | None,
    appeal_days: int,
    today: date,
) -> str | None:
    """Why the student may not appeal against this mark, or None."""
    return appeal_problem(
        state,
        version=version,
        is_excused=is_excused,
        changed_on=day_of(marked_at),
        today=today,
        appeal_days=appeal_days,
        has_living=newest is not None and newest.state in LIVING_APPEALS,
        refused_version=newest.was_version if newest is not None and newest.state == AppealState.REFUSED else None,
    )


def problem_of_cell(mark: Mark, *, now: datetime) -> str | None:
    """The same for one mark whose workload, course and group are read: for the page, and again, with its row held, for
    the service. Three queries."""
    today = day_of(now)
    cell = appeals_of_cell(mark.lesson_id, mark.student_id)
    return problem_of(
        mark_state(mark),
        version=mark.version,
        marked_at=mark.at,
        is_excused=ExcuseCover.objects.filter(lesson_id=mark.lesson_id, student_id=mark.student_id).exists(),
        newest=next((appeal for appeal in cell if appeal.state != AppealState.WITHDRAWN), None),
        appeal_days=policies("appeal_days", on=today, unit_id=mark.workload.course.group.unit_id)["appeal_days"],
        today=today,
    )


@dataclass(frozen=True, slots=True)
class AppealPage:
    """What the page of an appeal shows beside it. `is_locked`: yes becomes a request to reopen; `asked` is the one
    that is on its way already. `daily_grades` are those that the mark may become."""

    mark: Mark
    was: MarkState
    became: MarkState
    is_overdue: bool
    is_locked: bool
    asked: Reopening | None
    daily_grades: Sequence[int]


def reopening_of_cell(appeal: Appeal) -> Reopening | None:
    """The request to reopen the cell of an appeal that is on its way or open, whoever asked. One query."""
    return (
        Reopening.objects.filter(
            workload_id=appeal.workload_id,
            state__in=LIVING_REOPENINGS,
            lessons__lesson=appeal.lesson_id,
            students__student=appeal.student_id,
        )
        .order_by("id")
        .first()
    )


def appeal_page(appeal: Appeal, *, now: datetime) -> AppealPage:
    """Six queries; the appeal's workload, course and group are read."""
    today = day_of(now)
    mark = Mark.objects.select_related("by").get(lesson_id=appeal.lesson_id, student_id=appeal.student_id)
    living = reopening_of_cell(appeal)
    is_reopened = living is not None and living.until is not None and living.until > now
    is_locked = locked_lessons(appeal.workload, [appeal.lesson_id], now=now).get(appeal.lesson_id, False)
    unit_id = appeal.workload.course.group.unit_id
    return AppealPage(
        mark,
        was_state(appeal),
        mark_state(mark),
        appeal.state == AppealState.OPEN and is_answer_overdue(appeal.due_on, today=today),
        is_locked and not is_reopened,
        living,
        policies("daily_grades", on=today, unit_id=unit_id)["daily_grades"],
    )
