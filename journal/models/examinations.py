"""When and where exams and credit tests are held, and the commissions that hold the last of them (§5.2)."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Teacher
from journal.models.selfstudy import Recorded
from teaching.models import Course
from university.enums import ControlForm
from university.models import CONTROL_FORM_LABELS, Group, Room, Unit

_STANDS = Q(cancelled_at__isnull=True)


class MomentRange(Func):
    """The half-open range of two moments: who ends at ten and who begins at ten do not meet."""

    function = "tstzrange"
    output_field = DateTimeRangeField()

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        super().__init__(*expressions, **extra)


def _alone(name: str, column: str) -> ExclusionConstraint:
    """Nobody and nothing is at two exams at once, unless the groups sit together."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            (column, RangeOperators.EQUAL),
            (MomentRange("starts_at", "ends_at", RangeBoundary(True, False)), RangeOperators.OVERLAPS),
            ("sitting", RangeOperators.NOT_EQUAL),
        ],
        condition=_STANDS,
    )


class Commission(Recorded):
    """People named by an order of a unit to examine together."""

    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="commissions")
    name = models.CharField(_("name"), max_length=200)
    order_number = models.CharField(_("order number"), max_length=60)
    order_date = models.DateField(_("order date"))

    class Meta:
        verbose_name = _("commission")
        verbose_name_plural = _("commissions")
        ordering = ["-order_date", "-id"]
        constraints = [models.CheckConstraint(name="journal_commission_named", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name


class CommissionMember(models.Model):
    """A member of a commission; one of them chairs it."""

    commission = models.ForeignKey(Commission, on_delete=models.PROTECT, related_name="members", db_index=False)
    teacher = models.ForeignKey(Teacher, verbose_name=_("teacher"), on_delete=models.PROTECT, related_name="+")
    is_chair = models.BooleanField(_("chair"), default=False)

    class Meta:
        ordering = ["-is_chair", "id"]
        constraints = [
            models.UniqueConstraint(name="journal_commissionmember_one", fields=["commission", "teacher"]),
            models.UniqueConstraint(
                name="journal_commissionmember_one_chair", fields=["commission"], condition=Q(is_chair=True)
            ),
        ]


class Exam(Recorded):
    """An exam or credit test in the timetable of the session: of a course, for an attempt.

    `group` is the course's, copied, so that the database sees who is in two places at once. `sitting` says who sits
    together: exams of one discipline, examiner, room and moment have the same one.
    """

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="exams")
    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.PROTECT, related_name="exams")
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    kind = models.CharField(_("kind"), max_length=10, choices=[(c.value, CONTROL_FORM_LABELS[c]) for c in ControlForm])
    date = models.DateField(_("day"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    room = models.ForeignKey(
        Room, verbose_name=_("auditorium"), null=True, on_delete=models.PROTECT, related_name="exams"
    )
    examiner = models.ForeignKey(Teacher, verbose_name=_("examiner"), on_delete=models.PROTECT, related_name="exams")
    sitting = models.CharField(max_length=80)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("exam in the timetable")
        verbose_name_plural = _("exams in the timetable")
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["date"], name="journal_exam_day")]
        constraints = [
            models.CheckConstraint(name="journal_exam_times", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="journal_exam_attempt", condition=Q(attempt__gte=1, attempt__lte=9)),
            models.CheckConstraint(
                name="journal_exam_kind_known", condition=Q(kind__in=[c.value for c in ControlForm])
            ),
            models.CheckConstraint(
                name="journal_exam_cancelled_by_someone",
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
            ),
            models.UniqueConstraint(name="journal_exam_one", fields=["course", "attempt"], condition=_STANDS),
            _alone("journal_exam_room_free", "room"),
            _alone("journal_exam_examiner_free", "examiner"),
            ExclusionConstraint(
                name="journal_exam_group_free",
                expressions=[
                    ("group", RangeOperators.EQUAL),
                    (MomentRange("starts_at", "ends_at", RangeBoundary(True, False)), RangeOperators.OVERLAPS),
                ],
                condition=_STANDS,
            ),
        ]
