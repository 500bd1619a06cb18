"""Who changed what, and what a request was answered."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ChangeEvent(models.Model):
    """What was, what became of it, who, when and why. Written by triggers alone; append-only (law 4).

    `entity` is the table's name, `entity_id` the row's id; `before` is the row as it was, its author and moment
    with it (a row forgets them with its first change); `after` the columns that the person of this event set,
    null for a deletion. `database_user` and `recorded_at` are the database's own word.
    """

    id = models.BigAutoField(primary_key=True)
    entity = models.CharField(max_length=40)
    entity_id = models.BigIntegerField()
    version = models.PositiveIntegerField()
    before = models.JSONField()
    after = models.JSONField(null=True)
    by_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    source = models.CharField(max_length=10)
    request_id = models.UUIDField()
    reason = models.CharField(max_length=300, blank=True, default="")
    recorded_at = models.DateTimeField()
    database_user = models.CharField(max_length=63)

    class Meta:
        verbose_name = _("event of the history")
        verbose_name_plural = _("history")
        indexes = [
            models.Index(fields=["entity", "entity_id", "version"], name="journal_changeevent_of"),
            models.Index(fields=["recorded_at"], name="journal_changeevent_day"),
            models.Index(fields=["entity", "at"], name="journal_changeevent_at"),
        ]


class SavedNonce(models.Model):
    """The answer that a nonce got, kept 30 days: the same request again gets the same answer."""

    nonce = models.UUIDField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    body_sha256 = models.BinaryField(max_length=32)
    answer = models.JSONField()
    status = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="journal_savednonce_one", fields=["user", "nonce"])]
        indexes = [models.Index(fields=["at"], name="journal_savednonce_at")]
