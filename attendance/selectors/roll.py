"""The roll of a lesson by its scans: who scanned, who is missing, what is proposed, what is odd."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from attendance.enums import ScanDifference, ScanMethod, ScanProof
from attendance.errors import clock_time
from attendance.models import METHOD_LABELS, PROOF_LABELS
from attendance.rules.flags import spot_check
from attendance.rules.roll import Proposal, ScanSeen, difference_of, propose
from attendance.selectors.flags import FLAG_LABELS, LessonScan, flags_for_teacher, scans_of_lessons
from journal.enums import Presence
from journal.permissions import JournalDoor
from journal.selectors.lessons import LessonPage, RollRow, Section, lesson_page
from teaching.models import Lesson


@dataclass(slots=True)
class RollLine:
    """A student of the roll: his row of the journal, his scan, and what the two make of each other.

    `order` is his place in the list of the lesson, from 1; `part` the group, of a stream. `by_scan` is what the scan
    says whatever the mark, `proposal` what of it is proposed now.
    """

    lesson_id: int
    row: RollRow
    section: Section
    order: int
    part: str
    scan: LessonScan | None
    by_scan: Proposal | None
    proposal: Proposal | None
    difference: ScanDifference | None
    flags: Sequence[str]

    @property
    def is_open(self) -> bool:
        return self.section.lock is None

    @property
    def shown(self) -> tuple[str, str]:
        """What the form's fields hold: presence and minutes as texts; what was typed, the mark, else the proposal."""
        if self.row.typed is not None or self.row.presence or self.proposal is None:
            return self.row.shown[:2]
        return self.proposal.presence, "" if self.proposal.minutes is None else str(self.proposal.minutes)

    @property
    def scan_words(self) -> str:
        return "" if self.scan is None else scan_words(self.scan)

    @property
    def flag_words(self) -> list[str]:
        return [str(FLAG_LABELS[name]) for name in self.flags]

    @property
    def state(self) -> str:
        """`scanned`, `unproven`, or `missing`: without a scan."""
        if self.scan is None:
            return "missing"
        return "scanned" if self.scan.is_proven else "unproven"


@dataclass(frozen=True, slots=True)
class Roll:
    page: LessonPage
    lines: Sequence[RollLine]

    def of(self, state: str) -> list[RollLine]:
        return [line for line in self.lines if line.state == state]

    @property
    def flagged(self) -> list[RollLine]:
        return [line for line in self.lines if line.flags]

    @property
    def differing(self) -> list[RollLine]:
        return [line for line in self.lines if line.difference is not None]

    @property
    def is_open(self) -> bool:
        return any(line.is_open for line in self.lines)

    @property
    def waiting(self) -> list[RollLine]:
        """Whom nobody has looked at, and who may be marked now."""
        return [line for line in self.lines if line.is_open and not line.row.presence]

    def proposed(self, presence: str) -> int:
        return sum(line.proposal is not None and line.proposal.presence == presence for line in self.waiting)

    @property
    def proposes_present(self) -> int:
        return self.proposed(Presence.PRESENT)

    @property
    def proposes_late(self) -> int:
        return self.proposed(Presence.LATE)

    @property
    def proposes_absent(self) -> int:
        return self.proposed(Presence.ABSENT)

    @property
    def left_open(self) -> int:
        """Those at whom the teacher has to look himself."""
        return sum(line.proposal is None for line in self.waiting)

    def called(self, turn: int) -> list[RollLine]:
        """The names of a spot check: those flagged or unproven first."""
        by_student = {line.row.student_id: line for line in self.lines if line.scan is not None}
        suspect = [key for key, line in by_student.items() if line.flags or line.state == "unproven"]
        return [by_student[key] for key in spot_check(_seed(self.page.lesson.pk), turn, by_student, suspect)]


def roll_of(lesson: Lesson, doors: Sequence[JournalDoor], *, now: datetime) -> Roll:
    """The roll of a lesson: the queries of the lesson's page and one more, for any number of students."""
    page = lesson_page(lesson, doors, now=now)
    scans = scans_of_lessons([lesson.pk]).get(lesson.pk, [])
    by_student = {scan.facts.student_id: scan for scan in scans}
    flags = flags_for_teacher(scans)
    lines: list[RollLine] = []
    for section in page.sections:
        for row in section.rows:
            scan = by_student.get(row.student_id)
            seen = None if scan is None else ScanSeen(scan.facts.at, scan.is_late, scan.is_proven)
            by_scan = propose(seen, starts_at=lesson.starts_at)
            lines.append(
                RollLine(
                    lesson.pk,
                    row,
                    section,
                    len(lines) + 1,
                    section.label if len(page.sections) > 1 else "",
                    scan,
                    by_scan,
                    by_scan if section.lock is None and not row.presence else None,
                    difference_of(
                        presence=row.presence,
                        is_scanned=scan is not None,
                        is_proven=scan is not None and scan.is_proven,
                        is_late=scan is not None and scan.is_late,
                        lesson_scans=len(scans),
                    ),
                    flags.get(row.student_id, []),
                )
            )
    return Roll(page, lines)


def scan_words(scan: LessonScan) -> str:
    """When and by what: "08:03, changing code"; of one that was proven later, when the printed code was shown, too."""
    code = str(PROOF_LABELS[ScanProof(scan.proof)])
    if scan.method != ScanMethod.CAMERA:
        code = f"{code}, {METHOD_LABELS[ScanMethod(scan.method)]}"
    words = f"{clock_time(scan.facts.at)}, {code}"
    if scan.is_late:
        words = f"{words}, {_('late')}"
    if scan.first_at is not None:
        before = _("printed code at %(time)s") % {"time": clock_time(scan.first_at)}
        words = f"{words}; {before}"
    return words


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is asked again and again while a lesson is on. `writes`: the user keeps a journal of the lesson, or stands
    in today; else his right to read is the caller's next question."""

    writes: bool
    total: int
    newest: int  # the id of the last scan, 0 for none
    proofs: int  # how many of the scans were proven after the printed code
    starts_at: datetime

    @property
    def tag(self) -> str:
        return f"{self.total}-{self.newest}-{self.proofs}"


_PULSE = """
SELECT EXISTS (SELECT 1 FROM teaching_lessonworkload lw
               JOIN teaching_workloadteacher k ON k.workload_id = lw.workload_id
               JOIN accounts_teacher t ON t.id = k.teacher_id
               WHERE lw.lesson_id = l.id AND t.user_id = %(user)s AND (t.ends_on IS NULL OR t.ends_on >= %(today)s)
                 AND k.starts_on <= %(today)s AND (k.ends_on IS NULL OR k.ends_on >= %(today)s))
    OR l.date = %(today)s
       AND EXISTS (SELECT 1 FROM teaching_substitution b JOIN accounts_teacher t ON t.id = b.substitute_id
                   WHERE b.lesson_id = l.id AND b.withdrawn_at IS NULL AND t.user_id = %(user)s
                     AND (t.ends_on IS NULL OR t.ends_on >= %(today)s)),
       s.total, s.newest, s.proofs, l.starts_at
FROM teaching_lesson l
CROSS JOIN LATERAL (SELECT count(*) AS total, coalesce(max(c.id), 0) AS newest, count(p.id) AS proofs
                    FROM attendance_scan c LEFT JOIN attendance_provenscan p ON p.scan_id = c.id
                    WHERE c.lesson_id = l.id) s
WHERE l.id = %(lesson)s
"""


def pulse_of(lesson_id: int, *, user_id: int, today: date) -> Pulse | None:
    """The state of a lesson's scans and whether the user writes in it; None for no lesson. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PULSE, {"lesson": lesson_id, "user": user_id, "today": today})
        row = cursor.fetchone()
    return None if row is None else Pulse(*row)


@dataclass(frozen=True, slots=True)
class LiveScan:
    """A scan as the page of a roll draws it while it stands open."""

    student: int
    state: str
    words: str
    presence: str
    minutes: str


def live_scans(lesson_id: int, *, starts_at: datetime) -> list[LiveScan]:
    """The scans of a lesson for the open page: what it proposes for each. One query."""
    found = []
    for scan in scans_of_lessons([lesson_id]).get(lesson_id, []):
        seen = ScanSeen(scan.facts.at, scan.is_late, scan.is_proven)
        proposal = propose(seen, starts_at=starts_at) or Proposal("")
        found.append(
            LiveScan(
                scan.facts.student_id,
                "scanned" if scan.is_proven else "unproven",
                scan_words(scan),
                proposal.presence,
                "" if proposal.minutes is None else str(proposal.minutes),
            )
        )
    return found


def _seed(lesson_id: int) -> str:
    """What a student cannot reckon: who will be called."""
    return salted_hmac("attendance.spot_check", str(lesson_id), algorithm="sha256").hexdigest()
