"""Scanning by the address of a code and by typing, with a clock that tests set (trials.md, QR)."""

import re
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core.signing import Signer
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Session, Student, User
from attendance.enums import QrMode, ScanMethod, ScanProof
from attendance.models import QrSetting, RefusedScan, Scan
from attendance.selectors.codes import codes_of_rooms, link_of, meeting_code
from attendance.services.claims import CLAIM_COOKIE, CLAIM_SALT, DEVICE_COOKIE
from attendance.services.rooms import issue_code
from ejournal.lib import clock
from teaching.enums import LessonState
from teaching.models import Lesson
from tests import factories as make
from university.models import Policy, Room

pytestmark = pytest.mark.django_db
START = clock.moment_of(make.MONDAY, time(8, 0))
JSON = {"headers": {"Accept": "application/json"}}


class World:
    """A student, his lesson at eight in a room with a code, and the clock of the server."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch
        self.go(0)
        self.room = make.make_room()
        self.code = issue_code(room=self.room, by=None, now=START - timedelta(days=1))
        self.course = make.make_course()
        self.student = make.make_student("student")
        make.enrol(self.student, self.course, subgroup=1)
        self.workload = make.make_workload(course=self.course)
        self.lesson = make.make_lesson(self.workload, room=self.room)
        self.phone = self.logged_in(self.student.user)

    @staticmethod
    def logged_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def go(self, minutes: float) -> datetime:
        """Make it so many minutes after the lesson's start."""
        now = START + timedelta(minutes=minutes)
        self.patch.setattr(clock, "now", lambda: now)
        self.patch.setattr(timezone, "now", lambda: now)
        self.now = now
        return now

    def link(self, room: Room | None = None) -> str:
        """The address that the room's screen shows now."""
        found = codes_of_rooms([(room or self.room).pk], on=clock.day_of(self.now))
        return link_of(found[(room or self.room).pk], now=self.now)

    @property
    def poster(self) -> str:
        return f"/r/{self.code.public}"

    def scan(self, minutes: float = 0, *, link: str = "", client: Client | None = None, **chosen: Any) -> HttpResponse:
        """Open the address at a moment, and let the page send itself."""
        self.go(minutes)
        client = client or self.phone
        address = link or self.link()
        assert client.get(address).status_code == 200
        return client.post(address, chosen, **JSON)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def rows() -> tuple[int, int]:
    return Scan.objects.count(), RefusedScan.objects.count()


def code_of(answer: HttpResponse) -> str:
    found = re.search(r'data-code="(\w+)"', answer.content.decode())
    assert found is not None
    return found.group(1)


def said(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]


# --- Each answer -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("minutes", "status", "code"),
    [
        (-11, 422, "too_early"),
        (-10, 200, "counted"),
        (0, 200, "counted"),
        (15, 200, "counted"),
        (16, 200, "late"),
        (30, 200, "late"),
        (31, 422, "too_late"),
    ],
)
def test_answer_by_the_minute(world: World, minutes: int, status: int, code: str) -> None:
    answer = world.scan(minutes)
    assert said(answer) == (status, code)
    assert answer.json()["lesson"] == world.lesson.pk  # type: ignore[attr-defined]
    assert rows() == ((1, 0) if status == 200 else (0, 1))


def test_window_is_that_of_the_unit(world: World) -> None:
    unit = world.course.group.unit
    Policy.objects.create(key="scan_late_minutes", value=20, unit=unit, valid_from=make.MONDAY)
    assert said(world.scan(21)) == (422, "too_late")


def test_page_carries_the_code_and_the_lesson(world: World) -> None:
    page = world.phone.get(world.link())
    assert (page.status_code, code_of(page)) == (200, "counted")
    assert world.course.discipline.name in page.content.decode()
    answer = world.phone.post(world.link())
    assert (answer.status_code, code_of(answer)) == (200, "counted")


def test_row_keeps_moment_method_proof_and_device(world: World) -> None:
    world.scan(2)
    scan = Scan.objects.get()
    assert (scan.at, scan.recorded_at, scan.student, scan.lesson) == (
        world.now,
        world.now,
        world.student,
        world.lesson,
    )
    assert (scan.method, scan.proof, scan.is_proven, scan.is_late, scan.on_campus) == (
        ScanMethod.CAMERA,
        ScanProof.NOW,
        True,
        False,
        None,
    )
    assert len(scan.device) == 64


def test_scanner_of_the_page_is_kept_as_such(world: World) -> None:
    world.phone.get(f"{world.link()}?by=page")
    world.phone.post(world.link())
    assert Scan.objects.get().method == ScanMethod.IN_PAGE


def test_second_scan_is_already(world: World) -> None:
    assert [said(world.scan(0)), said(world.scan(5))] == [(200, "counted"), (200, "already")]
    assert rows() == (1, 0)


def test_repeated_post_of_one_claim_makes_one_row(world: World) -> None:
    world.phone.get(world.link())
    codes = [said(world.phone.post(world.link(), **JSON)) for _ in range(3)]
    assert codes == [(200, "counted"), (200, "already"), (200, "already")]
    assert rows() == (1, 0)


def test_other_room_says_which(world: World) -> None:
    other = make.make_room("Б-102")
    issue_code(room=other, by=None, now=START)
    answer = world.scan(link=world.link(other))
    assert said(answer) == (422, "other_room")
    assert "Б-101" in answer.json()["message"]  # type: ignore[attr-defined]


def test_no_lesson_on_a_free_day(world: World) -> None:
    assert said(world.scan(24 * 60)) == (422, "no_lesson")


def test_cancelled_lesson_is_refused(world: World) -> None:
    Lesson.objects.update(state=LessonState.CANCELLED)
    assert said(world.scan()) == (422, "cancelled")


def test_moved_lesson_is_followed_into_its_room(world: World) -> None:
    other = make.make_room("Б-102")
    issue_code(room=other, by=None, now=START)
    Lesson.objects.filter(pk=world.lesson.pk).update(room=other)
    assert said(world.scan(link=world.link(other))) == (200, "counted")


def test_other_subgroup_is_refused(world: World) -> None:
    Lesson.objects.all().delete()
    make.make_lesson(
        make.make_workload(course=world.course, subgroup=world.course.group.subgroups.get(number=2)), room=world.room
    )
    assert said(world.scan()) == (422, "not_your_subgroup")


def test_account_that_is_no_students_is_told_so(world: World) -> None:
    teacher = world.logged_in(world.lesson.teacher.user)
    page = teacher.get(world.link())
    assert (page.status_code, code_of(page)) == (403, "not_a_student")
    assert rows() == (0, 0)
    assert said(teacher.post(world.link(), **JSON)) == (403, "not_a_student")
    assert said(Client().post("/scan/", {"typed": "ACDEFG"}, **JSON)) == (401, "login")
    assert said(teacher.post("/scan/", {"typed": "ACDEFG"}, **JSON)) == (403, "not_a_student")
    assert rows() == (0, 2)


@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_code_is_404(world: World, method: str) -> None:
    answer = getattr(world.phone, method)("/r/AAAAAAAAAAAAAAAAAAAAAA.abcdefghijk", **JSON)
    assert said(answer) == (404, "unknown")
    assert rows() == (0, int(method == "post"))


@pytest.mark.parametrize("code", ["x", "-", ".", "%00", "1-x", "99999999999999999999-x", "ө" * 22, "A" * 500])
def test_forged_address_is_404(world: World, code: str) -> None:
    assert world.phone.get(f"/r/{code}").status_code == 404


def test_two_that_fit_are_asked_about(world: World) -> None:
    other = make.make_course(group=world.course.group, discipline="Оптика")
    make.enrol(world.student, other)
    second = make.make_lesson(make.make_workload(course=other), room=world.room)
    page = world.phone.get(world.link())
    assert (code_of(page), page.content.decode().count('name="lesson"')) == ("two_fit", 2)
    asked = world.phone.post(world.link(), **JSON)
    assert said(asked) == (300, "two_fit")
    assert [one["lesson"] for one in asked.json()["choices"]] == [world.lesson.pk, second.pk]  # type: ignore[attr-defined]
    assert said(world.phone.post(world.link(), {"lesson": second.pk}, **JSON)) == (200, "counted")
    assert Scan.objects.get().lesson == second
    # One claim is worth one lesson.
    assert said(world.phone.post(world.link(), {"lesson": world.lesson.pk}, **JSON)) == (422, "code_old")


def test_two_students_of_two_groups_in_one_room_get_each_his_own(world: World) -> None:
    fellow = make.make_student("fellow", group=make.make_group(name="ХИМ-11"))
    course = make.make_course(group=make.make_group(name="ХИМ-12"), discipline="Химия")
    make.enrol(fellow, course)
    other = make.make_lesson(make.make_workload(course=course), room=world.room)
    world.scan()
    world.scan(client=world.logged_in(fellow.user))
    assert set(Scan.objects.values_list("student", "lesson")) == {
        (world.student.pk, world.lesson.pk),
        (fellow.pk, other.pk),
    }


# --- Codes that change -----------------------------------------------------------------------------------------
def test_code_of_this_step_and_the_previous_counts_and_no_older(world: World) -> None:
    link = world.link()
    world.go(0.25)
    assert code_of(world.phone.get(link)) == "counted"
    other = world.logged_in(world.student.user)
    world.go(0.5)
    page = other.get(link)
    assert (page.status_code, code_of(page)) == (200, "code_old")
    assert said(other.post(link, **JSON)) == (422, "code_old")
    assert rows() == (0, 1)


def test_code_of_a_step_to_come_is_refused(world: World) -> None:
    world.go(1)
    link = world.link()
    world.go(0)
    assert code_of(world.phone.get(link)) == "code_old"


def test_code_of_another_room_is_refused(world: World) -> None:
    other = make.make_room("Б-102")
    issue_code(room=other, by=None, now=START)
    forged = f"{world.poster}.{world.link(other).partition('.')[2]}"
    assert code_of(world.phone.get(forged)) == "code_old"


def test_reissued_code_is_unknown(world: World) -> None:
    issue_code(room=world.room, by=None, now=world.now)
    assert world.phone.get(world.poster).status_code == 404


def test_printed_code_alone_is_recorded_as_unproven(world: World) -> None:
    answer = world.scan(link=world.poster)
    assert said(answer) == (200, "counted")
    scan = Scan.objects.get()
    assert (scan.proof, scan.is_proven) == (ScanProof.ROOM, False)


@pytest.mark.parametrize("of", ["room", "lesson"])
def test_printed_code_proves_where_it_is_enough(world: World, of: str) -> None:
    QrSetting.objects.create(mode=QrMode.ROOM, set_at=START, **{of: getattr(world, of)})
    world.scan(link=world.poster)
    assert Scan.objects.get().is_proven


def test_printed_code_is_refused_where_only_the_changing_one_counts(world: World) -> None:
    Policy.objects.create(key="qr_mode", value="rotating", unit=world.course.group.unit, valid_from=make.MONDAY)
    assert said(world.scan(link=world.poster)) == (422, "code_old")
    assert said(world.scan(1)) == (200, "counted")


def test_lesson_without_a_room_has_a_code_of_its_own(world: World) -> None:
    Lesson.objects.update(room=None)
    code = meeting_code(world.lesson.pk, on=make.MONDAY)
    assert world.phone.get(link_of(code)).status_code == 200  # without a step it proves nothing
    assert said(world.phone.post(link_of(code), **JSON)) == (422, "code_old")
    assert said(world.scan(link=link_of(code, now=world.now))) == (200, "counted")
    assert Scan.objects.get().proof == ScanProof.MEETING


def test_code_of_another_lesson_is_refused(world: World) -> None:
    other = make.make_lesson(make.make_workload(course=make.make_course(discipline="Химия")))
    assert said(world.scan(link=link_of(meeting_code(other.pk, on=make.MONDAY), now=world.now))) == (422, "other_room")


# --- The claim -------------------------------------------------------------------------------------------------
def log_in(client: Client, student: Student) -> None:
    client.force_login(student.user)


def test_code_runs_out_during_the_login_and_still_counts(world: World) -> None:
    phone, link = Client(), world.link()
    sent = phone.get(link)
    assert (sent.status_code, sent["Location"]) == (302, f"/login/?next={link}")
    assert sent.cookies[CLAIM_COOKIE]["httponly"]
    assert sent.cookies[CLAIM_COOKIE]["samesite"] == "Lax"
    assert sent.cookies[CLAIM_COOKIE]["max-age"] == 180
    world.go(2)
    log_in(phone, world.student)
    assert code_of(phone.get(link)) == "counted"
    assert said(phone.post(link, **JSON)) == (200, "counted")
    assert Scan.objects.get().at == START


def test_who_logs_in_after_the_fifteenth_minute_is_not_late_by_it(world: World) -> None:
    phone = Client()
    world.go(15)
    link = world.link()
    phone.get(link)
    world.go(15.2)
    log_in(phone, world.student)
    phone.get(link)
    assert said(phone.post(link, **JSON)) == (200, "counted")


def test_claim_lives_three_minutes(world: World) -> None:
    phone, link = Client(), world.link()
    phone.get(link)
    world.go(3.1)
    log_in(phone, world.student)
    assert code_of(phone.get(link)) == "code_old"
    assert said(phone.post(link, **JSON)) == (422, "code_old")


def test_claim_carried_to_another_browser_is_worth_nothing(world: World) -> None:
    link = world.link()
    world.phone.get(link)
    fellow = make.make_student("fellow", group=world.course.group)
    make.enrol(fellow, world.course)
    world.go(1)
    thief = world.logged_in(fellow.user)
    thief.cookies[CLAIM_COOKIE] = world.phone.cookies[CLAIM_COOKIE].value
    assert code_of(thief.get(link)) == "code_old"
    thief.cookies[CLAIM_COOKIE] = world.phone.cookies[CLAIM_COOKIE].value
    assert said(thief.post(link, **JSON)) == (422, "code_old")
    assert rows() == (0, 1)


def test_claim_is_of_the_account_that_looked_first(world: World) -> None:
    """With the whole jar of cookies, too: another account in the same browser."""
    link = world.link()
    world.phone.get(link)
    fellow = make.make_student("fellow", group=world.course.group)
    make.enrol(fellow, world.course)
    world.go(1)
    log_in(world.phone, fellow)
    assert said(world.phone.post(link, **JSON)) == (422, "code_old")
    assert rows() == (0, 1)


def test_forged_claim_is_worth_nothing(world: World) -> None:
    world.phone.get(world.link())
    good = Signer(salt=CLAIM_SALT).unsign_object(world.phone.cookies[CLAIM_COOKIE].value)
    world.phone.cookies[CLAIM_COOKIE] = Signer(key="x" * 50, salt=CLAIM_SALT).sign_object(good)
    assert said(world.phone.post(world.link(), **JSON)) == (422, "code_old")


def test_claim_of_one_room_is_worth_nothing_at_another(world: World) -> None:
    other = make.make_room("Б-102")
    issue_code(room=other, by=None, now=START)
    world.phone.get(world.link())
    assert said(world.phone.post(world.link(other), **JSON)) == (422, "code_old")


def test_new_look_after_a_refusal_makes_a_new_claim(world: World) -> None:
    assert [said(world.scan(-11)), said(world.scan(-10))] == [(422, "too_early"), (200, "counted")]


def test_two_accounts_of_one_device_both_count_and_are_known(world: World) -> None:
    fellow = make.make_student("fellow", group=world.course.group)
    make.enrol(fellow, world.course)
    world.scan()
    log_in(world.phone, fellow)
    world.scan(1)
    assert len(set(Scan.objects.values_list("device", flat=True))) == 1
    assert rows() == (2, 0)


# --- What only looks -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("is_known", [False, True])
def test_looking_writes_nothing(world: World, method: str, is_known: bool) -> None:
    """A preview bot, and a browser that is logged in: neither GET nor HEAD makes a row of any kind."""
    client = world.phone if is_known else Client()
    sessions = Session.objects.count()
    for link in (world.link(), world.poster, f"{world.poster}.AAAAAAAAAAA", "/r/AAAAAAAAAAAAAAAAAAAAAA", "/scan/"):
        getattr(client, method)(link)
    assert rows() == (0, 0)
    assert Session.objects.count() == sessions


def test_post_needs_a_csrf_token(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    log_in(strict, world.student)
    page = strict.get(world.link())
    assert strict.post(world.link()).status_code == 403
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert found is not None
    answer = strict.post(world.link(), {"csrfmiddlewaretoken": found.group(1)})
    assert (answer.status_code, code_of(answer)) == (200, "counted")


def test_program_without_a_login_gets_401_with_the_claim(world: World) -> None:
    program = Client()
    answer = program.get(world.link(), **JSON)
    assert (answer.status_code, answer.json()["code"], CLAIM_COOKIE in answer.cookies) == (401, "login", True)
    log_in(program, world.student)
    assert said(program.post(world.link(), **JSON)) == (200, "counted")


# --- Too often -------------------------------------------------------------------------------------------------
def test_random_codes_are_refused_thirty_times_a_minute_and_then_not_even_kept(world: World) -> None:
    codes = [said(world.phone.post("/r/AAAAAAAAAAAAAAAAAAAAAA", **JSON)) for _ in range(32)]
    assert codes == [(404, "unknown")] * 30 + [(429, "too_often")] * 2
    assert rows() == (0, 30)
    slowed = world.phone.post(world.link(), **JSON)
    assert (slowed.status_code, slowed["Retry-After"]) == (429, "60")
    assert said(world.scan(1.1)) == (200, "counted")


# --- Typing ----------------------------------------------------------------------------------------------------
def typed_now(world: World) -> str:
    return codes_of_rooms([world.room.pk], on=make.MONDAY)[world.room.pk].typed_now(world.now)


def test_typed_code_counts(world: World) -> None:
    typed = typed_now(world)
    answer = world.phone.post("/scan/", {"typed": f" {typed[:3]} {typed[3:].lower()} "})
    assert (answer.status_code, code_of(answer)) == (200, "counted")
    scan = Scan.objects.get()
    assert (scan.method, scan.proof, scan.is_proven) == (ScanMethod.TYPED, ScanProof.NOW, True)


def test_typed_code_is_valid_for_ones_own_lesson_of_now_only(world: World) -> None:
    stranger = make.make_student("stranger", group=make.make_group(name="ХИМ-11"))
    answer = world.logged_in(stranger.user).post("/scan/", {"typed": typed_now(world)}, **JSON)
    assert said(answer) == (422, "no_lesson")
    world.go(31)
    assert said(world.phone.post("/scan/", {"typed": typed_now(world)}, **JSON)) == (422, "no_lesson")
    assert rows() == (0, 2)


def test_old_typed_code_is_refused(world: World) -> None:
    typed = typed_now(world)
    world.go(0.5)
    assert said(world.phone.post("/scan/", {"typed": typed}, **JSON)) == (422, "code_old")


def test_five_tries_a_minute(world: World) -> None:
    codes = [said(world.phone.post("/scan/", {"typed": "ACDEFG"}, **JSON)) for _ in range(6)]
    assert codes == [(422, "code_old")] * 5 + [(429, "too_often")]
    # The right one, too, while it is too often; a scan by camera goes on.
    assert said(world.phone.post("/scan/", {"typed": typed_now(world)}, **JSON)) == (429, "too_often")
    assert said(world.scan(0.1)) == (200, "counted")
    world.go(1.1)
    assert said(world.phone.post("/scan/", {"typed": typed_now(world)}, **JSON)) == (200, "already")


def test_typed_code_that_fits_two_is_asked_about(world: World) -> None:
    other = make.make_course(group=world.course.group, discipline="Оптика")
    make.enrol(world.student, other)
    second = make.make_lesson(make.make_workload(course=other), room=world.room)
    asked = world.phone.post("/scan/", {"typed": typed_now(world)})
    assert (asked.status_code, code_of(asked)) == (300, "two_fit")
    assert said(world.phone.post(world.poster, {"lesson": second.pk}, **JSON)) == (200, "counted")
    assert (Scan.objects.get().lesson, Scan.objects.get().method) == (second, ScanMethod.TYPED)


def test_empty_typed_code_is_a_field_error(world: World) -> None:
    assert world.phone.post("/scan/", {"typed": " "}).status_code == 422
    assert rows() == (0, 0)


# --- Where it came from ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sender", "forwarded", "on_campus"),
    [
        ("10.1.2.3", "", True),
        ("8.8.8.8", "", False),
        ("8.8.8.8", "10.1.2.3", False),  # anybody may say so
        ("192.0.2.1", "10.1.2.3", True),  # our proxy says so
        ("192.0.2.1", "10.1.2.3, 8.8.8.8", False),  # the proxy saw 8.8.8.8, which claims the rest
    ],
)
@override_settings(CAMPUS_NETWORKS=["10.0.0.0/8"], TRUSTED_PROXIES=["192.0.2.0/24"])
def test_campus_is_a_signal_and_no_gate(world: World, sender: str, forwarded: str, on_campus: bool) -> None:
    world.phone.get(world.link())
    extra = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert world.phone.post(world.link(), REMOTE_ADDR=sender, **extra).status_code == 200
    assert Scan.objects.get().on_campus is on_campus


# --- What it costs, and what may be away ------------------------------------------------------------------------
def test_scan_and_its_page_take_three_queries_each(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The session, which brings its person, included."""
    link = world.link()
    with django_assert_num_queries(3):
        assert world.phone.get(link).status_code == 200
    with django_assert_num_queries(3):
        assert world.phone.post(link).status_code == 200
    assert rows() == (1, 0)


def test_scans_go_on_without_redis(world: World) -> None:
    with override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0"):
        codes = [said(world.phone.post("/scan/", {"typed": "ACDEFG"}, **JSON)) for _ in range(6)]
        assert codes == [(422, "code_old")] * 5 + [(429, "too_often")]
        assert said(world.scan(1.1)) == (200, "counted")


def test_new_device_gets_a_token_once(world: World) -> None:
    first = world.phone.get(world.link())
    again = world.phone.get(world.link())
    assert (DEVICE_COOKIE in first.cookies, DEVICE_COOKIE in again.cookies) == (True, False)
