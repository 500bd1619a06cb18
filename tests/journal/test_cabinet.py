"""The student's cabinet: what it counts, and who sees whose."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Appointment, GroupEnrolment, GuardianLink, Student, User
from ejournal.lib import clock
from journal.enums import Presence, Source
from journal.models import Mark
from journal.selectors.cabinet import cabinet_of_student, course_of_student, today_of_student
from journal.selectors.states import LessonFace
from teaching.enums import ChangeKind, EnrolmentBasis, LessonState
from teaching.models import (
    CourseEnrolment,
    Lesson,
    LessonChange,
    LessonWorkload,
    Substitution,
    WorkloadTeacher,
)
from tests import factories as make

pytestmark = pytest.mark.django_db
EVENING = clock.moment_of(make.MONDAY, make.time(20, 0))
WEEK = timedelta(days=7)


def put(lesson: Lesson, student: Student, presence: Presence, grade: int | None = None, **fields: object) -> Mark:
    lesson_workload = lesson.workloads.select_related("workload").get()
    return Mark.objects.create(
        lesson=lesson,
        student=student,
        workload=lesson_workload.workload,
        presence=presence,
        grade=grade,
        by=lesson.teacher.user,
        at=EVENING,
        source=Source.WEB,
        request_id=make.REQUEST_ID,
        **fields,
    )


class House:
    """A student with a fellow in one course, everybody around them, and strangers to both."""

    def __init__(self) -> None:
        self.unit = make.make_unit()
        self.department = make.make_department(self.unit)
        self.group = make.make_group(self.unit)
        self.student = make.make_student("student", group=self.group, last_name="Бекова")
        self.student.phone, self.student.birth_date = "+996700112233", date(2008, 2, 29)
        self.student.save(update_fields=["phone", "birth_date"])
        self.fellow = make.make_student("fellow", group=self.group, last_name="Токтосунова")
        self.course = make.make_course(group=self.group, department=self.department, discipline="Механика")
        self.other_course = make.make_course(group=self.group, discipline="Тарых")
        self.teacher = make.make_teacher("teacher", department=self.department)
        self.workload = make.make_workload(course=self.course, teacher=self.teacher)
        self.other_workload = make.make_workload(course=self.other_course)
        for course in (self.course, self.other_course):
            make.enrol(self.student, course, subgroup=1)
            make.enrol(self.fellow, course, subgroup=1)
        self.lesson = make.make_lesson(self.workload)
        self.other_lesson = make.make_lesson(self.other_workload, pair=2)

    def appointed(self, role: Role, **scope: object) -> User:
        user = make.make_user()
        make.appoint(user, role, **scope)
        return user


@pytest.fixture
def house() -> House:
    return House()


def open_cabinet(client: Client, user: User, student: Student) -> int:
    client.force_login(user)
    statuses = {client.get(reverse("cabinet_of", args=[student.pk])).status_code}
    course_id = student.course_enrolments.first().course_id if student.course_enrolments.exists() else 1
    statuses.add(client.get(reverse("cabinet_course", args=[student.pk, course_id])).status_code)
    assert len(statuses) == 1
    return statuses.pop()


class TestFigures:
    def test_counts_of_a_discipline(self, house: House) -> None:
        lessons = [make.make_lesson(house.workload, day=make.MONDAY - WEEK * back) for back in (2, 1)] + [house.lesson]
        put(lessons[0], house.student, Presence.PRESENT, 4)
        put(lessons[1], house.student, Presence.LATE, 5, late_minutes=10)
        put(lessons[2], house.student, Presence.ABSENT)
        put(lessons[2], house.fellow, Presence.PRESENT, 2)
        line = next(line for line in figures(house) if line.course_id == house.course.pk)
        counts = line.counts
        assert (counts.held, counts.seen, counts.attended, counts.late, counts.absent) == (3, 3, 2, 1, 1)
        assert (counts.mean, counts.percent) == ("4.50", 67)
        assert [lesson.mark_value for lesson in line.last] == ["4", "5", "кж"]

    def test_mean_is_rounded_half_up(self, house: House) -> None:
        for pair, grade in enumerate([5, 5, 5, 4], start=3):  # 39 / 8 = 4.875
            put(make.make_lesson(house.workload, pair=pair), house.student, Presence.PRESENT, grade)
            put(make.make_lesson(house.workload, pair=pair, day=make.MONDAY - WEEK), house.student, Presence.PRESENT, 5)
        line = next(line for line in figures(house) if line.course_id == house.course.pk)
        assert line.counts.mean == "4.88"

    def test_makeup_grade_joins_the_mean_and_stays_an_absence(self, house: House) -> None:
        put(house.lesson, house.student, Presence.ABSENT, 3, makeup_on=make.MONDAY)
        counts = figures(house)[0].counts
        assert (counts.mean, counts.absent, counts.attended, counts.percent) == ("3.00", 1, 0, 0)

    def test_nobody_has_looked_is_neither_present_nor_absent(self, house: House) -> None:
        counts = figures(house)[0].counts
        assert (counts.held, counts.seen, counts.mean, counts.percent) == (0, 0, None, None)

    def test_cleared_row_is_left_out(self, house: House) -> None:
        mark = put(house.lesson, house.student, Presence.ABSENT)
        mark.presence, mark.version = None, 2
        mark.save(update_fields=["presence", "version"])
        assert figures(house)[0].counts.seen == 0

    def test_cancelled_lesson_is_not_held(self, house: House) -> None:
        Lesson.objects.filter(pk=house.lesson.pk).update(state=LessonState.CANCELLED)
        counts, lessons = course_of_student(house.student.pk, house.course, now=EVENING)
        assert counts.held == 0
        assert [lesson.face for lesson in lessons] == [LessonFace.CANCELLED]

    def test_disciplines_stand_in_the_order_of_the_alphabet(self, house: House) -> None:
        assert [line.discipline for line in figures(house)] == ["Механика", "Тарых"]

    def test_figures_are_one_query_for_one_and_three_disciplines(
        self, house: House, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(2):
            workload = make.make_workload(course=make.make_course(group=house.group, discipline=f"Дисциплина {number}"))
            make.enrol(house.student, workload.course)
            make.make_lesson(workload, pair=3 + number)
        with django_assert_num_queries(1):
            assert len(figures(house)) == 4


def figures(house: House) -> list:
    return list(
        cabinet_of_student(
            house.student.pk, house.course.semester, week_of=make.MONDAY, course_ids=None, now=EVENING
        ).disciplines
    )


class TestTimetable:
    def test_today_has_lessons_by_time(self, house: House, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        with django_assert_num_queries(1):
            today = today_of_student(house.student.pk, now=EVENING)
        assert [(lesson.discipline, lesson.pair) for lesson in today.lessons] == [("Механика", 1), ("Тарых", 2)]

    def test_free_day_names_the_next_one(self, house: House) -> None:
        today = today_of_student(house.student.pk, now=EVENING - timedelta(days=1))
        assert today.lessons == ()
        assert today.next is not None
        assert (today.next.day, len(today.next.lessons)) == (make.MONDAY, 2)

    def test_other_subgroup_is_not_his(self, house: House) -> None:
        second = make.make_workload(course=house.course, subgroup=house.group.subgroups.get(number=2))
        first = make.make_workload(course=house.course, subgroup=house.group.subgroups.get(number=1))
        make.make_lesson(second, pair=3)
        mine = make.make_lesson(first, pair=4)
        pairs = [lesson.pair for lesson in today_of_student(house.student.pk, now=EVENING).lessons]
        assert pairs == [1, 2, mine.pair]

    def test_days_outside_the_enrolment_are_not_his(self, house: House) -> None:
        CourseEnrolment.objects.filter(student=house.student, course=house.course).update(
            ends_on=make.MONDAY - timedelta(days=1)
        )
        assert [lesson.discipline for lesson in today_of_student(house.student.pk, now=EVENING).lessons] == ["Тарых"]

    def test_exempt_student_has_no_lessons_of_the_course(self, house: House) -> None:
        CourseEnrolment.objects.filter(student=house.student, course=house.course).update(basis=EnrolmentBasis.EXEMPT)
        assert [lesson.discipline for lesson in today_of_student(house.student.pk, now=EVENING).lessons] == ["Тарых"]

    def test_substitute_is_named(self, house: House) -> None:
        substitute = make.make_teacher(last_name="Сыдыкова")
        Substitution.objects.create(
            lesson=house.lesson,
            substitute=substitute,
            reason="оору",
            named_by=house.teacher.user,
            named_at=EVENING,
        )
        lesson = today_of_student(house.student.pk, now=EVENING).lessons[0]
        assert (lesson.teacher, lesson.is_substituted) == ("Сыдыкова Э.", True)

    def test_make_up_lesson_outside_the_bells_is_shown(self, house: House) -> None:
        change = LessonChange.objects.create(
            kind=ChangeKind.MAKE_UP,
            reason="майрам",
            order_number="7",
            order_date=make.MONDAY,
            approved_by=house.teacher.user,
            approved_at=EVENING,
        )
        extra = Lesson.objects.create(
            semester=house.course.semester,
            date=make.MONDAY,
            starts_at=clock.moment_of(make.MONDAY, make.time(19, 0)),
            ends_at=clock.moment_of(make.MONDAY, make.time(20, 20)),
            teacher=house.teacher,
        )
        LessonWorkload.objects.create(lesson=extra, workload=house.workload, change=change)
        lesson = today_of_student(house.student.pk, now=EVENING).lessons[-1]
        assert (lesson.lesson_id, lesson.pair, lesson.is_make_up, lesson.face) == (
            extra.pk,
            None,
            True,
            LessonFace.RUNNING,
        )


class TestWhoSees:
    def test_student_opens_his_own(self, client: Client, house: House) -> None:
        client.force_login(house.student.user)
        assert client.get(reverse("cabinet")).status_code == 200
        assert open_cabinet(client, house.student.user, house.student) == 200

    def test_fellow_student_is_a_stranger(self, client: Client, house: House) -> None:
        assert open_cabinet(client, house.fellow.user, house.student) == 404

    def test_anonymous_is_sent_to_login(self, client: Client, house: House) -> None:
        assert client.get(reverse("cabinet_of", args=[house.student.pk])).status_code == 302

    def test_parent_opens_the_childs_until_revoked(self, client: Client, house: House) -> None:
        parent = make.make_guardian(house.student)
        assert open_cabinet(client, parent, house.student) == 200
        assert open_cabinet(client, parent, house.fellow) == 404
        GuardianLink.objects.update(revoked_at=EVENING)
        assert open_cabinet(client, parent, house.student) == 404
        assert client.get(reverse("cabinet")).status_code == 404

    def test_parent_is_led_to_the_first_child_and_switches(self, client: Client, house: House) -> None:
        parent = make.make_guardian(house.fellow)
        GuardianLink.objects.create(guardian=parent, student=house.student)
        client.force_login(parent)
        response = client.get(reverse("cabinet"))
        assert response["Location"] == reverse("cabinet_of", args=[house.student.pk])
        page = client.get(response["Location"]).content.decode()
        assert reverse("cabinet_of", args=[house.fellow.pk]) in page

    @pytest.mark.parametrize("role", [Role.STUDY_OFFICE, Role.LEADERSHIP])
    def test_whole_university_is_read(self, client: Client, house: House, role: Role) -> None:
        assert open_cabinet(client, house.appointed(role), house.student) == 200

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.MODERATOR, Role.TEACHER])
    def test_roles_without_a_row_are_strangers(self, client: Client, house: House, role: Role) -> None:
        assert open_cabinet(client, house.appointed(role), house.student) == 404

    @pytest.mark.parametrize("role", [Role.DEAN, Role.DEANS_OFFICE])
    def test_unit_is_read_by_its_own_office(self, client: Client, house: House, role: Role) -> None:
        assert open_cabinet(client, house.appointed(role, unit=house.unit), house.student) == 200
        assert open_cabinet(client, house.appointed(role, unit=make.make_unit()), house.student) == 404

    def test_curator_reads_the_group_that_the_student_is_in(self, client: Client, house: House) -> None:
        curator = house.appointed(Role.CURATOR, group=house.group)
        assert open_cabinet(client, curator, house.student) == 200
        GroupEnrolment.objects.filter(student=house.student).update(ends_on=date(2026, 9, 2))
        assert open_cabinet(client, curator, house.student) == 404

    def test_role_that_ended_in_the_same_login_has_ended(self, client: Client, house: House) -> None:
        curator = house.appointed(Role.CURATOR, group=house.group)
        client.force_login(curator)
        address = reverse("cabinet_of", args=[house.student.pk])
        assert client.get(address).status_code == 200
        Appointment.objects.filter(user=curator).update(ends_on=date(2026, 9, 2))
        assert client.get(address).status_code == 404

    def test_head_reads_students_of_the_workloads_department(self, client: Client, house: House) -> None:
        assert open_cabinet(client, house.appointed(Role.HEAD, department=house.department), house.student) == 200
        stranger = house.appointed(Role.HEAD, department=make.make_department())
        assert open_cabinet(client, stranger, house.student) == 404

    def test_teacher_sees_the_rows_of_his_own_courses_only(self, client: Client, house: House) -> None:
        put(house.lesson, house.student, Presence.PRESENT, 4)
        put(house.other_lesson, house.student, Presence.PRESENT, 2)
        client.force_login(house.teacher.user)
        page = client.get(reverse("cabinet_of", args=[house.student.pk])).content.decode()
        assert "Механика" in page
        assert "Тарых" not in page
        own, other = (
            client.get(reverse("cabinet_course", args=[house.student.pk, course.pk])).status_code
            for course in (house.course, house.other_course)
        )
        assert (own, other) == (200, 404)

    def test_teacher_of_the_same_course_sees_its_rows(self, client: Client, house: House) -> None:
        colleague = make.make_teacher()
        make.make_workload(course=house.course, teacher=colleague)
        assert open_cabinet(client, colleague.user, house.student) == 200

    def test_teacher_whose_workload_ended_is_a_stranger(self, client: Client, house: House) -> None:
        WorkloadTeacher.objects.filter(workload=house.workload).update(ends_on=date(2026, 9, 20))
        assert open_cabinet(client, house.teacher.user, house.student) == 404

    def test_other_teacher_and_substitute_are_strangers(self, client: Client, house: House) -> None:
        substitute = make.make_teacher()
        Substitution.objects.create(
            lesson=house.lesson, substitute=substitute, reason="оору", named_by=house.teacher.user, named_at=EVENING
        )
        assert open_cabinet(client, substitute.user, house.student) == 404
        assert open_cabinet(client, make.make_teacher().user, house.student) == 404

    def test_course_of_another_group_is_not_there(self, client: Client, house: House) -> None:
        client.force_login(house.student.user)
        foreign = make.make_course(discipline="Химия")
        assert client.get(reverse("cabinet_course", args=[house.student.pk, foreign.pk])).status_code == 404

    def test_nobody_elses_marks_are_on_the_page(self, client: Client, house: House) -> None:
        put(house.lesson, house.student, Presence.PRESENT, 4)
        put(house.lesson, house.fellow, Presence.LATE, 2, late_minutes=37)
        client.force_login(house.student.user)
        page = client.get(reverse("cabinet_course", args=[house.student.pk, house.course.pk])).content.decode()
        assert "is-graded" in page
        assert "is-late" not in page
        assert "Токтосунова" not in page

    def test_contacts_are_for_the_few(self, client: Client, house: House) -> None:
        readers = {
            "student": house.student.user,
            "parent": make.make_guardian(house.student),
            "curator": house.appointed(Role.CURATOR, group=house.group),
            "office": house.appointed(Role.DEANS_OFFICE, unit=house.unit),
            "teacher": house.teacher.user,
            "head": house.appointed(Role.HEAD, department=house.department),
            "study office": house.appointed(Role.STUDY_OFFICE),
        }
        shown = set()
        for name, user in readers.items():
            client.force_login(user)
            page = client.get(reverse("cabinet_of", args=[house.student.pk])).content.decode()
            if "996700112233" in page or "29.02.2008" in page:
                shown.add(name)
        assert shown == {"student", "parent", "curator", "office"}


class TestAddress:
    @pytest.mark.parametrize("query", ["?week=x", "?week=2026-13-01", "?week=9999-12-31", "?semester=x", "?semester=0"])
    def test_bad_query_shows_the_present(self, client: Client, house: House, query: str) -> None:
        client.force_login(house.student.user)
        assert client.get(reverse("cabinet") + query).status_code == 200

    def test_student_without_courses_gets_an_empty_page(self, client: Client) -> None:
        student = make.make_student()
        client.force_login(student.user)
        assert client.get(reverse("cabinet")).status_code == 200

    def test_page_costs_the_same_for_two_and_four_disciplines(self, client: Client, house: House) -> None:
        client.force_login(house.student.user)
        assert own_queries(client) == PAGE_QUERIES
        for number in range(2):
            workload = make.make_workload(course=make.make_course(group=house.group, discipline=f"Дисциплина {number}"))
            make.enrol(house.student, workload.course)
            make.make_lesson(workload, pair=3 + number)
        assert own_queries(client) == PAGE_QUERIES


# The student, his group, his semesters, the semester of today, its lessons with his marks.
PAGE_QUERIES = 5


def own_queries(client: Client) -> int:
    """Queries of the page itself: those of the session, the rights and the frame are not its own."""
    tables = ("accounts_student", "accounts_groupenrolment", "university_semester", "teaching_")
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("cabinet"))
    return sum(any(f'FROM "{table}' in query["sql"] for table in tables) for query in queries)
