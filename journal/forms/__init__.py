"""Forms of the journal. One module a subject; everything is imported from here."""

from journal.forms.appeals import (
    AnswerForm,
    AppealForm,
)
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
from journal.forms.sheets import (
    SheetActForm,
)

__all__ = [
    "AnswerForm",
    "AppealForm",
    "DecisionForm",
    "ExcuseFilter",
    "ExcuseForm",
    "JournalFilter",
    "LessonForm",
    "ReopeningForm",
    "SheetActForm",
    "TypedRoll",
    "WithdrawExcuseForm",
    "read_roll",
    "taken_by_plan",
]
