"""Pages of exams, sheets, debts, summaries and records: what each person sees and may do (§2.3, §2.6, §5.2)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from ejournal.lib import clock
from journal.models import CommissionMember, Exam, FinalResult, FinalSheet, StateExam
from journal.services.examinations import plan_exam
from teaching.models import CourseEnrolment
from tests import factories as make
from tests.journal.test_results_services import NOW, Session, setting, slip
from university.enums import ControlForm

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Session()


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fields(session: Session, *texts: str, shown: str = "") -> dict[str, str]:
    sent = {}
    for student, text in zip(session.students, texts, strict=False):
        sent |= {f"p{student.pk}": text, f"v{student.pk}": shown}
    return sent


def test_dean_opens_and_examiner_fills_and_closes_a_sheet(session: Session) -> None:
    office, teacher = as_(session.office), as_(session.teacher.user)
    answer = office.post(f"/courses/{session.course.pk}/sheet/", {"attempt": "1"})
    sheet = FinalSheet.objects.get()
    assert answer.url == f"/sheets/{sheet.pk}/"
    assert teacher.post(answer.url, fields(session, "40", "20", "кж")).status_code == 302
    assert teacher.post(answer.url, {"act": "close"}).status_code == 302
    page = teacher.get(answer.url)
    assert [row["row"].result.total for row in page.context["rows"]] == [70, 50, None]
    assert "жабылды" in page.content.decode()


def test_bad_points_stay_in_their_field(session: Session) -> None:
    sheet = session.open()
    answer = as_(session.teacher.user).post(f"/sheets/{sheet.pk}/", fields(session, "41", "40"))
    assert answer.status_code == 422
    assert [(row["typed"], row["problem"] is not None) for row in answer.context["rows"]] == [
        ("41", True),
        ("40", False),
        ("", False),
    ]


def test_field_that_somebody_changed_meanwhile_is_not_written_over(session: Session) -> None:
    sheet = session.open()
    session.type(sheet, "12")
    answer = as_(session.teacher.user).post(f"/sheets/{sheet.pk}/", fields(session, "13"))
    assert answer.status_code == 409
    assert FinalResult.objects.get(student=session.students[0]).exam_points == 12


def test_closed_sheet_answers_locked(session: Session) -> None:
    sheet = session.failed()
    answer = as_(session.teacher.user).post(f"/sheets/{sheet.pk}/", fields(session, "13"))
    assert (answer.status_code, sheet.results.get(student=session.students[0]).exam_points) == (423, 40)


def test_second_entry_is_blind_until_both_are_there(session: Session) -> None:
    setting("exam_double_entry", True)
    sheet = session.open()
    session.type(sheet, "31", "20", "кж")
    office = as_(session.office)
    page = office.get(f"/sheets/{sheet.pk}/")
    assert [row["first"] for row in page.context["rows"]] == ["", "", "кж"]
    assert office.post(f"/sheets/{sheet.pk}/", fields(session, "31", "25")).status_code == 302
    rows = office.get(f"/sheets/{sheet.pk}/").context["rows"]
    assert [(row["first"], row["second"], row["differs"]) for row in rows[:2]] == [
        ("31", "31", False),
        ("20", "25", True),
    ]


def test_admission_is_changed_by_the_office(session: Session) -> None:
    sheet = session.open()
    sent = {"student": session.students[0].pk, "admitted": "no", "reason": "карызы бар"}
    assert as_(session.office).post(f"/sheets/{sheet.pk}/admission/", sent).status_code == 302
    assert sheet.results.filter(admitted=False, reason="карызы бар").count() == 1
    outsider = sent | {"student": make.make_student().pk}
    assert as_(session.office).post(f"/sheets/{sheet.pk}/admission/", outsider).status_code == 422


def test_debt_is_listed_and_a_slip_given(session: Session) -> None:
    session.failed()
    office = as_(session.office)
    rows = office.get("/debts/").context["rows"]
    assert [(row["debt"].student, row["can_slip"]) for row in rows] == [
        (session.students[1], True),
        (session.students[2], True),
    ]
    answer = office.post(f"/debts/{rows[0]['debt'].pk}/slip/", {"valid_until": "2027-01-20"})
    assert answer.url == f"/sheets/{FinalSheet.objects.latest('id').pk}/"
    assert [row["can_slip"] for row in office.get("/debts/").context["rows"]] == [False, True]


def test_debts_are_read_within_the_scope(session: Session) -> None:
    session.failed()
    other = make.make_teacher()
    far = make.make_user()
    make.appoint(far, Role.DEAN, unit=make.make_unit())
    for user, count in ((session.teacher.user, 2), (other.user, 0), (far, 0)):
        assert len(as_(user).get("/debts/").context["rows"]) == count


def test_debt_is_gone_when_the_course_was_repeated(session: Session) -> None:
    sheet = session.failed()
    again = make.make_course(group=make.make_group(session.course.group.unit))
    semester = again.semester
    semester.pk, semester.number = None, 2
    semester.starts_on, semester.ends_on = NOW.date() + timedelta(days=20), NOW.date() + timedelta(days=120)
    semester.save()
    again.semester = semester
    again.save()
    student = session.students[1]
    CourseEnrolment.objects.create(student=student, course=again, basis="repeat", starts_on=semester.starts_on)
    second = FinalSheet.objects.create(
        course=again,
        kind="exam",
        examiner=session.teacher,
        exam_maximum=40,
        scheme=sheet.scheme,
        opened_at=NOW,
        by=session.office,
        at=NOW,
        source="web",
        request_id=make.REQUEST_ID,
    )
    FinalResult.objects.create(
        sheet=second,
        course=again,
        attempt=1,
        student=student,
        total=70,
        passes=True,
        by=session.office,
        at=NOW,
        source="web",
        request_id=make.REQUEST_ID,
    )
    FinalSheet.objects.filter(pk=second.pk).update(state="closed", closed_by=session.office, closed_at=NOW, version=2)
    assert [row["debt"].student for row in as_(session.office).get("/debts/").context["rows"]] == [session.students[2]]


def test_summary_counts_the_last_attempt(session: Session) -> None:
    session.failed()
    made = slip(session, 1)
    first = session.students
    session.students = [first[1]]
    session.type(made, "35")
    session.close(made)
    summary = as_(session.office).get(f"/groups/{session.course.group_id}/summary/").context["summary"]
    assert [(line.name.split()[0], line.mean, line.gpa, line.debts, line.rank) for line in summary.lines] == [
        ("Абдиев", 70, Decimal("2.33"), 0, 1),
        ("Бакиров", 65, Decimal("2.00"), 0, 2),
        ("Валиев", None, Decimal("0.00"), 1, None),
    ]
    assert (summary.whole.absolute, summary.whole.quality) == (Decimal("66.7"), Decimal("0.0"))


def test_student_sees_his_own_results_of_closed_sheets_alone(session: Session) -> None:
    sheet = session.open()
    session.type(sheet, "40", "10", "кж")
    me = as_(session.students[0].user)
    url = f"/results/{session.students[0].pk}/"
    assert me.get("/results/").url == url
    assert me.get(url).context["record"].semesters[0].lines[0].result is None
    session.close(sheet)
    record = me.get(url).context["record"]
    assert (record.gpa, record.credits, record.debts) == (Decimal("2.33"), 4, 0)
    assert me.get(f"/results/{session.students[1].pk}/").status_code == 404
    assert me.get(f"/sheets/{sheet.pk}/").status_code == 404


def test_credit_test_stays_out_of_the_gpa_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    session = Session(ControlForm.CREDIT)
    session.close(session.open())
    url = f"/results/{session.students[0].pk}/"
    assert as_(session.office).get(url).context["record"].gpa is None
    setting("gpa_exam_only", False)
    assert as_(session.office).get(url).context["record"].gpa == 0


def test_study_office_plans_an_exam_and_its_students_see_it(session: Session) -> None:
    study = make.make_user()
    make.appoint(study, Role.STUDY_OFFICE)
    found = as_(study).get("/exams/new/", {"group": session.course.group.name})
    assert [course.pk for _group, courses in found.context["of_group"] for course in courses] == [session.course.pk]
    sent = {"attempt": "1", "day": "2027-01-20", "starts": "09:00", "minutes": "120", "examiner": session.teacher.pk}
    url = f"/exams/new/?course={session.course.pk}"
    assert as_(study).post(url, sent).status_code == 302
    assert as_(study).post(url, sent).status_code == 422
    exam = Exam.objects.get()
    listed = as_(session.students[0].user).get("/exams/").context["page_obj"].object_list
    assert list(listed) == [exam]
    assert list(as_(make.make_student().user).get("/exams/").context["page_obj"].object_list) == []
    assert as_(study).post(f"/exams/{exam.pk}/cancel/", {"reason": "жабылды"}).status_code == 302
    assert list(as_(study).get("/exams/").context["page_obj"].object_list) == []


def test_members_of_a_commission_are_ticked_by_department(session: Session) -> None:
    office, unit = as_(session.office), session.course.group.unit
    first, second = (make.make_department(unit, name) for name in ("Алгебра", "Геометрия"))
    chair, colleague = (make.make_teacher(department=first, last_name=name) for name in ("Асанов", "Бакиров"))
    other = make.make_teacher(department=second, last_name="Жумабаев")
    sent = {
        "unit": unit.pk,
        "name": "МАК",
        "order_number": "",
        "order_date": "2027-01-05",
        "chair": chair.pk,
        "members": [other.pk],
    }
    refused = office.post("/commissions/", sent)
    shown = {
        name: ([(box.data["value"].value, box.data["selected"]) for box in boxes], ticked)
        for name, boxes, ticked in refused.context["form"].departments
        if name in (first.name, second.name)
    }
    assert (refused.status_code, shown) == (
        422,
        {
            first.name: ([(chair.pk, False), (colleague.pk, False)], 0),
            second.name: ([(other.pk, True)], 1),
        },
    )
    # Without a script, too, it is seen who was ticked: his department stands open, and no other.
    parts = refused.content.decode().split('<details class="picklist-part"')[1:]
    assert [f'value="{other.pk}"' in part for part in parts if "open" in part.split(">")[0]] == [True]
    assert office.post("/commissions/", sent | {"order_number": "48"}).status_code == 422  # two people
    sent |= {"order_number": "48", "members": [colleague.pk, other.pk]}
    assert office.post("/commissions/", sent).status_code == 302
    members = CommissionMember.objects.order_by("teacher__user__sort_key").values_list("teacher", "is_chair")
    assert list(members) == [(chair.pk, True), (colleague.pk, False), (other.pk, False)]


def test_commission_and_state_exam_go_by_the_pages(session: Session) -> None:
    office, group = as_(session.office), session.course.group
    teachers = [make.make_teacher(department=make.make_department(group.unit)) for _ in range(3)]
    sent = {
        "unit": group.unit_id,
        "name": "МАК",
        "order_number": "48",
        "order_date": "2027-01-05",
        "chair": teachers[0].pk,
        "members": [one.pk for one in teachers],
    }
    assert office.post("/commissions/", sent).status_code == 302
    commission = office.get("/commissions/").context["page_obj"].object_list[0]
    url = f"/groups/{group.pk}/attestations/"
    plan = {"act": "plan", "title": "Мамлекеттик сынак", "commission": commission.pk, "held_on": "2027-01-11"}
    assert office.post(url, plan).status_code == 302
    rows = list(StateExam.objects.order_by("student__user__sort_key"))
    typed = {f"e{row.pk}": text for row, text in zip(rows, ("90", "200", ""), strict=True)}
    typed |= {f"ev{row.pk}": "1" for row in rows}
    refused = office.post(url, typed | {"act": "close"})
    assert (refused.status_code, refused.context["state_exams"][0][1][1][1]) == (422, "200")
    assert office.post(url, typed | {"act": "close", f"e{rows[1].pk}": "кж"}).status_code == 302
    assert list(StateExam.objects.order_by("student__user__sort_key").values_list("letter", "closed_at")) == [
        ("A", NOW),
        ("", NOW),
        ("", None),
    ]
    record = as_(session.students[0].user).get(f"/results/{session.students[0].pk}/").context["record"]
    assert [one.points for one in record.state_exams] == [90]


PAGES = {
    "sheets": (lambda s, sheet: "/sheets/", 8),
    "sheet": (lambda s, sheet: f"/sheets/{sheet.pk}/", 11),
    "debts": (lambda s, sheet: "/debts/", 8),
    "summary": (lambda s, sheet: f"/groups/{s.course.group_id}/summary/", 14),
    "record": (lambda s, sheet: f"/results/{s.students[0].pk}/", 12),
    "attestations": (lambda s, sheet: f"/groups/{s.course.group_id}/attestations/", 11),
}


@pytest.mark.parametrize("page", list(PAGES))
@pytest.mark.parametrize("students", [1, 3])
def test_page_costs_the_same_with_one_student_and_three(
    monkeypatch: pytest.MonkeyPatch, page: str, students: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    session = Session(closed=False)
    for student in session.students[students:]:
        CourseEnrolment.objects.filter(student=student).delete()
    session.close_modules()
    sheet = session.open()
    session.students = session.students[:students]
    session.type(sheet, "10", "10", "10")
    session.close(sheet)
    address, count = PAGES[page]
    client = as_(session.office)
    client.get(address(session, sheet))
    with django_assert_num_queries(count):
        client.get(address(session, sheet))


@pytest.mark.parametrize("students", [1, 3])
def test_open_sheet_costs_the_same_with_one_student_and_three(
    monkeypatch: pytest.MonkeyPatch, students: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    session = Session(closed=False)
    for student in session.students[students:]:
        CourseEnrolment.objects.filter(student=student).delete()
    sheet = session.open()
    client = as_(session.teacher.user)
    client.get(f"/sheets/{sheet.pk}/")
    with django_assert_num_queries(13):
        client.get(f"/sheets/{sheet.pk}/")


@pytest.mark.parametrize("exams", [1, 3])
def test_timetable_of_exams_costs_the_same_with_one_and_three(
    session: Session, exams: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    for place in range(exams):
        course = make.make_course(group=session.course.group, discipline=f"Дисциплина {place}")
        starts_at = NOW + timedelta(days=place + 1)
        plan_exam(
            course=course,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            room=None,
            examiner=session.teacher,
            by=session.office,
            now=NOW,
        )
    client = as_(session.office)
    client.get("/exams/")
    with django_assert_num_queries(6):
        client.get("/exams/")
