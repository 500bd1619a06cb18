"""Scans: which lesson, what it is worth, once only (§4.2)."""

from datetime import datetime, time, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import Student
from attendance.enums import ScanCode, ScanMethod, ScanProof
from attendance.models import RefusedScan, Scan
from attendance.rules.scans import Place
from attendance.services.claims import Claim, make_claim
from attendance.services.scans import Answer, record_scan
from ejournal.lib import clock
from teaching.enums import LessonState
from teaching.models import Lesson
from tests import factories as make

pytestmark = pytest.mark.django_db
START = clock.moment_of(make.MONDAY, time(8, 0))


class World:
    def __init__(self) -> None:
        self.room = make.make_room()
        self.course = make.make_course()
        self.student = make.make_student()
        make.enrol(self.student, self.course, subgroup=1)
        self.workload = make.make_workload(course=self.course)
        self.lesson = make.make_lesson(self.workload, room=self.room)

    def claim(self, at: datetime, *, room_id: int | None = None) -> Claim:
        return make_claim(
            public="x",
            place=Place(room_id=room_id or self.room.id),
            proof=ScanProof.NOW,
            method=ScanMethod.CAMERA,
            device="d" * 64,
            now=at,
        )

    def scan(self, minutes: int, *, student: Student | None = None, room_id: int | None = None) -> Answer:
        at = START + timedelta(minutes=minutes)
        user = (student or self.student).user
        return record_scan(by=user, claim=self.claim(at, room_id=room_id), now=at, on_campus=None)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("minutes", "code"),
    [
        (-11, ScanCode.TOO_EARLY),
        (-10, ScanCode.COUNTED),
        (15, ScanCode.COUNTED),
        (16, ScanCode.LATE),
        (30, ScanCode.LATE),
        (31, ScanCode.TOO_LATE),
    ],
)
def test_scan_is_worth_what_the_window_says(world: World, minutes: int, code: ScanCode) -> None:
    assert world.scan(minutes).code == code
    counts = code in (ScanCode.COUNTED, ScanCode.LATE)
    assert (Scan.objects.count(), RefusedScan.objects.count()) == ((1, 0) if counts else (0, 1))


def test_second_scan_is_already(world: World) -> None:
    assert [world.scan(0).code, world.scan(1).code] == [ScanCode.COUNTED, ScanCode.ALREADY]
    assert Scan.objects.count() == 1


def test_same_claim_refused_again_keeps_one_row(world: World) -> None:
    at = START - timedelta(minutes=20)
    claim = world.claim(at)
    codes = [record_scan(by=world.student.user, claim=claim, now=at, on_campus=None).code for _ in range(3)]
    assert (codes, RefusedScan.objects.count()) == ([ScanCode.TOO_EARLY] * 3, 1)


def test_wrong_room_says_where_the_lesson_is(world: World) -> None:
    answer = world.scan(0, room_id=make.make_room("Б-102").id)
    assert (answer.code, answer.status) == (ScanCode.OTHER_ROOM, 422)
    assert "Б-101" in answer.message


def test_cancelled_lesson_is_refused(world: World) -> None:
    Lesson.objects.update(state=LessonState.CANCELLED)
    assert world.scan(0).code == ScanCode.CANCELLED


def test_other_subgroup_is_refused(world: World) -> None:
    room = make.make_room("Б-103")
    workload = make.make_workload(course=world.course, subgroup=world.course.group.subgroups.get(number=2))
    make.make_lesson(workload, pair=3, room=room)
    at = clock.moment_of(make.MONDAY, time(11, 0))
    answer = record_scan(by=world.student.user, claim=world.claim(at, room_id=room.id), now=at, on_campus=None)
    assert answer.code == ScanCode.NOT_YOUR_SUBGROUP


def test_stranger_and_teacher_are_told_apart(world: World) -> None:
    stranger = make.make_student(last_name="Жаңы")
    assert world.scan(0, student=stranger).code == ScanCode.NO_LESSON
    at = START
    answer = record_scan(by=world.lesson.teacher.user, claim=world.claim(at), now=at, on_campus=None)
    assert (answer.code, answer.status, Scan.objects.count()) == (ScanCode.NOT_A_STUDENT, 403, 0)


def test_two_that_fit_are_asked_about(world: World) -> None:
    other = make.make_course(group=world.course.group, discipline="Оптика")
    make.enrol(world.student, other)
    second = make.make_lesson(make.make_workload(course=other), room=world.room)
    claim = world.claim(START)
    asked = record_scan(by=world.student.user, claim=claim, now=START, on_campus=None)
    assert (asked.code, asked.status) == (ScanCode.TWO_FIT, 300)
    chosen = record_scan(by=world.student.user, claim=claim, now=START, on_campus=None, chosen=second.id)
    assert (chosen.code, Scan.objects.get().lesson_id) == (ScanCode.COUNTED, second.id)
    # One claim is worth one lesson.
    again = record_scan(by=world.student.user, claim=claim, now=START, on_campus=None, chosen=world.lesson.id)
    assert (again.code, Scan.objects.count()) == (ScanCode.CODE_OLD, 1)


def test_scan_takes_two_queries(world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        assert world.scan(0).code == ScanCode.COUNTED


def test_scan_is_neither_changed_nor_deleted(world: World) -> None:
    world.scan(0)
    for words in ("UPDATE attendance_scan SET is_late = true", "DELETE FROM attendance_scan"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(words)
