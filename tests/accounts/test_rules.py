"""Throttling, passwords and lengths as pure arithmetic."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from accounts.rules import (
    DEVICE_ACCOUNT_LIMIT,
    DEVICE_LIMIT,
    PASSWORD_BITS,
    PRESSURE_LIMIT,
    SIGNS,
    VERIFY_LIMIT,
    WINDOW,
    Failures,
    SessionLength,
    Throttle,
    judge_attempt,
    make_password_text,
    normalise_login,
    session_length,
)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=each) for each in seconds]


def judge(*, known: bool = False, **failures: list[datetime]) -> Throttle:
    return judge_attempt(Failures(**failures), now=NOW, device_is_known=known)


def test_first_attempt_is_checked() -> None:
    assert judge() == Throttle(check=True, strict=False, retry_after=0)


def test_browser_that_failed_for_the_account_waits_for_the_oldest_of_its_last_failures() -> None:
    five = ago(*range(100, 100 + DEVICE_ACCOUNT_LIMIT))
    assert judge(device_account=five) == Throttle(check=False, strict=True, retry_after=900 - 104)
    assert judge(device_account=five, known=True) == Throttle(check=False, strict=True, retry_after=900 - 104)
    assert judge(device_account=five[1:]).check is True


def test_browser_that_failed_for_many_accounts_waits() -> None:
    assert judge(device=ago(*range(DEVICE_LIMIT))).check is False
    assert judge(device=ago(*range(DEVICE_LIMIT - 1))).check is True


def test_failures_beyond_the_window_are_forgotten() -> None:
    old = ago(*[WINDOW.total_seconds()] * 100)
    assert judge(device_account=old, device=old, account=old) == Throttle(True, False, 0)


def test_many_browsers_make_wrong_passwords_too_often_but_lock_nobody_out() -> None:
    pressed = ago(*range(61, 61 + PRESSURE_LIMIT))
    assert judge(account=pressed) == Throttle(check=True, strict=True, retry_after=900 - 80)
    assert judge(account=pressed, known=True) == Throttle(check=True, strict=False, retry_after=0)


def test_flood_for_one_account_is_not_hashed_except_for_its_own_browser() -> None:
    flood = ago(*[1.0] * VERIFY_LIMIT)
    assert judge(account=flood).check is False
    assert judge(account=flood, known=True).check is True


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        ("asanov", "asanov"),
        (" Asanov ", "asanov"),
        ("26-000 123\u00a0", "26-000123"),
        ("ＡＳＡＮＯＶ", "asanov"),
        ("asa\u00adnov\u200b", "asanov"),
        ("Ө.Үсөнов", "ө.үсөнов"),
        ("asanov\0", "asanov"),
    ],
)
def test_login_is_looked_up_without_case_and_spaces(typed: str, login: str) -> None:
    assert normalise_login(typed) == login


def test_password_is_readable_and_carries_fifty_bits() -> None:
    text = make_password_text(random.Random(1).choice)
    assert [len(group) for group in text.split("-")] == [4, 4, 4]
    assert set(text) <= {*SIGNS, "-"}
    assert not set(SIGNS) & set("0o1liuIO")
    assert len(set(SIGNS)) == len(SIGNS)
    assert PASSWORD_BITS >= 50


def test_session_lengths() -> None:
    assert session_length(long_lived=True, student_days=30, staff_minutes=30) == SessionLength(None, 30 * 86400)
    assert session_length(long_lived=False, student_days=30, staff_minutes=30) == SessionLength(1800, 1800)
