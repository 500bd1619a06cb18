"""A lesson of `teacher` is always on, at any hour."""

from datetime import date, datetime, time, timedelta

import pytest

from attendance.enums import ScanCode, ScanMethod, ScanProof
from attendance.models import Display
from attendance.rules.scans import Place
from attendance.services.claims import make_claim
from attendance.services.scans import record_scan
from ejournal.demo.lesson_on import keep_lesson_on, lessons_at, let_scans_count
from ejournal.lib.clock import day_of, moment_of
from journal.selectors.invariants import check_invariants
from teaching.models import Lesson, Workload
from tests import factories as make
from university.selectors import policies

pytestmark = pytest.mark.django_db

SUNDAY = date(2026, 9, 27)


@pytest.fixture
def workload() -> Workload:
    return make.make_workload()


def keep(workload: Workload, now: datetime) -> Lesson:
    return keep_lesson_on(teacher=workload.teachers.get().teacher, workload=workload, now=now)


@pytest.mark.parametrize(
    "at",
    [
        moment_of(SUNDAY, time(3, 15)),
        moment_of(SUNDAY, time(0, 0)),
        moment_of(SUNDAY, time(0, 4)),
        moment_of(SUNDAY, time(23, 59)),
        moment_of(SUNDAY, time(23, 59, 59)),
        moment_of(date(2027, 1, 30), time(12, 0)),
    ],
)
def test_a_lesson_is_on_within_one_day(workload: Workload, at: datetime) -> None:
    lesson = keep(workload, at)
    assert lesson.starts_at <= at < lesson.ends_at
    assert lesson.date == day_of(lesson.starts_at) == day_of(lesson.ends_at - timedelta(seconds=1)) == day_of(at)
    assert [finding.code for finding in check_invariants() if not finding.holds] == []


def test_the_timetables_lesson_is_enough(workload: Workload) -> None:
    lesson = make.make_lesson(workload)
    assert keep(workload, lesson.starts_at + timedelta(minutes=20)) == lesson
    assert Lesson.objects.count() == 1


def test_made_up_lesson_has_the_auditorium_with_the_screen_unless_it_is_taken(workload: Workload) -> None:
    now = moment_of(SUNDAY, time(12, 0))
    make.make_room()
    room = make.make_room("Б-102")
    Display.objects.create(room=room, code_expires_at=now, paired_by=make.make_user(), paired_at=now)
    assert keep(workload, now).room == room
    other = make.make_workload()
    assert keep(other, now).room not in (None, room)
    assert keep(make.make_workload(), now).room is None


def test_no_minute_of_two_days_is_without_a_lesson(workload: Workload) -> None:
    start = moment_of(SUNDAY, time(20, 0))
    teacher = workload.teachers.get().teacher
    for minute in range(26 * 60):
        now = start + timedelta(minutes=minute)
        if minute:  # what the last beat left covers the minute until this one
            assert lessons_at(teacher, now) != []
        keep(workload, now)


def test_untouched_lessons_do_not_pile_up(workload: Workload) -> None:
    start = moment_of(SUNDAY, time(8, 0))
    for minute in range(0, 12 * 60, 1):
        keep(workload, start + timedelta(minutes=minute))
    assert Lesson.objects.count() <= 2


def test_lesson_that_was_scanned_stays_where_it_was(workload: Workload) -> None:
    """A scan is evidence of its hour: such a lesson does not move on as an untouched one does."""
    start = moment_of(SUNDAY, time(8, 0))
    lesson = keep(workload, start)
    student = make.make_student()
    make.enrol(student, workload.course)
    claim = make_claim(
        public="x",
        place=Place(lesson_id=lesson.pk),
        proof=ScanProof.MEETING,
        method=ScanMethod.CAMERA,
        device="d" * 64,
        now=start,
    )
    assert record_scan(by=student.user, claim=claim, now=start, on_campus=None).code == ScanCode.COUNTED
    starts_at = lesson.starts_at
    for minute in range(0, 4 * 60, 10):
        keep(workload, start + timedelta(minutes=minute))
    lesson.refresh_from_db()
    assert lesson.starts_at == starts_at


def test_scan_counts_as_long_as_the_lesson_lasts(workload: Workload) -> None:
    let_scans_count(since=SUNDAY)
    assert policies("scan_late_minutes", "scan_present_minutes", on=SUNDAY) == {
        "scan_late_minutes": 80,
        "scan_present_minutes": 15,
    }
