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
