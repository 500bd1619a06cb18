"""Corrections of closed final sheets (§2.6): asked for by the examiner, approved by two people, stored as the next
edition beside the one that they correct; and the word that a sheet stays as it is though its inputs changed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Student
from journal.enums import CorrectionState, Source
from journal.models.marks import SOURCE_LABELS
from journal.models.results import FinalSheet
from journal.models.selfstudy import Recorded

CORRECTION_LABELS = {
    CorrectionState.ASKED: _("waits for the head of department"),
    CorrectionState.APPROVED: _("waits for the dean's office"),
    CorrectionState.DONE: _("corrected"),
    CorrectionState.REFUSED: _("refused"),
    CorrectionState.WITHDRAWN: _("withdrawn"),
}
# What was done with a request, for its story.
CORRECTION_STEP_LABELS = {
    CorrectionState.ASKED: pgettext_lazy("reopening", "asked for"),
    CorrectionState.APPROVED: _("the department agreed"),
    CorrectionState.DONE: _("the dean's office agreed: the next edition is stored"),
    CorrectionState.REFUSED: _("refused"),
    CorrectionState.WITHDRAWN: _("withdrawn"),
}
LIVING_CORRECTIONS = (CorrectionState.ASKED.value, CorrectionState.APPROVED.value)


class SheetCorrection(Recorded):
    """A request to correct a closed final sheet: named students get other points, and everybody the points of the
    semester as they stand at the end.

    Approved by the head of the course's department (by the dean where the head asks), then by the dean's office: two
    people, neither of them the asker. With the second yes the next edition is stored. `why` is the asker's reason,
    `reason` (of `Recorded`) what was said with the last step.
    """

    sheet = models.ForeignKey(FinalSheet, on_delete=models.PROTECT, related_name="corrections")
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(s.value, CORRECTION_LABELS[s]) for s in CorrectionState],
        default=CorrectionState.ASKED,
    )
    why = models.CharField(_("reason"), max_length=300)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="corrections_asked")
    asked_at = models.DateTimeField()
    asker_is_head = models.BooleanField(default=False)
    paper_path = models.CharField(max_length=40)
    paper_sha256 = models.CharField(max_length=64)
    paper_type = models.CharField(max_length=40)
    head = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    head_at = models.DateTimeField(null=True)
    office = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("correction of a sheet")
        verbose_name_plural = _("corrections of sheets")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="journal_sheetcorrection_state_known", condition=Q(state__in=[s.value for s in CorrectionState])
            ),
            models.CheckConstraint(
                name="journal_sheetcorrection_with_paper",
                condition=~Q(why="") & ~Q(paper_path="") & ~Q(paper_sha256=""),
            ),
            models.UniqueConstraint(
                name="journal_sheetcorrection_one_living", fields=["sheet"], condition=Q(state__in=LIVING_CORRECTIONS)
            ),
            models.CheckConstraint(
                name="journal_sheetcorrection_asker_approves_nothing",
                condition=(Q(head__isnull=True) | ~Q(head=F("asked_by")))
                & (Q(office__isnull=True) | ~Q(office=F("asked_by"))),
            ),
            models.CheckConstraint(
                name="journal_sheetcorrection_two_people",
                condition=Q(head__isnull=True) | Q(office__isnull=True) | ~Q(head=F("office")),
            ),
            models.CheckConstraint(
                name="journal_sheetcorrection_done_by_both",
                condition=~Q(state=CorrectionState.DONE.value)
                | Q(head__isnull=False, office__isnull=False, done_at__isnull=False),
            ),
            models.CheckConstraint(
                name="journal_sheetcorrection_approved_by_head",
                condition=~Q(state=CorrectionState.APPROVED.value) | Q(head__isnull=False, head_at__isnull=False),
            ),
        ]

    @property
    def is_living(self) -> bool:
        """Whether somebody has still to decide."""
        return self.state in LIVING_CORRECTIONS


class CorrectionLine(models.Model):
    """What a student is to have by a correction: points, or that he did not appear; `admits`: that he was not admitted
    was wrong. Of a credit test, which has no points of its own, that alone is said. Append-only."""

    correction = models.ForeignKey(SheetCorrection, on_delete=models.PROTECT, related_name="lines", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="+")
    exam_points = models.DecimalField(_("points of the exam"), max_digits=5, decimal_places=2, null=True)
    absent = models.BooleanField(_("did not appear"), default=False)
    admits = models.BooleanField(_("admitted"), default=False, db_default=False)

    class Meta:
        verbose_name = _("line of a correction")
        verbose_name_plural = _("lines of corrections")
        constraints = [
            models.UniqueConstraint(name="journal_correctionline_one", fields=["correction", "student"]),
            models.CheckConstraint(
                name="journal_correctionline_says_one",
                condition=Q(absent=True, exam_points__isnull=True)
                | Q(absent=False, exam_points__isnull=False, exam_points__gte=0)
                | Q(absent=False, admits=True, exam_points__isnull=True),
            ),
        ]


class SheetConfirmation(models.Model):
    """Somebody's word, with the reason, that a closed sheet stays as it is for a student though his semester has
    `semester_points` now. Append-only; other points later ask for another word."""

    sheet = models.ForeignKey(FinalSheet, on_delete=models.PROTECT, related_name="confirmations", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="+")
    semester_points = models.DecimalField(_("points of the semester"), max_digits=5, decimal_places=2)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=[(s.value, SOURCE_LABELS[s]) for s in Source])
    request_id = models.UUIDField()
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name = _("confirmation of a sheet")
        verbose_name_plural = _("confirmations of sheets")
        constraints = [
            models.UniqueConstraint(
                name="journal_sheetconfirmation_one", fields=["sheet", "student", "semester_points"]
            ),
            models.CheckConstraint(name="journal_sheetconfirmation_reason", condition=~Q(reason="")),
        ]
