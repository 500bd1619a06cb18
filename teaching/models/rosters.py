"""The teacher's word on a journal's list: it is right, or what is wrong with it (§7.5)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Student, User
from teaching.enums import ReportKind
from teaching.models.courses import Workload

REPORT_LABELS = {
    ReportKind.MISSING: _("a student is missing"),
    ReportKind.EXTRA: _("a student is on the list who should not be"),
    ReportKind.WRONG_DATA: _("a student's data are wrong"),
}


class RosterCheck(models.Model):
    """A teacher confirmed a journal's list as it was: `students` are the ids that stood on it, ascending.

    The newest of a journal counts; a list that has changed since is asked for again.
    """

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="roster_checks")
    students = ArrayField(models.BigIntegerField())
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("confirmed list")
        verbose_name_plural = _("confirmed lists")

    def __str__(self) -> str:
        return f"{self.workload_id} {self.at:%Y-%m-%d}"


class RosterReport(models.Model):
    """What a teacher reports about a list to the dean's office. Open until somebody settled it with an answer.

    `typed_name` is the missing student as the teacher knows him; the other kinds name a student of the list.
    """

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="roster_reports")
    kind = models.CharField(
        _("what is wrong"), max_length=10, choices=[(k.value, REPORT_LABELS[k]) for k in ReportKind]
    )
    student = models.ForeignKey(Student, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    typed_name = models.CharField(_("student"), max_length=200, blank=True)
    text = models.CharField(_("remark"), max_length=500, blank=True)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    reported_at = models.DateTimeField()
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    settled_at = models.DateTimeField(null=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("report on a list")
        verbose_name_plural = _("reports on lists")
        indexes = [
            models.Index(fields=["workload"], name="teaching_rosterreport_open", condition=Q(settled_at__isnull=True))
        ]
        constraints = [
            models.CheckConstraint(
                name="teaching_rosterreport_names_somebody",
                condition=Q(kind=ReportKind.MISSING.value, student__isnull=True) & ~Q(typed_name="")
                | ~Q(kind=ReportKind.MISSING.value) & Q(student__isnull=False, typed_name=""),
            ),
            models.CheckConstraint(
                name="teaching_rosterreport_settled_with_answer",
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, answer="")
                | Q(settled_at__isnull=False, settled_by__isnull=False) & ~Q(answer=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workload_id} {self.kind}"
