"""Ids of AVN: the same person stays the same, whatever number he comes with (§4.1)."""

from typing import Any

import pytest

from accounts.models import Student, Teacher, User
from ejournal.loading.undo import undo_load
from teaching.models import CourseEnrolment
from tests.loading.applying import AUGUST, load, loader, plan
from tests.loading.books import Rows, only, small

pytestmark = pytest.mark.django_db


def with_ids(*ids: str, heading: str = "АВН №", prefix: str = "") -> Any:
    """Adds a column of ids to the first rows."""

    def change(rows: Rows) -> Rows:
        values = [*ids, *[""] * (len(rows) - 1 - len(ids))]
        return [[*rows[0], heading], *([*row, value] for row, value in zip(rows[1:], values, strict=True))]

    return change


def ids_of(model: Any) -> list[str | None]:
    key = "record_book" if model is Student else "staff_number"
    return list(model.objects.order_by(key).values_list("user__external_id", flat=True))


def errors(book: dict[str, Rows]) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.row) for problem in plan(book).problems.errors]


@pytest.mark.parametrize("heading", ["АВН №", "Код АВН", "AVN id", "avn"])
def test_are_kept_whatever_the_heading(heading: str) -> None:
    load(small(Студенттер=with_ids("A1", "A2", heading=heading), Окутуучулар=with_ids("T1", heading=heading)))
    assert ids_of(Student) == ["A1", "A2", None, None, None]
    assert ids_of(Teacher) == ["T1", None, None]


def test_come_later_and_an_empty_cell_takes_none_away() -> None:
    load()
    load(small(Студенттер=with_ids("A1")))
    assert load(small(Студенттер=with_ids("A1"))).wrote_nothing
    assert load(small(Студенттер=with_ids(""))).wrote_nothing
    assert load(small()).wrote_nothing
    assert ids_of(Student)[0] == "A1"


class TestAnotherNumber:
    def book(self) -> dict[str, Rows]:
        book = small(Студенттер=with_ids("A1"), Окутуучулар=with_ids("T1"))
        book["Студенттер"][1][0] = "27-000099"
        return book

    def test_is_the_same_student(self) -> None:
        load(small(Студенттер=with_ids("A1"), Окутуучулар=with_ids("T1")))
        before = Student.objects.get(record_book="26-000001")
        enrolled = list(CourseEnrolment.objects.filter(student=before).order_by("id").values())
        done = load(self.book())
        sheet = done.plan.as_json()["sheets"][8]
        assert [row["fields"] for row in sheet["changed_rows"]] == [[["Зачёттук китепче №", "26-000001", "27-000099"]]]
        assert (Student.objects.count(), User.objects.filter(student__isnull=False).count()) == (5, 5)
        after = Student.objects.get(record_book="27-000099")
        assert (after.pk, after.user_id, after.user.username) == (before.pk, before.user_id, before.user.username)
        assert list(CourseEnrolment.objects.filter(student=after).order_by("id").values()) == enrolled
        assert load(self.book()).wrote_nothing

    def test_is_the_same_teacher(self) -> None:
        load(small(Окутуучулар=with_ids("T1")))
        before = Teacher.objects.get(staff_number="Т00001")
        book = only("Окутуучулар", book=small(Окутуучулар=with_ids("T1")))
        book["Окутуучулар"][1][0] = "Т77777"
        load(book)
        assert Teacher.objects.get(staff_number="Т77777").pk == before.pk

    def test_is_undone_like_everything(self) -> None:
        load(small(Студенттер=with_ids("A1"), Окутуучулар=with_ids("T1")))
        done = load(self.book())
        assert done.applied is not None
        undo_load(done.applied.pk, by=loader(), now=AUGUST)
        assert Student.objects.filter(record_book="26-000001").exists()


class TestConflicts:
    def test_twice_in_the_file(self) -> None:
        assert errors(small(Студенттер=with_ids("A1", "A1"))) == [("duplicate_key", 3)]

    def test_the_number_of_somebody_else(self) -> None:
        load(small(Студенттер=with_ids("A1", "A2")))
        assert errors(small(Студенттер=with_ids("A9"))) == [("other_person", 2)]

    def test_the_id_of_somebody_who_has_another_number(self) -> None:
        load(small(Студенттер=with_ids("A1")))
        assert errors(small(Студенттер=with_ids("", "A1"))) == [("external_id_taken", 3)]

    def test_the_id_of_somebody_in_the_file_under_a_new_number(self) -> None:
        load(small(Студенттер=with_ids("A1")))
        row = ["27-000099", "Башка", "Бирөө", "", "", "аял", "ФИЗ-11", "1", "", "", "", "A1"]
        assert errors(small(Студенттер=lambda rows: [*with_ids("")(rows), row])) == [("external_id_taken", 7)]


class TestOneAccount:
    def test_serves_who_teaches_and_studies(self) -> None:
        load(small(Окутуучулар=with_ids("P1")))
        row = ["27-000099", "Осмонов", "Эрлан", "Талант уулу", "", "эркек", "ФИЗ-11", "1", "", "", "", "P1"]
        load(small(Студенттер=lambda rows: [*with_ids("")(rows), row]))
        assert Student.objects.get(record_book="27-000099").user == Teacher.objects.get(staff_number="Т00001").user

    def test_two_that_were_made_already_are_an_error(self) -> None:
        load(small(Окутуучулар=with_ids("P1")))
        assert errors(small(Студенттер=with_ids("P1"))) == [("external_id_taken", 2)]

    def test_of_somebody_who_does_neither(self) -> None:
        load()
        User.objects.filter(username="loader").update(external_id="P1")
        assert errors(small(Студенттер=with_ids("P1"))) == [("external_id_taken", 2)]
