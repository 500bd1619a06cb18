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
from teaching.access.rosters import get_report, get_rosters_scope
from teaching.access.students import get_student

__all__ = [
    "get_course",
    "get_group",
    "get_order",
    "get_order_register",
    "get_reach",
    "get_report",
    "get_rosters_scope",
    "get_student",
    "get_student_file",
    "get_students_scope",
    "may_make_orders",
]
