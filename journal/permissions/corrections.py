"""Who asks for the correction of a closed final sheet, who decides on it (§2.6): two people, neither the asker."""

from dataclasses import dataclass

from accounts.enums import Role
from accounts.permissions import Rights
from journal.enums import CorrectionState
from journal.models import SheetCorrection


def may_decide_correction(rights: Rights, correction: SheetCorrection) -> bool:
    """Whether the next step is this person's: the head of the course's department, where he asks himself the dean;
    then another person of the dean's office, or the dean. `correction.sheet.course.group` is read."""
    if rights.user_id == correction.asked_by_id:
        return False
    course = correction.sheet.course
    of_unit = course.group.unit_id in rights.unit_ids
    if correction.state == CorrectionState.ASKED:
        if correction.asker_is_head:
            return of_unit and rights.has(Role.DEAN)
        return rights.has(Role.HEAD) and course.department_id in rights.department_ids
    if correction.state == CorrectionState.APPROVED:
        return of_unit and rights.has(Role.DEAN, Role.DEANS_OFFICE) and rights.user_id != correction.head_id
    return False


@dataclass(frozen=True, slots=True)
class CorrectionDoor:
    """A request as one user meets it."""

    correction: SheetCorrection
    can_decide: bool
    is_asker: bool
    sees_paper: bool
