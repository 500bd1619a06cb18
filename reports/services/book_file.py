"""The department's own journal from a file: XLSX or CSV, with headings in any of the three languages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ejournal.lib.errors import Refusal
from ejournal.lib.tables import BadTable, plain, read_table

FILE_LIMIT = 1024 * 1024  # bytes
UNPACKED_LIMIT = 20 * 1024 * 1024
ROW_LIMIT = 2000
COLUMN_LIMIT = 200
_PROBLEM_LIMIT = 100

HEADINGS = {
    "workload": (
        "жүктөм",
        "жүктөм номери",
        "жүктөмдүн номери",
        "нагрузка",
        "номер нагрузки",
        "workload",
        "workload number",
    ),
    "discipline": ("дисциплина", "предмет", "сабак", "discipline", "subject"),
    "group": ("тайпа", "топ", "группа", "group"),
    "date": ("күнү", "күн", "дата", "дата занятия", "сабактын күнү", "date", "day"),
    "pair": ("жуп", "пара", "номер пары", "pair"),
}
_KNOWN = {word: key for key, words in HEADINGS.items() for word in words}
_DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00:00)?")


@dataclass(frozen=True, slots=True)
class BookProblem:
    """What is wrong, and where: the row as the spreadsheet counts it, and the heading of the column."""

    row: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class BookRow:
    """A row that was understood."""

    workload_id: int
    number: str
    discipline: str
    group: str
    day: date
    pair: int | None


def read_book_file(
    content: bytes, *, known: Sequence[tuple[int, str, str, str]], today: date
) -> tuple[list[BookRow], list[BookProblem]]:
    """Rows and problems of a file; with a problem nothing of it may be entered. `known`: (id, number, discipline,
    group) of the journals it may name.

    Refused as a whole: too large (`file_too_large`, 413), no workbook and no text (`unreadable_file`), no column for
    the date or the journal (`headings_missing`), more than ROW_LIMIT rows (`too_many_rows`), nothing in it
    (`no_rows`).
    """
    if len(content) > FILE_LIMIT:
        raise Refusal(
            _("The file is larger than %(limit)s MB.") % {"limit": FILE_LIMIT // 1024**2},
            code="file_too_large",
            status=413,
        )
    try:
        cells = read_table(content, max_rows=ROW_LIMIT * 5, max_columns=COLUMN_LIMIT, max_unpacked=UNPACKED_LIMIT)
    except BadTable as error:
        raise _refusal_of(error) from None
    rows = [(number, row) for number, row in enumerate(cells, start=1) if any(str(cell).strip() for cell in row)]
    if len(rows) < 2:
        raise Refusal(_("There is nothing in the file below its headings."), code="no_rows")
    if len(rows) > ROW_LIMIT + 1:
        raise _refusal_of(BadTable("too_long"))
    headings = [str(cell).strip() for cell in rows[0][1]]
    columns = {_KNOWN[name.lower()]: at for at, name in reversed(list(enumerate(headings))) if name.lower() in _KNOWN}
    if "date" not in columns or not ("workload" in columns or {"discipline", "group"} <= set(columns)):
        raise Refusal(
            _("The first row needs headings: date, and workload number or discipline and group."),
            code="headings_missing",
        )
    reader = _Reader(headings, columns, known, today)
    found = [row for number, cells_of in rows[1:] if (row := reader.row(number, cells_of)) is not None]
    return found, reader.problems[:_PROBLEM_LIMIT]


def _refusal_of(error: BadTable) -> Refusal:
    if error.code == "too_long":
        return Refusal(
            _("The file has more than %(limit)s rows: split it.") % {"limit": ROW_LIMIT}, code="too_many_rows"
        )
    return Refusal(_("This file is neither a workbook (XLSX) nor a CSV."), code="unreadable_file")


class _Reader:
    def __init__(
        self,
        headings: list[str],
        columns: dict[str, int],
        known: Sequence[tuple[int, str, str, str]],
        today: date,
    ) -> None:
        self.headings = headings
        self.columns = columns
        self.today = today
        self.by_number = {number.lower(): entry for entry in known for number in [entry[1]]}
        self.by_names: dict[tuple[str, str], list[tuple[int, str, str, str]]] = {}
        for entry in known:
            self.by_names.setdefault((entry[2].lower(), entry[3].lower()), []).append(entry)
        self.problems: list[BookProblem] = []
        self.seen: dict[tuple[int, date, int | None], int] = {}

    def row(self, number: int, cells: Sequence[Any]) -> BookRow | None:
        before = len(self.problems)
        journal = self._journal(number, cells)
        day = self._day(number, cells)
        pair = self._pair(number, cells)
        if journal is None or day is None or len(self.problems) > before:
            return None
        key = (journal[0], day, pair)
        if key in self.seen:
            self._problem(number, "date", _("The same lesson stands in row %(row)s already.") % {"row": self.seen[key]})
            return None
        self.seen[key] = number
        return BookRow(*journal, day, pair)

    def _cell(self, key: str, cells: Sequence[Any]) -> Any:
        at = self.columns.get(key)
        value = cells[at] if at is not None and at < len(cells) else ""
        return value.strip() if isinstance(value, str) else value

    def _problem(self, row: int, key: str, text: str) -> None:
        at = self.columns.get(key)
        self.problems.append(BookProblem(row, self.headings[at] if at is not None else "", text))

    def _journal(self, row: int, cells: Sequence[Any]) -> tuple[int, str, str, str] | None:
        number = plain(self._cell("workload", cells))
        if number:
            entry = self.by_number.get(number.lower())
            if entry is None:
                self._problem(row, "workload", _("Your department has no workload %(number)s.") % {"number": number})
            return entry
        discipline, group = plain(self._cell("discipline", cells)), plain(self._cell("group", cells))
        if not discipline or not group:
            key = "workload" if "workload" in self.columns else "group" if discipline else "discipline"
            self._problem(row, key, _("Name the workload number, or discipline and group."))
            return None
        entries = self.by_names.get((discipline.lower(), group.lower()), [])
        if not entries:
            self._problem(row, "group", _("Your department does not teach this discipline to this group."))
        elif len(entries) > 1:
            self._problem(
                row,
                "group",
                _("Several journals bear these names (%(numbers)s): name the workload number.")
                % {"numbers": ", ".join(entry[1] for entry in entries)},
            )
        return entries[0] if len(entries) == 1 else None

    def _day(self, row: int, cells: Sequence[Any]) -> date | None:
        cell = self._cell("date", cells)
        day = read_day(cell)
        if day is None:
            self._problem(row, "date", _("This is no date: write it as 04.11.2026."))
        elif day > self.today:
            self._problem(
                row,
                "date",
                _("%(day)s is still to come: nothing can have been held.")
                % {"day": date_format(day, "SHORT_DATE_FORMAT")},
            )
        return day

    def _pair(self, row: int, cells: Sequence[Any]) -> int | None:
        written = plain(self._cell("pair", cells))
        if not written:
            return None
        if not re.fullmatch(r"[1-9]", written):
            self._problem(row, "pair", _("A pair is a number from 1 to 9, or nothing."))
            return None
        return int(written)


def read_day(cell: Any) -> date | None:
    """A day from a cell: a date, or text with the day first or the year first. None: it is no day."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float) and cell.is_integer() and 1 <= cell < 80_000:
        return date(1899, 12, 30) + timedelta(days=int(cell))
    written = str(cell).strip()
    if found := _DAY_FIRST.fullmatch(written):
        parts = int(found[3]), int(found[2]), int(found[1])
    elif found := _YEAR_FIRST.fullmatch(written):
        parts = int(found[1]), int(found[2]), int(found[3])
    else:
        return None
    try:
        return date(*parts)
    except ValueError:
        return None
