"""Issuing codes of auditoriums; pairing and ending the screens that show them (§4.2)."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import User
from attendance.enums import QrMode
from attendance.models import Display, QrSetting, RoomCode
from attendance.rules.codes import ALPHABET, spell, tidy_typed
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from teaching.models import Lesson
from university.models import Policy, Room, Unit

PAIRING_LIFE = timedelta(minutes=10)
PAIRING_LENGTH = 8
SEEN_EVERY = timedelta(minutes=5)


def issue_code(*, room: Room, by: User | None, now: datetime) -> RoomCode:
    """A new code of an auditorium; the old one, if there is one, is worth nothing from now on."""
    with transaction.atomic():
        Room.objects.select_for_update().get(pk=room.pk)
        RoomCode.objects.filter(room=room, ended_at__isnull=True).update(ended_at=now, ended_by=by)
        return RoomCode.objects.create(room=room, issued_by=by, issued_at=now)


def issue_missing(*, rooms: Iterable[Room], by: User | None, now: datetime) -> int:
    """Codes for those of the auditoriums that have none; how many."""
    ids = [room.pk for room in rooms]
    with transaction.atomic():
        locked = list(Room.objects.select_for_update().filter(pk__in=ids).order_by("id"))
        have = set(RoomCode.objects.filter(room__in=ids, ended_at__isnull=True).values_list("room_id", flat=True))
        made = RoomCode.objects.bulk_create(
            RoomCode(room=room, issued_by=by, issued_at=now) for room in locked if room.pk not in have
        )
    return len(made)


def set_room_mode(*, room: Room, mode: QrMode | None, by: User, now: datetime) -> None:
    """Another way of proof for an auditorium; None: as the setting has it."""
    if mode is None:
        QrSetting.objects.filter(room=room).delete()
        return
    QrSetting.objects.update_or_create(room=room, defaults={"mode": mode.value, "set_by": by, "set_at": now})


def set_lesson_mode(*, lesson: Lesson, mode: QrMode | None, by: User, now: datetime) -> None:
    """Another way of proof for one lesson; None: as its auditorium, its unit or the university has it."""
    if mode is None:
        QrSetting.objects.filter(lesson=lesson).delete()
        return
    QrSetting.objects.update_or_create(lesson=lesson, defaults={"mode": mode.value, "set_by": by, "set_at": now})


def set_unit_mode(*, unit: Unit | None, mode: QrMode, now: datetime) -> None:
    """The way of proof at the lessons of a unit, or (None) of the university, from today on. Earlier scans stay as they
    were judged (§1.8)."""
    Policy.objects.update_or_create(key="qr_mode", unit=unit, valid_from=day_of(now), defaults={"value": mode.value})


def pairing_code(nonce: str) -> str:
    """The short code that a device shows for its nonce: nothing of it is stored until the office types it."""
    return spell(salted_hmac("attendance.pairing", nonce, algorithm="sha256").digest(), PAIRING_LENGTH)


def pair_display(*, room: Room, code: str, name: str, by: User, now: datetime) -> Display:
    """Let the screen that shows `code` show this auditorium's; it takes its key within ten minutes."""
    tidy = tidy_typed(code)
    if len(tidy) != PAIRING_LENGTH or set(tidy) - set(ALPHABET):
        raise Refusal(_("This is no code of a screen: type the eight characters that it shows."), code="pairing_code")
    with transaction.atomic():
        # Who waited in vain leaves the code to the next one.
        Display.objects.filter(token_hash="", code_expires_at__lte=now).exclude(code_hash="").update(
            code_hash="", ended_at=now
        )
        try:
            with transaction.atomic():
                return Display.objects.create(
                    room=room,
                    name=name,
                    code_hash=_hash(tidy),
                    code_expires_at=now + PAIRING_LIFE,
                    paired_by=by,
                    paired_at=now,
                )
        except IntegrityError:
            raise Refusal(_("This code was typed already."), code="pairing_code_used") from None


def claim_display(*, nonce: str, now: datetime) -> str | None:
    """The key of the screen whose code the office typed, given once; None where nobody typed it, or too long ago."""
    with transaction.atomic():
        display = (
            Display.objects.select_for_update()
            .filter(code_hash=_hash(pairing_code(nonce)), ended_at__isnull=True, code_expires_at__gt=now)
            .first()
        )
        if display is None:
            return None
        token = secrets.token_urlsafe(32)
        display.code_hash, display.token_hash, display.last_seen_at = "", hash_of_token(token), now
        display.save(update_fields=["code_hash", "token_hash", "last_seen_at"])
    return token


def is_typed(nonce: str, *, now: datetime) -> bool:
    """Whether the office has typed the code of this nonce."""
    return Display.objects.filter(
        code_hash=_hash(pairing_code(nonce)), ended_at__isnull=True, code_expires_at__gt=now
    ).exists()


def end_display(*, display: Display, by: User, now: datetime) -> None:
    """The screen shows nothing from its next look on."""
    Display.objects.filter(pk=display.pk, ended_at__isnull=True).update(ended_at=now, ended_by=by, code_hash="")


def note_seen(*, display_id: int, seen_at: datetime | None, now: datetime) -> None:
    """Keep that the screen lives, once in five minutes; `seen_at` is when it was seen last."""
    if seen_at is None or now - seen_at >= SEEN_EVERY:
        Display.objects.filter(pk=display_id).update(last_seen_at=now)


def hash_of_token(token: str) -> str:
    return salted_hmac("attendance.display", token, algorithm="sha256").hexdigest()


def _hash(code: str) -> str:
    return salted_hmac("attendance.display.code", code, algorithm="sha256").hexdigest()
