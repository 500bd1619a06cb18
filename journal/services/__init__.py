"""Writes of the journal: lock, re-read, judge, write."""

from journal.services.lessons import describe_lesson
from journal.services.marks import SavedMarks, record_marks
from journal.services.orders import Outcome, carry_out_order, preview_order, withdraw_order
from journal.services.sheets import close_module, confirm_module

__all__ = [
    "Outcome",
    "SavedMarks",
    "carry_out_order",
    "close_module",
    "confirm_module",
    "describe_lesson",
    "preview_order",
    "record_marks",
    "withdraw_order",
]
