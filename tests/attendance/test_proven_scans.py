"""A scan by the printed code alone that is proven by a second one (docs/attendance.md, "What proves presence")."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from attendance.enums import QrMode, ScanDifference, ScanMethod, ScanProof
from attendance.models import ProvenScan, QrSetting, RefusedScan, Scan
from attendance.selectors.codes import codes_of_rooms, link_of, meeting_code
from attendance.selectors.differences import difference_counts, differing_marks
from attendance.selectors.flags import excused_rows, excused_scans, scans_of_lessons
from attendance.selectors.roll import roll_of
from attendance.selectors.watch import watched_journals
from attendance.services.rooms import issue_code
from ejournal.lib import clock
from journal.access import get_lesson
from journal.models import Mark
from teaching.enums import LessonState
from teaching.models import Lesson
from tests import factories as make
from tests.attendance.test_rolls import NOW, browser
from tests.attendance.test_rolls import World as RollWorld
from tests.attendance.test_rolls import scan as make_scan
from tests.attendance.test_scans_views import JSON, START, World, code_of, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def rows() -> tuple[int, int, int]:
    return Scan.objects.count(), ProvenScan.objects.count(), RefusedScan.objects.count()


def line_of(world: World) -> Any:
    lesson, doors = get_lesson(world.lesson.teacher.user, world.lesson.pk, now=world.now)
    return roll_of(lesson, doors, now=world.now).lines[0]


# --- What the second scan is worth -----------------------------------------------------------------------------
def test_the_changing_code_proves_what_the_printed_one_could_not(world: World) -> None:
    assert said(world.scan(0, link=world.poster)) == (200, "counted")
    assert said(world.scan(4)) == (200, "counted")
    assert rows() == (1, 1, 0)
    scan = Scan.objects.get()
    # The first row stays what it was.
    assert (scan.at, scan.is_proven, scan.proof) == (START, False, ScanProof.ROOM)
    proof = scan.proven
    assert (proof.at, proof.recorded_at, proof.is_late, proof.proof, proof.method, proof.device) == (
        world.now,
        world.now,
        False,
        ScanProof.NOW,
        ScanMethod.CAMERA,
        scan.device,
    )


@pytest.mark.parametrize(
    ("minutes", "status", "code", "proposed"),
    [(15, 200, "counted", "present"), (16, 200, "late", "late"), (30, 200, "late", "late"), (31, 200, "already", None)],
)
def test_a_proof_is_judged_by_its_own_time(
    world: World, minutes: int, status: int, code: str, proposed: str | None
) -> None:
    """A picture of the poster, scanned from home at the first minute, must not make a latecomer punctual."""
    world.scan(-9, link=world.poster)
    assert said(world.scan(minutes)) == (status, code)
    line = line_of(world)
    assert (line.proposal.presence if line.proposal else None) == proposed
    if proposed == "late":
        assert line.proposal.minutes == minutes
    assert line.state == ("unproven" if proposed is None else "scanned")


def test_repeats_of_both_say_already_and_write_nothing(world: World) -> None:
    links = (world.poster, world.poster, "", "", world.poster)
    codes = [said(world.scan(minute, link=link))[1] for minute, link in enumerate(links)]
    assert codes == ["counted", "already", "counted", "already", "already"]
    assert rows() == (1, 1, 0)


def test_one_claim_sent_again_says_already(world: World) -> None:
    world.scan(0, link=world.poster)
    world.go(1)
    link = world.link()
    world.phone.get(link)
    assert [said(world.phone.post(link, **JSON))[1] for _ in range(3)] == ["counted", "already", "already"]
    assert rows() == (1, 1, 0)


def test_the_page_says_what_is_missing_and_then_that_it_counts(world: World) -> None:
    tones = []
    for link in (world.poster, world.poster, world.link(), world.link()):
        page = world.phone.get(link)
        assert "data-sends-itself" in page.content.decode()
        answer = world.phone.post(link)
        tone = re.search(r'class="scan-said is-(\w+)"', answer.content.decode())
        assert tone is not None
        tones.append((code_of(answer), tone.group(1)))
    assert tones == [("counted", "warning"), ("already", "warning"), ("counted", "success"), ("already", "success")]


def test_six_characters_prove_it_too(world: World) -> None:
    world.scan(0, link=world.poster)
    world.go(1)
    typed = codes_of_rooms([world.room.pk], on=make.MONDAY)[world.room.pk].typed_now(world.now)
    assert said(world.phone.post("/scan/", {"typed": typed}, **JSON)) == (200, "counted")
    assert ProvenScan.objects.get().method == ScanMethod.TYPED


def test_the_lessons_own_code_proves_it_too(world: World) -> None:
    world.scan(0, link=world.poster)
    own = link_of(meeting_code(world.lesson.pk, on=make.MONDAY), now=world.go(1))
    assert said(world.scan(1, link=own)) == (200, "counted")
    assert ProvenScan.objects.get().proof == ScanProof.MEETING


def test_the_code_of_another_room_proves_nothing(world: World) -> None:
    other = make.make_room("Б-102")
    issue_code(room=other, by=None, now=START)
    world.scan(0, link=world.poster)
    world.go(1)
    assert said(world.scan(1, link=world.link(other))) == (422, "other_room")
    assert rows() == (1, 0, 1)


def test_a_cancelled_lesson_is_not_proven(world: World) -> None:
    world.scan(0, link=world.poster)
    Lesson.objects.update(state=LessonState.CANCELLED)
    assert said(world.scan(1)) == (422, "cancelled")
    assert rows() == (1, 0, 1)


def test_a_way_of_proof_made_milder_does_not_let_the_printed_code_prove_it(world: World) -> None:
    world.scan(0, link=world.poster)
    QrSetting.objects.create(mode=QrMode.ROOM, set_at=START, lesson=world.lesson)
    assert said(world.scan(1, link=world.poster)) == (200, "already")
    assert rows() == (1, 0, 0)
    assert said(world.scan(2)) == (200, "counted")


def test_a_claim_that_proved_one_lesson_counts_at_no_other(world: World) -> None:
    world.scan(0, link=world.poster)
    other = make.make_course(group=world.course.group, discipline="Оптика")
    make.enrol(world.student, other)
    second = make.make_lesson(make.make_workload(course=other), room=world.room)
    world.go(1)
    link = world.link()
    world.phone.get(link)
    assert said(world.phone.post(link, **JSON)) == (300, "two_fit")
    assert said(world.phone.post(link, {"lesson": world.lesson.pk}, **JSON)) == (200, "counted")
    assert said(world.phone.post(link, {"lesson": second.pk}, **JSON)) == (422, "code_old")
    assert rows() == (1, 1, 1)


def test_a_preview_of_the_second_code_proves_nothing(world: World) -> None:
    world.scan(0, link=world.poster)
    world.go(1)
    world.phone.get(world.link())
    world.phone.head(world.link())
    assert rows() == (1, 0, 0)


def test_the_second_scan_costs_no_more_than_the_first(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world.scan(0, link=world.poster)
    world.go(1)
    link = world.link()
    with django_assert_num_queries(3):
        world.phone.get(link)
    with django_assert_num_queries(3):
        assert said(world.phone.post(link, **JSON))[1] == "counted"


# --- What the database keeps -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    [
        "UPDATE attendance_provenscan SET is_late = true",
        "DELETE FROM attendance_provenscan",
        "TRUNCATE attendance_provenscan",
    ],
)
def test_a_proof_is_neither_changed_nor_deleted(world: World, words: str) -> None:
    world.scan(0, link=world.poster)
    world.scan(1)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(words)


@pytest.mark.parametrize("wrong", ["proven already", "twice", "by the printed code"])
def test_the_database_takes_one_proof_of_an_unproven_scan_alone(world: World, wrong: str) -> None:
    world.scan(0, link="" if wrong == "proven already" else world.poster)
    if wrong == "twice":
        world.scan(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProvenScan.objects.create(
            scan=Scan.objects.get(),
            at=START,
            recorded_at=START,
            is_late=False,
            method="camera",
            proof="room" if wrong == "by the printed code" else "now",
            device="d",
            on_campus=None,
            nonce=make.REQUEST_ID,
            request_id=make.REQUEST_ID,
        )


# --- What is made of it ----------------------------------------------------------------------------------------
def prove(scan: Scan, minutes: float, **fields: Any) -> ProvenScan:
    at = scan.lesson.starts_at + timedelta(minutes=minutes)
    values: dict[str, Any] = {"device": scan.device, "on_campus": None, "is_late": minutes > 15, **fields}
    return ProvenScan.objects.create(
        scan=scan,
        at=at,
        recorded_at=at,
        method="camera",
        proof="now",
        nonce=uuid4(),
        request_id=make.REQUEST_ID,
        **values,
    )


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch) -> RollWorld:
    """Five of a group at one lesson; the third has the printed code alone."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    taught = RollWorld()
    taught.scan_all()
    return taught


def unproven(taught: RollWorld) -> Scan:
    return Scan.objects.get(student=taught.unproven)


def test_the_open_roll_hears_of_the_proof(taught: RollWorld) -> None:
    client, url = browser(taught.teacher), f"{taught.url}now/"
    etag = client.get(url)["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    prove(unproven(taught), 17.5)
    news = client.get(url, headers={"If-None-Match": etag})
    assert news.status_code == 200
    (row,) = [row for row in news.json()["scans"] if row["student"] == taught.unproven.pk]
    assert (row["state"], row["presence"], row["minutes"]) == ("scanned", "late", "18")
    assert ("08:17" in row["words"], "08:01" in row["words"]) == (True, True)


def test_the_tap_saves_it_as_of_the_scan(taught: RollWorld) -> None:
    prove(unproven(taught), 4)
    browser(taught.teacher).post(taught.url, taught.form())
    mark = Mark.objects.get(student=taught.unproven)
    assert (mark.presence, mark.source) == ("present", "scan")
    assert Lesson.objects.get(pk=taught.lesson.pk).roll_taken_at is not None


def test_marks_that_differ_from_the_proof_are_listed_and_counted(taught: RollWorld) -> None:
    taught.mark(taught.unproven, "кж")
    window = {"since": make.MONDAY, "until": make.MONDAY}
    assert differing_marks([taught.workload.pk], **window) == []
    prove(unproven(taught), 4)
    (found,) = differing_marks([taught.workload.pk], **window)
    assert (found.student_id, found.difference) == (taught.unproven.pk, ScanDifference.SCANNED_ABSENT)
    assert found.scanned_at == START + timedelta(minutes=4)
    assert difference_counts([taught.workload.pk], **window)[taught.workload.pk].total() == 1
    answer = browser(taught.teacher).get(f"/journals/{taught.workload.pk}/scans/", **JSON)
    assert [cell["student"] for cell in answer.json()["cells"]] == [taught.unproven.pk]


def test_the_head_counts_it_as_proven(taught: RollWorld) -> None:
    def week() -> tuple[int, int]:
        (found,) = watched_journals([taught.department.pk], since=make.MONDAY, until=make.MONDAY)
        return found.scans, found.unproven

    assert week() == (3, 1)
    prove(unproven(taught), 4)
    assert week() == (3, 0)


@pytest.mark.parametrize("lent", ["first", "second"])
def test_both_telephones_of_it_are_looked_at(taught: RollWorld, lent: str) -> None:
    """The poster by one's own, the changing code by that of a friend who sits in the room; or the other way round."""
    lender = Scan.objects.get(student=taught.present).device
    scan = unproven(taught)
    if lent == "first":
        scan = make_scan(taught.lesson, taught.missing, is_proven=False, proof="room", device=lender)
    prove(scan, 4, device=lender if lent == "second" else "own")
    flags = {key: line.flags for key, line in taught.lines().items() if line.flags}
    assert flags == {scan.student_id: ["one_device"], taught.present.pk: ["one_device"]}


def test_a_telephone_known_by_a_proof_alone_is_no_new_one(taught: RollWorld) -> None:
    before = make.make_lesson(taught.workload, day=make.MONDAY - timedelta(days=7))
    prove(make_scan(before, taught.present, is_proven=False, proof="room", device="old"), 2, device="phone")
    make_scan(taught.lesson, taught.excused, device="phone of another")
    scans = {scan.facts.student_id: scan.facts for scan in scans_of_lessons([taught.lesson.pk])[taught.lesson.pk]}
    assert not scans[taught.present.pk].knows_device
    later = make.make_lesson(taught.workload, day=make.MONDAY + timedelta(days=7))
    make_scan(later, taught.present, device="phone")
    (scan,) = scans_of_lessons([later.pk])[later.pk]
    assert scan.facts.knows_device


def test_the_office_reads_the_excused_scan_as_proven(taught: RollWorld) -> None:
    taught.excuse(taught.unproven)
    prove(unproven(taught), 4)
    (row,) = excused_rows(list(excused_scans([taught.unit.pk], since=make.MONDAY, until=make.MONDAY)))
    assert (row.is_proven, row.at) == (True, START + timedelta(minutes=4))


def test_without_redis_the_second_scan_counts(world: World) -> None:
    with override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0"):
        assert said(world.scan(0, link=world.poster))[1] == "counted"
        assert said(world.scan(1))[1] == "counted"
    assert rows() == (1, 1, 0)
