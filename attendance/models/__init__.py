"""The tables of attendance, one module a subject; everything is imported from here."""

from attendance.models.scans import METHOD_LABELS, PROOF_LABELS, RefusedScan, Scan

__all__ = ["METHOD_LABELS", "PROOF_LABELS", "RefusedScan", "Scan"]
