"""What loads did: who, when, from which files, how much; and what it takes to undo the latest one (§4.1)."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ejournal.jobs.models import Job

# The images of what was before are kept as long as anybody would think of going back.
UNDO_KEPT_FOR = timedelta(days=60)


class AppliedLoad(models.Model):
    """A load that changed the journal. `by` is empty for a load without an author (a first one, from a terminal).

    `counts` has the rows of each sheet and the lessons; `made` fingerprints of the rows it made, by table: what was
    changed since rests on it.
    """

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("loaded by"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("loaded at"))
    names = models.JSONField(_("files"), default=list)
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    year = models.CharField(_("academic year"), max_length=9, blank=True)
    counts = models.JSONField(default=dict)
    made = models.JSONField(default=dict)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    request_id = models.UUIDField()
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("undone by"), null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("applied load")
        verbose_name_plural = _("applied loads")
        ordering = ["-id"]
        constraints = [
            # §4.1: that a load was undone says who did it only where somebody was logged in; never who without when.
            models.CheckConstraint(
                name="loading_appliedload_undone", condition=Q(undone_by__isnull=True) | Q(undone_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} · {', '.join(self.names)}"


class UndoRow(models.Model):
    """What one statement of a load did to one table: the ids it made, or a row as it was before.

    Written by the statement triggers of this app while `ejournal.load` names a load, by nobody else. `before` and
    `after` hold the columns that differ; of a deleted row `before` is all of it. Passwords are in neither.
    """

    load = models.ForeignKey(AppliedLoad, on_delete=models.CASCADE, related_name="rows")
    step = models.BigIntegerField()
    table = models.CharField(max_length=63)
    operation = models.CharField(max_length=6)
    ids = ArrayField(models.BigIntegerField())
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["load", "step"], name="loading_undorow_steps")]


class PersonMerge(models.Model):
    """Two accounts of one person made one, by hand. Append-only: the web's role can neither alter nor delete it.

    `moved` counts the rows that went over, by table; `names` keeps the number and login that are gone.
    """

    kept = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    gone = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    moved = models.JSONField(default=dict)
    names = models.JSONField(default=dict)
    request_id = models.UUIDField()

    class Meta:
        verbose_name = _("merge of doubles")
        verbose_name_plural = _("merges of doubles")
