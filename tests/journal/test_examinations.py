"""The timetable of exams: nobody and nothing at two places at once (§5.2)."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from ejournal.lib.clock import moment_of
from ejournal.lib.errors import Refusal
from journal.models import ChangeEvent, Exam
from journal.services.examinations import cancel_exam, plan_exam
from messaging.models import Notification
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = moment_of(date(2026, 12, 1), time(9, 0))
BEGINS = moment_of(date(2027, 1, 11), time(9, 0))


class Session:
    """Two courses of two groups, two examiners, two rooms."""

    def __init__(self) -> None:
        self.department = make.make_department()
        self.course = make.make_course(department=self.department)
        self.other = make.make_course(department=self.department)
        self.teacher = make.make_teacher(department=self.department)
        self.colleague = make.make_teacher(department=self.department)
        self.room, self.hall = make.make_room(), make.make_room("Б-102")
        self.study = make.make_user()

    def plan(self, **changes: Any) -> Exam:
        asked: dict[str, Any] = {
            "course": self.course,
            "starts_at": BEGINS,
            "ends_at": BEGINS + timedelta(hours=2),
            "room": self.room,
            "examiner": self.teacher,
            "by": self.study,
            "now": NOW,
        }
        return plan_exam(**{**asked, **changes})

    def refused(self, **changes: Any) -> str:
        with pytest.raises(Refusal) as refusal:
            self.plan(**changes)
        return refusal.value.code


@pytest.fixture
def session() -> Session:
    return Session()


def elsewhere(session: Session, **changes: Any) -> dict[str, Any]:
    """Another group's exam that meets nothing but what `changes` say."""
    return {"course": session.other, "examiner": session.colleague, "room": session.hall, **changes}


def test_exam_stands_and_is_told(session: Session) -> None:
    student = make.make_student(group=session.course.group)
    make.enrol(student, session.course)
    exam = session.plan()
    assert (exam.kind, exam.date, exam.group) == ("exam", date(2027, 1, 11), session.course.group)
    told = Notification.objects.filter(kind="exam").values_list("user_id", flat=True)
    assert set(told) == {student.user_id, session.teacher.user_id}


def test_exam_stands_once(session: Session) -> None:
    session.plan()
    later = BEGINS + timedelta(days=3)
    assert session.refused(starts_at=later, ends_at=later + timedelta(hours=2)) == "exam_exists"


def test_room_is_taken_by_one_exam_at_a_time(session: Session) -> None:
    session.plan()
    assert session.refused(**elsewhere(session, room=session.room)) == "room_busy"


def test_examiner_is_at_one_exam_at_a_time(session: Session) -> None:
    session.plan()
    assert session.refused(**elsewhere(session, examiner=session.teacher)) == "examiner_busy"


def test_group_is_at_one_exam_at_a_time(session: Session) -> None:
    session.plan()
    second = make.make_course(group=session.course.group, department=session.department, discipline="Оптика")
    assert session.refused(**elsewhere(session, course=second)) == "group_busy"


def test_exams_that_follow_each_other_do_not_meet(session: Session) -> None:
    session.plan()
    after = BEGINS + timedelta(hours=2)
    session.plan(course=session.other, starts_at=after, ends_at=after + timedelta(hours=2))


def test_groups_sit_together_at_one_discipline_and_examiner(session: Session) -> None:
    session.plan()
    assert session.plan(course=session.other).sitting == Exam.objects.get(course=session.course).sitting


def test_lesson_is_in_the_way(session: Session) -> None:
    workload = make.make_workload(course=session.other, teacher=session.teacher)
    make.make_lesson(workload)
    now = moment_of(make.MONDAY - timedelta(days=1), time(9, 0))
    starts_at = moment_of(make.MONDAY, time(8, 30))
    asked = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1), "now": now}
    assert session.refused(**asked) == "lesson_then"
    session.plan(**asked, examiner=session.colleague)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"starts_at": NOW, "ends_at": NOW + timedelta(hours=1)}, "in_past"),
        ({"ends_at": BEGINS}, "exam_times"),
        ({"ends_at": BEGINS + timedelta(hours=9)}, "exam_times"),
        ({"attempt": 4}, "attempts_over"),
    ],
)
def test_exam_is_refused(session: Session, changes: dict[str, Any], code: str) -> None:
    assert session.refused(**changes) == code


def cancel(exam: Exam, reason: str = "окутуучу ооруп калды", at: datetime = NOW) -> str:
    try:
        cancel_exam(exam_id=exam.pk, reason=reason, by=exam.by, now=at)
    except Refusal as refusal:
        return refusal.code
    return ""


def test_cancelled_exam_makes_room(session: Session) -> None:
    exam = session.plan()
    assert cancel(exam, " ") == "reason_missing"
    assert cancel(exam, at=BEGINS) == "exam_over"
    assert cancel(exam) == ""
    assert cancel(exam) == "exam_cancelled"
    assert ChangeEvent.objects.get(entity="journal_exam").reason == "окутуучу ооруп калды"
    session.plan()


def test_database_keeps_the_room_for_one(session: Session) -> None:
    first = session.plan()
    second = session.plan(**elsewhere(session))
    with pytest.raises(IntegrityError, match="journal_exam_room_free"), transaction.atomic():
        Exam.objects.filter(pk=second.pk).update(room=first.room, version=2)
