"""Next year's load beside the running year: what is taught now stays as it is (§4.1)."""

from copy import deepcopy
from datetime import date, time
from typing import Any

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import Appointment, GroupEnrolment, Student, Teacher
from ejournal.lib import clock
from ejournal.loading.tasks import bear_names
from journal.models import Mark
from journal.selectors.invariants import check_invariants
from teaching.models import Course, CourseEnrolment, Lesson, Workload
from tests.loading.applying import AUGUST, counted, load, plan
from tests.loading.books import SMALL, Rows, only, set_cell, small
from university.models import Group, Semester

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


DECEMBER = clock.moment_of(date(2026, 12, 14), time(10, 0))
NEXT_STARTS = date(2027, 9, 1)


def next_year() -> dict[str, Rows]:
    """2027/2028: the groups are a course older, one student changes group, a teacher is another, one is new."""
    book = deepcopy(SMALL)
    for rows in book.values():
        for row in rows[1:]:
            for place, cell in enumerate(row):
                if cell == "2026/2027":
                    row[place] = "2027/2028"
                elif isinstance(cell, str) and cell.startswith(("ФИЗ-1", "Ж0", "А0")):
                    row[place] = cell.replace("ФИЗ-1", "ФИЗ-2").replace("Ж0", "Ж1").replace("А0", "А1")
    book["Окуу жылы"][1][2:] = [
        date(2027, 9, 1), date(2027, 12, 26), date(2027, 10, 24), date(2027, 12, 26), date(2028, 1, 16)
    ]  # fmt: skip
    del book["Майрамдар"], book["Коңгуроо"], book["Окуу планы"]
    book["Тайпалар"][1][4] = "Т00003"  # another curator
    book["Студенттер"][1][6] = "ФИЗ-22"  # Шаршенова goes over
    book["Студенттер"].append(["27-000001", "Жаңыев", "Жаңы", "", date(2009, 1, 1), "эркек", "ФИЗ-21", "1", "", "", ""])
    return book


def running() -> dict[str, list[Any]]:
    """All of the running year, to the row and its version."""
    of_year = {"semester__year__name": "2026/2027"}
    courses = Course.objects.filter(**of_year)
    return {
        "courses": list(courses.order_by("id").values()),
        "enrolments": list(CourseEnrolment.objects.filter(course__in=courses).order_by("id").values()),
        "workloads": list(Workload.objects.filter(course__in=courses).order_by("id").values()),
        "lessons": list(Lesson.objects.filter(**of_year).order_by("id").values()),
        "names": list(Group.objects.order_by("id").values_list("name", flat=True)),
    }


def places(record_book: str) -> list[tuple[str, date, date | None]]:
    rows = GroupEnrolment.objects.filter(student__record_book=record_book).order_by("starts_on")
    return list(rows.values_list("group__number", "starts_on", "ends_on"))


def test_running_semester_is_untouched() -> None:
    load(now=AUGUST)
    before = running()
    done = load(next_year(), now=DECEMBER)
    assert running() == before
    assert done.plan.year == "2027/2028"
    assert sorted(done.plan.renamed) == [("ФИЗ-11", "ФИЗ-21"), ("ФИЗ-12", "ФИЗ-22")]
    assert Semester.objects.count() == 2
    assert Lesson.objects.filter(semester__year__name="2027/2028").count() > 60
    assert [finding.code for finding in check_invariants() if not finding.holds] == []


def test_second_load_of_next_year_changes_nothing() -> None:
    load(now=AUGUST)
    load(next_year(), now=DECEMBER)
    again = load(next_year(), now=DECEMBER)
    assert again.plan.changes_nothing, counted(again)


def test_students_move_with_the_first_day_of_the_year() -> None:
    load(now=AUGUST)
    load(next_year(), now=DECEMBER)
    assert places("26-000001") == [
        ("ФИЗ-11", date(2026, 9, 1), date(2027, 8, 31)),
        ("ФИЗ-12", NEXT_STARTS, None),
    ]
    assert places("26-000002") == [("ФИЗ-11", date(2026, 9, 1), None)]
    assert places("27-000001") == [("ФИЗ-11", NEXT_STARTS, None)]
    mine = CourseEnrolment.objects.filter(student__record_book="26-000001", course__semester__year__name="2027/2028")
    assert set(mine.values_list("course__group__number", flat=True)) == {"ФИЗ-12"}


def test_reload_of_the_running_year_leaves_next_years_places() -> None:
    load(now=AUGUST)
    load(next_year(), now=DECEMBER)
    assert load(now=DECEMBER).plan.changes_nothing
    # Шаршенова moves now already, inside the running year: the place of next year stays what it is.
    moved = only("Тайпалар", "Студенттер", "Окуу жылы", book=small(Студенттер=set_cell(2, 8, "2")))
    load(moved, now=DECEMBER)
    rows = GroupEnrolment.objects.filter(student__record_book="26-000001").order_by("starts_on")
    assert list(rows.values_list("group__number", "subgroup__number", "starts_on", "ends_on")) == [
        ("ФИЗ-11", 1, date(2026, 9, 1), date(2026, 12, 13)),
        ("ФИЗ-11", 2, date(2026, 12, 14), date(2027, 8, 31)),
        ("ФИЗ-12", 1, NEXT_STARTS, None),
    ]


def test_curators_change_with_the_year() -> None:
    load(now=AUGUST)
    load(next_year(), now=DECEMBER)
    rows = Appointment.objects.filter(role=Role.CURATOR, group__number="ФИЗ-11").order_by("starts_on")
    assert list(rows.values_list("user__teacher__staff_number", "starts_on", "ends_on")) == [
        ("Т00001", date(2026, 9, 1), date(2027, 8, 31)),
        ("Т00003", NEXT_STARTS, None),
    ]


def test_groups_take_their_new_names_after_the_last_session(set_clock: Any) -> None:
    load(now=AUGUST)
    load(next_year(), now=DECEMBER)
    set_clock(clock.moment_of(date(2027, 1, 16), time(0, 5)))
    assert bear_names() == 0
    assert sorted(Group.objects.values_list("name", flat=True)) == ["ФИЗ-11", "ФИЗ-12"]
    set_clock(clock.moment_of(date(2027, 1, 17), time(0, 5)))
    assert bear_names() == 2
    assert sorted(Group.objects.values_list("name", flat=True)) == ["ФИЗ-21", "ФИЗ-22"]


class TestTeacherBeforeTheSemester:
    def test_4_1_reads_and_prepares_his_journals_and_marks_nothing(self, client: Client, set_clock: Any) -> None:
        load(now=AUGUST)
        load(next_year(), now=DECEMBER)
        set_clock(DECEMBER)
        journal = Workload.objects.get(number="Ж100003")
        lesson = Lesson.objects.filter(workloads__workload=journal).earliest("starts_at")
        client.force_login(Teacher.objects.get(staff_number="Т00003").user)
        assert client.get(f"/journals/{journal.pk}/").status_code == 200
        assert client.get(f"/lessons/{lesson.pk}/").status_code == 200
        listed = client.get(f"/journals/?semester={lesson.semester_id}")
        assert f"/journals/{journal.pk}/" in listed.content.decode()
        student = Student.objects.get(record_book="27-000001")
        cell = {"lesson": lesson.pk, "student": student.pk, "version": 0, "value": "5"}
        answer = client.post(
            f"/journals/{journal.pk}/marks/",
            {"nonce": "5f0c3a56-6a43-4a57-8a4c-6f6ed20ad6b1", "marks": [cell]},
            content_type="application/json",
        )
        assert answer.json()["marks"][0]["code"] == "not_started"
        assert Mark.objects.count() == 0

    def test_4_1_others_see_nothing_of_it(self, client: Client, set_clock: Any) -> None:
        load(now=AUGUST)
        load(next_year(), now=DECEMBER)
        set_clock(DECEMBER)
        client.force_login(Teacher.objects.get(staff_number="Т00002").user)
        journal = Workload.objects.get(number="Ж100003")
        assert client.get(f"/journals/{journal.pk}/").status_code == 404

    def test_4_1_successor_reads_before_his_first_day_and_writes_from_it(self, client: Client, set_clock: Any) -> None:
        load(now=AUGUST)
        journal = Workload.objects.get(number="Ж000003")
        keeper = journal.teachers.get()
        keeper.ends_on = date(2026, 9, 30)
        keeper.save()
        second = Teacher.objects.get(staff_number="Т00002")
        journal.teachers.create(teacher=second, starts_on=date(2026, 10, 1))
        client.force_login(second.user)
        body = {"nonce": "5f0c3a56-6a43-4a57-8a4c-6f6ed20ad6b2", "marks": []}
        set_clock(clock.moment_of(date(2026, 9, 30), time(12, 0)))
        assert client.get(f"/journals/{journal.pk}/").status_code == 200
        assert client.post(f"/journals/{journal.pk}/marks/", body, content_type="application/json").status_code == 403
        set_clock(clock.moment_of(date(2026, 10, 1), time(12, 0)))
        assert client.post(f"/journals/{journal.pk}/marks/", body, content_type="application/json").status_code != 403


def test_dry_run_of_next_year_says_no_group_is_emptied() -> None:
    load(now=AUGUST)
    shown = plan(next_year(), now=DECEMBER).plan
    assert shown is not None
    assert shown.emptied == []
