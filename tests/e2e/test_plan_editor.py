"""The table of a plan by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ejournal.lib import clock
from teaching.models import Plan
from teaching.rules import PlanLine
from teaching.services.plans import begin_plan, save_plan
from tests import factories as make
from university.models import Institution

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PASTE = """([cell, text]) => {
  const copied = new DataTransfer();
  copied.setData("text/plain", text);
  cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: copied, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def plan(transactional_db: None) -> Plan:
    Institution.objects.create(id=1, name_ky="Сыноо университети")
    workload = make.make_workload()
    user = workload.teachers.get().teacher.user
    plan = begin_plan(workload=workload, by=user, now=clock.now())
    lines = [PlanLine(None, 1, topic, 4, (), "", "") for topic in ("А", "Б")]
    return save_plan(plan_id=plan.pk, lines=lines, version=plan.version, by=user, now=clock.now())


def rows(page: Page) -> list[tuple[str, str]]:
    return [
        (row.locator("[name=topic]").input_value(), row.locator("[name=hours]").input_value())
        for row in page.locator("#plan-rows tr").all()
    ]


def test_plan_is_written_by_keyboard_and_pasted(
    logged_in: Callable[..., BrowserContext], plan: Plan, errors: list[str]
) -> None:
    page = logged_in(plan.author.user).new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"/plans/{plan.pk}/edit/")
    topics = page.locator("#plan-rows [name=topic]")
    topics.nth(0).press("Alt+ArrowDown")
    assert rows(page) == [("Б", "4"), ("А", "4")]
    page.keyboard.press("Control+Enter")
    assert rows(page) == [("Б", "4"), ("А", "2"), ("А", "2")]
    page.keyboard.press("Enter")
    expect(topics.nth(3)).to_be_focused()
    topics.nth(3).evaluate(PASTE.replace("[cell, text]", "cell").replace("text)", '"В\\t6\\n\\"Г\\nд\\"\\t16\\n")'))
    assert rows(page)[3:] == [("В", "6"), ("Г д", "16")]
    expect(page.locator("[data-total]")).to_have_text("30")
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_url("**/edit/")
    expect(page.locator("#plan-rows tr")).to_have_count(5)
    found = list(plan.items.values_list("topic", "hours"))
    assert found == [("Б", 4), ("А", 2), ("А", 2), ("В", 6), ("Г д", 16)]
    assert errors == []
