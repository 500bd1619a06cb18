"""Orders about students: who came, went, changed group or course, by which paper (§7.5).

An order writes enrolments (`GroupEnrolment`, `CourseEnrolment`); rosters read those alone. What a line changed is
kept with it, so that an order can be withdrawn while nothing rests on it.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Student, User
from teaching.enums import OrderKind, StudentState
from teaching.models.courses import Course
from university.models import Group, Subgroup, Unit

ORDER_LABELS = {
    OrderKind.ENROL: _("enrolment"),
    OrderKind.TRANSFER: _("transfer to another group"),
    OrderKind.SUBGROUP: _("change of subgroup"),
    OrderKind.LEAVE: _("academic leave"),
    OrderKind.RETURN: _("return from leave"),
    OrderKind.EXPEL: _("expulsion"),
    OrderKind.REINSTATE: _("reinstatement"),
    OrderKind.ELECTIVE: _("chosen course"),
    OrderKind.REPEAT: _("course taken again"),
    OrderKind.EXEMPT: _("exemption from a course"),
    OrderKind.COURSE_END: _("end of a course for a student"),
}
STUDENT_STATE_LABELS = {
    StudentState.NOT_YET: _("not enrolled yet"),
    StudentState.STUDYING: _("studies"),
    StudentState.ON_LEAVE: _("on academic leave"),
    StudentState.EXPELLED: _("expelled"),
    StudentState.LEFT: _("in no group"),
}


class StudentOrder(models.Model):
    """A paper about one student or many, in force from `effective_on` (§7.5).

    `unit` is whose office made it. `course`: the order is about the place in this course only.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=[(k.value, ORDER_LABELS[k]) for k in OrderKind])
    number = models.CharField(_("order number"), max_length=60)
    date = models.DateField(_("order date"))
    effective_on = models.DateField(_("in force from"))
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="student_orders")
    course = models.ForeignKey(
        Course, verbose_name=_("course"), null=True, on_delete=models.PROTECT, related_name="orders"
    )
    text = models.CharField(_("basis"), max_length=500, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("order about students")
        verbose_name_plural = _("orders about students")
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["-made_at", "-id"], name="teaching_studentorder_newest")]
        constraints = [
            # §7.5: nobody comes or goes without a paper.
            models.CheckConstraint(name="teaching_studentorder_number", condition=~Q(number="")),
            models.CheckConstraint(
                name="teaching_studentorder_withdrawn",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class StudentOrderLine(models.Model):
    """One student of an order. `until`: the last day of a leave, as planned. `undo`: the enrolments that the line
    made, changed and took away, as they were and became (see `teaching.services.snapshots`)."""

    order = models.ForeignKey(StudentOrder, on_delete=models.PROTECT, related_name="lines")
    student = models.ForeignKey(
        Student, verbose_name=_("student"), on_delete=models.PROTECT, related_name="order_lines"
    )
    from_group = models.ForeignKey(
        Group, verbose_name=_("from the group"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    to_group = models.ForeignKey(
        Group, verbose_name=_("to the group"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    subgroup = models.ForeignKey(
        Subgroup, verbose_name=_("subgroup"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    until = models.DateField(_("until"), null=True)
    undo = models.JSONField()

    class Meta:
        verbose_name = _("line of an order")
        verbose_name_plural = _("lines of orders")
        constraints = [
            models.UniqueConstraint(name="teaching_studentorderline_one", fields=["order", "student"]),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.student_id}"
