"""From the poster to the teacher's screen: two telephones, and codes read by a decoder that did not make them."""

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from accounts.models import User
from attendance.enums import ScanMethod, ScanProof
from attendance.models import RefusedScan, Scan
from attendance.selectors.codes import codes_of_rooms, link_of
from attendance.services.rooms import issue_code
from ejournal.lib import clock
from ejournal.lib.qr import QUIET, qr_matrix
from teaching.models import Lesson
from tests import factories as make
from tests.e2e.conftest import WAIT, ReadCode, SetClock, chromium, pictures_of
from university.models import Institution

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

NOW = clock.moment_of(make.MONDAY, time(8, 0))
LogIn = Callable[..., BrowserContext]


@pytest.fixture
def lesson(transactional_db: None, set_clock: SetClock) -> Lesson:
    """Two students of a lesson in a room that has a code; the office that prints it."""
    set_clock(NOW)
    Institution.objects.create(id=1, name_ky="Сыноо университети")
    room, course = make.make_room(), make.make_course()
    issue_code(room=room, by=None, now=NOW)
    for name, first in (("student", "Айгүл"), ("fellow", "Нурай")):
        make.enrol(make.make_student(name, first_name=first, group=course.group), course)
    make.appoint(make.make_user("admin"), Role.ADMINISTRATOR)
    return make.make_lesson(make.make_workload(course=course), room=room)


def people(lesson: Lesson) -> dict[str, object]:
    return {user.username: user for user in User.objects.all()} | {"teacher": lesson.teacher.user}


def path_of(address: str, live_server: LiveServer) -> str:
    assert address.startswith(f"{live_server.url}/r/")
    return address.removeprefix(live_server.url)


def code_on(page: Page) -> str:
    return page.locator("[data-code]").get_attribute("data-code") or ""


def test_from_the_poster_to_the_teachers_screen(
    lesson: Lesson,
    logged_in: LogIn,
    browser: Browser,
    live_server: LiveServer,
    read_code: ReadCode,
    set_clock: SetClock,
    errors: list[str],
) -> None:
    who = people(lesson)
    # The office prints the poster; a decoder that knows nothing of us reads the paper.
    office = logged_in(who["admin"])
    paper = office.request.get(f"/rooms/{lesson.room_id}/poster.pdf?size=a6", timeout=6 * WAIT).body()
    (picture,) = pictures_of(paper, dpi=100)
    poster = path_of(read_code(picture), live_server)
    # The teacher shows the changing code. The clock of his computer is an hour wrong.
    teacher = logged_in(who["teacher"]).new_page()
    teacher.clock.install(time=NOW + timedelta(hours=1))
    teacher.goto(f"/lessons/{lesson.pk}/code/")
    shown = path_of(read_code(teacher.locator(".display-code").screenshot()), live_server)
    assert shown.startswith(f"{poster}.")
    # The first telephone is logged in and scans the poster: counted, and not proven.
    first = logged_in(who["student"], phone=True).new_page()
    first.on("pageerror", lambda error: errors.append(str(error)))
    first.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
    first.goto(poster)
    expect(first.locator('.scan-said[role="status"][data-code="counted"]')).to_be_visible()
    # The second scans the teacher's screen and has to log in first; the code runs out meanwhile.
    context = browser.new_context(base_url=live_server.url, viewport={"width": 360, "height": 740}, is_mobile=True)
    context.set_default_timeout(WAIT)
    second = context.new_page()
    second.goto(shown)
    expect(second.locator("input[name=username]")).to_be_visible()
    set_clock(NOW + timedelta(minutes=2))
    second.locator("input[name=username]").fill("fellow")
    second.locator("input[name=password]").fill(make.PASSWORD)
    second.keyboard.press("Enter")
    expect(second.locator('.scan-said[role="status"][data-code="counted"]')).to_be_visible()
    context.close()
    rows = Scan.objects.order_by("id").values_list("student__user__username", "proof", "is_proven", "at")
    assert list(rows) == [("student", ScanProof.ROOM, False, NOW), ("fellow", ScanProof.NOW, True, NOW)]
    # The teacher's screen has counted both, by the server's clock.
    teacher.clock.fast_forward(20_000)
    expect(teacher.locator(".display-lesson")).to_contain_text("2 students have scanned")
    fresh = path_of(read_code(teacher.locator(".display-code").screenshot()), live_server)
    assert fresh == link_of(codes_of_rooms([lesson.room_id], on=make.MONDAY)[lesson.room_id], now=clock.now())
    assert errors == []


def test_without_scripts_a_button_sends_the_scan(lesson: Lesson, logged_in: LogIn) -> None:
    room_id = lesson.room_id
    assert room_id is not None
    link = link_of(codes_of_rooms([room_id], on=make.MONDAY)[room_id], now=NOW)
    page = logged_in(people(lesson)["student"], scripts=False, phone=True).new_page()
    page.goto(link)
    assert (code_on(page), Scan.objects.count()) == ("counted", 0)
    page.locator("main button[type=submit]").click()
    expect(page.locator('.scan-said[role="status"]')).to_have_attribute("data-code", "counted")
    assert Scan.objects.count() == 1


def test_typed_code_in_the_page(lesson: Lesson, logged_in: LogIn) -> None:
    """From the first page by its big button; a wrong code says so, the right one counts."""
    room_id = lesson.room_id
    assert room_id is not None
    page = logged_in(people(lesson)["student"], phone=True).new_page()
    page.goto("/")
    page.locator('main a[href="/scan/"]').click()
    page.locator("input[name=typed]").fill("ACDEFG")
    page.keyboard.press("Enter")
    expect(page.locator("[data-code]")).to_have_attribute("data-code", "code_old")
    page.locator("input[name=typed]").fill(codes_of_rooms([room_id], on=make.MONDAY)[room_id].typed_now(NOW).lower())
    page.keyboard.press("Enter")
    expect(page.locator("[data-code]")).to_have_attribute("data-code", "counted")
    assert (Scan.objects.get().method, RefusedScan.objects.count()) == (ScanMethod.TYPED, 1)


# --- The scanner of the page -------------------------------------------------------------------------------------
def film_of(text: str, place: Path) -> Path:
    """A camera's picture (YUV4MPEG2, grey) that shows a code."""
    width, height, module = 640, 480, 8
    rows = qr_matrix(text)
    frame = [bytearray([235] * width) for _ in range(height)]
    for y, row in enumerate(rows):
        for x, is_black in enumerate(row):
            if is_black:
                for line in frame[(y + QUIET) * module : (y + QUIET + 1) * module]:
                    line[(x + QUIET) * module : (x + QUIET + 1) * module] = bytes([16] * module)
    assert (len(rows) + 2 * QUIET) * module <= height
    picture = b"".join(bytes(line) for line in frame) + bytes([128]) * (width * height // 2)
    place.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip C420mpeg2\n" + (b"FRAME\n" + picture) * 2)
    return place


@pytest.fixture
def telephone(browser: Browser, logged_in: LogIn) -> Iterator[Callable[..., Page]]:
    """A page on a telephone of the student's, whose camera is as its arguments tell."""
    started: list[Browser] = []

    def make_page(user: object, *args: str) -> Page:
        own = browser.browser_type.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", *args],
        )
        started.append(own)
        lent = logged_in(user)
        context = own.new_context(viewport={"width": 360, "height": 740}, is_mobile=True)
        context.set_default_timeout(WAIT)
        context.add_cookies(lent.cookies())  # type: ignore[arg-type]
        return context.new_page()

    yield make_page
    for own in started:
        own.close()


def test_scanner_of_the_page_reads_the_code(
    lesson: Lesson, telephone: Callable[..., Page], live_server: LiveServer, tmp_path: Path
) -> None:
    """The camera shows an address with another host's name: what counts is the code in it."""
    room_id = lesson.room_id
    assert room_id is not None
    link = link_of(codes_of_rooms([room_id], on=make.MONDAY)[room_id], now=NOW)
    film = film_of(f"https://journal.example{link}", tmp_path / "camera.y4m")
    page = telephone(
        people(lesson)["student"], "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}"
    )
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
    page.goto(f"{live_server.url}/scan/")
    page.locator("#scanner-start").click()
    expect(page.locator('.scan-said[role="status"]')).to_have_attribute("data-code", "counted")
    assert (Scan.objects.get().method, errors) == (ScanMethod.IN_PAGE, [])


def test_camera_that_is_refused_leaves_the_typed_way(
    lesson: Lesson, telephone: Callable[..., Page], live_server: LiveServer
) -> None:
    page = telephone(people(lesson)["student"], "--deny-permission-prompts")
    page.goto(f"{live_server.url}/scan/")
    page.locator("#scanner-start").click()
    expect(page.locator("#scanner-words")).to_contain_text("not allowed")
    expect(page.locator("input[name=typed]")).to_be_focused()
    expect(page.locator("#scanner-start")).to_be_visible()
