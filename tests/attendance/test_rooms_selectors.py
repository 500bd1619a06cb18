"""Which code an address names, and what it proves."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from attendance.enums import ScanProof
from attendance.models import RoomCode
from attendance.selectors.codes import (
    codes_of_rooms,
    find_code,
    link_of,
    meeting_code,
    needs_meeting_code,
    typed_codes_of,
)
from ejournal.lib import clock
from tests.factories import MONDAY, make_course, make_lesson, make_room, make_semester, make_workload
from university.models import Policy, Room

pytestmark = pytest.mark.django_db

NOW = clock.moment_of(MONDAY, clock.time(8, 0))
STEP = timedelta(seconds=15)


def issue(room: Room) -> RoomCode:
    return RoomCode.objects.create(room=room, issued_at=NOW)


def test_the_printed_address_names_the_room_and_proves_only_where() -> None:
    row = issue(make_room())
    code = find_code(row.public, on=MONDAY)
    assert code is not None
    assert code.proof_of("", now=NOW) == ScanProof.ROOM
    assert link_of(code) == f"/r/{row.public}"


def test_the_changing_address_proves_this_step_and_the_previous() -> None:
    row = issue(make_room())
    code = find_code(row.public, on=MONDAY)
    assert code is not None
    public, _, step = link_of(code, now=NOW).removeprefix("/r/").partition(".")
    assert public == row.public
    proofs = [code.proof_of(step, now=NOW + moment * STEP) for moment in (-1, 0, 1, 2)]
    assert proofs == [None, ScanProof.NOW, ScanProof.PREVIOUS, None]


@pytest.mark.parametrize("public", ["", "x" * 22, "\x00" * 22, "Ж" * 22, "1-" + "x" * 22, "-" * 30, "9" * 4000])
def test_what_names_no_code_names_nothing(public: str) -> None:
    assert find_code(public, on=MONDAY) is None


def test_an_ended_code_names_nothing() -> None:
    row = issue(make_room())
    RoomCode.objects.update(ended_at=NOW)
    assert find_code(row.public, on=MONDAY) is None


def test_one_code_of_a_room_lives() -> None:
    room = make_room()
    issue(room)
    with pytest.raises(IntegrityError), transaction.atomic():
        issue(room)


def test_finding_a_code_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    row = issue(make_room())
    with django_assert_num_queries(1):
        find_code(row.public, on=MONDAY)


def test_the_step_of_a_found_code_is_the_settings_newest() -> None:
    row = issue(make_room())
    assert find_code(row.public, on=MONDAY) == codes_of_rooms([row.room_id], on=MONDAY)[row.room_id]
    for days, seconds in ((-2, 30), (-1, 20), (1, 60)):
        Policy.objects.create(key="qr_step_seconds", value=seconds, valid_from=MONDAY + timedelta(days=days))
    code = find_code(row.public, on=MONDAY)
    assert code == codes_of_rooms([row.room_id], on=MONDAY)[row.room_id]
    assert code is not None
    assert code.step_seconds == 20


def test_a_lessons_code_is_found_without_a_row_and_proves_by_its_step_alone() -> None:
    code = meeting_code(41, on=MONDAY)
    found = find_code(code.public, on=MONDAY)
    assert found == code
    assert (code.room_id, code.lesson_id) == (None, 41)
    assert code.proof_of("", now=NOW) is None
    assert code.proof_of(code.step_now(NOW), now=NOW) == ScanProof.MEETING
    assert code.proof_of(meeting_code(42, on=MONDAY).step_now(NOW), now=NOW) is None


def test_a_lessons_seal_is_of_its_number_and_of_the_servers_key() -> None:
    public = meeting_code(41, on=MONDAY).public
    assert find_code(public.replace("41-", "42-", 1), on=MONDAY) is None
    assert find_code(public.replace("41-", "041-", 1), on=MONDAY) is None
    with override_settings(SECRET_KEY="another key of another server, long enough for it"):
        assert find_code(public, on=MONDAY) is None


def test_typed_codes_are_of_the_rooms_and_the_lessons_asked_for() -> None:
    room, other = make_room(), make_room("Б-102")
    row = issue(room)
    issue(other)
    codes = typed_codes_of(room_ids=[room.pk], lesson_ids=[41], now=NOW)
    assert {(code.room_id, code.lesson_id) for code in codes} == {(room.pk, None), (None, 41)}
    shown = codes_of_rooms([room.pk], on=MONDAY)[room.pk]
    said = [code for code in codes if code.is_said_by(shown.typed_now(NOW).lower())]
    assert [(code.public, code.proof) for code in said] == [(row.public, ScanProof.NOW)]
    before = [code for code in codes if code.is_said_by(shown.typed_now(NOW - STEP))]
    assert [code.proof for code in before] == [ScanProof.PREVIOUS]
    assert not [code for code in codes if code.is_said_by(shown.typed_now(NOW + STEP))]


def test_a_lesson_needs_its_own_code_without_a_room_and_where_two_are_at_once() -> None:
    make_semester()
    room = make_room()
    alone = make_lesson(make_workload(course=make_course()), room=room)
    assert not needs_meeting_code(alone)
    beside = make_lesson(make_workload(course=make_course()), room=room)
    assert needs_meeting_code(alone)
    assert needs_meeting_code(beside)
    assert needs_meeting_code(make_lesson(make_workload(course=make_course()), pair=3))
