"""The department's own journal (кафедралык журнал, §1.4), beside which the electronic one is laid."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reports.enums import BookDifference, EntrySource
from teaching.models import Workload

DIFFERENCE_LABELS = {
    BookDifference.BOOK_ONLY: _("only in the department's journal"),
    BookDifference.JOURNAL_ONLY: _("only in the electronic journal"),
    BookDifference.OTHER_DATE: _("on another day"),
}
SOURCE_LABELS = {EntrySource.PAGE: _("entered"), EntrySource.FILE: _("from a file")}


class DepartmentBookEntry(models.Model):
    """A lesson that took place by the department's own journal. The pair is empty where the book names none."""

    workload = models.ForeignKey(
        Workload, verbose_name=_("workload"), on_delete=models.PROTECT, related_name="book_entries"
    )
    date = models.DateField(_("date"))
    pair = models.PositiveSmallIntegerField(_("pair"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=5, choices=[(s.value, SOURCE_LABELS[s]) for s in EntrySource])
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("entry of the department's journal")
        verbose_name_plural = _("entries of the department's journal")
        constraints = [
            models.UniqueConstraint(
                name="reports_bookentry_once", fields=["workload", "date", "pair"], nulls_distinct=False
            ),
        ]


class DepartmentBookMonth(models.Model):
    """A journal's month of which the head says: the book is entered whole. Only then does absence mean something."""

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="book_months")
    month = models.DateField(_("month"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("month of the department's journal")
        verbose_name_plural = _("months of the department's journal")
        constraints = [
            models.UniqueConstraint(name="reports_bookmonth_once", fields=["workload", "month"]),
            models.CheckConstraint(name="reports_bookmonth_first_day", condition=Q(month__day=1)),
        ]


class BookRemark(models.Model):
    """How a difference was settled: the head's word, kept even when the difference has gone since."""

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="book_remarks")
    date = models.DateField(_("date"))
    other_date = models.DateField(_("other date"), null=True)
    kind = models.CharField(
        _("difference"), max_length=12, choices=[(k.value, DIFFERENCE_LABELS[k]) for k in BookDifference]
    )
    remark = models.CharField(_("remark"), max_length=300)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(_("settled at"))

    class Meta:
        verbose_name = _("remark on a difference")
        verbose_name_plural = _("remarks on differences")
        constraints = [
            models.UniqueConstraint(
                name="reports_bookremark_once", fields=["workload", "date", "other_date", "kind"], nulls_distinct=False
            ),
            models.CheckConstraint(name="reports_bookremark_said", condition=~Q(remark="")),
            models.CheckConstraint(
                name="reports_bookremark_other_date",
                condition=Q(kind=BookDifference.OTHER_DATE.value, other_date__isnull=False) & ~Q(other_date=F("date"))
                | ~Q(kind=BookDifference.OTHER_DATE.value) & Q(other_date__isnull=True),
            ),
        ]
