"""Self-study (СӨИ): tasks of a journal, the teams of a collective task, what was handed in, and its points (§3.5a)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Student
from journal.enums import Source, TaskKind
from journal.models.marks import SOURCE_LABELS
from teaching.models import PlanItem, Workload
from university.models import Module

TASK_KIND_LABELS = {TaskKind.INDIVIDUAL: _("individual"), TaskKind.COLLECTIVE: _("collective")}


class Recorded(models.Model):
    """A row under law 4: the columns say who wrote it as it stands; the history has what was before."""

    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=[(s.value, SOURCE_LABELS[s]) for s in Source])
    request_id = models.UUIDField()
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")

    class Meta:
        abstract = True


class SelfStudyTask(Recorded):
    """A task for self-study, given by the keeper of a journal to the students of its list: a journal of a subgroup
    gives it to that subgroup, one of a lecture to all.

    `module` is the one in whose days `due_on` lies. It is stored, so that what a sheet closed is found without
    asking the calendar. A withdrawn task stays, with its marks, and counts for nobody.
    """

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="tasks")
    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="tasks")
    # What a plan said may go with the plan; the task stays.
    plan_item = models.ForeignKey(PlanItem, null=True, on_delete=models.SET_NULL, related_name="tasks")
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("task"), max_length=4000, blank=True)
    kind = models.CharField(
        _("kind"), max_length=10, choices=[(kind.value, TASK_KIND_LABELS[kind]) for kind in TaskKind]
    )
    maximum = models.DecimalField(_("maximum points"), max_digits=5, decimal_places=2)
    given_on = models.DateField(_("given on"))
    due_on = models.DateField(_("due on"))
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("self-study task")
        verbose_name_plural = _("self-study tasks")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(name="journal_selfstudytask_maximum", condition=Q(maximum__gt=0, maximum__lte=100)),
            models.CheckConstraint(name="journal_selfstudytask_dates", condition=Q(due_on__gte=F("given_on"))),
            models.CheckConstraint(name="journal_selfstudytask_has_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="journal_selfstudytask_kind_known", condition=Q(kind__in=[kind.value for kind in TaskKind])
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_collective(self) -> bool:
        return self.kind == TaskKind.COLLECTIVE


class SelfStudyFile(models.Model):
    """A paper that belongs to a task; it lies under a random name and is handed out to who may see the task."""

    task = models.ForeignKey(SelfStudyTask, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=40)
    content_type = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class SelfStudyTeam(models.Model):
    """Students who do a collective task together."""

    task = models.ForeignKey(SelfStudyTask, on_delete=models.PROTECT, related_name="teams")
    number = models.PositiveSmallIntegerField(_("number"))

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(name="journal_selfstudyteam_one", fields=["task", "number"])]


class SelfStudyMember(models.Model):
    """A student in a team; in one team of a task."""

    task = models.ForeignKey(SelfStudyTask, on_delete=models.PROTECT, related_name="members", db_index=False)
    team = models.ForeignKey(SelfStudyTeam, on_delete=models.CASCADE, related_name="members")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="self_study_teams")

    class Meta:
        constraints = [models.UniqueConstraint(name="journal_selfstudymember_one", fields=["task", "student"])]


class Submission(models.Model):
    """What a student, or a team by one of its members, handed in. Handing in again adds a row; none is changed."""

    task = models.ForeignKey(SelfStudyTask, on_delete=models.PROTECT, related_name="submissions")
    student = models.ForeignKey(Student, null=True, on_delete=models.PROTECT, related_name="submissions")
    team = models.ForeignKey(SelfStudyTeam, null=True, on_delete=models.PROTECT, related_name="submissions")
    version = models.PositiveIntegerField(default=1)
    text = models.TextField(_("text"), max_length=10_000, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_path = models.CharField(max_length=40, blank=True)
    file_type = models.CharField(max_length=40, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    handed_in_at = models.DateTimeField()
    request_id = models.UUIDField()

    class Meta:
        ordering = ["handed_in_at", "id"]
        constraints = [
            models.UniqueConstraint(
                name="journal_submission_one", fields=["task", "student", "team", "version"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="journal_submission_of_student_or_team",
                condition=Q(student__isnull=False, team__isnull=True) | Q(student__isnull=True, team__isnull=False),
            ),
            models.CheckConstraint(name="journal_submission_not_empty", condition=~Q(text="", file_path="")),
        ]


class SelfStudyMark(Recorded):
    """The points of a student for a task, 0 to its maximum (a trigger knows it); none: taken back. Never deleted."""

    task = models.ForeignKey(SelfStudyTask, on_delete=models.PROTECT, related_name="marks")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="self_study_marks")
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=2, null=True)
    entered_at = models.DateTimeField()

    class Meta:
        verbose_name = _("points for self-study")
        verbose_name_plural = _("points for self-study")
        constraints = [
            models.UniqueConstraint(name="journal_selfstudymark_one", fields=["task", "student"]),
            models.CheckConstraint(
                name="journal_selfstudymark_points",
                condition=Q(points__isnull=True) | Q(points__gte=0, points__lte=100),
            ),
        ]
