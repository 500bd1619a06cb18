"""Pages of the changes: forms without scripts, clashes that want a second look, lists at a fixed price."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.enums import Role
from ejournal.lib import clock
from teaching.enums import LessonState, RequestKind, RequestState
from teaching.models import ChangeRequest, Lesson, LessonChange
from teaching.services.change_judging import Place
from tests import factories as make
from tests.teaching.test_changes_services import FRIDAY, MONDAY, NEXT, NOW, World

REGISTER_QUERIES = 9
REQUEST_QUERIES = 8


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return World()


def as_user(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def moved_to(lesson: Lesson, day: date, pair: int, **other: Any) -> dict[str, Any]:
    return {
        "version": lesson.version,
        "day": f"{day:%Y-%m-%d}",
        "pair": pair,
        "reason": "жыйын",
        "order_number": "12-К",
        "order_date": f"{MONDAY:%Y-%m-%d}",
        **other,
    }


def test_clash_is_shown_first_and_confirmed_then(world: World) -> None:
    lesson, client = world.lesson(NEXT), as_user(world.study)
    url = f"/changes/new/{lesson.pk}/move/"
    taken = moved_to(lesson, NEXT + timedelta(days=1), 2)
    answer = client.post(url, taken)
    assert (answer.status_code, len(answer.context["clashes"])) == (422, 1)
    assert LessonChange.objects.count() == 0
    answer = client.post(url, {**taken, "confirm": "1"})
    change = LessonChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/lessons/{change.became_lesson_id}/")


def test_refusal_says_why_and_keeps_what_was_typed(world: World) -> None:
    lesson = world.lesson(NEXT)
    answer = as_user(world.study).post(
        f"/changes/new/{lesson.pk}/move/", moved_to(lesson, date(2026, 12, 28), 1, confirm="1")
    )
    assert answer.status_code == 422
    assert "семестр" in answer.context["problem"]
    assert 'value="12-К"' in answer.content.decode()


@pytest.mark.parametrize("kind", ["move", "cancel", "room", "swap-rooms", "make-up", "not-held"])
def test_each_form_opens(world: World, kind: str) -> None:
    assert as_user(world.study).get(f"/changes/new/{world.lesson(NEXT).pk}/{kind}/").status_code == 200


def test_unknown_deed_is_not_found(world: World) -> None:
    assert as_user(world.study).get(f"/changes/new/{world.lesson(NEXT).pk}/erase/").status_code == 404


def test_cancelled_lesson_says_so_on_its_page_and_today(world: World) -> None:
    day = MONDAY + timedelta(days=1)
    lesson, client = world.lesson(day, world.other), as_user(world.study)
    client.post(f"/changes/new/{lesson.pk}/cancel/", moved_to(lesson, day, 1))
    assert LessonChange.objects.get().lesson == lesson
    page = as_user(world.colleague.user).get(f"/lessons/{lesson.pk}/")
    assert "12-К" in page.context["happened"][0]


def test_what_happened_stands_in_the_list_of_today(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = world.lesson(NEXT)
    as_user(world.study).post(f"/changes/new/{lesson.pk}/room/", {**moved_to(lesson, NEXT, 1), "room": world.hall.pk})
    monkeypatch.setattr(clock, "now", lambda: clock.moment_of(NEXT, time(9, 0)))
    assert "Б-102" in as_user(world.teacher.user).get("/").content.decode()


def test_teacher_asks_and_the_study_office_grants(world: World) -> None:
    lesson = world.lesson(NEXT)
    asked = as_user(world.teacher.user).post(
        f"/lessons/{lesson.pk}/request/",
        {"kind": RequestKind.MOVE, "day": f"{FRIDAY:%Y-%m-%d}", "pair": 3, "reason": "конференция"},
    )
    request = ChangeRequest.objects.get()
    assert asked["Location"] == f"/changes/requests/{request.pk}/"
    study = as_user(world.study)
    assert study.get("/changes/requests/").context["rows"][0]["request"] == request
    order = {"order_number": "12-К", "order_date": f"{MONDAY:%Y-%m-%d}"}
    assert study.post(f"/changes/requests/{request.pk}/", order).status_code == 302
    request.refresh_from_db()
    assert (request.state, world.lesson(FRIDAY).pair) == (RequestState.GRANTED, 3)


def test_line_changes_from_its_page(world: World) -> None:
    slot = world.journal.slots.get()
    sent = moved_to(world.lesson(NEXT), NEXT, 3, slot=slot.pk, from_day=f"{NEXT:%Y-%m-%d}", weekday=4, parity="every")
    answer = as_user(world.study).post(f"/changes/lines/{world.journal.pk}/", sent)
    assert answer.status_code == 302
    assert world.lesson(NEXT + timedelta(days=3)).pair == 3


def test_holiday_is_entered_and_taken_back(world: World) -> None:
    client = as_user(world.study)
    client.post("/changes/holidays/", {"day": f"{NEXT:%Y-%m-%d}", "name": "Нооруз"})
    change = LessonChange.objects.get()
    assert (change.reason, world.lesson(NEXT).state) == ("Нооруз", LessonState.CANCELLED)
    holiday = client.get("/changes/holidays/").context["page_obj"].object_list[0]
    client.post(f"/changes/holidays/{holiday.pk}/withdraw/")
    assert world.lesson(NEXT).state == LessonState.PLANNED


def test_teacher_sees_the_changes_of_his_lessons_only(world: World) -> None:
    far = make.make_workload()
    make.make_lesson(far, day=NEXT, pair=6)
    change = world.move(world.lesson(NEXT), Place(FRIDAY, pair=4))
    stranger = far.teachers.get().teacher.user
    assert [row["change"] for row in as_user(world.teacher.user).get("/changes/").context["rows"]] == [change]
    assert as_user(stranger).get("/changes/").context["rows"] == []
    filtered = as_user(world.study).get("/changes/?kind=cancel&teacher=Осмонов&since=2026-09-01")
    assert filtered.context["rows"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_register_costs_the_same_however_long_it_is(world: World, count: int, django_assert_num_queries: Any) -> None:
    for week in range(1, count + 1):
        lesson = world.lesson(MONDAY + timedelta(weeks=week))
        world.move(lesson, Place(lesson.date, pair=4))
    client = as_user(world.study)
    client.get("/changes/")
    with django_assert_num_queries(REGISTER_QUERIES):
        assert len(client.get("/changes/").context["rows"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_requests_cost_the_same_however_many(world: World, count: int, django_assert_num_queries: Any) -> None:
    for week in range(1, count + 1):
        ChangeRequest.objects.create(
            kind=RequestKind.ROOM,
            lesson=world.lesson(MONDAY + timedelta(weeks=week)),
            wanted_room=world.hall,
            reason="а",
            asked_by=world.teacher.user,
            asked_at=NOW,
        )
    client = as_user(world.study)
    client.get("/changes/requests/")
    with django_assert_num_queries(REQUEST_QUERIES):
        assert len(client.get("/changes/requests/").context["rows"]) == count


def test_study_office_sees_at_home_how_many_requests_wait(world: World) -> None:
    ChangeRequest.objects.create(
        kind=RequestKind.ROOM, lesson=world.lesson(NEXT), reason="а", asked_by=world.teacher.user, asked_at=NOW
    )
    assert "1 өтүнүч күтүүдө" in as_user(world.study).get("/").content.decode()
    dean = make.make_user("dean")
    make.appoint(dean, Role.DEAN, unit=world.group.unit)
    assert "өтүнүч күтүүдө" not in as_user(dean).get("/").content.decode()


def test_student_reads_in_the_cabinet_where_a_lesson_moved(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.move(world.lesson(NEXT), Place(NEXT, pair=4))
    monkeypatch.setattr(clock, "now", lambda: clock.moment_of(NEXT, time(7, 0)))
    page = as_user(world.student.user).get("/cabinet/").content.decode()
    assert "Жылдырылды: 28.09, 4-пара" in page
