"""From files to rows and problems: every class of bad workbook is named, nothing raises."""

import io
import random
import re
import struct
import time as clock
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest
from openpyxl import Workbook

from ejournal.loading import xlsx as inspecting
from ejournal.loading.problems import CATALOG, Problem
from ejournal.loading.reading import SourceFile, read_files
from ejournal.loading.rows import Book, SheetKey, StudentRow
from ejournal.loading.sheets import SHEETS
from tests.loading.books import MAIN_PART, ONE_INSTITUTE, SMALL, only, set_cell, sheet_xml, small, with_part, xlsx


def read(content: bytes, name: str = "book.xlsx") -> tuple[Book, list[Problem]]:
    book, problems = read_files([SourceFile(name, content)])
    assert problems.refused == bool(problems.errors)
    return book, problems.kept


def found(problems: list[Problem]) -> list[tuple[str, str, int | None, str]]:
    """Problems as (code, sheet, row, column)."""
    return [(problem.code, problem.sheet, problem.row, problem.column) for problem in problems]


def codes(content: bytes, name: str = "book.xlsx") -> list[str]:
    return [problem.code for problem in read(content, name)[1]]


def csv_of(sheet: str, separator: str = ",", encoding: str = "utf-8") -> bytes:
    lines = []
    for row in SMALL[sheet]:
        cells = [f"{cell:%d.%m.%Y}" if isinstance(cell, date) else str(cell) for cell in row]
        lines.append(separator.join(f'"{cell}"' if separator in cell else cell for cell in cells))
    return "\r\n".join(lines).encode(encoding)


# --- What is read -----------------------------------------------------------------------------------------


def test_the_small_university_is_read_whole() -> None:
    book, problems = read(xlsx())
    assert problems == []
    assert [(table.key, len(table.rows)) for table in book.tables()] == [
        ("semesters", 1),
        ("holidays", 1),
        ("bells", 3),
        ("units", 1),
        ("departments", 2),
        ("rooms", 2),
        ("teachers", 3),
        ("groups", 2),
        ("students", 5),
        ("curriculum", 2),
        ("workload", 5),
        ("timetable", 7),
    ]
    assert book.students.rows[3].patronymic is None
    assert book.students.rows[2].at == 4
    assert book.timetable.rows[4].room is None


def test_the_shipped_workbook_is_read_without_a_problem() -> None:
    book, problems = read(ONE_INSTITUTE.read_bytes())
    assert problems == []
    assert (len(book.students.rows), len(book.workload.rows), len(book.timetable.rows)) == (2331, 976, 1284)


@pytest.mark.parametrize("language", [1, 2])
def test_russian_and_english_names_in_another_order(language: int) -> None:
    translated = {}
    for sheet in SHEETS.values():
        rows = SMALL[sheet.name]
        headings = []
        for heading in rows[0]:
            column = next(column for column in sheet.columns if column.heading == heading)
            ours = [name for name in column.names if name.isascii()] if language == 2 else column.names[1:2]
            headings.append((ours or column.names)[0])
        order = list(range(len(headings)))[::-1]
        translated[sheet.names[-1]] = [[row[n] for n in order] for row in [headings, *rows[1:]]]
    book, problems = read(xlsx(translated))
    assert problems == []
    plain, _ = read(xlsx())
    for table, same in zip(book.tables(), plain.tables(), strict=True):
        assert table.rows == same.rows


def test_headings_on_other_keyboards_with_odd_spaces_and_case() -> None:
    def spoil(rows: list[list[Any]]) -> None:
        rows[0] = [" ТАБЕЛДИК\xa0№ ", "фамилиясы", "Аты ", "Атасынын  аты", "КАФЕДРА", "кызматы"]

    book, problems = read(xlsx(small(Окутуучулар=spoil)))
    assert problems == []
    assert len(book.teachers.rows) == 3
    book, problems = read(xlsx({"конгуроо": SMALL["Коңгуроо"]}))
    assert len(book.bells.rows) == 3


def test_one_unnamed_sheet_is_known_by_its_headings() -> None:
    for name in SMALL:
        book, problems = read(xlsx({"Sheet1": SMALL[name]}))
        assert problems == []
        assert [len(table.rows) for table in book.tables()] == [len(SMALL[name]) - 1], name


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_of_every_sheet(separator: str, encoding: str) -> None:
    expected, _ = read(xlsx())
    for name in SMALL:
        book, problems = read(csv_of(name, separator, encoding), "something.csv")
        assert problems == []
        (table,) = book.tables()
        assert table.rows == getattr(expected, table.key.value).rows


def test_csv_in_cp1251_with_russian_headings() -> None:
    content = "Табельный №;Фамилия;Имя;Отчество;Кафедра\r\nТ00009;Иванов;Пётр;Ильич;0101\r\n".encode("cp1251")
    book, problems = read(content, "Преподаватели.csv")
    assert problems == []
    assert [(row.number, row.first_name) for row in book.teachers.rows] == [("Т00009", "Пётр")]


def test_csv_in_cp1251_that_lost_kyrgyz_letters() -> None:
    content = "Табельный №;Фамилия;Имя;Кафедра\r\nТ00009;Үсөнов;Өзгөн;0101\r\n".encode("cp1251", "replace")
    _, problems = read(content, "Преподаватели.csv")
    assert found(problems) == [
        ("lost_letters", "Преподаватели", 2, "Фамилия"),
        ("lost_letters", "Преподаватели", 2, "Имя"),
    ]


def test_several_files_of_one_sheet_are_one_book() -> None:
    files = [SourceFile(f"{name}.csv", csv_of(name)) for name in SMALL]
    book, problems = read_files(files)
    assert list(problems) == []
    assert len(book.tables()) == 12
    _, problems = read_files([files[0], files[0]])
    assert [problem.code for problem in problems] == ["repeated_sheet"]


def test_spaces_are_normalised_in_values() -> None:
    book, problems = read(xlsx(small(Окутуучулар=set_cell(2, 4, "\xa0Талант \xa0 уулу "))))
    assert problems == []
    assert book.teachers.rows[0].patronymic == "Талант уулу"


def test_numbers_and_dates_as_text_and_as_numbers() -> None:
    def spoil(rows: list[list[Any]]) -> None:
        rows[1][1:5] = ["1", "01.09.2026", 46382, "2026-10-24"]

    def bells(rows: list[list[Any]]) -> None:
        rows[1] = ["1", time(8), 9 / 24 + 20 / 1440]

    book, problems = read(xlsx(small(Окуу_жылы=spoil, Коңгуроо=bells)))
    assert problems == []
    plain, _ = read(xlsx())
    assert book.semesters.rows == plain.semesters.rows
    assert book.bells.rows == plain.bells.rows


def test_dates_counted_from_1904() -> None:
    content = xlsx(small(Майрамдар=set_cell(2, 1, 46333 - 1462)))
    content = with_part(
        content, "xl/workbook.xml", lambda xml: xml.replace(b"<workbookPr ", b'<workbookPr date1904="1" ')
    )
    book, _ = read(content)
    assert book.holidays.rows[0].day == date(2026, 11, 7)


def test_empty_rows_between_and_after_are_skipped_and_rows_keep_their_numbers() -> None:
    def spoil(rows: list[list[Any]]) -> list[list[Any]]:
        return [["", ""], *rows[:1], ["  ", "\xa0"], *rows[1:], ["", ""]]

    book, problems = read(xlsx(small(Майрамдар=spoil)))
    assert problems == []
    assert [row.at for row in book.holidays.rows] == [4]


def test_a_column_that_is_not_there_is_not_said() -> None:
    book, problems = read(xlsx({"Аудиториялар": [["Коду", "Номери"], ["Б-1", "1"]]}))
    assert problems == []
    assert (book.rooms.says("seats"), book.rooms.says("number")) == (False, True)


# --- Sheets and columns -----------------------------------------------------------------------------------


def test_unknown_sheets_and_columns_are_warned_of() -> None:
    def spoil(rows: list[list[Any]]) -> None:
        rows[0].append("Эскертүү")
        rows[1].append("…")
        rows[0].append("")
        rows[1].append("x")

    book, problems = read(xlsx({**small(Майрамдар=spoil), "Черновик": [["a"]]}))
    assert found(problems) == [
        ("unknown_sheet", "Черновик", None, ""),
        ("unknown_column", "Майрамдар", None, "Эскертүү"),
        ("unnamed_column", "Майрамдар", None, ""),
    ]
    assert len(book.holidays.rows) == 1


def test_missing_and_repeated_columns() -> None:
    _, problems = read(xlsx({"Майрамдар": [["Күнү", "Дата"], [1, 2]]}))
    assert found(problems) == [
        ("repeated_column", "Майрамдар", None, "Дата"),
        ("missing_column", "Майрамдар", None, "Аталышы"),
    ]


def test_a_workbook_with_nothing_that_is_known() -> None:
    assert codes(xlsx({"Sheet1": [["Жок", "нерсе"], [1, 2]]})) == ["unknown_sheet", "no_known_sheet"]
    assert codes(xlsx({"Sheet1": []})) == ["no_known_sheet"]


def test_the_same_sheet_in_two_languages() -> None:
    assert codes(xlsx({"Праздники": SMALL["Майрамдар"], "Майрамдар": SMALL["Майрамдар"]})) == ["repeated_sheet"]


def test_headings_alone() -> None:
    book, problems = read(xlsx({"Майрамдар": [["Күнү", "Аталышы"]]}))
    assert problems == []
    assert book.holidays.rows == []


# --- Cells ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "row", "column", "value", "code"),
    [
        ("Окуу жылы", 2, 1, "2026", "not_a_year"),
        ("Окуу жылы", 2, 2, 3, "unknown_word"),
        ("Окуу жылы", 2, 3, "31.09.2026", "not_a_date"),
        ("Окуу жылы", 2, 6, "", "empty"),
        ("Коңгуроо", 3, 1, 1.5, "not_whole"),
        ("Коңгуроо", 3, 2, "25:00", "not_a_time"),
        ("Түзүмдөр", 2, 3, "мектеп", "unknown_word"),
        ("Түзүмдөр", 2, 2, "Ж" * 201, "too_long"),
        ("Аудиториялар", 3, 4, -1, "out_of_range"),
        ("Аудиториялар", 3, 3, date(2026, 1, 2), "date_in_text"),
        ("Окутуучулар", 2, 2, "", "empty"),
        ("Окутуучулар", 2, 2, "  ", "empty"),
        ("Окутуучулар", 2, 2, "Осмонов1", "not_a_name"),
        ("Окутуучулар", 2, 2, True, "not_a_name"),
        ("Тайпалар", 2, 4, "2026-ж.", "not_whole"),
        ("Студенттер", 2, 5, "2008", "not_a_date"),
        ("Студенттер", 2, 5, datetime(2008, 6, 21, 13, 5), "not_a_date"),  # noqa: DTZ001 -- as a cell gives it
        ("Студенттер", 2, 6, "белгисиз", "unknown_word"),
        ("Студенттер", 2, 8, "3½", "not_whole"),
        ("Окуу жүктөмү", 2, 9, "３４", "not_whole"),
        ("Окуу жүктөмү", 2, 10, "сынак", "unknown_word"),
        ("Окуу жүктөмү", 2, 11, "4.25", "out_of_range"),
        ("Жадыбал", 2, 2, "жекшемби", "unknown_word"),
        ("Жадыбал", 2, 4, "кээде", "unknown_word"),
        ("Жадыбал", 2, 3, 16, "out_of_range"),
    ],
)
def test_a_bad_cell_is_named(sheet: str, row: int, column: int, value: Any, code: str) -> None:
    book = small(**{sheet.replace(" ", "_"): set_cell(row, column, value)})
    if value is True:
        code = "wrong_type"
    _, problems = read(xlsx(book))
    assert found(problems) == [(code, sheet, row, SMALL[sheet][0][column - 1])]
    assert problems[0].message


def test_half_valid_names_every_bad_row() -> None:
    def spoil(rows: list[list[Any]]) -> None:
        rows[2][4] = "жок"
        rows[3][1] = ""
        rows[5][5] = "?"

    book, problems = read(xlsx(small(Студенттер=spoil)))
    assert found(problems) == [
        ("not_a_date", "Студенттер", 3, "Туулган күнү"),
        ("empty", "Студенттер", 4, "Фамилиясы"),
        ("unknown_word", "Студенттер", 6, "Жынысы"),
    ]
    assert [row.record_book for row in book.students.rows] == ["26-000001", "26-000004"]
    assert [values["record_book"] for values in book.students.broken] == ["26-000002", "26-000003", "26-000005"]


def test_control_characters_are_refused() -> None:
    content = with_part(
        xlsx({"Майрамдар": SMALL["Майрамдар"]}),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("Тарых жана".encode(), b"A_x0000_B"),
    )
    _, problems = read(content)
    assert found(problems) == [("control_character", "Майрамдар", 2, "Аталышы")]
    assert problems[0].value.startswith("A·B ")
    assert codes("Күнү,Аталышы\n07.11.2026,A\x1bB\n".encode(), "Майрамдар.csv") == ["control_character"]


def test_mixed_letters_in_a_name_are_warned_of() -> None:
    _, problems = read(xlsx(small(Окутуучулар=set_cell(2, 3, "Эpлан"))))
    assert found(problems) == [("mixed_letters", "Окутуучулар", 2, "Аты")]


def test_duplicate_keys_name_both_rows() -> None:
    def spoil(rows: list[list[Any]]) -> None:
        rows[3][0] = "26-000001 "

    _, problems = read(xlsx(small(Студенттер=spoil)))
    assert found(problems) == [("duplicate_key", "Студенттер", 4, "Зачёттук китепче №")]
    assert problems[0].params == {"other": "2"}


def test_keys_that_only_look_the_same() -> None:
    _, problems = read(xlsx(small(Окутуучулар=set_cell(3, 1, "T00001"))))  # a Latin T
    assert found(problems) == [("lookalike_key", "Окутуучулар", 3, "Табелдик №")]


def test_a_line_of_the_curriculum_repeated_but_for_spaces() -> None:
    def spoil(rows: list[list[Any]]) -> None:
        rows[2][4] = "Өсүмдүк өстүрүү"
        rows.append([*rows[2]])
        rows[3][4] = "Өсүмдүк  өстүрүү"
        rows[3][7] = 36

    book, problems = read(xlsx(small(Окуу_планы=spoil)))
    assert found(problems) == [("repeated_but_for_spaces", "Окуу планы", 4, "Дисциплина")]
    assert [row.laboratory_hours for row in book.curriculum.rows] == [0, 18]
    _, problems = read(xlsx(small(Окуу_планы=lambda rows: [*rows, rows[2]])))
    assert found(problems) == [("duplicate_key", "Окуу планы", 4, "Адистик")]


# --- What values do not show ------------------------------------------------------------------------------


def test_formulas_are_named_cell_by_cell() -> None:
    def touch(workbook: Workbook) -> None:
        workbook["Окуу жүктөмү"]["I3"] = "=17*2"
        workbook["Студенттер"]["B2"] = '=HYPERLINK("http://example.org","x")'

    _, problems = read(xlsx(touch=touch))
    assert found(problems) == [
        ("formula", "Студенттер", 2, "Фамилиясы"),
        ("formula", "Окуу жүктөмү", 3, "Сааты"),
    ]


def test_formulas_in_csv_and_in_columns_that_are_not_read() -> None:
    assert codes("Күнү,Аталышы\n07.11.2026,=1+1\n".encode(), "a.csv") == ["formula"]
    assert codes("Күнү,Аталышы,Эсеп\n07.11.2026,Майрам,=1+1\n".encode(), "a.csv") == ["unknown_column"]


def test_errors_of_the_spreadsheet_are_named() -> None:
    def touch(workbook: Workbook) -> None:
        workbook["Окуу жүктөмү"]["L4"] = "#N/A"
        workbook["Окуу жүктөмү"]["L4"].data_type = "e"

    _, problems = read(xlsx(touch=touch))
    assert found(problems) == [("cell_error", "Окуу жүктөмү", 4, "Окутуучу")]


def test_merged_cells_are_refused() -> None:
    def touch(workbook: Workbook) -> None:
        workbook["Жадыбал"].merge_cells("E2:E3")
        workbook["Жадыбал"].merge_cells("H2:I3")  # beside the table: nobody's business

    _, problems = read(xlsx(touch=touch))
    assert found(problems) == [("merged_cells", "Жадыбал", 2, "Аудитория")]
    assert problems[0].params == {"range": "E2:E3"}


def test_hidden_rows_are_refused_as_runs() -> None:
    def touch(workbook: Workbook) -> None:
        for row in (2, 3, 5, 9):  # row 9 is empty
            workbook["Студенттер"].row_dimensions[row].hidden = True

    _, problems = read(xlsx(touch=touch))
    assert found(problems) == [("hidden_rows", "Студенттер", 2, ""), ("hidden_rows", "Студенттер", 5, "")]
    assert problems[0].params == {"first": "2", "last": "3"}


def test_hidden_columns_and_sheets_are_refused() -> None:
    def touch(workbook: Workbook) -> None:
        workbook["Студенттер"].column_dimensions["G"].hidden = True
        workbook["Жадыбал"].sheet_state = "veryHidden"

    _, problems = read(xlsx(touch=touch))
    assert found(problems) == [("hidden_sheet", "Жадыбал", None, ""), ("hidden_column", "Студенттер", None, "Тайпа")]


# --- Files that are something else ------------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


def zip_of(**parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), body)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (OLE, "book.xls", "old_workbook"),
        (OLE, "book.xlsx", "old_workbook"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "book.xlsx", "encrypted"),
        (b"MZ\x90\x00" + b"\x00" * 200, "book.xlsx", "not_a_workbook"),
        (b"MZ\x90\x00" + b"\x00" * 200, "book.exe", "not_a_workbook"),
        (b"%PDF-1.7\n", "book.xlsx", "not_a_workbook"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "book.csv", "not_a_workbook"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "book.xls", "not_a_workbook"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "book.csv", "not_a_workbook"),
        (b"", "book.xlsx", "not_a_workbook"),
        (b"   \n", "book.csv", "not_a_workbook"),
        ("Күнү,Аталышы\n".encode(), "book.xlsx", "renamed"),
        ("Күнү,Аталышы\n".encode(), "book.exe", "not_a_workbook"),
        (b"PK\x03\x04 and then nothing", "book.xlsx", "damaged"),
        (zip_of(a_txt="1"), "book.zip", "not_a_workbook"),
        (zip_of(a_txt="1"), "book.xlsx", "not_a_workbook"),
        (zip_of(word__document_xml="<a/>"), "book.xlsx", "other_workbook"),
        (zip_of(xl__workbook_bin="1"), "book.xlsx", "other_workbook"),
        (zip_of(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "book.ods", "other_workbook"),
        (zip_of(xl__workbook_xml="<a/>", xl__vbaProject_bin="1"), "book.xlsx", "macros"),
        (zip_of(xl__workbook_xml="<a/>"), "book.xlsx", "damaged"),
        (bytes(range(128, 256)) * 8, "book.csv", "unknown_encoding"),
        ('Күнү,Аталышы\n"07.11.2026,"x\n'.encode(), "book.csv", "broken_csv"),
    ],
)
def test_files_that_are_something_else(content: bytes, name: str, code: str) -> None:
    assert codes(content, name) == [code]


def test_a_workbook_under_another_name() -> None:
    assert codes(xlsx(), "book.csv") == ["renamed"]
    assert codes(xlsx(), "book.xls") == ["renamed"]


def test_a_macro_workbook() -> None:
    assert codes(with_part(xlsx(), "xl/vbaProject.bin", b"\x00"), "book.xlsx") == ["macros"]
    assert codes(with_part(xlsx(), "xl/macrosheets/sheet1.xml", b"<a/>"), "book.xlsx") == ["macros"]


def test_a_file_over_the_limit() -> None:
    assert codes(b"PK\x03\x04" + b"\x00" * (20 * 1024 * 1024)) == ["file_too_large"]


def test_cut_and_scribbled_files_are_refused_and_never_raise() -> None:
    whole = xlsx(only("Майрамдар", "Коңгуроо"))
    for cut in range(4, len(whole), 397):
        assert codes(whole[:cut])
    chance = random.Random(2026)
    for _ in range(300):
        spoilt = bytearray(whole)
        for _ in range(8):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        read(bytes(spoilt))


def test_parts_that_are_nonsense_are_refused_and_never_raise() -> None:
    content = xlsx({"Майрамдар": SMALL["Майрамдар"]})
    content = with_part(content, "xl/sharedStrings.xml", f'<sst xmlns="{MAIN_PART}"/>'.encode())
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/worksheets/sheet1.xml",
                 "xl/sharedStrings.xml"):  # fmt: skip
        for body in (b"", b"<a>", b"<a/>", b"\x00\x01", b"<a>&b;</a>", b"\xff\xfe<\x00a\x00"):
            spoilt = with_part(content, part, body)
            assert codes(spoilt) or (part, body) == ("xl/sharedStrings.xml", b"<a/>"), (part, body)


# --- Files that are a weapon ------------------------------------------------------------------------------


def test_entities_are_refused() -> None:
    laughs = '<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;&b;&b;">]>'
    content = xlsx({"Майрамдар": SMALL["Майрамдар"]})
    content = with_part(content, "xl/sharedStrings.xml", f'<sst xmlns="{MAIN_PART}"/>'.encode())
    for part in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"):
        spoilt = with_part(
            content, part, lambda xml: re.sub(rb"^(<[?].*?[?]>)?", rb"\1" + laughs.encode(), xml, count=1)
        )
        assert codes(spoilt) == ["damaged"], part


def test_a_compressed_bomb() -> None:
    bomb = b"<a>" + b" " * (60 * 1024 * 1024) + b"</a>"
    before = clock.monotonic()
    parts = ("xl/worksheets/sheet1.xml", "xl/styles.xml", "docProps/app.xml", "xl/sharedStrings.xml", "customXml/a.xml")
    for part in parts:
        assert codes(with_part(xlsx(), part, bomb)) == ["unpacks_too_large"]
    assert clock.monotonic() - before < 60


def test_a_bomb_that_lies_about_its_size() -> None:
    content = bytearray(with_part(xlsx(), "xl/styles.xml", lambda xml: xml + b" " * (30 * 1024 * 1024)))
    at = content.rfind(b"xl/styles.xml")
    assert content[at - 46 : at - 42] == b"PK\x01\x02"
    content[at - 22 : at - 18] = struct.pack("<I", 1000)
    assert codes(bytes(content)) == ["unpacks_too_large"]
    content = bytearray(xlsx())
    at = content.rfind(b"xl/styles.xml")
    content[at - 22 : at - 18] = struct.pack("<I", 1000)
    assert codes(bytes(content)) == ["damaged"]


def test_a_cell_at_the_end_of_the_world() -> None:
    for cell, code in (
        ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', ["too_many_rows"]),
        ('<row r="2"><c r="XFD2"><v>1</v></c></row>', ["too_many_columns"]),
        ('<row r="1048576"><c r="XFD1048576" t="s"/></row>', ["too_many_rows", "too_many_columns"]),
        ('<row r="2"><c r="A99999999"><v>1</v></c></row>', ["damaged"]),
        ('<row r="99999999999999999999"><c><v>1</v></c></row>', ["damaged"]),
        ('<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>', ["damaged"]),
        ('<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>', ["damaged"]),
        ('<row r="2"><c r="A2" t="s"><v>99</v></c></row>', ["damaged"]),
        ('<row r="2"><c r="A2" t="s"><v>-1</v></c></row>', ["damaged"]),
    ):
        body = sheet_xml(cell)
        content = with_part(xlsx({"Майрамдар": SMALL["Майрамдар"]}), "xl/worksheets/sheet1.xml", body)
        assert codes(content) == code, cell


def test_a_million_empty_rows() -> None:
    formatted = "".join(f'<row r="{n}" spans="1:2"><c r="A{n}" s="1"/></row>' for n in range(3, 50_000))
    rows = formatted + "".join(f'<row r="{n}" spans="1:2" ht="15"/>' for n in range(50_000, 1_048_577))
    head = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Күнү</t></is></c><c r="B1" t="inlineStr"><is><t>Аталышы</t></is></c>'
        '</row><row r="2"><c r="A2"><v>46333</v></c><c r="B2" t="inlineStr"><is><t>Майрам</t></is></c></row>'
    )
    body = sheet_xml(head + rows)
    content = with_part(xlsx({"Майрамдар": SMALL["Майрамдар"]}), "xl/worksheets/sheet1.xml", body)
    book, problems = read(content)
    assert problems == []
    assert [row.name for row in book.holidays.rows] == ["Майрам"]


def test_a_long_text_used_by_many_cells() -> None:
    strings = f'<sst xmlns="{MAIN_PART}"><si><t>Күнү</t></si><si><t>Аталышы</t></si><si><t>{"Ж" * 900}</t></si></sst>'
    cells = "".join(f'<row r="{n}"><c r="B{n}" t="s"><v>2</v></c></row>' for n in range(2, 120_000))
    body = sheet_xml('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>' + cells)
    content = xlsx({"Майрамдар": SMALL["Майрамдар"]})
    content = with_part(content, "xl/sharedStrings.xml", strings.encode())
    assert codes(with_part(content, "xl/worksheets/sheet1.xml", body)) == ["unpacks_too_large"]


def test_a_text_too_long_for_a_cell_is_named() -> None:
    _, problems = read(xlsx(small(Майрамдар=set_cell(2, 2, "Ж" * 5000))))
    assert found(problems) == [("too_long", "Майрамдар", 2, "Аталышы")]


def test_deep_and_many_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    content = xlsx({"Майрамдар": SMALL["Майрамдар"]})
    deep = sheet_xml("<a>" * 100_000 + "</a>" * 100_000)
    assert codes(with_part(content, "xl/worksheets/sheet1.xml", deep)) == ["damaged"]
    monkeypatch.setattr(inspecting, "ELEMENTS_LIMIT", 5000)
    many = sheet_xml("<a/>" * 50_000)
    assert codes(with_part(content, "xl/worksheets/sheet1.xml", many)) == ["unpacks_too_large"]


def test_a_part_that_is_there_twice() -> None:
    made = io.BytesIO(xlsx())
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("XL/Worksheets/sheet1.xml", "<a/>")
    assert codes(made.getvalue()) == ["damaged"]


def test_too_many_rows_in_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspecting, "ROW_LIMIT", 3)
    assert codes(csv_of("Жадыбал"), "Жадыбал.csv") == ["too_many_rows"]


# --- Problems themselves ----------------------------------------------------------------------------------


def test_problems_are_counted_beyond_those_that_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ejournal.loading.problems.KEPT", 10)
    rows = [["Күнү", "Аталышы"], *[["жок", "x"]] * 50]
    _, problems = read_files([SourceFile("a.xlsx", xlsx({"Майрамдар": rows}))])
    assert (len(problems.errors), sum(problems.counts.values())) == (10, 50)


def test_a_problem_is_stored_and_read_in_another_language() -> None:
    _, problems = read(xlsx(small(Коңгуроо=set_cell(3, 1, 99))))
    (problem,) = problems
    again = Problem.from_json(problem.as_json())
    assert again == problem
    assert "15" in again.message


def test_every_code_that_is_used_has_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    folder = Path(inspecting.__file__).parent
    used = set()
    for path in folder.glob("*.py"):
        source = path.read_text()
        used |= set(re.findall(r'BadValue\(\s*"(\w+)"', source))
        used |= set(re.findall(r'(?:_report|problems\.add|self\.add|_say)\(\s*"(\w+)"', source))
    assert used - CATALOG.keys() == set()


def test_a_row_is_what_the_sheet_says() -> None:
    book, _ = read(xlsx())
    row = book.students.rows[0]
    assert isinstance(row, StudentRow)
    assert (row.record_book, row.birth_date, row.group, row.subgroup) == ("26-000001", date(2008, 6, 21), "ФИЗ-11", 1)
    assert list(SheetKey)[-1] is SheetKey.TIMETABLE
