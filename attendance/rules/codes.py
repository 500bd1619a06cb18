"""Codes that change with time, given plain values. No Django, no database.

A code is an HMAC of what it stands for and of the number of the time step. This step and the previous one are
accepted: a telephone needs a moment to focus, and a page a moment to load.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from typing import Literal
from zlib import crc32

# Figures and Latin letters without those taken for one another (0 O Q, 1 I L, 2 Z, 5 S, 8 B, U V).
ALPHABET = "234567ACDEFGHJKMNPRTUWXY"
TYPED_LENGTH = 6
STEP_BYTES = 8
# What a Kyrgyz or Russian keyboard gives for a letter of the same look.
_SAME_LOOK = str.maketrans("АСЕНКМРТХУ", "ACEHKMPTXY")


def room_subject(room_id: int) -> str:
    return f"room:{room_id}"


def meeting_subject(lesson_id: int) -> str:
    return f"meeting:{lesson_id}"


def _phase(subject: str, step_seconds: int) -> int:
    """Seconds by which the steps of a code begin earlier than those of others: the screens of a whole university
    would else all ask for their next code in the same second. It is no secret."""
    return crc32(subject.encode()) % step_seconds


def step_of(now: datetime, step_seconds: int, subject: str) -> int:
    """The number of a code's time step in which a moment lies; the same on every clock that is right."""
    return (int(now.timestamp()) + _phase(subject, step_seconds)) // step_seconds


def step_code(secret: bytes, subject: str, step: int) -> str:
    """The code of a step, as it stands in the address: 64 bits in eleven characters."""
    return urlsafe_b64encode(_digest(secret, "step", subject, step)[:STEP_BYTES]).rstrip(b"=").decode()


def typed_code(secret: bytes, subject: str, step: int) -> str:
    """The six characters of a step, to be typed where a camera does not work."""
    return spell(_digest(secret, "typed", subject, step), TYPED_LENGTH)


def spell(digest: bytes, length: int) -> str:
    """Characters of our alphabet made of a digest."""
    number = int.from_bytes(digest[:16], "big")
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def tidy_typed(text: str) -> str:
    """What a person typed, as our codes are written: capitals, Latin, without spaces and hyphens."""
    return "".join(text.split()).replace("-", "").upper().translate(_SAME_LOOK)


def is_step_valid(
    code: str, secret: bytes, subject: str, now: datetime, step_seconds: int
) -> Literal["now", "previous"] | None:
    """Whether a code of an address is that of this step or of the previous one. No other step, none to come."""
    given = code.encode(errors="replace")
    step = step_of(now, step_seconds, subject)
    is_now = hmac.compare_digest(given, step_code(secret, subject, step).encode())
    is_previous = hmac.compare_digest(given, step_code(secret, subject, step - 1).encode())
    if is_now:
        return "now"
    return "previous" if is_previous else None


def seconds_left(now: datetime, step_seconds: int, subject: str) -> float:
    """Seconds until the next step of a code: above 0, at most `step_seconds`."""
    return step_seconds - (now.timestamp() + _phase(subject, step_seconds)) % step_seconds


def _digest(secret: bytes, use: str, subject: str, step: int) -> bytes:
    return hmac.new(secret, f"{use}|{subject}|{step}".encode(), sha256).digest()
