"""Who may do what with the journal's things. One module a subject; everything is imported from here."""

from journal.permissions.excuses import (
    ExcuseDoor,
    enters_excuses,
    reads_excuses,
)
from journal.permissions.journals import (
    JournalDoor,
)
from journal.permissions.rating import (
    PointsDoor,
    makes_schemes,
    reads_schemes,
)
from journal.permissions.reopenings import (
    ReopeningDoor,
    may_decide,
    reads_reopenings,
)
from journal.permissions.selfstudy import (
    TaskDoor,
)
from journal.permissions.sheets import (
    SheetDoor,
)

__all__ = [
    "ExcuseDoor",
    "JournalDoor",
    "PointsDoor",
    "ReopeningDoor",
    "SheetDoor",
    "TaskDoor",
    "enters_excuses",
    "makes_schemes",
    "may_decide",
    "reads_excuses",
    "reads_reopenings",
    "reads_schemes",
]
