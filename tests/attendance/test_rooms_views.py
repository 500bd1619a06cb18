"""Pages of the codes, the posters and the screens."""

from datetime import time, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import User
from attendance.models import Display, QrSetting, RoomCode
from attendance.selectors.codes import codes_of_rooms, meeting_code
from attendance.services import posters
from attendance.services.rooms import issue_code
from ejournal.jobs.models import Job
from ejournal.jobs.services import run_job
from ejournal.lib import clock
from ejournal.lib.qr import qr_svg
from tests import factories as make
from tests.attendance.test_rolls import browser, scan
from university.models import Policy, Room

pytestmark = pytest.mark.django_db
NOW = clock.moment_of(make.MONDAY, time(8, 5))
STEP = timedelta(seconds=15)


class Clock:
    moment = NOW


@pytest.fixture(autouse=True)
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The server's clock; nobody else's is looked at."""
    hands = Clock()
    monkeypatch.setattr(clock, "now", lambda: hands.moment)
    return hands


@pytest.fixture
def office() -> User:
    user = make.make_user()
    make.appoint(user, Role.DEANS_OFFICE, unit=make.make_unit())
    return user


@pytest.fixture
def room() -> Room:
    return make.make_room()


def code_shown(screen: Client) -> str:
    """The pairing code on a screen that nobody has let in."""
    return str(screen.get("/display/").context["code"])


def paired(room: Room, office: User) -> Client:
    """A screen that hangs in the room."""
    screen = Client()
    typed = {"code": code_shown(screen), "room": str(room.pk), "name": "Проектор"}
    assert browser(office).post("/rooms/displays/", typed).status_code == 302
    assert screen.get("/display/").context["is_typed"]
    assert screen.post("/display/start/").status_code == 302
    return screen


class TestScreen:
    def test_the_address_alone_shows_nothing(self, room: Room, office: User) -> None:
        issue_code(room=room, by=office, now=NOW)
        page = Client().get("/display/")
        assert "<svg" not in page.content.decode().replace('<svg class="icon', "")
        assert room.code not in page.content.decode()
        assert Client().get("/display/code/").status_code == 404

    def test_a_screen_is_paired_once_and_keeps_its_key_from_scripts(self, room: Room, office: User) -> None:
        issue_code(room=room, by=office, now=NOW)
        screen = paired(room, office)
        key = screen.cookies["display_key"]
        assert (key["httponly"], key["samesite"], key["path"]) == (True, "Lax", "/display/")
        assert room.code in screen.get("/display/").content.decode()
        # The address carried to another device shows nothing.
        assert Client().get("/display/code/").status_code == 404

    def test_a_forged_key_shows_nothing(self, room: Room, office: User) -> None:
        screen = paired(room, office)
        screen.cookies["display_key"] = screen.cookies["display_key"].value + "x"
        assert screen.get("/display/code/").status_code == 404

    def test_a_code_of_the_step_is_drawn_and_304_until_it_changes(self, room: Room, office: User, hands: Clock) -> None:
        issue_code(room=room, by=office, now=NOW)
        screen = paired(room, office)
        first = screen.get("/display/code/")
        code = codes_of_rooms([room.pk], on=make.MONDAY)[room.pk]
        assert code.typed_now(NOW) in first.content.decode()
        assert str(qr_svg(f"http://testserver/r/{code.public}.{code.step_now(NOW)}")) in first.content.decode()
        again = {"If-None-Match": first["ETag"]}
        assert screen.get("/display/code/", headers=again).status_code == 304
        hands.moment = NOW + STEP
        news = screen.get("/display/code/", headers=again)
        assert news.status_code == 200
        assert code.typed_now(NOW + STEP) in news.content.decode()
        assert code.typed_now(NOW) not in news.content.decode()
        # No step to come is ever sent.
        assert code.typed_now(NOW + 2 * STEP) not in news.content.decode()

    def test_screens_of_a_room_show_the_same_code_at_once(self, room: Room, office: User) -> None:
        issue_code(room=room, by=office, now=NOW)
        first, second = paired(room, office), paired(room, office)
        shown = [screen.get("/display/code/").content for screen in (first, second)]
        assert shown[0] == shown[1]

    def test_an_ended_screen_shows_nothing_at_its_next_look(self, room: Room, office: User) -> None:
        screen = paired(room, office)
        assert screen.get("/display/code/").status_code == 200
        display = Display.objects.get()
        assert browser(office).post(f"/rooms/displays/{display.pk}/end/").status_code == 302
        assert screen.get("/display/code/").status_code == 404
        assert "code" in screen.get("/display/").context

    def test_after_days_it_is_the_same_screen(self, room: Room, office: User, hands: Clock) -> None:
        issue_code(room=room, by=office, now=NOW)
        screen = paired(room, office)
        hands.moment = NOW + timedelta(days=40)
        assert screen.get("/display/code/").status_code == 200
        assert Display.objects.get().last_seen_at == hands.moment

    def test_it_names_the_lesson_that_is_on_and_the_next_and_counts(
        self, room: Room, office: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        issue_code(room=room, by=office, now=NOW)
        course = make.make_course()
        workload = make.make_workload(course=course)
        lesson = make.make_lesson(workload, room=room)
        make.make_lesson(workload, room=room, pair=3)
        scan(lesson, make.make_student())
        screen = paired(room, office)
        lessons = screen.get("/display/").context["screen"].lessons
        assert [(one.is_on, one.scans) for one in lessons] == [(True, 1), (False, 0)]
        # The screen with its code and the setting; its lessons with their names and counts.
        with django_assert_num_queries(2):
            screen.get("/display/code/")

    @pytest.mark.parametrize("code", ["", "ACDEFGHJK", "ACDEFGHJ"])
    def test_a_wrong_code_is_said_in_the_form(self, room: Room, office: User, code: str) -> None:
        client = browser(office)
        fields = {"code": code, "room": str(room.pk)}
        answers = [client.post("/rooms/displays/", fields).status_code for _ in range(2)]
        # What looks like a code is taken once: nobody knows yet that no screen shows it.
        assert answers == ([302, 422] if code == "ACDEFGHJ" else [422, 422])


class TestTeachersScreen:
    def lesson_code(self, lesson: Any) -> Any:
        return browser(lesson.teacher.user).get(f"/lessons/{lesson.pk}/code/")

    def test_it_shows_the_rooms_code(self, room: Room) -> None:
        issue_code(room=room, by=None, now=NOW)
        lesson = make.make_lesson(make.make_workload(), room=room)
        code = codes_of_rooms([room.pk], on=make.MONDAY)[room.pk]
        assert self.lesson_code(lesson).context["screen"].typed == code.typed_now(NOW)

    def test_without_a_room_and_where_two_are_at_once_it_is_the_lessons_own(self, room: Room) -> None:
        issue_code(room=room, by=None, now=NOW)
        alone = make.make_lesson(make.make_workload(), pair=2)
        first = make.make_lesson(make.make_workload(), room=room)
        second = make.make_lesson(make.make_workload(), room=room)
        for lesson in (alone, first, second):
            typed = self.lesson_code(lesson).context["screen"].typed
            assert typed == meeting_code(lesson.pk, on=make.MONDAY).typed_now(NOW)

    def test_it_is_304_until_it_changes(self, room: Room, hands: Clock) -> None:
        lesson = make.make_lesson(make.make_workload(), room=room)
        client = browser(lesson.teacher.user)
        url = f"/lessons/{lesson.pk}/code/now/"
        etag = client.get(url)["ETag"]
        assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
        hands.moment = NOW + STEP
        assert client.get(url, headers={"If-None-Match": etag}).status_code == 200


class TestCodesPage:
    @pytest.mark.parametrize("count", [1, 3])
    def test_lists_are_a_fixed_number_of_queries(
        self, office: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(count):
            room = make.make_room(f"Б-{number}")
            issue_code(room=room, by=office, now=NOW)
            paired(room, office)
        client = browser(office)
        client.get("/rooms/")
        with django_assert_num_queries(7):
            rooms = client.get("/rooms/").context["page_obj"].object_list
        assert [room.screens for room in rooms] == [1] * count
        with django_assert_num_queries(7):
            assert len(client.get("/rooms/displays/").context["page_obj"].object_list) == count

    def test_a_living_code_is_issued_anew_only_when_confirmed(self, room: Room, office: User) -> None:
        client = browser(office)
        url = f"/rooms/{room.pk}/"
        assert client.post(url, {"deed": "issue"}).status_code == 302
        first = RoomCode.objects.get().public
        asked = client.post(url, {"deed": "issue"})
        assert (asked.status_code, "confirmed" in asked.content.decode()) == (200, True)
        assert RoomCode.objects.get().public == first
        assert client.post(url, {"deed": "issue", "confirmed": "1"}).status_code == 302
        assert RoomCode.objects.get(ended_at__isnull=True).public != first

    @pytest.mark.parametrize("deed", ["", "burn", "mode"])
    def test_what_is_no_deed_changes_nothing(self, room: Room, office: User, deed: str) -> None:
        answer = browser(office).post(f"/rooms/{room.pk}/", {"deed": deed, "mode": "never"})
        assert (answer.status_code, RoomCode.objects.count(), QrSetting.objects.count()) == (422, 0, 0)

    def test_a_rooms_way_of_proof_is_set_and_taken_back(self, room: Room, office: User) -> None:
        client = browser(office)
        for mode, rows in (("rotating", ["rotating"]), ("", [])):
            client.post(f"/rooms/{room.pk}/", {"deed": "mode", "mode": mode})
            assert list(QrSetting.objects.values_list("mode", flat=True)) == rows

    def test_an_office_sets_the_way_of_its_unit_and_of_no_other(self, office: User) -> None:
        own = office.appointments.get().unit
        other = make.make_unit("Башка")
        client = browser(office)
        assert client.post("/rooms/proof/", {"unit": own.pk, "mode": "rotating"}).status_code == 302
        assert client.post("/rooms/proof/", {"unit": other.pk, "mode": "room"}).status_code == 422
        assert client.post("/rooms/proof/", {"unit": "", "mode": "room"}).status_code == 422
        assert list(Policy.objects.values_list("unit", "value")) == [(own.pk, "rotating")]

    def test_the_administrator_sets_the_universitys(self) -> None:
        admin = make.make_user()
        make.appoint(admin, Role.ADMINISTRATOR)
        assert browser(admin).post("/rooms/proof/", {"unit": "", "mode": "room"}).status_code == 302
        assert list(Policy.objects.values_list("unit", "value")) == [(None, "room")]

    def test_a_teacher_sets_the_way_of_his_lesson(self, room: Room) -> None:
        lesson = make.make_lesson(make.make_workload(), room=room)
        client = browser(lesson.teacher.user)
        assert client.post(f"/lessons/{lesson.pk}/proof/", {"mode": "rotating"}).status_code == 302
        assert client.post(f"/lessons/{lesson.pk}/proof/", {"mode": "never"}).status_code == 302
        assert list(QrSetting.objects.values_list("lesson", "mode")) == [(lesson.pk, "rotating")]


class TestPosters:
    def test_a_building_is_one_file_with_a_page_an_auditorium(self, office: User) -> None:
        for number in ("101", "102"):
            room = Room.objects.create(code=f"Б-{number}", building="Б", number=number, seats=30)
            issue_code(room=room, by=office, now=NOW)
        for size, width in (("a4", 595), ("a6", 298)):
            answer = browser(office).get("/rooms/posters.pdf", {"building": "Б", "size": size})
            pages = PdfReader(BytesIO(answer.content)).pages
            assert [round(float(page.mediabox.width)) for page in pages] == [width, width]
            words = [page.extract_text() for page in pages]
            assert ["101" in words[0], "102" in words[1]] == [True, True]
            for language in ("телефондун", "камерой", "camera"):
                assert language in words[0]

    def test_many_are_made_by_a_worker(
        self, office: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
    ) -> None:
        monkeypatch.setattr("attendance.views.rooms.MANY", 1)
        for number in ("101", "102"):
            room = Room.objects.create(code=f"Б-{number}", building="Б", number=number, seats=30)
            issue_code(room=room, by=office, now=NOW)
        client = browser(office)
        assert client.get("/rooms/posters.pdf", {"building": "Б"})["Location"].startswith("/rooms/?building=")
        with django_capture_on_commit_callbacks():
            answers = [client.post("/rooms/posters.pdf", {"building": "Б", "size": "a6"}) for _ in range(2)]
        job = Job.objects.get(kind=posters.POSTERS)
        assert {answer["Location"] for answer in answers} == {f"/jobs/{job.pk}/"}
        assert run_job(job.pk, now=NOW)
        job.refresh_from_db()
        assert (job.state, job.outcome) == ("done", {"posters": 2})
        saved = client.get(f"/jobs/{job.pk}/files/{job.files.get().pk}/")
        assert len(PdfReader(BytesIO(b"".join(saved.streaming_content))).pages) == 2

    def test_a_building_without_codes_is_said(self, office: User) -> None:
        assert browser(office).get("/rooms/posters.pdf", {"building": "жок"}).status_code == 302
        job = posters.ask_for_posters(building="жок", size="a4", base="http://x/", by=office, now=NOW)
        run_job(job.pk, now=NOW)
        job.refresh_from_db()
        assert (job.state, job.outcome) == ("refused", {"code": "no_code"})
