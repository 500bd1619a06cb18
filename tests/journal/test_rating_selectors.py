"""Points through the database: whose lessons count, and what they come to (§3.5d–f). Golden cases, worked by hand."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Student
from ejournal.lib import clock
from journal.enums import ComponentSource, ExcuseKind, Presence, Source, TaskKind
from journal.models import (
    Excuse,
    ExcuseCover,
    Mark,
    ModulePoint,
    RatingScheme,
    Scale,
    SchemeChoice,
    SelfStudyMark,
    SelfStudyTask,
)
from journal.rules.rating import ModuleFacts, module_points
from journal.rules.rating_presets import PRESETS, SCALES
from journal.selectors.rating import facts_of, plain_scheme, points_of, scheme_of
from teaching.enums import EnrolmentBasis, LessonState
from teaching.models import Course, CourseEnrolment, Lesson, Workload
from tests import factories as make
from university.enums import ControlForm, LessonKind
from university.models import Module

pytestmark = pytest.mark.django_db
D = Decimal
FIRST = date(2026, 9, 7)  # a Monday
ON = date(2026, 10, 20)  # in the first module


def monday(week: int) -> date:
    return FIRST + timedelta(weeks=week)


class Class:
    """An exam course with one journal of the whole group, and one student."""

    def __init__(self) -> None:
        self.group = make.make_group()
        self.course = make.make_course(group=self.group)
        self.workload = make.make_workload(course=self.course)
        self.teacher = self.workload.teachers.get().teacher.user
        self.student = make.make_student(group=self.group)
        self.module, self.second = Module.objects.order_by("number")

    def held(self, week: int, *workloads: Workload, pair: int = 1, state: str = LessonState.HELD) -> Lesson:
        """A lesson of a Monday whose roll was taken."""
        lesson = make.make_lesson(*(workloads or (self.workload,)), day=monday(week), pair=pair)
        lesson.state = state
        lesson.roll_taken_at = lesson.ends_at
        lesson.save()
        return lesson

    def mark(
        self,
        lesson: Lesson,
        presence: Presence | None = Presence.PRESENT,
        grade: int | None = None,
        *,
        student: Student | None = None,
        workload: Workload | None = None,
        **more: Any,
    ) -> Mark:
        return Mark.objects.create(
            lesson=lesson,
            student=student or self.student,
            workload=workload or self.workload,
            presence=presence,
            grade=grade,
            by=self.teacher,
            at=lesson.ends_at,
            source=Source.WEB,
            request_id=make.REQUEST_ID,
            **more,
        )

    def excuse(self, lesson: Lesson) -> None:
        excuse = Excuse.objects.create(
            unit=self.group.unit,
            kind=ExcuseKind.ILLNESS,
            starts_on=lesson.date,
            ends_on=lesson.date,
            approved_by="Декан",
            entered_by=self.teacher,
            entered_at=lesson.ends_at,
            request_id=make.REQUEST_ID,
        )
        ExcuseCover.objects.create(excuse=excuse, lesson=lesson, student=self.student, made_at=lesson.ends_at)

    def draft(self, component: ComponentSource, value: str, module: Module | None = None) -> ModulePoint:
        return ModulePoint.objects.create(
            course=self.course,
            module=module or self.module,
            student=self.student,
            component=component,
            value=D(value),
            entered_at=clock.now(),
            by=self.teacher,
            at=clock.now(),
            source=Source.WEB,
            request_id=make.REQUEST_ID,
        )

    def facts(self, module: Module | None = None, student: Student | None = None) -> ModuleFacts | None:
        return facts_of(self.course.pk, (module or self.module).pk, on=ON).get((student or self.student).pk)


@pytest.fixture
def room() -> Class:
    return Class()


def parts(facts: ModuleFacts) -> dict[str, Decimal | None]:
    return {part.source: part.points for part in module_points(PRESETS["P1", "exam"], facts).parts}


def course_with_year(course: Course) -> Course:
    return Course.objects.select_related("semester__year").get(pk=course.pk)


def test_shipped_schemes_are_the_presets_of_the_arithmetic() -> None:
    shipped = {(s.code, s.control_form): plain_scheme(s.pk) for s in RatingScheme.objects.all()}
    assert shipped == PRESETS


@pytest.mark.parametrize("code", SCALES)
def test_shipped_scales_are_those_of_the_arithmetic(code: str) -> None:
    steps = Scale.objects.get(code=code).steps.all()
    assert [(s.low, s.letter, s.traditional, s.gpa, s.passes, s.word) for s in steps] == [
        (s.low, s.letter, s.traditional, s.gpa, s.passes, s.word) for s in SCALES[code]
    ]


def test_default_scheme_is_the_first_preset_of_the_form_of_control(room: Class) -> None:
    credit = make.make_course(group=room.group, discipline="Оптика", control_form=ControlForm.CREDIT)
    assert scheme_of(course_with_year(room.course)) == PRESETS["P1", "exam"]
    assert scheme_of(course_with_year(credit)) == PRESETS["P1", "credit"]


def test_scheme_holds_from_its_year_on(room: Class) -> None:
    third = RatingScheme.objects.get(code="P3", control_form="exam")
    said: dict[str, Any] = {
        "control_form": "exam",
        "scheme": third,
        "at": clock.now(),
        "source": Source.WEB,
        "request_id": make.REQUEST_ID,
    }
    SchemeChoice.objects.create(valid_from=2027, **said)
    assert scheme_of(course_with_year(room.course)).code == "P1"
    SchemeChoice.objects.create(valid_from=2026, **said)
    assert scheme_of(course_with_year(room.course)).code == "P3"


def test_vector_of_the_domain_through_the_database(room: Class) -> None:
    """16 lessons, 12 attended, one excused; 5, 4, 4: 3.20 and 4.33."""
    make.enrol(room.student, room.course)
    grades = [5, 4, 4]
    for number in range(16):
        lesson = room.held(number // 4, pair=number % 4 + 1)
        if number < 12:
            room.mark(lesson, Presence.PRESENT, grades[number] if number < 3 else None)
        else:
            room.mark(lesson, Presence.ABSENT)
            if number == 12:
                room.excuse(lesson)
    room.draft(ComponentSource.MANUAL, "12")
    room.draft(ComponentSource.SELF_STUDY, "4.5")
    facts = room.facts()
    assert facts == ModuleFacts(
        1,
        held=16,
        attended=12,
        excused=1,
        grade_sum=13,
        grade_count=3,
        unexcused_absences=3,
        self_typed=D("4.50"),
        control=D("12.00"),
    )
    assert facts is not None
    assert parts(facts) == {
        "auto_attendance": D("3.20"),
        "auto_average": D("4.33"),
        "self_study": D("4.50"),
        "manual": D("12.00"),
    }


def test_joined_late_counts_the_days_of_enrolment_only(room: Class) -> None:
    """Four lessons, the course joined before the third: 2 of 2, not 2 of 4."""
    make.enrol(room.student, room.course, starts_on=monday(2))
    other = make.make_student(group=room.group)
    make.enrol(other, room.course)
    for week in range(4):
        lesson = room.held(week)
        room.mark(lesson, student=other)
        # A mark of a day before the enrolment, such as an enrolment corrected later leaves behind.
        room.mark(lesson)
    assert room.facts() == ModuleFacts(1, held=2, attended=2)
    assert room.facts(student=other) == ModuleFacts(1, held=4, attended=4)


def test_transferred_to_another_group_counts_in_each_course_its_own_days(room: Class) -> None:
    other_group = make.make_group(unit=room.group.unit)
    other_course = make.make_course(group=other_group)
    other = make.make_workload(course=other_course)
    make.enrol(room.student, room.course, ends_on=monday(2) - timedelta(days=1))
    make.enrol(room.student, other_course, starts_on=monday(2))
    for week in range(2):
        room.mark(room.held(week), grade=5)
    for week in range(2, 5):
        room.mark(room.held(week, other), Presence.ABSENT, workload=other)
        room.held(week)
    assert room.facts() == ModuleFacts(1, held=2, attended=2, grade_sum=10, grade_count=2)
    assert facts_of(other_course.pk, room.module.pk, on=ON)[room.student.pk] == ModuleFacts(
        1, held=3, unexcused_absences=3
    )


def test_between_subgroups_each_lesson_counts_by_the_subgroup_of_its_day(room: Class) -> None:
    first, second = (
        make.make_workload(
            course=room.course, kind=LessonKind.LABORATORY, subgroup=room.group.subgroups.get(number=number)
        )
        for number in (1, 2)
    )
    make.enrol(room.student, room.course, subgroup=1, ends_on=monday(2) - timedelta(days=1))
    make.enrol(room.student, room.course, subgroup=2, starts_on=monday(2))
    for week in range(4):
        own, foreign = (first, second) if week < 2 else (second, first)
        room.mark(room.held(week, own, pair=1), workload=own, grade=4)
        # The other subgroup's lesson is none of his, though somebody marked him there.
        room.mark(room.held(week, foreign, pair=2), Presence.ABSENT, workload=foreign)
    assert room.facts() == ModuleFacts(1, held=4, attended=4, grade_sum=16, grade_count=4)


def test_on_leave_the_days_between_do_not_count(room: Class) -> None:
    make.enrol(room.student, room.course, ends_on=monday(1) - timedelta(days=1))
    make.enrol(room.student, room.course, starts_on=monday(3))
    for week in range(4):
        lesson = room.held(week)
        if week in (0, 3):
            room.mark(lesson, Presence.LATE, late_minutes=5)
    assert room.facts() == ModuleFacts(1, held=2, attended=2, late=2)


def test_who_repeats_the_course_counts_like_the_others(room: Class) -> None:
    CourseEnrolment.objects.create(
        student=room.student, course=room.course, basis=EnrolmentBasis.REPEAT, starts_on=monday(1)
    )
    for week in range(3):
        room.mark(room.held(week), grade=3)
    assert room.facts() == ModuleFacts(1, held=2, attended=2, grade_sum=6, grade_count=2)


def test_exempt_student_has_no_points(room: Class) -> None:
    CourseEnrolment.objects.create(
        student=room.student, course=room.course, basis=EnrolmentBasis.EXEMPT, starts_on=monday(0)
    )
    assert room.facts() is None


def test_several_teachers_and_kinds_are_one_course(room: Class) -> None:
    lecture = make.make_workload(course=room.course, kind=LessonKind.LECTURE)
    make.enrol(room.student, room.course, subgroup=1)
    room.mark(room.held(0), grade=5)
    room.mark(room.held(0, lecture, pair=2), workload=lecture)
    room.mark(room.held(1, lecture, pair=2), Presence.ABSENT, workload=lecture)
    assert room.facts() == ModuleFacts(1, held=3, attended=2, grade_sum=5, grade_count=1, unexcused_absences=1)


def test_stream_counts_for_each_group_its_own_students(room: Class) -> None:
    other_group = make.make_group(unit=room.group.unit)
    other_course = make.make_course(group=other_group)
    other = make.make_workload(course=other_course, kind=LessonKind.LECTURE, stream="А")
    lecture = make.make_workload(course=room.course, kind=LessonKind.LECTURE, stream="А")
    guest = make.make_student(group=other_group)
    make.enrol(room.student, room.course)
    make.enrol(guest, other_course)
    together = room.held(0, lecture, other)
    room.mark(together, workload=lecture, grade=4)
    room.mark(together, Presence.ABSENT, student=guest, workload=other)
    assert facts_of(room.course.pk, room.module.pk, on=ON) == {
        room.student.pk: ModuleFacts(1, held=1, attended=1, grade_sum=4, grade_count=1)
    }
    assert facts_of(other_course.pk, room.module.pk, on=ON) == {guest.pk: ModuleFacts(1, held=1, unexcused_absences=1)}


def test_meeting_that_serves_two_journals_of_a_course_counts_once(room: Class) -> None:
    both = make.make_workload(course=room.course, kind=LessonKind.LECTURE)
    own = make.make_workload(
        course=room.course, kind=LessonKind.LABORATORY, subgroup=room.group.subgroups.get(number=1)
    )
    make.enrol(room.student, room.course, subgroup=1)
    room.mark(room.held(0, both, own), workload=own)
    assert room.facts() == ModuleFacts(1, held=1, attended=1)


def test_make_up_grade_joins_the_mean_and_stays_an_absence(room: Class) -> None:
    """1 of 2 attended: 2.00 of 4; (5 + 3) / 2 of 5: 4.00 of 5."""
    make.enrol(room.student, room.course)
    room.mark(room.held(0), grade=5)
    room.mark(room.held(1), Presence.ABSENT, 3, makeup_on=monday(2))
    facts = room.facts()
    assert facts == ModuleFacts(1, held=2, attended=1, grade_sum=8, grade_count=2)
    assert facts is not None
    assert (parts(facts)["auto_attendance"], parts(facts)["auto_average"]) == (D("2.00"), D("4.00"))


def test_excused_absence_is_left_out_of_the_held(room: Class) -> None:
    make.enrol(room.student, room.course)
    room.mark(room.held(0))
    missed = room.held(1)
    room.mark(missed, Presence.ABSENT)
    room.excuse(missed)
    facts = room.facts()
    assert facts == ModuleFacts(1, held=2, attended=1, excused=1)
    assert facts is not None
    assert parts(facts)["auto_attendance"] == D("4.00")


def test_only_lessons_whose_roll_was_taken_are_held(room: Class) -> None:
    make.enrol(room.student, room.course)
    untaken = make.make_lesson(room.workload, day=monday(0))
    room.mark(untaken, grade=2)
    room.held(1)  # nobody looked at him: cleared afterwards
    cancelled = room.held(2, state=LessonState.CANCELLED)
    room.mark(cancelled)
    assert room.facts() == ModuleFacts(1, grade_sum=2, grade_count=1)


def test_lessons_to_come_are_counted_from_today(room: Class) -> None:
    make.enrol(room.student, room.course, ends_on=ON + timedelta(days=7))
    for day in (ON - timedelta(days=1), ON, ON + timedelta(days=6), ON + timedelta(days=8)):
        make.make_lesson(room.workload, day=day, pair=1)
    facts = room.facts()
    assert facts is not None
    assert facts.remaining == 2


def test_self_study_of_the_module_is_counted_from_its_tasks(room: Class) -> None:
    make.enrol(room.student, room.course)
    task = SelfStudyTask.objects.create(
        workload=room.workload,
        module=room.module,
        title="Конспект",
        kind=TaskKind.INDIVIDUAL,
        maximum=10,
        given_on=monday(0),
        due_on=monday(1),
        by=room.teacher,
        at=clock.now(),
        source=Source.WEB,
        request_id=make.REQUEST_ID,
    )
    SelfStudyMark.objects.create(
        task=task,
        student=room.student,
        points=7,
        entered_at=clock.now(),
        by=room.teacher,
        at=clock.now(),
        source=Source.WEB,
        request_id=make.REQUEST_ID,
    )
    facts = room.facts()
    assert facts is not None
    assert (facts.self_earned, facts.self_maximum) == (D(7), D(10))
    assert parts(facts)["self_study"] == D("4.20")


def choose(code: str, form: str = "exam") -> None:
    SchemeChoice.objects.create(
        control_form=form,
        valid_from=2026,
        scheme=RatingScheme.objects.get(code=code, control_form=form),
        at=clock.now(),
        source=Source.WEB,
        request_id=make.REQUEST_ID,
    )


def test_scheme_of_one_module_counts_the_whole_semester_in_its_last_module(room: Class) -> None:
    choose("P4")
    make.enrol(room.student, room.course)
    room.mark(room.held(0), grade=5)
    room.mark(room.held(12), Presence.ABSENT)
    assert room.facts() is None
    assert room.facts(room.second) == ModuleFacts(
        1, held=2, attended=1, grade_sum=5, grade_count=1, unexcused_absences=1
    )


def test_live_points_are_earned_to_be_had_and_lost(room: Class) -> None:
    """One of two attended, one to come: 2.00 earned of 4, at best 2.67."""
    make.enrol(room.student, room.course)
    room.mark(room.held(0), grade=5)
    room.mark(room.held(1), Presence.ABSENT)
    make.make_lesson(room.workload, day=ON + timedelta(days=6), pair=1)
    points = points_of(course_with_year(room.course), on=ON)[room.student.pk]
    attendance = points.modules[0].parts[0]
    assert (attendance.points, attendance.best) == (D("2.00"), D("2.67"))
    assert (points.outlook.earned, points.outlook.lost) == (D("7.00"), D("1.33"))
    assert points.outlook.earned + points.outlook.open + points.outlook.lost == 100
    assert [module.number for module in points.modules] == [1]
    assert not points.is_final


@pytest.mark.parametrize("count", [1, 3])
def test_points_of_a_course_cost_the_same_for_any_number_of_students(room: Class, count: int) -> None:
    for week in range(count):
        student = make.make_student(group=room.group)
        make.enrol(student, room.course)
        room.mark(room.held(week), student=student)
    course = course_with_year(room.course)
    points_of(course, on=ON)  # the scheme is read once a process
    with CaptureQueriesContext(connection) as queries:
        assert len(points_of(course, on=ON)) == count
    assert len(queries) == 6
