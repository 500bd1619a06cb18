"""Marks, the sheets that close them, and the history of both.

The laws of these tables stand in the migrations: 0002 (history), 0003 (closed modules). The web's role can
neither delete a mark nor touch the history.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Student
from journal.enums import ExcuseKind, Presence, SheetState, Source
from teaching.models import Course, Lesson, Workload
from university.models import Module, Unit

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
EXCUSE_LABELS = {
    ExcuseKind.ILLNESS: _("illness"),
    ExcuseKind.FAMILY: _("family circumstances"),
    ExcuseKind.OFFICIAL: _("official summons"),
    ExcuseKind.SPORT: _("sports meeting"),
    ExcuseKind.MILITARY: _("military office"),
    ExcuseKind.OTHER: _("other reason"),
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


class Excuse(models.Model):
    """A paper that excuses absences of one student or of many (жүйөлүү себеп). It may be entered at any time.

    `unit` is the dean's office that entered it; the scan lies under a random name (`paper_path`), for that office
    alone. A withdrawn excuse stays, and covers nothing but what lies under a closed module.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("reason"), max_length=10, choices=[(k.value, EXCUSE_LABELS[k]) for k in ExcuseKind])
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    issuer = models.CharField(_("issued by"), max_length=200, blank=True)
    issued_on = models.DateField(_("issued on"), null=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    approved_by = models.CharField(_("approved by"), max_length=200)
    paper_path = models.CharField(max_length=40, blank=True)
    paper_sha256 = models.CharField(max_length=64, blank=True)
    paper_type = models.CharField(max_length=40, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    request_id = models.UUIDField()

    class Meta:
        verbose_name = _("excuse")
        verbose_name_plural = _("excuses")
        ordering = ["-entered_at", "-id"]
        indexes = [models.Index(fields=["unit", "-entered_at"], name="journal_excuse_list")]
        constraints = [
            models.CheckConstraint(name="journal_excuse_dates", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="journal_excuse_withdrawn_by_someone",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]

    @property
    def kind_label(self) -> str:
        return str(EXCUSE_LABELS[ExcuseKind(self.kind)])


class ExcuseStudent(models.Model):
    """A student whom an excuse names."""

    excuse = models.ForeignKey(Excuse, on_delete=models.PROTECT, related_name="students")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="excuses")

    class Meta:
        constraints = [models.UniqueConstraint(name="journal_excusestudent_once", fields=["excuse", "student"])]


class ExcuseCover(models.Model):
    """An absence that an excuse covers: what "excused" is. Law 3: none comes or goes under a closed module."""

    excuse = models.ForeignKey(Excuse, on_delete=models.PROTECT, related_name="covers")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="+", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="excuse_covers")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="journal_excusecover_one", fields=["lesson", "student"])]
