"""A scan against «кж», and two taps at once: both facts stay, and nothing is saved twice (trials.md, races)."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Student
from attendance.enums import ScanCode, ScanDifference, ScanMethod, ScanProof
from attendance.models import Scan
from attendance.rules.scans import Place
from attendance.selectors.roll import Roll, roll_of
from attendance.services.claims import make_claim
from attendance.services.rolls import take_roll
from attendance.services.rooms import claim_display, pair_display, pairing_code
from attendance.services.scans import record_scan
from ejournal.lib import clock
from journal.access import get_lesson
from journal.models import ChangeEvent, Mark
from teaching.models import Lesson
from tests import factories as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

START = clock.moment_of(make.MONDAY, time(8, 0))
NOW = START + timedelta(minutes=5)
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def lesson() -> Lesson:
    workload = make.make_workload()
    for name in ("Айпери", "Бермет", "Чолпон"):
        make.enrol(make.make_student(first_name=name), workload.course)
    return make.make_lesson(workload, room=make.make_room())


def roll(lesson: Lesson) -> Roll:
    found, doors = get_lesson(lesson.teacher.user, lesson.pk, now=NOW)
    return roll_of(found, doors, now=NOW)


def all_absent(lesson: Lesson) -> list[dict[str, Any]]:
    students = [line.row.student_id for line in roll(lesson).lines]
    return [{"lesson": lesson.pk, "student": one, "version": 0, "presence": "absent"} for one in students]


def test_a_scan_and_an_absence_at_once_both_stay_and_are_shown_as_different(lesson: Lesson, at_once: AtOnce) -> None:
    entries = all_absent(lesson)
    student = Student.objects.order_by("pk").select_related("user")[0]
    claim = make_claim(
        public="x",
        place=Place(room_id=lesson.room_id),
        proof=ScanProof.NOW,
        method=ScanMethod.CAMERA,
        device="d",
        now=NOW,
    )
    lines = roll(lesson).lines
    journal_id = lesson.workloads.get().workload_id

    def scans() -> Any:
        return record_scan(by=student.user, claim=claim, now=NOW, on_campus=None).code

    def marks() -> Any:
        return take_roll(
            journal_id=journal_id, lines=lines, entries=entries, by=lesson.teacher.user, now=NOW, nonce=uuid4()
        ).saved

    assert at_once(scans, marks) == [ScanCode.COUNTED, 3]
    assert (Scan.objects.count(), Mark.objects.filter(presence="absent").count()) == (1, 3)
    assert [line.difference for line in roll(lesson).differing] == [ScanDifference.SCANNED_ABSENT]


def test_two_taps_of_one_form_save_it_once(lesson: Lesson, at_once: AtOnce) -> None:
    entries, nonce, lines = all_absent(lesson), uuid4(), roll(lesson).lines
    journal_id = lesson.workloads.get().workload_id

    def tap() -> Any:
        return take_roll(
            journal_id=journal_id, lines=lines, entries=entries, by=lesson.teacher.user, now=NOW, nonce=nonce
        ).saved

    assert at_once(tap, tap) == [3, 3]
    assert {row.version for row in Mark.objects.all()} == {1}
    assert not ChangeEvent.objects.exists()


def test_two_devices_of_one_code_get_one_key(lesson: Lesson, at_once: AtOnce) -> None:
    assert lesson.room is not None
    pair_display(room=lesson.room, code=pairing_code("n"), name="", by=lesson.teacher.user, now=NOW)
    keys = at_once(*(lambda: claim_display(nonce="n", now=NOW) for _ in range(4)))
    assert len([key for key in keys if key is not None]) == 1
