"""What a teacher means to teach: calendar-thematic plans (§2.2, §4.3) and working programmes (§3.5d).

Both are made by a teacher, submitted, and approved or returned by the head of the workload's department.
"""

from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.models import Appointment, Teacher, User
from accounts.permissions import Rights, rights_of
from accounts.selectors import in_force
from teaching.enums import ApprovalState, EnrolmentBasis
from teaching.models.courses import CourseEnrolment, Workload, WorkloadTeacher
from teaching.models.timetable import Lesson, Substitution
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS, Department, Discipline, Semester

APPROVAL_LABELS = {
    ApprovalState.DRAFT: _("draft"),
    ApprovalState.SUBMITTED: _("waits for approval"),
    ApprovalState.APPROVED: _("approved"),
    ApprovalState.RETURNED: _("returned with remarks"),
}
APPROVAL_CHOICES = [(state.value, APPROVAL_LABELS[state]) for state in ApprovalState]
DECISION_LABELS = {
    ApprovalState.SUBMITTED: _("submitted"),
    ApprovalState.APPROVED: _("approved"),
    ApprovalState.RETURNED: _("returned"),
}
_KNOWN_STATES = [state.value for state in ApprovalState]
_DECISIONS = [state.value for state in DECISION_LABELS]


def not_ended(on: date, prefix: str = "") -> Q:
    """Keepers of a journal who have not left it: those of a semester to come plan it before it begins (§4.3)."""
    return Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": on})


class Approvable(models.Model):
    """What a teacher writes and a head approves. `version` grows with each change and each decision."""

    department = models.ForeignKey(Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="+")
    semester = models.ForeignKey(Semester, verbose_name=_("semester"), on_delete=models.PROTECT, related_name="+")
    discipline = models.ForeignKey(Discipline, verbose_name=_("discipline"), on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Teacher, verbose_name=_("author"), on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=APPROVAL_CHOICES, default=ApprovalState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Whether its teacher may change it: until it is submitted, and again when it was returned."""
        return self.state in (ApprovalState.DRAFT, ApprovalState.RETURNED)


class Decision(models.Model):
    """Who submitted, approved or returned it, when, with which remarks. Rows are added and never change."""

    decision = models.CharField(
        _("decision"), max_length=10, choices=[(state.value, label) for state, label in DECISION_LABELS.items()]
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    remarks = models.TextField(_("remarks"), blank=True, max_length=2000)
    request_id = models.UUIDField()

    class Meta:
        abstract = True
        ordering = ["at", "id"]


def _courses_taught(rights: Rights, on: date) -> Q:
    """Courses in which a teacher keeps a journal or will, and those of the lessons in which he is a substitute."""
    mine = WorkloadTeacher.objects.filter(not_ended(on), teacher_id=rights.teacher_id or 0)
    lent = Substitution.objects.in_force(on).filter(substitute_id=rights.teacher_id)
    return Q(course_id__in=mine.values("workload__course_id")) | Q(pk__in=lent.values("lesson__workloads__workload_id"))


def _courses_studied(student_ids: frozenset[int]) -> Q:
    enrolments = CourseEnrolment.objects.filter(student_id__in=student_ids).exclude(basis=EnrolmentBasis.EXEMPT)
    return Q(course_id__in=enrolments.values("course_id"))


def _head_is_party(party: Q, on: date) -> Exists:
    """Whether its head is himself its author or keeps a journal of it: then the dean decides."""
    return Exists(
        Appointment.objects.filter(
            Q(user_id=OuterRef("author__user_id")) | Q(Exists(WorkloadTeacher.objects.filter(not_ended(on), party))),
            in_force(on),
            role=Role.HEAD,
            department_id=OuterRef("department_id"),
        )
    )


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: User, *, on: date) -> Self:
        """Plans that a user may read (trials.md, "plan, criteria"): keepers of its journals, teachers of the same
        course and substitutes; the head of its department; dean and dean's office of the group's or the
        department's unit; study office and leadership; students and parents the approved ones of their courses."""
        rights = rights_of(user, on=on)
        if rights.sees_everything:
            return self.all()
        reach = Q(pk__in=[])
        if rights.teacher_id is not None:
            reach |= self._of(Workload.objects.filter(_courses_taught(rights, on)))
        if rights.department_ids:
            keepers = WorkloadTeacher.objects.filter(
                not_ended(on), teacher__department_id__in=rights.department_ids
            ).values("workload_id")
            reach |= Q(department_id__in=rights.department_ids) | self._of(Workload.objects.filter(pk__in=keepers))
        if rights.unit_ids:
            reach |= Q(department__unit_id__in=rights.unit_ids)
            reach |= self._of(Workload.objects.filter(course__group__unit_id__in=rights.unit_ids))
        students = rights.child_ids | ({rights.student_id} if rights.student_id is not None else set())
        if students:
            studied = self._of(Workload.objects.filter(_courses_studied(frozenset(students))))
            reach |= Q(state=ApprovalState.APPROVED) & studied
        return self.filter(reach)

    @staticmethod
    def _of(workloads: models.QuerySet[Workload]) -> Q:
        return Q(Exists(PlanWorkload.objects.filter(plan=OuterRef("pk"), workload__in=workloads)))

    def with_rights(self, user: User, *, on: date) -> Self:
        """With `is_keeper`: the user keeps one of its journals; `head_is_party`: its head is its author, or does."""
        keeps = WorkloadTeacher.objects.filter(
            not_ended(on), workload__planned__plan=OuterRef("pk"), teacher__user_id=user.id
        )
        party = Q(workload__planned__plan=OuterRef(OuterRef("pk")), teacher__user_id=OuterRef("user_id"))
        return self.annotate(is_keeper=Exists(keeps), head_is_party=_head_is_party(party, on))

    def with_hours(self) -> Self:
        """With `planned_hours` (the sum of its items, None where it has none)."""
        items = PlanItem.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
        return self.annotate(planned_hours=Subquery(items.annotate(total=Sum("hours")).values("total")))


class Plan(Approvable):
    """A calendar-thematic plan (календардык-тематикалык план): discipline × kind × semester, shared by the parallel
    journals in `PlanWorkload`, whose hours are equal."""

    kind = models.CharField(
        _("kind of lesson"), max_length=12, choices=[(k.value, LESSON_KIND_LABELS[k]) for k in LessonKind]
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar-thematic plan")
        verbose_name_plural = _("calendar-thematic plans")
        indexes = [models.Index(fields=["semester", "department", "state"], name="teaching_plan_list")]
        constraints = [
            models.CheckConstraint(name="teaching_plan_state_known", condition=Q(state__in=_KNOWN_STATES)),
        ]

    def __str__(self) -> str:
        return f"{self.discipline} · {self.get_kind_display()}"


class PlanWorkload(models.Model):
    """A journal that is taught by a plan. A journal has one plan (§2.2)."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="workloads")
    workload = models.OneToOneField(Workload, on_delete=models.PROTECT, related_name="planned")


class PlanItem(models.Model):
    """A line of a plan: so many academic hours on a topic. A pair gives two, so an item may span several lessons."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(_("number"))
    week = models.PositiveSmallIntegerField(_("week"), null=True, blank=True)
    module = models.PositiveSmallIntegerField(_("module"), null=True, blank=True)
    topic = models.CharField(_("topic"), max_length=300)
    hours = models.PositiveSmallIntegerField(_("hours"))
    work_kinds = ArrayField(models.CharField(max_length=80), verbose_name=_("kinds of work"), default=list, blank=True)
    self_study = models.CharField(_("self-study"), max_length=500, blank=True)
    literature = models.CharField(_("literature"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("item of a plan")
        verbose_name_plural = _("items of a plan")
        ordering = ["position"]
        constraints = [
            # Deferred: lines change places within one transaction.
            models.UniqueConstraint(
                name="teaching_planitem_one_position",
                fields=["plan", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(name="teaching_planitem_hours", condition=Q(hours__gte=1, hours__lte=20)),
            models.CheckConstraint(name="teaching_planitem_has_topic", condition=~Q(topic="")),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.topic}"


class PlanDecision(Decision):
    """What became of a plan."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="decisions")

    class Meta(Decision.Meta):
        constraints = [
            models.CheckConstraint(name="teaching_plandecision_known", condition=Q(decision__in=_DECISIONS)),
            models.CheckConstraint(
                name="teaching_plandecision_says_why",
                condition=~Q(decision=ApprovalState.RETURNED) | ~Q(remarks=""),
            ),
        ]


class LessonItem(models.Model):
    """So many hours of an item of the plan were given in a lesson (§2.10, §3.5a).

    It changes with the lesson's topic and like it: never under a closed module (a trigger of `journal`).
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="items")
    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="lessons")
    hours = models.PositiveSmallIntegerField(_("hours"))

    class Meta:
        constraints = [
            models.UniqueConstraint(name="teaching_lessonitem_once", fields=["lesson", "item"]),
            models.CheckConstraint(name="teaching_lessonitem_hours", condition=Q(hours__gte=1, hours__lte=20)),
        ]


class ProgrammeQuerySet(models.QuerySet["WorkingProgramme"]):
    def _workloads(self) -> models.QuerySet[Workload]:
        """The journals of the discipline in its department and semester."""
        return Workload.objects.filter(
            course__discipline_id=OuterRef("discipline_id"),
            course__semester_id=OuterRef("semester_id"),
            department_id=OuterRef("department_id"),
        )

    def visible_to(self, user: User, *, on: date) -> Self:
        """As a plan's, by the journals of the discipline in its department and semester."""
        rights = rights_of(user, on=on)
        if rights.sees_everything:
            return self.all()
        reach = Q(pk__in=[])
        if rights.teacher_id is not None:
            reach |= Q(Exists(self._workloads().filter(_courses_taught(rights, on))))
        if rights.department_ids:
            reach |= Q(department_id__in=rights.department_ids)
        if rights.unit_ids:
            reach |= Q(department__unit_id__in=rights.unit_ids)
            reach |= Q(Exists(self._workloads().filter(course__group__unit_id__in=rights.unit_ids)))
        students = rights.child_ids | ({rights.student_id} if rights.student_id is not None else set())
        if students:
            studied = Exists(self._workloads().filter(_courses_studied(frozenset(students))))
            reach |= Q(state=ApprovalState.APPROVED) & Q(studied)
        return self.filter(reach)

    def with_rights(self, user: User, *, on: date) -> Self:
        """With `is_keeper` and `head_is_party`, as a plan's."""
        keeps = WorkloadTeacher.objects.filter(
            not_ended(on),
            teacher__user_id=user.id,
            workload__course__discipline_id=OuterRef("discipline_id"),
            workload__course__semester_id=OuterRef("semester_id"),
            workload__department_id=OuterRef("department_id"),
        )
        party = Q(
            teacher__user_id=OuterRef("user_id"),
            workload__course__discipline_id=OuterRef(OuterRef("discipline_id")),
            workload__course__semester_id=OuterRef(OuterRef("semester_id")),
            workload__department_id=OuterRef(OuterRef("department_id")),
        )
        return self.annotate(is_keeper=Exists(keeps), head_is_party=_head_is_party(party, on))


class WorkingProgramme(Approvable):
    """The part of a discipline's working programme (жумушчу программа) that students must know: the fund of
    assessment means and the criteria (§3.5d), as text and, if there is one, as the whole document.

    `file_path` is relative to the media folder; no address serves it, a view hands it out.
    """

    means = models.TextField(_("fund of assessment means"), blank=True, max_length=20000)
    criteria = models.TextField(_("criteria of assessment"), blank=True, max_length=20000)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    file_path = models.CharField(max_length=200, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    file_size = models.PositiveIntegerField(null=True)
    file_sha256 = models.CharField(max_length=64, blank=True)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = _("working programme")
        verbose_name_plural = _("working programmes")
        constraints = [
            models.UniqueConstraint(name="teaching_programme_one", fields=["discipline", "department", "semester"]),
            models.CheckConstraint(name="teaching_programme_state_known", condition=Q(state__in=_KNOWN_STATES)),
        ]

    def __str__(self) -> str:
        return str(self.discipline)


class ProgrammeDecision(Decision):
    """What became of a working programme."""

    programme = models.ForeignKey(WorkingProgramme, on_delete=models.PROTECT, related_name="decisions")

    class Meta(Decision.Meta):
        constraints = [
            models.CheckConstraint(name="teaching_programmedecision_known", condition=Q(decision__in=_DECISIONS)),
            models.CheckConstraint(
                name="teaching_programmedecision_says_why",
                condition=~Q(decision=ApprovalState.RETURNED) | ~Q(remarks=""),
            ),
        ]
