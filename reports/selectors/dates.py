"""The days of a journal, to be laid beside the department's own (§1.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Teacher
from reports.rules import HOURS_OF_A_PAIR
from teaching.enums import LessonState
from teaching.models import STATE_LABELS, Lesson, Substitution, Workload


@dataclass(frozen=True, slots=True)
class DateRow:
    """A lesson of a journal. `hours` is 0 for one that was not held."""

    day: date
    pair: int | None
    hours: int
    topic: str
    state: str
    teacher: str
    is_substituted: bool


def journal_dates(workload: Workload) -> Sequence[DateRow]:
    """Every lesson of the journal's semester in the order of time: two queries."""
    lessons = list(
        Lesson.objects.filter(workloads__workload=workload).select_related("teacher__user").order_by("starts_at", "id")
    )
    substitutes: dict[int, Teacher] = {
        one.lesson_id: one.substitute
        for one in Substitution.objects.filter(lesson__in=lessons, withdrawn_at__isnull=True).select_related(
            "substitute__user"
        )
    }
    rows = []
    for lesson in lessons:
        state = LessonState(lesson.state)
        if state == LessonState.PLANNED and lesson.roll_taken_at is not None:
            state = LessonState.HELD
        given_by = substitutes.get(lesson.id, lesson.teacher)
        rows.append(
            DateRow(
                lesson.date,
                lesson.pair,
                HOURS_OF_A_PAIR if state == LessonState.HELD else 0,
                lesson.topic,
                str(STATE_LABELS[state]),
                given_by.user.get_short_name(),
                lesson.id in substitutes,
            )
        )
    return rows
