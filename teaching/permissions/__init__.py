"""Who may do what with what teaching owns: predicates over what the doors read. One module a subject."""

from teaching.permissions.plans import ApprovalDoor, decides_on, is_own, may_see_plans
from teaching.permissions.students import StudentDoor

__all__ = ["ApprovalDoor", "StudentDoor", "decides_on", "is_own", "may_see_plans"]
