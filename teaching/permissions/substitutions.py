"""Who names a substitute, who answers, who only reads (trials.md, "substitute: name")."""

from dataclasses import dataclass

from accounts.enums import Role
from accounts.permissions import Rights
from teaching.models import Substitution, TeacherAbsence


def may_see_absences(rights: Rights) -> bool:
    """Whether there is a list of absences for this person at all: heads, units, study office, leadership."""
    return may_name(rights) or rights.sees_everything or rights.has(Role.DEAN, Role.DEANS_OFFICE)


def may_name(rights: Rights) -> bool:
    """Heads, acting ones too, for the teachers of their department; a head who is away for himself."""
    return bool(rights.department_ids)


@dataclass(frozen=True, slots=True)
class AbsenceDoor:
    """An absence as one person meets it on one day."""

    absence: TeacherAbsence
    can_name: bool


@dataclass(frozen=True, slots=True)
class SubstitutionDoor:
    """A substitution as one person meets it: the head withdraws it, the two teachers answer."""

    substitution: Substitution
    can_withdraw: bool
    is_substitute: bool
    is_absent: bool

    @property
    def can_answer(self) -> bool:
        return self.is_substitute or self.is_absent
