"""What holds on every page for everybody: it fits a phone and a desk, is readable by day and by night, has names
for all that can be used, obeys its own content policy, and is reached by keyboard. And the way without scripts.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from ejournal.lib import clock
from journal.models import Mark, RatingScheme
from messaging.models import Notification
from tests import factories as make
from tests.e2e.conftest import WAIT
from tests.loading.books import only, xlsx
from tests.permissions.conftest import NOW, Cast, row_modules
from university.models import Module

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LogIn = Callable[..., BrowserContext]
# The cast has what the rows of the matrix gave it as well.
Pages = Callable[[Any], list[str]]

SCREENS = [(360, 740, "dark"), (360, 740, "light"), (1440, 900, "light"), (1440, 900, "dark")]


def first_module() -> int:
    return Module.objects.get(number=1).pk


def first_scheme() -> int:
    return RatingScheme.objects.get(code="P1", control_form="exam").pk


# Who is asked for which pages: each page once for whom it has most to show.
PAGES: dict[str, Pages] = {
    "anon": lambda c: ["/login/", "/login/?next=/journals/&idle=1"],
    "student": lambda c: [
        "/",
        "/cabinet/",
        f"/cabinet/{c.student.id}/courses/{c.course.id}/",
        "/appeals/",
        f"/marks/{c.lesson.id}/{c.student.id}/appeal/",
        "/notifications/",
        "/timetable/",
        "/timetable/calendars/",
        "/scan/",
        f"/cabinet/{c.student.id}/points/",
        f"/cabinet/{c.student.id}/courses/{c.course.id}/points/",
        f"/results/{c.student.id}/",
        "/exams/",
        "/tasks/",
        f"/tasks/{c.task.id}/",
    ],
    "parent": lambda c: [
        "/",
        f"/cabinet/{c.student.id}/",
        f"/timetable/students/{c.student.id}/",
        f"/cabinet/{c.student.id}/points/",
        f"/results/{c.student.id}/",
        "/exams/",
        f"/tasks/?student={c.student.id}",
    ],
    "teacher": lambda c: [
        "/",
        "/journals/",
        f"/journals/{c.journal.id}/",
        f"/lessons/{c.lesson.id}/",
        f"/marks/{c.lesson.id}/{c.student.id}/history/",
        f"/appeals/{c.appeal.id}/",
        f"/cabinet/{c.student.id}/",
        "/password/",
        "/timetable/",
        f"/timetable/teachers/{c.lesson.teacher_id}/semester/",
        "/substitutions/",
        "/rosters/",
        f"/journals/{c.journal.id}/roster/",
        f"/courses/{c.course.id}/students/",
        f"/lessons/{c.lesson.id}/request/",
        f"/hours/teachers/{c.lesson.teacher_id}/",
        f"/courses/{c.course.id}/journal/",
        f"/journals/{c.stream_journal.id}/stream/",
        "/control/unfilled/",
        "/control/unfilled/?show=teachers",
        f"/journals/{c.journal.id}/tasks/",
        f"/journals/{c.journal.id}/tasks/grid/",
        f"/journals/{c.journal.id}/tasks/new/",
        f"/tasks/{c.team_task.id}/teams/",
        f"/tasks/{c.task.id}/grades/",
        f"/courses/{c.course.id}/points/",
        f"/courses/{c.course.id}/points/students/{c.student.id}/",
        f"/courses/{c.course.id}/points/{first_module()}/manual/",
        f"/courses/{c.course.id}/modules/1/",
        "/control/modules/",
        "/rating/",
        "/exams/",
        "/sheets/",
        f"/sheets/{c.sheet.id}/",
        f"/sheets/{c.debt.sheet_id}/",
        "/debts/",
        "/appeals/",
        f"/journals/{c.journal.id}/reopen/",
        "/reopenings/",
        f"/reopenings/{c.reopening.id}/",
        f"/lessons/{c.lesson.id}/roll/",
        f"/lessons/{c.lesson.id}/roll/?call=1",
        f"/journals/{c.journal.id}/scans/",
    ],
    "colleague": lambda c: [
        f"/journals/{c.journal.id}/",
        f"/lessons/{c.lesson.id}/",
        f"/courses/{c.course.id}/modules/1/",
        f"/lessons/{c.lesson.id}/roll/",
    ],
    "head": lambda c: [
        "/",
        "/journals/",
        "/control/unfilled/",
        "/control/unfilled/?show=teachers",
        "/attendance/today/",
        "/absences/",
        f"/absences/{c.absence.id}/",
        f"/replacements/?teacher={c.lesson.teacher_id}",
        "/hours/",
        f"/hours/groups/{c.group.id}/",
        "/department-book/",
        f"/department-book/{c.journal.id}/",
        "/department-book/differences/",
        "/control/modules/",
        "/attendance/flags/",
        f"/reopenings/{c.reopening.id}/",
        "/sheets/",
    ],
    "office": lambda c: [
        "/",
        "/groups/",
        f"/groups/{c.group.id}/credentials/",
        f"/groups/{c.group.id}/credentials/?issue=again&student={c.fellow.id}",
        f"/groups/{c.group.id}/credentials/{c.student.id}/parents/",
        "/attendance/today/",
        "/students/",
        f"/students/{c.student.id}/",
        "/orders/",
        "/orders/new/",
        "/orders/new/?kind=expel",
        f"/orders/{c.order.id}/",
        f"/groups/{c.group.id}/subgroups/",
        f"/rosters/{c.report.id}/",
        "/rooms/",
        f"/rooms/{c.coded.id}/",
        "/rooms/displays/",
        "/rooms/proof/",
        "/attendance/excused/",
        "/exams/",
        "/sheets/",
        f"/sheets/{c.sheet.id}/",
        f"/courses/{c.course.id}/sheet/",
        "/debts/",
        f"/debts/{c.debt.id}/slip/",
        "/commissions/",
        f"/groups/{c.group.id}/summary/",
        f"/groups/{c.group.id}/attestations/",
        f"/appeals/{c.appeal.id}/",
        "/excuses/",
        "/excuses/new/",
    ],
    "study": lambda c: [
        "/",
        "/journals/",
        "/attendance/today/",
        f"/jobs/{c.job.id}/",
        "/timetable/find/?of=group&q=ФИЗ",
        f"/timetable/groups/{c.group.id}/",
        f"/timetable/groups/{c.group.id}/semester/",
        "/timetable/buildings/Б/",
        "/timetable/clashes/",
        "/changes/",
        "/changes/rooms/?day=2026-09-21&pair=2",
        f"/changes/new/{c.lesson.id}/move/",
        f"/changes/lines/{c.journal.id}/",
        f"/changes/requests/{c.request.id}/",
        "/changes/holidays/",
        "/rating/",
        f"/rating/{first_scheme()}/",
        f"/rating/{first_scheme()}/new/",
        "/exams/",
        "/exams/new/",
        f"/exams/new/?course={c.course.id}",
        f"/exams/{c.exam.id}/cancel/",
        "/control/modules/",
        "/control/unfilled/?show=teachers",
        f"/groups/{c.group.id}/summary/",
    ],
    "admin": lambda c: [
        "/",
        "/load/",
        f"/load/{c.load.id}/",
        "/groups/",
        "/load/history/",
        f"/load/history/{c.applied.id}/undo/",
        f"/load/undone/{c.undo.id}/",
        "/load/rollover/",
        "/people/doubles/",
        f"/people/doubles/{c.student.user_id}/{c.fellow.user_id}/",
        "/august/",
    ],
    "nobody": lambda c: ["/"],
}

CHECKS = (Path(__file__).parent / "page_checks.js").read_text()


@pytest.fixture
def cast(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The standing cast, with what strains a layout: long names, a full roll, several weeks, a notification."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    cast = Cast()
    for module in row_modules():
        if hasattr(module, "extend"):
            module.extend(cast)
    long = "Абдыжапарова-Кыдырмышова-Токтосунова"
    for number in range(8):
        student = make.make_student(
            group=cast.group,
            last_name=f"{long}{number}" if number == 0 else f"Жээнбекова{number}",
            first_name="Бегимай",
        )
        make.enrol(student, cast.course)
    for week in (-1, 1, 2):
        make.make_lesson(cast.journal, day=make.MONDAY - timedelta(weeks=week))
    Notification.objects.bulk_create(
        Notification(user=user, kind="news", text="Окуу бөлүмүнөн билдирүү: " + "жадыбал " * 12, url="/", made_at=NOW)
        for user in cast.people.values()
        if user is not None
    )
    return cast


@pytest.fixture
def visitor(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page of somebody who is not logged in."""
    context = browser.new_context(base_url=live_server.url, locale="ky")
    context.set_default_timeout(WAIT)
    yield context.new_page()
    context.close()


def listen(page: Page, said: list[str]) -> None:
    """Collects what the page's scripts throw and what the browser refuses to do for it.

    Not that a font came before the style sheet that uses it: that is said of a slow machine.
    """

    def hear(line: ConsoleMessage) -> None:
        if line.type in {"error", "warning"} and "was preloaded" not in line.text:
            said.append(line.text)

    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", hear)


def measure(page: Page, check: str) -> Any:
    """Runs one of page_checks.js in the page, past its content policy."""
    return page.evaluate(f"(check) => ({CHECKS})(check)", check)


def keyboard(page: Page) -> list[str]:
    """Past the menu by the first Tab, then onto something in the main part, both to be seen.

    A page that begins in a field of its main part (the login) needs no way past anything.
    """
    at = measure(page, "focused")
    if not at["inMain"]:
        page.keyboard.press("Tab")
        skip = measure(page, "focused")
        if not skip["isSkip"] or not skip["seen"]:
            return [f"the first Tab does not show the skip link but {skip['what']}"]
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        at = measure(page, "focused")
    usable = page.locator("main :is(a[href], button, input:not([type=hidden]), select, textarea, summary)").count()
    found: list[str] = []
    if usable and not at["inMain"]:
        found.append(f"after the skip link the next Tab is at {at['what']}")
    if usable and not at["seen"]:
        found.append(f"the focus is not seen: {at['what']}")
    return found


@pytest.mark.parametrize("role", PAGES)
def test_pages_fit_are_readable_named_and_reached(cast: Cast, logged_in: LogIn, visitor: Page, role: str) -> None:
    person = cast.people[role]
    page = visitor if person is None else logged_in(person).new_page()
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
        wrong = measure(page, "unnamed") + measure(page, "small") + keyboard(page)
        for width, height, scheme in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            wrong += [f"{width} px {scheme}: {one}" for one in measure(page, "drawing")]
        found += [f"{address}: {one}" for one in wrong + said]
        said.clear()
    assert not found, "\n".join(found)


def test_what_is_wrong_with_a_page_is_found(cast: Cast, visitor: Page) -> None:
    """The checks themselves: a page that is spoiled in each way is reported in each way."""
    visitor.goto("/login/")
    visitor.evaluate(
        """() => {
          const main = document.querySelector("main");
          const add = (name, values) => main.append(Object.assign(document.createElement(name), values));
          add("h1", { textContent: "second" });
          add("h4", { textContent: "fourth" });
          add("button", { id: "nameless" });
          add("img", { src: "/static/img/favicon.svg" });
          add("p", { id: "pale", textContent: "pale" });
          add("div", { id: "wide", textContent: "wide" });
          document.getElementById("pale").style.color = getComputedStyle(document.body).backgroundColor;
          document.getElementById("wide").style.width = "3000px";
        }"""
    )
    wrong = "\n".join(measure(visitor, "unnamed") + measure(visitor, "drawing"))
    assert any('id="nameless"' in one for one in measure(visitor, "small"))
    for words in (
        "2 h1",
        "a level is skipped before <h4",
        'no name: <button id="nameless"',
        "neither named nor hidden: <img",
        "scrolls to",
        'id="pale"',
    ):
        assert words in wrong


@pytest.mark.parametrize("address", ["/cabinet/", "/password/", "/no-such-page/"])
def test_pages_that_refuse_fit_and_are_named(cast: Cast, logged_in: LogIn, address: str) -> None:
    """§4.2's refusal of a password, a page that is another's, and one that is nobody's."""
    person = cast.people["student" if address == "/password/" else "teacher"]
    assert person is not None
    page = logged_in(person).new_page()
    width, height, scheme = SCREENS[0]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    answer = page.goto(address)
    assert answer is not None
    assert answer.status in {403, 404}
    assert measure(page, "unnamed") + measure(page, "drawing") == []


def test_screens_without_a_menu_fit_and_are_named(cast: Cast, logged_in: LogIn, visitor: Page) -> None:
    """The code by which an office lets a screen in, and the lesson's code on the teacher's."""
    teacher = cast.people["teacher"]
    assert teacher is not None
    for page, address in ((visitor, "/display/"), (logged_in(teacher).new_page(), f"/lessons/{cast.lesson.id}/code/")):
        for width, height, scheme in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            page.goto(address)
            assert measure(page, "unnamed") + measure(page, "drawing") == []


# ------------------------------------------------------------------------------------------ without scripts
def test_login_works_without_scripts(cast: Cast, browser: Browser, live_server: LiveServer) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(f"/lessons/{cast.lesson.id}/")
    page.locator("input[name=username]").fill("teacher")
    page.locator("input[name=password]").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.locator(".alert-danger")).to_be_visible()
    page.locator("input[name=password]").fill(make.PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/lessons/{cast.lesson.id}/")
    context.close()


def test_lesson_cabinet_groups_and_load_work_without_scripts(cast: Cast, logged_in: LogIn) -> None:
    teacher, student, office, admin = (cast.people[role] for role in ("teacher", "student", "office", "admin"))
    assert teacher
    assert student
    assert office
    assert admin
    # The teacher marks by the form.
    page = logged_in(teacher, scripts=False).new_page()
    page.goto(f"/lessons/{cast.lesson.id}/")
    row = page.locator(f'.roll-row[data-student="{cast.fellow.id}"]')
    row.locator('label.choice:has(input[value="absent"])').click()
    page.locator("input[name=topic]").fill("Кинематика")
    page.locator(".savebar button[type=submit]").click()
    expect(page.locator("main .alert-success")).to_be_visible()
    cast.lesson.refresh_from_db()
    assert cast.lesson.topic == "Кинематика"
    assert Mark.objects.get(lesson=cast.lesson, student=cast.fellow).presence == "absent"
    # The student reads, and turns to the next week by a link.
    page = logged_in(student, scripts=False).new_page()
    page.goto("/")
    page.locator('nav a[href="/cabinet/"]').first.click()
    expect(page.locator("main .marks .mark")).to_have_text(["5"])
    page.locator('#week a[href*="week="]').last.click()
    expect(page.locator("#week")).to_be_visible()
    assert "week=" in page.url
    # The office finds a group and chooses a student anew: the question before the paper.
    page = logged_in(office, scripts=False).new_page()
    page.goto("/groups/")
    page.locator("input[name=q]").fill(cast.group.name)
    page.keyboard.press("Enter")
    page.locator(f'a[href="/groups/{cast.group.id}/credentials/"]').click()
    page.locator(f'input[name=student][value="{cast.fellow.id}"]').check()
    page.locator('main form button[value="again"]').click()
    expect(page.locator("main ol li")).to_have_count(1)
    # The administrator uploads; what came of it is a link away.
    page = logged_in(admin, scripts=False).new_page()
    page.goto("/load/")
    page.locator("input[type=file]").set_input_files(
        {"name": "окуу.xlsx", "mimeType": "application/octet-stream", "buffer": xlsx(only("Аудиториялар"))}
    )
    page.locator("main form button[type=submit]").click()
    page.locator("#job-state a.btn-primary").click()
    expect(page.locator("main form:has(input[name=shown])")).to_be_visible()
