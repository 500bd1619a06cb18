"""What is printed and shown can be read: posters from their PDF and the screen's page, by a decoder that is not the one
that drew them."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from attendance.models import RoomCode
from attendance.selectors.codes import codes_of_rooms
from attendance.services.posters import render_posters
from attendance.services.rooms import issue_code
from ejournal.lib import clock
from tests import factories as make
from tests.e2e.conftest import ReadCode, pictures_of
from university.models import Room

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
NOW = clock.moment_of(make.MONDAY, time(8, 5))


@pytest.fixture
def codes() -> list[RoomCode]:
    rooms = [Room.objects.create(code=f"Б-{n}", building="Б", number=str(n), seats=30) for n in (101, 102)]
    return [issue_code(room=room, by=None, now=NOW) for room in rooms]


@pytest.mark.parametrize(("size", "dots"), [("a4", 60), ("a6", 110)])
def test_posters_are_decoded_from_the_rendered_pdf(
    read_code: ReadCode, codes: list[RoomCode], size: str, dots: int
) -> None:
    pdf = render_posters(codes, size=size, base="https://journal.example.kg/", printed_at=NOW)  # type: ignore[arg-type]
    read = [read_code(picture) for picture in pictures_of(pdf, dpi=dots)]
    assert read == [f"https://journal.example.kg/r/{code.public}" for code in codes]


def test_the_teachers_screen_is_decoded_as_it_is_seen(
    read_code: ReadCode,
    codes: list[RoomCode],
    logged_in: Callable[..., BrowserContext],
    open_page: Callable[[BrowserContext, str], Page],
    errors: list[str],
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    lesson = make.make_lesson(make.make_workload(), room=codes[0].room)
    for phone, dark in ((False, False), (False, True), (True, True)):
        context = logged_in(lesson.teacher.user, phone=phone)
        # The clock of this computer is an hour wrong: nothing is worked out on it.
        context.clock.set_fixed_time(NOW + timedelta(hours=1))
        page = open_page(context, f"/lessons/{lesson.pk}/code/")
        page.emulate_media(color_scheme="dark" if dark else "light")
        step = codes_of_rooms([codes[0].room_id], on=make.MONDAY)[codes[0].room_id].step_now(NOW)
        assert read_code(page.screenshot()) == f"{live_server.url}/r/{codes[0].public}.{step}"
    assert errors == []
