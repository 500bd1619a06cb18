"""Codes that change with time: this step and the one before, and no other."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules.codes import (
    ALPHABET,
    is_step_valid,
    meeting_subject,
    room_subject,
    seconds_left,
    spell,
    step_code,
    step_of,
    tidy_typed,
    typed_code,
)

SECRET = bytes(range(32))
NOW = datetime(2026, 9, 21, 3, 0, 7, tzinfo=UTC)
SUBJECT = room_subject(7)


def test_a_step_is_the_same_for_all_its_seconds_and_the_next_after_them() -> None:
    start = NOW + timedelta(seconds=seconds_left(NOW, 15, SUBJECT))
    assert 0 < (start - NOW).total_seconds() <= 15
    assert step_of(start, 15, SUBJECT) == step_of(NOW, 15, SUBJECT) + 1
    assert step_of(start, 15, SUBJECT) == step_of(start + timedelta(seconds=14.999), 15, SUBJECT)
    assert step_of(start + timedelta(seconds=15), 15, SUBJECT) == step_of(start, 15, SUBJECT) + 1
    assert seconds_left(start, 15, SUBJECT) == 15


def test_steps_of_many_rooms_begin_at_different_seconds() -> None:
    """Else the screens of a whole university would ask for their next code all at once."""
    begin = Counter(int(seconds_left(NOW, 15, room_subject(room))) for room in range(600))
    assert len(begin) == 15
    assert max(begin.values()) < 2 * 600 / 15


def test_a_code_is_short_safe_in_an_address_and_of_64_bits() -> None:
    code = step_code(SECRET, SUBJECT, 1)
    assert re.fullmatch(r"[A-Za-z0-9_-]{11}", code)


@given(st.integers(min_value=-5, max_value=5))
def test_this_step_and_the_previous_are_valid_and_no_other(offset: int) -> None:
    code = step_code(SECRET, SUBJECT, step_of(NOW, 15, SUBJECT) + offset)
    assert is_step_valid(code, SECRET, SUBJECT, NOW, 15) == {0: "now", -1: "previous"}.get(offset)


@pytest.mark.parametrize(
    ("secret", "subject"),
    [(bytes(32), SUBJECT), (SECRET, room_subject(8)), (SECRET, meeting_subject(7))],
)
def test_a_code_of_another_secret_room_or_lesson_is_not_valid(secret: bytes, subject: str) -> None:
    assert is_step_valid(step_code(secret, subject, step_of(NOW, 15, SUBJECT)), SECRET, SUBJECT, NOW, 15) is None


@pytest.mark.parametrize("code", ["", "x", "Ж" * 11, "\ud800", "\x00", "a" * 10_000])
def test_what_is_no_code_is_not_valid(code: str) -> None:
    assert is_step_valid(code, SECRET, SUBJECT, NOW, 15) is None


@given(st.binary(min_size=32, max_size=32), st.integers(min_value=0, max_value=10**12))
def test_six_typed_characters_have_no_look_alikes(secret: bytes, step: int) -> None:
    typed = typed_code(secret, SUBJECT, step)
    assert len(typed) == 6
    assert not set(typed) - set(ALPHABET)
    assert not set(typed) & set("0OQ1ILB8S5Z2V") - {"2", "5"}


def test_alphabet_has_each_character_once_and_none_taken_for_another() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert not set(ALPHABET) & set("01OQILBSZV8")


def test_typed_characters_are_read_in_any_case_with_spaces_and_from_a_kyrgyz_keyboard() -> None:
    assert tidy_typed(" ach-kmx ") == "ACHKMX"
    assert tidy_typed("асн кмх") == "ACHKMX"


def test_the_typed_code_is_not_part_of_the_one_in_the_address() -> None:
    assert typed_code(SECRET, SUBJECT, 1) not in step_code(SECRET, SUBJECT, 1).upper()
    assert spell(b"\x00" * 16, 4) == ALPHABET[0] * 4
