"""The teacher's word on a list, and the dean's office's answer (§7.5)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Student, User
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from messaging.services import notify
from teaching.enums import ReportKind
from teaching.models import RosterCheck, RosterReport, Workload
from teaching.selectors.rosters import last_check, standing_list
from teaching.selectors.students import offices_of


@transaction.atomic
def confirm_list(*, workload: Workload, shown: Sequence[int], by: User, now: datetime) -> RosterCheck:
    """The keeper says that a journal's list is right. `shown`: the ids of the students that he saw.

    Refused: `list_changed` (409) where the list is another by now, `list_empty`. A repeat changes nothing.
    """
    Workload.objects.select_for_update(no_key=True).get(pk=workload.pk)
    standing = sorted(member.student_id for member in standing_list(workload, on=day_of(now)))
    if not standing:
        raise Refusal(_("Nobody is on the list: there is nothing to confirm."), code="list_empty")
    if standing != sorted(shown):
        raise Refusal(_("The list has changed meanwhile: look at it again."), code="list_changed", status=409)
    check = last_check(workload)
    if check is not None and check.students == standing:
        return check
    return RosterCheck.objects.create(workload=workload, students=standing, by=by, at=now)


@transaction.atomic
def report_list(
    *,
    workload: Workload,
    kind: ReportKind,
    student_id: int | None,
    typed_name: str,
    text: str,
    by: User,
    now: datetime,
) -> RosterReport:
    """The keeper tells the dean's office what is wrong with a list. The group's unit is told.

    Refused: `name_missing` (who is missing?), `not_on_list` (the student meant stands not on it), `remark_missing`
    (which data are wrong?), `already_reported` (409) while the same waits.
    """
    Workload.objects.select_for_update(no_key=True).get(pk=workload.pk)
    typed_name, text = " ".join(typed_name.split()), text.strip()
    student: Student | None = None
    if kind == ReportKind.MISSING:
        if not typed_name:
            raise Refusal(_("Write who is missing: surname and given name."), code="name_missing")
    else:
        typed_name = ""
        if student_id not in {member.student_id for member in standing_list(workload, on=day_of(now))}:
            raise Refusal(_("Choose a student of the list."), code="not_on_list")
        student = Student.objects.get(pk=student_id)
        if kind == ReportKind.WRONG_DATA and not text:
            raise Refusal(_("Write what is wrong, and how it should be."), code="remark_missing")
    same = RosterReport.objects.filter(
        workload=workload, kind=kind, student=student, typed_name=typed_name, settled_at__isnull=True
    )
    if same.exists():
        raise Refusal(
            _("This is reported already and waits for the dean's office."), code="already_reported", status=409
        )
    report = RosterReport.objects.create(
        workload=workload,
        kind=kind,
        student=student,
        typed_name=typed_name,
        text=text,
        reported_by=by,
        reported_at=now,
    )
    group = workload.course.group
    notify(
        offices_of([group.unit_id], on=day_of(now)),
        kind="roster_report",
        text=lambda: (
            _("%(teacher)s reports about the list of %(group)s.")
            % {"teacher": by.get_short_name(), "group": group.name}
        ),
        url=reverse("roster_report", args=[report.pk]),
        event=f"roster_report:{report.pk}",
        now=now,
    )
    return report


@transaction.atomic
def settle_report(*, report: RosterReport, answer: str, by: User, now: datetime) -> RosterReport:
    """The dean's office answers: what was done, or why nothing was. The teacher is told.

    Refused: `answer_missing`, `already_settled` (409).
    """
    answer = answer.strip()
    if not answer:
        raise Refusal(_("Write what was done, or why the list is right."), code="answer_missing")
    report = (
        RosterReport.objects.select_for_update(of=("self",))
        .select_related("reported_by", "workload__course__group")
        .get(pk=report.pk)
    )
    if report.settled_at is not None:
        raise Refusal(_("This report is settled already."), code="already_settled", status=409)
    report.answer, report.settled_by, report.settled_at = answer, by, now
    report.save(update_fields=["answer", "settled_by", "settled_at"])
    group = report.workload.course.group
    notify(
        [report.reported_by],
        kind="roster_report",
        text=lambda: (
            _("The dean's office answered about the list of %(group)s: %(answer)s")
            % {"group": group.name, "answer": answer}
        ),
        url=reverse("roster_report", args=[report.pk]),
        event=f"roster_report:{report.pk}:settled",
        now=now,
    )
    return report
