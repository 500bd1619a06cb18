"""Who closes a module, who confirms his journal for it, who reads its sheet (§4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from teaching.models import Course, Workload
from university.models import Module


@dataclass(frozen=True, slots=True)
class SheetDoor:
    """A course's modules as one user meets them. `can_close`: he leads the course; `kept`: the journals of it that he
    keeps; else a reader."""

    course: Course
    modules: Sequence[Module]
    can_close: bool
    kept: Sequence[Workload]

    @property
    def can_write(self) -> bool:
        return self.can_close or bool(self.kept)
