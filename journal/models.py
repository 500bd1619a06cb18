"""Marks, the sheets that close them, and the history of both.

The laws of these tables stand in the migrations: 0002 (history), 0003 (closed modules). The web's role can
neither delete a mark nor touch the history.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Student
from journal.enums import Presence, SheetState, Source
from teaching.models import Course, Lesson, Workload
from university.models import Module

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
SHEET_STATE_LABELS = {SheetState.DRAFT: _("open"), SheetState.CLOSED: _("closed")}


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


class ModuleSheet(models.Model):
    """Course × module: while it is closed nothing under it changes, on any path (law 3, §4.3)."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="module_sheets")
    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="sheets")
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(s.value, SHEET_STATE_LABELS[s]) for s in SheetState],
        default=SheetState.DRAFT,
    )
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=[(s.value, SOURCE_LABELS[s]) for s in Source])
    request_id = models.UUIDField()
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("module sheet")
        verbose_name_plural = _("module sheets")
        constraints = [
            models.UniqueConstraint(name="journal_modulesheet_one", fields=["course", "module"]),
            models.CheckConstraint(
                name="journal_modulesheet_closed_by_someone",
                condition=Q(state=SheetState.DRAFT.value, closed_by__isnull=True, closed_at__isnull=True)
                | Q(state=SheetState.CLOSED.value, closed_by__isnull=False, closed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["course", "module"], name="journal_modulesheet_closed", condition=Q(state="closed"))
        ]


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
