"""Who may do what with the journal's things. One module a subject; everything is imported from here."""

from journal.permissions.appeals import (
    AppealDoor,
    reads_appeals,
    watches_appeals,
)
from journal.permissions.corrections import (
    CorrectionDoor,
    may_decide_correction,
)
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
from journal.permissions.results import (
    FinalSheetDoor,
    is_office_of,
    plans_exams,
    reads_group,
    reads_results,
    sees_exams,
)
from journal.permissions.selfstudy import (
    TaskDoor,
)
from journal.permissions.sheets import (
    SheetDoor,
)

__all__ = [
    "AppealDoor",
    "CorrectionDoor",
    "ExcuseDoor",
    "FinalSheetDoor",
    "JournalDoor",
    "PointsDoor",
    "ReopeningDoor",
    "SheetDoor",
    "TaskDoor",
    "enters_excuses",
    "is_office_of",
    "makes_schemes",
    "may_decide",
    "may_decide_correction",
    "plans_exams",
    "reads_appeals",
    "reads_excuses",
    "reads_group",
    "reads_reopenings",
    "reads_results",
    "reads_schemes",
    "sees_exams",
    "watches_appeals",
]
