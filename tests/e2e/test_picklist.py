"""The members of a commission: found by name and ticked by keyboard; without a script by opening departments."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.enums import Role
from accounts.models import User
from ejournal.lib import clock
from journal.models import CommissionMember
from tests import factories as make
from tests.permissions.conftest import NOW

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    office, unit = make.make_user(), make.make_unit()
    make.appoint(office, Role.DEANS_OFFICE, unit=unit)
    for department, names in (("Алгебра", ("Өмүрбеков", "Асанов")), ("Геометрия", ("Үсөнов", "Бакиров"))):
        place = make.make_department(unit, department)
        for name in names:
            make.make_teacher(department=place, last_name=name)
    return office


def fill(page: Page) -> None:
    page.goto("/commissions/")
    page.locator("#id_name").fill("МАК")
    page.locator("#id_order_number").fill("48")
    page.locator("#id_order_date").fill("2027-01-05")
    page.locator("#id_chair").select_option(index=1)


def test_members_are_found_by_name_and_ticked_by_keyboard(
    office: User, logged_in: Callable[..., BrowserContext]
) -> None:
    page = logged_in(office).new_page()
    fill(page)
    rows, search = page.locator(".picklist-part li"), page.locator("#picklist-search")
    expect(rows.filter(visible=True)).to_have_count(0)
    search.focus()
    page.keyboard.type("усон")
    expect(rows.filter(visible=True)).to_have_count(1)
    page.keyboard.press("Enter")  # sends nothing
    page.keyboard.press("Tab")  # the department
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".picklist-said")).to_contain_text("Үсөнов")
    search.fill("нет такого")
    expect(rows.filter(visible=True)).to_have_count(0)
    search.fill("ө")
    page.get_by_label("Өмүрбеков").check()
    search.fill("")
    # Whoever is ticked stays in sight.
    expect(rows.filter(visible=True)).to_have_count(4)
    page.locator(".savebar-plain button").click()
    expect(page.locator(".alert-success")).to_be_visible()
    assert set(CommissionMember.objects.values_list("teacher__user__last_name", "is_chair")) == {
        ("Асанов", True),
        ("Үсөнов", False),
        ("Өмүрбеков", False),
    }


def test_without_a_script_departments_are_opened_by_hand(
    office: User, logged_in: Callable[..., BrowserContext]
) -> None:
    page = logged_in(office, scripts=False).new_page()
    fill(page)
    expect(page.locator("#picklist-search")).to_be_hidden()
    for summary in page.locator(".picklist-part summary").all():
        summary.click()
    for name in ("Бакиров", "Үсөнов"):
        page.get_by_label(name).check()
    page.locator(".savebar-plain button").click()
    expect(page.locator(".alert-success")).to_be_visible()
    assert CommissionMember.objects.count() == 3
