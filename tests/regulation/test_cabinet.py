"""The regulation on who reaches which marks: §2.3, §3.4c, §3.8, §4.2c, §5.4a."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Student
from ejournal.lib import clock
from journal.enums import Presence, Source
from journal.models import Mark
from teaching.models import Lesson
from tests import factories as make

pytestmark = pytest.mark.django_db


class Semester:
    """A semester around the present day, so that the pages themselves (which read the clock) show it."""

    def __init__(self) -> None:
        self.now: datetime = clock.now()
        self.today = clock.day_of(self.now)
        make.make_semester(starts_on=self.today - timedelta(days=60), ends_on=self.today + timedelta(days=60))
        self.group = make.make_group()
        self.student = make.make_student(group=self.group)
        self.lessons = {name: self.lesson(name, pair) for pair, name in enumerate(["Механика", "Тарых"], start=1)}

    def lesson(self, discipline: str, pair: int) -> Lesson:
        course = make.make_course(group=self.group, discipline=discipline)
        make.enrol(self.student, course)
        room = make.make_room(f"Б-{pair}01")
        return make.make_lesson(make.make_workload(course=course), day=self.today, pair=pair, room=room)

    def grade(self, discipline: str, grade: int) -> None:
        lesson = self.lessons[discipline]
        Mark.objects.create(
            lesson=lesson,
            student=self.student,
            workload=lesson.workloads.get().workload,
            presence=Presence.PRESENT,
            grade=grade,
            by=lesson.teacher.user,
            at=self.now,
            source=Source.WEB,
            request_id=make.REQUEST_ID,
        )


@pytest.fixture
def semester() -> Semester:
    return Semester()


def read(client: Client, student: Student, address: str) -> str:
    client.force_login(student.user)
    return client.get(address).content.decode()


def test_2_3_grades_of_all_disciplines_are_reached_at_any_time(client: Client, semester: Semester) -> None:
    semester.grade("Механика", 5)
    semester.grade("Тарых", 3)
    page = read(client, semester.student, reverse("cabinet"))
    assert all(text in page for text in ("Механика", "5.00", "Тарых", "3.00"))


def test_3_4c_students_use_the_cabinet_and_parents_see_its_results(client: Client, semester: Semester) -> None:
    semester.grade("Механика", 4)
    own = read(client, semester.student, reverse("cabinet"))
    client.force_login(make.make_guardian(semester.student))
    childs = client.get(reverse("cabinet_of", args=[semester.student.pk])).content.decode()
    assert "4.00" in own
    assert "4.00" in childs


def test_3_4c_parents_only_read(client: Client, semester: Semester) -> None:
    client.force_login(make.make_guardian(semester.student))
    assert client.post(reverse("cabinet_of", args=[semester.student.pk])).status_code == 405


def test_3_8_students_see_the_timetable_of_their_own_lessons(client: Client, semester: Semester) -> None:
    make.make_lesson(make.make_workload(course=make.make_course(discipline="Химия")), day=semester.today, pair=3)
    page = read(client, semester.student, reverse("cabinet"))
    assert "Б-101" in page
    assert "Осмонов Э." in page
    assert "Химия" not in page


def test_4_2c_students_see_their_achievements_lesson_by_lesson(client: Client, semester: Semester) -> None:
    semester.grade("Механика", 5)
    Lesson.objects.filter(pk=semester.lessons["Механика"].pk).update(
        topic="Ньютондун мыйзамдары", starts_at=semester.now - timedelta(hours=2), ends_at=semester.now
    )
    course = semester.lessons["Механика"].workloads.get().workload.course
    page = read(client, semester.student, reverse("cabinet_course", args=[semester.student.pk, course.pk]))
    assert "Ньютондун мыйзамдары" in page
    assert 'class="mark is-graded"' in page


def test_5_4a_office_and_department_see_whether_the_journal_is_kept(client: Client, semester: Semester) -> None:
    lesson = semester.lessons["Механика"]
    department = lesson.workloads.get().workload.department
    for role, scope in ((Role.DEANS_OFFICE, {"unit": semester.group.unit}), (Role.HEAD, {"department": department})):
        user = make.make_user()
        make.appoint(user, role, **scope)
        user.appointments.update(starts_on=semester.today)
        client.force_login(user)
        response = client.get(reverse("attendance_today"))
        assert "Механика" in [row.discipline for row in response.context["rows"]]
