"""Marks, self-study, the sheets that close them, what excuses absences, and the history of it all.

One module an aggregate; everything is imported from here. The laws of these tables stand in the migrations: 0002
(history), 0003 (closed modules). The web's role can neither delete a mark nor touch the history.
"""

from journal.models.excuses import (
    EXCUSE_LABELS,
    Excuse,
    ExcuseCover,
    ExcuseStudent,
)
from journal.models.history import (
    ChangeEvent,
    SavedNonce,
)
from journal.models.marks import (
    PRESENCE_LABELS,
    SOURCE_LABELS,
    Mark,
)
from journal.models.reopenings import (
    LIVING_REOPENINGS,
    REOPENING_LABELS,
    Reopening,
    ReopeningLesson,
    ReopeningStudent,
)
from journal.models.seals import (
    DaySeal,
    SealBlock,
)
from journal.models.selfstudy import (
    TASK_KIND_LABELS,
    SelfStudyFile,
    SelfStudyMark,
    SelfStudyMember,
    SelfStudyTask,
    SelfStudyTeam,
    Submission,
)
from journal.models.sheets import (
    SHEET_STATE_LABELS,
    ModuleSheet,
)

__all__ = [
    "EXCUSE_LABELS",
    "LIVING_REOPENINGS",
    "PRESENCE_LABELS",
    "REOPENING_LABELS",
    "SHEET_STATE_LABELS",
    "SOURCE_LABELS",
    "TASK_KIND_LABELS",
    "ChangeEvent",
    "DaySeal",
    "Excuse",
    "ExcuseCover",
    "ExcuseStudent",
    "Mark",
    "ModuleSheet",
    "Reopening",
    "ReopeningLesson",
    "ReopeningStudent",
    "SavedNonce",
    "SealBlock",
    "SelfStudyFile",
    "SelfStudyMark",
    "SelfStudyMember",
    "SelfStudyTask",
    "SelfStudyTeam",
    "Submission",
]
