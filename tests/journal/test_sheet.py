"""Several journals on one page: the whole course, and the groups of a stream under each other."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import Student
from ejournal.lib import clock
from journal.models import Mark
from journal.services import record_marks
from journal.services.sheets import close_module
from teaching.models import Lesson, Substitution, Workload
from tests import factories as make
from tests.journal.test_selectors import NOON
from university.enums import LessonKind
from university.models import Module

pytestmark = pytest.mark.django_db


class Place:
    """A course: a lecture of one teacher, laboratories of two subgroups, one of them a colleague's."""

    def __init__(self) -> None:
        self.course = make.make_course()
        self.teacher = make.make_teacher("lecturer", department=self.course.department)
        self.colleague = make.make_teacher("assistant", department=self.course.department, last_name="Касымов")
        first, second = self.course.group.subgroups.order_by("number")
        self.lecture = make.make_workload(course=self.course, teacher=self.teacher, kind=LessonKind.LECTURE)
        self.own_lab = make.make_workload(
            course=self.course, teacher=self.teacher, kind=LessonKind.LABORATORY, subgroup=first
        )
        self.lab = make.make_workload(
            course=self.course, teacher=self.colleague, kind=LessonKind.LABORATORY, subgroup=second
        )
        self.one = make.make_student(last_name="Асанова")
        self.two = make.make_student(last_name="Бекова")
        make.enrol(self.one, self.course, subgroup=1)
        make.enrol(self.two, self.course, subgroup=2)
        self.lesson = make.make_lesson(self.lecture, pair=1)
        self.own_lesson = make.make_lesson(self.own_lab, pair=2)
        self.their_lesson = make.make_lesson(self.lab, pair=2)

    @property
    def address(self) -> str:
        return f"/courses/{self.course.id}/journal/"


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return Place()


def page_of(user: object, address: str) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)  # type: ignore[arg-type]
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def cells(html: str, lesson: Lesson, student: Student) -> list[tuple[str, str]]:
    """Attributes and text of a student's cells at a lesson."""
    return re.findall(rf'<td data-lesson="{lesson.id}" data-student="{student.id}"([^>]*)>(.*?)</td>', html)


def head(html: str, lesson: Lesson) -> str:
    found = re.search(rf'<th scope="col" id="l{lesson.id}".*?</th>', html, re.DOTALL)
    assert found is not None
    return found[0]


def enter(workload: Workload, lesson: Lesson, student: Student, value: str) -> None:
    keeper = workload.teachers.get().teacher.user
    raw = {"lesson": lesson.id, "student": student.id, "version": 0, "value": value}
    saved = record_marks(journal_id=workload.id, raw_marks=[raw], by=keeper, now=NOON)
    assert saved.status == 200, saved.answer


class TestWholeCourse:
    def test_lessons_of_all_kinds_stand_side_by_side_with_their_kind_in_words(self, place: Place) -> None:
        html = page_of(place.teacher.user, place.address)
        assert re.findall(r'<th scope="col" id="l(\d+)"', html) == [
            str(lesson.id) for lesson in (place.lesson, place.own_lesson, place.their_lesson)
        ]
        assert ">lect. </span>" in head(html, place.lesson)
        assert ">lab. 2</span>" in head(html, place.their_lesson)

    def test_each_lesson_names_the_journal_through_which_it_is_written(self, place: Place) -> None:
        html = page_of(place.teacher.user, place.address)
        assert f'data-journal="{place.lecture.id}"' in head(html, place.lesson)
        assert f'data-journal="{place.own_lab.id}"' in head(html, place.own_lesson)
        assert f'data-journals="{place.lecture.id} {place.own_lab.id}"' in html

    def test_a_colleagues_cells_are_shown_and_only_read(self, place: Place) -> None:
        enter(place.lab, place.their_lesson, place.two, "4")
        html = page_of(place.teacher.user, place.address)
        ((attributes, text),) = cells(html, place.their_lesson, place.two)
        assert text == "4"
        assert 'data-version="1"' in attributes
        assert 'aria-readonly="true"' in attributes
        assert "A colleague keeps this journal" in head(html, place.their_lesson)
        ((own, _text),) = cells(html, place.lesson, place.two)
        assert "is-locked" not in own

    def test_a_lesson_of_the_other_subgroup_is_an_empty_inert_cell(self, place: Place) -> None:
        html = page_of(place.teacher.user, place.address)
        ((attributes, text),) = cells(html, place.own_lesson, place.two)
        assert text == ""
        assert "is-out" in attributes
        assert 'aria-readonly="true"' in attributes
        assert "this lesson is not for this student" in attributes
        assert '<span class="visually-hidden">, subgroup 2</span>' in html

    def test_totals_are_of_all_journals_of_the_course(self, place: Place) -> None:
        enter(place.lecture, place.lesson, place.two, "5")
        enter(place.lab, place.their_lesson, place.two, "4")
        row = page_of(place.teacher.user, place.address).split(f'<tr data-row="{place.two.id}">')[1]
        assert '<td class="jgrid-sum" data-mean>4.50</td>' in row

    def test_a_reader_writes_nowhere(self, place: Place) -> None:
        head_of_department = make.make_user("head")
        make.appoint(head_of_department, Role.HEAD, department=place.course.department)
        html = page_of(head_of_department, place.address)
        assert 'data-editable=""' in html
        assert 'data-all="' not in html

    def test_it_opens_at_the_first_lesson_of_today(self, place: Place) -> None:
        make.make_lesson(place.lecture, day=make.MONDAY - timedelta(days=7), pair=1)
        html = page_of(place.teacher.user, place.address)
        assert f'data-focus="{place.lesson.id}"' in html
        assert html.count('tabindex="0"') >= 1
        ((attributes, _text),) = cells(html, place.lesson, place.one)
        assert 'tabindex="0"' in attributes

    def test_a_substitute_writes_his_lesson_and_reads_the_others_of_that_journal(self, place: Place) -> None:
        other = make.make_lesson(place.lecture, day=make.MONDAY - timedelta(days=1), pair=3)
        stand_in = make.make_teacher("stand_in")
        Substitution.objects.create(
            lesson=place.lesson,
            substitute=stand_in,
            reason="ооруп калды",
            named_by=place.teacher.user,
            named_at=NOON,
        )
        html = page_of(stand_in.user, place.address)
        ((his, _text),) = cells(html, place.lesson, place.one)
        assert "is-locked" not in his
        ((not_his, _text),) = cells(html, other, place.one)
        assert "is-locked" in not_his
        assert f'id="l{place.their_lesson.id}"' not in html

    def test_a_stranger_finds_nothing(self, place: Place, client: Client) -> None:
        client.force_login(make.make_teacher("stranger").user)
        assert client.get(place.address).status_code == 404

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_page_takes_the_same_queries_for_any_number(self, place: Place, count: int) -> None:
        for number in range(count):
            teacher = make.make_teacher(department=place.course.department)
            journal = make.make_workload(course=place.course, teacher=teacher)
            student = make.make_student(last_name=f"Сыдыкова{number}")
            make.enrol(student, place.course, subgroup=1)
            make.make_lesson(journal, pair=3 + number)
        client = Client()
        client.force_login(place.teacher.user)
        client.get(place.address)
        with CaptureQueriesContext(connection) as queries:
            client.get(place.address)
        assert len(queries) == QUERIES_OF_COURSE


QUERIES_OF_COURSE = 12


class Hall:
    """A stream of two groups in one room, both journals one lecturer's."""

    def __init__(self) -> None:
        self.teacher = make.make_teacher("lecturer")
        department = self.teacher.department
        self.journals = [
            make.make_workload(
                course=make.make_course(
                    group=make.make_group(department.unit, name), department=department, discipline="Тарых"
                ),
                teacher=self.teacher,
                kind=LessonKind.LECTURE,
                stream="А-1",
            )
            for name in ("ТАР-1", "ТАР-2")
        ]
        self.students = [make.make_student(last_name=name) for name in ("Асанова", "Бекова")]
        for student, journal in zip(self.students, self.journals, strict=True):
            make.enrol(student, journal.course)
        self.lesson = make.make_lesson(*self.journals)
        self.apart = make.make_lesson(self.journals[1], day=make.MONDAY - timedelta(days=1), pair=2)

    @property
    def address(self) -> str:
        return f"/journals/{self.journals[1].id}/stream/"


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Hall:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return Hall()


class TestStream:
    def test_groups_stand_under_each_other_and_a_meeting_stands_once(self, hall: Hall) -> None:
        html = page_of(hall.teacher.user, hall.address)
        assert re.findall(r'<th scope="rowgroup" class="jgrid-name">([^<]+)</th>', html) == ["ТАР-1", "ТАР-2"]
        assert html.count(f'id="l{hall.lesson.id}"') == 1
        for student in hall.students:
            ((attributes, _text),) = cells(html, hall.lesson, student)
            assert "is-locked" not in attributes

    def test_a_lesson_of_one_group_alone_is_inert_for_the_other(self, hall: Hall) -> None:
        html = page_of(hall.teacher.user, hall.address)
        ((attributes, _text),) = cells(html, hall.apart, hall.students[0])
        assert "is-out" in attributes
        ((attributes, _text),) = cells(html, hall.apart, hall.students[1])
        assert "is-out" not in attributes
        assert f'data-journal="{hall.journals[1].id}"' in head(html, hall.apart)

    def test_the_named_journal_saves_both_groups(self, hall: Hall) -> None:
        html = page_of(hall.teacher.user, hall.address)
        named = re.search(r'data-journal="(\d+)"', head(html, hall.lesson))
        assert named is not None
        saved = record_marks(
            journal_id=int(named[1]),
            raw_marks=[
                {"lesson": hall.lesson.id, "student": student.id, "version": 0, "value": "5"}
                for student in hall.students
            ],
            by=hall.teacher.user,
            now=NOON,
        )
        assert saved.status == 200
        assert sorted(Mark.objects.values_list("workload_id", flat=True)) == sorted(j.id for j in hall.journals)

    def test_a_closed_module_of_one_group_locks_its_rows_alone(self, hall: Hall) -> None:
        module = Module.objects.get(number=1)
        close_module(course=hall.journals[0].course, module=module, by=hall.teacher.user, now=NOON)
        html = page_of(hall.teacher.user, hall.address)
        ((closed, _text),) = cells(html, hall.lesson, hall.students[0])
        assert "is-locked" in closed
        assert "The module is closed" in closed
        ((open_, _text),) = cells(html, hall.lesson, hall.students[1])
        assert "is-locked" not in open_
        assert 'data-lock=""' in head(html, hall.lesson)

    def test_a_journal_of_no_stream_has_no_such_page(self, hall: Hall) -> None:
        alone = make.make_workload(teacher=hall.teacher)
        client = Client()
        client.force_login(hall.teacher.user)
        assert client.get(f"/journals/{alone.id}/stream/").status_code == 404

    def test_the_journal_links_to_the_stream_and_to_the_course(self, hall: Hall) -> None:
        html = page_of(hall.teacher.user, f"/journals/{hall.journals[1].id}/")
        assert hall.address in html
        assert f"/courses/{hall.journals[1].course_id}/journal/" in html

    def test_the_lessons_roll_has_both_groups(self, hall: Hall) -> None:
        html = page_of(hall.teacher.user, f"/lessons/{hall.lesson.id}/")
        assert html.index("ТАР-1") < html.index("Асанова") < html.index("Бекова")

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_page_takes_the_same_queries_for_any_number(self, hall: Hall, count: int) -> None:
        for number in range(count):
            department = hall.teacher.department
            course = make.make_course(
                group=make.make_group(department.unit, f"ТАР-{5 + number}"), department=department, discipline="Тарых"
            )
            journal = make.make_workload(course=course, teacher=hall.teacher, kind=LessonKind.LECTURE, stream="А-1")
            make.enrol(make.make_student(), course)
            make.make_lesson(journal, pair=3 + number)
        client = Client()
        client.force_login(hall.teacher.user)
        client.get(hall.address)
        with CaptureQueriesContext(connection) as queries:
            client.get(hall.address)
        assert len(queries) == QUERIES_OF_STREAM


QUERIES_OF_STREAM = 12
