"""What people are told inside the pages."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Notification(models.Model):
    """A line under the bell: what happened, and where to look. `text` is kept in the reader's language."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reader"),
        on_delete=models.CASCADE,
        related_name="notifications",
    )
    kind = models.CharField(max_length=60)
    text = models.CharField(_("text"), max_length=300)
    url = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(_("made at"))
    read_at = models.DateTimeField(_("read at"), null=True)
    # A repeat of the same event tells nobody twice.
    event = models.CharField(max_length=120, null=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-made_at", "-id"]
        constraints = [models.UniqueConstraint(name="messaging_notification_once", fields=["user", "event"])]
        indexes = [
            models.Index(fields=["user", "-made_at", "-id"], name="messaging_notification_list"),
            models.Index(
                fields=["user"],
                name="messaging_notification_unread",
                condition=models.Q(read_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.text
