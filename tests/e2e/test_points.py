"""Columns of points and team numbers by keyboard: Enter and the arrows go down and up, and nothing is sent by them."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ejournal.lib import clock
from journal.enums import TaskKind
from journal.models import SelfStudyMark, SelfStudyTeam
from tests.journal.test_selfstudy_services import NOW, Class

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LogIn = Callable[..., BrowserContext]
Open = Callable[[BrowserContext, str], Page]


@pytest.fixture
def room(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Class:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Class()


def test_points_are_typed_down_the_column_and_saved_by_the_button(
    room: Class, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    task = room.give()
    page = open_page(logged_in(room.teacher), f"/tasks/{task.pk}/grades/")
    fields = page.locator("input.points-input")
    fields.nth(0).focus()
    for key in ("7", "Enter", "8", "ArrowDown", "9"):
        page.keyboard.press(key)
    expect(fields.nth(2)).to_be_focused()
    page.keyboard.press("Shift+Enter")
    expect(fields.nth(1)).to_be_focused()
    # What stands there is selected: typing writes over it.
    page.keyboard.press("6")
    page.keyboard.press("ArrowUp")
    expect(fields.nth(0)).to_be_focused()
    assert [fields.nth(number).input_value() for number in range(3)] == ["7", "6", "9"]
    assert not SelfStudyMark.objects.exists()
    page.locator("main form[method=post] button[type=submit]").first.click()
    page.wait_for_load_state()
    points = SelfStudyMark.objects.order_by("student__user__sort_key").values_list("points", flat=True)
    assert list(points) == [Decimal(7), Decimal(6), Decimal(9)]
    assert errors == []


def test_team_numbers_go_down_the_same_way(room: Class, logged_in: LogIn, open_page: Open, errors: list[str]) -> None:
    task = room.give(kind=TaskKind.COLLECTIVE)
    page = open_page(logged_in(room.teacher), f"/tasks/{task.pk}/teams/")
    page.locator("input.points-input").nth(0).focus()
    for key in ("1", "Enter", "1", "Enter", "2"):
        page.keyboard.press(key)
    page.locator("main form[method=post] button[type=submit]").first.click()
    page.wait_for_load_state()
    teams = SelfStudyTeam.objects.filter(task=task).order_by("number")
    assert [team.members.count() for team in teams] == [2, 1]
    assert errors == []
