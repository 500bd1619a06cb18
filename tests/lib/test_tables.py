"""Small tables of strangers: what is read, and what is none."""

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from ejournal.lib.tables import BadTable, decode, plain, read_table, separator_of

LIMITS: dict[str, Any] = {"max_rows": 5, "max_columns": 3, "max_unpacked": 200_000}


def workbook(*rows: list[Any]) -> bytes:
    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return made.getvalue()


def with_part(content: bytes, name: str, body: bytes) -> bytes:
    made = BytesIO(content)
    with ZipFile(made, "a", ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return made.getvalue()


def code_of(content: bytes) -> str:
    with pytest.raises(BadTable) as bad:
        read_table(content, **LIMITS)
    return bad.value.code


def test_workbook_is_read_and_cut_at_its_columns() -> None:
    assert read_table(workbook(["Тема", "Саат", "а", "б"], ["А", 2]), **LIMITS) == [
        ["Тема", "Саат", "а"],
        ["А", 2.0, ""],
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_text_is_read_in_each_encoding(encoding: str) -> None:
    assert read_table("Тема;Саат\r\nА;2\r\n".encode(encoding), **LIMITS) == [["Тема", "Саат"], ["А", "2"]]


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\x02",
        b"PK\x03\x04 no archive",
        bytes(range(128, 256)),
        with_part(workbook(["а"]), "xl/vbaProject.bin", b"macro"),
        with_part(workbook(["а"]), "xl/bomb.bin", b"0" * 300_000),
    ],
)
def test_what_is_no_table_is_unreadable(content: bytes) -> None:
    assert code_of(content) == "unreadable"


def test_too_many_rows_are_too_long() -> None:
    assert code_of(workbook(*(["а"] for _ in range(6)))) == "too_long"
    assert code_of(b"a\n" * 6) == "too_long"


def test_separator_is_the_headings_own_outside_of_quotes() -> None:
    assert separator_of('"a;b;c",d\nx;y;z') == ","


def test_decode_knows_no_noise() -> None:
    assert decode(bytes(range(128, 256))) is None


def test_plain_shows_whole_numbers_without_a_point() -> None:
    assert (plain(2.0), plain(2.5), plain(" а ")) == ("2", "2.5", "а")
