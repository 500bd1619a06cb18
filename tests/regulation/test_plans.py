"""The regulation on plans and criteria: §2.2, §2.10, §3.5a, §3.5d, §4.3."""

from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from ejournal.lib import clock
from teaching.models import Lesson, Plan, WorkingProgramme, Workload
from tests import factories as make

pytestmark = pytest.mark.django_db

AUGUST = clock.moment_of(make.MONDAY - timedelta(days=27), time(10, 0))


@pytest.fixture(autouse=True)
def _august(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few days before the semester begins."""
    monkeypatch.setattr(clock, "now", lambda: AUGUST)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def head_of(journal: Workload) -> Client:
    head = make.make_user(last_name="Башчы")
    appointment = make.appoint(head, Role.HEAD, department=journal.department)
    appointment.starts_on = AUGUST.date() - timedelta(days=300)
    appointment.save()
    return client_of(head)


def enter_plan(teacher: Client, journal: Workload) -> Plan:
    """Make the plan of a journal on the page and send it for approval."""
    page = teacher.post(f"/plans/new/{journal.pk}/").headers["Location"]
    topics = [f"{number}-тема" for number in range(1, 18)]
    sent: dict[str, Any] = {"topic": topics, "hours": ["2"] * 17, "version": "1", "do": "submit"}
    assert teacher.post(page, sent).status_code == 302
    return Plan.objects.get(workloads__workload=journal)


def test_4_3_teacher_enters_the_plan_before_the_year_begins() -> None:
    """§4.3: before the year begins make the calendar-thematic plan and enter it."""
    journal = make.make_workload()
    plan = enter_plan(client_of(journal.teachers.get().teacher.user), journal)
    assert (plan.state, plan.items.count()) == ("submitted", 17)
    assert clock.day_of(plan.submitted_at) < journal.course.semester.starts_on
    assert head_of(journal).post(f"/plans/{plan.pk}/decide/", {"decision": "approve"}).status_code == 302
    plan.refresh_from_db()
    assert plan.state == "approved"


def test_2_2_one_database_has_the_plans_of_all_disciplines_and_groups() -> None:
    """§2.2: who watches sees each journal of the semester with its plan, or that it has none."""
    planned = make.make_workload(course=make.make_course(discipline="Оптика"))
    make.make_workload(course=make.make_course(discipline="Акустика"))
    enter_plan(client_of(planned.teachers.get().teacher.user), planned)
    office = make.make_user()
    appointment = make.appoint(office, Role.STUDY_OFFICE)
    appointment.starts_on = AUGUST.date()
    appointment.save()
    page = client_of(office).get("/plans/?show=all").content.decode()
    assert "Оптика" in page
    assert "Акустика" in page
    assert "Акустика" in client_of(office).get("/plans/?show=all&state=missing").content.decode()
    assert "Оптика" not in client_of(office).get("/plans/?show=all&state=missing").content.decode()


def test_3_5a_topic_of_the_lesson_comes_from_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """§3.5a, §2.10: the next item of the plan is the topic; hours given are counted against the hours planned."""
    journal = make.make_workload()
    teacher = client_of(journal.teachers.get().teacher.user)
    plan = enter_plan(teacher, journal)
    lesson = make.make_lesson(journal)
    noon = clock.moment_of(make.MONDAY, time(12, 0))
    monkeypatch.setattr(clock, "now", lambda: noon)
    teacher.force_login(journal.teachers.get().teacher.user)
    sent = {"nonce": str(uuid4()), "version": "1", "topic": "", "note": "", "use_plan": "next"}
    assert teacher.post(f"/lessons/{lesson.pk}/", sent).status_code == 302
    assert Lesson.objects.get().topic == "1-тема"
    assert plan.items.get(position=1).lessons.get().lesson_id == lesson.pk


def test_3_5d_fund_of_means_and_criteria_are_worked_out_by_the_teacher_and_read_by_students() -> None:
    """§3.5d: the teacher works them out in the discipline's working programme."""
    journal = make.make_workload()
    teacher = client_of(journal.teachers.get().teacher.user)
    student = make.make_student(group=journal.course.group)
    make.enrol(student, journal.course)
    page = teacher.post(f"/programmes/new/{journal.pk}/").headers["Location"]
    teacher.post(page, {"version": "1", "means": "Тест, 20 суроо", "criteria": "5 — толук жооп", "do": "submit"})
    programme = WorkingProgramme.objects.get()
    head_of(journal).post(f"/programmes/{programme.pk}/decide/", {"decision": "approve"})
    shown = client_of(student.user).get(f"/programmes/{programme.pk}/").content.decode()
    assert "5 — толук жооп" in shown
    assert "Тест, 20 суроо" in shown
