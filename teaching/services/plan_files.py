"""A plan as a table from outside (XLSX, CSV, pasted text) and as a workbook for outside."""

from collections.abc import Sequence
from io import BytesIO

import xlsxwriter
from django.utils.translation import gettext as _

from ejournal.lib import tables
from ejournal.lib.errors import Refusal
from teaching.models import Plan, PlanItem
from teaching.rules import MAX_ITEM_HOURS, MAX_PLAN_ITEMS, PlanProblem

MAX_FILE_BYTES = 2 * 1024 * 1024
_UNPACKED_LIMIT = 30 * 1024 * 1024  # bytes of all parts of a workbook; a plan has a hundred lines
MAX_TEXT = 200_000  # characters of a pasted table
_ROWS_LIMIT = 2000  # of a table with whatever stands around a plan in it
_COLUMNS_LIMIT = 40


def read_plan_file(content: bytes) -> list[list[str]]:
    """The cells of the first sheet of a workbook, or of a CSV, as texts. What it is, its content says.

    Refused: `file_too_large` (413), `file_unreadable`, `too_many`.
    """
    if len(content) > MAX_FILE_BYTES:
        raise Refusal(
            _("The file is larger than %(limit)s MB.") % {"limit": MAX_FILE_BYTES // 2**20},
            code="file_too_large",
            status=413,
        )
    try:
        rows = tables.read_table(
            content, max_rows=_ROWS_LIMIT, max_columns=_COLUMNS_LIMIT, max_unpacked=_UNPACKED_LIMIT
        )
    except tables.BadTable as error:
        raise _refusal_of(error) from None
    return [[tables.plain(cell) if not isinstance(cell, str) else cell for cell in row] for row in rows]


def read_plan_text(text: str) -> list[list[str]]:
    """The cells of a table that was pasted or exported: by tabulators, semicolons or commas.

    Refused: `file_too_large` (413), `file_unreadable`, `too_many`.
    """
    if len(text) > MAX_TEXT:
        raise Refusal(_("The text is longer than a plan can be."), code="file_too_large", status=413)
    try:
        return list(tables.read_records(text, max_rows=_ROWS_LIMIT, max_columns=_COLUMNS_LIMIT))
    except tables.BadTable as error:
        raise _refusal_of(error) from None


def _refusal_of(error: tables.BadTable) -> Refusal:
    if error.code == "too_long":
        return Refusal(_("A plan has at most %(most)s lines.") % {"most": MAX_PLAN_ITEMS}, code="too_many")
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
