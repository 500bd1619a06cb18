"""Pages of the roll by scans, of flags, codes and screens, looked at as test_pages.py looks at the others; and the roll
that grows while it stands open."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from ejournal.lib import clock
from journal.models import Mark
from tests.attendance.test_rolls import scan
from tests.e2e.test_pages import SCREENS, keyboard, listen, measure
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows_rooms import extend

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PAGES: dict[str, Callable[[Any], list[str]]] = {
    "teacher": lambda c: [
        f"/lessons/{c.lesson.pk}/roll/?call=1",
        f"/journals/{c.journal.pk}/scans/",
        f"/journals/{c.journal.pk}/",
    ],
    "head": lambda c: ["/attendance/flags/", f"/lessons/{c.lesson.pk}/roll/"],
    "office": lambda c: [
        "/attendance/excused/",
        "/rooms/",
        f"/rooms/{c.coded.pk}/",
        "/rooms/displays/",
        "/rooms/proof/",
    ],
}


@pytest.fixture
def cast(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    cast = Cast()
    extend(cast)
    scan(cast.lesson, cast.student, device="lent", is_late=True)
    return cast


@pytest.mark.parametrize("role", PAGES)
def test_pages_of_scans_and_rooms_fit_are_readable_named_and_reached(
    cast: Cast, logged_in: Callable[..., BrowserContext], role: str
) -> None:
    page = logged_in(cast.people[role]).new_page()
    said: list[str] = []
    listen(page, said)
    found: list[str] = []
    for address in PAGES[role](cast):
        width, height, scheme = SCREENS[0]
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{address}: {answer.status}"
        wrong = measure(page, "unnamed") + keyboard(page)
        for width, height, scheme in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            wrong += [f"{width} px {scheme}: {one}" for one in measure(page, "drawing")]
        found += [f"{role}: {address}: {one}" for one in dict.fromkeys(wrong)]
    assert (found, said) == ([], [])


@pytest.fixture
def teacher(cast: Cast) -> User:
    user = cast.people["teacher"]
    assert user is not None
    return user


def test_a_scan_comes_into_the_open_roll_and_what_was_chosen_by_hand_stays(
    cast: Cast,
    teacher: User,
    logged_in: Callable[..., BrowserContext],
    open_page: Callable[[BrowserContext, str], Page],
    errors: list[str],
) -> None:
    page = open_page(logged_in(teacher), f"/lessons/{cast.lesson.pk}/roll/")
    fellow = page.locator(f'.roll-row[data-student="{cast.fellow.pk}"]')
    expect(page.locator("#roll-missing").locator(".roll-row")).to_have_count(1)
    expect(fellow.locator("input[value=absent]")).to_be_checked()
    scan(cast.lesson, cast.fellow)
    expect(page.locator("#roll-scanned").locator(".roll-row")).to_have_count(2)
    expect(page.locator("[data-figure=scanned]")).to_have_text("2")
    expect(fellow.locator("input[value=present]")).to_be_checked()
    page.locator(".savebar button").click()
    page.wait_for_load_state()
    assert Mark.objects.get(student=cast.fellow).presence == "present"
    assert errors == []


def test_present_without_a_phone_is_one_tap(
    cast: Cast,
    teacher: User,
    logged_in: Callable[..., BrowserContext],
    open_page: Callable[[BrowserContext, str], Page],
    errors: list[str],
) -> None:
    page = open_page(logged_in(teacher, phone=True), f"/lessons/{cast.lesson.pk}/roll/")
    fellow = page.locator(f'.roll-row[data-student="{cast.fellow.pk}"]')
    fellow.locator("button[name=no_phone]").click()
    expect(fellow.locator("input[value=present]")).to_be_checked()
    expect(fellow.locator("button[name=no_phone]")).to_have_count(0)
    assert Mark.objects.get(student=cast.fellow).presence == "present"
    assert errors == []


def test_a_mark_that_differs_has_its_corner_in_the_grid(
    cast: Cast,
    teacher: User,
    logged_in: Callable[..., BrowserContext],
    open_page: Callable[[BrowserContext, str], Page],
    errors: list[str],
) -> None:
    # The cast's student has a five, and the scan says that he came late.
    assert Mark.objects.get(student=cast.student).presence == "present"
    page = open_page(logged_in(teacher), f"/journals/{cast.journal.pk}/")
    cell = page.locator(f'td[data-lesson="{cast.lesson.pk}"][data-student="{cast.student.pk}"]')
    expect(cell).to_have_class(re.compile("is-scan-differs"))
    assert errors == []
