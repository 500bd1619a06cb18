"""Who may do what with a self-study task."""

from dataclasses import dataclass

from accounts.models import Student
from journal.models import SelfStudyTask
from journal.permissions.journals import JournalDoor


@dataclass(frozen=True, slots=True)
class TaskDoor:
    """A task as one user meets it: by its journal (`journal`), or as a student to whom it was given or his parent
    (`student`). Its keeper manages it; the student himself hands in."""

    task: SelfStudyTask
    journal: JournalDoor | None = None
    student: Student | None = None
    is_self: bool = False

    @property
    def can_manage(self) -> bool:
        return self.journal is not None and self.journal.is_keeper
