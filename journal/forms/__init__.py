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
from journal.forms.reopenings import (
    DecisionForm,
    ReopeningForm,
)

__all__ = [
    "DecisionForm",
    "ExcuseFilter",
    "ExcuseForm",
    "JournalFilter",
    "LessonForm",
    "ReopeningForm",
    "TypedRoll",
    "WithdrawExcuseForm",
    "read_roll",
    "taken_by_plan",
]
