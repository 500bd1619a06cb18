"""Who may do what with what teaching owns: predicates over what the doors read. One module a subject."""

from teaching.permissions.students import StudentDoor
from teaching.permissions.substitutions import AbsenceDoor, SubstitutionDoor, may_name, may_see_absences

__all__ = ["AbsenceDoor", "StudentDoor", "SubstitutionDoor", "may_name", "may_see_absences"]
