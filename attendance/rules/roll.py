"""What scans propose for a roll, and where a mark differs from them, given plain values. No Django, no database.

A scan is evidence, the mark is the teacher's: a proposal is a choice made ready for his one tap, never a mark.
"""

from dataclasses import dataclass
from datetime import datetime

from attendance.enums import ScanDifference
from journal.enums import Presence
from journal.rules import MAX_LATE_MINUTES

# A mark without a scan differs only where at least so many scanned: fewer say that the lesson was not scanned at all.
COMPARED_FROM = 5


@dataclass(frozen=True, slots=True)
class ScanSeen:
    """The scan of one student at one lesson."""

    at: datetime
    is_late: bool
    is_proven: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A presence, and the minutes of who was late."""

    presence: str
    minutes: int | None = None


def propose(scan: ScanSeen | None, *, starts_at: datetime) -> Proposal | None:
    """What a scan proposes for a student at whom nobody has looked.

    A proven scan: present, or late with its minutes. No scan: absent. None for a scan by the printed code alone, which
    proves where and not when: there the teacher looks himself.
    """
    if scan is None:
        return Proposal(Presence.ABSENT.value)
    if not scan.is_proven:
        return None
    if scan.is_late:
        return Proposal(Presence.LATE.value, late_minutes(starts_at=starts_at, at=scan.at))
    return Proposal(Presence.PRESENT.value)


def difference_of(
    *, presence: str, is_scanned: bool, is_proven: bool, is_late: bool, lesson_scans: int
) -> ScanDifference | None:
    """How a mark differs from what was scanned; None where it agrees, or where there is no mark.

    An unproven scan says too little to differ from. `lesson_scans`: how many scanned at the lesson; where hardly
    anybody did, a mark without a scan says nothing: the auditorium may have no code yet.
    """
    if not presence:
        return None
    if not is_scanned:
        is_odd = presence != Presence.ABSENT and lesson_scans >= COMPARED_FROM
        return ScanDifference.NOT_SCANNED if is_odd else None
    if not is_proven:
        return None
    if presence == Presence.ABSENT:
        return ScanDifference.SCANNED_ABSENT
    if presence == Presence.PRESENT and is_late:
        return ScanDifference.LATE_PRESENT
    return ScanDifference.PRESENT_LATE if presence == Presence.LATE and not is_late else None


def late_minutes(*, starts_at: datetime, at: datetime) -> int:
    """Begun minutes after the start, from one to what a mark holds."""
    return min(max(1, -(-int((at - starts_at).total_seconds()) // 60)), MAX_LATE_MINUTES)
