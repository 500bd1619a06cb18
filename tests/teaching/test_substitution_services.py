"""Absences, substitutes lesson by lesson, and a journal that passes on for good (§3.5h, §4.3)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Role
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.services import close_module, record_marks
from messaging.models import Notification
from teaching.enums import AbsenceKind, Answer, ChangeKind, LessonState
from teaching.models import (
    Lesson,
    LessonChange,
    LessonWorkload,
    Replacement,
    Substitution,
    TeacherAbsence,
    WorkloadTeacher,
)
from teaching.selectors.absences import absence_page
from teaching.selectors.taught import taught_by_id
from teaching.services.replacements import replace_teacher
from teaching.services.substitutions import (
    answer_substitution,
    end_absence,
    name_substitutes,
    record_absence,
    withdraw_absence,
    withdraw_substitution,
)
from teaching.services.timetable_lessons import generate_lessons
from tests import factories as make
from university.models import Module

pytestmark = pytest.mark.django_db

TUESDAY = make.MONDAY + timedelta(days=1)
EARLY = clock.moment_of(make.MONDAY, time(7, 0))
NINE = clock.moment_of(make.MONDAY, time(9, 0))


class Stage:
    """A department: `teacher` with lessons on Monday and Tuesday at eight, `free` and `busy` beside him."""

    def __init__(self) -> None:
        self.department = make.make_department()
        self.teacher = make.make_teacher("teacher", department=self.department)
        self.free = make.make_teacher("free", department=self.department, last_name="Абдиев")
        self.busy = make.make_teacher("busy", department=self.department, last_name="Бакиров")
        self.head = make.make_user("head", last_name="Башчы")
        make.appoint(self.head, Role.HEAD, department=self.department)
        self.course = make.make_course(department=self.department)
        self.workload = make.make_workload(course=self.course, teacher=self.teacher)
        self.student = make.make_student("student")
        make.enrol(self.student, self.course)
        self.monday = make.make_lesson(self.workload)
        self.tuesday = make.make_lesson(self.workload, day=TUESDAY)
        other = make.make_workload(course=make.make_course(department=self.department), teacher=self.busy)
        make.make_lesson(other)
        self.absence = self.record(self.teacher)

    def record(self, teacher: Any, **fields: Any) -> TeacherAbsence:
        values: dict[str, Any] = {
            "starts_on": make.MONDAY,
            "ends_on": make.MONDAY + timedelta(days=11),
            "kind": AbsenceKind.ILLNESS,
            "details": "",
            "document_number": "12",
        }
        return record_absence(teacher=teacher, by=self.head, now=EARLY, **(values | fields))

    def name(self, choices: dict[int, int] | None = None, **fields: Any) -> list[Substitution]:
        if choices is None:
            choices = {self.monday.id: self.free.id}
        values: dict[str, Any] = {"note": "", "accepts_busy": False, "now": EARLY}
        return name_substitutes(absence=self.absence, choices=choices, by=self.head, **(values | fields))

    def mark(self, user: Any, lesson: Lesson, *, now: datetime = NINE, value: str = "5", version: int = 0) -> str:
        """The code of the answer to one mark; "" for a saved one."""
        cell = {"lesson": lesson.id, "student": self.student.id, "version": version, "value": value}
        saved = record_marks(journal_id=self.workload.id, raw_marks=[cell], by=user, now=now)
        return str(saved.answer["marks"][0].get("code", ""))

    def replace(self, **fields: Any) -> list[Replacement]:
        values: dict[str, Any] = {
            "workload_ids": [self.workload.id],
            "successor": self.free,
            "from_date": TUESDAY,
            "order_number": "14-К",
            "order_date": make.MONDAY,
            "reason": "",
            "now": NINE,
        }
        return replace_teacher(by=self.head, **(values | fields))


@pytest.fixture
def stage() -> Stage:
    return Stage()


def code_of(act: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code, caught.value.status


# ---------------------------------------------------------------------------------------------------- absences
def test_absences_of_one_teacher_do_not_overlap(stage: Stage) -> None:
    again = {"starts_on": stage.absence.ends_on, "ends_on": stage.absence.ends_on}
    assert code_of(lambda: stage.record(stage.teacher, **again)) == ("absence_overlaps", 422)
    withdraw_absence(absence=stage.absence, by=stage.head, now=EARLY)
    assert stage.record(stage.teacher, **again).pk


def test_database_itself_refuses_overlapping_absences(stage: Stage) -> None:
    stage.absence.pk = None
    with pytest.raises(IntegrityError, match="teaching_absence_no_overlap"), transaction.atomic():
        stage.absence.save(force_insert=True)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ends_on": make.MONDAY - timedelta(days=1)}, "bad_dates"),
        ({"ends_on": make.MONDAY + timedelta(days=367)}, "bad_dates"),
        ({"kind": AbsenceKind.OTHER}, "details_missing"),
    ],
)
def test_absence_with_wrong_values_is_refused(stage: Stage, fields: dict[str, Any], code: str) -> None:
    assert code_of(lambda: stage.record(stage.free, **fields)) == (code, 422)
    assert TeacherAbsence.objects.count() == 1


def test_absence_of_somebody_who_left_is_refused(stage: Stage) -> None:
    stage.free.ends_on = make.MONDAY - timedelta(days=1)
    stage.free.save()
    assert code_of(lambda: stage.record(stage.free)) == ("contract_ended", 422)


def test_earlier_return_withdraws_what_is_to_come_and_keeps_what_was(stage: Stage) -> None:
    stage.name({stage.monday.id: stage.free.id, stage.tuesday.id: stage.free.id})
    assert end_absence(absence=stage.absence, last_day=make.MONDAY, by=stage.head, now=NINE) == 1
    assert [one.lesson for one in Substitution.objects.living()] == [stage.monday]
    stage.absence.refresh_from_db()
    assert stage.absence.ends_on == make.MONDAY
    outside = make.MONDAY + timedelta(days=30)
    assert code_of(lambda: end_absence(absence=stage.absence, last_day=outside, by=stage.head, now=NINE)) == (
        "bad_dates",
        422,
    )


def test_absence_is_withdrawn_only_before_a_substitute_has_begun(stage: Stage) -> None:
    stage.name()
    assert code_of(lambda: withdraw_absence(absence=stage.absence, by=stage.head, now=NINE)) == ("absence_taught", 422)
    assert withdraw_absence(absence=stage.absence, by=stage.head, now=EARLY) == 1
    assert code_of(lambda: withdraw_absence(absence=stage.absence, by=stage.head, now=EARLY)) == ("not_living", 409)
    assert code_of(stage.name) == ("not_living", 409)


# ------------------------------------------------------------------------------------------------------ naming
def test_some_or_all_lessons_are_named_and_everybody_concerned_is_told(stage: Stage) -> None:
    named = stage.name({stage.monday.id: stage.free.id, stage.tuesday.id: stage.free.id}, note="§ 4")
    assert [(one.lesson, one.substitute, one.reason, one.note) for one in named] == [
        (stage.monday, stage.free, "оору", "§ 4"),
        (stage.tuesday, stage.free, "оору", "§ 4"),
    ]
    told = Notification.objects.order_by("id").values_list("user__username", "url")
    assert sorted(told) == [
        ("free", "/substitutions/"),
        ("student", "/cabinet/"),
        ("student", "/cabinet/"),
        ("teacher", "/substitutions/"),
    ]
    student_told = Notification.objects.filter(user=stage.student.user).first()
    assert student_told is not None
    assert "Абдиев Э." in student_told.text


def test_lesson_is_named_once(stage: Stage) -> None:
    stage.name()
    assert code_of(lambda: stage.name({stage.monday.id: stage.busy.id}, accepts_busy=True)) == ("already_named", 409)


def test_busy_substitute_is_named_only_knowingly(stage: Stage) -> None:
    choice = {stage.monday.id: stage.busy.id, stage.tuesday.id: stage.busy.id}
    assert code_of(lambda: stage.name(choice)) == ("substitute_busy", 422)
    assert not Substitution.objects.exists()
    assert len(stage.name(choice, accepts_busy=True)) == 2


def test_one_substitute_in_two_lessons_at_once_is_busy(stage: Stage) -> None:
    beside = make.make_workload(course=make.make_course(department=stage.department), teacher=stage.teacher)
    twin = make.make_lesson(beside)
    choice = {stage.monday.id: stage.free.id, twin.id: stage.free.id}
    assert code_of(lambda: stage.name(choice)) == ("substitute_busy", 422)


def test_substitute_who_took_another_lesson_is_busy_then(stage: Stage) -> None:
    stage.name()
    other = make.make_teacher(department=stage.department, last_name="Жумабаев")
    beside = make.make_workload(course=make.make_course(department=stage.department), teacher=other)
    lesson = make.make_lesson(beside)
    stage.absence = stage.record(other)
    assert code_of(lambda: stage.name({lesson.id: stage.free.id})) == ("substitute_busy", 422)


def test_wrong_choices_are_refused_and_nothing_is_named(stage: Stage) -> None:
    foreign = Lesson.objects.exclude(teacher=stage.teacher).get()
    later = make.make_lesson(stage.workload, day=make.MONDAY + timedelta(days=14))
    free = stage.free.id
    for choices, code in (
        ({}, "nobody_chosen"),
        ({foreign.id: free, stage.monday.id: free}, "not_in_absence"),
        ({later.id: free, stage.monday.id: free}, "not_in_absence"),
        ({10**9: free}, "not_in_absence"),
        ({stage.monday.id: 10**9}, "unknown_teacher"),
        ({stage.monday.id: stage.teacher.id}, "same_teacher"),
    ):
        assert code_of(lambda choices=choices: stage.name(choices)) == (code, 422)
    assert not Substitution.objects.exists()


def test_substitute_who_left_or_is_away_is_refused(stage: Stage) -> None:
    stage.record(stage.free, starts_on=TUESDAY, ends_on=TUESDAY)
    assert code_of(lambda: stage.name({stage.tuesday.id: stage.free.id})) == ("substitute_absent", 422)
    stage.free.ends_on = make.MONDAY - timedelta(days=1)
    stage.free.save()
    assert code_of(stage.name) == ("contract_ended", 422)


def test_filled_cancelled_and_closed_lessons_take_no_substitute(stage: Stage) -> None:
    assert stage.mark(stage.teacher.user, stage.monday) == ""
    assert code_of(lambda: stage.name(now=NINE)) == ("lesson_filled", 422)
    Lesson.objects.filter(pk=stage.tuesday.pk).update(state=LessonState.CANCELLED)
    assert code_of(lambda: stage.name({stage.tuesday.id: stage.free.id})) == ("lesson_cancelled", 422)
    Lesson.objects.filter(pk=stage.tuesday.pk).update(state=LessonState.PLANNED)
    close_module(course=stage.course, module=Module.objects.get(number=1), by=stage.head, now=NINE)
    assert code_of(lambda: stage.name({stage.tuesday.id: stage.free.id})) == ("module_closed", 423)


def test_lesson_of_a_stream_is_one_lesson(stage: Stage) -> None:
    group_two = make.make_course(department=stage.department)
    guest = make.make_student("guest")
    make.enrol(guest, group_two)
    second = make.make_workload(course=group_two, teacher=stage.teacher, stream="А1")
    lesson = make.make_lesson(stage.workload, second, day=TUESDAY, pair=3)
    stage.name({lesson.id: stage.free.id})
    assert Substitution.objects.count() == 1
    assert Notification.objects.filter(user__in=[guest.user, stage.student.user]).count() == 2
    now = clock.moment_of(TUESDAY, time(12, 0))
    cell = {"lesson": lesson.id, "student": guest.id, "version": 0, "value": "4"}
    saved = record_marks(journal_id=second.id, raw_marks=[cell], by=stage.free.user, now=now)
    assert saved.status == 200


# ---------------------------------------------------------------------------------------- answers and withdrawal
def test_answers_stand_beside_each_other_and_the_head_hears_of_an_objection(stage: Stage) -> None:
    one = stage.name()[0]
    Notification.objects.all().delete()
    answer = {"substitution": one, "note": None, "now": EARLY}
    answer_substitution(answer=Answer.CONFIRMED, text="", by=stage.free.user, **answer)
    assert not Notification.objects.exists()
    answer_substitution(answer=Answer.OBJECTED, text="Өзүм келем", by=stage.teacher.user, **answer)
    one.refresh_from_db()
    assert (one.substitute_answer, one.teacher_answer, one.teacher_answer_text) == (
        Answer.CONFIRMED,
        Answer.OBJECTED,
        "Өзүм келем",
    )
    assert [told.user for told in Notification.objects.all()] == [stage.head]
    # It stands meanwhile.
    assert stage.mark(stage.free.user, stage.monday) == ""


def test_absent_teacher_leaves_a_note(stage: Stage) -> None:
    one = stage.name(note="башчыдан")[0]
    answer_substitution(
        substitution=one, answer=Answer.CONFIRMED, text="", note="§ 7, 3-маселе", by=stage.teacher.user, now=EARLY
    )
    one.refresh_from_db()
    assert one.note == "§ 7, 3-маселе"


def test_answers_that_are_refused(stage: Stage) -> None:
    one = stage.name()[0]

    def say(answer: Answer, by: Any, text: str = "") -> Callable[[], object]:
        return lambda: answer_substitution(substitution=one, answer=answer, text=text, note=None, by=by, now=EARLY)

    assert code_of(say(Answer.OBJECTED, stage.free.user, "  ")) == ("objection_without_reason", 422)
    assert code_of(say(Answer.CONFIRMED, stage.busy.user)) == ("not_yours", 422)
    withdraw_substitution(substitution=one, by=stage.head, now=EARLY)
    assert code_of(say(Answer.CONFIRMED, stage.free.user)) == ("not_living", 409)
    assert code_of(lambda: withdraw_substitution(substitution=one, by=stage.head, now=EARLY)) == ("not_living", 409)


def test_what_the_substitute_filled_is_not_taken_back(stage: Stage) -> None:
    one = stage.name()[0]
    assert stage.mark(stage.free.user, stage.monday) == ""
    assert code_of(lambda: withdraw_substitution(substitution=one, by=stage.head, now=NINE)) == ("lesson_filled", 422)
    with pytest.raises(IntegrityError, match="has filled lesson"), transaction.atomic():
        Substitution.objects.update(withdrawn_at=NINE)


def test_under_a_closed_module_a_substitution_is_not_taken_back(stage: Stage) -> None:
    one = stage.name()[0]
    close_module(course=stage.course, module=Module.objects.get(number=1), by=stage.head, now=NINE)
    assert code_of(lambda: withdraw_substitution(substitution=one, by=stage.head, now=NINE)) == ("module_closed", 423)
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        one.delete()


def test_withdrawn_right_is_gone_and_the_lesson_can_be_named_anew(stage: Stage) -> None:
    one = stage.name()[0]
    withdraw_substitution(substitution=one, by=stage.head, now=EARLY)
    assert stage.mark(stage.free.user, stage.monday) == "not_your_lesson"
    assert stage.name()[0].pk != one.pk


# ------------------------------------------------------------------------------------------- suggestions, hours
def test_suggestions_are_free_teachers_the_discipline_first_then_the_load(stage: Stage) -> None:
    idle = make.make_teacher(department=stage.department, last_name="Замиров")
    knows = make.make_teacher(department=stage.department, last_name="Исаков")
    away = make.make_teacher(department=stage.department, last_name="Кадыров")
    make.make_teacher(last_name="Башка кафедрадан")
    stage.record(away)
    make.make_workload(course=make.make_course(department=stage.department), teacher=knows)
    loaded = make.make_workload(
        course=make.make_course(department=stage.department, discipline="Оптика"), teacher=stage.free
    )
    make.make_lesson(loaded, pair=4)
    page = absence_page(stage.absence, can_name=True, search="", chosen={}, now=EARLY)
    on_monday = page.lessons[0]
    assert on_monday.lesson == stage.monday
    assert [(one.teacher_id, one.knows_discipline, one.load) for one in on_monday.candidates] == [
        (knows.id, True, 0),
        (idle.id, False, 0),
        (stage.free.id, False, 1),
    ]
    # He is busy on Monday at eight only, and teaches the discipline.
    assert [one.teacher_id for one in page.lessons[1].candidates][:2] == [knows.id, stage.busy.id]


def test_hours_are_credited_to_who_taught(stage: Stage) -> None:
    stage.name()
    stage.mark(stage.free.user, stage.monday)
    taught = Lesson.objects.filter(workloads__workload=stage.workload).annotate(by=taught_by_id())
    assert list(taught.order_by("date").values_list("date", "by")) == [
        (make.MONDAY, stage.free.id),
        (TUESDAY, stage.teacher.id),
    ]
    rows = LessonWorkload.objects.annotate(by=taught_by_id("lesson__")).filter(by=stage.free.id)
    assert [row.lesson for row in rows] == [stage.monday]


# ------------------------------------------------------------------------------------------------- replacement
def test_journal_passes_on_from_a_day_and_the_past_stays(stage: Stage) -> None:
    stage.course.lead = stage.teacher
    stage.course.save()
    (made,) = stage.replace()
    rows = WorkloadTeacher.objects.filter(workload=stage.workload).order_by("starts_on")
    assert [(row.teacher, row.starts_on, row.ends_on) for row in rows] == [
        (stage.teacher, date(2026, 9, 1), make.MONDAY),
        (stage.free, TUESDAY, None),
    ]
    stage.monday.refresh_from_db()
    stage.tuesday.refresh_from_db()
    assert (stage.monday.teacher, stage.tuesday.teacher) == (stage.teacher, stage.free)
    stage.course.refresh_from_db()
    assert stage.course.lead == stage.free
    assert (made.predecessor, made.successor, made.order_number) == (stage.teacher, stage.free, "14-К")
    assert set(Notification.objects.values_list("user__username", flat=True)) == {"teacher", "free"}


def test_rights_of_both_are_exact_on_each_day(stage: Stage) -> None:
    stage.replace()
    tuesday_nine = clock.moment_of(TUESDAY, time(9, 0))
    assert stage.mark(stage.teacher.user, stage.monday) == ""
    assert stage.mark(stage.free.user, stage.monday, value="4", version=1) == "not_your_lesson"
    assert stage.mark(stage.teacher.user, stage.tuesday, now=tuesday_nine) == "not_your_lesson"
    assert stage.mark(stage.free.user, stage.tuesday, now=tuesday_nine) == ""


def test_lead_stays_with_whom_something_of_the_course_stays(stage: Stage) -> None:
    stage.course.lead = stage.teacher
    stage.course.save()
    make.make_workload(course=stage.course, teacher=stage.teacher)
    stage.replace()
    stage.course.refresh_from_db()
    assert stage.course.lead == stage.teacher


def test_lesson_moved_by_an_order_follows_too(stage: Stage) -> None:
    change = LessonChange.objects.create(
        kind=ChangeKind.MAKE_UP,
        reason="кошумча",
        order_number="3",
        order_date=make.MONDAY,
        approved_by=stage.head,
        approved_at=EARLY,
    )
    LessonWorkload.objects.filter(lesson=stage.tuesday).update(change=change)
    stage.replace()
    stage.tuesday.refresh_from_db()
    assert stage.tuesday.teacher == stage.free


def test_replacement_that_is_refused_changes_nothing(stage: Stage) -> None:
    beside = make.make_workload(
        course=make.make_course(department=stage.department), teacher=stage.teacher, stream="А1"
    )
    stage.workload.stream = "А1"
    stage.workload.save()
    both = {"workload_ids": [stage.workload.id, beside.id]}
    for fields, code in (
        ({"workload_ids": []}, "nothing_chosen"),
        ({"order_number": " "}, "order_missing"),
        ({"from_date": make.MONDAY - timedelta(days=1)}, "past_date"),
        ({"from_date": make.MONDAY}, "day_begun"),
        ({"from_date": date(2027, 1, 5)}, "semester_over"),
        ({"successor": stage.teacher}, "same_teacher"),
        ({}, "part_of_stream"),
    ):
        assert code_of(lambda fields=fields: stage.replace(**fields)) == (code, 422)
    assert not Replacement.objects.exists()
    assert WorkloadTeacher.objects.filter(ends_on__isnull=False).count() == 0
    assert len(stage.replace(**both)) == 2


def test_replacement_before_a_planned_one_and_of_a_journal_without_keeper(stage: Stage) -> None:
    stage.replace(from_date=TUESDAY + timedelta(days=7))
    assert code_of(lambda: stage.replace(successor=stage.busy)) == ("succession_planned", 422)
    WorkloadTeacher.objects.filter(workload=stage.workload, teacher=stage.free).update(
        ends_on=TUESDAY + timedelta(days=8)
    )
    late = {"from_date": TUESDAY + timedelta(days=20), "successor": stage.busy}
    assert code_of(lambda: stage.replace(**late)) == ("no_keeper", 422)


def test_successor_who_left_is_refused(stage: Stage) -> None:
    stage.free.ends_on = make.MONDAY
    stage.free.save()
    assert code_of(stage.replace) == ("contract_ended", 422)


def test_replacement_under_a_closed_module_is_refused(stage: Stage) -> None:
    close_module(course=stage.course, module=Module.objects.get(number=1), by=stage.head, now=NINE)
    assert code_of(stage.replace) == ("module_closed", 423)
    assert WorkloadTeacher.objects.filter(workload=stage.workload).count() == 1


def test_journals_of_two_semesters_are_refused(stage: Stage) -> None:
    course = make.make_course(department=stage.department)
    semester = stage.course.semester
    course.semester = type(semester).objects.create(
        year=semester.year, number=2, starts_on=date(2027, 2, 1), ends_on=date(2027, 6, 1)
    )
    course.save()
    spring = make.make_workload(course=course, teacher=stage.teacher)
    assert code_of(lambda: stage.replace(workload_ids=[stage.workload.id, spring.id])) == ("several_semesters", 422)


def test_coming_substitutions_end_with_the_replacement(stage: Stage) -> None:
    stage.name({stage.monday.id: stage.busy.id, stage.tuesday.id: stage.busy.id}, accepts_busy=True)
    stage.replace()
    assert [one.lesson for one in Substitution.objects.living()] == [stage.monday]


def test_repeating_the_timetable_after_a_replacement_changes_nothing(stage: Stage) -> None:
    stage.replace()
    again = generate_lessons(stage.course.semester, by=stage.head, now=NINE, workload_ids=[stage.workload.id])
    assert (again.made, again.changed, again.removed, again.moved, again.cancelled) == (0, 0, 0, 0, [])
