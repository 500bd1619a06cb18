"""Who may do what with a plan or a working programme (trials.md, "plan (КТП), criteria")."""

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import rights_of
from teaching.enums import ApprovalState
from teaching.models import Plan, WorkingProgramme

Paper = TypeVar("Paper", Plan, WorkingProgramme)


@dataclass(frozen=True, slots=True)
class ApprovalDoor(Generic[Paper]):
    """A plan or programme as one user meets it on one day.

    `is_keeper`: keeps a journal of it; `decides`: it is his to approve or return; `own`: he would decide on his
    own; `is_staff`: sees remarks and history, which students and parents do not.
    """

    paper: Paper
    is_keeper: bool
    decides: bool
    own: bool
    is_staff: bool

    @property
    def can_edit(self) -> bool:
        return self.is_keeper and self.paper.is_open

    @property
    def can_decide(self) -> bool:
        return self.decides and not self.own and self.paper.state == ApprovalState.SUBMITTED

    @property
    def can_return(self) -> bool:
        """An approved one may be returned, too: so it is opened again."""
        return self.decides and not self.own and not self.paper.is_open


def decides_on(paper: Plan | WorkingProgramme, user: User, *, on: date) -> bool:
    """Whether it is this user's to decide: the head of its department, or, where the head is himself its author or
    keeps a journal of it, the dean of the department's unit. `paper` comes `with_rights`."""
    rights = rights_of(user, on=on)
    if paper.department_id in rights.department_ids:
        return True
    unit_id = paper.department.unit_id
    is_dean = any(held.role == Role.DEAN and held.unit_id == unit_id for held in rights.appointments)
    return is_dean and bool(getattr(paper, "head_is_party", False))


def is_own(paper: Plan | WorkingProgramme, user: User) -> bool:
    """Whether the user is its author or keeps a journal of it. `paper` comes `with_rights`."""
    return paper.author.user_id == user.id or bool(getattr(paper, "is_keeper", False))


def may_see_plans(user: User, *, on: date) -> bool:
    """Whether the list of plans is for this user: teachers, heads, units, study office and leadership."""
    rights = rights_of(user, on=on)
    return (
        rights.teacher_id is not None or bool(rights.department_ids) or bool(rights.unit_ids) or rights.sees_everything
    )
