"""Names near to equal: pointed out in the dry run, never made one (ң/н ө/о ү/у, spaces, case, Latin letters)."""

from datetime import date
from typing import Any

import pytest

from accounts.models import User
from tests.loading.applying import load, plan
from tests.loading.books import only, set_cell, small
from university.models import Department, Discipline, Room

pytestmark = pytest.mark.django_db

OTHER_WARNINGS = {"mixed_letters", "clashes", "teacher_clash", "group_clash", "room_clash"}


def warned(book: Any) -> list[tuple[str, str, int | None, str]]:
    checked = plan(book)
    assert checked.problems.errors == []
    assert checked.plan is not None
    # Clashes of the timetable and letters of two alphabets are told apart from names.
    about_names = [p for p in checked.problems.warnings if p.code not in OTHER_WARNINGS]
    return [(p.code, p.sheet, p.row, p.params["other"]) for p in about_names]


def student(number: str, last: str, first: str, patronymic: str, born: object, group: str) -> Any:
    row = [number, last, first, patronymic, born, "аял", group, "1", "", "", ""]
    return lambda rows: [rows[0], row]


class TestPeople:
    def test_same_birth_date_in_another_group(self) -> None:
        load()
        book = only("Студенттер", book=small(Студенттер=student(
            "26-000077", "Абдырахманова", "Уулкан", "Усон кызы", date(2008, 9, 3), "ФИЗ-12")))  # fmt: skip
        assert warned(book) == [("same_person", "Студенттер", 2, "Абдырахманова Уулкан Үсөн кызы")]

    @pytest.mark.parametrize("born", ["", date(2009, 9, 3)])
    def test_same_group_with_another_birth_date_or_none(self, born: object) -> None:
        load()
        book = only("Студенттер", book=small(Студенттер=student(
            "26-000077", "АБДЫРАХМАНОВА", "Уулкан", "Үсөн кызы", born, "ФИЗ-11")))  # fmt: skip
        assert warned(book) == [("same_person", "Студенттер", 2, "Абдырахманова Уулкан Үсөн кызы")]

    def test_namesake_of_another_group_and_day_is_somebody_else(self) -> None:
        load()
        book = only("Студенттер", book=small(Студенттер=student(
            "26-000077", "Абдырахманова", "Уулкан", "Үсөн кызы", date(2009, 9, 3), "ФИЗ-12")))  # fmt: skip
        assert warned(book) == []

    def test_inside_the_file(self) -> None:
        row = ["26-000009", "Сапаров", "Озгон", "Эмир уулу", "", "эркек", "ФИЗ-11", "1", "", "", ""]
        assert warned(small(Студенттер=lambda rows: [*rows, row])) == [
            ("same_person", "Студенттер", 7, "Сапаров Өзгөн Эмир уулу")
        ]

    def test_a_name_that_lost_its_letters_is_pointed_out(self) -> None:
        load()
        assert warned(small(Студенттер=set_cell(4, 3, "Озгон"), Окутуучулар=set_cell(3, 3, "Гулнара"))) == [
            ("letters_only", "Студенттер", 4, "Сапаров Өзгөн Эмир уулу"),
            ("letters_only", "Окутуучулар", 3, "Курманбекова Гүлнара Асан кызы"),
        ]

    def test_another_name_is_a_change_and_no_slip(self) -> None:
        load()
        assert warned(small(Студенттер=set_cell(2, 2, "Кадырова"))) == []

    def test_two_spaces_in_the_journal(self) -> None:
        load()
        User.objects.filter(username="26-000002").update(patronymic="Үсөн  кызы")
        assert warned(small()) == [("letters_only", "Студенттер", 3, "Абдырахманова Уулкан Үсөн  кызы")]

    def test_nothing_is_made_one(self) -> None:
        load()
        row = ["26-000009", "Сапаров", "Озгон", "Эмир уулу", date(2008, 1, 30), "эркек", "ФИЗ-11", "1", "", "", ""]
        load(small(Студенттер=lambda rows: [*rows, row]))
        assert User.objects.filter(last_name="Сапаров").count() == 2


class TestOthers:
    @pytest.mark.parametrize("name", ["ФИЗ 11", "физ-11", "ФИ3-11"])
    def test_groups(self, name: str) -> None:
        load()
        book = only("Тайпалар", book=small(Тайпалар=lambda rows: [rows[0], [name, "01", "ФИЗ", 2027, "Т00001"]]))
        expected = [("similar_name", "Тайпалар", 2, "ФИЗ-11")] if name != "ФИ3-11" else []
        assert warned(book) == expected

    def test_groups_of_another_year_are_others(self) -> None:
        load()
        book = small(Окуу_жылы=set_cell(2, 1, "2027/2028"))
        for column, day in ((3, date(2027, 9, 1)), (4, date(2027, 12, 26)), (5, date(2027, 10, 24)),
                            (6, date(2027, 12, 26)), (7, date(2028, 1, 16))):  # fmt: skip
            book["Окуу жылы"][1][column - 1] = day
        book = only("Окуу жылы", "Тайпалар", book=book)
        book["Тайпалар"] = [book["Тайпалар"][0], ["ФИЗ 11", "01", "ФИЗ", 2027, "Т00001"]]
        assert warned(book) == []

    def test_rooms(self) -> None:
        load()
        Room.objects.create(code="Өзөн 1", number="1")
        book = only("Аудиториялар", book=small(Аудиториялар=lambda rows: [rows[0], ["Озон-1", "Б", "1", 30]]))
        assert warned(book) == [("similar_name", "Аудиториялар", 2, "Өзөн 1")]

    def test_departments_by_name_under_another_code(self) -> None:
        load()
        Department.objects.filter(code="0101").update(name="Өсүмдүк кафедрасы")
        book = only("Кафедралар", book=small(
            Кафедралар=lambda rows: [rows[0], ["0109", "Осумдук  кафедрасы", "01", "кафедра"]]))  # fmt: skip
        assert warned(book) == [("similar_name", "Кафедралар", 2, "Өсүмдүк кафедрасы")]

    def test_the_same_department_name_under_two_codes(self) -> None:
        load()
        book = only("Кафедралар", book=small(
            Кафедралар=lambda rows: [*rows, ["0109", "Физика кафедрасы", "01", "кафедра"]]))  # fmt: skip
        assert warned(book) == [("similar_name", "Кафедралар", 4, "Физика кафедрасы")]

    @pytest.mark.parametrize("name", ["Осумдук остуруу", "ӨСҮМДҮК ӨСТҮРҮҮ", "Өсүмдүк  өстүрүү ", "Өcүмдүк өстүрүү"])
    def test_disciplines(self, name: str) -> None:
        load()
        book = only("Окуу планы", book=small(Окуу_планы=set_cell(3, 5, name)))
        found = warned(book)
        assert found in ([("similar_discipline", "Окуу планы", 3, "Өсүмдүк өстүрүү")], [])
        assert (found == []) == (" ".join(name.split()) == "Өсүмдүк өстүрүү")
        load(book)
        assert Discipline.objects.count() == (2 if found == [] else 3)

    def test_a_clean_file_says_nothing(self) -> None:
        assert warned(small()) == []
        load()
        assert warned(small()) == []
