"""Marks that wait in the browser: whose they are, how long they wait, what a logout does with them."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ejournal.lib import clock
from journal.models import Mark
from journal.services.sheets import close_module
from teaching.models import Substitution
from tests import factories as make
from tests.e2e.test_grid import Stage, all_saved, ready
from university.models import Module

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

NOON = clock.moment_of(make.MONDAY, time(12, 0))

LogIn = Callable[..., BrowserContext]
Open = Callable[[BrowserContext, str], Page]


@pytest.fixture
def stage(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return Stage()


def type_offline(stage: Stage, context: BrowserContext, page: Page) -> None:
    """A five for the first student that cannot be sent; the tab is closed."""
    context.set_offline(True)
    stage.cell(page, stage.students[0]).click()
    page.keyboard.press("5")
    expect(page.locator('#save-status[data-state="offline"]')).to_be_visible()
    page.close()
    context.set_offline(False)


def kept_texts(page: Page) -> list[str]:
    return list(
        page.evaluate(
            "Object.keys(localStorage).filter((k) => k.startsWith('marks:')).map((k) => localStorage.getItem(k))"
        )
    )


def test_what_waits_cannot_be_read_by_another_login(stage: Stage, logged_in: LogIn, open_page: Open) -> None:
    context = logged_in(stage.teacher)
    page = ready(open_page(context, stage.address))
    type_offline(stage, context, page)
    substitute = make.make_teacher(last_name="Эсенов")
    Substitution.objects.create(
        lesson=stage.lesson, substitute=substitute, reason="ооруп калды", named_by=stage.teacher, named_at=NOON
    )
    all_saved(ready(open_page(context, stage.address)))
    page = ready(open_page(context, stage.address))
    context.set_offline(True)
    stage.cell(page, stage.students[1]).click()
    page.keyboard.press("4")
    expect(page.locator('#save-status[data-state="offline"]')).to_be_visible()
    (text,) = kept_texts(page)
    # Encrypted: neither the lesson nor the value stands in it, in any spelling.
    opened = page.evaluate("(text) => atob(text)", text)
    assert str(stage.lesson.id) + "," not in opened
    assert "value" not in opened
    page.close()
    context.set_offline(False)
    other = logged_in(substitute.user)
    context.clear_cookies()
    context.add_cookies(other.cookies())
    page = ready(open_page(context, stage.address))
    expect(stage.cell(page, stage.students[1])).to_have_text("")
    assert len(kept_texts(page)) == 1
    # The same account comes back, and finds it.
    again = logged_in(stage.teacher)
    context.clear_cookies()
    context.add_cookies(again.cookies())
    page.close()
    page = ready(open_page(context, stage.address))
    all_saved(page)
    assert [grade for _, grade in stage.values()] == [5, 4]


def at_hour(context: BrowserContext, hours: int) -> None:
    """Let the clock of the browser's next pages be so many hours later."""
    context.clock.set_system_time(datetime.now().astimezone() + timedelta(hours=hours))


def test_after_a_day_what_waits_is_sent_only_when_the_person_says_so(
    stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    context = logged_in(stage.teacher)
    type_offline(stage, context, ready(open_page(context, stage.address)))
    at_hour(context, 25)
    page = ready(open_page(context, stage.address))
    line = page.locator('#jgrid-conflicts [data-key="old"]')
    expect(line).to_be_visible()
    page.wait_for_timeout(1000)
    assert stage.values() == []
    line.get_by_role("button", name="Send").click()
    all_saved(page)
    assert stage.values() == [("present", 5)]
    assert errors == []


def test_after_a_day_what_waits_can_be_forgotten(stage: Stage, logged_in: LogIn, open_page: Open) -> None:
    context = logged_in(stage.teacher)
    type_offline(stage, context, ready(open_page(context, stage.address)))
    at_hour(context, 25)
    page = ready(open_page(context, stage.address))
    page.locator('#jgrid-conflicts [data-key="old"]').get_by_role("button", name="Forget").click()
    expect(stage.cell(page, stage.students[0])).to_have_text("")
    page.wait_for_timeout(500)
    assert (kept_texts(page), stage.values()) == ([], [])


def test_after_two_weeks_what_waits_is_removed_with_a_notice(stage: Stage, logged_in: LogIn, open_page: Open) -> None:
    context = logged_in(stage.teacher)
    type_offline(stage, context, ready(open_page(context, stage.address)))
    at_hour(context, 15 * 24)
    page = ready(open_page(context, stage.address))
    expect(page.locator('#jgrid-conflicts [data-key="expired"]')).to_contain_text("older than two weeks")
    page.wait_for_timeout(500)
    assert (kept_texts(page), stage.values()) == ([], [])


def test_mark_refused_by_a_lock_is_kept_with_the_way_forward(
    stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    context = logged_in(stage.teacher)
    page = ready(open_page(context, stage.address))
    context.set_offline(True)
    stage.cell(page, stage.students[0]).click()
    page.keyboard.press("5")
    expect(page.locator('#save-status[data-state="offline"]')).to_be_visible()
    module = Module.objects.get(semester=stage.lesson.semester, number=1)
    close_module(course=stage.workload.course, module=module, by=stage.teacher, now=NOON)
    context.set_offline(False)
    line = page.locator("#jgrid-conflicts [data-key^='kept-']")
    expect(line).to_contain_text("you typed 5")
    expect(line.get_by_role("link")).to_be_visible()
    # It is there after the page is loaded anew, until the teacher forgets it.
    page.reload()
    ready(page)
    expect(line).to_contain_text("you typed 5")
    line.get_by_role("button", name="Forget").click()
    expect(line).to_have_count(0)
    page.reload()
    ready(page)
    expect(line).to_have_count(0)
    assert (Mark.objects.count(), errors) == (0, [])


def log_out(page: Page) -> None:
    page.locator(".topbar details.menu > summary").click()
    page.get_by_role("button", name="Sign out").click()


def test_logout_sends_what_waits_first(stage: Stage, logged_in: LogIn, open_page: Open) -> None:
    context = logged_in(stage.teacher)
    type_offline(stage, context, ready(open_page(context, stage.address)))
    page = open_page(context, "/")
    log_out(page)
    page.wait_for_url("**/login/**")
    assert stage.values() == [("present", 5)]
    assert kept_texts(page) == []


@pytest.mark.parametrize("agrees", [True, False])
def test_logout_tells_what_would_be_lost(stage: Stage, logged_in: LogIn, open_page: Open, agrees: bool) -> None:
    context = logged_in(stage.teacher)
    type_offline(stage, context, ready(open_page(context, stage.address)))
    page = open_page(context, "/")
    page.route("**/marks/", lambda route: route.abort())
    said: list[str] = []

    def answer(dialog: object) -> None:
        said.append(dialog.message)  # type: ignore[attr-defined]
        dialog.accept() if agrees else dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", answer)
    log_out(page)
    if agrees:
        page.wait_for_url("**/login/**")
        assert kept_texts(page) == []
    else:
        page.wait_for_timeout(1500)
        assert len(kept_texts(page)) == 1
    assert said == ["1 marks are not saved and would be lost. Sign out all the same?"]
    assert stage.values() == []
