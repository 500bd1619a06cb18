"""Doors to lists that are confirmed and to reports on them (§7.5)."""

from datetime import datetime

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Rights, rights_of
from ejournal.lib.clock import day_of
from teaching.models import RosterReport, Workload
from teaching.permissions import ReportDoor, makes_orders, reads_rosters


def get_rosters_scope(user: User, *, now: datetime) -> Rights:
    """The rights by which lists are watched or confirmed; 404 to who has none."""
    rights = rights_of(user, on=day_of(now))
    if not reads_rosters(rights):
        raise Http404
    return rights


def get_report(user: User, report_id: int, *, now: datetime) -> ReportDoor:
    """A report on a journal that the person may read, and whether he may settle it."""
    today = day_of(now)
    report: RosterReport = get_object_or_404(
        RosterReport.objects.select_related(
            "workload__course__discipline",
            "workload__course__group__unit",
            "workload__subgroup",
            "student__user",
            "reported_by",
            "settled_by",
        ),
        pk=report_id,
    )
    if not Workload.objects.visible_to(user, on=today).filter(pk=report.workload_id).exists():
        raise Http404
    rights = rights_of(user, on=today)
    own = rights.has(Role.STUDY_OFFICE) or report.workload.course.group.unit_id in rights.unit_ids
    return ReportDoor(report, can_settle=makes_orders(rights) and own)
