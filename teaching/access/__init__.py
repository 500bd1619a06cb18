"""Doors of teaching: each fetches what an address names and authorises; a stranger gets 404, a reader who writes 403.

One module a subject; everything is imported from here.
"""

from teaching.access.orders import (
    get_course,
    get_group,
    get_order,
    get_order_register,
    get_reach,
    get_student_file,
    get_students_scope,
    may_make_orders,
)
from teaching.access.plans import (
    get_journal_to_plan,
    get_plan,
    get_plan_for_deciding,
    get_plan_for_editing,
    get_programme,
    get_programme_for_deciding,
    get_programme_for_editing,
    require_plans,
)
from teaching.access.rosters import get_report, get_rosters_scope
from teaching.access.students import get_student
from teaching.access.timetable import (
    door_of_key,
    get_building,
    get_calendar_key,
    get_clashes,
    get_feed,
    get_group_timetable,
    get_room_timetable,
    get_search,
    get_student_timetable,
    get_teacher_timetable,
    groups_in_reach,
)

__all__ = [
    "door_of_key",
    "get_building",
    "get_calendar_key",
    "get_clashes",
    "get_course",
    "get_feed",
    "get_group",
    "get_group_timetable",
    "get_journal_to_plan",
    "get_order",
    "get_order_register",
    "get_plan",
    "get_plan_for_deciding",
    "get_plan_for_editing",
    "get_programme",
    "get_programme_for_deciding",
    "get_programme_for_editing",
    "get_reach",
    "get_report",
    "get_room_timetable",
    "get_rosters_scope",
    "get_search",
    "get_student",
    "get_student_file",
    "get_student_timetable",
    "get_students_scope",
    "get_teacher_timetable",
    "groups_in_reach",
    "may_make_orders",
    "require_plans",
]
