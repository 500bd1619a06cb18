"""Final results (§2.2, §2.6, §5.2): sheets of exams and credit tests, what stands in them, state exams, graduation
papers. Under a closed sheet nothing changes; triggers of 0014 hold it."""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Student, Teacher
from journal.enums import AdmissionWarning, SheetState
from journal.models.examinations import Commission, Exam
from journal.models.rating import WORD_LABELS
from journal.models.selfstudy import Recorded
from journal.models.sheets import SHEET_STATE_LABELS
from teaching.models import Course
from university.enums import ControlForm
from university.models import CONTROL_FORM_LABELS, Group

WARNING_LABELS = {
    AdmissionWarning.POINTS: _("few points"),
    AdmissionWarning.DEBTS: _("debts"),
    AdmissionWarning.ABSENCES: _("many absences"),
}
_CLOSED_BY_SOMEONE = Q(state=SheetState.DRAFT.value, closed_by__isnull=True, closed_at__isnull=True) | Q(
    state=SheetState.CLOSED.value, closed_by__isnull=False, closed_at__isnull=False
)


def _points(label: Any, **extra: Any) -> Any:
    return models.DecimalField(label, max_digits=5, decimal_places=2, **extra)


class FinalSheetQuerySet(models.QuerySet["FinalSheet"]):
    def newest(self) -> Self:
        """Of each sheet the newest edition."""
        return self.filter(replaced_by__isnull=True)

    def holding(self) -> Self:
        """Closed sheets that no later edition replaces."""
        return self.newest().filter(state=SheetState.CLOSED)


class FinalSheet(Recorded):
    """The sheet of an exam or credit test (ведомость): a course and an attempt; of one student it is his slip.

    `scheme` is what the points are judged by, copied when the sheet was made (§1.8), `exam_maximum` the most that an
    exam gives. Closed by its examiner; from then on nothing in it changes. A correction stores the next edition of
    the whole sheet beside it, closed by the second who approved: the newest edition holds.
    """

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="final_sheets")
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    edition = models.PositiveSmallIntegerField(_("edition"), default=1, db_default=1)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    correction = models.OneToOneField(
        "journal.SheetCorrection", null=True, on_delete=models.PROTECT, related_name="made"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=[(c.value, CONTROL_FORM_LABELS[c]) for c in ControlForm])
    exam = models.ForeignKey(Exam, null=True, on_delete=models.PROTECT, related_name="sheets")
    student = models.ForeignKey(Student, null=True, on_delete=models.PROTECT, related_name="slips")
    valid_until = models.DateField(_("valid until"), null=True)
    examiner = models.ForeignKey(
        Teacher, verbose_name=_("examiner"), on_delete=models.PROTECT, related_name="final_sheets"
    )
    commission = models.ForeignKey(
        Commission, verbose_name=_("commission"), null=True, on_delete=models.PROTECT, related_name="sheets"
    )
    exam_maximum = _points(_("maximum of the exam"))
    scheme = models.JSONField()
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(s.value, SHEET_STATE_LABELS[s]) for s in SheetState],
        default=SheetState.DRAFT,
    )
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    objects = FinalSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("final sheet")
        verbose_name_plural = _("final sheets")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="journal_finalsheet_one", fields=["course", "attempt", "student", "edition"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="journal_finalsheet_next_by_correction",
                condition=Q(edition=1, replaces__isnull=True, correction__isnull=True)
                | Q(edition__gt=1, replaces__isnull=False, correction__isnull=False),
            ),
            models.CheckConstraint(name="journal_finalsheet_attempt", condition=Q(attempt__gte=1, attempt__lte=9)),
            models.CheckConstraint(
                name="journal_finalsheet_kind_known", condition=Q(kind__in=[c.value for c in ControlForm])
            ),
            models.CheckConstraint(
                name="journal_finalsheet_exam_maximum", condition=Q(exam_maximum__gte=0, exam_maximum__lte=100)
            ),
            models.CheckConstraint(name="journal_finalsheet_closed_by_someone", condition=_CLOSED_BY_SOMEONE),
            models.CheckConstraint(
                name="journal_finalsheet_slip_ends",
                condition=Q(student__isnull=True, valid_until__isnull=True)
                | Q(student__isnull=False, valid_until__isnull=False),
            ),
        ]

    @property
    def is_closed(self) -> bool:
        return self.state == SheetState.CLOSED

    @property
    def has_exam(self) -> bool:
        """Whether points are typed: a credit test is the semester's own points, its retake is not (§3.5f)."""
        return self.exam_maximum > 0


class FinalResultQuerySet(models.QuerySet["FinalResult"]):
    def holding(self) -> Self:
        """Results of closed sheets that no later edition replaces."""
        return self.filter(sheet__state=SheetState.CLOSED, sheet__replaced_by__isnull=True)


class FinalResult(Recorded):
    """A student in a sheet. `course`, `attempt` and `edition` are the sheet's, copied: a student has one result of
    each.

    `admitted` and `warnings` make the admission list; `absent`: did not appear. `exam_points` were typed by
    `exam_by`; where points are typed twice, `second_points` by another person. What follows from `total` is None
    until the sheet is closed; who did not sit has no total and did not pass.
    """

    sheet = models.ForeignKey(FinalSheet, on_delete=models.PROTECT, related_name="results", db_index=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="results", db_index=False)
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    edition = models.PositiveSmallIntegerField(_("edition"), default=1, db_default=1)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="results")
    admitted = models.BooleanField(_("admitted"), default=True)
    warnings = ArrayField(models.CharField(max_length=10), default=list)
    absent = models.BooleanField(_("did not appear"), default=False)
    semester_points = _points(_("points of the semester"), null=True)
    exam_points = _points(_("points of the exam"), null=True)
    exam_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    second_points = _points(_("points typed the second time"), null=True)
    second_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    total = _points(_("total"), null=True)
    letter = models.CharField(_("letter"), max_length=3, blank=True, default="")
    traditional = models.PositiveSmallIntegerField(_("grade"), null=True)
    gpa = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    passes = models.BooleanField(_("passed"), null=True)
    word = models.CharField(max_length=30, blank=True, default="")

    objects = FinalResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("final result")
        verbose_name_plural = _("final results")
        constraints = [
            models.UniqueConstraint(name="journal_finalresult_in_sheet", fields=["sheet", "student"]),
            models.UniqueConstraint(name="journal_finalresult_one", fields=["course", "student", "attempt", "edition"]),
            # Law 5: a hundred is all there is.
            models.CheckConstraint(
                name="journal_finalresult_points",
                condition=(Q(semester_points__isnull=True) | Q(semester_points__gte=0, semester_points__lte=100))
                & (Q(exam_points__isnull=True) | Q(exam_points__gte=0))
                & (Q(second_points__isnull=True) | Q(second_points__gte=0))
                & (Q(total__isnull=True) | Q(total__gte=0, total__lte=100)),
            ),
            models.CheckConstraint(
                name="journal_finalresult_hundred",
                condition=Q(semester_points__isnull=True)
                | Q(exam_points__isnull=True)
                | Q(exam_points__lte=100 - F("semester_points")),
            ),
            models.CheckConstraint(
                name="journal_finalresult_sat",
                condition=Q(admitted=True, absent=False) | Q(exam_points__isnull=True, total__isnull=True),
            ),
            models.CheckConstraint(
                name="journal_finalresult_absent_was_admitted", condition=Q(absent=False) | Q(admitted=True)
            ),
            models.CheckConstraint(
                name="journal_finalresult_typed_by_someone",
                condition=(Q(exam_points__isnull=True) | Q(exam_by__isnull=False))
                & (Q(second_points__isnull=True) | Q(second_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="journal_finalresult_two_people",
                condition=Q(exam_by__isnull=True) | Q(second_by__isnull=True) | ~Q(exam_by=F("second_by")),
            ),
            models.CheckConstraint(
                name="journal_finalresult_passed_with_total", condition=~Q(passes=True) | Q(total__isnull=False)
            ),
            models.CheckConstraint(
                name="journal_finalresult_traditional",
                condition=Q(traditional__isnull=True) | Q(traditional__gte=2, traditional__lte=5),
            ),
        ]

    @property
    def word_label(self) -> str:
        """What the step of the scale says in words."""
        return str(WORD_LABELS.get(self.word, ""))


class Attestation(Recorded):
    """A final examination before a commission. `group` is the one in which the student came to it.

    Points are judged by the scale in force; once `closed_at` is said, the row changes no more.
    """

    student = models.ForeignKey(
        Student, verbose_name=_("student"), on_delete=models.PROTECT, related_name="%(class)s_set"
    )
    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.PROTECT, related_name="%(class)s_set")
    commission = models.ForeignKey(
        Commission, verbose_name=_("commission"), on_delete=models.PROTECT, related_name="%(class)s_set"
    )
    title = models.CharField(_("title"), max_length=300)
    held_on = models.DateField(_("day"))
    absent = models.BooleanField(_("did not appear"), default=False)
    points = _points(_("points"), null=True)
    letter = models.CharField(_("letter"), max_length=3, blank=True, default="")
    traditional = models.PositiveSmallIntegerField(_("grade"), null=True)
    gpa = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    passes = models.BooleanField(_("passed"), null=True)
    word = models.CharField(max_length=30, blank=True, default="")
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ["-held_on", "id"]
        constraints = [
            models.UniqueConstraint(name="journal_%(class)s_one", fields=["student", "title", "held_on"]),
            models.CheckConstraint(name="journal_%(class)s_titled", condition=~Q(title="")),
            models.CheckConstraint(
                name="journal_%(class)s_points", condition=Q(points__isnull=True) | Q(points__gte=0, points__lte=100)
            ),
            models.CheckConstraint(name="journal_%(class)s_absent", condition=Q(absent=False) | Q(points__isnull=True)),
            models.CheckConstraint(
                name="journal_%(class)s_closed_with_result",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False, passes__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def word_label(self) -> str:
        """What the step of the scale says in words."""
        return str(WORD_LABELS.get(self.word, ""))


class StateExam(Attestation):
    """A student at the state exam (мамлекеттик сынак, §2.7); `title` is the exam's name."""

    class Meta(Attestation.Meta):
        verbose_name = _("state exam")
        verbose_name_plural = _("state exams")


class Thesis(Attestation):
    """The defence of a graduation paper (БКИ, §2.7); `title` is its theme."""

    supervisor = models.ForeignKey(
        Teacher, verbose_name=_("supervisor"), null=True, on_delete=models.PROTECT, related_name="theses"
    )

    class Meta(Attestation.Meta):
        verbose_name = _("graduation paper")
        verbose_name_plural = _("graduation papers")
