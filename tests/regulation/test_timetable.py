"""The regulation's clauses on the timetable: §1.4, §3.3, §3.5b, §3.5g, §3.8."""

from datetime import time, timedelta

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from ejournal.lib import clock
from teaching.enums import LessonState
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = clock.moment_of(make.MONDAY, time(8, 30))


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def page(user: User, url: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_1_4_days_of_lessons_are_looked_up_by_week_to_agree_with_the_departments_journal() -> None:
    """The head finds each lesson of a teacher under the day on which it was held, and what was not held as that."""
    workload = make.make_workload()
    teacher = workload.teachers.get().teacher
    held = make.make_lesson(workload)
    head = make.make_user()
    make.appoint(head, Role.HEAD, department=workload.department)
    url = f"/timetable/teachers/{teacher.pk}/?week={make.MONDAY}"
    assert "21.09" in page(head, url)
    held.state = LessonState.NOT_HELD
    held.save()
    assert "Өткөн жок" in page(head, url)
    assert "Механика" not in page(head, f"/timetable/teachers/{teacher.pk}/?week={make.MONDAY + timedelta(days=7)}")


def test_3_3_administrator_sees_the_loaded_timetable_and_its_clashes() -> None:
    room = make.make_room()
    for _ in range(2):
        make.make_slot(make.make_workload(), room=room)
    administrator = make.make_user()
    make.appoint(administrator, Role.ADMINISTRATOR)
    assert "Б-101" in page(administrator, "/timetable/clashes/")
    assert "Б-101" in page(administrator, "/timetable/find/?of=room")


def test_3_5b_lessons_of_the_other_subgroup_are_not_the_students() -> None:
    course = make.make_course()
    one, two = course.group.subgroups.order_by("number")
    student = make.make_student(group=course.group, subgroup=2)
    make.enrol(student, course, subgroup=2)
    make.make_lesson(make.make_workload(course=course, subgroup=one), room=make.make_room("Б-1"))
    make.make_lesson(make.make_workload(course=course, subgroup=two), room=make.make_room("Б-2"), pair=2)
    shown = page(student.user, "/timetable/")
    assert ("Б-1" in shown, "Б-2" in shown) == (False, True)


def test_3_5g_week_shows_what_the_journal_is_filled_by() -> None:
    """Each lesson of the teacher's week leads to the page where it is filled; a line without lessons leads nowhere."""
    workload = make.make_workload()
    lesson = make.make_lesson(workload)
    make.make_slot(workload, weekday=2)
    shown = page(workload.teachers.get().teacher.user, "/timetable/")
    assert shown.count('href="/lessons/') == 1
    assert f'href="/lessons/{lesson.pk}/"' in shown


def test_3_8_student_sees_the_timetable_of_his_own_lessons_and_no_others() -> None:
    mine, other = make.make_course(discipline="Механика"), make.make_course(discipline="Тарых")
    student = make.make_student(group=mine.group)
    make.enrol(student, mine)
    for course in (mine, other):
        make.make_lesson(make.make_workload(course=course))
    shown = page(student.user, "/timetable/")
    assert ("Механика" in shown, "Тарых" in shown) == (True, False)
    client = Client()
    client.force_login(student.user)
    assert client.get(f"/timetable/groups/{other.group_id}/").status_code == 404
