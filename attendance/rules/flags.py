"""What is odd about the scans of a lesson: questions to a teacher, never refusals. No Django, no database."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

# Flags; their words stand in `selectors.flags`.
ONE_DEVICE = "one_device"  # one telephone scanned for two accounts
BURST = "burst"  # many from outside the campus within seconds
OTHER_LESSON = "other_lesson"  # the student is at another lesson at the same time
NEW_DEVICE = "new_device"  # he scanned before, never with this one
FAR_FROM_CROWD = "far_from_crowd"  # in time
SEEN_OUTSIDE = "seen_outside"  # the display's changing code was read off the campus
EXCUSED_DAY = "excused_day"  # a paper says that he was away: for the dean's office

BURST_SIZE = 4
BURST_SPAN = timedelta(seconds=20)
CROWD_SIZE = 5  # fewer are no crowd
CROWD_SPAN = timedelta(minutes=12)
SPOT_CHECK = 3


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """One scan of a lesson with what else is known of its student and device. `on_campus` None: not known.
    `first_device`: what had shown the printed code, of a scan that was proven later; "" for none."""

    student_id: int
    at: datetime
    device: str
    first_device: str
    is_rotating: bool
    on_campus: bool | None
    is_elsewhere: bool  # a scan at another lesson of the same time
    scanned_before: bool
    knows_device: bool  # an earlier scan of the student was made by this device
    is_excused: bool


def flags_of(scans: Iterable[ScanFacts]) -> dict[int, list[str]]:
    """By student, the flags of his scan in this lesson; students without one are left out.

    Off the campus is odd only where most of the others are on it: where all scan by mobile data it says nothing.
    """
    facts = sorted(scans, key=lambda scan: (scan.at, scan.student_id))
    devices = Counter(device for scan in facts for device in _devices_of(scan))
    outside = [scan.at for scan in facts if scan.on_campus is False]
    is_odd_outside = 2 * len(outside) <= sum(scan.on_campus is not None for scan in facts)
    middle = facts[len(facts) // 2].at if len(facts) >= CROWD_SIZE else None
    found: dict[int, list[str]] = {}
    for scan in facts:
        signs = {
            ONE_DEVICE: any(devices[device] > 1 for device in _devices_of(scan)),
            BURST: is_odd_outside and scan.on_campus is False and _is_burst(outside, scan.at),
            OTHER_LESSON: scan.is_elsewhere,
            NEW_DEVICE: scan.scanned_before and not scan.knows_device,
            FAR_FROM_CROWD: middle is not None and abs(scan.at - middle) > CROWD_SPAN,
            SEEN_OUTSIDE: is_odd_outside and scan.is_rotating and scan.on_campus is False,
            EXCUSED_DAY: scan.is_excused,
        }
        names = [name for name, is_there in signs.items() if is_there]
        if names:
            found[scan.student_id] = names
    return found


def _devices_of(scan: ScanFacts) -> set[str]:
    return {scan.device, scan.first_device} - {""}


def _is_burst(moments: Sequence[datetime], at: datetime) -> bool:
    return sum(at - BURST_SPAN <= moment <= at + BURST_SPAN for moment in moments) >= BURST_SIZE


def spot_check(seed: str, turn: int, scanned: Iterable[int], suspect: Iterable[int]) -> list[int]:
    """The students whom the teacher calls by name at his `turn`-th asking (from 1): suspect ones first, the others as
    if by lot; each further turn goes on where the last one ended, and begins again when all were called.

    The same seed, turn and scans give the same names. `seed` belongs to the lesson and is known to the server alone.
    """
    first = set(suspect)

    def lot(student_id: int) -> tuple[bool, str]:
        return student_id not in first, sha256(f"{seed}/{student_id}".encode()).hexdigest()

    line = sorted(set(scanned), key=lot)
    if not line:
        return []
    start = (max(turn, 1) - 1) * SPOT_CHECK % (-(-len(line) // SPOT_CHECK) * SPOT_CHECK)
    return line[start : start + SPOT_CHECK]
