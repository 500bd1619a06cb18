"""The day's lessons: what is counted, and who watches which."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Appointment, Student, User
from accounts.permissions import rights_of
from attendance.selectors.today import Counts, counts_of, lines_of_day, parts_of, rows_of, today_summary
from ejournal.lib import clock
from journal.enums import Presence, Source
from journal.models import Mark
from teaching.enums import LessonState
from teaching.models import Lesson, Workload
from tests import factories as make

pytestmark = pytest.mark.django_db
NOON = clock.moment_of(make.MONDAY, make.time(12, 0))
ADDRESS = "/attendance/today/?day=2026-09-21"


class Faculty:
    """A unit with a department and a group of two students, and one journal."""

    def __init__(self, name: str) -> None:
        self.unit = make.make_unit(name)
        self.department = make.make_department(self.unit, name=f"{name}: кафедра")
        self.group = make.make_group(self.unit, name=f"{name}-1")
        self.students = [make.make_student(group=self.group), make.make_student(group=self.group)]
        self.workload = self.journal("Механика")

    def journal(self, discipline: str) -> Workload:
        course = make.make_course(group=self.group, department=self.department, discipline=discipline)
        for student in self.students:
            make.enrol(student, course)
        return make.make_workload(course=course)


def put(lesson: Lesson, workload: Workload, student: Student, presence: Presence, **fields: Any) -> None:
    Mark.objects.create(
        lesson=lesson,
        student=student,
        workload=workload,
        presence=presence,
        by=lesson.teacher.user,
        at=NOON,
        source=Source.WEB,
        request_id=make.REQUEST_ID,
        **fields,
    )


def appointed(role: Role, **scope: object) -> User:
    user = make.make_user()
    make.appoint(user, role, **scope)
    return user


def counts(user: User) -> Counts:
    return today_summary(user, now=NOON).total


class TestFigures:
    def test_lessons_by_state_and_people_by_presence(self) -> None:
        faculty = Faculty("Биология")
        office = appointed(Role.DEANS_OFFICE, unit=faculty.unit)
        filled, partly, untouched, running, to_come, cancelled = (
            make.make_lesson(faculty.workload if pair == 1 else faculty.journal(f"Дисциплина {pair}"), pair=pair)
            for pair in range(1, 7)
        )
        # Bells: 8:00, 9:30, 11:00 (till 12:20), 13:00 …; at noon the third is on, the fourth is to come.
        Lesson.objects.filter(pk=running.pk).update(state=LessonState.NOT_HELD)
        Lesson.objects.filter(pk=cancelled.pk).update(state=LessonState.CANCELLED)
        put(filled, faculty.workload, faculty.students[0], Presence.PRESENT, grade=5)
        put(filled, faculty.workload, faculty.students[1], Presence.LATE, late_minutes=5)
        Lesson.objects.filter(pk=filled.pk).update(roll_taken_at=NOON, state=LessonState.HELD)
        put(partly, partly.workloads.get().workload, faculty.students[0], Presence.ABSENT)
        assert untouched.pair == 3
        assert to_come.pair == 5
        assert counts(office) == Counts(
            lessons=6, to_come=1, running=1, filled=1, unfilled=1, off=2, present=1, late=1, absent=1
        )
        assert counts(office).percent == 67

    def test_group_without_anybody_on_its_roll_owes_nothing(self) -> None:
        faculty = Faculty("Биология")
        empty = make.make_workload(
            course=make.make_course(group=faculty.group, department=faculty.department, discipline="Тандоо")
        )
        make.make_lesson(empty)
        office = appointed(Role.DEANS_OFFICE, unit=faculty.unit)
        assert (counts(office).filled, counts(office).unfilled) == (1, 0)

    def test_stream_counts_once_for_each_of_its_groups(self) -> None:
        first, second = Faculty("Биология"), Faculty("Химия")
        lesson = make.make_lesson(first.workload, second.workload)
        put(lesson, first.workload, first.students[0], Presence.PRESENT)
        put(lesson, second.workload, second.students[0], Presence.ABSENT)
        summary = today_summary(appointed(Role.STUDY_OFFICE), now=NOON)
        assert [(unit.name, unit.counts.present, unit.counts.absent) for unit in summary.units] == [
            ("Биология", 1, 0),
            ("Химия", 0, 1),
        ]

    def test_other_days_are_not_counted(self) -> None:
        faculty = Faculty("Биология")
        make.make_lesson(faculty.workload, day=make.MONDAY - timedelta(days=7))
        assert counts(appointed(Role.STUDY_OFFICE)) == Counts()
        assert Counts().percent is None

    @pytest.mark.parametrize("lessons", [1, 3])
    def test_screen_is_two_queries(self, lessons: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        faculty = Faculty("Биология")
        for pair in range(1, lessons + 1):
            make.make_lesson(faculty.journal(f"Дисциплина {pair}"), pair=pair)
        rights = rights_of(appointed(Role.DEAN, unit=faculty.unit), on=make.MONDAY)
        with django_assert_num_queries(2):
            lines = lines_of_day(rights, make.MONDAY, now=NOON)
            assert len(rows_of(lines)) == counts_of(lines).lessons == lessons
        assert [part.name for part in parts_of(lines)[0].parts] == ["Биология-1"]


class TestScope:
    @pytest.fixture
    def faculties(self) -> tuple[Faculty, Faculty]:
        own, other = Faculty("Биология"), Faculty("Химия")
        make.make_lesson(own.workload)
        make.make_lesson(other.workload)
        return own, other

    @pytest.mark.parametrize("role", [Role.DEAN, Role.DEANS_OFFICE])
    def test_office_watches_its_unit(self, faculties: tuple[Faculty, Faculty], role: Role) -> None:
        assert seen_groups(appointed(role, unit=faculties[0].unit)) == ["Биология-1"]

    def test_head_watches_the_workloads_of_the_department(self, faculties: tuple[Faculty, Faculty]) -> None:
        # A department teaches in another unit too: its workload counts, wherever the group is.
        own, other = faculties
        course = make.make_course(group=other.group, department=own.department, discipline="Экология")
        make.enrol(other.students[0], course)
        make.make_lesson(make.make_workload(course=course), pair=2)
        assert seen_groups(appointed(Role.HEAD, department=own.department)) == ["Биология-1", "Химия-1"]
        assert counts(appointed(Role.HEAD, department=own.department)).lessons == 2

    def test_curator_watches_the_group(self, faculties: tuple[Faculty, Faculty]) -> None:
        assert seen_groups(appointed(Role.CURATOR, group=faculties[1].group)) == ["Химия-1"]

    @pytest.mark.parametrize("role", [Role.STUDY_OFFICE, Role.LEADERSHIP])
    def test_study_office_and_leadership_watch_all(self, faculties: tuple[Faculty, Faculty], role: Role) -> None:
        assert seen_groups(appointed(role)) == ["Биология-1", "Химия-1"]


def seen_groups(user: User) -> list[str]:
    return [group.name for unit in today_summary(user, now=NOON).units for group in unit.parts]


class TestPage:
    @pytest.fixture
    def faculty(self) -> Faculty:
        faculty = Faculty("Биология")
        make.make_lesson(faculty.workload)
        return faculty

    def test_office_reads_its_lessons(self, client: Client, faculty: Faculty) -> None:
        other = Faculty("Химия")
        make.make_lesson(other.workload)
        client.force_login(appointed(Role.DEANS_OFFICE, unit=faculty.unit))
        page = client.get(ADDRESS).content.decode()
        assert "Биология-1" in page
        assert "Химия" not in page
        assert reverse("journal", args=[faculty.workload.pk]) in page

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.MODERATOR, Role.TEACHER])
    def test_roles_without_a_scope_find_no_page(self, client: Client, faculty: Faculty, role: Role) -> None:
        client.force_login(appointed(role))
        assert client.get(ADDRESS).status_code == 404

    def test_students_parents_and_teachers_find_no_page(self, client: Client, faculty: Faculty) -> None:
        people = [
            faculty.students[0].user,
            make.make_guardian(faculty.students[0]),
            faculty.workload.teachers.get().teacher.user,
        ]
        for user in people:
            client.force_login(user)
            assert client.get(ADDRESS).status_code == 404

    def test_anonymous_is_sent_to_login(self, client: Client) -> None:
        assert client.get(ADDRESS).status_code == 302

    def test_role_that_ended_in_the_same_login_has_ended(self, client: Client, faculty: Faculty) -> None:
        dean = appointed(Role.DEAN, unit=faculty.unit)
        client.force_login(dean)
        assert client.get(ADDRESS).status_code == 200
        Appointment.objects.filter(user=dean).update(ends_on=date(2026, 9, 2))
        assert client.get(ADDRESS).status_code == 404

    def test_filters_keep_what_was_chosen(self, client: Client, faculty: Faculty) -> None:
        other = Faculty("Химия")
        make.make_lesson(other.workload)
        client.force_login(appointed(Role.STUDY_OFFICE))
        for query in (
            f"&unit={faculty.unit.pk}",
            f"&department={faculty.department.pk}",
            f"&group={faculty.group.pk}",
        ):
            response = client.get(ADDRESS + query)
            assert [row.line.group for row in response.context["rows"]] == ["Биология-1"]

    def test_groups_of_many_units_are_shown_a_unit_at_a_time(
        self, client: Client, faculty: Faculty, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("attendance.views.today.GROUPS_AT_ONCE", 1)
        other = Faculty("Химия")
        make.make_lesson(other.workload)
        client.force_login(appointed(Role.STUDY_OFFICE))
        page = client.get(ADDRESS).content.decode()
        link = f"?day=2026-09-21&amp;unit={faculty.unit.pk}"
        assert link in page
        assert client.get("/attendance/today/" + link.replace("&amp;", "&")).context["shows_groups"]

    def test_only_unfilled(self, client: Client, faculty: Faculty) -> None:
        make.make_lesson(faculty.journal("Тарых"), pair=2)
        Lesson.objects.filter(pair=2).update(roll_taken_at=NOON, state=LessonState.HELD)
        client.force_login(appointed(Role.STUDY_OFFICE))
        response = client.get(ADDRESS + "&unfilled=on")
        assert [row.discipline for row in response.context["rows"]] == ["Механика"]

    @pytest.mark.parametrize(
        "query",
        ["?day=x", "?day=2026-02-30", "?day=9999-12-31", "?unit=x", "?group=-1", "?page=0", "?page=x", "?group=1%00"],
    )
    def test_bad_query_is_no_failure(self, client: Client, faculty: Faculty, query: str) -> None:
        client.force_login(appointed(Role.STUDY_OFFICE))
        assert client.get("/attendance/today/" + query).status_code == 200

    def test_page_of_many_lessons_has_a_window(self, client: Client, faculty: Faculty) -> None:
        for number in range(51):
            make.make_lesson(faculty.journal(f"Дисциплина {number}"), pair=2)
        client.force_login(appointed(Role.STUDY_OFFICE))
        with CaptureQueriesContext(connection) as queries:
            response = client.get(ADDRESS)
        assert (len(response.context["rows"]), response.context["page_obj"].paginator.count) == (50, 52)
        # The day's lines and the window of them: the frame's queries are not the page's.
        assert sum('"teaching_lessonworkload"' in q["sql"] or "WITH line" in q["sql"] for q in queries) == 2
