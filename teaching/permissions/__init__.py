"""Who may do what with what teaching owns: predicates over what the doors read. One module a subject."""

from teaching.permissions.orders import (
    CourseDoor,
    GroupDoor,
    OrderDoor,
    ReportDoor,
    StudentFileDoor,
    makes_orders,
    reads_orders,
    reads_rosters,
)
from teaching.permissions.students import StudentDoor

__all__ = [
    "CourseDoor",
    "GroupDoor",
    "OrderDoor",
    "ReportDoor",
    "StudentDoor",
    "StudentFileDoor",
    "makes_orders",
    "reads_orders",
    "reads_rosters",
]
