"""Papers that excuse absences, and the absences that they cover."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Student
from journal.enums import ExcuseKind
from teaching.models import Lesson
from university.models import Unit

EXCUSE_LABELS = {
    ExcuseKind.ILLNESS: _("illness"),
    ExcuseKind.FAMILY: _("family circumstances"),
    ExcuseKind.OFFICIAL: _("official summons"),
    ExcuseKind.SPORT: _("sports meeting"),
    ExcuseKind.MILITARY: _("military office"),
    ExcuseKind.OTHER: _("other reason"),
}


class Excuse(models.Model):
    """A paper that excuses absences of one student or of many (жүйөлүү себеп). It may be entered at any time.

    `unit` is the dean's office that entered it; the scan lies under a random name (`paper_path`), for that office
    alone. A withdrawn excuse stays, and covers nothing but what lies under a closed module.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("reason"), max_length=10, choices=[(k.value, EXCUSE_LABELS[k]) for k in ExcuseKind])
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    issuer = models.CharField(_("issued by"), max_length=200, blank=True)
    issued_on = models.DateField(_("issued on"), null=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    approved_by = models.CharField(_("approved by"), max_length=200)
    paper_path = models.CharField(max_length=40, blank=True)
    paper_sha256 = models.CharField(max_length=64, blank=True)
    paper_type = models.CharField(max_length=40, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    request_id = models.UUIDField()

    class Meta:
        verbose_name = _("excuse")
        verbose_name_plural = _("excuses")
        ordering = ["-entered_at", "-id"]
        indexes = [models.Index(fields=["unit", "-entered_at"], name="journal_excuse_list")]
        constraints = [
            models.CheckConstraint(name="journal_excuse_dates", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="journal_excuse_withdrawn_by_someone",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]

    @property
    def kind_label(self) -> str:
        return str(EXCUSE_LABELS[ExcuseKind(self.kind)])


class ExcuseStudent(models.Model):
    """A student whom an excuse names."""

    excuse = models.ForeignKey(Excuse, on_delete=models.PROTECT, related_name="students")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="excuses")

    class Meta:
        constraints = [models.UniqueConstraint(name="journal_excusestudent_once", fields=["excuse", "student"])]


class ExcuseCover(models.Model):
    """An absence that an excuse covers: what "excused" is. Law 3: none comes or goes under a closed module."""

    excuse = models.ForeignKey(Excuse, on_delete=models.PROTECT, related_name="covers")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="+", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="excuse_covers")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="journal_excusecover_one", fields=["lesson", "student"])]
