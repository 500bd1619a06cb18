"""Final sheets: opened, filled, closed, taken again (§2.2, §2.6, §5.2)."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.enums import Role
from accounts.models import Student
from ejournal.lib.clock import moment_of
from ejournal.lib.errors import Refusal
from journal.enums import SheetState, Source
from journal.models import ChangeEvent, Commission, FinalResult, FinalSheet, ModulePoint
from journal.services import close_module
from journal.services.examinations import name_commission
from journal.services.results import (
    Entry,
    SavedColumn,
    close_sheet,
    enter_points,
    open_sheet,
    open_slip,
    renew_list,
    set_admission,
)
from messaging.models import Notification
from teaching.models import CourseEnrolment
from tests import factories as make
from university.enums import ControlForm
from university.models import Module, Policy

pytestmark = pytest.mark.django_db

# The session after the tests' semester.
NOW = moment_of(date(2027, 1, 11), time(9, 0))


class Session:
    """A course of three students who have the points of both controls alone: 30 of an exam's 60, 40 of a credit
    test's 100."""

    def __init__(self, form: ControlForm = ControlForm.EXAM, *, closed: bool = True) -> None:
        self.course = make.make_course(control_form=form)
        self.workload = make.make_workload(course=self.course)
        self.teacher = self.workload.teachers.get().teacher
        self.students = [
            make.make_student(group=self.course.group, last_name=name, first_name="Айбек")
            for name in ("Абдиев", "Бакиров", "Валиев")
        ]
        for student in self.students:
            make.enrol(student, self.course)
        self.office = make.make_user()
        make.appoint(self.office, Role.DEANS_OFFICE, unit=self.course.group.unit)
        controls = (15, 15) if form == ControlForm.EXAM else (20, 20)
        for student in self.students:
            for module, points in zip(Module.objects.order_by("number"), controls, strict=True):
                self.control(student, module, points)
        if closed:
            self.close_modules()

    def control(self, student: Student, module: Module, points: float) -> None:
        ModulePoint.objects.create(
            course=self.course,
            module=module,
            student=student,
            component="manual",
            value=points,
            entered_at=NOW,
            by=self.teacher.user,
            at=NOW,
            source=Source.WEB,
            request_id=make.REQUEST_ID,
        )

    def close_modules(self) -> None:
        for module in Module.objects.order_by("number"):
            close_module(course=self.course, module=module, by=self.teacher.user, now=NOW)

    def open(self, **facts: Any) -> FinalSheet:
        return open_sheet(course=self.course, by=self.office, now=NOW, **facts)

    def type(self, sheet: FinalSheet, *texts: str, **facts: Any) -> SavedColumn:
        entries = [
            Entry(student.pk, text, facts.get("shown", "")) for student, text in zip(self.students, texts, strict=False)
        ]
        return enter_points(
            sheet_id=sheet.pk,
            entries=entries,
            by=facts.get("by", self.teacher.user),
            now=facts.get("now", NOW),
            second=facts.get("second", False),
        )

    def close(self, sheet: FinalSheet) -> list[FinalResult]:
        close_sheet(sheet_id=sheet.pk, by=self.teacher.user, now=NOW)
        return list(sheet.results.order_by("student__user__sort_key"))

    def commission(self) -> Commission:
        members = [make.make_teacher(department=self.course.department) for _ in range(3)]
        return name_commission(
            unit=self.course.group.unit,
            name="Апелляциялык комиссия",
            order_number="12",
            order_date=NOW.date(),
            members=members,
            chair=members[0],
            by=self.office,
            now=NOW,
        )

    def failed(self) -> FinalSheet:
        """The first sheet closed: 70 E, 40 FX, did not appear."""
        sheet = self.open()
        self.type(sheet, "40", "10", "кж")
        self.close(sheet)
        return sheet


def setting(key: str, value: Any) -> None:
    Policy.objects.create(key=key, value=value, valid_from=date(2026, 1, 1))


def code_of(call: Any, *args: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        call(*args, **facts)
    return refusal.value.code


def points(sheet: FinalSheet) -> list[Any]:
    return list(sheet.results.order_by("student__user__sort_key").values_list("exam_points", flat=True))


def test_open_sheet_lists_students_with_their_points_and_copies_the_scheme() -> None:
    session = Session()
    sheet = session.open()
    assert (sheet.exam_maximum, sheet.attempt, sheet.examiner, sheet.scheme["code"]) == (40, 1, session.teacher, "P1")
    assert list(sheet.results.values_list("semester_points", "admitted", "warnings")) == [(Decimal(30), True, [])] * 3


def test_open_sheet_leaves_out_who_is_exempt_or_left() -> None:
    session = Session(closed=False)
    CourseEnrolment.objects.filter(student=session.students[0]).update(basis="exempt")
    CourseEnrolment.objects.filter(student=session.students[1]).update(ends_on=date(2026, 10, 1))
    assert [result.student for result in session.open().results.all()] == [session.students[2]]


def test_sheet_is_opened_once() -> None:
    session = Session()
    session.open()
    assert code_of(session.open) == "sheet_exists"


def test_sheet_of_nobody_is_refused() -> None:
    session = Session(closed=False)
    CourseEnrolment.objects.update(basis="exempt")
    assert code_of(session.open) == "nobody_listed"


def test_sheet_without_a_teacher_is_refused() -> None:
    session = Session()
    session.workload.teachers.all().delete()
    assert code_of(session.open) == "no_examiner"


def test_admission_list_warns_where_settings_say_so() -> None:
    setting("exam_minimum_points", 31)
    assert list(Session().open().results.values_list("warnings", flat=True)) == [["points"]] * 3


def test_close_works_out_total_letter_and_grade() -> None:
    session = Session()
    sheet = session.open()
    session.type(sheet, "40", "31.5", "0")
    first, second, third = session.close(sheet)
    assert (first.total, first.letter, first.traditional, first.gpa, first.passes) == (
        70,
        "D",
        3,
        Decimal("2.33"),
        True,
    )
    assert (second.total, second.letter, second.passes) == (62, "E", True)  # 61.5, half up
    assert (third.total, third.letter, third.passes) == (30, "F", False)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.closed_by) == (SheetState.CLOSED, session.teacher.user)


def test_close_tells_each_student_his_result() -> None:
    session = Session()
    session.failed()
    told = Notification.objects.filter(kind="result").order_by("user__sort_key").values_list("text", flat=True)
    assert list(told) == [
        "Механика: 70 упай, D.",
        "Механика: 40 упай, FX.",
        "Механика: жыйынтык жок, карыз болуп калат.",
    ]


def test_credit_test_is_the_semesters_points() -> None:
    session = Session(ControlForm.CREDIT)
    sheet = session.open()
    assert code_of(session.type, sheet, "40") == "no_exam_part"
    assert {(result.total, result.exam_points, result.letter) for result in session.close(sheet)} == {(40, None, "FX")}


def test_retake_of_a_credit_test_gives_what_the_semester_left_open() -> None:
    session = Session(ControlForm.CREDIT)
    session.close(session.open())
    again = session.open(attempt=2)
    saved = session.type(again, "60", "60.01", "25")
    assert [(one.student_id, one.code) for one in saved.problems] == [(session.students[1].pk, "points_not_allowed")]
    session.type(again, "", "1")
    assert points(again) == [60, 1, 25]
    assert [result.total for result in session.close(again)] == [100, 41, 65]


@pytest.mark.parametrize("text", ["40.01", "-1", "7.555", "жок", "٤", "1e1"])
def test_points_outside_the_cap_are_refused(text: str) -> None:
    session = Session()
    sheet = session.open()
    saved = session.type(sheet, text, "12")
    assert ([one.code for one in saved.problems], saved.saved, saved.status) == (["points_not_allowed"], 1, 422)
    assert points(sheet) == [None, 12, None]


def test_points_are_typed_over_what_was_seen() -> None:
    session = Session()
    sheet = session.open()
    session.type(sheet, "12")
    late = session.type(sheet, "13")
    assert [(one.code, one.status, one.current) for one in late.problems] == [("stale", 409, "12")]
    assert session.type(sheet, "13", shown="12").saved == 1
    assert ChangeEvent.objects.filter(entity="journal_finalresult").count() == 2


def test_student_who_is_not_on_the_sheet_gets_no_points() -> None:
    session, other = Session(), Session()
    saved = enter_points(
        sheet_id=session.open().pk, entries=[Entry(other.students[0].pk, "5", "")], by=session.teacher.user, now=NOW
    )
    assert [one.code for one in saved.problems] == ["not_on_sheet"]


def test_who_is_not_admitted_gets_no_points_and_a_debt() -> None:
    session = Session()
    sheet = session.open()
    pk = session.students[0].pk
    asked = {"sheet_id": sheet.pk, "student_id": pk, "admitted": False, "by": session.office, "now": NOW}
    assert code_of(set_admission, **asked, reason=" ") == "reason_missing"
    set_admission(**asked, reason="карыздары бар")
    assert [one.code for one in session.type(sheet, "5", "40", "40").problems] == ["not_admitted"]
    result = session.close(sheet)[0]
    assert (result.passes, result.total, result.reason) == (False, None, "")


def test_who_has_points_stays_admitted() -> None:
    session = Session()
    sheet = session.open()
    session.type(sheet, "5")
    asked = {"sheet_id": sheet.pk, "admitted": False, "reason": "карыз", "by": session.office, "now": NOW}
    assert code_of(set_admission, **asked, student_id=session.students[0].pk) == "points_there"
    assert code_of(set_admission, **asked, student_id=0) == "not_on_sheet"


def test_sheet_with_points_missing_stays_open() -> None:
    session = Session()
    sheet = session.open()
    session.type(sheet, "5")
    assert code_of(session.close, sheet) == "points_missing"


def test_sheet_waits_for_the_modules() -> None:
    session = Session(closed=False)
    sheet = session.open()
    session.type(sheet, "1", "2", "3")
    assert code_of(session.close, sheet) == "modules_open"
    session.close_modules()
    session.close(sheet)


def test_nothing_is_typed_into_a_closed_sheet() -> None:
    session = Session()
    sheet = session.failed()
    assert code_of(session.type, sheet, "40") == "sheet_closed"
    assert code_of(session.close, sheet) == "sheet_closed"
    assert code_of(renew_list, sheet_id=sheet.pk, by=session.office, now=NOW) == "sheet_closed"


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE journal_finalresult SET exam_points = 40, version = version + 1", "journal_finalsheet_closed"),
        ("DELETE FROM journal_finalresult", "journal_finalsheet_closed"),
        ("UPDATE journal_finalsheet SET state = 'draft', version = version + 1", "journal_finalsheet_closed"),
    ],
)
def test_database_keeps_a_closed_sheet_as_it_is(sql: str, constraint: str, owner_cursor: Any) -> None:
    Session().failed()
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic(using="owner"):
        owner_cursor.execute(sql)


def test_database_keeps_the_cap_of_the_sheet() -> None:
    session = Session()
    sheet = session.open()
    with (
        pytest.raises(IntegrityError, match=r"at most 40\.00 points"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE journal_finalresult SET exam_points = 41, exam_by_id = by_id, version = 2 WHERE sheet_id = %s",
            [sheet.pk],
        )


def test_database_closes_no_sheet_without_results() -> None:
    session = Session()
    sheet = session.open()
    with pytest.raises(IntegrityError, match="no result yet"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE journal_finalsheet SET state = 'closed', closed_by_id = by_id, closed_at = at, version = 2"
            " WHERE id = %s",
            [sheet.pk],
        )


def test_renew_list_takes_who_came_since() -> None:
    session = Session(closed=False)
    sheet = session.open()
    make.enrol(make.make_student(group=session.course.group), session.course)
    assert renew_list(sheet_id=sheet.pk, by=session.office, now=NOW) == 1
    assert renew_list(sheet_id=sheet.pk, by=session.office, now=NOW) == 0


def test_retake_sheet_is_of_those_who_failed() -> None:
    session = Session()
    session.failed()
    again = session.open(attempt=2)
    assert [result.student for result in again.results.order_by("student__user__sort_key")] == session.students[1:]
    assert code_of(renew_list, sheet_id=again.pk, by=session.office, now=NOW) == "not_first"


def test_who_has_f_repeats_the_course() -> None:
    session = Session()
    sheet = session.open()
    session.type(sheet, "0", "40", "40")
    session.close(sheet)
    assert code_of(session.open, attempt=2) == "nobody_listed"
    assert slip(session, 0) == "repeat_course"


def slip(session: Session, place: int, **facts: Any) -> Any:
    asked = {"valid_until": NOW.date() + timedelta(days=10), "by": session.office, "now": NOW, **facts}
    try:
        return open_slip(course=session.course, student=session.students[place], **asked)
    except Refusal as refusal:
        return refusal.code


def test_slip_is_the_next_attempt_of_one_student() -> None:
    session = Session()
    session.failed()
    made = slip(session, 1)
    assert (made.attempt, made.student, [one.student for one in made.results.all()]) == (
        2,
        session.students[1],
        [session.students[1]],
    )
    enter_points(sheet_id=made.pk, entries=[Entry(session.students[1].pk, "35", "")], by=session.teacher.user, now=NOW)
    assert [(result.total, result.letter) for result in session.close(made)] == [(65, "E")]
    assert slip(session, 1) == "no_debt"


def test_slip_is_refused_where_it_has_no_sense() -> None:
    session = Session()
    session.failed()
    assert slip(session, 0) == "no_debt"
    assert slip(session, 1, valid_until=NOW.date() - timedelta(days=1)) == "slip_day"
    slip(session, 1)
    assert slip(session, 1) == "retake_open"


def test_slip_ends_with_its_day() -> None:
    session = Session()
    session.failed()
    made = slip(session, 1)
    late = NOW + timedelta(days=11)
    entries = [Entry(session.students[1].pk, "35", "")]
    assert code_of(enter_points, sheet_id=made.pk, entries=entries, by=session.teacher.user, now=late) == "slip_over"


def test_last_attempt_is_taken_before_a_commission() -> None:
    setting("exam_attempts", 2)
    session = Session()
    session.failed()
    assert code_of(session.open, attempt=2) == "commission_missing"
    assert code_of(session.open, attempt=3) == "attempts_over"
    again = session.open(attempt=2, commission=session.commission())
    session.students = session.students[1:]
    session.type(again, "1", "1")
    session.close(again)
    assert slip(session, 0) == "repeat_course"


def test_double_entry_is_made_by_two_people_and_closed_when_they_agree() -> None:
    setting("exam_double_entry", True)
    session = Session()
    sheet = session.open()
    session.type(sheet, "30", "20", "кж")
    assert code_of(session.close, sheet) == "points_missing"
    own = session.type(sheet, "30", second=True)
    assert [one.code for one in own.problems] == ["other_person"]
    other = session.type(sheet, "30", "25", "5", by=session.office, second=True)
    assert [one.code for one in other.problems] == ["absent_by_examiner"]
    assert code_of(session.close, sheet) == "entries_differ"
    session.students = session.students[1:]
    session.type(sheet, "25", shown="20")
    session.close(sheet)


def test_second_entry_needs_the_setting() -> None:
    session = Session()
    assert code_of(session.type, session.open(), "5", by=session.office, second=True) == "not_twice"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "commission_name"),
        ({"chair": None}, "chair_no_member"),
        ({"members": 2}, "commission_small"),
        ({"members": 16}, "too_many"),
    ],
)
def test_commission_is_refused(changes: dict[str, Any], code: str) -> None:
    department = make.make_department()
    teachers = [make.make_teacher(department=department) for _ in range(changes.pop("members", 3))]
    asked = {
        "unit": department.unit,
        "name": "Комиссия",
        "order_number": "1",
        "order_date": NOW.date(),
        "members": teachers,
        "chair": teachers[0],
        "by": teachers[0].user,
        "now": NOW,
    }
    assert code_of(name_commission, **{**asked, **changes}) == code
