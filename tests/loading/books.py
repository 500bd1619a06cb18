"""Workbooks made for tests: a small university, and the means to spoil it."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

ONE_INSTITUTE = Path(__file__).resolve().parent.parent.parent / "data" / "one-institute.xlsx"
MAIN_PART = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

Rows = list[list[Any]]

SMALL: dict[str, Rows] = {
    "Окуу жылы": [
        ["Окуу жылы", "Семестр", "Башталышы", "Аякташы", "1-модулдун аягы", "2-модулдун аягы", "Сессиянын аягы"],
        # 1 September 2026 is a Tuesday: week 1 begins on Monday, 31 August, and is odd.
        [
            "2026/2027",
            1,
            date(2026, 9, 1),
            date(2026, 12, 26),
            date(2026, 10, 24),
            date(2026, 12, 26),
            date(2027, 1, 16),
        ],
    ],
    "Майрамдар": [["Күнү", "Аталышы"], [date(2026, 11, 7), "Тарых жана ата-бабаларды эскерүү күнү"]],
    "Коңгуроо": [["Пара", "Башталышы", "Аякташы"], [1, "08:00", "09:20"], [2, "09:30", "10:50"], [3, "11:00", "12:20"]],
    "Түзүмдөр": [["Коду", "Аталышы", "Түрү"], ["01", "Табият таануу институту", "институт"]],
    "Кафедралар": [
        ["Коду", "Аталышы", "Түзүм", "Түрү"],
        ["0101", "Физика кафедрасы", "01", "кафедра"],
        ["0102", "Математика кафедрасы", "01", "кафедра"],
    ],
    "Аудиториялар": [["Коду", "Корпус", "Номери", "Орун саны"], ["Б-101", "Б", "101", 30], ["Б-102", "Б", "102", 60]],
    "Окутуучулар": [
        ["Табелдик №", "Фамилиясы", "Аты", "Атасынын аты", "Кафедра", "Кызматы"],
        ["Т00001", "Осмонов", "Эрлан", "Талант уулу", "0101", "доцент"],
        ["Т00002", "Курманбекова", "Гүлнара", "Асан кызы", "0102", "окутуучу"],
        ["Т00003", "Бектенова", "Элнура", "Бакыт кызы", "0101", "профессор"],
    ],
    "Тайпалар": [
        ["Тайпа", "Түзүм", "Адистик", "Кабыл алынган жылы", "Куратор"],
        ["ФИЗ-11", "01", "ФИЗ", 2026, "Т00001"],
        ["ФИЗ-12", "01", "ФИЗ", 2026, "Т00002"],
    ],
    "Студенттер": [
        [
            "Зачёттук китепче №",
            "Фамилиясы",
            "Аты",
            "Атасынын аты",
            "Туулган күнү",
            "Жынысы",
            "Тайпа",
            "Кичи тайпа",
            "Телефону",
            "Ата-энеси",
            "Ата-энесинин телефону",
        ],
        ["26-000001", "Шаршенова", "Айгерим", "Бакыт кызы", date(2008, 6, 21), "аял", "ФИЗ-11", "1", "+996700000001",
         "Шаршенова Бурул", "+996550000001"],
        ["26-000002", "Абдырахманова", "Уулкан", "Үсөн кызы", date(2008, 9, 3), "аял", "ФИЗ-11", "2", "+996700000002",
         "Абдырахманова Гүлнара", "+996550000002"],
        ["26-000003", "Сапаров", "Өзгөн", "Эмир уулу", date(2008, 1, 30), "эркек", "ФИЗ-11", "1", "", "", ""],
        ["26-000004", "Эшматова", "Чынара", "", date(2008, 2, 29), "аял", "ФИЗ-12", "1", "", "", ""],
        ["26-000005", "Кадыров", "Нурсултан", "Жаныбек уулу", date(2007, 12, 31), "эркек", "ФИЗ-12", "2", "", "", ""],
    ],
    "Окуу планы": [
        [
            "Адистик",
            "Кабыл алынган жылы",
            "Окуу жылы",
            "Семестр",
            "Дисциплина",
            "Лекция",
            "Практикалык",
            "Лабораториялык",
            "Кредит",
            "Текшерүү түрү",
        ],
        ["ФИЗ", 2026, "2026/2027", 1, "Механика", 34, 34, 0, 4, "экзамен"],
        ["ФИЗ", 2026, "2026/2027", 1, "Өсүмдүк өстүрүү", 0, 0, 18, 2, "зачёт"],
    ],
    "Окуу жүктөмү": [
        [
            "Жүктөм №",
            "Окуу жылы",
            "Семестр",
            "Дисциплина",
            "Кафедра",
            "Тайпа",
            "Кичи тайпа",
            "Сабактын түрү",
            "Сааты",
            "Текшерүү түрү",
            "Кредит",
            "Окутуучу",
            "Агым",
        ],
        # A stream: both groups hear the lecture together.
        ["Ж000001", "2026/2027", 1, "Механика", "0101", "ФИЗ-11", "", "лекция", 34, "экзамен", 4, "Т00001", "А000001"],
        ["Ж000002", "2026/2027", 1, "Механика", "0101", "ФИЗ-12", "", "лекция", 34, "экзамен", 4, "Т00001", "А000001"],
        ["Ж000003", "2026/2027", 1, "Механика", "0101", "ФИЗ-11", "", "практикалык", 34, "экзамен", 4, "Т00003", ""],
        ["Ж000004", "2026/2027", 1, "Өсүмдүк өстүрүү", "0102", "ФИЗ-11", "1", "лабораториялык", 18, "зачёт", 2,
         "Т00002", ""],
        ["Ж000005", "2026/2027", 1, "Өсүмдүк өстүрүү", "0102", "ФИЗ-11", "2", "лабораториялык", 18, "зачёт", 2,
         "Т00003", ""],
    ],
    "Жадыбал": [
        ["Жүктөм №", "Күн", "Пара", "Жума", "Аудитория"],
        ["Ж000001", "дүйшөмбү", 1, "ар жума", "Б-102"],
        ["Ж000002", "дүйшөмбү", 1, "ар жума", "Б-102"],
        # The same stream apart: another room for each.
        ["Ж000001", "жума", 2, "алымы", "Б-101"],
        ["Ж000002", "жума", 2, "алымы", "Б-102"],
        ["Ж000003", "ишемби", 3, "ар жума", ""],
        ["Ж000004", "шаршемби", 1, "алымы", "Б-101"],
        ["Ж000005", "шаршемби", 1, "бөлүмү", "Б-101"],
    ],
}  # fmt: skip


def small(**changes: Callable[[Rows], Rows | None]) -> dict[str, Rows]:
    """The small university, each named sheet passed through a function that spoils or replaces its rows."""
    book = deepcopy(SMALL)
    for name, change in changes.items():
        sheet = name.replace("_", " ")
        book[sheet] = change(book[sheet]) or book[sheet]
    return book


def only(*names: str, book: Mapping[str, Rows] | None = None) -> dict[str, Rows]:
    """Some sheets of a book."""
    return {name: deepcopy((book or SMALL)[name]) for name in names}


def set_cell(row: int, column: int, value: object) -> Callable[[Rows], None]:
    """Puts a value into a cell, both numbered from 1 as in the spreadsheet."""

    def change(rows: Rows) -> None:
        rows[row - 1][column - 1] = value

    return change


def xlsx(
    book: Mapping[str, Sequence[Sequence[Any]]] | None = None, *, touch: Callable[[Workbook], None] | None = None
) -> bytes:
    """An XLSX of a book; `touch` does to it what values cannot say."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in (SMALL if book is None else book).items():
        sheet: Worksheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
    if touch:
        touch(workbook)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def with_part(content: bytes, part: str, change: Callable[[bytes], bytes] | bytes) -> bytes:
    """The same archive with one part changed, replaced or added. (openpyxl makes no shared strings.)"""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        new.writestr(part, change if isinstance(change, bytes) else change(old.read(part)))
    return made.getvalue()


def sheet_xml(body: str, *, before: str = "", after: str = "") -> bytes:
    """A sheet's part around its rows."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet xmlns="{MAIN_PART}">'
        f"<sheetData>{body}</sheetData>{after}</worksheet>"
    ).encode()
