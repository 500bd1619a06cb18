"""What is taught to whom, and by whom: courses, enrolments, workloads ("journals") and their keepers."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Student, Teacher, User
from accounts.permissions import rights_of
from teaching.enums import EnrolmentBasis
from university.enums import ControlForm, LessonKind
from university.models import (
    CONTROL_FORM_LABELS,
    LESSON_KIND_LABELS,
    DateRange,
    Department,
    Discipline,
    Group,
    Semester,
    Subgroup,
)

BASIS_LABELS = {
    EnrolmentBasis.GROUP: _("with the group"),
    EnrolmentBasis.ELECTIVE: _("elective"),
    EnrolmentBasis.REPEAT: _("repeats the course"),
    EnrolmentBasis.EXEMPT: _("exempt"),
}


def keeping(on: date) -> Q:
    """Rows of WorkloadTeacher whose journal its teacher keeps on a day: those in force, and before the semester
    begins those that begin with it, so that its plans and topics are ready on the first day (§4.1)."""
    begun = Q(starts_on__lte=on) | Q(starts_on__lte=F("workload__course__semester__starts_on"))
    return begun & (Q(ends_on__isnull=True) | Q(ends_on__gte=on))


class Course(models.Model):
    """Discipline × group × semester: what a result sheet is about, and what the course's lock guards."""

    discipline = models.ForeignKey(Discipline, verbose_name=_("discipline"), on_delete=models.PROTECT)
    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.PROTECT, related_name="courses")
    semester = models.ForeignKey(Semester, verbose_name=_("semester"), on_delete=models.PROTECT, related_name="courses")
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="courses"
    )
    control_form = models.CharField(
        _("control form"), max_length=10, choices=[(c.value, CONTROL_FORM_LABELS[c]) for c in ControlForm]
    )
    credits = models.DecimalField(_("credits"), max_digits=4, decimal_places=1)
    lead = models.ForeignKey(
        Teacher, verbose_name=_("lead teacher"), null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [models.UniqueConstraint(name="teaching_course_one", fields=["discipline", "group", "semester"])]

    def __str__(self) -> str:
        return f"{self.discipline} · {self.group}"


class CourseEnrolment(models.Model):
    """A student on a course from a day to a day (the last included): every roster, scan and sheet reads this."""

    student = models.ForeignKey(
        Student, verbose_name=_("student"), on_delete=models.PROTECT, related_name="course_enrolments"
    )
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="enrolments")
    subgroup = models.ForeignKey(Subgroup, verbose_name=_("subgroup"), null=True, blank=True, on_delete=models.PROTECT)
    basis = models.CharField(_("basis"), max_length=10, choices=[(b.value, BASIS_LABELS[b]) for b in EnrolmentBasis])
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("enrolment in a course")
        verbose_name_plural = _("enrolments in courses")
        indexes = [models.Index(fields=["course", "student"], name="teaching_courseenrolment_list")]
        constraints = [
            models.CheckConstraint(
                name="teaching_courseenrolment_dates",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            # Law 6.
            ExclusionConstraint(
                name="teaching_courseenrolment_no_overlap",
                expressions=[
                    ("student", RangeOperators.EQUAL),
                    ("course", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary(True, True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class WorkloadQuerySet(models.QuerySet["Workload"]):
    """Journals, by who may see them (trials.md, "who may do what")."""

    def kept_by(self, user: User, *, on: date) -> Self:
        """Journals that the user keeps on a day: those he may fill."""
        return self.filter(
            Exists(WorkloadTeacher.objects.filter(keeping(on), workload=OuterRef("pk"), teacher__user_id=user.id))
        )

    def visible_to(self, user: User, *, on: date) -> Self:
        """Journals that the user may read: keeper, teacher of the same course, substitute, head of the workload's
        or the teacher's department, dean and dean's office of the group's unit, curator of the group, study office
        and leadership. A keeper whose days begin later reads already: he prepares (§4.1). Administrators, students and
        parents read none: the cabinet is theirs."""
        # Lessons rest on workloads, and stand in the module that imports this one.
        from teaching.models.timetable import Substitution

        rights = rights_of(user, on=on)
        if rights.sees_everything:
            return self.all()
        reach = Q(pk__in=[])
        if rights.teacher_id is not None:
            not_over = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
            mine = WorkloadTeacher.objects.filter(not_over, teacher_id=rights.teacher_id)
            reach |= Q(course_id__in=mine.values("workload__course_id"))
            reach |= Q(
                pk__in=Substitution.objects.in_force(on)
                .filter(substitute_id=rights.teacher_id)
                .values("lesson__workloads__workload_id")
            )
        if rights.department_ids:
            reach |= Q(department_id__in=rights.department_ids)
            reach |= Q(
                Exists(
                    WorkloadTeacher.objects.filter(
                        keeping(on),
                        workload=OuterRef("pk"),
                        teacher__department_id__in=rights.department_ids,
                    )
                )
            )
        if rights.unit_ids:
            reach |= Q(course__group__unit_id__in=rights.unit_ids)
        if rights.group_ids:
            reach |= Q(course__group_id__in=rights.group_ids)
        return self.filter(reach)


class Workload(models.Model):
    """Course × kind × subgroup with its hours: "a journal" (§3.2). `number` is the workbook's key.

    `department` is the workload's, which may be another than its teacher's. An empty subgroup means the group.
    `stream` (агым) joins workloads of several groups into one meeting where day, pair, week and room agree too.
    """

    number = models.CharField(_("workload number"), max_length=40, unique=True)
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="workloads")
    kind = models.CharField(
        _("kind of lesson"), max_length=12, choices=[(k.value, LESSON_KIND_LABELS[k]) for k in LessonKind]
    )
    subgroup = models.ForeignKey(Subgroup, verbose_name=_("subgroup"), null=True, blank=True, on_delete=models.PROTECT)
    hours = models.PositiveSmallIntegerField(_("hours"))
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="workloads"
    )
    stream = models.CharField(_("stream"), max_length=40, blank=True)

    objects = WorkloadQuerySet.as_manager()

    class Meta:
        verbose_name = _("workload")
        verbose_name_plural = _("workloads")

    def __str__(self) -> str:
        return self.number


class WorkloadTeacher(models.Model):
    """Who keeps a journal from a day to a day; a successor continues the same journal."""

    workload = models.ForeignKey(
        Workload, verbose_name=_("workload"), on_delete=models.PROTECT, related_name="teachers"
    )
    teacher = models.ForeignKey(Teacher, verbose_name=_("teacher"), on_delete=models.PROTECT, related_name="workloads")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("teacher of a workload")
        verbose_name_plural = _("teachers of workloads")
        constraints = [
            models.CheckConstraint(
                name="teaching_workloadteacher_dates",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            # One keeper on a day: "the group's journal" has one hand (§4.3).
            ExclusionConstraint(
                name="teaching_workloadteacher_one_a_day",
                expressions=[
                    ("workload", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary(True, True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]
