"""Who may do what with what teaching owns: predicates over what the doors read. One module a subject."""

from teaching.permissions.students import StudentDoor

__all__ = ["StudentDoor"]
