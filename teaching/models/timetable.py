"""When lessons are: lines of the timetable, the meetings that follow from them, approved changes, substitutions."""

from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Teacher, User
from accounts.permissions import rights_of
from teaching.enums import Answer, ChangeKind, LessonState, WeekParity
from teaching.models.courses import Workload
from university.models import DateRange, Room, Semester
from university.selectors import policy_by_unit

PARITY_LABELS = {
    WeekParity.EVERY: _("every week"),
    WeekParity.ODD: _("odd weeks"),
    WeekParity.EVEN: _("even weeks"),
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
    ChangeKind.ROOM: _("another auditorium"),
    ChangeKind.NOT_HELD: _("did not take place"),
    ChangeKind.HOLIDAY: _("holiday"),
    ChangeKind.LINE: _("timetable line"),
}
ANSWER_LABELS = {
    Answer.NONE: _("no answer yet"),
    Answer.CONFIRMED: _("confirmed"),
    Answer.OBJECTED: _("objects"),
}
# What needs no order: a teacher's word that the study office confirmed, another room, a day of the calendar.
WITHOUT_ORDER = (ChangeKind.ROOM, ChangeKind.NOT_HELD, ChangeKind.HOLIDAY)


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


class LessonChangeQuerySet(models.QuerySet["LessonChange"]):
    def in_force(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)

    def visible_to(self, user: User, *, on: date) -> Self:
        """Changes of the journals that the user may read. A holiday concerns everybody."""
        if rights_of(user, on=on).sees_everything:
            return self.all()
        journals = Workload.objects.visible_to(user, on=on)
        served = LessonWorkload.objects.filter(workload__in=journals).values("lesson_id")
        return self.filter(
            Q(kind=ChangeKind.HOLIDAY)
            | Q(lesson_id__in=served)
            | Q(became_lesson_id__in=served)
            | Q(workload__in=journals)
        )


class LessonChange(models.Model):
    """An approved departure from the timetable with its reason, and its order where one is needed (§3.5g, §1.4).

    `lesson` is the meeting that it is about: the one that moved, fell out, or is made up for; `became_lesson` the
    one that it brought. A holiday is about all lessons of its `day`, a line of the timetable about a `workload`.
    `was` and `became` are places as `selectors.changes.place_of` writes them: history is copied.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=[(k.value, CHANGE_LABELS[k]) for k in ChangeKind])
    day = models.DateField(_("day"), null=True, blank=True)
    lesson = models.ForeignKey(
        "teaching.Lesson", verbose_name=_("lesson"), null=True, on_delete=models.PROTECT, related_name="changes"
    )
    became_lesson = models.ForeignKey("teaching.Lesson", null=True, on_delete=models.PROTECT, related_name="made_by")
    workload = models.ForeignKey(
        Workload, verbose_name=_("workload"), null=True, on_delete=models.PROTECT, related_name="changes"
    )
    was = models.JSONField(default=dict, blank=True)
    became = models.JSONField(default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    order_number = models.CharField(_("order number"), max_length=60, blank=True)
    order_date = models.DateField(_("order date"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("approved by"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved at"))
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    objects = LessonChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of the timetable")
        verbose_name_plural = _("changes of the timetable")
        ordering = ["-approved_at", "-id"]
        indexes = [models.Index(fields=["-approved_at", "-id"], name="teaching_lessonchange_list")]
        constraints = [
            # §3.5g, §1.4: what departs from the timetable rests on an order.
            models.CheckConstraint(
                name="teaching_lessonchange_order",
                condition=Q(kind__in=[kind.value for kind in WITHOUT_ORDER])
                | (~Q(order_number="") & Q(order_date__isnull=False)),
            ),
            models.UniqueConstraint(
                name="teaching_lessonchange_one_holiday",
                fields=["day"],
                condition=Q(kind=ChangeKind.HOLIDAY.value, withdrawn_at__isnull=True),
            ),
        ]


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
    def living(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)

    def in_force(self, on: date) -> Self:
        """Substitutions whose lesson may be filled on a day: from its day to the end of the filling window, which a
        unit may have of its own; while the substitute works here."""
        works_here = Q(substitute__ends_on__isnull=True) | Q(substitute__ends_on__gte=on)
        return self.living().filter(works_here, _in_window(on), lesson__date__lte=on)

    def visible_to(self, user: User, *, on: date) -> Self:
        """Those of the absences that the user may read, and those in which he is named or the one who is away."""
        rights = rights_of(user, on=on)
        if rights.sees_everything:
            return self.all()
        return self.filter(
            Q(lesson__teacher__department_id__in=rights.department_ids)
            | Q(lesson__teacher__department__unit_id__in=rights.unit_ids)
            | Q(lesson__teacher__user_id=user.id)
            | Q(substitute__user_id=user.id)
        )


def _in_window(on: date) -> Q:
    """The filling window of the lesson's unit, by one query for the settings."""
    usual, of_units = policy_by_unit("filling_window_days", on=on)
    if not of_units:
        return Q(lesson__date__gte=on - timedelta(days=usual))
    unit = "workload__course__group__unit_id"
    served = LessonWorkload.objects.filter(lesson=OuterRef("lesson"))
    fits = Q(lesson__date__gte=on - timedelta(days=usual)) & ~Q(**{f"{unit}__in": list(of_units)})
    for unit_id, days in of_units.items():
        fits |= Q(**{unit: unit_id, "lesson__date__gte": on - timedelta(days=days)})
    return Q(Exists(served.filter(fits)))


class Substitution(models.Model):
    """Another teacher for one lesson, named by the head (§3.5h): rights on this lesson and no other.

    Both teachers confirm or object ("is agreed between the teachers"); it stands meanwhile. `note` is what the
    substitute should know. `absence` is why; rows from before absences were recorded have only the reason.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="substitutions")
    substitute = models.ForeignKey(Teacher, on_delete=models.PROTECT, related_name="substitutions")
    absence = models.ForeignKey(
        "teaching.TeacherAbsence", null=True, on_delete=models.PROTECT, related_name="substitutions"
    )
    reason = models.CharField(_("reason"), max_length=300)
    note = models.CharField(_("note for the substitute"), max_length=500, blank=True)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField(_("named at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    teacher_answer = models.CharField(
        max_length=10, choices=[(a.value, ANSWER_LABELS[a]) for a in Answer], default=Answer.NONE
    )
    teacher_answer_text = models.CharField(max_length=300, blank=True)
    teacher_answered_at = models.DateTimeField(null=True)
    substitute_answer = models.CharField(
        max_length=10, choices=[(a.value, ANSWER_LABELS[a]) for a in Answer], default=Answer.NONE
    )
    substitute_answer_text = models.CharField(max_length=300, blank=True)
    substitute_answered_at = models.DateTimeField(null=True)

    objects = SubstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("substitution")
        verbose_name_plural = _("substitutions")
        constraints = [
            models.UniqueConstraint(
                name="teaching_substitution_one", fields=["lesson"], condition=Q(withdrawn_at__isnull=True)
            ),
            # §3.5h: who has answered, answered at a moment.
            models.CheckConstraint(
                name="teaching_substitution_teacher_answer",
                condition=Q(teacher_answer=Answer.NONE, teacher_answered_at__isnull=True)
                | Q(teacher_answer__in=[Answer.CONFIRMED, Answer.OBJECTED], teacher_answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="teaching_substitution_substitute_answer",
                condition=Q(substitute_answer=Answer.NONE, substitute_answered_at__isnull=True)
                | Q(substitute_answer__in=[Answer.CONFIRMED, Answer.OBJECTED], substitute_answered_at__isnull=False),
            ),
        ]
