"""Rows of students, orders, lists (trials.md, "students, groups, orders")."""

from typing import Any

from teaching.enums import ReportKind
from teaching.models import RosterReport, StudentOrder
from tests import factories as make
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import READERS, Row

OFFICES = ("office", "dean", "study")
EVERY_OFFICE = (*OFFICES, "far_dean")
TEACHERS = ("teacher", "colleague", "other", "substitute")
# The group's own: the department of the head teaches it.
SEES_GROUP = ("curator", "head", "office", "dean", "study", "leadership")


def extend(cast: Cast) -> None:
    """An order of the unit, and a report on the journal's list."""
    made: Any = cast
    office, teacher = cast.people["office"], cast.people["teacher"]
    assert office is not None
    assert teacher is not None
    made.order = StudentOrder.objects.create(
        kind="expel",
        number="7-К",
        date=make.MONDAY,
        effective_on=make.MONDAY,
        unit=cast.group.unit,
        made_by=office,
        made_at=NOW,
    )
    made.report = RosterReport.objects.create(
        workload=cast.journal,
        kind=ReportKind.MISSING,
        typed_name="Асанов Бек",
        reported_by=teacher,
        reported_at=NOW,
    )


def made(cast: Cast) -> Any:
    return cast


ROWS = [
    Row("students", lambda c: "/students/", {200: ("curator", "head", "far_head", *EVERY_OFFICE, "leadership")}),
    Row("student_file", lambda c: f"/students/{c.student.id}/", {200: SEES_GROUP}),
    Row("orders", lambda c: "/orders/", {200: (*EVERY_OFFICE, "leadership")}),
    Row("order_new", lambda c: "/orders/new/", {200: EVERY_OFFICE, 403: ("leadership",)}),
    Row("order_new", lambda c: "/orders/new/?kind=expel", {200: EVERY_OFFICE, 403: ("leadership",)}),
    # An empty form: nobody carries anything out by it.
    Row(
        "order_new",
        lambda c: "/orders/new/",
        {422: EVERY_OFFICE, 403: ("leadership",)},
        method="post",
        data=lambda c: {"kind": "expel"},
    ),
    Row("order", lambda c: f"/orders/{made(c).order.id}/", {200: (*OFFICES, "leadership")}),
    # The first of them withdraws it, for the others it is withdrawn already.
    Row(
        "order",
        lambda c: f"/orders/{made(c).order.id}/",
        {302: ("office",), 409: ("dean", "study"), 403: ("leadership",)},
        method="post",
    ),
    Row("subgroups", lambda c: f"/groups/{c.group.id}/subgroups/", {200: SEES_GROUP}),
    Row(
        "subgroups",
        lambda c: f"/groups/{c.group.id}/subgroups/",
        {422: OFFICES, 403: ("curator", "head", "leadership")},
        method="post",
    ),
    Row("course_students", lambda c: f"/courses/{c.course.id}/students/", {200: READERS}),
    Row(
        "course_students",
        lambda c: f"/courses/{c.course.id}/students/",
        {422: OFFICES, 403: tuple(set(READERS) - set(OFFICES))},
        method="post",
    ),
    Row("journal_roster", lambda c: f"/journals/{c.journal.id}/roster/", {200: READERS}),
    Row(
        "journal_roster",
        lambda c: f"/journals/{c.journal.id}/roster/",
        {422: ("teacher",), 403: tuple(set(READERS) - {"teacher"})},
        method="post",
        data=lambda c: {"deed": "report"},
    ),
    Row("rosters", lambda c: "/rosters/", {200: (*TEACHERS, "head", "far_head", *EVERY_OFFICE, "leadership")}),
    Row("roster_report", lambda c: f"/rosters/{made(c).report.id}/", {200: READERS}),
    Row(
        "roster_report",
        lambda c: f"/rosters/{made(c).report.id}/",
        {422: OFFICES, 403: tuple(set(READERS) - set(OFFICES))},
        method="post",
    ),
]
