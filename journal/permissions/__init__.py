"""Who may do what with the journal's things. One module a subject; everything is imported from here."""

from journal.permissions.excuses import (
    ExcuseDoor,
    enters_excuses,
    reads_excuses,
)
from journal.permissions.journals import (
    JournalDoor,
)
from journal.permissions.reopenings import (
    ReopeningDoor,
    may_decide,
    reads_reopenings,
)
from journal.permissions.results import (
    SheetDoor,
    is_office_of,
    plans_exams,
    reads_group,
    reads_results,
    sees_exams,
)
from journal.permissions.selfstudy import (
    TaskDoor,
)

__all__ = [
    "ExcuseDoor",
    "JournalDoor",
    "ReopeningDoor",
    "SheetDoor",
    "TaskDoor",
    "enters_excuses",
    "is_office_of",
    "may_decide",
    "plans_exams",
    "reads_excuses",
    "reads_group",
    "reads_reopenings",
    "reads_results",
    "sees_exams",
]
