"""The tables of attendance, one module a subject; everything is imported from here."""

from attendance.models.rooms import MODE_LABELS, Display, QrSetting, RoomCode

__all__ = ["MODE_LABELS", "Display", "QrSetting", "RoomCode"]
