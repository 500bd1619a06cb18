"""Changes of the timetable by the study office: what each writes, refuses, and leaves to `generate_lessons`."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest

from accounts.enums import Role
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.selectors.invariants import check_invariants
from journal.services import close_module, record_marks
from messaging.models import Notification
from teaching.enums import LessonState, RequestKind, RequestState, WeekParity
from teaching.models import ChangeRequest, Lesson, LessonChange, Slot
from teaching.selectors.changes import change_words
from teaching.selectors.clashes import clashes_at
from teaching.selectors.rooms import free_rooms
from teaching.services.calendar import declare_holiday, withdraw_holiday
from teaching.services.change_judging import Order, Place
from teaching.services.change_requests import ask_for_change, grant_request, refuse_request, withdraw_request
from teaching.services.changes import (
    add_make_up,
    cancel_lesson,
    change_room,
    mark_not_held,
    move_lesson,
    swap_lessons,
    swap_rooms,
    withdraw_change,
)
from teaching.services.lines import LinePlace, change_line
from teaching.services.timetable_lessons import generate_lessons
from tests import factories as make
from university.models import Holiday, Module, Semester

MONDAY = make.MONDAY  # 21 September, the day of the tests
NEXT = MONDAY + timedelta(days=7)
FRIDAY = MONDAY + timedelta(days=4)
NOW = clock.moment_of(MONDAY, time(9, 0))  # the first pair is on
ORDER = Order("12-К", MONDAY)


class World:
    """A journal that meets on Mondays in pair 1, a colleague's on Tuesdays in pair 2, both of one group."""

    def __init__(self) -> None:
        self.study = make.make_user("study")
        make.appoint(self.study, Role.STUDY_OFFICE)
        self.group = make.make_group()
        self.course = make.make_course(group=self.group)
        self.room, self.hall = make.make_room("Б-101"), make.make_room("Б-102")
        self.student = make.make_student("student", group=self.group)
        self.curator = make.make_user("curator")
        make.appoint(self.curator, Role.CURATOR, group=self.group)
        make.enrol(self.student, self.course)
        self.teacher, self.colleague = make.make_teacher("teacher"), make.make_teacher("colleague")
        self.journal = make.make_workload(course=self.course, teacher=self.teacher)
        self.other = make.make_workload(course=self.course, teacher=self.colleague)
        make.make_slot(self.journal, weekday=1, pair=1, room=self.room)
        make.make_slot(self.other, weekday=2, pair=2, room=self.hall)
        self.semester = Semester.objects.get()
        generate_lessons(self.semester, by=None, now=NOW)

    def lesson(self, day: date, workload: Any = None) -> Lesson:
        return Lesson.objects.get(date=day, workloads__workload=workload or self.journal)

    def fill(self, lesson: Lesson) -> None:
        saved = record_marks(
            journal_id=self.journal.id,
            raw_marks=[{"lesson": lesson.id, "student": self.student.id, "version": 0, "value": "5"}],
            by=self.teacher.user,
            now=NOW,
        )
        assert saved.status == 200

    def move(self, lesson: Lesson, place: Place, **other: Any) -> LessonChange:
        facts = {"version": lesson.version, "reason": "жыйын", "order": ORDER, "by": self.study, "now": NOW, **other}
        return move_lesson(lesson_id=lesson.id, place=place, **facts)

    def facts(self, lesson: Lesson, **other: Any) -> dict[str, Any]:
        base = {"lesson_id": lesson.id, "version": lesson.version, "reason": "жыйын", "by": self.study, "now": NOW}
        return {**base, **other}


@pytest.fixture
def world(db: None) -> World:
    return World()


def code_of(act: Callable[[], Any]) -> tuple[str, int]:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code, refused.value.status


def picture() -> list[tuple[Any, ...]]:
    return list(
        Lesson.objects.order_by("id").values_list(
            "id", "date", "pair", "room", "state", "version", "workloads__slot", "workloads__change"
        )
    )


def timetable_stays(world: World) -> None:
    """Making the lessons anew changes nothing, whole or for one journal; the laws hold (§3.5g)."""
    before = picture()
    generate_lessons(world.semester, by=None, now=NOW)
    generate_lessons(world.semester, by=None, now=NOW, workload_ids=[world.journal.pk, world.other.pk])
    assert picture() == before
    assert [finding.code for finding in check_invariants() if not finding.holds] == []


class TestMove:
    def test_moved_lesson_is_a_new_one_and_the_old_one_stays_cancelled(self, world: World) -> None:
        lesson = world.lesson(NEXT)
        change = world.move(lesson, Place(NEXT + timedelta(days=2), pair=3, room_id=world.hall.pk))
        lesson.refresh_from_db()
        moved = Lesson.objects.get(made_by=change)
        assert (lesson.state, moved.state, moved.date, moved.pair, moved.room, moved.teacher) == (
            LessonState.CANCELLED,
            LessonState.PLANNED,
            date(2026, 9, 30),
            3,
            world.hall,
            world.teacher,
        )
        assert moved.starts_at == clock.moment_of(moved.date, time(11, 0))
        assert "12-К" in change_words(change)
        timetable_stays(world)

    def test_everyone_concerned_is_told_once(self, world: World) -> None:
        change = world.move(world.lesson(NEXT), Place(NEXT, pair=4))
        told = Notification.objects.filter(event=f"change:{change.pk}").values_list("user__username", "url")
        page = f"/lessons/{change.became_lesson_id}/"
        assert sorted(told) == [("curator", page), ("student", "/cabinet/"), ("teacher", page)]

    def test_outside_the_bells(self, world: World) -> None:
        change = world.move(world.lesson(NEXT), Place(FRIDAY, starts=time(18, 0), ends=time(19, 20)))
        assert change.became_lesson is not None
        assert (change.became_lesson.pair, change.became["starts"]) == (None, "18:00")

    def test_refusals(self, world: World) -> None:
        lesson = world.lesson(NEXT)
        Holiday.objects.create(day=FRIDAY, name="Майрам")
        cases: dict[str, Callable[[], Any]] = {
            "not_in_semester": lambda: world.move(lesson, Place(date(2026, 12, 28), pair=1)),
            "holiday": lambda: world.move(lesson, Place(FRIDAY, pair=1)),
            "no_bell": lambda: world.move(lesson, Place(NEXT, pair=9)),
            "times_wrong": lambda: world.move(lesson, Place(NEXT, starts=time(9), ends=time(8))),
            "same_place": lambda: world.move(lesson, Place(NEXT, pair=1, room_id=world.room.pk)),
            "order_missing": lambda: world.move(lesson, Place(NEXT, pair=2), order=Order()),
            "reason_missing": lambda: world.move(lesson, Place(NEXT, pair=2), reason=" "),
        }
        before = picture()
        assert {name: code_of(act)[0] for name, act in cases.items()} == {name: name for name in cases}
        assert code_of(lambda: world.move(lesson, Place(NEXT, pair=2), version=7)) == ("stale", 409)
        assert (picture(), LessonChange.objects.count()) == (before, 0)

    def test_filled_lesson_stays_where_it_was_held(self, world: World) -> None:
        lesson = world.lesson(MONDAY)
        world.fill(lesson)
        lesson.refresh_from_db()
        assert code_of(lambda: world.move(lesson, Place(FRIDAY, pair=1)))[0] == "lesson_filled"

    def test_neither_out_of_a_closed_module_nor_into_one(self, world: World) -> None:
        first, second = Module.objects.order_by("number")
        out_of, into = (
            world.lesson(NEXT),
            world.lesson(second.starts_on + timedelta(days=7 - second.starts_on.weekday())),
        )
        close_module(course=world.course, module=first, by=world.teacher.user, now=NOW)
        assert code_of(lambda: world.move(out_of, Place(into.date, pair=5))) == ("module_closed", 423)
        assert code_of(lambda: world.move(into, Place(NEXT, pair=5))) == ("module_closed", 423)

    def test_stream_moves_whole(self, db: None) -> None:
        world = World()
        teacher = make.make_teacher()
        joined = [make.make_workload(course=make.make_course(), teacher=teacher, stream="А1") for _ in range(2)]
        lesson = make.make_lesson(*joined, day=NEXT, pair=5)
        change = world.move(lesson, Place(NEXT, pair=6))
        assert change.became_lesson is not None
        served = change.became_lesson.workloads.order_by("workload_id").values_list("workload_id", flat=True)
        assert list(served) == [workload.pk for workload in joined]

    def test_swap_with_a_colleague(self, world: World) -> None:
        mine, his = world.lesson(NEXT), world.lesson(NEXT + timedelta(days=1), world.other)
        swap_lessons(
            versions={mine.pk: mine.version, his.pk: his.version},
            reason="макулдашуу",
            order=ORDER,
            by=world.study,
            now=NOW,
        )
        went, came = world.lesson(his.date, world.journal), world.lesson(mine.date, world.other)
        assert (went.pair, went.room, came.pair, came.room) == (2, world.hall, 1, world.room)
        timetable_stays(world)


class TestCancel:
    def test_cancelled_lesson_is_not_made_again(self, world: World) -> None:
        change = cancel_lesson(**world.facts(world.lesson(NEXT), order=ORDER))
        assert (world.lesson(NEXT).state, change.day) == (LessonState.CANCELLED, NEXT)
        timetable_stays(world)

    def test_refusals(self, world: World) -> None:
        begun, coming = world.lesson(MONDAY), world.lesson(NEXT)
        assert code_of(lambda: cancel_lesson(**world.facts(begun, order=ORDER)))[0] == "lesson_begun"
        assert code_of(lambda: cancel_lesson(**world.facts(coming, order=Order("", MONDAY))))[0] == "order_missing"
        cancel_lesson(**world.facts(coming, order=ORDER))
        again = world.lesson(NEXT)
        assert code_of(lambda: cancel_lesson(**world.facts(again, order=ORDER)))[0] == "lesson_cancelled"


class TestRooms:
    def test_other_room_needs_no_order(self, world: World) -> None:
        change_room(**world.facts(world.lesson(NEXT), room=world.hall))
        assert world.lesson(NEXT).room == world.hall
        timetable_stays(world)

    def test_refusals(self, world: World) -> None:
        coming, begun = world.lesson(NEXT), world.lesson(MONDAY)
        assert code_of(lambda: change_room(**world.facts(coming, room=world.room)))[0] == "same_place"
        assert code_of(lambda: change_room(**world.facts(begun, room=world.hall)))[0] == "lesson_begun"

    def test_two_lessons_swap_rooms(self, world: World) -> None:
        mine, his = world.lesson(NEXT), world.lesson(NEXT + timedelta(days=1), world.other)
        swap_rooms(versions={mine.pk: mine.version, his.pk: his.version}, reason="чоң топ", by=world.study, now=NOW)
        assert (world.lesson(NEXT).room, world.lesson(his.date, world.other).room) == (world.hall, world.room)
        timetable_stays(world)
        assert code_of(lambda: swap_rooms(versions={mine.pk: 1}, reason="а", by=world.study, now=NOW))[0] == "not_two"

    def test_free_rooms_at_a_moment(self, world: World, django_assert_num_queries: Any) -> None:
        lesson = world.lesson(NEXT)
        with django_assert_num_queries(1):
            assert list(free_rooms(starts_at=lesson.starts_at, ends_at=lesson.ends_at)) == [world.hall]


class TestMakeUp:
    def test_make_up_of_a_lost_lesson(self, world: World) -> None:
        cancel_lesson(**world.facts(world.lesson(NEXT), order=ORDER))
        lost = world.lesson(NEXT)
        facts = {"reason": "ордун толтуруу", "order": ORDER, "by": world.study, "now": NOW}
        change = add_make_up(workload_ids=[world.journal.pk], place=Place(FRIDAY, pair=4), instead_of=lost.pk, **facts)
        made = world.lesson(FRIDAY)
        assert (change.became_lesson, change.lesson, made.teacher) == (made, lost, world.teacher)
        timetable_stays(world)
        again = lambda: add_make_up(  # noqa: E731
            workload_ids=[world.journal.pk], place=Place(FRIDAY, pair=5), instead_of=lost.pk, **facts
        )
        assert code_of(again)[0] == "made_up_already"

    def test_refusals(self, world: World) -> None:
        facts: dict[str, Any] = {"reason": "а", "order": ORDER, "by": world.study, "now": NOW}
        both, one, place = [world.journal.pk, world.other.pk], [world.journal.pk], Place(FRIDAY, pair=4)
        cases: dict[str, Callable[[], Any]] = {
            "not_one_stream": lambda: add_make_up(workload_ids=both, place=place, **facts),
            "not_lost": lambda: add_make_up(workload_ids=one, place=place, instead_of=world.lesson(NEXT).pk, **facts),
            "order_missing": lambda: add_make_up(workload_ids=one, place=place, **{**facts, "order": Order()}),
        }
        assert {name: code_of(act)[0] for name, act in cases.items()} == {name: name for name in cases}
        world.journal.teachers.all().delete()
        assert code_of(lambda: add_make_up(workload_ids=one, place=place, **facts))[0] == "no_teacher"


class TestNotHeld:
    def test_confirmed_lesson_did_not_take_place(self, world: World) -> None:
        mark_not_held(**world.facts(world.lesson(MONDAY)))
        assert world.lesson(MONDAY).state == LessonState.NOT_HELD
        timetable_stays(world)

    def test_refusals(self, world: World) -> None:
        coming, begun = world.lesson(NEXT), world.lesson(MONDAY)
        assert code_of(lambda: mark_not_held(**world.facts(coming)))[0] == "not_begun"
        world.fill(begun)
        begun.refresh_from_db()
        assert code_of(lambda: mark_not_held(**world.facts(begun)))[0] == "lesson_filled"


class TestWithdraw:
    def test_each_change_is_taken_back_and_the_timetable_is_as_before(self, world: World) -> None:
        def here() -> list[Any]:
            return list(Lesson.objects.order_by("date", "pair").values_list("date", "pair", "room", "state"))

        before = here()
        for make_it in (
            lambda: cancel_lesson(**world.facts(world.lesson(NEXT), order=ORDER)),
            lambda: world.move(world.lesson(NEXT), Place(FRIDAY, pair=2)),
            lambda: change_room(**world.facts(world.lesson(NEXT), room=world.hall)),
            lambda: mark_not_held(**world.facts(world.lesson(MONDAY))),
            lambda: add_make_up(
                workload_ids=[world.journal.pk],
                place=Place(FRIDAY, pair=4),
                reason="а",
                order=ORDER,
                by=world.study,
                now=NOW,
            ),
        ):
            change = make_it()
            assert here() != before
            withdraw_change(change_id=change.pk, by=world.study, now=NOW)
            assert here() == before
            timetable_stays(world)

    def test_refusals(self, world: World) -> None:
        change = world.move(world.lesson(NEXT), Place(FRIDAY, pair=2))
        again = change_room(**world.facts(world.lesson(FRIDAY), room=world.hall))
        take = lambda pk, now=NOW: lambda: withdraw_change(change_id=pk, by=world.study, now=now)  # noqa: E731
        assert code_of(take(change.pk))[0] == "changed_since"
        withdraw_change(change_id=again.pk, by=world.study, now=NOW)
        assert code_of(take(again.pk))[0] == "withdrawn_already"
        assert code_of(take(change.pk, clock.moment_of(FRIDAY, time(10, 0))))[0] == "lesson_begun"

    def test_lines_and_holidays_have_pages_of_their_own(self, world: World) -> None:
        line = change_line(
            workload_id=world.journal.pk,
            slot_id=None,
            to=LinePlace(5, 2, WeekParity.EVERY),
            from_day=FRIDAY,
            reason="а",
            order=ORDER,
            by=world.study,
            now=NOW,
        )
        before = picture()
        assert code_of(lambda: withdraw_change(change_id=line.pk, by=world.study, now=NOW))[0] == "not_withdrawable"
        assert picture() == before

    def test_nothing_is_taken_back_under_a_closed_module(self, world: World) -> None:
        change = cancel_lesson(**world.facts(world.lesson(NEXT), order=ORDER))
        first = Module.objects.get(number=1)
        close_module(course=world.course, module=first, by=world.teacher.user, now=NOW)
        take_back = lambda: withdraw_change(change_id=change.pk, by=world.study, now=NOW)  # noqa: E731
        assert code_of(take_back) == ("module_closed", 423)

    def test_lesson_does_not_go_back_to_a_day_that_became_a_holiday(self, world: World) -> None:
        change = cancel_lesson(**world.facts(world.lesson(NEXT), order=ORDER))
        declare_holiday(day=NEXT, name="Нооруз", by=world.study, now=NOW)
        assert code_of(lambda: withdraw_change(change_id=change.pk, by=world.study, now=NOW))[0] == "holiday"

    def test_line_that_has_gone_takes_no_lesson_back(self, world: World) -> None:
        change = cancel_lesson(**world.facts(world.lesson(NEXT), order=ORDER))
        Slot.objects.filter(workload=world.journal).update(ends_on=MONDAY)
        assert code_of(lambda: withdraw_change(change_id=change.pk, by=world.study, now=NOW))[0] == "line_gone"


class TestLines:
    def change(
        self, world: World, to: LinePlace | None, from_day: date = NEXT, slot: Slot | None = None
    ) -> LessonChange:
        slot = slot or world.journal.slots.order_by("-starts_on")[0]
        return change_line(
            workload_id=world.journal.pk,
            slot_id=slot.pk,
            to=to,
            from_day=from_day,
            reason="аудитория жок",
            order=ORDER,
            by=world.study,
            now=NOW,
        )

    def test_line_moves_from_a_day_on(self, world: World) -> None:
        self.change(world, LinePlace(4, 3, WeekParity.EVERY, world.hall))
        coming = Lesson.objects.filter(workloads__workload=world.journal, date__gt=MONDAY).order_by("date")[:2]
        assert [(one.date, one.pair) for one in coming] == [(date(2026, 10, 1), 3), (date(2026, 10, 8), 3)]
        assert world.lesson(MONDAY).pair == 1
        timetable_stays(world)

    def test_line_ends_and_another_is_added(self, world: World) -> None:
        self.change(world, None)
        assert not Lesson.objects.filter(workloads__workload=world.journal, date__gt=MONDAY).exists()
        change_line(
            workload_id=world.journal.pk,
            slot_id=None,
            to=LinePlace(5, 2, WeekParity.ODD),
            from_day=FRIDAY,
            reason="а",
            order=ORDER,
            by=world.study,
            now=NOW,
        )
        assert world.lesson(date(2026, 10, 2)).pair == 2
        timetable_stays(world)

    def test_line_with_lessons_under_a_closed_module_stays(self, world: World) -> None:
        first = Module.objects.get(number=1)
        close_module(course=world.course, module=first, by=world.teacher.user, now=NOW)
        before = picture()
        moved = lambda: self.change(world, LinePlace(4, 3, WeekParity.EVERY, world.hall))  # noqa: E731
        assert code_of(moved) == ("module_closed", 423)
        assert code_of(lambda: self.change(world, None)) == ("module_closed", 423)
        assert picture() == before

    def test_refusals(self, world: World) -> None:
        there = LinePlace(1, 1, WeekParity.EVERY, world.room)
        cases: dict[str, Callable[[], Any]] = {
            "lesson_begun": lambda: self.change(world, None, MONDAY),
            "no_bell": lambda: self.change(world, LinePlace(1, 9, WeekParity.EVERY)),
            "same_place": lambda: self.change(world, there),
            "not_in_semester": lambda: self.change(world, None, date(2027, 1, 5)),
            "line_unknown": lambda: self.change(world, None, slot=world.other.slots.get()),
            "line_there": lambda: change_line(
                workload_id=world.journal.pk,
                slot_id=None,
                to=there,
                from_day=NEXT,
                reason="а",
                order=ORDER,
                by=world.study,
                now=NOW,
            ),
        }
        got = {name: code_of(act)[0] for name, act in cases.items()}
        # A day after the line's end finds no line any more.
        assert got == {**{name: name for name in cases}, "not_in_semester": "line_unknown"}


class TestHolidays:
    def test_holiday_cancels_its_lessons_and_taking_it_back_brings_them_back(self, world: World) -> None:
        change_room(**world.facts(world.lesson(NEXT), room=world.hall))
        declared = declare_holiday(day=NEXT, name="Нооруз", by=world.study, now=NOW)
        assert (declared.cancelled, declared.standing, world.lesson(NEXT).state) == (1, 0, LessonState.CANCELLED)
        timetable_stays(world)
        withdraw_holiday(holiday_id=declared.holiday.pk, by=world.study, now=NOW)
        back = world.lesson(NEXT)
        assert (back.state, back.room) == (LessonState.PLANNED, world.hall)
        timetable_stays(world)

    def test_only_the_day_that_came_back_is_looked_at(self, world: World) -> None:
        """A lesson that lacks on another day is made when the whole semester is; not by a holiday taken back."""
        declared = declare_holiday(day=NEXT, name="Нооруз", by=world.study, now=NOW)
        world.lesson(NEXT + timedelta(days=7)).delete()
        withdraw_holiday(holiday_id=declared.holiday.pk, by=world.study, now=NOW)
        assert world.lesson(NEXT).state == LessonState.PLANNED
        assert not Lesson.objects.filter(date=NEXT + timedelta(days=7)).exists()

    def test_lesson_that_was_held_stands(self, world: World) -> None:
        world.fill(world.lesson(MONDAY))
        declared = declare_holiday(day=MONDAY, name="Кар", by=world.study, now=NOW)
        assert (declared.cancelled, declared.standing) == (0, 1)

    def test_refusals(self, world: World) -> None:
        declare = lambda name: declare_holiday(day=NEXT, name=name, by=world.study, now=NOW)  # noqa: E731
        assert code_of(lambda: declare(""))[0] == "name_missing"
        holiday = declare("Нооруз").holiday
        assert code_of(lambda: declare("Нооруз"))[0] == "holiday_there"
        later = NOW + timedelta(days=10)
        taken = lambda: withdraw_holiday(holiday_id=holiday.pk, by=world.study, now=later)  # noqa: E731
        assert code_of(taken)[0] == "day_over"


class TestRequests:
    def ask(self, world: World, lesson: Lesson, kind: RequestKind, **other: Any) -> ChangeRequest:
        facts = {"reason": "командировка", "by": world.teacher.user, "now": NOW, **other}
        return ask_for_change(lesson_id=lesson.pk, kind=kind, **facts)

    def test_granted_move_is_done(self, world: World) -> None:
        asked = self.ask(world, world.lesson(NEXT), RequestKind.MOVE, wanted_date=FRIDAY, wanted_pair=3)
        assert code_of(lambda: grant_request(request_id=asked.pk, order=Order(), by=world.study, now=NOW))[0] == (
            "order_missing"
        )
        change = grant_request(request_id=asked.pk, order=ORDER, by=world.study, now=NOW)
        asked.refresh_from_db()
        assert (asked.state, asked.change, world.lesson(FRIDAY).pair) == (RequestState.GRANTED, change, 3)
        assert Notification.objects.filter(user=world.teacher.user, kind="change_request").count() == 1
        timetable_stays(world)

    def test_did_not_take_place_is_confirmed_without_an_order(self, world: World) -> None:
        asked = self.ask(world, world.lesson(MONDAY), RequestKind.NOT_HELD)
        grant_request(request_id=asked.pk, order=Order(), by=world.study, now=NOW)
        assert world.lesson(MONDAY).state == LessonState.NOT_HELD

    def test_colleague_is_told_of_a_swap(self, world: World) -> None:
        his = world.lesson(NEXT + timedelta(days=1), world.other)
        asked = self.ask(world, world.lesson(NEXT), RequestKind.SWAP, other_lesson_id=his.pk)
        assert Notification.objects.get().user == world.colleague.user
        grant_request(request_id=asked.pk, order=ORDER, by=world.study, now=NOW)
        assert world.lesson(his.date).pair == 2

    def test_room_refused_with_an_answer_and_withdrawn(self, world: World) -> None:
        asked = self.ask(world, world.lesson(NEXT), RequestKind.ROOM, wanted_room=world.hall)
        refuse = lambda answer: refuse_request(request_id=asked.pk, answer=answer, by=world.study, now=NOW)  # noqa: E731
        assert code_of(lambda: refuse(""))[0] == "answer_missing"
        assert refuse("бош эмес").state == RequestState.REFUSED
        assert code_of(lambda: withdraw_request(request_id=asked.pk, now=NOW))[0] == "decided_already"
        again = self.ask(world, world.lesson(NEXT), RequestKind.ROOM, wanted_room=world.hall)
        assert withdraw_request(request_id=again.pk, now=NOW).state == RequestState.WITHDRAWN

    def test_refusals(self, world: World) -> None:
        coming, begun = world.lesson(NEXT), world.lesson(MONDAY)
        self.ask(world, coming, RequestKind.ROOM, wanted_room=world.hall)
        cases: dict[str, Callable[[], Any]] = {
            "asked_already": lambda: self.ask(world, coming, RequestKind.ROOM, wanted_room=world.hall),
            "not_begun": lambda: self.ask(world, coming, RequestKind.NOT_HELD),
            "lesson_begun": lambda: self.ask(world, begun, RequestKind.ROOM, wanted_room=world.hall),
            "place_missing": lambda: self.ask(world, coming, RequestKind.MOVE),
            "not_two": lambda: self.ask(world, coming, RequestKind.SWAP),
        }
        assert {name: code_of(act)[0] for name, act in cases.items()} == {name: name for name in cases}


def test_clashes_name_teacher_room_and_group(world: World, django_assert_num_queries: Any) -> None:
    lesson = world.lesson(NEXT)
    with django_assert_num_queries(1):
        found = clashes_at(
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            teacher_ids=[world.teacher.pk],
            room_id=world.room.pk,
            groups=[(world.group.pk, None)],
        )
    assert sorted(clash.kind.value for clash in found) == ["group", "room", "teacher"]
    nothing = clashes_at(
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        teacher_ids=[world.teacher.pk],
        leave_out_lesson_ids=[lesson.pk],
    )
    assert nothing == []
