"""A teacher who is away for a valid reason (§3.5h), and one who hands his journals over for good."""

from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Teacher, User
from accounts.permissions import rights_of
from teaching.enums import AbsenceKind
from teaching.models.courses import Workload
from university.models import DateRange

ABSENCE_LABELS = {
    AbsenceKind.ILLNESS: _("illness"),
    AbsenceKind.TRIP: _("business trip"),
    AbsenceKind.LEAVE: _("leave"),
    AbsenceKind.TRAINING: _("training course"),
    AbsenceKind.OTHER: _("another valid reason"),
}


class TeacherAbsenceQuerySet(models.QuerySet["TeacherAbsence"]):
    def living(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)

    def covering(self, day: date) -> Self:
        """Absences that hold on a day."""
        return self.living().filter(starts_on__lte=day, ends_on__gte=day)

    def visible_to(self, user: User, *, on: date) -> Self:
        """Absences that the user may read: head of the teacher's department, dean and dean's office of its unit,
        study office and leadership, and the teacher himself (trials.md, "substitute: name")."""
        rights = rights_of(user, on=on)
        if rights.sees_everything:
            return self.all()
        return self.filter(
            Q(teacher__department_id__in=rights.department_ids)
            | Q(teacher__department__unit_id__in=rights.unit_ids)
            | Q(teacher__user_id=user.id)
        )


class TeacherAbsence(models.Model):
    """A teacher is away from a day to a day (both included), with the valid reason and its paper, if there is one.

    It ends by itself. One that was recorded by mistake is withdrawn, not deleted.
    """

    teacher = models.ForeignKey(Teacher, verbose_name=_("teacher"), on_delete=models.PROTECT, related_name="absences")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    kind = models.CharField(_("reason"), max_length=10, choices=[(k.value, ABSENCE_LABELS[k]) for k in AbsenceKind])
    details = models.CharField(_("details"), max_length=300, blank=True)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    objects = TeacherAbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence of a teacher")
        verbose_name_plural = _("absences of teachers")
        ordering = ["-starts_on", "-id"]
        indexes = [models.Index(fields=["teacher", "starts_on"], name="teaching_absence_teacher")]
        constraints = [
            models.CheckConstraint(name="teaching_absence_dates", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="teaching_absence_kind_known", condition=Q(kind__in=[k.value for k in AbsenceKind])
            ),
            # §3.5h: one reason at a time, so that each lesson is named away from one absence.
            ExclusionConstraint(
                name="teaching_absence_no_overlap",
                expressions=[
                    ("teacher", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary(True, True)), RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.teacher_id}: {self.starts_on}–{self.ends_on}"


class Replacement(models.Model):
    """A journal passed from one teacher to another for good, by an order, from a day on (§3.2, §3.5h).

    What holds stands in `WorkloadTeacher`; this is why, by whose order, and who did it.
    """

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="replacements")
    predecessor = models.ForeignKey(Teacher, on_delete=models.PROTECT, related_name="+")
    successor = models.ForeignKey(Teacher, on_delete=models.PROTECT, related_name="+")
    from_date = models.DateField(_("from"))
    order_number = models.CharField(_("order number"), max_length=60)
    order_date = models.DateField(_("order date"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("replacement of a teacher")
        verbose_name_plural = _("replacements of teachers")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(name="teaching_replacement_another", condition=~Q(predecessor=F("successor"))),
        ]

    def __str__(self) -> str:
        return f"{self.workload_id}: {self.predecessor_id} → {self.successor_id}"
