"""Who may do what with a journal: predicates over what the door read."""

from dataclasses import dataclass

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
