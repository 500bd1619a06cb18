"""Evidence that a student was in the room: scans that counted, and those that were refused. Never where a phone is."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Student
from attendance.enums import ScanDifference, ScanMethod, ScanProof
from teaching.models import Lesson
from university.models import Room

METHOD_LABELS = {
    ScanMethod.CAMERA: _("camera"),
    ScanMethod.IN_PAGE: _("scanner of the page"),
    ScanMethod.TYPED: _("typed code"),
}
PROOF_LABELS = {
    ScanProof.NOW: _("changing code"),
    ScanProof.PREVIOUS: _("changing code, the one before"),
    ScanProof.ROOM: _("the room's code only"),
    ScanProof.MEETING: _("code of the lesson"),
}
DIFFERENCE_LABELS = {
    ScanDifference.SCANNED_ABSENT: _("scanned, marked «кж»"),
    ScanDifference.NOT_SCANNED: _("marked as present, not scanned"),
    ScanDifference.LATE_PRESENT: _("scanned late, marked as present"),
    ScanDifference.PRESENT_LATE: _("scanned in time, marked as late"),
}


class Scan(models.Model):
    """One student scanned at one lesson (§4.2). Append-only: neither changed nor deleted by anybody who teaches.

    A scan is evidence, the teacher's mark is the record; neither overwrites the other. `at` is when the code was
    proven, `recorded_at` when the row came. `is_proven` is False where the room asks for the changing code and only the
    printed one was shown; a `ProvenScan` may prove it later. `device` is a hash of the browser's cookie; `on_campus` is
    null where no network is named.
    `nonce` is the claim's: one claim makes one row.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="scans", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="scans")
    room = models.ForeignKey(Room, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    is_late = models.BooleanField()
    is_proven = models.BooleanField()
    method = models.CharField(max_length=10, choices=[(m.value, METHOD_LABELS[m]) for m in ScanMethod])
    proof = models.CharField(max_length=10, choices=[(p.value, PROOF_LABELS[p]) for p in ScanProof])
    device = models.CharField(max_length=64)
    on_campus = models.BooleanField(null=True)
    nonce = models.UUIDField()
    request_id = models.UUIDField()

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        constraints = [
            models.UniqueConstraint(name="attendance_scan_one", fields=["lesson", "student"]),
            models.UniqueConstraint(name="attendance_scan_nonce", fields=["nonce"]),
            models.CheckConstraint(
                name="attendance_scan_method_known", condition=Q(method__in=[m.value for m in ScanMethod])
            ),
            models.CheckConstraint(
                name="attendance_scan_proof_known", condition=Q(proof__in=[p.value for p in ScanProof])
            ),
        ]
        indexes = [models.Index(fields=["device", "lesson"], name="attendance_scan_device")]


class ProvenScan(models.Model):
    """The later proof of a scan that had shown the printed code alone. One a scan, append-only as the scan is.

    It is judged by its own time: `at` is when the changing code was seen, and `is_late` says of that moment. A trigger
    takes it for an unproven scan alone, and not from before it.
    """

    scan = models.OneToOneField(Scan, on_delete=models.PROTECT, related_name="proven")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    is_late = models.BooleanField()
    method = models.CharField(max_length=10, choices=[(m.value, METHOD_LABELS[m]) for m in ScanMethod])
    proof = models.CharField(max_length=10, choices=[(p.value, PROOF_LABELS[p]) for p in ScanProof])
    device = models.CharField(max_length=64)
    on_campus = models.BooleanField(null=True)
    nonce = models.UUIDField()
    request_id = models.UUIDField()

    class Meta:
        verbose_name = _("proof of a scan")
        verbose_name_plural = _("proofs of scans")
        constraints = [
            models.UniqueConstraint(name="attendance_provenscan_nonce", fields=["nonce"]),
            models.CheckConstraint(
                name="attendance_provenscan_method_known", condition=Q(method__in=[m.value for m in ScanMethod])
            ),
            models.CheckConstraint(
                name="attendance_provenscan_proves",
                condition=Q(proof__in=[p.value for p in ScanProof if p != ScanProof.ROOM]),
            ),
        ]
        indexes = [models.Index(fields=["device"], name="attendance_provenscan_device")]


class RefusedScan(models.Model):
    """A scan that did not count, with the reason. It is also what slows guessing down: tries are counted here."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Without the constraint: a lesson that leaves the timetable is not held by what was refused in it.
    lesson = models.ForeignKey(
        Lesson, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="refused_scans"
    )
    room = models.ForeignKey(Room, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    reason = models.CharField(max_length=20)
    method = models.CharField(max_length=10, choices=[(m.value, METHOD_LABELS[m]) for m in ScanMethod])
    device = models.CharField(max_length=64)
    on_campus = models.BooleanField(null=True)
    nonce = models.UUIDField(null=True)
    request_id = models.UUIDField()

    class Meta:
        verbose_name = _("refused scan")
        verbose_name_plural = _("refused scans")
        constraints = [models.UniqueConstraint(name="attendance_refusedscan_nonce", fields=["nonce"])]
        indexes = [models.Index(fields=["user", "-at"], name="attendance_refusedscan_user")]
