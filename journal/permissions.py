"""Who may do what with a journal: predicates over what the door read."""

from dataclasses import dataclass

from accounts.enums import Role
from accounts.permissions import Rights
from journal.models import Excuse
from teaching.models import Workload


@dataclass(frozen=True, slots=True)
class JournalDoor:
    """A journal as one user meets it on one day.

    `is_keeper`: fills all of it; `is_substitute`: fills the lessons named to him; else a reader.
    """

    workload: Workload
    is_keeper: bool
    is_substitute: bool

    @property
    def can_write(self) -> bool:
        """Whether any cell of it may be written by this user; which ones, the service judges."""
        return self.is_keeper or self.is_substitute


def enters_excuses(rights: Rights) -> bool:
    """A dean and his office, for their unit."""
    return rights.has(Role.DEAN, Role.DEANS_OFFICE)


def reads_excuses(rights: Rights) -> bool:
    """Who enters them, and the study office: without the papers, which may name an illness."""
    return enters_excuses(rights) or rights.has(Role.STUDY_OFFICE)


@dataclass(frozen=True, slots=True)
class ExcuseDoor:
    """An excuse as one user meets it; `can_manage`: his office entered it, so it sees the paper and may withdraw."""

    excuse: Excuse
    can_manage: bool
