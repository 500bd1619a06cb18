"""Doors of teaching: each fetches what an address names and authorises; a stranger gets 404, a reader who writes 403.

One module a subject; everything is imported from here.
"""

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
from teaching.access.students import get_student

__all__ = [
    "get_journal_to_plan",
    "get_plan",
    "get_plan_for_deciding",
    "get_plan_for_editing",
    "get_programme",
    "get_programme_for_deciding",
    "get_programme_for_editing",
    "get_student",
    "require_plans",
]
