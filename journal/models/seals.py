"""The day's seal over the history and the new rows: a chain of hashes whose head leaves the database (law 4)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class DaySeal(models.Model):
    """All that became final until a night, as one SHA-256 that has the previous seal's in it. Append-only.

    `day` is the last day that it covers; `rows` how many rows and events are sealed in it.
    """

    day = models.DateField(_("day"), unique=True)
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(_("seal"), max_length=64, unique=True)
    rows = models.PositiveIntegerField(_("rows"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("day's seal")
        verbose_name_plural = _("days' seals")
        ordering = ["-day"]
        constraints = [
            models.CheckConstraint(name="journal_dayseal_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")),
            # The chain has one beginning: only one seal is without a previous one.
            models.UniqueConstraint(name="journal_dayseal_one_chain", fields=["previous"], nulls_distinct=False),
        ]


class SealBlock(models.Model):
    """Rows `first_id`…`last_id` of a table, sealed together: their ids, and sixteen bytes of each one's SHA-256.

    `columns` are those that the table had when the block was made: a column that comes later changes nothing of what
    was sealed.
    """

    seal = models.ForeignKey(DaySeal, on_delete=models.PROTECT, related_name="blocks")
    entity = models.CharField(max_length=40)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    columns = ArrayField(models.CharField(max_length=63))
    ids = ArrayField(models.BigIntegerField())
    leaves = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="journal_sealblock_range", condition=Q(last_id__gte=F("first_id"))),
            models.UniqueConstraint(name="journal_sealblock_once", fields=["entity", "first_id"]),
        ]
        indexes = [models.Index(fields=["entity", "-last_id"], name="journal_sealblock_of")]
