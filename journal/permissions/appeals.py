"""Who appeals, who answers, who reads appeals (§4.2)."""

from dataclasses import dataclass

from accounts.enums import Role
from accounts.permissions import Rights
from journal.enums import AppealState
from journal.models import Appeal


def reads_appeals(rights: Rights) -> bool:
    """Who has a list of them: students their own, teachers, curators, heads, deans and their offices,
    the study office and the leadership. Administrators have none."""
    return rights.student_id is not None or watches_appeals(rights)


def watches_appeals(rights: Rights) -> bool:
    """Who meets appeals of others: by teaching, or by an office."""
    return (
        rights.teacher_id is not None
        or rights.sees_everything
        or rights.has(Role.CURATOR, Role.HEAD, Role.DEAN, Role.DEANS_OFFICE)
    )


@dataclass(frozen=True, slots=True)
class AppealDoor:
    """An appeal as one user meets it. `keeps_journal`: he answers; `is_self`: he made it and may withdraw it."""

    appeal: Appeal
    keeps_journal: bool
    is_self: bool

    @property
    def can_answer(self) -> bool:
        return self.keeps_journal and self.appeal.state == AppealState.OPEN

    @property
    def can_withdraw(self) -> bool:
        return self.is_self and self.appeal.state == AppealState.OPEN
