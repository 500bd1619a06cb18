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
from journal.permissions.selfstudy import (
    TaskDoor,
)

__all__ = [
    "ExcuseDoor",
    "JournalDoor",
    "ReopeningDoor",
    "TaskDoor",
    "enters_excuses",
    "may_decide",
    "reads_excuses",
    "reads_reopenings",
]
