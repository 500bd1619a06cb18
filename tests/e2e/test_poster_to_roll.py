"""One morning at one door: the poster, the screen of the auditorium, two telephones, and the teacher's roll (§4.2)."""

from collections.abc import Callable, Iterator
from datetime import time, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from accounts.models import Student, User
from attendance.models import ProvenScan, Scan
from attendance.services.rooms import issue_code
from ejournal.lib import clock
from journal.models import Mark
from teaching.models import Lesson
from tests import factories as make
from tests.e2e.conftest import WAIT, ReadCode, SetClock, pictures_of
from university.models import Institution

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

NOW = clock.moment_of(make.MONDAY, time(8, 0))
LogIn = Callable[..., BrowserContext]
# A screen polls at its own pace; whatever it is, the count must have come by then.
SOON = 4 * WAIT


@pytest.fixture
def lesson(transactional_db: None, set_clock: SetClock) -> Lesson:
    """Three students of a lesson in an auditorium that has a code; the dean's office that prints it."""
    set_clock(NOW)
    Institution.objects.create(id=1, name_ky="Сыноо университети")
    room, course = make.make_room(), make.make_course()
    issue_code(room=room, by=None, now=NOW)
    for name, last in (("first", "Абдиева"), ("second", "Бекова"), ("missing", "Жапарова")):
        make.enrol(make.make_student(name, last_name=last, group=course.group), course)
    make.appoint(make.make_user("office"), Role.DEANS_OFFICE, unit=course.group.unit)
    return make.make_lesson(make.make_workload(course=course), room=room)


@pytest.fixture
def device(browser: Browser, live_server: LiveServer, errors: list[str]) -> Iterator[Callable[..., Page]]:
    """A telephone or a screen at which nobody is logged in, and whose clock is wrong by some hours."""
    opened: list[BrowserContext] = []

    def take(*, is_phone: bool = True, hours: int = 0) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            locale="ky",
            viewport={"width": 360, "height": 740} if is_phone else {"width": 1280, "height": 800},
            is_mobile=is_phone,
        )
        context.set_default_timeout(SOON)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
        if hours:
            page.clock.install(time=NOW + timedelta(hours=hours))
        return page

    yield take
    for context in opened:
        context.close()


def path_of(address: str, live_server: LiveServer) -> str:
    assert address.startswith(f"{live_server.url}/r/")
    return address.removeprefix(live_server.url)


def counted(page: Page, tone: str) -> None:
    said = page.locator('.scan-said[role="status"]')
    expect(said).to_have_attribute("data-code", "counted", timeout=SOON)
    expect(said).to_contain_class(f"is-{tone}")


def figure(page: Page, state: str, number: int) -> None:
    expect(page.locator(f"[data-figure={state}]")).to_have_text(str(number), timeout=SOON)


def test_from_the_poster_to_the_roll_the_grid_and_the_cabinet(
    lesson: Lesson,
    logged_in: LogIn,
    device: Callable[..., Page],
    live_server: LiveServer,
    read_code: ReadCode,
    set_clock: SetClock,
    errors: list[str],
) -> None:
    student = {one.user.username: one for one in Student.objects.select_related("user")}
    journal = lesson.workloads.get().workload
    office = logged_in(User.objects.get(username="office"))

    # The office prints the poster. What is on the paper is read by a decoder that did not make it.
    paper = office.request.get(f"/rooms/{lesson.room_id}/poster.pdf?size=a6", timeout=SOON).body()
    (picture,) = pictures_of(paper, dpi=100)
    poster = path_of(read_code(picture), live_server)

    # The office pairs the screen of the auditorium by the code that it shows. The screen's clock is an hour slow.
    screen = device(is_phone=False, hours=-1)
    screen.goto("/display/")
    shown = screen.locator(".display-pairing").inner_text()
    pairing = office.new_page()
    pairing.goto("/rooms/displays/")
    pairing.locator("input[name=code]").fill(shown)
    pairing.locator("select[name=room]").select_option(str(lesson.room_id))
    pairing.locator("main form button[type=submit]").first.click()
    expect(pairing.locator("main tbody tr")).to_have_count(1)
    screen.goto("/display/")
    expect(screen.locator(".display-code svg")).to_be_visible(timeout=SOON)

    # The teacher has the roll open; the clock of his computer is an hour fast. Nobody has scanned.
    roll = logged_in(lesson.teacher.user).new_page()
    roll.on("pageerror", lambda error: errors.append(str(error)))
    roll.clock.install(time=NOW + timedelta(hours=1))
    roll.goto(f"/lessons/{lesson.pk}/roll/")
    figure(roll, "missing", 3)

    # Both telephones scan the poster: the first has to log in on the way, and takes two minutes for it.
    first, second = device(), logged_in(student["second"].user, phone=True).new_page()
    first.goto(poster)
    set_clock(NOW + timedelta(minutes=2))
    first.locator("input[name=username]").fill("first")
    first.locator("input[name=password]").fill(make.PASSWORD)
    first.keyboard.press("Enter")
    counted(first, "warning")
    second.goto(poster)
    counted(second, "warning")
    figure(roll, "unproven", 2)
    assert list(Scan.objects.order_by("id").values_list("student__user__username", "is_proven", "at")) == [
        ("first", False, NOW),
        ("second", False, NOW + timedelta(minutes=2)),
    ]

    # Then the changing code, as the screen shows it and as the teacher's own screen does: one and the same.
    set_clock(NOW + timedelta(minutes=3))
    screen.goto("/display/")
    changing = path_of(read_code(screen.screenshot()), live_server)
    assert changing.startswith(f"{poster}.")
    own = logged_in(lesson.teacher.user).new_page()
    own.clock.install(time=NOW + timedelta(hours=1))
    own.goto(f"/lessons/{lesson.pk}/code/")
    assert path_of(read_code(own.screenshot()), live_server) == changing
    for phone in (first, second):
        phone.goto(changing)
        counted(phone, "success")
    assert list(ProvenScan.objects.values_list("at", "is_late")) == [(NOW + timedelta(minutes=3), False)] * 2

    # The open roll has it without a reload, and proposes.
    figure(roll, "scanned", 2)
    figure(roll, "missing", 1)
    for name, presence in (("first", "present"), ("second", "present"), ("missing", "absent")):
        row = roll.locator(f'.roll-row[data-student="{student[name].pk}"]')
        expect(row.locator(f"input[value={presence}]")).to_be_checked()
    assert not Mark.objects.exists()

    # One tap.
    roll.locator(".savebar button").click()
    expect(roll.locator(".alert-success")).to_be_visible(timeout=SOON)
    marks = Mark.objects.order_by("student__user__username")
    assert list(marks.values_list("student__user__username", "presence", "source")) == [
        ("first", "present", "scan"),
        ("missing", "absent", "scan"),
        ("second", "present", "scan"),
    ]
    assert Lesson.objects.get(pk=lesson.pk).roll_taken_at == NOW + timedelta(minutes=3)

    # The grid and the student's cabinet show it.
    roll.goto(f"/journals/{journal.pk}/")
    for name, text in (("first", "+"), ("missing", "кж")):
        cell = roll.locator(f'td[data-lesson="{lesson.pk}"][data-student="{student[name].pk}"]')
        expect(cell).to_contain_text(text)
    for name, state in (("second", "present"), ("missing", "absent")):
        cabinet = logged_in(student[name].user, phone=True).new_page()
        cabinet.goto("/cabinet/")
        expect(cabinet.locator("main .marks .mark")).to_have_count(1)
        expect(cabinet.locator(f"main .marks .mark.is-{state}")).to_be_visible()
    assert errors == []
