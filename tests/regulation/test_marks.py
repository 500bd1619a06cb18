"""The regulation's clauses on marks, each with its test. Words of the law: docs and `clauses`."""

import json
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.enums import Role
from ejournal.lib import clock
from journal.models import ChangeEvent, Mark
from journal.services import close_module, record_marks
from teaching.models import Lesson, LessonWorkload, Substitution, Workload
from tests import factories as make
from university.models import Module, Policy

pytestmark = pytest.mark.django_db

NOW = clock.moment_of(make.MONDAY, time(9, 0))


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Workload:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return make.make_workload()


@pytest.fixture
def lesson(journal: Workload) -> Lesson:
    make.enrol(make.make_student(), journal.course)
    return make.make_lesson(journal)


def write(journal: Workload, lesson: Lesson, value: object, *, by: Any = None, now: Any = NOW, **keys: Any) -> Any:
    student = journal.course.enrolments.get().student_id
    cell = {"lesson": lesson.id, "student": student, "version": 0, "value": value, **keys}
    by = by or journal.teachers.get().teacher.user
    return record_marks(journal_id=journal.id, raw_marks=[cell], by=by, now=now).answer["marks"][0]


@pytest.mark.parametrize("sign", ["кж", "5", "4", "3", "2"])
def test_3_5c_marks_are_the_absence_and_the_grades(journal: Workload, lesson: Lesson, sign: str) -> None:
    assert write(journal, lesson, sign)["value"] == sign


@pytest.mark.parametrize("grade", range(6))
def test_3_5d_achievement_is_on_the_scale_0_to_5(journal: Workload, lesson: Lesson, grade: int) -> None:
    assert write(journal, lesson, grade)["status"] == 200


@pytest.mark.parametrize("grade", [-1, 6, 55])
def test_3_5d_no_grade_lies_off_the_scale(journal: Workload, lesson: Lesson, grade: int) -> None:
    assert write(journal, lesson, grade)["code"] == "grade_not_allowed"
    with pytest.raises(IntegrityError), transaction.atomic():
        Mark.objects.create(
            lesson=lesson,
            student=journal.course.enrolments.get().student,
            workload=journal,
            presence="present",
            grade=grade,
            by=lesson.teacher.user,
            at=NOW,
            source="web",
            request_id=make.REQUEST_ID,
        )


def test_3_5g_lesson_is_born_of_the_timetable_only(journal: Workload, lesson: Lesson) -> None:
    with pytest.raises(IntegrityError, match="rests_on_timetable"), transaction.atomic():
        LessonWorkload.objects.create(lesson=lesson, workload=make.make_workload(course=journal.course))


def test_3_5g_lesson_does_not_leave_its_weekday_without_an_approved_change(lesson: Lesson) -> None:
    with pytest.raises(IntegrityError, match="without an approved change"), transaction.atomic():
        Lesson.objects.filter(pk=lesson.pk).update(date=make.MONDAY + timedelta(days=1))


def test_3_5g_journal_is_not_filled_before_the_lesson(journal: Workload, lesson: Lesson) -> None:
    assert write(journal, lesson, "5", now=NOW - timedelta(hours=2))["code"] == "not_started"


def test_3_5h_substitute_gets_the_right_and_it_ends_by_itself(
    journal: Workload, lesson: Lesson, client: Client
) -> None:
    substitute = make.make_teacher()
    Substitution.objects.create(
        lesson=lesson, substitute=substitute, reason="ооруп калды", named_by=lesson.teacher.user, named_at=NOW
    )
    assert write(journal, lesson, "4", by=substitute.user)["status"] == 200
    later = NOW + timedelta(days=8)
    refused = write(journal, lesson, "5", by=substitute.user, now=later, version=1, reason="кеч")
    assert refused["code"] == "not_your_lesson"


def test_4_1_administrator_cannot_change_a_mark(journal: Workload, lesson: Lesson, client: Client) -> None:
    administrator = make.make_user()
    make.appoint(administrator, Role.ADMINISTRATOR)
    client.force_login(administrator)
    answer = client.post(
        f"/journals/{journal.id}/marks/",
        json.dumps({"nonce": str(uuid4()), "marks": [{}]}),
        content_type="application/json",
    )
    assert answer.status_code == 404
    assert client.get("/admin/journal/mark/").status_code == 404


def test_4_3a_teacher_marks_only_the_groups_that_he_teaches(journal: Workload, lesson: Lesson) -> None:
    stranger = make.make_teacher()
    assert write(journal, lesson, "5", by=stranger.user)["code"] == "not_your_lesson"
    assert not Mark.objects.exists()


def test_4_3a_nothing_changes_after_the_total_of_the_module(journal: Workload, lesson: Lesson) -> None:
    write(journal, lesson, "4")
    close_module(course=journal.course, module=Module.objects.get(number=1), by=lesson.teacher.user, now=NOW)
    refused = write(journal, lesson, "5", version=1, reason="өтүнөм")
    assert (refused["status"], refused["code"]) == (423, "module_closed")
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        Mark.objects.update(grade=5, version=2)
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        Lesson.objects.filter(pk=lesson.pk).update(topic="Башка тема")
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        Module.objects.filter(number=1).update(ends_on=date(2026, 9, 2))
    other = make.make_workload(course=make.make_course(department=journal.department))
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        LessonWorkload.objects.filter(lesson=lesson).update(workload=other, slot=make.make_slot(other))
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM teaching_lesson WHERE id = %s", [lesson.id])
    assert Mark.objects.get().grade == 4


def test_4_3_filling_on_the_day_is_a_setting_of_zero_days(journal: Workload, lesson: Lesson) -> None:
    Policy.objects.create(key="filling_window_days", value=0, valid_from=date(2026, 9, 1))
    assert write(journal, lesson, "5", now=NOW + timedelta(days=1))["code"] == "window_over"
    assert write(journal, lesson, "5")["status"] == 200


def test_4_3_alteration_leaves_its_reason_and_its_author(journal: Workload, lesson: Lesson) -> None:
    write(journal, lesson, "4")
    tomorrow = NOW + timedelta(days=1)
    assert write(journal, lesson, "5", now=tomorrow, version=1)["code"] == "reason_missing"
    assert write(journal, lesson, "5", now=tomorrow, version=1, reason="апелляция")["status"] == 200
    event = ChangeEvent.objects.get()
    assert (event.before["grade"], event.after["grade"], event.reason) == (4, 5, "апелляция")
    assert event.by_id == lesson.teacher.user_id


def test_1_8_setting_holds_from_its_day_on(journal: Workload, lesson: Lesson) -> None:
    Policy.objects.create(key="daily_grades", value=[2, 3, 4, 5], valid_from=make.MONDAY + timedelta(days=1))
    assert write(journal, lesson, "1")["status"] == 200
