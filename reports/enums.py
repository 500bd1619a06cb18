"""Words of the reports with a fixed set of values. Labels stand in the models."""

from enum import StrEnum


class BookDifference(StrEnum):
    """How the department's own journal and the electronic one disagree about a day (§1.4)."""

    BOOK_ONLY = "book_only"
    JOURNAL_ONLY = "journal_only"
    OTHER_DATE = "other_date"


class EntrySource(StrEnum):
    PAGE = "page"
    FILE = "file"
