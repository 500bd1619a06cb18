"""State exams and graduation papers of a group (§2.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import GroupEnrolment, Student
from journal.models import StateExam, Thesis
from journal.rules.rating import Scheme
from journal.rules.rating_presets import PRESETS
from journal.selectors.rating import DEFAULT, choice_for, plain_scheme
from teaching.models import in_force
from university.enums import ControlForm
from university.models import Group
from university.selectors import year_running


@dataclass(frozen=True, slots=True)
class StateExamOf:
    """A state exam of a group with the rows of its students by name."""

    title: str
    held_on: date
    commission: str
    rows: Sequence[StateExam]

    @property
    def is_closed(self) -> bool:
        return all(row.closed_at is not None for row in self.rows)


def scale_scheme(day: date) -> Scheme:
    """The scheme whose scale judges points of a day: that of exams."""
    choice = choice_for(ControlForm.EXAM, year_running(day) or day.year)
    return PRESETS[DEFAULT, ControlForm.EXAM] if choice is None else plain_scheme(choice.scheme_id)


def students_of_group(group: Group, *, on: date) -> list[Student]:
    """Who studies in a group on a day, by name."""
    enrolled = GroupEnrolment.objects.filter(in_force(on), group=group)
    return list(
        Student.objects.filter(pk__in=enrolled.values("student_id"))
        .select_related("user")
        .order_by("user__sort_key", "pk")
    )


def state_exams_of(group: Group) -> list[StateExamOf]:
    """A group's state exams, the newest first. One query."""
    sets: dict[tuple[str, date], list[StateExam]] = {}
    for row in (
        StateExam.objects.filter(group=group)
        .select_related("student__user", "commission")
        .order_by("-held_on", "title", "student__user__sort_key", "id")
    ):
        sets.setdefault((row.title, row.held_on), []).append(row)
    return [StateExamOf(title, held_on, rows[0].commission.name, rows) for (title, held_on), rows in sets.items()]


def theses_of(group: Group) -> list[Thesis]:
    """A group's graduation papers by name. One query."""
    return list(
        Thesis.objects.filter(group=group)
        .select_related("student__user", "supervisor__user", "commission")
        .order_by("student__user__sort_key", "-held_on", "id")
    )
