"""What is asked for now and done later."""

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"  # the rules said no: the sentence stands in `error`


STATE_LABELS = {
    JobState.QUEUED: _("queued"),
    JobState.RUNNING: _("running"),
    JobState.DONE: _("done"),
    JobState.FAILED: _("failed"),
    JobState.REFUSED: _("refused"),
}


class Job(models.Model):
    """One piece of long work.

    `key` names what is asked for: while a job of the same kind and key is queued or running there is no second.
    `progress` is 0–100 per cent. `asked` and `outcome` are JSON: ids in, what the page shows out; never secrets.
    """

    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("key"), max_length=200, blank=True)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(s.value, STATE_LABELS[s]) for s in JobState],
        default=JobState.QUEUED,
    )
    progress = models.PositiveSmallIntegerField(_("progress"), default=0)
    stage = models.CharField(_("stage"), max_length=200, blank=True)
    asked = models.JSONField(_("asked"), default=dict)
    outcome = models.JSONField(_("outcome"), default=dict)
    error = models.TextField(_("error"), blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    language = models.CharField(max_length=5, default="ky")
    request_id = models.UUIDField()
    asked_at = models.DateTimeField(_("asked at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    alive_at = models.DateTimeField(_("last sign of life"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.CheckConstraint(
                name="jobs_job_state_known", condition=Q(state__in=[state.value for state in JobState])
            ),
            models.CheckConstraint(name="jobs_job_progress_0_100", condition=Q(progress__lte=100)),
            # The same month asked for twice is one job.
            models.UniqueConstraint(
                name="jobs_job_one_alive",
                fields=["kind", "key"],
                condition=Q(state__in=["queued", "running"]) & ~Q(key=""),
            ),
        ]
        indexes = [
            models.Index(fields=["asked_by", "-asked_at"], name="jobs_job_of_user"),
            models.Index(fields=["state"], name="jobs_job_alive", condition=Q(state__in=["queued", "running"])),
        ]

    @property
    def is_over(self) -> bool:
        return self.state in {JobState.DONE, JobState.FAILED, JobState.REFUSED}


class JobFile(models.Model):
    """A file that a job made: written under a temporary name, synced, renamed; then this row."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=300)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="jobs_jobfile_one_name", fields=["job", "name"])]
