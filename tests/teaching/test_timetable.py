"""Lessons from the timetable: which days, which meetings, what a new timetable changes and what it leaves (§3.5g)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from accounts.models import Student, Teacher, User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.loading.services import LoadRefused
from journal.models import Mark
from journal.selectors.invariants import check_invariants
from journal.services import close_module, describe_lesson, record_marks
from teaching.enums import LessonState, WeekParity
from teaching.models import Lesson, Slot, Workload
from teaching.rules import TaughtHours, days_of_line, lead_of
from tests import factories as make
from tests.loading.applying import MONDAY_NINE, SUNDAY, load, plan, written
from tests.loading.books import Rows, only, set_cell, small
from university.models import Holiday, Semester

MONDAY = date(2026, 9, 21)
LINES = {"Ж000003": ["Ж000003", "ишемби", 3, "ар жума", ""]}


def lines(*rows: list[Any]) -> Callable[[Rows], Rows]:
    """The sheet of the timetable with these lines and no others."""
    return lambda sheet: [sheet[0], *rows]


def days(number: str) -> list[date]:
    return list(
        Lesson.objects.filter(workloads__workload__number=number)
        .order_by("date", "pair")
        .values_list("date", flat=True)
    )


def weekly(first: date, *, weeks: int, step: int = 1, without: tuple[date, ...] = ()) -> list[date]:
    found = [first + timedelta(weeks=step * week) for week in range(weeks)]
    return [day for day in found if day not in without]


def broken_laws() -> list[str]:
    return [f"{finding.code}: {finding.examples}" for finding in check_invariants() if not finding.holds]


@pytest.fixture
def loader(db: None) -> User:
    return make.make_user("loader")


class TestDays:
    """The semester begins on Tuesday, 1 September 2026: week 1, an odd one, on Monday, 31 August."""

    CASES = [
        (1, WeekParity.EVERY, date(2026, 9, 7), date(2026, 9, 14)),  # 31 August is before the semester
        (1, WeekParity.ODD, date(2026, 9, 14), date(2026, 9, 28)),
        (1, WeekParity.EVEN, date(2026, 9, 7), date(2026, 9, 21)),
        (2, WeekParity.ODD, date(2026, 9, 1), date(2026, 9, 15)),
        (6, WeekParity.ODD, date(2026, 9, 5), date(2026, 9, 19)),
        (6, WeekParity.EVEN, date(2026, 9, 12), date(2026, 9, 26)),
    ]

    @pytest.mark.parametrize(("weekday", "parity", "first", "second"), CASES)
    def test_weeks_are_counted_from_the_monday(self, weekday: int, parity: str, first: date, second: date) -> None:
        assert days_of_line(
            weekday=weekday,
            parity=parity,
            starts_on=date(2026, 9, 1),
            ends_on=date(2026, 12, 26),
            semester_starts_on=date(2026, 9, 1),
            holidays=(),
        )[:2] == [first, second]

    def test_semester_that_begins_on_sunday_is_in_the_week_before(self) -> None:
        found = days_of_line(
            weekday=1,
            parity=WeekParity.ODD,
            starts_on=date(2026, 8, 30),
            ends_on=date(2026, 9, 21),
            semester_starts_on=date(2026, 8, 30),
            holidays=(),
        )
        assert found == [date(2026, 9, 7), date(2026, 9, 21)]  # 24 August is week 1, 31 August week 2

    def test_holiday_is_left_out_and_moves_nothing(self) -> None:
        found = days_of_line(
            weekday=1,
            parity=WeekParity.ODD,
            starts_on=date(2026, 9, 1),
            ends_on=date(2026, 10, 12),
            semester_starts_on=date(2026, 9, 1),
            holidays={date(2026, 9, 28)},
        )
        assert found == [date(2026, 9, 14), date(2026, 10, 12)]

    def test_line_that_ends_before_it_meets(self) -> None:
        span = {"starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 6), "semester_starts_on": date(2026, 9, 1)}
        assert days_of_line(weekday=1, parity=WeekParity.EVERY, holidays=(), **span) == []


class TestLead:
    def test_lecturer_with_the_most_hours(self) -> None:
        taught = [("Т3", "practical", 90), ("Т2", "lecture", 16), ("Т1", "lecture", 18)]
        assert lead_of(TaughtHours(*one) for one in taught) == "Т1"

    def test_without_a_lecture_all_hours_count_together(self) -> None:
        taught = [("Т3", "practical", 18), ("Т2", "laboratory", 20), ("Т3", "laboratory", 4)]
        assert lead_of(TaughtHours(*one) for one in taught) == "Т3"

    def test_of_equals_the_lowest_number(self) -> None:
        assert lead_of([TaughtHours("Т2", "lecture", 18), TaughtHours("Т1", "lecture", 18)]) == "Т1"

    def test_nobody_teaches(self) -> None:
        assert lead_of([]) is None


@pytest.mark.django_db
class TestLessons:
    def test_days_of_every_odd_and_even_weeks_without_the_holiday(self) -> None:
        load()
        holiday = date(2026, 11, 7)
        assert days("Ж000003") == weekly(date(2026, 9, 5), weeks=17, without=(holiday,))
        assert days("Ж000004") == weekly(date(2026, 9, 2), weeks=9, step=2)
        assert days("Ж000005") == weekly(date(2026, 9, 9), weeks=8, step=2)

    def test_bells_ring_in_bishkek(self) -> None:
        load()
        lesson = Lesson.objects.filter(workloads__workload__number="Ж000001").order_by("starts_at").first()
        assert (lesson.date, lesson.pair) == (date(2026, 9, 4), 2)
        assert (lesson.starts_at, lesson.ends_at) == (
            datetime(2026, 9, 4, 3, 30, tzinfo=UTC),
            datetime(2026, 9, 4, 4, 50, tzinfo=UTC),
        )

    def test_stream_in_one_room_is_one_lesson_of_both_groups(self) -> None:
        load()
        mondays = Lesson.objects.filter(date=MONDAY)
        (lesson,) = mondays
        assert sorted(lesson.workloads.values_list("workload__number", flat=True)) == ["Ж000001", "Ж000002"]
        assert (lesson.room.code, lesson.teacher.staff_number) == ("Б-102", "Т00001")

    def test_stream_in_two_rooms_is_two_lessons(self) -> None:
        load()
        friday = Lesson.objects.filter(date=date(2026, 9, 18)).order_by("room__code")
        assert [(one.room.code, list(one.workloads.values_list("workload__number", flat=True))) for one in friday] == [
            ("Б-101", ["Ж000001"]),
            ("Б-102", ["Ж000002"]),
        ]

    def test_without_a_stream_each_line_is_its_own_lesson(self) -> None:
        def apart(rows: Rows) -> None:
            rows[1][12] = rows[2][12] = ""

        load(small(Окуу_жүктөмү=apart))
        assert Lesson.objects.filter(date=MONDAY).count() == 2

    def test_stream_of_two_teachers_is_a_lesson_each(self) -> None:
        load(small(Окуу_жүктөмү=set_cell(3, 12, "Т00003")))
        assert Lesson.objects.filter(date=MONDAY).count() == 2

    def test_stream_without_a_room_meets_together(self) -> None:
        book = small(
            Жадыбал=lines(["Ж000001", "дүйшөмбү", 1, "ар жума", ""], ["Ж000002", "дүйшөмбү", 1, "ар жума", ""])
        )
        load(book)
        (lesson,) = Lesson.objects.filter(date=MONDAY)
        assert (lesson.room, lesson.workloads.count()) == (None, 2)

    def test_line_without_a_room_makes_lessons_without_one(self) -> None:
        load()
        found = Lesson.objects.filter(workloads__workload__number="Ж000003")
        assert set(found.values_list("room", "teacher__staff_number")) == {(None, "Т00003")}

    def test_two_lessons_may_share_a_room(self) -> None:
        load(small(Жадыбал=set_cell(7, 4, "бөлүмү")))  # both subgroups on Wednesdays of even weeks in Б-101
        found = Lesson.objects.filter(date=date(2026, 9, 9))
        assert sorted(found.values_list("room__code", "teacher__staff_number")) == [
            ("Б-101", "Т00002"),
            ("Б-101", "Т00003"),
        ]

    def test_pair_without_a_bell_is_a_bad_row(self) -> None:
        with pytest.raises(LoadRefused):
            load(small(Жадыбал=set_cell(2, 3, 6)))


@pytest.mark.django_db
class TestNewTimetable:
    @pytest.fixture
    def held(self, loader: User) -> Lesson:
        """Saturday's lesson of Ж000003 with a mark, on the last day before SUNDAY; and the whole semester around."""
        load()
        lesson = Lesson.objects.get(date=date(2026, 9, 19), workloads__workload__number="Ж000003")
        journal = Workload.objects.get(number="Ж000003")
        saved = record_marks(
            journal_id=journal.pk,
            raw_marks=[
                {
                    "lesson": lesson.pk,
                    "student": Student.objects.get(record_book="26-000001").pk,
                    "version": 0,
                    "value": "5",
                }
            ],
            by=lesson.teacher.user,
            now=clock.moment_of(date(2026, 9, 19), time(12, 0)),
        )
        assert saved.status == 200
        return lesson

    def test_lines_change_from_today_and_held_lessons_stay(self, held: Lesson, loader: User) -> None:
        before = Lesson.objects.filter(pk=held.pk).values().get()
        load(small(Жадыбал=set_cell(6, 2, "бейшемби")), now=SUNDAY, by=loader)
        assert days("Ж000003") == [
            date(2026, 9, 5),
            date(2026, 9, 12),
            date(2026, 9, 19),
            *weekly(date(2026, 9, 24), weeks=14),
        ]
        assert Lesson.objects.filter(pk=held.pk).values().get() == before
        assert Mark.objects.get().grade == 5
        assert list(
            Slot.objects.filter(workload__number="Ж000003")
            .order_by("starts_on")
            .values_list("weekday", "starts_on", "ends_on")
        ) == [(6, date(2026, 9, 1), date(2026, 9, 19)), (4, date(2026, 9, 20), date(2026, 12, 26))]
        assert broken_laws() == []

    def test_file_without_that_workload_leaves_its_lines(self, held: Lesson, loader: User) -> None:
        others = only("Окуу жүктөмү", "Жадыбал")
        others["Окуу жүктөмү"] = [others["Окуу жүктөмү"][0], *others["Окуу жүктөмү"][4:]]
        others["Жадыбал"] = [others["Жадыбал"][0], *others["Жадыбал"][6:]]
        assert load(others, now=SUNDAY, by=loader).plan.changes_nothing
        assert len(days("Ж000003")) == 16

    def test_other_room_keeps_the_lesson(self, held: Lesson, loader: User) -> None:
        coming = Lesson.objects.get(date=date(2026, 9, 26), workloads__workload__number="Ж000003")
        load(small(Жадыбал=set_cell(6, 5, "Б-101")), now=SUNDAY, by=loader)
        again = Lesson.objects.get(pk=coming.pk)
        assert (again.room.code, again.version, again.changed_by) == ("Б-101", 2, loader)
        held.refresh_from_db()
        assert held.room is None
        assert load(small(Жадыбал=set_cell(6, 5, "Б-101")), now=SUNDAY, by=loader).plan.changes_nothing
        assert broken_laws() == []

    def test_lesson_that_began_today_stays_on_its_line(self, held: Lesson, loader: User) -> None:
        book = small(Жадыбал=lambda rows: [row for row in rows if row[1] != "дүйшөмбү"])
        load(book, now=MONDAY_NINE, by=loader)
        (lesson,) = Lesson.objects.filter(date=MONDAY)
        assert lesson.workloads.count() == 2
        assert not Lesson.objects.filter(date__gt=MONDAY, date__week_day=2).exists()
        assert broken_laws() == []

    def test_lesson_of_this_afternoon_follows_the_new_line(self, held: Lesson, loader: User) -> None:
        at_seven = clock.moment_of(MONDAY, time(7, 0))
        book = small(Жадыбал=lambda rows: [row for row in rows if row[1] != "дүйшөмбү"])
        load(book, now=at_seven, by=loader)
        assert not Lesson.objects.filter(date=MONDAY).exists()

    def test_line_given_back_alone_after_another_s_lesson_held_it(self, held: Lesson, loader: User) -> None:
        """Both lines ended tonight because of one of them; the other comes back alone, and must not overlap."""
        book = small(Жадыбал=lambda rows: [row for row in rows if row[1] != "дүйшөмбү" and row[0] != "Ж000003"])
        load(book, now=MONDAY_NINE, by=loader, confirm=True)
        assert days("Ж000003")[-1] == date(2026, 9, 19)
        back = only("Жадыбал")
        back["Жадыбал"] = [back["Жадыбал"][0], LINES["Ж000003"]]
        load(back, now=MONDAY_NINE, by=loader)
        assert len(days("Ж000003")) == 16
        assert load(back, now=MONDAY_NINE, by=loader).plan.changes_nothing
        assert broken_laws() == []

    def test_prepared_lesson_moves_to_the_new_day_of_its_week(self, held: Lesson, loader: User) -> None:
        coming = Lesson.objects.get(date=date(2026, 9, 26), workloads__workload__number="Ж000003")
        self.prepare(coming)
        done = load(small(Жадыбал=set_cell(6, 2, "бейшемби")), now=SUNDAY, by=loader)
        coming.refresh_from_db()
        assert (coming.date, coming.topic, coming.changed_by, done.lessons.moved) == (
            date(2026, 9, 24),
            "Кинематика",
            loader,
            1,
        )
        assert len(days("Ж000003")) == 3 + 14
        assert broken_laws() == []

    def test_prepared_lesson_without_a_new_day_is_cancelled_not_lost(self, held: Lesson, loader: User) -> None:
        coming = Lesson.objects.get(date=date(2026, 9, 26), workloads__workload__number="Ж000003")
        self.prepare(coming)
        done = load(
            small(Жадыбал=lambda rows: [row for row in rows if row[0] != "Ж000003"]),
            now=SUNDAY,
            by=loader,
            confirm=True,
        )
        coming.refresh_from_db()
        assert (coming.state, coming.topic, done.lessons.cancelled) == (
            LessonState.CANCELLED,
            "Кинематика",
            [coming.pk],
        )
        assert days("Ж000003") == [date(2026, 9, 5), date(2026, 9, 12), date(2026, 9, 19), date(2026, 9, 26)]
        assert broken_laws() == []

    def test_prepared_lesson_on_a_line_that_never_began(self, loader: User) -> None:
        """In August a line is taken back whole, though a teacher has written a topic under it."""
        load()
        coming = Lesson.objects.get(date=date(2026, 9, 26), workloads__workload__number="Ж000003")
        self.prepare(coming, now=clock.moment_of(date(2026, 8, 25), time(11, 0)))
        without = small(Жадыбал=lambda rows: [row for row in rows if row[0] != "Ж000003"])
        load(without, by=loader, confirm=True)
        coming.refresh_from_db()
        assert (coming.state, coming.topic) == (LessonState.CANCELLED, "Кинематика")
        assert days("Ж000003") == [coming.date]
        assert load(without, by=loader).plan.changes_nothing
        load(by=loader)
        assert len(days("Ж000003")) == 16
        coming.refresh_from_db()
        assert coming.state == LessonState.CANCELLED
        assert broken_laws() == []

    @staticmethod
    def prepare(lesson: Lesson, now: datetime = SUNDAY) -> None:
        served = lesson.workloads.get()
        describe_lesson(
            lesson_id=lesson.pk,
            journal=Workload.objects.select_related("course__group").get(pk=served.workload_id),
            topic="Кинематика",
            work_kinds=[],
            note="",
            version=1,
            by=lesson.teacher.user,
            now=now,
        )

    def test_new_bells_ring_from_now_on(self, held: Lesson, loader: User) -> None:
        load(small(Коңгуроо=set_cell(2, 2, "08:10")), now=MONDAY_NINE, by=loader)
        starts = {
            lesson.date: lesson.starts_at for lesson in Lesson.objects.filter(date__in=[MONDAY, date(2026, 9, 28)])
        }
        assert starts == {
            MONDAY: datetime(2026, 9, 21, 2, 0, tzinfo=UTC),
            date(2026, 9, 28): datetime(2026, 9, 28, 2, 10, tzinfo=UTC),
        }
        assert broken_laws() == []

    def test_new_holiday_takes_the_coming_lessons_of_its_day(self, held: Lesson, loader: User) -> None:
        def add(rows: Rows) -> None:
            rows += [[date(2026, 9, 26), "Кошумча эс алуу"], [date(2026, 9, 19), "Өткөн күн"]]

        load(small(Майрамдар=add), now=SUNDAY, by=loader)
        taken = Lesson.objects.get(workloads__workload__number="Ж000003", date=date(2026, 9, 26))
        assert (taken.state, taken.workloads.get().change.reason) == (LessonState.CANCELLED, "Кошумча эс алуу")
        assert held.date in days("Ж000003")  # a lesson that was held is no holiday's
        assert Holiday.objects.count() == 3
        # Two truths about one day: the night's check names it, and somebody decides.
        assert [law.split(":")[0] for law in broken_laws()] == ["I8.holidays"]

    def test_semester_that_ends_earlier_loses_its_last_lessons(self, held: Lesson, loader: User) -> None:
        def shorter(rows: Rows) -> None:
            rows[1][3] = rows[1][5] = date(2026, 12, 19)

        load(small(Окуу_жылы=shorter), now=SUNDAY, by=loader)
        assert days("Ж000003")[-1] == date(2026, 12, 19)
        assert set(Slot.objects.values_list("ends_on", flat=True)) == {date(2026, 12, 19)}
        assert load(small(Окуу_жылы=shorter), now=SUNDAY, by=loader).plan.changes_nothing
        assert broken_laws() == []

    def test_semester_that_begins_a_week_later_before_it_began(self, loader: User) -> None:
        load()
        load(small(Окуу_жылы=set_cell(2, 3, date(2026, 9, 8))), by=loader)
        assert days("Ж000003")[0] == date(2026, 9, 12)
        assert days("Ж000004")[0] == date(2026, 9, 9)  # the weeks are counted anew
        assert Semester.objects.get().modules.get(number=1).starts_on == date(2026, 9, 8)
        assert broken_laws() == []

    def test_lesson_under_a_closed_module_does_not_change(self, held: Lesson, loader: User) -> None:
        journal = Workload.objects.select_related("course").get(number="Ж000003")
        module = Semester.objects.get().modules.get(number=1)
        close_module(course=journal.course, module=module, by=held.teacher.user, now=SUNDAY)
        before = written()
        with pytest.raises(Refusal) as refused:
            load(small(Жадыбал=set_cell(6, 2, "бейшемби")), now=SUNDAY, by=loader)
        assert (refused.value.code, refused.value.status) == ("module_closed", 423)
        assert written() == before

    def test_group_that_leaves_the_stream_meets_apart(self, held: Lesson, loader: User) -> None:
        book = small(Жадыбал=set_cell(3, 3, 2))  # ФИЗ-12 hears the lecture in the second pair
        load(book, now=SUNDAY, by=loader)
        monday = Lesson.objects.filter(date=MONDAY).order_by("pair")
        assert [(one.pair, list(one.workloads.values_list("workload__number", flat=True))) for one in monday] == [
            (1, ["Ж000001"]),
            (2, ["Ж000002"]),
        ]
        assert Lesson.objects.get(date=date(2026, 9, 14)).workloads.count() == 2
        load(now=SUNDAY, by=loader)
        assert [one.workloads.count() for one in Lesson.objects.filter(date=MONDAY)] == [2]
        assert broken_laws() == []

    def test_estimate_of_lessons_counts_those_to_come(self, held: Lesson) -> None:
        shown = plan(small(Жадыбал=set_cell(6, 2, "бейшемби")), now=SUNDAY).plan
        assert (shown.lessons_new, shown.lessons_gone) == (14, 13)
        assert Teacher.objects.count() == 3
