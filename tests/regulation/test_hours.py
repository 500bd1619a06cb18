"""§1.4 and §2.10 as the regulation says them."""

from datetime import time

import pytest

from accounts.enums import Role
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of, moment_of
from reports.enums import EntrySource
from reports.models import DepartmentBookEntry, DepartmentBookMonth
from reports.selectors.book import differences_of
from reports.selectors.hours import LedgerChoice, hours_ledger
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = moment_of(make.MONDAY, time(18, 0))


def test_1_4_dates_must_agree_with_the_department_s_own_journal() -> None:
    workload = make.make_workload()
    head = make.make_user()
    said = {"workload": workload, "entered_by": head, "entered_at": NOW}
    DepartmentBookMonth.objects.create(month=make.MONDAY.replace(day=1), **said)
    DepartmentBookEntry.objects.create(date=make.MONDAY, source=EntrySource.PAGE, **said)
    assert [(row.kind, row.day) for row in differences_of(workload.id).rows] == [("book_only", make.MONDAY)]


def test_2_10_allotted_hours_that_will_not_be_delivered_are_seen() -> None:
    workload = make.make_workload()
    make.make_lesson(workload, day=make.MONDAY)
    study = make.make_user()
    make.appoint(study, Role.STUDY_OFFICE)
    found = hours_ledger(rights_of(study, on=day_of(NOW)), LedgerChoice(), limit=10, now=NOW)
    assert (found.due, found.short_hours, found.rows[0].forecast.hours) == (34, 32, 32)
