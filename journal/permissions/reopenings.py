"""Who asks for a reopening, who decides on it, who reads it (§4.3): two people decide, neither of them the asker."""

from dataclasses import dataclass

from accounts.enums import Role
from accounts.permissions import Rights
from journal.enums import ReopeningState
from journal.models import Reopening


def may_decide(rights: Rights, reopening: Reopening) -> bool:
    """Whether the next step is this person's: the head of the journal's department, where he asks himself the dean;
    then another person of the dean's office, or the dean. `reopening.workload.course.group` is read."""
    if rights.user_id == reopening.asked_by_id:
        return False
    of_unit = reopening.workload.course.group.unit_id in rights.unit_ids
    if reopening.state == ReopeningState.ASKED:
        if reopening.asker_is_head:
            return of_unit and rights.has(Role.DEAN)
        return rights.has(Role.HEAD) and reopening.workload.department_id in rights.department_ids
    if reopening.state == ReopeningState.APPROVED:
        return of_unit and rights.has(Role.DEAN, Role.DEANS_OFFICE) and rights.user_id != reopening.head_id
    return False


def reads_reopenings(rights: Rights) -> bool:
    """Who has a list of them: who asks, decides, or reads everything; the administrator too."""
    return (
        rights.teacher_id is not None
        or rights.sees_everything
        or rights.has(Role.HEAD, Role.DEAN, Role.DEANS_OFFICE, Role.ADMINISTRATOR)
    )


@dataclass(frozen=True, slots=True)
class ReopeningDoor:
    """A reopening as one user meets it. `keeps_journal`: he may withdraw or end it."""

    reopening: Reopening
    can_decide: bool
    keeps_journal: bool
    sees_paper: bool
