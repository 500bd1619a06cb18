"""Issuing codes, setting the way of proof, pairing and ending screens (§4.2)."""

from datetime import time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.enums import Role
from accounts.models import User
from attendance.enums import QrMode
from attendance.models import Display, QrSetting, RoomCode
from attendance.selectors.codes import find_code, meeting_code
from attendance.selectors.displays import display_of
from attendance.selectors.proof import modes_of
from attendance.services.rooms import (
    PAIRING_LENGTH,
    PAIRING_LIFE,
    SEEN_EVERY,
    claim_display,
    end_display,
    hash_of_token,
    is_typed,
    issue_code,
    issue_missing,
    note_seen,
    pair_display,
    pairing_code,
    set_lesson_mode,
    set_room_mode,
    set_unit_mode,
)
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from tests import factories as make
from university.models import Policy, Room

pytestmark = pytest.mark.django_db
NOW = clock.moment_of(make.MONDAY, time(8, 5))


@pytest.fixture
def office() -> User:
    user = make.make_user()
    make.appoint(user, Role.DEANS_OFFICE, unit=make.make_unit())
    return user


@pytest.fixture
def room() -> Room:
    return make.make_room()


def pair(room: Room, office: User, nonce: str = "a screen's nonce") -> Display:
    return pair_display(room=room, code=pairing_code(nonce), name="Проектор", by=office, now=NOW)


class TestCodes:
    def test_a_reissue_kills_the_old_code(self, room: Room, office: User) -> None:
        old = issue_code(room=room, by=office, now=NOW)
        new = issue_code(room=room, by=office, now=NOW + timedelta(days=1))
        assert find_code(old.public, on=make.MONDAY) is None
        found = find_code(new.public, on=make.MONDAY)
        assert found is not None
        assert bytes(RoomCode.objects.get(pk=old.pk).secret) != found.secret
        old.refresh_from_db()
        assert (old.ended_at, old.ended_by) == (NOW + timedelta(days=1), office)

    def test_missing_codes_are_issued_and_living_ones_stay(self, room: Room, office: User) -> None:
        kept = issue_code(room=room, by=office, now=NOW)
        other = make.make_room("Б-102")
        assert issue_missing(rooms=Room.objects.all(), by=office, now=NOW) == 1
        assert issue_missing(rooms=Room.objects.all(), by=office, now=NOW) == 0
        living = dict(RoomCode.objects.filter(ended_at__isnull=True).values_list("room_id", "public"))
        assert living[room.pk] == kept.public
        assert set(living) == {room.pk, other.pk}


class TestProof:
    def test_a_lessons_way_goes_before_the_rooms_and_the_units(self, room: Room, office: User) -> None:
        workload = make.make_workload()
        lesson = make.make_lesson(workload, room=room)

        def mode() -> QrMode:
            return modes_of([lesson.pk], on=make.MONDAY)[lesson.pk]

        assert mode() == QrMode.ROOM_ROTATING
        set_unit_mode(unit=workload.course.group.unit, mode=QrMode.ROOM, now=NOW)
        assert mode() == QrMode.ROOM
        set_room_mode(room=room, mode=QrMode.ROTATING, by=office, now=NOW)
        assert mode() == QrMode.ROTATING
        set_lesson_mode(lesson=lesson, mode=QrMode.ROOM_ROTATING, by=office, now=NOW)
        assert mode() == QrMode.ROOM_ROTATING
        set_lesson_mode(lesson=lesson, mode=None, by=office, now=NOW)
        set_room_mode(room=room, mode=None, by=office, now=NOW)
        assert mode() == QrMode.ROOM
        assert not QrSetting.objects.exists()

    def test_a_units_way_holds_from_today_and_is_set_once_a_day(self) -> None:
        unit = make.make_unit()
        set_unit_mode(unit=unit, mode=QrMode.ROTATING, now=NOW)
        set_unit_mode(unit=unit, mode=QrMode.ROOM, now=NOW)
        set_unit_mode(unit=None, mode=QrMode.ROTATING, now=NOW)
        rows = Policy.objects.filter(key="qr_mode").order_by("id").values_list("unit", "value", "valid_from")
        assert list(rows) == [(unit.pk, "room", make.MONDAY), (None, "rotating", make.MONDAY)]


class TestPairing:
    def test_a_screen_takes_its_key_once(self, room: Room, office: User) -> None:
        display = pair(room, office)
        assert is_typed("a screen's nonce", now=NOW)
        token = claim_display(nonce="a screen's nonce", now=NOW + timedelta(minutes=1))
        assert token is not None
        found = display_of(hash_of_token(token), on=make.MONDAY)
        assert found is not None
        assert (found.id, found.room_id, found.code) == (display.pk, room.pk, None)
        assert claim_display(nonce="a screen's nonce", now=NOW + timedelta(minutes=1)) is None
        assert not is_typed("a screen's nonce", now=NOW)
        # Neither the code nor the key stands in the database.
        display.refresh_from_db()
        assert display.code_hash == ""
        assert token != display.token_hash == hash_of_token(token)

    @pytest.mark.parametrize("nonce", ["another nonce", ""])
    def test_another_device_takes_nothing(self, room: Room, office: User, nonce: str) -> None:
        pair(room, office)
        assert claim_display(nonce=nonce, now=NOW) is None

    def test_after_ten_minutes_the_code_is_worth_nothing_and_may_be_typed_again(self, room: Room, office: User) -> None:
        pair(room, office)
        late = NOW + PAIRING_LIFE
        assert not is_typed("a screen's nonce", now=late)
        assert claim_display(nonce="a screen's nonce", now=late) is None
        again = pair_display(room=room, code=pairing_code("a screen's nonce"), name="", by=office, now=late)
        assert Display.objects.filter(ended_at__isnull=True).get() == again

    @pytest.mark.parametrize("code", ["", "ABC", "ACDEFGH", "ACDEFGHJK", "0CDEFGHJ", "Ж" * 8, "\x00" * 8, "a" * 10_000])
    def test_what_is_no_code_is_refused(self, room: Room, office: User, code: str) -> None:
        with pytest.raises(Refusal) as refused:
            pair_display(room=room, code=code, name="", by=office, now=NOW)
        assert refused.value.code == "pairing_code"
        assert not Display.objects.exists()

    def test_a_code_is_read_in_any_case_with_spaces(self, room: Room, office: User) -> None:
        code = pairing_code("nonce").lower()
        assert len(code) == PAIRING_LENGTH
        pair_display(room=room, code=f" {code[:4]}-{code[4:]} ", name="", by=office, now=NOW)
        assert is_typed("nonce", now=NOW)

    def test_a_code_that_was_typed_is_refused(self, room: Room, office: User) -> None:
        pair(room, office)
        with pytest.raises(Refusal) as refused:
            pair(room, office)
        assert refused.value.code == "pairing_code_used"
        assert Display.objects.count() == 1

    def test_an_ended_screen_is_no_screen(self, room: Room, office: User) -> None:
        display = pair(room, office)
        token = claim_display(nonce="a screen's nonce", now=NOW)
        assert token is not None
        end_display(display=display, by=office, now=NOW)
        assert display_of(hash_of_token(token), on=make.MONDAY) is None
        assert display_of("", on=make.MONDAY) is None
        end_display(display=display, by=make.make_user(), now=NOW + timedelta(days=1))
        display.refresh_from_db()
        assert (display.ended_by, display.ended_at) == (office, NOW)

    def test_an_ended_pairing_gives_no_key(self, room: Room, office: User) -> None:
        end_display(display=pair(room, office), by=office, now=NOW)
        assert claim_display(nonce="a screen's nonce", now=NOW) is None

    def test_a_living_screen_is_noted_once_in_five_minutes(self, room: Room, office: User) -> None:
        display = pair(room, office)
        claim_display(nonce="a screen's nonce", now=NOW)
        display.refresh_from_db()
        note_seen(display_id=display.pk, seen_at=NOW, now=NOW + SEEN_EVERY - timedelta(seconds=1))
        assert Display.objects.get().last_seen_at == NOW
        note_seen(display_id=display.pk, seen_at=NOW, now=NOW + SEEN_EVERY)
        assert Display.objects.get().last_seen_at == NOW + SEEN_EVERY


class TestRoomLink:
    @pytest.fixture(autouse=True)
    def at_noon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOW)

    def said(self, *arguments: str) -> str:
        out = StringIO()
        call_command("room_link", *arguments, stdout=out)
        return out.getvalue().strip()

    def test_of_a_room_it_is_valid_now(self, room: Room, office: User) -> None:
        row = issue_code(room=room, by=office, now=NOW)
        public, _, step = self.said(room.code).removeprefix("/r/").partition(".")
        code = find_code(public, on=make.MONDAY)
        assert public == row.public
        assert code is not None
        assert code.proof_of(step, now=NOW) == "now"

    def test_of_a_lesson_it_is_the_lessons_own(self) -> None:
        lesson = make.make_lesson(make.make_workload())
        code = meeting_code(lesson.pk, on=make.MONDAY)
        assert self.said("--lesson", str(lesson.pk)) == f"/r/{code.public}.{code.step_now(NOW)}"

    @pytest.mark.parametrize("arguments", [("Жок-1",), ("Б-101",), ("--lesson", "0"), ()])
    def test_what_has_no_code_is_said(self, room: Room, arguments: tuple[str, ...]) -> None:
        with pytest.raises(CommandError):
            self.said(*arguments)
