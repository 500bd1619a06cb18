"""One student at one lesson: the mark."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Student
from journal.enums import Presence, Source
from teaching.models import Lesson, Workload

PRESENCE_LABELS = {
    Presence.PRESENT: _("present"),
    Presence.LATE: _("late"),
    Presence.ABSENT: _("absent"),
}
SOURCE_LABELS = {
    Source.WEB: _("on the page"),
    Source.IMPORT: _("by import"),
    Source.SCAN: _("by scan"),
    Source.CORRECTION: _("as a correction"),
}


class Mark(models.Model):
    """One student at one lesson. No row = nobody has looked yet; an emptied row (all null) = the same, again.

    `presence` present, late (with `late_minutes`) or absent, «кж»; `grade` 0–5 or none; an absence has a grade
    only as a make-up with its day. `version` rises by one with every change; `by`, `at`, `source`,
    `request_id` and `reason` say who wrote the row as it stands. Rows are never deleted.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="marks")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="marks")
    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="marks", db_index=False)
    presence = models.CharField(
        _("presence"), max_length=7, null=True, choices=[(p.value, PRESENCE_LABELS[p]) for p in Presence]
    )
    grade = models.PositiveSmallIntegerField(_("grade"), null=True)
    late_minutes = models.PositiveSmallIntegerField(_("minutes late"), null=True)
    makeup_on = models.DateField(_("made up on"), null=True)
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=[(s.value, SOURCE_LABELS[s]) for s in Source])
    request_id = models.UUIDField()
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        constraints = [
            # Law 1; the included columns let a whole month be counted from the index alone.
            models.UniqueConstraint(
                name="journal_mark_one", fields=["lesson", "student"], include=["presence", "grade"]
            ),
            models.CheckConstraint(
                name="journal_mark_grade_0_5", condition=Q(grade__isnull=True) | Q(grade__gte=0, grade__lte=5)
            ),
            models.CheckConstraint(
                name="journal_mark_presence_known",
                condition=Q(presence__isnull=True) | Q(presence__in=[p.value for p in Presence]),
            ),
            models.CheckConstraint(
                name="journal_mark_grade_needs_presence",
                condition=Q(presence__isnull=False)
                | Q(grade__isnull=True, late_minutes__isnull=True, makeup_on__isnull=True),
            ),
            models.CheckConstraint(
                name="journal_mark_absent_grade_is_makeup",
                condition=~Q(presence=Presence.ABSENT.value)
                | Q(grade__isnull=True, makeup_on__isnull=True)
                | Q(grade__isnull=False, makeup_on__isnull=False),
            ),
            models.CheckConstraint(
                name="journal_mark_makeup_is_absent",
                condition=Q(makeup_on__isnull=True) | Q(presence=Presence.ABSENT.value),
            ),
            models.CheckConstraint(
                name="journal_mark_minutes_of_late",
                condition=Q(late_minutes__isnull=True)
                | Q(presence=Presence.LATE.value, late_minutes__gte=1, late_minutes__lte=240),
            ),
            models.CheckConstraint(name="journal_mark_version", condition=Q(version__gte=1)),
            models.CheckConstraint(name="journal_mark_source_known", condition=Q(source__in=[s.value for s in Source])),
        ]
