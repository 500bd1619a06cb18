"""Writes of the journal: lock, re-read, judge, write."""

from journal.services.lessons import describe_lesson
from journal.services.marks import SavedMarks, record_marks
from journal.services.sheets import close_module

__all__ = ["SavedMarks", "close_module", "describe_lesson", "record_marks"]
