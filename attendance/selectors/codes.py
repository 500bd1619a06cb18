"""Codes of auditoriums and of single lessons: which one an address names, what it proves, the address valid now."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from django.conf import settings
from django.db import connection

from attendance.enums import ScanProof
from attendance.models import RoomCode
from attendance.rules.codes import (
    is_step_valid,
    meeting_subject,
    room_subject,
    step_code,
    step_of,
    tidy_typed,
    typed_code,
)
from ejournal.lib.clock import day_of
from teaching.models import Lesson
from university.rules import SETTINGS
from university.selectors import policies

STEP_KEY = "qr_step_seconds"
ROOM_LENGTH = 22  # of a room's public token; a meeting's is longer: the lesson, a hyphen, the seal


@dataclass(frozen=True, slots=True)
class Code:
    """A living code: of a room, or of one lesson (`lesson_id`, `room_id` None). What it is worth at a lesson is the
    lesson's affair (`selectors.scans`)."""

    public: str
    secret: bytes
    step_seconds: int
    room_id: int | None = None
    lesson_id: int | None = None

    @property
    def subject(self) -> str:
        if self.lesson_id is not None:
            return meeting_subject(self.lesson_id)
        assert self.room_id is not None
        return room_subject(self.room_id)

    def proof_of(self, step: str, *, now: datetime) -> ScanProof | None:
        """What the second half of an address proves: this step or the previous one; a room's code without it is the
        printed one. None: old, forged, or a lesson's code, which is never printed."""
        if not step:
            return ScanProof.ROOM if self.lesson_id is None else None
        age = is_step_valid(step, self.secret, self.subject, now, self.step_seconds)
        if age is None:
            return None
        return ScanProof(age) if self.lesson_id is None else ScanProof.MEETING

    def step_now(self, now: datetime) -> str:
        return step_code(self.secret, self.subject, step_of(now, self.step_seconds, self.subject))

    def typed_now(self, now: datetime) -> str:
        return typed_code(self.secret, self.subject, step_of(now, self.step_seconds, self.subject))


@dataclass(frozen=True, slots=True)
class TypedCode:
    """Six characters that are valid now, where they are valid, and what they prove."""

    text: str
    public: str
    proof: ScanProof
    room_id: int | None
    lesson_id: int | None

    def is_said_by(self, typed: str) -> bool:
        return hmac.compare_digest(tidy_typed(typed).encode(errors="replace"), self.text.encode())


# By hand, and with the setting: it is asked before every scan and by every screen.
CODE_COLUMNS = """
c.public, c.secret, c.room_id,
(SELECT p.value::text FROM university_policy p
 WHERE p.key = 'qr_step_seconds' AND p.unit_id IS NULL AND p.valid_from <= %(day)s
 ORDER BY p.valid_from DESC LIMIT 1)
"""
_CODE = f"SELECT {CODE_COLUMNS} FROM attendance_roomcode c WHERE c.ended_at IS NULL AND c.public = %(public)s"  # noqa: S608 -- our own words


def find_code(public: str, *, on: date) -> Code | None:
    """The living code that the first half of an address names; None where there is none. One query; a lesson's code
    needs no row of its own, only the setting."""
    if len(public) > ROOM_LENGTH:
        lesson_id = _lesson_of(public)
        return None if lesson_id is None else meeting_code(lesson_id, on=on)
    if len(public) != ROOM_LENGTH or not public.isascii() or "\x00" in public:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_CODE, {"public": public, "day": on})
        row = cursor.fetchone()
    return None if row is None else code_of(*row)


def code_of(public: str, secret: bytes, room_id: int, seconds: str | None) -> Code:
    """The code of a room from what CODE_COLUMNS read."""
    usual = SETTINGS[STEP_KEY].default
    return Code(public, bytes(secret), usual if seconds is None else json.loads(seconds), room_id)


def codes_of_rooms(room_ids: Iterable[int], *, on: date) -> dict[int, Code]:
    """The living codes of rooms, by room. Two queries."""
    seconds = policies(STEP_KEY, on=on)[STEP_KEY]
    return _codes_of_rooms(room_ids, seconds)


def _codes_of_rooms(room_ids: Iterable[int], step_seconds: int) -> dict[int, Code]:
    found = RoomCode.objects.filter(room__in=list(room_ids), ended_at__isnull=True)
    return {
        room_id: Code(public, bytes(secret), step_seconds, room_id)
        for public, secret, room_id in found.values_list("public", "secret", "room_id")
    }


def meeting_code(lesson_id: int, *, on: date) -> Code:
    """The code of one lesson, for the teacher's screen: it is made of the server's key and stored nowhere."""
    return _meeting_code(lesson_id, policies(STEP_KEY, on=on)[STEP_KEY])


def _meeting_code(lesson_id: int, step_seconds: int) -> Code:
    return Code(
        public=f"{lesson_id}-{_seal(lesson_id)}",
        secret=_of_key("secret", lesson_id),
        step_seconds=step_seconds,
        lesson_id=lesson_id,
    )


def typed_codes_of(*, room_ids: Iterable[int], lesson_ids: Iterable[int], now: datetime) -> list[TypedCode]:
    """Codes of which six characters may be typed for some lessons: those of their rooms and their own. Two queries."""
    seconds = policies(STEP_KEY, on=day_of(now))[STEP_KEY]
    rooms = _codes_of_rooms(room_ids, seconds)
    lessons = [_meeting_code(lesson_id, seconds) for lesson_id in lesson_ids]
    found = []
    for code in [*rooms.values(), *lessons]:
        step = step_of(now, code.step_seconds, code.subject)
        for proof, of_step in ((ScanProof.NOW, step), (ScanProof.PREVIOUS, step - 1)):
            text = typed_code(code.secret, code.subject, of_step)
            proves = proof if code.lesson_id is None else ScanProof.MEETING
            found.append(TypedCode(text, code.public, proves, code.room_id, code.lesson_id))
    return found


def needs_meeting_code(lesson: Lesson) -> bool:
    """A lesson without a room, or in a room where another begins before it has ended (§4.2)."""
    if lesson.room_id is None:
        return True
    return (
        Lesson.objects.filter(
            room_id=lesson.room_id, date=lesson.date, starts_at__lt=lesson.ends_at, ends_at__gt=lesson.starts_at
        )
        .exclude(pk=lesson.pk)
        .exists()
    )


def link_of(code: Code, *, now: datetime | None = None) -> str:
    """The path of a code: with the step of `now`, or the printed one."""
    return f"/r/{code.public}" if now is None else f"/r/{code.public}.{code.step_now(now)}"


def _lesson_of(public: str) -> int | None:
    number, _, seal = public.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    lesson_id = int(number)
    is_ours = hmac.compare_digest(seal.encode(errors="replace"), _seal(lesson_id).encode())
    return lesson_id if is_ours and number == str(lesson_id) else None


def _seal(lesson_id: int) -> str:
    return urlsafe_b64encode(_of_key("public", lesson_id)[:16]).rstrip(b"=").decode()


def _of_key(use: str, lesson_id: int) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), f"attendance.meeting|{use}|{lesson_id}".encode(), sha256).digest()
