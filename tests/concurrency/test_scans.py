"""Repeats of one scan at the same moment: one row, whoever is first (§4.2)."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from attendance.enums import ScanCode, ScanMethod, ScanProof
from attendance.models import ProvenScan, RefusedScan, Scan
from attendance.rules.scans import Place
from attendance.selectors.scans import facts_at
from attendance.services.claims import make_claim
from attendance.services.rooms import issue_code
from attendance.services.scans import record_scan, record_typed
from ejournal.lib import clock, locks
from teaching.models import Lesson
from tests import factories as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

NOW: datetime = clock.moment_of(make.MONDAY, time(8, 0))
TIMES = 16
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def lesson() -> Lesson:
    room, course = make.make_room(), make.make_course()
    issue_code(room=room, by=None, now=NOW)
    make.enrol(make.make_student("student"), course)
    return make.make_lesson(make.make_workload(course=course), room=room)


def student_of(lesson: Lesson) -> Any:
    return lesson.workloads.get().workload.course.enrolments.get().student


def claim_at(lesson: Lesson, *, proof: ScanProof = ScanProof.NOW) -> Any:
    return make_claim(
        public="x",
        place=Place(room_id=lesson.room_id),
        proof=proof,
        method=ScanMethod.CAMERA,
        device="d" * 64,
        now=NOW,
    )


def test_look_before_the_write_alone_would_count_each_repeat(lesson: Lesson, at_once: AtOnce) -> None:
    """The race is real: all have looked before any has written, and each of them finds nothing yet."""
    user = student_of(lesson).user

    def look() -> bool:
        facts = facts_at(user_id=user.id, place=Place(room_id=lesson.room_id), moment=NOW, now=NOW)
        return facts.meetings[0].scanned_at is None

    assert at_once(*[look] * TIMES) == [True] * TIMES


@pytest.mark.parametrize("is_one_claim", [True, False])
def test_sixteen_repeats_make_one_row(lesson: Lesson, at_once: AtOnce, is_one_claim: bool) -> None:
    """One claim sent sixteen times, and sixteen looks at the code by one student."""
    user, one = student_of(lesson).user, claim_at(lesson)

    def scan() -> ScanCode:
        claim = one if is_one_claim else claim_at(lesson)
        return record_scan(by=user, claim=claim, now=NOW, on_campus=None).code

    codes = at_once(*[scan] * TIMES)
    assert sorted(codes) == [ScanCode.ALREADY] * (TIMES - 1) + [ScanCode.COUNTED]
    assert (Scan.objects.count(), RefusedScan.objects.count()) == (1, 0)


def test_sixteen_posts_of_one_browser_make_one_row(
    lesson: Lesson, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    first = Client()
    first.force_login(student_of(lesson).user)
    link = f"/r/{lesson.room.codes.get().public}"  # type: ignore[union-attr]
    assert first.get(link).status_code == 200

    def post() -> str:
        tab = Client()
        tab.cookies = first.cookies
        return str(tab.post(link, headers={"Accept": "application/json"}).json()["code"])  # type: ignore[attr-defined]

    assert sorted(at_once(*[post] * TIMES)) == ["already"] * (TIMES - 1) + ["counted"]
    assert Scan.objects.count() == 1


def test_sixteen_wrong_codes_typed_at_once_are_five_tries(lesson: Lesson, at_once: AtOnce) -> None:
    user = student_of(lesson).user

    def type_it() -> ScanCode:
        return record_typed(by=user, typed="ACDEFG", device="d" * 64, now=NOW, on_campus=None).code

    codes = at_once(*[type_it] * TIMES)
    assert (codes.count(ScanCode.CODE_OLD), codes.count(ScanCode.TOO_OFTEN)) == (5, TIMES - 5)
    assert RefusedScan.objects.count() == 5


def test_scan_waits_for_nobody_who_holds_the_lesson(lesson: Lesson, at_once: AtOnce) -> None:
    """The roll is being taken, the course is locked: a scan takes no lock of theirs."""
    course = lesson.workloads.get().workload.course
    user = student_of(lesson).user
    with transaction.atomic():
        locks.own_course(semester_id=course.semester_id, course_id=course.id)
        # The lock of a foreign key's check (KEY SHARE) goes beside this one.
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM teaching_lesson WHERE id = %s FOR NO KEY UPDATE", [lesson.pk])
        (code,) = at_once(lambda: record_scan(by=user, claim=claim_at(lesson), now=NOW, on_campus=None).code)
    assert code == ScanCode.COUNTED


# --- The printed code first, then the changing one -------------------------------------------------------------
def test_sixteen_repeats_prove_a_scan_once(lesson: Lesson, at_once: AtOnce) -> None:
    user = student_of(lesson).user
    poster = claim_at(lesson, proof=ScanProof.ROOM)
    assert record_scan(by=user, claim=poster, now=NOW, on_campus=None).code == ScanCode.COUNTED

    def prove() -> ScanCode:
        return record_scan(by=user, claim=claim_at(lesson), now=NOW, on_campus=None).code

    codes = at_once(*[prove] * TIMES)
    assert sorted(codes) == [ScanCode.ALREADY] * (TIMES - 1) + [ScanCode.COUNTED]
    assert (Scan.objects.count(), ProvenScan.objects.count(), RefusedScan.objects.count()) == (1, 1, 0)


def test_both_codes_at_once_end_proven_whichever_was_first(lesson: Lesson, at_once: AtOnce) -> None:
    """Eight tabs with the printed code and eight with the changing one, of one student."""
    user = student_of(lesson).user

    def scan(proof: ScanProof) -> Callable[[], ScanCode]:
        claim = claim_at(lesson, proof=proof)
        return lambda: record_scan(by=user, claim=claim, now=NOW, on_campus=None).code

    at_once(*[scan(proof) for proof in (ScanProof.ROOM, ScanProof.NOW) * (TIMES // 2)])
    (row,) = Scan.objects.all()
    assert row.is_proven or ProvenScan.objects.get().scan == row
    assert ProvenScan.objects.count() == int(not row.is_proven)
    assert not RefusedScan.objects.exists()
