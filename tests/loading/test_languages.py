"""Old headings, headings in three languages, and CSV as the programs of the house write it (§4.1)."""

import csv
import io

import pytest

from ejournal.loading.reading import SourceFile, read_files
from ejournal.loading.rows import SheetKey
from ejournal.loading.sheets import SHEETS, column_by_heading, sheet_by_name
from tests.loading.books import SMALL

ENCODINGS = {"utf-8": "utf-8", "utf-8 with its mark": "utf-8-sig", "cp1251": "cp1251", "utf-16": "utf-16"}
RUSSIAN = {
    "Зачёттук китепче №": "№ зачётной книжки",
    "Фамилиясы": "Фамилия",
    "Аты": "Имя",
    "Атасынын аты": "Отчество",
    "Туулган күнү": "Дата рождения",
    "Жынысы": "Пол",
    "Тайпа": "Группа",
    "Кичи тайпа": "Подгруппа",
    "Телефону": "Телефон",
    "Ата-энеси": "Родитель",
    "Ата-энесинин телефону": "Телефон родителя",
}


def students(*, separator: str, encoding: str) -> bytes:
    """The sheet of students with Russian headings and names without ң, ө, ү, which cp1251 does not have."""
    written = io.StringIO()
    rows = csv.writer(written, delimiter=separator)
    rows.writerow([RUSSIAN[heading] for heading in SMALL["Студенттер"][0]])
    rows.writerow(
        ["26-000001", "Шаршенова", "Айгерим", "Бакыт кызы", "21.06.2008", "женский", "ФИЗ-11", "1", "", "", ""]
    )
    return written.getvalue().encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("separator", [";", ",", "\t"], ids=["semicolon", "comma", "tab"])
def test_4_1_csv_is_read_in_every_encoding_and_with_every_separator(separator: str, encoding: str) -> None:
    content = students(separator=separator, encoding=encoding)
    book, problems = read_files([SourceFile("Студенты.csv", content)], progress=lambda percent: None)
    assert [problem.code for problem in problems] == []
    row = book.students.rows[0]
    assert (row.record_book, row.last_name, row.sex, row.group, row.subgroup) == (
        "26-000001", "Шаршенова", "female", "ФИЗ-11", 1
    )  # fmt: skip


@pytest.mark.parametrize("key", list(SheetKey))
def test_4_1_every_column_is_understood_in_three_languages(key: SheetKey) -> None:
    """Two names in Cyrillic at least, since Kyrgyz and Russian may agree («Семестр»), and one in Latin letters."""
    lacking = [
        column.heading
        for column in SHEETS[key].columns
        if not any(name.isascii() or "№" in name for name in column.names) or len(column.names) < 2
    ]
    assert lacking == []
    for column in SHEETS[key].columns:
        for name in column.names:
            assert column_by_heading(key, name) is column, name
            assert column_by_heading(key, f" {name.upper()} ") is column, name


@pytest.mark.parametrize("key", list(SheetKey))
def test_4_1_every_sheet_is_understood_in_three_languages(key: SheetKey) -> None:
    names = SHEETS[key].names
    assert any(name.isascii() for name in names)
    assert {sheet_by_name(name) for name in names} == {key}


# As the workbooks of earlier years had them.
OLD = [
    (SheetKey.GROUPS, "Топ", "name"),
    (SheetKey.GROUPS, "Багыт", "programme"),
    (SheetKey.STUDENTS, "Тайпача", "subgroup"),
    (SheetKey.STUDENTS, "Сынак китепчеси №", "record_book"),
    (SheetKey.TEACHERS, "Табелдик номери", "number"),
    (SheetKey.WORKLOAD, "Жүктөм", "number"),
    (SheetKey.WORKLOAD, "Сабак", "discipline"),
    (SheetKey.WORKLOAD, "Вид занятий", "kind"),
    (SheetKey.TIMETABLE, "Апта", "parity"),
    (SheetKey.TIMETABLE, "Бөлмө", "room"),
    (SheetKey.SEMESTERS, "Жарым жылдык", "semester"),
    # Without the Kyrgyz letters of a keyboard that has none.
    (SheetKey.STUDENTS, "Туулган куну", "birth_date"),
    (SheetKey.WORKLOAD, "Жуктом №", "number"),
    (SheetKey.TIMETABLE, "Жуктом номери", "workload"),
]


@pytest.mark.parametrize(("key", "heading", "field"), OLD, ids=[heading for _, heading, _ in OLD])
def test_4_1_old_headings_are_understood(key: SheetKey, heading: str, field: str) -> None:
    found = column_by_heading(key, heading)
    assert found is not None
    assert found.field == field
