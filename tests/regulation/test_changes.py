"""§1.4, §3.5g: a lesson is where the timetable or an order puts it, and is held when its roll is taken."""

from datetime import time, timedelta

import pytest
from django.db import IntegrityError, transaction

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.services import close_module, record_marks
from teaching.enums import ChangeKind, LessonState
from teaching.models import Lesson, LessonChange
from teaching.services.change_judging import Order, Place
from teaching.services.changes import cancel_lesson, move_lesson
from tests import factories as make
from university.models import Module

NOW = clock.moment_of(make.MONDAY, time(9, 0))
ORDER = Order("12-К", make.MONDAY)
pytestmark = pytest.mark.django_db


def test_3_5g_lesson_is_held_when_its_roll_is_taken() -> None:
    workload = make.make_workload()
    students = [make.make_student(), make.make_student()]
    for student in students:
        make.enrol(student, workload.course)
    lesson = make.make_lesson(workload)
    states = []
    for student in students:
        cell = {"lesson": lesson.id, "student": student.id, "version": 0, "value": "+"}
        record_marks(journal_id=workload.id, raw_marks=[cell], by=lesson.teacher.user, now=NOW)
        lesson.refresh_from_db()
        states.append((lesson.state, lesson.roll_taken_at is not None))
    assert states == [(LessonState.PLANNED, False), (LessonState.HELD, True)]


def test_1_4_moved_lesson_is_filled_on_the_day_on_which_it_was_held() -> None:
    workload = make.make_workload()
    student = make.make_student()
    make.enrol(student, workload.course)
    lesson = make.make_lesson(workload)
    change = move_lesson(
        lesson_id=lesson.id,
        version=1,
        place=Place(make.MONDAY + timedelta(days=1), pair=2),
        reason="жыйын",
        order=ORDER,
        by=make.make_user(),
        now=NOW,
    )
    later = NOW + timedelta(days=1, hours=3)

    def save(lesson_id: int | None) -> int:
        cell = {"lesson": lesson_id, "student": student.id, "version": 0, "value": "4"}
        return record_marks(journal_id=workload.id, raw_marks=[cell], by=lesson.teacher.user, now=later).status

    assert (save(lesson.id), save(change.became_lesson_id)) == (422, 200)


def test_3_5g_departure_from_the_timetable_needs_an_order_in_the_database_too() -> None:
    with pytest.raises(IntegrityError, match="teaching_lessonchange_order"), transaction.atomic():
        LessonChange.objects.create(kind=ChangeKind.MOVE, reason="жыйын", approved_at=NOW)


def test_4_3_nothing_changes_under_a_closed_module() -> None:
    workload = make.make_workload()
    lesson = make.make_lesson(workload, day=make.MONDAY + timedelta(days=7))
    close_module(course=workload.course, module=Module.objects.get(number=1), by=lesson.teacher.user, now=NOW)
    with pytest.raises(Refusal) as refused:
        cancel_lesson(lesson_id=lesson.id, version=1, reason="а", order=ORDER, by=lesson.teacher.user, now=NOW)
    assert (refused.value.code, refused.value.status, Lesson.objects.get().state) == ("module_closed", 423, "planned")
