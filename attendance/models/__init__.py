"""The tables of attendance, one module a subject; everything is imported from here."""

from attendance.models.rooms import MODE_LABELS, Display, QrSetting, RoomCode
from attendance.models.scans import DIFFERENCE_LABELS, METHOD_LABELS, PROOF_LABELS, ProvenScan, RefusedScan, Scan

__all__ = [
    "DIFFERENCE_LABELS",
    "METHOD_LABELS",
    "MODE_LABELS",
    "PROOF_LABELS",
    "Display",
    "ProvenScan",
    "QrSetting",
    "RefusedScan",
    "RoomCode",
    "Scan",
]
