"""Pages of plans and programmes, looked at as test_pages.py looks at the others."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from ejournal.lib import clock
from tests.e2e.test_pages import SCREENS, keyboard, listen, measure
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows_plans import extend

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PAGES: dict[str, Callable[[Cast], list[str]]] = {
    "teacher": lambda c: [
        "/plans/",
        f"/plans/{c.plan.id}/",
        f"/plans/{c.draft.id}/edit/",
        f"/plans/{c.draft.id}/import/",
        f"/programmes/{c.draft_programme.id}/edit/",
        f"/lessons/{c.lesson.id}/",
    ],
    "head": lambda c: ["/plans/?show=waiting", "/plans/?show=all", f"/plans/{c.waiting.id}/"],
    "student": lambda c: [
        f"/plans/{c.plan.id}/",
        f"/programmes/{c.programme.id}/",
        f"/cabinet/{c.student.id}/courses/{c.course.id}/",
    ],
}


@pytest.fixture
def cast(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    cast = Cast()
    extend(cast)
    return cast


@pytest.mark.parametrize("role", PAGES)
def test_pages_of_plans_fit_are_readable_named_and_reached(
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
        found += [f"{address}: {one}" for one in wrong + said]
        said.clear()
    assert not found, "\n".join(found)
