"""The number of scans on the lesson's own page: it grows while students come in, and asks no more than it must."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Student
from ejournal.lib import clock
from teaching.models import Lesson
from tests import factories as make
from tests.attendance.test_rolls import scan
from tests.e2e.conftest import WAIT, SetClock

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

NOW = clock.moment_of(make.MONDAY, time(8, 0))
SOON = 3 * WAIT
HIDE = """(is_hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => is_hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def lesson(transactional_db: None, set_clock: SetClock) -> Lesson:
    set_clock(NOW)
    course = make.make_course()
    for name in ("Абдиева", "Бекова"):
        make.enrol(make.make_student(last_name=name, group=course.group), course)
    return make.make_lesson(make.make_workload(course=course), room=make.make_room())


@pytest.fixture
def page(lesson: Lesson, logged_in: Callable[..., BrowserContext], errors: list[str]) -> Page:
    """The lesson's page at a computer whose clock is an hour fast."""
    page = logged_in(lesson.teacher.user).new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.clock.install(time=NOW + timedelta(hours=1))
    page.clock.pause_at(NOW + timedelta(hours=1, seconds=1))
    page.goto(f"/lessons/{lesson.pk}/")
    return page


def asked(page: Page) -> list[int]:
    """Statuses of what the page asks from now on."""
    statuses: list[int] = []
    page.on("response", lambda answer: statuses.append(answer.status) if answer.url.endswith("/roll/now/") else None)
    return statuses


def pass_by(page: Page, seconds: int) -> None:
    """Let the page's clock run, and give its answers a moment to come."""
    page.clock.run_for(seconds * 1000)
    page.wait_for_timeout(300)


def pass_until(page: Page, statuses: list[int], number: int) -> None:
    """Let the page's clock run on until it has had so many answers."""
    for _ in range(60):
        if len(statuses) >= number:
            return
        pass_by(page, 15)
    pytest.fail(f"{number} answers were awaited: {statuses}")


def test_the_number_grows_while_the_page_stands_open(lesson: Lesson, page: Page, errors: list[str]) -> None:
    count = page.locator("#scan-count [data-count]")
    expect(count).to_have_text("0")
    first, second = Student.objects.order_by("user__last_name")
    for number, student in ((1, first), (2, second)):
        scan(lesson, student, 1, is_proven=number == 1, proof="now" if number == 1 else "room")
        pass_by(page, 15)
        expect(count).to_have_text(str(number), timeout=SOON)
    assert errors == []


def test_it_asks_while_somebody_looks_and_the_window_is_open(lesson: Lesson, page: Page, errors: list[str]) -> None:
    statuses = asked(page)
    pass_until(page, statuses, 2)
    assert statuses[:2] == [200, 304]
    # Nobody looks.
    page.evaluate(HIDE, True)
    page.wait_for_timeout(300)
    before = len(statuses)
    pass_by(page, 60)
    assert len(statuses) == before
    # Somebody looks again: it asks at once.
    page.evaluate(HIDE, False)
    pass_until(page, statuses, before + 1)
    # The window closes half an hour after the start.
    page.clock.fast_forward("30:00")
    page.wait_for_timeout(300)
    before = len(statuses)
    pass_by(page, 60)
    assert len(statuses) == before
    assert errors == []
