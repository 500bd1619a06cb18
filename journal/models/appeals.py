"""A student says that a mark of his is wrong; the teacher answers (§4.2)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Student
from journal.enums import AppealKind, AppealState, Source
from journal.models.marks import SOURCE_LABELS
from journal.models.reopenings import Reopening
from teaching.models import Lesson, Workload

APPEAL_KIND_LABELS = {
    AppealKind.SCANNED: _("I scanned, but «кж»"),
    AppealKind.GRADE: _("the grade is wrong"),
    AppealKind.OTHER: pgettext_lazy("appeal", "something else"),
}
APPEAL_LABELS = {
    AppealState.OPEN: _("waits for the teacher"),
    AppealState.REOPENING: _("waits for a reopening"),
    AppealState.GRANTED: pgettext_lazy("appeal", "granted"),
    AppealState.REFUSED: pgettext_lazy("appeal", "refused"),
    AppealState.WITHDRAWN: pgettext_lazy("appeal", "withdrawn"),
}
LIVING_APPEALS = (AppealState.OPEN.value, AppealState.REOPENING.value)
_ANSWERED = (AppealState.GRANTED.value, AppealState.REFUSED.value, AppealState.REOPENING.value)


class Appeal(models.Model):
    """A student's word on one cell of his own, with the mark as it was then (`was_…`), and what became of it.

    Open until a keeper of the journal answers, by `due_on` (included): yes corrects the mark (granted), or, where the
    cell is locked, waits for a reopening; no needs its words in `answer`. `reason` is empty: what was said stands in
    columns of its own.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="appeals", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="appeals")
    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="appeals")
    kind = models.CharField(_("kind"), max_length=8, choices=[(k.value, APPEAL_KIND_LABELS[k]) for k in AppealKind])
    text = models.CharField(_("text"), max_length=500, blank=True)
    was_version = models.PositiveIntegerField()
    was_presence = models.CharField(max_length=7)
    was_grade = models.PositiveSmallIntegerField(null=True)
    was_late_minutes = models.PositiveSmallIntegerField(null=True)
    was_makeup_on = models.DateField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    due_on = models.DateField(_("to be answered by"))
    state = models.CharField(
        _("state"),
        max_length=9,
        choices=[(s.value, APPEAL_LABELS[s]) for s in AppealState],
        default=AppealState.OPEN,
    )
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)
    reopening = models.ForeignKey(Reopening, null=True, on_delete=models.PROTECT, related_name="appeals")
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=[(s.value, SOURCE_LABELS[s]) for s in Source])
    request_id = models.UUIDField()
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["-made_at", "-id"]
        indexes = [
            models.Index(fields=["lesson", "student"], name="journal_appeal_cell"),
            models.Index(fields=["due_on"], name="journal_appeal_open", condition=Q(state=AppealState.OPEN.value)),
        ]
        constraints = [
            models.UniqueConstraint(
                name="journal_appeal_one_living",
                fields=["lesson", "student"],
                condition=Q(state__in=LIVING_APPEALS),
            ),
            models.CheckConstraint(
                name="journal_appeal_state_known", condition=Q(state__in=[s.value for s in AppealState])
            ),
            models.CheckConstraint(
                name="journal_appeal_kind_known", condition=Q(kind__in=[k.value for k in AppealKind])
            ),
            models.CheckConstraint(
                name="journal_appeal_says_what", condition=Q(kind=AppealKind.SCANNED.value) | ~Q(text="")
            ),
            models.CheckConstraint(
                name="journal_appeal_answered_by_somebody",
                condition=~Q(state__in=_ANSWERED) | Q(answered_by__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="journal_appeal_no_needs_words", condition=~Q(state=AppealState.REFUSED.value) | ~Q(answer="")
            ),
            models.CheckConstraint(
                name="journal_appeal_waits_for_a_reopening",
                condition=~Q(state=AppealState.REOPENING.value) | Q(reopening__isnull=False),
            ),
        ]
