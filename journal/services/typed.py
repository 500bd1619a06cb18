"""What becomes of a column that was typed: points of self-study, of a module's control, of an exam."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TypedProblem:
    """Why what was typed for a student was not saved; `current` is what stands there now where somebody was faster."""

    student_id: int
    code: str
    message: str
    status: int
    current: str = ""


@dataclass(frozen=True, slots=True)
class SavedColumn:
    """How many were saved, and what was not. `status`: 200, else 422, 423 or 409."""

    saved: int
    problems: Sequence[TypedProblem]

    @property
    def status(self) -> int:
        statuses = {problem.status for problem in self.problems}
        return next((status for status in (422, 423, 409) if status in statuses), 200)
