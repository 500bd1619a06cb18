"""Timetables as they are looked at: what stands in which cell of whose week."""

from datetime import date, time, timedelta

import pytest
from django.db import transaction

from accounts.models import Teacher, User
from ejournal.lib import clock
from teaching.access import get_group_timetable, get_room_timetable, get_student_timetable, get_teacher_timetable
from teaching.enums import ChangeKind, EnrolmentBasis, LessonState, WeekParity
from teaching.models import CourseEnrolment, Lesson, LessonChange, LessonWorkload, Slot, Substitution, Workload
from teaching.permissions import TimetableDoor
from teaching.selectors.boards import Board, Entry, building_day, scheme_of, week_of
from tests import factories as make
from university.models import Bell, Holiday

pytestmark = pytest.mark.django_db

NOW = clock.moment_of(make.MONDAY, time(8, 30))


def of_teacher(teacher: Teacher) -> TimetableDoor:
    return get_teacher_timetable(teacher.user, teacher.pk, now=NOW)


def shown(board: Board) -> list[Entry]:
    return [entry for row in board.rows for cell in row.cells for entry in cell]


def week(door: TimetableDoor, day: date = make.MONDAY) -> list[Entry]:
    return shown(week_of(door, day=day, now=NOW).board)


@transaction.atomic
def make_up(workload: Workload, *, by: User, at: time) -> Lesson:
    """A lesson outside the bells, on an approved change."""
    change = LessonChange.objects.create(
        kind=ChangeKind.MAKE_UP,
        reason="майрам",
        order_number="7-О",
        order_date=make.MONDAY,
        approved_by=by,
        approved_at=NOW,
    )
    starts_at = clock.moment_of(make.MONDAY, at)
    lesson = Lesson.objects.create(
        semester=workload.course.semester,
        date=make.MONDAY,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=80),
        teacher=workload.teachers.get().teacher,
    )
    LessonWorkload.objects.create(lesson=lesson, workload=workload, change=change)
    return lesson


class TestWeek:
    def test_lesson_stands_at_its_day_and_pair_and_is_on_now(self) -> None:
        workload = make.make_workload()
        teacher = workload.teachers.get().teacher
        make.make_lesson(workload, room=make.make_room())
        found = week_of(of_teacher(teacher), day=make.MONDAY + timedelta(days=6), now=NOW)
        assert (found.starts_on, found.number, found.is_odd, found.is_present) == (make.MONDAY, 4, False, True)
        assert [(column.pair, column.is_now) for column in found.board.columns] == [(1, True)]
        assert [row.is_today for row in found.board.rows] == [True, False, False, False, False, False]
        [entry] = found.board.rows[0].cells[0]
        assert (entry.discipline, entry.groups, entry.room) == ("Механика", workload.course.group.name, "Б-101")
        assert (entry.teacher, entry.is_running, entry.is_off) == ("", True, False)

    def test_pairs_before_the_first_lesson_stay_free(self) -> None:
        workload = make.make_workload()
        make.make_lesson(workload, pair=3)
        board = week_of(of_teacher(workload.teachers.get().teacher), day=make.MONDAY, now=NOW).board
        assert [column.pair for column in board.columns] == [1, 2, 3]
        assert [len(cell) for cell in board.rows[0].cells] == [0, 0, 1]

    def test_groups_of_a_stream_are_one_entry(self) -> None:
        teacher = make.make_teacher()
        first, second = (make.make_workload(teacher=teacher, stream="А") for _ in range(2))
        make.make_lesson(first, second)
        [entry] = week(of_teacher(teacher))
        assert entry.groups == f"{first.course.group.name}, {second.course.group.name}"
        [of_group] = week(get_group_timetable(teacher.user, first.course.group_id, now=NOW))
        assert of_group.groups == ""

    def test_cancelled_lesson_stays_and_is_off(self) -> None:
        workload = make.make_workload()
        lesson = make.make_lesson(workload)
        lesson.state = LessonState.CANCELLED
        lesson.save()
        [entry] = week(of_teacher(workload.teachers.get().teacher))
        assert (entry.is_off, entry.is_running) == (True, False)

    def test_make_up_stands_outside_the_bells(self) -> None:
        workload = make.make_workload()
        teacher = workload.teachers.get().teacher
        make_up(workload, by=teacher.user, at=time(17, 30))
        board = week_of(of_teacher(teacher), day=make.MONDAY, now=NOW).board
        assert [column.pair for column in board.columns] == [None]
        [entry] = shown(board)
        assert (entry.is_make_up, entry.is_moved) == (True, False)

    def test_substitution_stands_in_both_weeks(self) -> None:
        workload = make.make_workload()
        keeper = workload.teachers.get().teacher
        substitute = make.make_teacher(last_name="Эсенов")
        naming = Substitution.objects.create(
            lesson=make.make_lesson(workload),
            substitute=substitute,
            reason="ооруп калды",
            named_by=keeper.user,
            named_at=NOW,
        )
        [own] = week(of_teacher(keeper))
        [his] = week(of_teacher(substitute))
        assert (own.substitute, own.stands_in) == ("Эсенов Э.", False)
        assert (his.substitute, his.stands_in, his.teacher) == ("", True, "Осмонов Э.")
        naming.withdrawn_at = NOW
        naming.save()
        assert week(of_teacher(substitute)) == []

    def test_sunday_is_a_row_only_with_a_lesson(self) -> None:
        workload = make.make_workload()
        make.make_lesson(workload, day=make.MONDAY + timedelta(days=6))
        door = of_teacher(workload.teachers.get().teacher)
        assert len(week_of(door, day=make.MONDAY, now=NOW).board.rows) == 7
        assert len(week_of(door, day=make.MONDAY + timedelta(days=7), now=NOW).board.rows) == 6

    def test_holiday_is_named_and_the_first_week_is_the_first(self) -> None:
        semester = make.make_semester()
        teacher = make.make_teacher()
        Holiday.objects.create(day=date(2026, 9, 2), name="Сыноо майрамы")
        found = week_of(of_teacher(teacher), day=date(2026, 8, 31), now=NOW)
        assert (found.semester, found.number, found.is_odd) == (semester, 1, True)
        assert [row.holiday for row in found.board.rows][:3] == ["", "", "Сыноо майрамы"]

    def test_week_without_a_semester_says_so(self) -> None:
        make.make_semester()
        found = week_of(of_teacher(make.make_teacher()), day=date(2027, 1, 20), now=NOW)
        assert (found.semester, found.board.is_empty) == (None, True)

    def test_room_shows_all_who_are_in_it(self) -> None:
        room = make.make_room()
        first, second = make.make_workload(), make.make_workload()
        for workload in (first, second):
            make.make_lesson(workload, room=room)
        make.make_lesson(make.make_workload())
        keeper = first.teachers.get().teacher
        board = week_of(get_room_timetable(keeper.user, room.pk, now=NOW), day=make.MONDAY, now=NOW).board
        names = [entry.groups for entry in board.rows[0].cells[0]]
        assert names == [first.course.group.name, second.course.group.name]
        assert {entry.room for entry in shown(board)} == {""}


class TestStudent:
    def test_other_subgroup_is_not_his(self) -> None:
        course = make.make_course()
        one, two = course.group.subgroups.order_by("number")
        student = make.make_student(group=course.group, subgroup=1)
        make.enrol(student, course, subgroup=1)
        mine = make.make_lesson(make.make_workload(course=course, subgroup=one))
        make.make_lesson(make.make_workload(course=course, subgroup=two))
        whole = make.make_lesson(make.make_workload(course=course), pair=2)
        door = get_student_timetable(student.user, student.pk, now=NOW)
        assert [entry.key for entry in week(door)] == [mine.pk, whole.pk]
        both = week(get_group_timetable(student.user, course.group_id, now=NOW))
        assert [entry.groups for entry in both] == [f"{course.group.name}/1", f"{course.group.name}/2", ""]

    def test_elective_of_another_group_is_his_and_an_exempt_course_is_not(self) -> None:
        student = make.make_student(group=make.make_group())
        elective, exempt = make.make_course(), make.make_course()
        for course, basis in ((elective, EnrolmentBasis.ELECTIVE), (exempt, EnrolmentBasis.EXEMPT)):
            CourseEnrolment.objects.filter(pk=make.enrol(student, course).pk).update(basis=basis)
            make.make_lesson(make.make_workload(course=course))
        door = get_student_timetable(student.user, student.pk, now=NOW)
        assert len(week(door)) == 1

    def test_lessons_end_with_the_enrolment(self) -> None:
        course = make.make_course()
        student = make.make_student(group=course.group)
        make.enrol(student, course, ends_on=make.MONDAY)
        workload = make.make_workload(course=course)
        make.make_lesson(workload)
        make.make_lesson(workload, day=make.MONDAY + timedelta(days=7))
        door = get_student_timetable(student.user, student.pk, now=NOW)
        assert len(week(door)) == 1
        assert week(door, make.MONDAY + timedelta(days=7)) == []

    def test_teacher_sees_his_own_courses_of_a_student_only(self) -> None:
        student = make.make_student(group=make.make_group())
        mine, other = make.make_course(), make.make_course()
        workloads = [make.make_workload(course=course) for course in (mine, other)]
        for workload in workloads:
            make.enrol(student, workload.course)
            make.make_lesson(workload)
        teacher = workloads[0].teachers.get().teacher
        assert len(week(get_student_timetable(teacher.user, student.pk, now=NOW))) == 1


class TestScheme:
    def test_odd_and_even_weeks_stand_side_by_side(self) -> None:
        course = make.make_course()
        workload = make.make_workload(course=course)
        odd = make.make_slot(workload)
        Slot.objects.filter(pk=odd.pk).update(parity=WeekParity.ODD)
        even = make.make_slot(make.make_workload(course=course))
        Slot.objects.filter(pk=even.pk).update(parity=WeekParity.EVEN)
        teacher = workload.teachers.get().teacher
        board = scheme_of(get_group_timetable(teacher.user, course.group_id, now=NOW), course.semester, on=make.MONDAY)
        assert [entry.parity for entry in board.rows[0].cells[0]] == ["odd", "even"]
        assert {entry.teacher for entry in shown(board)} == {"Осмонов Э."}
        assert [entry.key for entry in shown(scheme_of(of_teacher(teacher), course.semester, on=make.MONDAY))] == [
            odd.pk
        ]

    def test_lines_of_a_stream_are_one_and_ended_lines_are_none(self) -> None:
        teacher = make.make_teacher()
        first, second = (make.make_workload(teacher=teacher, stream="А") for _ in range(2))
        for workload in (first, second):
            make.make_slot(workload)
        ended = make.make_slot(first, pair=2)
        Slot.objects.filter(pk=ended.pk).update(ends_on=make.MONDAY - timedelta(days=1))
        [entry] = shown(scheme_of(of_teacher(teacher), first.course.semester, on=make.MONDAY))
        assert entry.groups == f"{first.course.group.name}, {second.course.group.name}"


def test_building_shows_each_auditorium_by_pairs() -> None:
    room = make.make_room()
    free = make.make_room("Б-102")
    make.make_lesson(make.make_workload(), room=room, pair=2)
    board = building_day("Б", [room, free], day=make.MONDAY, now=NOW)
    assert [(row.label, [len(cell) for cell in row.cells]) for row in board.rows] == [
        ("Б-101", [0, 1]),
        ("Б-102", [0, 0]),
    ]
    assert Bell.objects.count() == 6
    assert board.columns[1].starts == time(9, 30)
