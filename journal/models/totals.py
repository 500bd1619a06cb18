"""What a module was worth when it was closed, edition by edition (§4.3), and the teachers' word that it is complete."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Max, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Student, Teacher
from journal.enums import Source
from journal.models.marks import SOURCE_LABELS
from journal.models.reopenings import Reopening
from journal.models.sheets import ModuleSheet
from teaching.models import Workload
from university.models import Module


class SheetEditionQuerySet(models.QuerySet["SheetEdition"]):
    def current(self) -> Self:
        """Of each sheet the newest edition: the one that holds."""
        newest = (
            SheetEdition.objects.filter(sheet=OuterRef("sheet"))
            .order_by()
            .values("sheet")
            .annotate(newest=Max("number"))
            .values("newest")
        )
        return self.filter(number=Subquery(newest))


class SheetEdition(models.Model):
    """A computing of a sheet's totals, with the scheme it was computed by. Append-only: the end of a reopening over
    a closed module adds the next edition beside the old one; the newest holds.

    `students` is the number of its totals, which all come with it. `based_on`: the editions of the modules that were
    closed before it, from which it took over what they carried.
    """

    sheet = models.ForeignKey(ModuleSheet, on_delete=models.PROTECT, related_name="editions", db_index=False)
    number = models.PositiveIntegerField(_("edition"), default=1)
    scheme = models.JSONField()
    students = models.PositiveIntegerField()
    based_on = ArrayField(models.BigIntegerField(), default=list)
    # The reopening after which it was computed anew; none for the closing itself.
    reopening = models.ForeignKey(Reopening, null=True, on_delete=models.PROTECT, related_name="editions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=[(s.value, SOURCE_LABELS[s]) for s in Source])
    request_id = models.UUIDField()

    objects = SheetEditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition of a module sheet")
        verbose_name_plural = _("editions of module sheets")
        constraints = [
            models.UniqueConstraint(name="journal_sheetedition_one", fields=["sheet", "number"]),
            models.CheckConstraint(
                name="journal_sheetedition_next_by_reopening",
                condition=Q(number=1, reopening__isnull=True) | Q(number__gt=1, reopening__isnull=False),
            ),
        ]
        # Where a closed final sheet may differ from what it was worked out from.
        indexes = [models.Index(fields=["sheet"], name="journal_sheetedition_again", condition=Q(number__gt=1))]


def _between(name: str, highest: int) -> Q:
    return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": 0, f"{name}__lte": highest})


class ModuleTotal(models.Model):
    """A student's points in a module as one edition has them. Append-only.

    A column of points is null where the component is not in the module (then `parts` has not its source), or where it
    is undefined or was not entered. `parts` says what the points were made of, `facts` from what the journal said
    (`rules.ModuleFacts`): by them the same points are computed again at any time (invariant I4).
    """

    edition = models.ForeignKey(SheetEdition, on_delete=models.PROTECT, related_name="totals", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="module_totals")
    attendance = models.DecimalField(_("attendance"), max_digits=5, decimal_places=2, null=True)
    achievement = models.DecimalField(_("achievement"), max_digits=5, decimal_places=2, null=True)
    self_study = models.DecimalField(_("self-study"), max_digits=5, decimal_places=2, null=True)
    control = models.DecimalField(_("module control"), max_digits=5, decimal_places=2, null=True)
    total = models.DecimalField(_("total"), max_digits=5, decimal_places=2)
    carried = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    warnings = ArrayField(models.CharField(max_length=40), default=list)
    parts = models.JSONField()
    facts = models.JSONField()

    class Meta:
        verbose_name = _("module total")
        verbose_name_plural = _("module totals")
        constraints = [
            models.UniqueConstraint(name="journal_moduletotal_one", fields=["edition", "student"]),
            # The highest maxima there are (§3.5e, §3.5f); those of the sheet's own scheme the trigger knows.
            models.CheckConstraint(
                name="journal_moduletotal_points_within",
                condition=_between("attendance", 16)
                & _between("achievement", 20)
                & _between("self_study", 100)
                & _between("control", 100)
                & Q(total__gte=0, total__lte=100, carried__gte=0, carried__lte=16),
            ),
        ]


class ModuleConfirmation(models.Model):
    """A teacher's word that his journal is complete for a module, where the setting asks for it before the closing."""

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="module_confirmations")
    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="+")
    teacher = models.ForeignKey(Teacher, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    request_id = models.UUIDField()

    class Meta:
        verbose_name = _("confirmation of a module")
        verbose_name_plural = _("confirmations of modules")
        constraints = [
            models.UniqueConstraint(name="journal_moduleconfirmation_one", fields=["workload", "module", "teacher"])
        ]
