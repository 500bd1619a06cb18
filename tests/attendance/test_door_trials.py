"""Trials at the door that are no single rule's: what a clock, a network, a bot or another person does to a scan.

docs/attendance.md, "What was tried", names the test of each trial.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings

from accounts.enums import Role
from attendance.models import RefusedScan, Scan
from attendance.selectors.flags import flags_for_teacher, scans_of_lessons
from attendance.services.claims import CLAIM_COOKIE
from attendance.services.rooms import issue_code
from journal.models import Mark
from teaching.models import CourseEnrolment, Lesson, Substitution
from teaching.services.change_judging import Order, Place
from teaching.services.changes import cancel_lesson, change_room, move_lesson
from tests import factories as make
from tests.attendance.test_rolls import browser
from tests.attendance.test_scans_views import JSON, START, World, code_of, log_in, said

pytestmark = pytest.mark.django_db
ORDER = Order("12-К", make.MONDAY)
EARLIER = START - timedelta(hours=2)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def rows() -> tuple[int, int]:
    return Scan.objects.count(), RefusedScan.objects.count()


def fellow_of(world: World) -> Client:
    fellow = make.make_student("fellow", group=world.course.group)
    make.enrol(fellow, world.course)
    return world.logged_in(fellow.user)


# --- Clocks and logins -----------------------------------------------------------------------------------------
def test_the_clock_of_the_telephone_says_nothing(world: World) -> None:
    """An hour slow or fast, in its headers and in what it sends: only the server's clock is asked."""
    link = world.link()
    world.phone.get(
        link, headers={"Date": "Mon, 21 Sep 2026 01:00:00 GMT", "If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}
    )
    answer = world.phone.post(link, {"at": "2026-09-21T07:00:00", "now": "0"}, **JSON)
    assert said(answer) == (200, "counted")
    assert Scan.objects.get().at == START


def test_a_code_that_runs_out_on_the_login_page_counts_as_of_its_first_sight(world: World) -> None:
    """By the login page itself, with a wrong password first."""
    phone, link = Client(), world.link()
    login = phone.get(link)["Location"]
    world.go(1)
    assert phone.post(login, {"username": "student", "password": "ката"}).status_code in (200, 422)
    world.go(2)
    answer = phone.post(login, {"username": "student", "password": make.PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, link)
    assert code_of(phone.get(link)) == "counted"
    assert said(phone.post(link, **JSON)) == (200, "counted")
    assert Scan.objects.get().at == START


# --- Who only looks --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "TelegramBot (like TwitterBot)"},
        {"User-Agent": "WhatsApp/2.23.20.0"},
        {"User-Agent": "facebookexternalhit/1.1"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"Sec-Fetch-Mode": "no-cors"},
    ],
)
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_preview_writes_nothing_and_spends_nothing(world: World, headers: dict[str, str], method: str) -> None:
    """A messenger opens the address first, and a browser fetches it ahead: the student's own scan counts after that."""
    link = world.link()
    for client in (Client(), world.phone):
        getattr(client, method)(link, headers=headers)
    assert rows() == (0, 0)
    assert said(world.scan(0, link=link)) == (200, "counted")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_no_other_verb_scans(world: World, method: str) -> None:
    assert getattr(world.phone, method)(world.link()).status_code == 405
    assert rows() == (0, 0)


# --- Replays ---------------------------------------------------------------------------------------------------
def test_a_claim_that_was_kept_before_it_was_used_gives_the_same_answer(world: World) -> None:
    """Cookies put back as they were: the claim's row is there already."""
    world.phone.get(world.link())
    kept = world.phone.cookies[CLAIM_COOKIE].value
    assert said(world.phone.post(world.link(), **JSON)) == (200, "counted")
    world.go(1)
    world.phone.cookies[CLAIM_COOKIE] = kept
    assert said(world.phone.post(world.link(), **JSON)) == (200, "already")
    assert rows() == (1, 0)


def test_a_claim_of_before_the_window_is_worth_no_more_in_it(world: World) -> None:
    world.go(-11)
    link = world.link()
    world.phone.get(link)
    kept = world.phone.cookies[CLAIM_COOKIE].value
    for minutes in (-11, -9):
        world.go(minutes)
        world.phone.cookies[CLAIM_COOKIE] = kept
        assert said(world.phone.post(link, **JSON)) == (422, "too_early")
    assert rows() == (0, 1)


def test_the_scan_of_one_lesson_is_not_one_of_the_next_in_the_same_room(world: World) -> None:
    """The first lesson's answered claim, sent again when the second begins."""
    make.make_lesson(world.workload, pair=2, room=world.room)
    world.scan(0)
    kept = world.phone.cookies[CLAIM_COOKIE].value
    world.go(90)
    world.phone.cookies[CLAIM_COOKIE] = kept
    assert said(world.phone.post(world.link(), **JSON)) == (422, "code_old")
    assert Scan.objects.count() == 1


# --- Pictures that are sent on ---------------------------------------------------------------------------------
def test_a_photo_that_comes_after_the_step_is_old(world: World) -> None:
    """Two steps after it was taken; the friend outside is told so, and nothing counts."""
    world.scan(0)
    photo = world.link()
    world.go(0.5)
    friend = fellow_of(world)
    assert code_of(friend.get(photo)) == "code_old"
    assert said(friend.post(photo, **JSON)) == (422, "code_old")
    assert rows() == (1, 1)


def test_a_photo_of_the_poster_is_never_presence(world: World) -> None:
    friend = fellow_of(world)
    assert said(world.scan(0, link=world.poster, client=friend)) == (200, "counted")
    assert not Scan.objects.get().is_proven


@override_settings(CAMPUS_NETWORKS=["10.0.0.0/8"])
def test_a_photo_within_the_step_counts_and_is_flagged_where_the_network_gives_it_away(world: World) -> None:
    """The live relay: said in docs/attendance.md not to be stopped."""
    friend, link = fellow_of(world), world.link()
    for client, address in ((world.phone, "10.1.2.3"), (friend, "8.8.8.8")):
        client.get(link)
        client.post(link, REMOTE_ADDR=address)
    assert Scan.objects.filter(is_proven=True).count() == 2
    flags = flags_for_teacher(scans_of_lessons([world.lesson.pk])[world.lesson.pk])
    assert list(flags.values()) == [["seen_outside"]]


# --- Telephones and accounts -----------------------------------------------------------------------------------
def test_two_telephones_of_one_account_make_one_scan(world: World) -> None:
    second = world.logged_in(world.student.user)
    assert [said(world.scan(0)), said(world.scan(1, client=second))] == [(200, "counted"), (200, "already")]
    assert rows() == (1, 0)


def test_a_second_telephone_of_an_account_is_asked_about(world: World) -> None:
    before = make.make_lesson(world.workload, day=make.MONDAY - timedelta(days=7), room=world.room)
    assert said(world.scan(-7 * 24 * 60)) == (200, "counted")
    assert Scan.objects.get().lesson == before
    world.scan(0, client=world.logged_in(world.student.user))
    flags = flags_for_teacher(scans_of_lessons([world.lesson.pk])[world.lesson.pk])
    assert flags == {world.student.pk: ["new_device"]}


def test_one_telephone_of_two_accounts_is_asked_about_and_not_refused(world: World) -> None:
    fellow = make.make_student("fellow", group=world.course.group)
    make.enrol(fellow, world.course)
    world.scan(0)
    log_in(world.phone, fellow)
    assert said(world.scan(1)) == (200, "counted")
    flags = flags_for_teacher(scans_of_lessons([world.lesson.pk])[world.lesson.pk])
    assert flags == {world.student.pk: ["one_device"], fellow.pk: ["one_device"]}


# --- The timetable changes -------------------------------------------------------------------------------------
def study_office(world: World) -> dict[str, object]:
    study = make.make_user("study")
    make.appoint(study, Role.STUDY_OFFICE)
    lesson = Lesson.objects.get(pk=world.lesson.pk)
    return {"lesson_id": lesson.pk, "version": lesson.version, "reason": "жыйын", "by": study, "now": EARLIER}


def other_room(world: World) -> tuple[object, str]:
    other = make.make_room("Б-102")
    issue_code(room=other, by=None, now=EARLIER)
    return other, "Б-102"


def test_a_lesson_that_was_moved_is_scanned_where_and_when_it_is_now(world: World) -> None:
    room, _ = other_room(world)
    place = Place(make.MONDAY, pair=2, room_id=room.pk)
    change = move_lesson(place=place, order=ORDER, **study_office(world))
    assert said(world.scan(0)) == (422, "cancelled")
    world.go(90)
    assert said(world.scan(90, link=world.link(room))) == (200, "counted")
    assert Scan.objects.get().lesson_id == change.became_lesson_id


def test_a_lesson_that_was_moved_into_another_room_says_so_at_the_old_door(world: World) -> None:
    room, code = other_room(world)
    move_lesson(place=Place(make.MONDAY, pair=1, room_id=room.pk), order=ORDER, **study_office(world))
    answer = world.scan(0)
    assert said(answer) == (422, "other_room")
    assert code in answer.json()["message"]


def test_another_room_is_followed(world: World) -> None:
    room, _ = other_room(world)
    change_room(room=room, **study_office(world))
    assert said(world.scan(0)) == (422, "other_room")
    assert said(world.scan(0, link=world.link(room))) == (200, "counted")


def test_a_lesson_that_the_study_office_cancelled_is_refused(world: World) -> None:
    cancel_lesson(order=ORDER, **study_office(world))
    assert said(world.scan(0)) == (422, "cancelled")
    assert rows() == (0, 1)


def test_under_a_substitute_students_scan_as_ever_and_he_takes_the_roll(world: World) -> None:
    substitute = make.make_teacher("substitute", last_name="Эсенов")
    Substitution.objects.create(
        lesson=world.lesson,
        substitute=substitute,
        reason="ооруп калды",
        named_by=world.lesson.teacher.user,
        named_at=EARLIER,
    )
    assert said(world.scan(0)) == (200, "counted")
    page = browser(substitute.user)
    assert page.get(f"/lessons/{world.lesson.pk}/code/").status_code == 200
    context = page.get(f"/lessons/{world.lesson.pk}/roll/").context
    (line,) = context["roll"].lines
    key = world.student.pk
    form = {"nonce": str(context["nonce"]), f"v{key}": line.row.seen, f"p{key}": line.shown[0], f"m{key}": ""}
    assert page.post(f"/lessons/{world.lesson.pk}/roll/", form).status_code == 302
    mark = Mark.objects.get()
    assert (mark.student, mark.presence, mark.source, mark.by) == (world.student, "present", "scan", substitute.user)


def test_a_stream_of_two_groups_is_one_lesson_for_both(world: World) -> None:
    other = make.make_course(group=make.make_group(name="ХИМ-11"))
    fellow = make.make_student("fellow", group=other.group)
    make.enrol(fellow, other)
    world.lesson.delete()
    lesson = make.make_lesson(
        world.workload, make.make_workload(course=other, teacher=world.workload.teachers.get().teacher), room=world.room
    )
    assert said(world.scan(0)) == (200, "counted")
    assert said(world.scan(1, client=world.logged_in(fellow.user))) == (200, "counted")
    assert set(Scan.objects.values_list("lesson", "student")) == {(lesson.pk, world.student.pk), (lesson.pk, fellow.pk)}


def test_each_subgroup_is_at_its_own_lesson_of_the_same_hour(world: World) -> None:
    group = world.course.group
    fellow = make.make_student("fellow", group=group, subgroup=2)
    make.enrol(fellow, world.course, subgroup=2)
    room, _ = other_room(world)
    world.lesson.delete()
    first, second = (
        make.make_lesson(
            make.make_workload(course=world.course, subgroup=group.subgroups.get(number=number)), room=place
        )
        for number, place in ((1, world.room), (2, room))
    )
    other = world.logged_in(fellow.user)
    assert said(world.scan(0)) == (200, "counted")
    assert said(world.scan(0, client=other)) == (422, "other_room")
    assert said(world.scan(0, client=other, link=world.link(room))) == (200, "counted")
    assert set(Scan.objects.values_list("lesson", "student")) == {
        (first.pk, world.student.pk),
        (second.pk, fellow.pk),
    }


@pytest.mark.parametrize(("ends", "code"), [(make.MONDAY, "counted"), (make.MONDAY - timedelta(days=1), "no_lesson")])
def test_who_left_the_course_has_no_lesson_from_the_next_day_on(world: World, ends: object, code: str) -> None:
    CourseEnrolment.objects.update(ends_on=ends)
    assert said(world.scan(0))[1] == code


# --- The list --------------------------------------------------------------------------------------------------
def test_each_test_that_the_list_of_trials_names_is_there() -> None:
    page = (Path(settings.BASE_DIR) / "docs" / "attendance.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", page))
    written = set()
    for path in (Path(settings.BASE_DIR) / "tests").rglob("test_*.py"):
        written |= set(re.findall(r"def (test_\w+)", path.read_text()))
    assert len(named) > 40
    assert named - written == set()
