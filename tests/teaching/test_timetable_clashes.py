"""Clashes: the rule, at a moment, and in the timetable of a semester."""

from datetime import date, time, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from ejournal.lib import clock
from teaching.enums import ClashKind, LessonState, WeekParity
from teaching.models import Slot, Substitution
from teaching.rules import Held, clashes_among
from teaching.selectors.clashes import clashes_at, clashes_of_semester
from tests import factories as make

EIGHT, HALF_NINE = (clock.moment_of(make.MONDAY, time(8, 0)), clock.moment_of(make.MONDAY, time(9, 20)))


def held(key: int, **what: object) -> Held:
    values: dict[str, object] = {"teacher": None, "group": key, "subgroup": None, "room": None, "when": (1, 1)}
    return Held(id=key, **(values | what))  # type: ignore[arg-type]


def kinds(*lines: Held) -> list[ClashKind]:
    return [found.kind for found in clashes_among(lines)]


class TestRule:
    def test_one_teacher_in_two_meetings_clashes(self) -> None:
        assert kinds(held(1, teacher="а"), held(2, teacher="а")) == [ClashKind.TEACHER]

    def test_one_room_with_two_meetings_clashes(self) -> None:
        assert kinds(held(1, room="Б-1"), held(2, room="Б-1")) == [ClashKind.ROOM]

    def test_no_teacher_and_no_room_are_nobody(self) -> None:
        assert kinds(held(1), held(2)) == []

    @pytest.mark.parametrize(
        ("first", "second", "clash"), [(None, None, True), (None, 1, True), (1, 1, True), (1, 2, False)]
    )
    def test_group_clashes_where_students_are_shared(self, first: int, second: int, clash: bool) -> None:
        got = kinds(held(1, group="ф", subgroup=first), held(2, group="ф", subgroup=second))
        assert got == ([ClashKind.GROUP] if clash else [])

    @pytest.mark.parametrize(
        ("first", "second", "clash"), [("odd", "even", False), ("odd", "odd", True), ("every", "even", True)]
    )
    def test_odd_and_even_weeks_never_meet(self, first: str, second: str, clash: bool) -> None:
        got = kinds(held(1, room="Б-1", parity=first), held(2, room="Б-1", parity=second))
        assert got == ([ClashKind.ROOM] if clash else [])

    def test_other_pair_and_other_days_never_meet(self) -> None:
        one = held(1, room="Б-1", starts_on=date(2026, 9, 1), ends_on=date(2026, 9, 30))
        later = held(2, room="Б-1", starts_on=date(2026, 10, 1), ends_on=date(2026, 12, 1))
        assert kinds(one, later, held(3, room="Б-1", when=(1, 2))) == []

    def test_stream_is_one_meeting_unless_its_room_differs(self) -> None:
        together = [held(key, teacher="а", room="Б-1", stream="С") for key in (1, 2)]
        assert kinds(*together) == []
        assert kinds(*together, held(3, teacher="а", room="Б-2", stream="С")) == [ClashKind.TEACHER] * 2


@pytest.mark.django_db
class TestMoment:
    def test_teacher_room_and_group_are_told_apart(self) -> None:
        room = make.make_room()
        workload = make.make_workload()
        keeper = workload.teachers.get().teacher
        make.make_lesson(workload, room=room)
        ask = {"starts_at": EIGHT, "ends_at": HALF_NINE}
        assert [c.kind for c in clashes_at(**ask, teacher_ids=[keeper.pk])] == [ClashKind.TEACHER]
        assert [c.kind for c in clashes_at(**ask, room_id=room.pk)] == [ClashKind.ROOM]
        group = workload.course.group
        [clash] = clashes_at(**ask, groups=[(group.pk, None)])
        assert clash.sentence == f"{group.name} тайпасынын 08:00–09:20 сабагы бар: Механика."
        assert clashes_at(**ask) == []

    def test_everything_wanted_is_one_query(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        room = make.make_room()
        course = make.make_course()
        teacher = make.make_teacher()
        for _ in range(3):
            make.make_lesson(make.make_workload(course=course, teacher=teacher), room=room)
        with django_assert_num_queries(1):
            found = clashes_at(
                starts_at=EIGHT,
                ends_at=HALF_NINE,
                teacher_ids=[teacher.pk],
                room_id=room.pk,
                groups=[(course.group_id, None)],
            )
        assert len(found) == 9

    def test_end_of_one_lesson_is_free_for_the_next(self) -> None:
        workload = make.make_workload()
        make.make_lesson(workload)
        group = [(workload.course.group_id, None)]
        later = HALF_NINE + timedelta(minutes=80)
        assert clashes_at(starts_at=HALF_NINE, ends_at=later, groups=group) == []

    def test_other_subgroup_and_cancelled_lesson_hold_nobody(self) -> None:
        course = make.make_course()
        one, two = course.group.subgroups.order_by("number")
        lesson = make.make_lesson(make.make_workload(course=course, subgroup=one))
        ask = {"starts_at": EIGHT, "ends_at": HALF_NINE}
        assert clashes_at(**ask, groups=[(course.group_id, two.pk)]) == []
        assert len(clashes_at(**ask, groups=[(course.group_id, one.pk)])) == 1
        assert clashes_at(**ask, groups=[(course.group_id, None)], leave_out_lesson_ids=[lesson.pk]) == []
        lesson.state = LessonState.CANCELLED
        lesson.save()
        assert clashes_at(**ask, groups=[(course.group_id, one.pk)]) == []

    def test_substitute_is_busy_and_the_teacher_is_free(self) -> None:
        workload = make.make_workload()
        keeper = workload.teachers.get().teacher
        substitute = make.make_teacher(last_name="Эсенов")
        Substitution.objects.create(
            lesson=make.make_lesson(workload),
            substitute=substitute,
            reason="ооруп калды",
            named_by=keeper.user,
            named_at=EIGHT,
        )
        ask = {"starts_at": EIGHT, "ends_at": HALF_NINE}
        assert clashes_at(**ask, teacher_ids=[keeper.pk]) == []
        assert [c.subject for c in clashes_at(**ask, teacher_ids=[substitute.pk])] == ["Эсенов Э."]


@pytest.mark.django_db
class TestSemester:
    @pytest.mark.parametrize("rivals", [1, 3])
    def test_lines_of_one_pair_are_one_clash_in_one_query(
        self, rivals: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        room = make.make_room()
        slots = [make.make_slot(make.make_workload(), room=room) for _ in range(rivals + 1)]
        semester = make.make_semester()
        with django_assert_num_queries(1):
            [clash] = clashes_of_semester(semester, on=make.MONDAY)
        assert (clash.kind, clash.subject, clash.weekday, clash.pair) == (ClashKind.ROOM, "Б-101", 1, 1)
        assert {line.slot_id for line in clash.lines} == {slot.pk for slot in slots}

    def test_stream_and_other_weeks_do_not_clash(self) -> None:
        room, teacher = make.make_room(), make.make_teacher()
        for _ in range(2):
            make.make_slot(make.make_workload(teacher=teacher, stream="А"), room=room)
        odd = make.make_slot(make.make_workload(), pair=2, room=room)
        even = make.make_slot(make.make_workload(), pair=2, room=room)
        Slot.objects.filter(pk=odd.pk).update(parity=WeekParity.ODD)
        Slot.objects.filter(pk=even.pk).update(parity=WeekParity.EVEN)
        assert clashes_of_semester(make.make_semester(), on=make.MONDAY) == []

    def test_lines_that_ended_are_the_past(self) -> None:
        room = make.make_room()
        slots = [make.make_slot(make.make_workload(), room=room) for _ in range(2)]
        Slot.objects.filter(pk=slots[0].pk).update(ends_on=make.MONDAY - timedelta(days=1))
        assert clashes_of_semester(make.make_semester(), on=make.MONDAY) == []

    def test_scope_is_the_groups_unit_or_the_teachers_department(self) -> None:
        room = make.make_room()
        first, second = make.make_workload(), make.make_workload()
        for workload in (first, second):
            make.make_slot(workload, room=room)
        semester, elsewhere = make.make_semester(), make.make_unit("Башка")
        unit, department = first.course.group.unit_id, second.department_id
        assert len(clashes_of_semester(semester, on=make.MONDAY, unit_ids=[unit])) == 1
        assert clashes_of_semester(semester, on=make.MONDAY, unit_ids=[elsewhere.pk]) == []
        assert len(clashes_of_semester(semester, on=make.MONDAY, department_ids=[department])) == 1
        assert clashes_of_semester(semester, on=make.MONDAY, department_ids=[make.make_department().pk]) == []
