"""From files to typed rows and a list of problems. Knows nothing of the database, and never fails on a file."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook

from ejournal.loading import xlsx
from ejournal.loading.csv_text import decode, records
from ejournal.loading.problems import Problems
from ejournal.loading.rows import Book, SheetKey, Table
from ejournal.loading.sheets import SHEETS, Column, Sheet, column_by_heading, sheet_by_name, sheets_by_headings
from ejournal.loading.sniffing import FileKind, sniff
from ejournal.loading.values import BadValue, Cell, as_text, is_empty, shifted_1904
from ejournal.loading.words import fold_heading, fold_key, has_mixed_letters

log = logging.getLogger(__name__)

FILE_LIMIT = 20 * 1024 * 1024
# Names that a spreadsheet gives by itself: such a sheet says by its headings what it is.
_GENERIC = ("sheet", "лист", "барак", "таблица", "table")
_NAMES_OF_PEOPLE = {"last_name", "first_name", "patronymic", "guardian_name"}
_TEXT_KEYS = {"code", "number", "name", "record_book", "workload"}

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it came: what it was called, and its bytes."""

    name: str
    content: bytes


@dataclass(slots=True)
class _Grid:
    """A sheet before its columns are known. `first` is the number of its first row in the spreadsheet."""

    name: str
    file: str
    rows: Sequence[Sequence[Cell]]
    first: int
    first_column: int = 1
    look: xlsx.Look | None = None
    date_1904: bool = False


def read_files(files: Sequence[SourceFile], *, progress: Progress | None = None) -> tuple[Book, Problems]:
    """Read one workbook, or several files of one sheet each, as one book.

    Whatever the files contain, the answer is a book and problems; with errors among these, nothing of the book
    may be loaded. `progress` is told per cents.
    """
    book, problems = Book(), Problems()
    grids: list[tuple[SheetKey, _Grid]] = []
    for number, file in enumerate(files):
        try:
            grids += _open(file, problems)
        except BadValue as refused:
            problems.add(refused.code, sheet=file.name, **refused.params)
        if progress:
            progress(50 * (number + 1) // len(files))
    if not grids and not problems.refused:
        problems.add("no_known_sheet", sheet=", ".join(file.name for file in files))
    seen: dict[SheetKey, str] = {}
    for number, (key, grid) in enumerate(sorted(grids, key=lambda found: list(SheetKey).index(found[0]))):
        if key in seen:
            problems.add("repeated_sheet", sheet=grid.name, other=seen[key])
            continue
        seen[key] = grid.name
        _TableReader(SHEETS[key], grid, getattr(book, key.value), problems).read()
        if progress:
            progress(50 + 50 * (number + 1) // len(grids))
    return book, problems


def _open(file: SourceFile, problems: Problems) -> list[tuple[SheetKey, _Grid]]:
    if len(file.content) > FILE_LIMIT:
        raise BadValue("file_too_large", limit=FILE_LIMIT // 1024**2)
    if sniff(file.content, name=file.name) is FileKind.WORKBOOK:
        return _open_workbook(file, problems)
    return _open_text(file, problems)


def _open_text(file: SourceFile, problems: Problems) -> list[tuple[SheetKey, _Grid]]:
    rows = records(decode(file.content), limit=xlsx.ROW_LIMIT)
    name = file.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    grid = _Grid(name, file.name, rows, 1)
    key = sheet_by_name(name) or _by_headings(grid, problems)
    return [(key, grid)] if key else []


def _open_workbook(file: SourceFile, problems: Problems) -> list[tuple[SheetKey, _Grid]]:
    inspection = xlsx.inspect(file.content)
    looks = inspection.sheets
    if len({look.name for look in looks}) < len(looks):
        raise BadValue("damaged", detail="two sheets of one name")
    found: list[tuple[SheetKey, _Grid]] = []
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(file.content))
        used = [look for look in looks if look.last_row]
        for look in used:
            key = sheet_by_name(look.name)
            if key is None and len(used) > 1 and not fold_heading(look.name).startswith(_GENERIC):
                problems.add("unknown_sheet", sheet=look.name)
                continue
            if look.last_row > xlsx.ROW_LIMIT or look.last_column > xlsx.COLUMN_LIMIT:
                # Not read at all: the reader would make one array up to the farthest cell.
                if look.last_row > xlsx.ROW_LIMIT:
                    problems.add("too_many_rows", sheet=look.name, limit=xlsx.ROW_LIMIT)
                if look.last_column > xlsx.COLUMN_LIMIT:
                    problems.add("too_many_columns", sheet=look.name, limit=xlsx.COLUMN_LIMIT)
                continue
            sheet = workbook.get_sheet_by_name(look.name)
            rows = sheet.to_python(skip_empty_area=True)
            row, column = sheet.start or (0, 0)
            grid = _Grid(look.name, file.name, rows, row + 1, column + 1, look, inspection.date_1904)
            key = key or _by_headings(grid, problems)
            if key is None:
                continue
            if look.hidden:
                problems.add("hidden_sheet", sheet=look.name)
                continue
            found.append((key, grid))
    except (KeyboardInterrupt, SystemExit, MemoryError, BadValue):
        raise
    except BaseException as error:
        # Whatever a file does to the reader is the file's fault, a panic of its Rust (no Exception) included.
        log.info("a workbook could not be read: %r", error)
        raise BadValue("not_a_workbook") from None
    return found


def _by_headings(grid: _Grid, problems: Problems) -> SheetKey | None:
    headings = next((row for row in grid.rows if any(not is_empty(cell) for cell in row)), [])
    fits = sheets_by_headings(_heading(cell) for cell in headings)
    if len(fits) == 1:
        return fits[0]
    if fits:
        problems.add("unclear_sheet", sheet=grid.name, fits=", ".join(SHEETS[key].name for key in fits))
    else:
        problems.add("unknown_sheet", sheet=grid.name)
    return None


def _heading(cell: Cell) -> str:
    try:
        return as_text(cell)
    except BadValue:
        return ""


class _TableReader:
    """One sheet: its headings to columns, its rows to values."""

    def __init__(self, sheet: Sheet, grid: _Grid, table: Table[Any], problems: Problems) -> None:
        self.sheet, self.grid, self.table, self.problems = sheet, grid, table, problems
        table.name = grid.name
        self.columns: list[tuple[int, Column, str]] = []  # position in the row, column, heading
        self.flagged: set[tuple[int, int]] = set()
        self.keys: dict[tuple[object, ...], tuple[int, Cell]] = {}
        self.looks: dict[str, tuple[str, int]] = {}

    def read(self) -> None:
        heading_at = next((n for n, row in enumerate(self.grid.rows) if any(not is_empty(cell) for cell in row)), None)
        if heading_at is None:
            self._report("empty")
            return
        if not self._match_columns(self.grid.rows[heading_at], heading_at):
            return
        if self.grid.look is not None:
            self._report_looks(self.grid.look)
        self._read_rows(heading_at)

    def _report(self, code: str, **where: Any) -> None:
        self.problems.add(code, sheet=self.grid.name, **where)

    def _match_columns(self, headings: Sequence[Cell], heading_at: int) -> bool:
        matched: dict[str, str] = {}
        body = self.grid.rows[heading_at + 1 :]
        complete = True
        for position, cell in enumerate(headings):
            heading = _heading(cell)
            if not heading:
                if any(position < len(row) and not is_empty(row[position]) for row in body):
                    self._report("unnamed_column", letters=xlsx.column_letters(self.grid.first_column + position))
                continue
            column = column_by_heading(self.sheet.key, heading)
            if column is None:
                self._report("unknown_column", column=heading)
            elif column.field in matched:
                self._report("repeated_column", column=heading, other=matched[column.field])
                complete = False
            else:
                matched[column.field] = heading
                self.columns.append((position, column, heading))
        for column in self.sheet.columns:
            if column.must_exist and column.field not in matched:
                self._report("missing_column", column=column.heading, heading=column.heading)
                complete = False
        self.table.columns = matched
        return complete

    def _report_looks(self, look: xlsx.Look) -> None:
        """Formulas, errors, merged and hidden cells: where they concern a column that is read."""
        headings = {self.grid.first_column + position: heading for position, _, heading in self.columns}
        cells = [("formula", look.formulas), ("cell_error", look.errors), ("too_long", look.long_cells)]
        for code, places in cells:
            for row, column in places:
                if column in headings:
                    self.flagged.add((row, column))
                    more = {"limit": xlsx.CELL_LIMIT} if code == "too_long" else {}
                    self._report(code, row=row, column=headings[column], **more)
        for top, left, bottom, right in look.merged:
            concerned = [heading for column, heading in headings.items() if left <= column <= right]
            if concerned and top <= look.last_row:
                first, last = xlsx.column_letters(left), xlsx.column_letters(right)
                self._report("merged_cells", row=top, column=concerned[0], range=f"{first}{top}:{last}{bottom}")
        for first_row, last_row in look.hidden_rows:
            self._report("hidden_rows", row=first_row, first=first_row, last=last_row)
        for first_column, last_column in look.hidden_columns:
            for column, heading in headings.items():
                if first_column <= column <= last_column:
                    self._report("hidden_column", column=heading)

    def _read_rows(self, heading_at: int) -> None:
        grid, columns, flagged = self.grid, self.columns, self.flagged
        absent = dict.fromkeys(column.field for column in self.sheet.columns)
        make = self.sheet.row
        positions = [position for position, _, _ in columns]
        rows_flagged = {row for row, _ in flagged}
        for number, cells in enumerate(grid.rows[heading_at + 1 :], start=grid.first + heading_at + 1):
            width = len(cells)
            if number not in rows_flagged and all(
                position >= width or is_empty(cells[position]) for position in positions
            ):
                continue
            values: dict[str, object] = {}
            said: dict[str, Cell] = {}
            sound = True
            for position, column, heading in columns:
                cell: Cell = cells[position] if position < width else None
                if flagged and (number, grid.first_column + position) in flagged:
                    sound = False
                    continue
                said[column.field] = cell
                try:
                    value = self._value(cell, column, number, heading)
                except BadValue as bad:
                    self._report(bad.code, row=number, column=heading, value=cell, **bad.params)
                    sound = False
                    continue
                values[column.field] = value
            key_is_good = self._check_key(values, said, number)
            if key_is_good is None:
                continue
            if sound and key_is_good:
                self.table.rows.append(make(**{**absent, **values, "at": number}))
            else:
                self.table.broken.append({**values, "at": number})

    def _value(self, cell: Cell, column: Column, number: int, heading: str) -> object:
        if cell is None or cell == "":
            value: object = None
        else:
            if self.grid.date_1904 and column.parse is _DAY:
                cell = shifted_1904(cell)
            # Spaces alone, and characters that nobody sees, are nothing.
            value = None if is_empty(cell) else column.parse(cell)
            if value == "":
                value = None
        if value is None:
            if column.required:
                raise BadValue("empty")
        elif column.field in _NAMES_OF_PEOPLE and has_mixed_letters(str(value)):
            self._report("mixed_letters", row=number, column=heading, value=value)
        return value

    def _check_key(self, values: dict[str, object], said: dict[str, Cell], number: int) -> bool | None:
        """Whether the row's key is new in the sheet, and no other key is written so that nobody sees the difference.

        None: the row repeats another but for spaces in the discipline's name; the first of both is the line.
        """
        fields = self.sheet.key_fields
        try:
            key = tuple([values[field] for field in fields])
        except KeyError:
            return True  # a part of the key is broken, which was said
        heading = self.table.columns.get(fields[0], "")
        if key in self.keys:
            other, other_said = self.keys[key]
            shown = " · ".join(str(part) for part in key if part is not None)
            if "discipline" in fields and said.get("discipline") != other_said:
                # Two spaces in a name are seen by nobody, so both rows mean one discipline.
                self._report(
                    "repeated_but_for_spaces",
                    row=number,
                    column=self.table.columns.get("discipline", ""),
                    value=shown,
                    other=other,
                )
                return None
            self._report("duplicate_key", row=number, column=heading, value=shown, other=other)
            return False
        self.keys[key] = number, said.get("discipline")
        if len(key) == 1 and fields[0] in _TEXT_KEYS and isinstance(key[0], str):
            look_alike, other = self.looks.setdefault(fold_key(key[0]), (key[0], number))
            if look_alike != key[0]:
                self._report("lookalike_key", row=number, column=heading, value=key[0], other=look_alike, where=other)
                return False
        return True


_DAY = SHEETS[SheetKey.HOLIDAYS].column("day").parse
