"""What the university counts and concludes about teaching, given plain values. One module a subject."""

from teaching.rules.clashes import Found, Held, clashes_among
from teaching.rules.orders import COURSE_KINDS, PLACING_KINDS, fits_state, halves
from teaching.rules.plans import (
    MAX_ITEM_HOURS,
    MAX_PLAN_ITEMS,
    PAIR_HOURS,
    PLAN_COLUMNS,
    ItemGiven,
    PlanLine,
    PlanProblem,
    PlanRow,
    arrange_plan,
    days_of_items,
    find_plan_table,
    next_items,
    read_plan,
    tidy,
)
from teaching.rules.timetable import TaughtHours, days_of_line, lead_of

__all__ = [
    "COURSE_KINDS",
    "MAX_ITEM_HOURS",
    "MAX_PLAN_ITEMS",
    "PAIR_HOURS",
    "PLACING_KINDS",
    "PLAN_COLUMNS",
    "Found",
    "Held",
    "ItemGiven",
    "PlanLine",
    "PlanProblem",
    "PlanRow",
    "TaughtHours",
    "arrange_plan",
    "clashes_among",
    "days_of_items",
    "days_of_line",
    "find_plan_table",
    "fits_state",
    "halves",
    "lead_of",
    "next_items",
    "read_plan",
    "tidy",
]
