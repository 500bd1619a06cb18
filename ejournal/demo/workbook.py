"""A book as the XLSX file that it would have been read from: so the demo goes the way of every workbook."""

from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from io import BytesIO

import xlsxwriter

from ejournal.loading.reading import SourceFile
from ejournal.loading.rows import Book
from ejournal.loading.sheets import SHEETS
from ejournal.loading.vocabulary import (
    CONTROL_FORMS,
    DEPARTMENT_KINDS,
    LESSON_KINDS,
    PARITIES,
    SEXES,
    UNIT_KINDS,
    WEEKDAYS,
)

_WORDS: dict[str, str] = {
    value.value: words[0]
    for table in (UNIT_KINDS, DEPARTMENT_KINDS, SEXES, LESSON_KINDS, CONTROL_FORMS, PARITIES)
    for value, words in table.items()
}


def book_file(book: Book, *, name: str) -> SourceFile:
    """The file, with the sheets that the book has and all their columns."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as workbook:
        for table in book.tables():
            sheet = SHEETS[table.key]
            columns = [column for column in sheet.columns if table.says(column.field)]
            page = workbook.add_worksheet(sheet.name)
            page.write_row(0, 0, [column.heading for column in columns])
            for number, row in enumerate(table.rows, start=1):
                for place, column in enumerate(columns):
                    _write(page, number, place, column.field, getattr(row, column.field))
    return SourceFile(name=name, content=content.getvalue())


def _write(page: "xlsxwriter.worksheet.Worksheet", row: int, column: int, field: str, value: object) -> None:
    match value:
        case None:
            return
        case StrEnum():
            page.write_string(row, column, _WORDS[value.value])
        case int() if field == "weekday":
            page.write_string(row, column, WEEKDAYS[value][0])
        case int() | Decimal():
            page.write_number(row, column, float(value))
        case date():
            page.write_datetime(row, column, value)
        case time():
            page.write_string(row, column, f"{value:%H:%M}")
        case _:
            page.write_string(row, column, str(value))
