"""Which lesson a scan is of, and what it is worth, given plain values. No Django, no database.

Rules return codes; `errors` has the sentences. Sources: §4.2 (students scan the auditorium's code at the start of the
lesson), §3.5b (subgroups), §3.5g (lessons of the timetable and no others).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from attendance.enums import QrMode, ScanCode, ScanProof

CLAIM_LIFE = timedelta(minutes=3)  # so long a proven code outlives the login page

STATUS = {
    ScanCode.COUNTED: 200,
    ScanCode.LATE: 200,
    ScanCode.ALREADY: 200,
    ScanCode.TWO_FIT: 300,
    ScanCode.NOT_A_STUDENT: 403,
    ScanCode.UNKNOWN: 404,
    ScanCode.TOO_OFTEN: 429,
}

# --- Throttles: refused tries of one account in a minute -----------------------------------------------------------
TRY_WINDOW = timedelta(minutes=1)
TYPED_TRIES = 5
SCAN_TRIES = 30


def status_of(code: ScanCode) -> int:
    """The HTTP status of an answer; a refusal is 422 unless it says more."""
    return STATUS.get(code, 422)


@dataclass(frozen=True, slots=True)
class Window:
    """Minutes around the start of a lesson, as the setting of its unit has them."""

    opens: int = 10  # before the start
    present: int = 15  # after it: until then a scan is "present"
    late: int = 30  # until then it is "late"; later it does not count

    def opens_at(self, starts_at: datetime) -> datetime:
        return starts_at - timedelta(minutes=self.opens)

    def closes_at(self, starts_at: datetime) -> datetime:
        return starts_at + timedelta(minutes=self.late)

    def holds(self, starts_at: datetime, moment: datetime) -> bool:
        """Whether a scan counts; the last minute is in it to its end, so that "until 8:30" is what it says."""
        return self.opens_at(starts_at) <= moment <= self.closes_at(starts_at)

    def is_late(self, starts_at: datetime, moment: datetime) -> bool:
        return moment > starts_at + timedelta(minutes=self.present)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A lesson of the student's day. `is_own`: his enrolment and subgroup; else another subgroup of his course."""

    lesson_id: int
    starts_at: datetime
    ends_at: datetime
    is_off: bool  # cancelled, or did not take place
    is_own: bool
    room_id: int | None
    room: str  # "" for none
    discipline: str
    window: Window
    mode: QrMode = QrMode.ROOM_ROTATING
    scanned_at: datetime | None = None
    needs_proof: bool = False  # scanned by the printed code alone, and not proven since

    def takes(self, proof: ScanProof) -> bool:
        """Whether a code counts at all: where only the changing one does, the printed one is as good as none."""
        return proof != ScanProof.ROOM or self.mode != QrMode.ROTATING

    def is_proven_by(self, proof: ScanProof) -> bool:
        """The printed code proves presence only where it is enough; else it says where, but not when."""
        return proof != ScanProof.ROOM or self.mode == QrMode.ROOM

    def is_at_last_proven_by(self, proof: ScanProof) -> bool:
        """Whether a code proves the scan that stands there without proof. The printed one does not, though the way of
        proof were made milder meanwhile: a scan is judged once."""
        return self.needs_proof and proof != ScanProof.ROOM


@dataclass(frozen=True, slots=True)
class Place:
    """What a code stands for: a room, or one lesson that has no room."""

    room_id: int | None = None
    lesson_id: int | None = None

    def has(self, meeting: Meeting) -> bool:
        if self.lesson_id is not None:
            return meeting.lesson_id == self.lesson_id
        return self.room_id is not None and meeting.room_id == self.room_id


@dataclass(frozen=True, slots=True)
class Found:
    """`code`: the answer; `meeting`: the lesson that it speaks of, if one; `choices`: those that fit, of `two_fit`."""

    code: ScanCode
    meeting: Meeting | None = None
    choices: Sequence[Meeting] = ()


def judge_scan(
    meetings: Iterable[Meeting], *, place: Place, proof: ScanProof, moment: datetime, chosen: int | None = None
) -> Found:
    """The one lesson that room, clock and enrolments give, and what the scan is worth; or why there is none.

    `moment` is when the code was proven, so that who had to log in first is not late by it. `chosen` is the lesson
    that the student named where two fit; any other number is as good as none.
    """
    day = sorted(meetings, key=lambda meeting: (meeting.starts_at, meeting.lesson_id))
    own = [meeting for meeting in day if meeting.is_own and not meeting.is_off]
    here = [meeting for meeting in own if place.has(meeting)]
    fitting = [meeting for meeting in here if meeting.window.holds(meeting.starts_at, moment)]
    if len(fitting) > 1:
        named = [meeting for meeting in fitting if meeting.lesson_id == chosen]
        if not named:
            return Found(ScanCode.TWO_FIT, choices=fitting)
        fitting = named
    if fitting:
        return _worth(fitting[0], proof, moment)
    # Why not, in the order of what helps most: where to go, what fell out, what is over, whose it is, when to come.
    # A lesson that was moved into another room is one that is off here and on there.
    elsewhere = [m for m in own if not place.has(m) and m.window.holds(m.starts_at, moment)]
    if elsewhere:
        return Found(ScanCode.OTHER_ROOM, elsewhere[0])
    off = _around([m for m in day if m.is_own and m.is_off and place.has(m)], moment)
    if off is not None:
        return Found(ScanCode.CANCELLED, off)
    running = [m for m in here if m.window.closes_at(m.starts_at) < moment < m.ends_at]
    if running:
        return Found(ScanCode.ALREADY if running[-1].scanned_at else ScanCode.TOO_LATE, running[-1])
    others = _around([m for m in day if not m.is_own and not m.is_off and place.has(m)], moment)
    if others is not None:
        return Found(ScanCode.NOT_YOUR_SUBGROUP, others)
    coming = [m for m in here if m.starts_at > moment]
    if coming:
        return Found(ScanCode.TOO_EARLY, coming[0])
    if here:
        return Found(ScanCode.ALREADY if here[-1].scanned_at else ScanCode.TOO_LATE, here[-1])
    return Found(ScanCode.NO_LESSON)


def _worth(meeting: Meeting, proof: ScanProof, moment: datetime) -> Found:
    """A proof that comes after the printed code is judged by its own time, as if nothing had been before it."""
    if meeting.scanned_at is not None and not meeting.is_at_last_proven_by(proof):
        return Found(ScanCode.ALREADY, meeting)
    if not meeting.takes(proof):
        return Found(ScanCode.CODE_OLD, meeting)
    return Found(ScanCode.LATE if meeting.window.is_late(meeting.starts_at, moment) else ScanCode.COUNTED, meeting)


def _around(meetings: Sequence[Meeting], moment: datetime) -> Meeting | None:
    """The first lesson whose door is open or which is on."""
    return next((m for m in meetings if m.window.opens_at(m.starts_at) <= moment < m.ends_at), None)
