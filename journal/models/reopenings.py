"""Lessons that are opened again under a closed module or past their filling window (§4.3)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Student
from journal.enums import ReopeningState, Source
from journal.models.marks import SOURCE_LABELS
from teaching.models import Lesson, Workload

REOPENING_LABELS = {
    ReopeningState.ASKED: _("waits for the head of department"),
    ReopeningState.APPROVED: _("waits for the dean's office"),
    ReopeningState.OPEN: _("open"),
    ReopeningState.ENDED: _("ended"),
    ReopeningState.EXPIRED: _("expired"),
    ReopeningState.REFUSED: _("refused"),
    ReopeningState.WITHDRAWN: _("withdrawn"),
}
# What was done with a request, for its story; the labels above say what it waits for.
REOPENING_STEP_LABELS = {
    ReopeningState.ASKED: pgettext_lazy("reopening", "asked for"),
    ReopeningState.APPROVED: _("the department agreed"),
    ReopeningState.OPEN: _("the dean's office opened the lessons"),
    ReopeningState.ENDED: _("ended by the teacher"),
    ReopeningState.EXPIRED: _("ended by time"),
    ReopeningState.REFUSED: _("refused"),
    ReopeningState.WITHDRAWN: _("withdrawn"),
}
LIVING_REOPENINGS = (ReopeningState.ASKED.value, ReopeningState.APPROVED.value, ReopeningState.OPEN.value)
_GRANTED = (ReopeningState.OPEN.value, ReopeningState.ENDED.value, ReopeningState.EXPIRED.value)


class Reopening(models.Model):
    """A request to change named cells, lessons × students of one journal, though their time is over.

    Asked by a teacher of the journal; approved by the head of its department (by the dean where the head asks), then
    by the dean's office: two people, neither of them the asker. Open from `opened_at` until `until` (excluded), it
    ends by itself. `why` is the asker's reason, `reason` what was said with the last step.
    """

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="reopenings")
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(s.value, REOPENING_LABELS[s]) for s in ReopeningState],
        default=ReopeningState.ASKED,
    )
    why = models.CharField(_("reason"), max_length=300)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reopenings_asked")
    asked_at = models.DateTimeField()
    # A head does not approve what he asks for himself: then the dean does.
    asker_is_head = models.BooleanField(default=False)
    paper_path = models.CharField(max_length=40, blank=True)
    paper_sha256 = models.CharField(max_length=64, blank=True)
    paper_type = models.CharField(max_length=40, blank=True)
    head = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    head_at = models.DateTimeField(null=True)
    office = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=[(s.value, SOURCE_LABELS[s]) for s in Source])
    request_id = models.UUIDField()
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("reopening")
        verbose_name_plural = _("reopenings")
        ordering = ["-asked_at", "-id"]
        indexes = [
            models.Index(
                fields=["workload"],
                name="journal_reopening_living",
                condition=Q(state__in=LIVING_REOPENINGS),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="journal_reopening_state_known", condition=Q(state__in=[s.value for s in ReopeningState])
            ),
            models.CheckConstraint(name="journal_reopening_why", condition=~Q(why="")),
            models.CheckConstraint(
                name="journal_reopening_asker_approves_nothing",
                condition=(Q(head__isnull=True) | ~Q(head=F("asked_by")))
                & (Q(office__isnull=True) | ~Q(office=F("asked_by"))),
            ),
            models.CheckConstraint(
                name="journal_reopening_two_people",
                condition=Q(head__isnull=True) | Q(office__isnull=True) | ~Q(head=F("office")),
            ),
            models.CheckConstraint(
                name="journal_reopening_open_by_both",
                condition=~Q(state__in=_GRANTED)
                | Q(head__isnull=False, office__isnull=False, opened_at__isnull=False, until__isnull=False),
            ),
            models.CheckConstraint(
                name="journal_reopening_approved_by_head",
                condition=~Q(state=ReopeningState.APPROVED.value) | Q(head__isnull=False, head_at__isnull=False),
            ),
        ]

    @property
    def is_living(self) -> bool:
        """Whether it still waits or is open."""
        return self.state in LIVING_REOPENINGS


class ReopeningLesson(models.Model):
    """A lesson that a reopening names."""

    reopening = models.ForeignKey(Reopening, on_delete=models.PROTECT, related_name="lessons", db_index=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="reopenings")

    class Meta:
        constraints = [models.UniqueConstraint(name="journal_reopeninglesson_one", fields=["reopening", "lesson"])]


class ReopeningStudent(models.Model):
    """A student whom a reopening names."""

    reopening = models.ForeignKey(Reopening, on_delete=models.PROTECT, related_name="students", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="reopenings")

    class Meta:
        constraints = [models.UniqueConstraint(name="journal_reopeningstudent_one", fields=["reopening", "student"])]
