"""Marks, self-study, the sheets that close them, what excuses absences, and the history of it all.

One module an aggregate; everything is imported from here. The laws of these tables stand in the migrations: 0002
(history), 0003 (closed modules). The web's role can neither delete a mark nor touch the history.
"""

from journal.models.appeals import (
    APPEAL_KIND_LABELS,
    APPEAL_LABELS,
    LIVING_APPEALS,
    Appeal,
)
from journal.models.corrections import (
    CORRECTION_LABELS,
    CORRECTION_STEP_LABELS,
    LIVING_CORRECTIONS,
    CorrectionLine,
    SheetConfirmation,
    SheetCorrection,
)
from journal.models.examinations import (
    Commission,
    CommissionMember,
    Exam,
)
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
from journal.models.rating import (
    ABSENCE_LABELS,
    CAP_SCOPE_LABELS,
    COMPONENT_LABELS,
    EXCUSED_LABELS,
    LATE_LABELS,
    ROUNDING_LABELS,
    WORD_LABELS,
    ModulePoint,
    RatingComponent,
    RatingScheme,
    Scale,
    ScaleStep,
    SchemeChoice,
)
from journal.models.reopenings import (
    LIVING_REOPENINGS,
    REOPENING_LABELS,
    REOPENING_STEP_LABELS,
    Reopening,
    ReopeningLesson,
    ReopeningStudent,
)
from journal.models.results import (
    WARNING_LABELS,
    FinalResult,
    FinalSheet,
    StateExam,
    Thesis,
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
from journal.models.totals import (
    ModuleConfirmation,
    ModuleTotal,
    SheetEdition,
)

__all__ = [
    "ABSENCE_LABELS",
    "APPEAL_KIND_LABELS",
    "APPEAL_LABELS",
    "CAP_SCOPE_LABELS",
    "COMPONENT_LABELS",
    "CORRECTION_LABELS",
    "CORRECTION_STEP_LABELS",
    "EXCUSED_LABELS",
    "EXCUSE_LABELS",
    "LATE_LABELS",
    "LIVING_APPEALS",
    "LIVING_CORRECTIONS",
    "LIVING_REOPENINGS",
    "PRESENCE_LABELS",
    "REOPENING_LABELS",
    "REOPENING_STEP_LABELS",
    "ROUNDING_LABELS",
    "SHEET_STATE_LABELS",
    "SOURCE_LABELS",
    "TASK_KIND_LABELS",
    "WARNING_LABELS",
    "WORD_LABELS",
    "Appeal",
    "ChangeEvent",
    "Commission",
    "CommissionMember",
    "CorrectionLine",
    "DaySeal",
    "Exam",
    "Excuse",
    "ExcuseCover",
    "ExcuseStudent",
    "FinalResult",
    "FinalSheet",
    "Mark",
    "ModuleConfirmation",
    "ModulePoint",
    "ModuleSheet",
    "ModuleTotal",
    "RatingComponent",
    "RatingScheme",
    "Reopening",
    "ReopeningLesson",
    "ReopeningStudent",
    "SavedNonce",
    "Scale",
    "ScaleStep",
    "SchemeChoice",
    "SealBlock",
    "SelfStudyFile",
    "SelfStudyMark",
    "SelfStudyMember",
    "SelfStudyTask",
    "SelfStudyTeam",
    "SheetConfirmation",
    "SheetCorrection",
    "SheetEdition",
    "StateExam",
    "Submission",
    "Thesis",
]
