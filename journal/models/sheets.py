"""The sheet of a course and a module: what closes everything under it (§4.3)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from journal.enums import SheetState, Source
from journal.models.marks import SOURCE_LABELS
from teaching.models import Course
from university.models import Module

SHEET_STATE_LABELS = {SheetState.DRAFT: _("open"), SheetState.CLOSED: _("closed")}


class ModuleSheet(models.Model):
    """Course × module: while it is closed nothing under it changes, on any path (law 3, §4.3)."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="module_sheets")
    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="sheets")
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(s.value, SHEET_STATE_LABELS[s]) for s in SheetState],
        default=SheetState.DRAFT,
    )
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=[(s.value, SOURCE_LABELS[s]) for s in Source])
    request_id = models.UUIDField()
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("module sheet")
        verbose_name_plural = _("module sheets")
        constraints = [
            models.UniqueConstraint(name="journal_modulesheet_one", fields=["course", "module"]),
            models.CheckConstraint(
                name="journal_modulesheet_closed_by_someone",
                condition=Q(state=SheetState.DRAFT.value, closed_by__isnull=True, closed_at__isnull=True)
                | Q(state=SheetState.CLOSED.value, closed_by__isnull=False, closed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["course", "module"], name="journal_modulesheet_closed", condition=Q(state="closed"))
        ]
