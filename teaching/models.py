"""Who teaches what to whom, when. A workload is "a journal"; a lesson is one meeting of one or several of them."""

from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Student, Teacher, User
from accounts.permissions import rights_of
from teaching.enums import ChangeKind, EnrolmentBasis, LessonState, WeekParity
from university.enums import ControlForm, LessonKind
from university.models import (
    CONTROL_FORM_LABELS,
    LESSON_KIND_LABELS,
    DateRange,
    Department,
    Discipline,
    Group,
    Room,
    Semester,
    Subgroup,
)
from university.selectors import policy

PARITY_LABELS = {
    WeekParity.EVERY: _("every week"),
    WeekParity.ODD: _("odd weeks"),
    WeekParity.EVEN: _("even weeks"),
}
BASIS_LABELS = {
    EnrolmentBasis.GROUP: _("with the group"),
    EnrolmentBasis.ELECTIVE: _("elective"),
    EnrolmentBasis.REPEAT: _("repeats the course"),
    EnrolmentBasis.EXEMPT: _("exempt"),
}
STATE_LABELS = {
    LessonState.PLANNED: _("planned"),
    LessonState.HELD: _("held"),
    LessonState.NOT_HELD: _("did not take place"),
    LessonState.CANCELLED: _("cancelled"),
}
CHANGE_LABELS = {
    ChangeKind.MAKE_UP: _("make-up lesson"),
    ChangeKind.MOVE: _("moved lesson"),
    ChangeKind.CANCEL: _("cancelled lesson"),
}


def in_force(on: date, prefix: str = "") -> Q:
    """Rows with `starts_on` and `ends_on` (open, or the last day) that hold on a day."""
    return Q(**{f"{prefix}starts_on__lte": on}) & (
        Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": on})
    )


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
            Exists(WorkloadTeacher.objects.filter(in_force(on), workload=OuterRef("pk"), teacher__user_id=user.id))
        )

    def visible_to(self, user: User, *, on: date) -> Self:
        """Journals that the user may read: keeper, teacher of the same course, substitute, head of the workload's
        or the teacher's department, dean and dean's office of the group's unit, curator of the group, study office
        and leadership. Administrators, students and parents read none: the cabinet is theirs."""
        rights = rights_of(user, on=on)
        if rights.sees_everything:
            return self.all()
        reach = Q(pk__in=[])
        if rights.teacher_id is not None:
            mine = WorkloadTeacher.objects.filter(in_force(on), teacher_id=rights.teacher_id)
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
                        in_force(on),
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


class Slot(models.Model):
    """A line of the timetable: one workload, one weekday, one pair, every week or odd or even ones (§3.5g).

    `weekday` is ISO: 1 Monday … 7 Sunday. An empty room is real: 40 % of the lines have none.
    """

    workload = models.ForeignKey(Workload, verbose_name=_("workload"), on_delete=models.PROTECT, related_name="slots")
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    pair = models.PositiveSmallIntegerField(_("pair"))
    parity = models.CharField(_("weeks"), max_length=5, choices=[(p.value, PARITY_LABELS[p]) for p in WeekParity])
    room = models.ForeignKey(
        Room,
        verbose_name=_("auditorium"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="slots",
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))

    class Meta:
        verbose_name = _("timetable line")
        verbose_name_plural = _("timetable")
        indexes = [models.Index(fields=["room", "weekday", "pair"], name="teaching_slot_room")]
        constraints = [
            models.CheckConstraint(name="teaching_slot_weekday", condition=Q(weekday__gte=1, weekday__lte=7)),
            models.CheckConstraint(name="teaching_slot_dates", condition=Q(ends_on__gte=F("starts_on"))),
            ExclusionConstraint(
                name="teaching_slot_once",
                expressions=[
                    ("workload", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    ("pair", RangeOperators.EQUAL),
                    ("parity", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary(True, True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class LessonChange(models.Model):
    """An approved departure from the timetable, with reason and order: a make-up, a move, a cancellation (§3.5g)."""

    kind = models.CharField(_("kind"), max_length=10, choices=[(k.value, CHANGE_LABELS[k]) for k in ChangeKind])
    reason = models.CharField(_("reason"), max_length=300)
    order_number = models.CharField(_("order number"), max_length=60)
    order_date = models.DateField(_("order date"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("approved by"), on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved at"))

    class Meta:
        verbose_name = _("change of the timetable")
        verbose_name_plural = _("changes of the timetable")


class LessonQuerySet(models.QuerySet["Lesson"]):
    def visible_to(self, user: User, *, on: date) -> Self:
        """Lessons of the journals that the user may read."""
        return self.filter(
            Exists(
                LessonWorkload.objects.filter(
                    lesson=OuterRef("pk"), workload__in=Workload.objects.visible_to(user, on=on)
                )
            )
        )


class Lesson(models.Model):
    """One meeting: one teacher, one time, one room (or none), one or several workloads.

    `starts_at` and `ends_at` are moments; `date` is their day in Bishkek. `pair` is empty for a make-up lesson
    outside the bells. `roll_taken_at` is set by the write that completes the roll, and stays.
    """

    semester = models.ForeignKey(Semester, on_delete=models.PROTECT, related_name="lessons")
    date = models.DateField(_("date"))
    pair = models.PositiveSmallIntegerField(_("pair"), null=True, blank=True)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    room = models.ForeignKey(
        Room,
        verbose_name=_("auditorium"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lessons",
    )
    teacher = models.ForeignKey(Teacher, verbose_name=_("teacher"), on_delete=models.PROTECT, related_name="lessons")
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(s.value, STATE_LABELS[s]) for s in LessonState],
        default=LessonState.PLANNED,
    )
    topic = models.CharField(_("topic"), max_length=300, blank=True)
    work_kinds = ArrayField(models.CharField(max_length=80), verbose_name=_("kinds of work"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    roll_taken_at = models.DateTimeField(_("roll taken at"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(null=True)
    request_id = models.UUIDField(null=True)

    objects = LessonQuerySet.as_manager()

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["teacher", "date"], name="teaching_lesson_teacher"),
            models.Index(fields=["date"], name="teaching_lesson_date"),
            models.Index(fields=["room", "date"], name="teaching_lesson_room"),
        ]
        constraints = [
            models.CheckConstraint(name="teaching_lesson_times", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="teaching_lesson_state_known", condition=Q(state__in=[s.value for s in LessonState])
            ),
        ]


class LessonWorkload(models.Model):
    """A workload that a meeting serves, and what it rests on: a line of the timetable or an approved change.

    Law 2 (§3.5g): one of both is there; a trigger holds the line's workload, weekday and days against the lesson.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="workloads")
    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="lessons")
    slot = models.ForeignKey(Slot, null=True, on_delete=models.PROTECT, related_name="lessons")
    change = models.ForeignKey(LessonChange, null=True, on_delete=models.PROTECT, related_name="lessons")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="teaching_lessonworkload_once", fields=["lesson", "workload"]),
            models.CheckConstraint(
                name="teaching_lessonworkload_rests_on_timetable",
                condition=Q(slot__isnull=False) | Q(change__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["workload", "lesson"], name="teaching_lessonworkload_list")]


class SubstitutionQuerySet(models.QuerySet["Substitution"]):
    def in_force(self, on: date) -> Self:
        """Substitutions whose lesson may be filled on a day: from its day to the end of the filling window."""
        days = policy("filling_window_days", on=on)
        return self.filter(withdrawn_at__isnull=True, lesson__date__lte=on, lesson__date__gte=on - timedelta(days=days))


class Substitution(models.Model):
    """Another teacher for one lesson, named by the head (§3.5h): rights on this lesson and no other."""

    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="substitutions")
    substitute = models.ForeignKey(Teacher, on_delete=models.PROTECT, related_name="substitutions")
    reason = models.CharField(_("reason"), max_length=300)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField(_("named at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    objects = SubstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("substitution")
        verbose_name_plural = _("substitutions")
        constraints = [
            models.UniqueConstraint(
                name="teaching_substitution_one", fields=["lesson"], condition=Q(withdrawn_at__isnull=True)
            )
        ]
