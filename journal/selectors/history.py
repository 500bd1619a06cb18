"""The history of one cell: who made of it what, when and why (law 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Student, User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from journal.enums import Source
from journal.models import SOURCE_LABELS, Appeal, ChangeEvent, Mark, Reopening
from journal.rules import MarkState
from journal.selectors.appeals import appeals_of_cell
from teaching.enums import EnrolmentBasis
from teaching.models import Lesson, LessonWorkload, Workload


@dataclass(frozen=True, slots=True)
class Step:
    """One change. `who` is empty where the row no longer says it; `before` is None for the making."""

    at: datetime
    who: str
    before: MarkState | None
    after: MarkState
    reason: str
    source: str
    reopening_id: int | None = None  # under which it was made (§4.3)


@dataclass(frozen=True, slots=True)
class CellHistory:
    """The cell of a student at a lesson with all its changes, the newest first; none: nobody has looked yet."""

    lesson: Lesson
    student: Student
    workload: Workload
    steps: Sequence[Step]
    appeals: Sequence[Appeal] = ()


def cell_history(user: User, lesson_id: int, student_id: int, *, now: datetime) -> CellHistory | None:
    """The history of a cell for those who may read it: readers of the journal, the administrator, the student
    himself and his parents; None for strangers, and where there is no such cell."""
    lesson = Lesson.objects.filter(pk=lesson_id).first()
    student = Student.objects.select_related("user").filter(pk=student_id).first()
    if lesson is None or student is None:
        return None
    mark = Mark.objects.select_related("by").filter(lesson=lesson, student=student).first()
    workload = (
        Workload.objects.select_related("course__discipline", "course__group", "subgroup")
        .filter(pk__in=[mark.workload_id] if mark is not None else _workloads_on_roll(lesson, student))
        .order_by("id")
        .first()
    )
    if workload is None or not _may_read(user, workload, student, on=day_of(now)):
        return None
    if mark is None:
        return CellHistory(lesson, student, workload, ())
    return CellHistory(lesson, student, workload, _steps(mark), appeals_of_cell(lesson.id, student.id))


def _workloads_on_roll(lesson: Lesson, student: Student) -> list[int]:
    """The journals under which a student stands on the roll of a lesson."""
    return list(
        LessonWorkload.objects.filter(
            Q(workload__course__enrolments__ends_on__isnull=True)
            | Q(workload__course__enrolments__ends_on__gte=lesson.date),
            Q(workload__subgroup__isnull=True)
            | Q(workload__course__enrolments__subgroup_id=F("workload__subgroup_id")),
            ~Q(workload__course__enrolments__basis=EnrolmentBasis.EXEMPT),
            lesson=lesson,
            workload__course__enrolments__student=student,
            workload__course__enrolments__starts_on__lte=lesson.date,
        ).values_list("workload_id", flat=True)
    )


def _may_read(user: User, workload: Workload, student: Student, *, on: date) -> bool:
    rights = rights_of(user, on=on)
    return (
        student.id == rights.student_id
        or student.id in rights.child_ids
        or rights.has(Role.ADMINISTRATOR)
        or Workload.objects.visible_to(user, on=on).filter(pk=workload.pk).exists()
    )


def _state(columns: Mapping[str, Any] | None) -> MarkState:
    """What the columns of an event say."""
    if columns is None:
        return MarkState()
    day = columns.get("makeup_on")
    return MarkState(
        columns.get("presence"),
        columns.get("grade"),
        columns.get("late_minutes"),
        date.fromisoformat(day) if day else None,
    )


def _reopened(mark: Mark) -> list[tuple[int, datetime, datetime]]:
    """The reopenings that named the cell, each with the moments between which it let changes pass."""
    return [
        (pk, opened_at, ended_at or until)
        for pk, opened_at, ended_at, until in Reopening.objects.filter(
            lessons__lesson=mark.lesson_id, students__student=mark.student_id, opened_at__isnull=False
        )
        .order_by("opened_at", "id")
        .values_list("id", "opened_at", "ended_at", "until")
        # The database says that one that was opened has both moments.
        if opened_at is not None and until is not None
    ]


def _under(spans: Sequence[tuple[int, datetime, datetime]], source: str, at: datetime) -> int | None:
    """The reopening under which a change was made: only a correction can be, in its time."""
    if source != Source.CORRECTION:
        return None
    return next((pk for pk, since, until in spans if since <= at < until), None)


def _steps(mark: Mark) -> list[Step]:
    events = list(ChangeEvent.objects.filter(entity="journal_mark", entity_id=mark.id).order_by("version", "id"))
    made = events[0].before if events else None
    authors = {event.by_id for event in events} | ({made["by_id"]} if made else set())
    people = User.objects.in_bulk({author for author in authors if author is not None})

    def name(user_id: int | None) -> str:
        return people[user_id].get_full_name() if user_id in people else ""

    spans = _reopened(mark)
    steps = []
    if made is not None:
        made_at = datetime.fromisoformat(made["at"])
        steps.append(
            Step(
                made_at,
                name(made["by_id"]),
                None,
                _state(made),
                made["reason"],
                str(SOURCE_LABELS[Source(made["source"])]),
                _under(spans, made["source"], made_at),
            )
        )
    else:
        steps.append(
            Step(
                mark.at,
                mark.by.get_full_name(),
                None,
                MarkState(mark.presence, mark.grade, mark.late_minutes, mark.makeup_on),
                mark.reason,
                str(SOURCE_LABELS[Source(mark.source)]),
                _under(spans, mark.source, mark.at),
            )
        )
    for event in events:
        steps.append(
            Step(
                event.at,
                name(event.by_id),
                _state(event.before),
                _state(event.after),
                event.reason,
                str(SOURCE_LABELS[Source(event.source)]),
                _under(spans, event.source, event.at),
            )
        )
    steps.reverse()
    return steps
