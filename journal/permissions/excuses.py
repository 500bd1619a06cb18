"""Who enters and who reads excuses."""

from dataclasses import dataclass

from accounts.enums import Role
from accounts.permissions import Rights
from journal.models import Excuse


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
