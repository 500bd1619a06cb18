"""Forms of the journal. One module a subject; everything is imported from here."""

from journal.forms.excuses import (
    ExcuseFilter,
    ExcuseForm,
    WithdrawExcuseForm,
)
from journal.forms.journals import (
    JournalFilter,
    LessonForm,
    TypedRoll,
    read_roll,
    taken_by_plan,
)

__all__ = [
    "ExcuseFilter",
    "ExcuseForm",
    "JournalFilter",
    "LessonForm",
    "TypedRoll",
    "WithdrawExcuseForm",
    "read_roll",
    "taken_by_plan",
]
