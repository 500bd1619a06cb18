"""A plan as a table from outside (XLSX, CSV, pasted text) and as a workbook for outside."""

import codecs
import csv
import logging
import re
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import xlsxwriter
from django.utils.translation import gettext as _
from python_calamine import CalamineWorkbook

from ejournal.lib.errors import Refusal
from teaching.models import Plan, PlanItem
from teaching.rules import MAX_ITEM_HOURS, MAX_PLAN_ITEMS, PlanProblem

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 2 * 1024 * 1024
_UNPACKED_LIMIT = 30 * 1024 * 1024  # bytes of all parts of a workbook; a plan has a hundred lines
MAX_TEXT = 200_000  # characters of a pasted table
_ROWS_LIMIT = 2000  # of a table with whatever stands around a plan in it
_COLUMNS_LIMIT = 40
_ZIP = b"PK\x03\x04"
_CYRILLIC = re.compile(r"[А-Яа-яЁё]")


def read_plan_file(content: bytes) -> list[list[str]]:
    """The cells of the first sheet of a workbook, or of a CSV, as texts. What it is, its content says.

    Refused: `file_too_large` (413), `file_unreadable`.
    """
    if len(content) > MAX_FILE_BYTES:
        raise Refusal(
            _("The file is larger than %(limit)s MB.") % {"limit": MAX_FILE_BYTES // 2**20},
            code="file_too_large",
            status=413,
        )
    if content.startswith(_ZIP):
        return _read_workbook(content)
    if b"\x00" in content and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _unreadable()
    return read_plan_text(_decode(content))


def read_plan_text(text: str) -> list[list[str]]:
    """The cells of a table that was pasted or exported: by tabulators, else semicolons, else commas.

    Refused: `file_too_large` (413), `file_unreadable`.
    """
    if len(text) > MAX_TEXT:
        raise Refusal(_("The text is longer than a plan can be."), code="file_too_large", status=413)
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    heading = "".join(text.lstrip("\n").split("\n", 1)[0].split('"')[::2])
    separator = "\t" if "\t" in heading else max(";,", key=heading.count)
    try:
        records = list(csv.reader(StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        raise _unreadable() from None
    if len(records) > _ROWS_LIMIT:
        raise _too_long()
    return [record[:_COLUMNS_LIMIT] for record in records]


def _read_workbook(content: bytes) -> list[list[str]]:
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = [entry.filename.lower() for entry in archive.infolist()]
            unpacked = 0
            for entry in archive.infolist():
                # What the archive says of its sizes is not believed.
                with archive.open(entry) as part:
                    while chunk := part.read(1 << 16):
                        unpacked += len(chunk)
                        if unpacked > _UNPACKED_LIMIT:
                            raise _unreadable()
    except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        log.info("a plan's workbook could not be unpacked: %r", error)
        raise _unreadable() from None
    if "xl/workbook.xml" not in names or any(name.endswith("vbaproject.bin") for name in names):
        raise _unreadable()
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        rows: list[list[str]] = []
        for row in sheet.iter_rows():
            if len(rows) >= _ROWS_LIMIT:
                raise _too_long()
            rows.append([_text(cell) for cell in row[:_COLUMNS_LIMIT]])
    except Refusal:
        raise
    # The reader raises whatever its format layer does; the file is a stranger's.
    except Exception as error:
        log.info("a plan's workbook could not be read: %r", error)
        raise _unreadable() from None
    return rows


def _too_long() -> Refusal:
    return Refusal(_("A plan has at most %(most)s lines.") % {"most": MAX_PLAN_ITEMS}, code="too_many")


def _text(cell: Any) -> str:
    """A cell as a person sees it: 2.0 is «2»."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1251"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp1251" or _CYRILLIC.search(text):
            return text
    raise _unreadable()


def _unreadable() -> Refusal:
    return Refusal(
        _("This file cannot be read: a plan comes from an XLSX workbook without macros, or from CSV."),
        code="file_unreadable",
    )


def column_title(column: str) -> str:
    """The heading of a column in the reader's language, as the export writes and the import knows it."""
    return {
        "week": _("Week"),
        "module": _("Module"),
        "topic": _("Topic"),
        "hours": _("Hours"),
        "kinds": _("Kinds of work"),
        "self_study": _("Self-study"),
        "literature": _("Literature"),
    }.get(column, "")


def problem_text(problem: PlanProblem) -> str:
    """What is wrong with a line, and what is expected."""
    match problem.code:
        case "no_topic":
            return _("There is no topic.")
        case "hours":
            return _("Hours are a whole number from 1 to %(most)s.") % {"most": MAX_ITEM_HOURS}
        case "week":
            return _("This is no week of the semester.")
        case "module":
            return _("This is no module of the semester.")
        case "kinds":
            return _("A lesson does not offer these kinds of work: %(kinds)s.") % {"kinds": problem.value}
        case "too_long":
            return _("This text is too long.")
        case "characters":
            return _("There are unreadable signs in this text.")
        case "too_many":
            return _("A plan has at most %(most)s lines.") % {"most": MAX_PLAN_ITEMS}
        case "no_column":
            return _("No heading «%(title)s» was found.") % {"title": column_title(problem.column)}
        case "column_twice":
            return _("The heading «%(title)s» stands twice.") % {"title": problem.value}
        case _:
            return _("There are no lines under the headings.")


def plan_workbook(plan: Plan, items: Sequence[PlanItem]) -> bytes:
    """The plan as XLSX: a heading, a line for each item, the sum of hours."""
    written = BytesIO()
    book = xlsxwriter.Workbook(
        written,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
    )
    sheet = book.add_worksheet(_("Plan"))
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1})
    text = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    title = book.add_format({"bold": True, "font_size": 13})
    sheet.write_string(0, 0, f"{plan.discipline} · {plan.get_kind_display()} · {plan.semester}", title)
    columns = ["week", "module", "topic", "hours", "kinds", "self_study", "literature"]
    sheet.write_string(2, 0, "№", bold)
    for place, column in enumerate(columns, start=1):
        sheet.write_string(2, place, column_title(column), bold)
    for row, item in enumerate(items, start=3):
        sheet.write_number(row, 0, item.position, text)
        for place, number in ((1, item.week), (2, item.module), (4, item.hours)):
            if number is None:
                sheet.write_blank(row, place, None, text)
            else:
                sheet.write_number(row, place, number, text)
        for place, words in (
            (3, item.topic),
            (5, ", ".join(item.work_kinds)),
            (6, item.self_study),
            (7, item.literature),
        ):
            sheet.write_string(row, place, words, text)
    last = 3 + len(items)
    sheet.write_string(last, 3, _("Total"), bold)
    sheet.write_number(last, 4, sum(item.hours for item in items), bold)
    for place, width in enumerate((5, 7, 8, 50, 7, 26, 36, 36)):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(3, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    book.close()
    return written.getvalue()
