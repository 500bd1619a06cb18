"""A lesson by the plan: the next item is offered, taken with one button, and what was lost comes again (§2.10)."""

import re
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.services import close_module, describe_lesson
from teaching.enums import ApprovalState, LessonState
from teaching.models import Lesson, LessonItem, Plan, Workload
from teaching.rules import PlanLine
from teaching.selectors.plan_fact import offer_of
from teaching.services.plans import begin_plan, save_plan
from tests import factories as make
from university.models import Institution, Module

pytestmark = pytest.mark.django_db

NOON = clock.moment_of(make.MONDAY, time(12, 0))
TOPICS = [("Киришүү", 2), ("Кинематика", 4), ("Күч", 1), ("Масса", 1)]


class Room:
    """An approved plan of four items, and six lessons a week apart, the third of them today."""

    def __init__(self) -> None:
        Institution.objects.create(id=1, name_ky="Сыноо университети")
        self.journal = make.make_workload()
        self.user = self.journal.teachers.get().teacher.user
        self.lessons = [
            make.make_lesson(self.journal, day=make.MONDAY + timedelta(weeks=week)) for week in range(-2, 4)
        ]
        self.plan = begin_plan(workload=self.journal, by=self.user, now=NOON)
        lines = [PlanLine(None, None, topic, hours, ("Тест",) if hours == 4 else (), "", "") for topic, hours in TOPICS]
        save_plan(plan_id=self.plan.pk, lines=lines, version=1, by=self.user, now=NOON)
        Plan.objects.filter(pk=self.plan.pk).update(state=ApprovalState.APPROVED)

    def offered(self, lesson: Lesson) -> str:
        offer = offer_of(self.journal.pk, lesson.pk)
        assert offer is not None
        return offer.next_topic

    def send(self, client: Client, lesson: Lesson, **sent: Any) -> Lesson:
        lesson.refresh_from_db()
        form = {"nonce": str(uuid4()), "version": lesson.version, "topic": lesson.topic, "note": "", **sent}
        assert client.post(f"/lessons/{lesson.pk}/", form).status_code == 302
        lesson.refresh_from_db()
        return lesson

    def given(self, lesson: Lesson) -> list[tuple[str, int]]:
        return list(
            LessonItem.objects.filter(lesson=lesson).order_by("item__position").values_list("item__topic", "hours")
        )


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return Room()


@pytest.fixture
def teacher(room: Room) -> Client:
    client = Client()
    client.force_login(room.user)
    client.cookies["django_language"] = "en"
    return client


def test_one_button_fills_topic_and_kinds_and_records_the_item(teacher: Client, room: Room) -> None:
    today = room.lessons[2]
    page = teacher.get(f"/lessons/{today.pk}/").content.decode()
    assert re.search(r"Next in the plan:\s*<strong>1\. Киришүү</strong>", page)
    lesson = room.send(teacher, today, use_plan="next", topic="менин тексттим", note="эскертүү")
    assert (lesson.topic, lesson.note, room.given(lesson)) == ("Киришүү", "эскертүү", [("Киришүү", 2)])
    page = teacher.get(f"/lessons/{today.pk}/").content.decode()
    assert re.search(r"By the plan:\s*<strong>1\. Киришүү</strong>", page)


def test_item_of_four_hours_spans_two_lessons_and_two_short_ones_share_one(teacher: Client, room: Room) -> None:
    taken = []
    for lesson in room.lessons[1:5]:
        # Topics are prepared before the lesson, too.
        room.send(teacher, lesson, use_plan="next")
        taken.append((lesson.topic, lesson.work_kinds, room.given(lesson)))
    assert taken == [
        ("Киришүү", [], [("Киришүү", 2)]),
        ("Кинематика", ["Тест"], [("Кинематика", 2)]),
        ("Кинематика", ["Тест"], [("Кинематика", 2)]),
        ("Күч; Масса", [], [("Күч", 1), ("Масса", 1)]),
    ]
    assert room.offered(room.lessons[5]) == ""
    assert "All of the plan has been given." in teacher.get(f"/lessons/{room.lessons[5].pk}/").content.decode()


@pytest.mark.parametrize("state", [LessonState.CANCELLED, LessonState.NOT_HELD])
def test_lost_lesson_bumps_the_rest(teacher: Client, room: Room, state: LessonState) -> None:
    room.send(teacher, room.lessons[1], use_plan="next")
    assert room.offered(room.lessons[2]) == "Кинематика"
    Lesson.objects.filter(pk=room.lessons[1].pk).update(state=state)
    assert room.offered(room.lessons[2]) == "Киришүү"


def test_another_item_may_be_chosen_and_the_link_be_broken(teacher: Client, room: Room) -> None:
    today = room.lessons[2]
    chosen = room.plan.items.get(topic="Кинематика")
    lesson = room.send(teacher, today, use_plan="chosen", plan_item=str(chosen.pk))
    assert (lesson.topic, lesson.work_kinds, room.given(lesson)) == ("Кинематика", ["Тест"], [("Кинематика", 2)])
    lesson = room.send(teacher, today, topic="Кинематика: уландысы", work_kinds=["Тест"])
    assert room.given(lesson) == [("Кинематика", 2)]
    lesson = room.send(teacher, today, topic="Кайталоо", use_plan="none")
    assert (lesson.topic, room.given(lesson)) == ("Кайталоо", [])


@pytest.mark.parametrize("choice", ["", "x", "999999", "-1"])
def test_choice_that_is_none_changes_nothing(teacher: Client, room: Room, choice: str) -> None:
    lesson = room.send(teacher, room.lessons[2], use_plan="chosen", plan_item=choice)
    assert (lesson.topic, room.given(lesson)) == ("", [])


@pytest.mark.parametrize(("state", "is_offered"), [("draft", False), ("returned", False), ("submitted", True)])
def test_plan_is_offered_once_it_was_submitted(teacher: Client, room: Room, state: str, is_offered: bool) -> None:
    Plan.objects.filter(pk=room.plan.pk).update(state=state)
    page = teacher.get(f"/lessons/{room.lessons[2].pk}/").content.decode()
    assert ("Next in the plan" in page) == is_offered


def test_parallel_journal_goes_its_own_way_through_the_shared_plan(teacher: Client, room: Room) -> None:
    parallel = make.make_workload(course=make.make_course())
    room.plan.workloads.create(workload=parallel)
    lesson = make.make_lesson(parallel)
    room.send(teacher, room.lessons[1], use_plan="next")
    offer = offer_of(parallel.pk, lesson.pk)
    assert offer is not None
    assert offer.next_topic == "Киришүү"


def test_stream_gives_the_item_to_each_of_its_journals(teacher: Client, room: Room) -> None:
    other = make.make_workload(course=make.make_course(), teacher=room.journal.teachers.get().teacher)
    room.plan.workloads.create(workload=other)
    lesson = make.make_lesson(room.journal, other, pair=2)
    room.send(teacher, lesson, use_plan="next")
    later = make.make_lesson(other, pair=3)
    offers = [offer_of(room.journal.pk, room.lessons[3].pk), offer_of(other.pk, later.pk)]
    assert [offer.next_topic for offer in offers if offer is not None] == ["Кинематика", "Кинематика"]


def describe(room: Room, lesson: Lesson, items: list[tuple[int, int]] | None, **said: Any) -> Lesson:
    lesson.refresh_from_db()
    journal = Workload.objects.select_related("course__group").get(pk=room.journal.pk)
    given = {"topic": "Тема", "work_kinds": [], "note": "", "version": lesson.version, **said}
    return describe_lesson(lesson_id=lesson.pk, journal=journal, by=room.user, now=NOON, plan_items=items, **given)


def test_item_of_a_foreign_plan_is_refused_and_nothing_is_saved(room: Room) -> None:
    far = make.make_workload()
    foreign = begin_plan(workload=far, by=far.teachers.get().teacher.user, now=NOON)
    foreign = save_plan(
        plan_id=foreign.pk,
        lines=[PlanLine(None, None, "Башка", 2, (), "", "")],
        version=1,
        by=far.teachers.get().teacher.user,
        now=NOON,
    )
    Plan.objects.filter(pk=foreign.pk).update(state=ApprovalState.APPROVED)
    with pytest.raises(Refusal) as caught:
        describe(room, room.lessons[2], [(foreign.items.get().pk, 2)])
    assert caught.value.code == "not_in_plan"
    room.lessons[2].refresh_from_db()
    assert (room.lessons[2].topic, room.given(room.lessons[2])) == ("", [])


def close(room: Room) -> None:
    close_module(
        course=room.journal.course,
        module=Module.objects.get(number=1),
        by=room.user,
        now=NOON,
    )


def test_under_a_closed_module_the_item_stays_by_the_page_and_by_sql(room: Room) -> None:
    lesson = room.lessons[2]
    first = room.plan.items.first()
    describe(room, lesson, [(first.pk, 2)])
    close(room)
    with pytest.raises(Refusal) as caught:
        describe(room, lesson, [])
    assert (caught.value.code, caught.value.status) == ("module_closed", 423)
    for change in (
        lambda: LessonItem.objects.filter(lesson=lesson).delete(),
        lambda: LessonItem.objects.filter(lesson=lesson).update(hours=1),
        lambda: LessonItem.objects.create(lesson=room.lessons[1], item=first, hours=2),
    ):
        with pytest.raises(IntegrityError, match="nothing under it changes"), transaction.atomic():
            change()
    assert room.given(lesson) == [("Киришүү", 2)]
