"""Loading, clause by clause."""

from datetime import date, time, timedelta

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import Student, Teacher
from ejournal.lib import clock
from ejournal.loading.services import LoadRefused
from teaching.models import CourseEnrolment, Lesson, Workload
from tests import factories as make
from tests.loading.applying import AUGUST, counts, load, loader, written
from tests.loading.books import SMALL, set_cell, small
from university.models import Subgroup

pytestmark = pytest.mark.django_db

TUESDAY = clock.moment_of(date(2026, 9, 8), time(9, 0))


def test_1_2_one_database_of_students_and_teachers() -> None:
    """A person is found by the number; another load of the same one makes nobody twice."""
    load()
    load(small(Студенттер=set_cell(2, 2, "Осмонова"), Окутуучулар=set_cell(2, 2, "Осмонбеков")))
    assert (Student.objects.count(), Teacher.objects.count()) == (5, 3)


def test_3_2_teacher_gets_the_journal_by_the_workload(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    load()
    monkeypatch.setattr(clock, "now", lambda: TUESDAY)
    mine = Teacher.objects.get(staff_number="Т00003").user
    assert set(Workload.objects.kept_by(mine, on=TUESDAY.date()).values_list("number", flat=True)) == {
        "Ж000003",
        "Ж000005",
    }
    client.force_login(mine)
    for workload in Workload.objects.all():
        kept = workload.number in {"Ж000003", "Ж000005"}
        # The other journals of the same courses he reads; those of no course of his are not there.
        same_course = workload.course_id in Workload.objects.kept_by(mine, on=TUESDAY.date()).values_list(
            "course_id", flat=True
        )
        assert client.get(f"/journals/{workload.pk}/").status_code == (200 if kept or same_course else 404)


def test_3_2_the_workload_s_department_need_not_be_the_teacher_s() -> None:
    load()
    workload = Workload.objects.get(number="Ж000005")
    assert (workload.department.code, workload.teachers.get().teacher.department.code) == ("0102", "0101")


def test_3_3_administrator_enters_schedule_subgroups_and_workload() -> None:
    load()
    assert (Lesson.objects.count(), Workload.objects.count()) == (67, 5)
    assert list(Subgroup.objects.filter(group__name="ФИЗ-11").values_list("number", flat=True)) == [1, 2]
    laboratory = Workload.objects.get(number="Ж000004")
    assert laboratory.subgroup.number == 1
    in_it = CourseEnrolment.objects.filter(course=laboratory.course, subgroup=laboratory.subgroup)
    assert set(in_it.values_list("student__record_book", flat=True)) == {"26-000001", "26-000003"}


def test_3_3_nobody_else_enters_them() -> None:
    for role in (Role.STUDY_OFFICE, Role.LEADERSHIP, Role.MODERATOR):
        user = make.make_user(role.value)
        make.appoint(user, role)
        browser = Client()
        browser.force_login(user)
        assert browser.get("/load/").status_code == 404


def test_3_4_who_is_loaded_gets_no_login_with_it() -> None:
    load()
    assert not any(student.user.has_usable_password() for student in Student.objects.select_related("user"))


def test_4_1_loads_exactly_all_or_nothing() -> None:
    by, before = loader(), counts()
    with pytest.raises(LoadRefused):
        load(small(Жадыбал=set_cell(8, 1, "Ж999999")), by=by)
    assert counts() == before
    load(SMALL)
    before = written()
    load(SMALL)
    assert written() == before


def test_4_1_last_week_of_august_prepares_the_first_of_september() -> None:
    load(now=AUGUST)
    assert Lesson.objects.order_by("date").first().date == date(2026, 9, 2)
    assert AUGUST.date() + timedelta(days=7) == date(2026, 9, 1)
