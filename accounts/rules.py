"""What the university counts and allows about people, given plain values. No Django, no database."""

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# --- Names of logins --------------------------------------------------------------------------------------------
LOGIN_LENGTH = 60


def normalise_login(typed: str) -> str:
    """A login as it is looked up: compatibility forms made one, no white space or invisible signs, lower case.

    Phones capitalise the first letter and leave a space after a completed word; copying from a PDF brings
    non-breaking spaces and soft hyphens.
    """
    folded = unicodedata.normalize("NFKC", typed)
    kept = (sign for sign in folded if not sign.isspace() and unicodedata.category(sign) not in {"Cc", "Cf"})
    return "".join(kept).lower()


# --- Passwords that are issued (§3.4, §4.1, §4.2) ---------------------------------------------------------------
# Without 0 o 1 l i, and u beside v: read from paper, typed on a phone, without a change of case.
SIGNS = "abcdefghjkmnpqrstvwxyz23456789"
SIGN_GROUPS = 3
SIGNS_A_GROUP = 4
PASSWORD_BITS = SIGN_GROUPS * SIGNS_A_GROUP * math.log2(len(SIGNS))


def make_password_text(choose: Callable[[Sequence[str]], str]) -> str:
    """A readable password such as `k7mp-x3qd-w9hn`; `choose` picks one sign (`secrets.choice`)."""
    groups = ("".join(choose(SIGNS) for _ in range(SIGNS_A_GROUP)) for _ in range(SIGN_GROUPS))
    return "-".join(groups)


# --- Length of a login (§3.4; settings `student_session_days`, `staff_idle_minutes`) ------------------------------
IDLE_WRITE_SECONDS = 60  # how often a living staff session is written


@dataclass(frozen=True, slots=True)
class SessionLength:
    """`idle`: seconds after which an unused login ends, or None: it lasts `total` seconds whatever is done."""

    idle: int | None
    total: int


def session_length(*, long_lived: bool, student_days: int, staff_minutes: int) -> SessionLength:
    """How long a login lasts: days for students and parents, idle minutes for everybody with another role."""
    if long_lived:
        return SessionLength(idle=None, total=student_days * 24 * 3600)
    return SessionLength(idle=staff_minutes * 60, total=staff_minutes * 60)


# --- Throttling of logins (trials: a campus is one address; nobody can lock a teacher out) --------------------
WINDOW = timedelta(minutes=15)
DEVICE_ACCOUNT_LIMIT = 5  # wrong passwords of one browser for one account in the window
DEVICE_LIMIT = 30  # wrong passwords of one browser for all accounts in the window
PRESSURE_LIMIT = 20  # wrong passwords for one account from browsers that never logged in to it
VERIFY_WINDOW = timedelta(minutes=1)
VERIFY_LIMIT = 300  # passwords checked for one account in a minute: beyond it Argon2 itself would be the attack


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed logins that matter to one attempt; each is the moment of a failure."""

    device_account: list[datetime] = field(default_factory=list)
    device: list[datetime] = field(default_factory=list)
    account: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Throttle:
    """`check`: whether the password is looked at; `strict`: whether a wrong one answers "too often"."""

    check: bool
    strict: bool
    retry_after: int  # seconds


def judge_attempt(failures: Failures, *, now: datetime, device_is_known: bool) -> Throttle:
    """Whether a login may be tried.

    One browser that fails too often waits. Many browsers that fail for one account make the journal answer
    "too often" to wrong passwords, but a right one still opens, so that nobody is locked out by others; a
    browser that logged in to this account before is not counted among the many at all.
    """

    def recent(moments: list[datetime], window: timedelta) -> list[datetime]:
        return [moment for moment in moments if now - moment < window]

    def wait(moments: list[datetime], limit: int, window: timedelta) -> int:
        oldest = sorted(moments)[-limit]
        return max(1, int((oldest + window - now).total_seconds()))

    mine = recent(failures.device_account, WINDOW)
    if len(mine) >= DEVICE_ACCOUNT_LIMIT:
        return Throttle(False, True, wait(mine, DEVICE_ACCOUNT_LIMIT, WINDOW))
    everywhere = recent(failures.device, WINDOW)
    if len(everywhere) >= DEVICE_LIMIT:
        return Throttle(False, True, wait(everywhere, DEVICE_LIMIT, WINDOW))
    if device_is_known:
        return Throttle(True, False, 0)
    burst = recent(failures.account, VERIFY_WINDOW)
    if len(burst) >= VERIFY_LIMIT:
        return Throttle(False, True, wait(burst, VERIFY_LIMIT, VERIFY_WINDOW))
    pressed = recent(failures.account, WINDOW)
    if len(pressed) >= PRESSURE_LIMIT:
        return Throttle(True, True, wait(pressed, PRESSURE_LIMIT, WINDOW))
    return Throttle(True, False, 0)
