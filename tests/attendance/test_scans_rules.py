"""Which lesson a scan is of and what it is worth, given plain values (§4.2)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.enums import QrMode, ScanCode, ScanProof
from attendance.rules.scans import STATUS, Meeting, Place, Window, judge_scan, status_of

START = datetime(2026, 9, 21, 8, 0, tzinfo=ZoneInfo("Asia/Bishkek"))
HERE = Place(room_id=1)


def meeting(number: int = 1, *, minutes: int = 0, **changed: object) -> Meeting:
    starts = START + timedelta(minutes=minutes)
    facts: dict[str, object] = {
        "lesson_id": number,
        "starts_at": starts,
        "ends_at": starts + timedelta(minutes=80),
        "is_off": False,
        "is_own": True,
        "room_id": 1,
        "room": "Б-101",
        "discipline": "Механика",
        "window": Window(),
    }
    return Meeting(**(facts | changed))  # type: ignore[arg-type]


def judge(*meetings: Meeting, at: int = 0, proof: ScanProof = ScanProof.NOW, place: Place = HERE) -> ScanCode:
    return judge_scan(meetings, place=place, proof=proof, moment=START + timedelta(minutes=at)).code


@pytest.mark.parametrize(
    ("mode", "proof", "counts", "is_proven"),
    [
        (QrMode.ROOM, ScanProof.ROOM, True, True),
        (QrMode.ROOM, ScanProof.NOW, True, True),
        (QrMode.ROOM_ROTATING, ScanProof.ROOM, True, False),
        (QrMode.ROOM_ROTATING, ScanProof.PREVIOUS, True, True),
        (QrMode.ROTATING, ScanProof.ROOM, False, False),
        (QrMode.ROTATING, ScanProof.NOW, True, True),
        (QrMode.ROTATING, ScanProof.MEETING, True, True),
    ],
)
def test_what_a_code_is_worth_by_the_way_of_proof(
    mode: QrMode, proof: ScanProof, counts: bool, is_proven: bool
) -> None:
    one = meeting(mode=mode)
    assert judge(one, proof=proof) == (ScanCode.COUNTED if counts else ScanCode.CODE_OLD)
    assert one.is_proven_by(proof) is is_proven


def test_lesson_that_was_scanned_is_already_whatever_the_code() -> None:
    assert judge(meeting(mode=QrMode.ROTATING, scanned_at=START), proof=ScanProof.ROOM) == ScanCode.ALREADY


def test_between_two_lessons_of_one_room_the_next_one_is_meant() -> None:
    """At the end of the first pair its window is over, and that of the second is open."""
    assert judge(meeting(1), meeting(2, minutes=90), at=82) == ScanCode.COUNTED
    assert judge(meeting(1), meeting(2, minutes=90), at=60) == ScanCode.TOO_LATE


def test_lesson_elsewhere_says_more_than_a_lesson_that_is_off() -> None:
    assert judge(meeting(is_off=True)) == ScanCode.CANCELLED
    assert judge(meeting(2, room_id=2)) == ScanCode.OTHER_ROOM
    assert judge(meeting(is_off=True), meeting(2, room_id=2)) == ScanCode.OTHER_ROOM
    assert judge() == ScanCode.NO_LESSON
    assert judge(meeting(is_own=False)) == ScanCode.NOT_YOUR_SUBGROUP


def test_code_of_a_lesson_is_of_that_lesson_alone() -> None:
    assert judge(meeting(1), meeting(2), place=Place(lesson_id=2)) == ScanCode.COUNTED
    assert judge(meeting(1), place=Place(lesson_id=2)) == ScanCode.OTHER_ROOM


def test_two_that_fit_are_asked_about_and_only_they_can_be_chosen() -> None:
    both = [meeting(1), meeting(2)]
    for chosen, code in ((None, ScanCode.TWO_FIT), (3, ScanCode.TWO_FIT), (2, ScanCode.COUNTED)):
        found = judge_scan(both, place=HERE, proof=ScanProof.NOW, moment=START, chosen=chosen)
        assert found.code == code


@given(at=st.integers(-600, 600), proof=st.sampled_from(list(ScanProof)), mode=st.sampled_from(list(QrMode)))
def test_nothing_counts_outside_the_window(at: int, proof: ScanProof, mode: QrMode) -> None:
    code = judge(meeting(mode=mode), at=at, proof=proof)
    assert (code in (ScanCode.COUNTED, ScanCode.LATE)) == (
        -10 <= at <= 30 and not (proof == ScanProof.ROOM and mode == QrMode.ROTATING)
    )


def test_statuses_are_those_of_the_interface() -> None:
    assert {code: status_of(code) for code in ScanCode} == dict.fromkeys(ScanCode, 422) | STATUS
    assert STATUS == {
        "counted": 200,
        "late": 200,
        "already": 200,
        "two_fit": 300,
        "not_a_student": 403,
        "unknown": 404,
        "too_often": 429,
    }
