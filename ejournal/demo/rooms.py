"""Codes for all auditoriums, a screen in one of them, and scans: of the lesson that is on as its students come in, and
of earlier lessons, some of which say something else than the marks."""

from datetime import datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction

from accounts.models import Student, User
from attendance.enums import ScanMethod, ScanProof
from attendance.models import ProvenScan, Scan
from attendance.services.claims import device_hash
from attendance.services.rooms import claim_display, issue_missing, pair_display, pairing_code
from ejournal.demo.cast import Scene
from ejournal.lib.clock import moment_of
from ejournal.lib.context import request_id
from ejournal.lib.locks import DEMO, own_named
from journal.enums import Presence
from journal.models import ExcuseCover, Mark
from journal.selectors.roster import rosters
from teaching.models import Lesson, Workload
from university.models import Room

_NONCE = "the demo's screen"
_EARLIER = 6  # so many lessons of the teacher's journal have scans behind them
_MISSING = 3  # so many never come
_BY_POSTER, _BY_BOTH = 2, 3  # who of those who come shows the printed code
_LATE = timedelta(minutes=18)
_AFTER = timedelta(minutes=5)  # so long after the poster somebody scans the screen
LATE_AFTER = timedelta(minutes=15)


def issue_codes(scene: Scene, *, now: datetime) -> int:
    """Issue the codes, pair a screen in an auditorium of the scene; how many codes."""
    administrator = User.objects.get(username="admin")
    made = issue_missing(rooms=Room.objects.all(), by=administrator, now=now)
    room = (
        Room.objects.filter(slots__workload=scene.workload).order_by("id").first()
        or Room.objects.order_by("building", "number", "id").first()
    )
    if room is not None:
        pair_display(room=room, code=pairing_code(_NONCE), name="Проектор", by=administrator, now=now)
        claim_display(nonce=_NONCE, now=now)
    return made


def scan_earlier(scene: Scene, *, now: datetime) -> int:
    """Scans of the journal's last lessons as its marks say, with some that differ; how many.

    A dean's office finds one of a day on which a student was excused.
    """
    lessons = list(
        Lesson.objects.filter(workloads__workload=scene.workload, roll_taken_at__isnull=False, ends_at__lt=now)
        .order_by("-starts_at", "-id")
        .values_list("id", flat=True)[:_EARLIER]
    )
    rows: list[Scan] = []
    marks = Mark.objects.filter(lesson__in=lessons, presence__isnull=False).select_related("lesson")
    for place, mark in enumerate(marks.order_by("lesson__starts_at", "student__user__sort_key", "student_id")):
        was_there = mark.presence != Presence.ABSENT
        if place % 23 == 5:
            was_there = not was_there  # «кж», and yet a scan; present, and none
        if not was_there:
            continue
        late = _LATE if mark.presence == Presence.LATE or place % 31 == 7 else timedelta(seconds=place % 400)
        rows.append(_scan(mark.lesson, mark.student_id, mark.lesson.starts_at + late))
    covered = (
        ExcuseCover.objects.filter(excuse__unit=scene.group.unit, excuse__withdrawn_at__isnull=True)
        .select_related("lesson")
        .order_by("-lesson__starts_at", "id")
        .first()
    )
    if covered is not None:
        rows.append(_scan(covered.lesson, covered.student_id, covered.lesson.starts_at + timedelta(minutes=2)))
    Scan.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def scan_lesson_on(lesson: Lesson, workload: Workload, *, now: datetime) -> int:
    """Scans of the lesson that is on, as many as have come by now: one by the printed code alone, one by it first and
    then by the screen, two with one phone, one late, three never. `student` is left to scan himself. How many are
    due."""
    with transaction.atomic():
        own_named(DEMO)
        pupils = rosters([workload], since=lesson.date, until=lesson.date)[workload.pk]
        himself = set(Student.objects.filter(user__username="student").values_list("id", flat=True))
        coming = [pupil.student_id for pupil in pupils if pupil.student_id not in himself][: -_MISSING or None]
        midnight = moment_of(lesson.date, time.min)
        rows: list[Scan] = []
        for place, student_id in enumerate(coming):
            at = max(midnight, lesson.starts_at - timedelta(minutes=4) + timedelta(seconds=place * 41 % 720))
            if place in (_BY_POSTER, _BY_BOTH):
                rows.append(_scan(lesson, student_id, at, is_proven=False))
            elif place == 5:
                rows.append(_scan(lesson, student_id, at, phone=coming[4]))
            elif place == len(coming) - 1:
                rows.append(_scan(lesson, student_id, lesson.starts_at + _LATE))
            else:
                rows.append(_scan(lesson, student_id, at))
        due = [row for row in rows if row.at <= now and row.at < lesson.ends_at]
        Scan.objects.bulk_create(due, ignore_conflicts=True)
        if len(coming) > _BY_BOTH:
            _prove(lesson, coming[_BY_BOTH], now=now)
    return len(due)


def _prove(lesson: Lesson, student_id: int, *, now: datetime) -> None:
    """What the screen adds to the scan of the poster, once its moment has come; unless it was proven otherwise."""
    scan = Scan.objects.filter(lesson=lesson, student_id=student_id, is_proven=False).first()
    if scan is None or scan.at + _AFTER > now or scan.at + _AFTER >= lesson.ends_at:
        return
    seen = _scan(lesson, student_id, scan.at + _AFTER, turn="screen")
    facts = ("at", "recorded_at", "is_late", "method", "proof", "device", "on_campus", "nonce", "request_id")
    proof = ProvenScan(scan=scan, **{name: getattr(seen, name) for name in facts})
    ProvenScan.objects.bulk_create([proof], ignore_conflicts=True)


def _scan(
    lesson: Lesson,
    student_id: int,
    at: datetime,
    *,
    is_proven: bool = True,
    phone: int | None = None,
    turn: str = "",
) -> Scan:
    proof = ScanProof.NOW if lesson.room_id is not None else ScanProof.MEETING
    return Scan(
        lesson=lesson,
        student_id=student_id,
        room_id=lesson.room_id,
        at=at,
        recorded_at=at,
        is_late=at - lesson.starts_at > LATE_AFTER,
        is_proven=is_proven,
        method=ScanMethod.CAMERA,
        proof=proof if is_proven else ScanProof.ROOM,
        device=device_hash(f"demo {phone or student_id}"),
        on_campus=None,
        nonce=uuid5(NAMESPACE_URL, f"demo scan {lesson.pk} {student_id}{turn}"),
        request_id=request_id(),
    )
