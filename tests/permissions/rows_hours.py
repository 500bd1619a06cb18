"""Rows of the hours ledger and of the department's own journal."""

from datetime import date

from reports.enums import EntrySource
from reports.models import DepartmentBookEntry, DepartmentBookMonth
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import READERS, WATCHERS, Row

SEES_HOURS = (*WATCHERS, "teacher", "colleague", "other", "substitute")


def extend(cast: Cast) -> None:
    """The book says a day on which the journal has no lesson: a difference to settle."""
    head = cast.people["head"]
    assert head is not None
    DepartmentBookEntry.objects.create(
        workload=cast.journal, date=date(2026, 9, 7), source=EntrySource.PAGE, entered_by=head, entered_at=NOW
    )
    DepartmentBookMonth.objects.create(workload=cast.journal, month=date(2026, 9, 1), entered_by=head, entered_at=NOW)


def teacher_id(cast: Cast) -> int:
    return cast.journal.teachers.get().teacher_id


ROWS = [
    Row("hours", lambda c: "/hours/", {200: SEES_HOURS}),
    Row("hours_export", lambda c: "/hours/export.xlsx", {200: SEES_HOURS}),
    Row(
        "hours_teacher",
        lambda c: f"/hours/teachers/{teacher_id(c)}/",
        {200: ("teacher", "head", "office", "dean", "study", "leadership")},
    ),
    Row("hours_group", lambda c: f"/hours/groups/{c.group.id}/", {200: READERS}),
    Row("department_book", lambda c: "/department-book/", {200: ("head", "far_head")}),
    Row("department_book_import", lambda c: "/department-book/import/", {422: ("head", "far_head")}, method="post"),
    Row("department_book_differences", lambda c: "/department-book/differences/", {200: SEES_HOURS}),
    Row("department_book_month", lambda c: f"/department-book/{c.journal.id}/", {200: READERS}),
    Row(
        "department_book_month",
        lambda c: f"/department-book/{c.journal.id}/?month=2026-10",
        {302: ("head",), 403: tuple(role for role in READERS if role != "head")},
        method="post",
        data=lambda c: {},
    ),
    Row(
        "department_book_settle",
        lambda c: f"/department-book/{c.journal.id}/settle/",
        {302: ("head",), 403: tuple(role for role in READERS if role != "head")},
        method="post",
        data=lambda c: {"kind": "book_only", "date": "2026-09-07", "remark": "Карантин"},
    ),
    Row("journal_dates", lambda c: f"/journals/{c.journal.id}/dates.pdf", {200: READERS}),
]
