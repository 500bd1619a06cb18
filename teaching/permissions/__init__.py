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
from teaching.permissions.plans import ApprovalDoor, decides_on, is_own, may_see_plans
from teaching.permissions.students import StudentDoor
from teaching.permissions.timetable import (
    TimetableDoor,
    may_find_timetables,
    may_see_clashes,
    reads_all_timetables,
)

__all__ = ["ApprovalDoor", "StudentDoor", "decides_on", "is_own", "may_see_plans"]
__all__ = ["StudentDoor", "TimetableDoor", "may_find_timetables", "may_see_clashes", "reads_all_timetables"]
from teaching.permissions.substitutions import AbsenceDoor, SubstitutionDoor, may_name, may_see_absences

__all__ = ["AbsenceDoor", "StudentDoor", "SubstitutionDoor", "may_name", "may_see_absences"]
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
