"""Codes of auditoriums, the screens that show them, and where the university's setting does not hold."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from attendance.enums import QrMode
from teaching.models import Lesson
from university.models import Room

MODE_LABELS = {
    QrMode.ROOM: _("the printed code is enough"),
    QrMode.ROOM_ROTATING: _("the printed code, and the changing one as proof"),
    QrMode.ROTATING: _("only the changing code"),
}


def make_public() -> str:
    """128 random bits that stand on the poster."""
    return secrets.token_urlsafe(16)


def make_secret() -> bytes:
    return secrets.token_bytes(32)


class RoomCode(models.Model):
    """What stands on the poster of an auditorium (§4.2). One lives; a reissue ends it and makes another.

    `public` is in the printed address and proves nothing by itself; `secret` makes the changing codes and leaves the
    server never.
    """

    room = models.ForeignKey(Room, verbose_name=_("auditorium"), on_delete=models.PROTECT, related_name="codes")
    public = models.CharField(max_length=22, unique=True, editable=False, default=make_public)
    secret = models.BinaryField(default=make_secret)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued at"))
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("code of an auditorium")
        verbose_name_plural = _("codes of auditoriums")
        constraints = [
            models.UniqueConstraint(
                name="attendance_roomcode_one_living", fields=["room"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="attendance_roomcode_moments",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("issued_at")),
            ),
        ]


class QrSetting(models.Model):
    """Another way of proof for one auditorium or one lesson than the university's setting `qr_mode`."""

    room = models.ForeignKey(Room, null=True, on_delete=models.PROTECT, related_name="qr_settings")
    lesson = models.ForeignKey(Lesson, null=True, on_delete=models.CASCADE, related_name="qr_settings")
    mode = models.CharField(_("proof"), max_length=15, choices=[(m.value, MODE_LABELS[m]) for m in QrMode])
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = _("proof of presence")
        verbose_name_plural = _("proofs of presence")
        constraints = [
            models.CheckConstraint(
                name="attendance_qrsetting_names_one",
                condition=Q(room__isnull=True, lesson__isnull=False) | Q(room__isnull=False, lesson__isnull=True),
            ),
            models.UniqueConstraint(name="attendance_qrsetting_room", fields=["room"]),
            models.UniqueConstraint(name="attendance_qrsetting_lesson", fields=["lesson"]),
            models.CheckConstraint(
                name="attendance_qrsetting_mode_known", condition=Q(mode__in=[m.value for m in QrMode])
            ),
        ]


class Display(models.Model):
    """A screen in an auditorium. It is paired once: the office types the short code that the device shows, and the
    device then takes its key. Codes and keys stand here as hashes.

    `code_hash` is empty as soon as the device has its key. `last_seen_at` is written once in some minutes.
    """

    room = models.ForeignKey(Room, verbose_name=_("auditorium"), on_delete=models.PROTECT, related_name="displays")
    name = models.CharField(_("name"), max_length=80, blank=True)
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    code_expires_at = models.DateTimeField()
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    paired_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    paired_at = models.DateTimeField(_("paired at"))
    last_seen_at = models.DateTimeField(_("last seen at"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("display")
        verbose_name_plural = _("displays")
        constraints = [
            models.UniqueConstraint(
                name="attendance_display_token", fields=["token_hash"], condition=~Q(token_hash="")
            ),
            models.UniqueConstraint(name="attendance_display_code", fields=["code_hash"], condition=~Q(code_hash="")),
            models.CheckConstraint(
                name="attendance_display_code_or_token", condition=Q(code_hash="") | Q(token_hash="")
            ),
            models.CheckConstraint(
                name="attendance_display_moments",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("paired_at")),
            ),
        ]
