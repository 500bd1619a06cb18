"""What a complete file does not name any more: shown, and ended only when somebody says so (§4.1)."""

from datetime import date
from typing import Any

import pytest

from accounts.models import GroupEnrolment
from ejournal.loading.rows import SheetKey
from ejournal.loading.services import WouldShrink
from journal.selectors.invariants import check_invariants
from teaching.enums import LessonState
from teaching.models import CourseEnrolment, Lesson, LessonWorkload, Slot, Workload, WorkloadTeacher
from tests.loading.applying import AUGUST, SUNDAY, load, plan
from tests.loading.books import SMALL, Rows, only, small

pytestmark = pytest.mark.django_db
STUDENTS, WORKLOAD = SheetKey.STUDENTS, SheetKey.WORKLOAD


def drop(*numbers: int) -> Any:
    return lambda rows: [row for at, row in enumerate(rows, start=1) if at not in numbers]


def without_one_of_each() -> dict[str, Rows]:
    """Without Сапаров, the workload Ж000003 with its line, the teacher Т00002 and the room Б-102."""
    return only(
        "Окуу жылы",
        "Окутуучулар",
        "Аудиториялар",
        "Тайпалар",
        "Студенттер",
        "Окуу жүктөмү",
        book=small(
            Окутуучулар=drop(3), Аудиториялар=drop(3), Студенттер=drop(4), Окуу_жүктөмү=drop(4)
        ),
    )  # fmt: skip


class TestShown:
    def test_each_sheet_names_what_the_file_lacks(self) -> None:
        load()
        checked = plan(without_one_of_each())
        assert checked.plan is not None
        assert {key.value: sheet.gone for key, sheet in checked.plan.sheets.items() if sheet.gone} == {
            "rooms": ["Б-102"],
            "students": ["26-000003"],
            "workload": ["Ж000003"],
        }
        shown = {sheet["key"]: sheet["gone_rows"] for sheet in checked.plan.as_json()["sheets"]}
        assert shown["students"] == ["26-000003 · Сапаров Өзгөн"]
        assert shown["workload"] == ["Ж000003 · Механика · ФИЗ-11"]
        assert checked.plan.endable == {"students": 1, "workload": 1}
        assert not checked.plan.shrinks

    def test_a_file_of_one_group_says_nothing_of_the_other(self) -> None:
        load()
        checked = plan(only("Студенттер", book=small(Студенттер=drop(2, 3, 4))))
        assert checked.plan is not None
        assert checked.plan.sheet(STUDENTS).gone == []

    def test_nothing_becomes_of_it_unasked(self) -> None:
        load()
        assert load(without_one_of_each()).wrote_nothing
        assert GroupEnrolment.objects.filter(ends_on__isnull=True).count() == 5

    def test_a_thinned_timetable_asks_first(self) -> None:
        load()
        with pytest.raises(WouldShrink) as refused:
            load(only("Окуу жүктөмү", "Жадыбал", book=small(Жадыбал=lambda rows: rows[:2])))
        assert refused.value.plan.thinned

    def test_a_line_less_is_no_thinned_timetable(self) -> None:
        load()
        done = load(only("Окуу жүктөмү", "Жадыбал", book=small(Жадыбал=drop(4, 5))))
        assert not done.plan.thinned


class TestEnded:
    def test_needs_confirmation(self) -> None:
        load()
        with pytest.raises(WouldShrink):
            load(without_one_of_each(), end_gone=[STUDENTS])
        assert GroupEnrolment.objects.filter(ends_on__isnull=True).count() == 5

    def test_student_leaves_group_and_courses_from_today(self) -> None:
        load()
        load(without_one_of_each(), now=SUNDAY, end_gone=[STUDENTS], confirm=True)
        place = GroupEnrolment.objects.get(student__record_book="26-000003")
        assert (place.starts_on, place.ends_on) == (date(2026, 9, 1), date(2026, 9, 19))
        mine = CourseEnrolment.objects.filter(student__record_book="26-000003")
        assert set(mine.values_list("starts_on", "ends_on")) == {(date(2026, 9, 1), date(2026, 9, 19))}
        assert Workload.objects.filter(number="Ж000003", teachers__ends_on__isnull=True).exists(), "asked for students"

    def test_workload_loses_keeper_and_coming_lessons_and_keeps_what_is_written(self) -> None:
        load()
        lessons = Lesson.objects.filter(workloads__workload__number="Ж000003")
        held = lessons.filter(starts_at__lte=SUNDAY).count()
        written = lessons.filter(starts_at__gt=SUNDAY).earliest("starts_at")
        Lesson.objects.filter(pk=written.pk).update(topic="Ньютон", version=2)
        load(without_one_of_each(), now=SUNDAY, end_gone=[WORKLOAD], confirm=True)
        keeper = WorkloadTeacher.objects.get(workload__number="Ж000003")
        assert keeper.ends_on == date(2026, 9, 19)
        assert lessons.filter(starts_at__lte=SUNDAY).count() == held
        assert list(lessons.filter(starts_at__gt=SUNDAY).values_list("state", "topic")) == [
            (LessonState.CANCELLED, "Ньютон")
        ]
        assert not Slot.objects.filter(workload__number="Ж000003", ends_on__gt=date(2026, 9, 20)).exists()
        assert LessonWorkload.objects.filter(workload__number="Ж000001").exists()
        assert [finding.code for finding in check_invariants() if not finding.holds] == []

    def test_what_was_ended_is_not_gone_a_second_time(self) -> None:
        load()
        load(without_one_of_each(), now=SUNDAY, end_gone=[STUDENTS, WORKLOAD], confirm=True)
        again = plan(without_one_of_each(), now=SUNDAY)
        assert again.plan is not None
        assert again.plan.endable == {}

    def test_who_comes_back_is_in_his_group_again(self) -> None:
        load()
        load(without_one_of_each(), now=SUNDAY, end_gone=[STUDENTS, WORKLOAD], confirm=True)
        load(SMALL, now=SUNDAY)
        places = GroupEnrolment.objects.filter(student__record_book="26-000003").order_by("starts_on")
        assert list(places.values_list("starts_on", "ends_on")) == [
            (date(2026, 9, 1), date(2026, 9, 19)),
            (date(2026, 9, 20), None),
        ]
        assert Lesson.objects.filter(workloads__workload__number="Ж000003", starts_at__gt=SUNDAY).count() > 10
        assert load(SMALL, now=SUNDAY).wrote_nothing

    def test_before_the_semester_they_vanish_from_it(self) -> None:
        load(now=AUGUST)
        load(without_one_of_each(), now=AUGUST, end_gone=[STUDENTS, WORKLOAD], confirm=True)
        assert not GroupEnrolment.objects.filter(student__record_book="26-000003").exists()
        assert not CourseEnrolment.objects.filter(student__record_book="26-000003").exists()
        assert not Lesson.objects.filter(workloads__workload__number="Ж000003").exists()
