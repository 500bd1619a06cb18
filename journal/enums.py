"""Words with a fixed set of values. Labels stand in the models."""

from enum import StrEnum


class Presence(StrEnum):
    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"  # «кж»


class Source(StrEnum):
    """Where a row was made or changed."""

    WEB = "web"
    IMPORT = "import"
    SCAN = "scan"
    CORRECTION = "correction"


class SheetState(StrEnum):
    DRAFT = "draft"
    CLOSED = "closed"


class ExcuseKind(StrEnum):
    ILLNESS = "illness"
    FAMILY = "family"
    OFFICIAL = "official"
    SPORT = "sport"
    MILITARY = "military"
    OTHER = "other"


class TaskKind(StrEnum):
    """Self-study is done alone or together (§3.5a)."""

    INDIVIDUAL = "individual"
    COLLECTIVE = "collective"


class ReopeningState(StrEnum):
    """A request to reopen lessons, step by step (§4.3)."""

    ASKED = "asked"  # waits for the head of the department
    APPROVED = "approved"  # by the head: waits for the dean's office
    OPEN = "open"
    ENDED = "ended"  # the teacher said that he is done
    EXPIRED = "expired"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class CorrectionState(StrEnum):
    """A request to correct a closed final sheet, step by step (§2.6)."""

    ASKED = "asked"  # waits for the head of the department
    APPROVED = "approved"  # by the head: waits for the dean's office
    DONE = "done"  # the next edition is stored
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class AppealKind(StrEnum):
    """What a student says of a mark (§4.2)."""

    SCANNED = "scanned"  # he scanned the code of the room, and has «кж»
    GRADE = "grade"
    OTHER = "other"


class AppealState(StrEnum):
    OPEN = "open"  # the teacher has to answer
    REOPENING = "reopening"  # the teacher agrees, and the cell is locked
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ComponentSource(StrEnum):
    """Where the points of a component come from (§3.5d)."""

    AUTO_ATTENDANCE = "auto_attendance"
    AUTO_AVERAGE = "auto_average"
    SELF_STUDY = "self_study"
    MANUAL = "manual"  # the intermediate control of a module
    EXAM = "exam"


class CapScope(StrEnum):
    """How §3.5e–f are read: their maxima hold for the discipline, or inside each module."""

    DISCIPLINE = "discipline"
    MODULE = "module"


class Rounding(StrEnum):
    HALF_UP = "half_up"
    FLOOR = "floor"
    CEIL = "ceil"
    NONE = "none"


class ExcusedPolicy(StrEnum):
    """What an excused absence is to the points of attendance."""

    EXCLUDE = "exclude"
    AS_PRESENT = "as_present"
    AS_ABSENT = "as_absent"


class AbsencePolicy(StrEnum):
    """What an unexcused absence that was not made up is to the mean."""

    IGNORE = "ignore"
    ZERO = "zero"


class LatePolicy(StrEnum):
    """What a late arrival is to the points of attendance."""

    ATTENDED = "attended"
    HALF = "half"
    ABSENT = "absent"


class AdmissionWarning(StrEnum):
    """Why the admission list warns of a student; it warns only, and only where a setting says so."""

    POINTS = "points"
    DEBTS = "debts"
    ABSENCES = "absences"


class NextStep(StrEnum):
    """What a failed result leads to."""

    RETAKE = "retake"
    REPEAT = "repeat"
