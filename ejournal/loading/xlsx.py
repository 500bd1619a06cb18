"""A bounded look into an XLSX file: what its values do not show, and whether it is safe to read at all.

python-calamine gives cached values fast; it shows neither formulas nor merged cells nor hidden rows, and it
unpacks whatever it is given. So every part that it will read is streamed through expat first: entities are
refused, sizes are counted while unpacking (what the archive says of itself is not believed), cells far away
from the others are found before anybody makes an array that reaches them.
"""

import logging
import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import NoReturn
from xml.parsers import expat
from zipfile import ZipFile, ZipInfo

from ejournal.loading.values import BadValue

log = logging.getLogger(__name__)

PART_LIMIT = 300 * 1024 * 1024  # bytes of one part, unpacked; a million formatted empty rows pass
TOTAL_LIMIT = 400 * 1024 * 1024
RATIO_LIMIT = 200  # a sheet packs 8 to 30 times; empty rows 60 times; a bomb a thousand times
RATIO_FROM = 4 * 1024 * 1024  # bytes from which the ratio says something
PARTS_LIMIT = 2000
ELEMENTS_LIMIT = 20_000_000
DEPTH_LIMIT = 64
ROW_LIMIT = 200_000  # the last row with a value
COLUMN_LIMIT = 60
CELLS_LIMIT = 3_000_000
TEXT_LIMIT = 100_000_000  # characters of all cells together, a shared string counted each time it is used
CELL_LIMIT = 1000  # characters of one cell
_LISTED = 1000  # cells of one kind that are named one by one

_CHUNK = 1 << 16
LAST_ROW = 1_048_576  # of any spreadsheet
_SHEET_TAGS = {"mergeCell", "col", "sheetFormatPr"}
_TRUE = {"1", "true"}
_LETTERS = re.compile(r"[A-Z]{1,3}")
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(slots=True)
class Look:
    """What one sheet shows besides its values. Rows and columns are numbered from 1."""

    name: str
    hidden: bool = False
    last_row: int = 0
    last_column: int = 0
    formulas: list[tuple[int, int]] = field(default_factory=list)
    errors: list[tuple[int, int]] = field(default_factory=list)
    long_cells: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)  # runs of rows that have values
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Inspection:
    """What the whole workbook shows."""

    sheets: list[Look]
    date_1904: bool


def inspect(content: bytes) -> Inspection:
    """Look through a workbook that `sniffing` took for one. Raises BadValue where it must not be read."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            return _Inspector(archive).run()
    except (BadValue, MemoryError):
        raise
    except expat.ExpatError:
        raise BadValue("damaged", detail="XML") from None
    except Exception as error:
        # zipfile meets a scribbled archive with any exception there is. Should the fault be ours, the log says so.
        log.info("a workbook could not be unpacked: %r", error)
        raise BadValue("damaged", detail="zip") from None


class _Inspector:
    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        self.entries: dict[str, ZipInfo] = {
            entry.filename.lower().replace("\\", "/"): entry for entry in archive.infolist()
        }
        self.unpacked = 0
        self.elements = 0
        self.cells = 0
        self.text = 0
        self.strings = array("L")  # length of each shared string

    def run(self) -> Inspection:
        entries = self.entries.values()
        if len(entries) > PARTS_LIMIT:
            raise BadValue("unpacks_too_large", detail=f"{len(entries)} parts")
        if any(entry.flag_bits & 1 for entry in entries):
            raise BadValue("encrypted")
        if sum(entry.file_size for entry in entries) > TOTAL_LIMIT:
            raise BadValue("unpacks_too_large", detail=f"> {TOTAL_LIMIT // 1024**2} MB")
        looks, parts, date_1904 = self._workbook()
        if "xl/sharedstrings.xml" in self.entries:
            self._shared_strings()
        sheets = set(parts)
        for name in self.entries:
            # Whatever else the reader may open must at least be honest about its size.
            if name.endswith((".xml", ".rels")) and name not in sheets and name != "xl/sharedstrings.xml":
                self.parse(name, lambda tag, attributes: None)
        for look, part in zip(looks, parts, strict=True):
            _SheetInspector(self, look).run(part)
        return Inspection(looks, date_1904)

    def _workbook(self) -> tuple[list[Look], list[str], bool]:
        targets: dict[str, str] = {}
        kinds: dict[str, str] = {}
        found: list[tuple[Look, str]] = []
        date_1904 = False

        def relation(tag: str, attributes: dict[str, str]) -> None:
            if _local(tag) == "Relationship":
                target = attributes.get("Target", "")
                path = target.lstrip("/") if target.startswith("/") else "xl/" + target
                targets[attributes.get("Id", "")] = path.lower().replace("\\", "/")
                kinds[attributes.get("Id", "")] = attributes.get("Type", "").rsplit("/", 1)[-1].lower()

        def sheet(tag: str, attributes: dict[str, str]) -> None:
            nonlocal date_1904
            if _local(tag) == "sheet":
                relation_id = next((v for k, v in attributes.items() if k.endswith(" id")), "")
                hidden = attributes.get("state", "visible") != "visible"
                found.append((Look(attributes.get("name", ""), hidden=hidden), relation_id))
            elif _local(tag) == "workbookPr":
                date_1904 = attributes.get("date1904", "0").lower() in {"1", "true", "on"}

        self.parse("xl/_rels/workbook.xml.rels", relation, named=True)
        self.parse("xl/workbook.xml", sheet, named=True)
        if any("macrosheet" in kind or kind == "vbaproject" for kind in kinds.values()):
            raise BadValue("macros")
        # Chart sheets hold no cells.
        sheets = [(look, targets.get(key, "")) for look, key in found if kinds.get(key) != "chartsheet"]
        for _, part in sheets:
            if part not in self.entries:
                raise BadValue("damaged", detail="a sheet is missing")
        return [look for look, _ in sheets], [part for _, part in sheets], date_1904

    def _shared_strings(self) -> None:
        lengths = self.strings
        inside = False

        def start(tag: str, attributes: list[str]) -> None:
            nonlocal inside
            plain = _local(tag)
            if plain == "si":
                lengths.append(0)
            inside = plain == "t"

        def text(piece: str) -> None:
            if inside and lengths:
                lengths[-1] += len(piece)

        self.parse("xl/sharedstrings.xml", start, text)

    def unpack(self, name: str) -> Iterator[bytes]:
        """The bytes of a part, counted as they come."""
        entry = self.entries[name]
        declared = entry.file_size
        # zipfile stops at the size that the archive declares; a reader that believes the stream would go on.
        entry.file_size = PART_LIMIT + 1
        size = 0
        try:
            with self.archive.open(entry) as part:
                while chunk := part.read(_CHUNK):
                    size += len(chunk)
                    self.unpacked += len(chunk)
                    if size > PART_LIMIT or self.unpacked > TOTAL_LIMIT:
                        raise BadValue("unpacks_too_large", detail=f"> {PART_LIMIT // 1024**2} MB")
                    if size > RATIO_FROM and size > RATIO_LIMIT * max(entry.compress_size, 1):
                        raise BadValue("unpacks_too_large", detail=f"× {RATIO_LIMIT}")
                    yield chunk
        finally:
            entry.file_size = declared
        if size != declared:
            raise BadValue("damaged", detail="zip")

    def parse(
        self,
        name: str,
        on_start: Callable[..., None],
        on_text: Callable[[str], None] | None = None,
        *,
        named: bool = False,
        started: Callable[[], int] | None = None,
    ) -> None:
        """Stream one part through expat.

        `on_start` gets the tag, after its namespace and a space, and its attributes: name, value, name, value …, or
        with `named` a dict. A busy `on_start` counts its calls itself and tells them by `started`.
        """
        if name not in self.entries:
            raise BadValue("damaged", detail="a part is missing")
        # Forced to UTF-8, as the reader reads it: a part that says another encoding must not look different here.
        parser = expat.ParserCreate("utf-8", " ")
        parser.ordered_attributes = not named
        parser.buffer_text = True
        begun = ended = 0

        def start(tag: str, attributes: object) -> None:
            nonlocal begun
            begun += 1
            on_start(tag, attributes)

        def end(tag: str) -> None:
            nonlocal ended
            ended += 1

        def refuse(*arguments: object) -> NoReturn:
            raise BadValue("damaged", detail="XML: DOCTYPE")

        parser.StartElementHandler = on_start if started else start
        parser.EndElementHandler = end
        parser.StartDoctypeDeclHandler = refuse
        parser.EntityDeclHandler = refuse
        if on_text is not None:
            parser.CharacterDataHandler = on_text
        for chunk in self.unpack(name):
            parser.Parse(chunk, False)
            now_begun = started() if started else begun
            if self.elements + now_begun > ELEMENTS_LIMIT:
                raise BadValue("unpacks_too_large", detail=f"> {ELEMENTS_LIMIT} elements")
            if now_begun - ended > DEPTH_LIMIT:
                raise BadValue("damaged", detail="XML")
        parser.Parse(b"", True)
        self.elements += ended


def _local(tag: str) -> str:
    return tag.rsplit(" ", 1)[-1]


class _SheetInspector:
    """One sheet. A cell is judged when the next begins, since its value comes after its attributes."""

    def __init__(self, book: _Inspector, look: Look) -> None:
        self.book = book
        self.look = look

    def run(self, part: str) -> None:
        book, look = self.book, self.look
        strings = book.strings
        tags: dict[str, str] = {}
        letters_of: dict[str, int] = {}
        begun = row = column = cells = characters = length = 0
        row_text = "0"
        row_hidden = rows_hidden_by_default = False
        cell_open = cell_counts = cell_shared = in_value = False
        pieces: list[str] = []

        def finish() -> None:
            """Judge the cell that ended: how long its text is, counting a shared string where it is used."""
            nonlocal cell_open, length, characters
            cell_open = False
            if not cell_counts:
                return
            if cell_shared and pieces:
                try:
                    length = strings[int("".join(pieces))]
                except (ValueError, IndexError, OverflowError):
                    raise BadValue("damaged", detail="shared strings") from None
            characters += length
            if length > CELL_LIMIT and len(look.long_cells) < _LISTED:
                look.long_cells.append((row, column))

        def count() -> None:
            """The open cell has something in it."""
            nonlocal cell_counts, cells
            cell_counts = True
            cells += 1
            look.last_row = row
            if column > look.last_column:
                look.last_column = column
            if row_hidden:
                runs = look.hidden_rows
                if runs and runs[-1][1] >= row - 1:
                    runs[-1] = (runs[-1][0], row)
                elif len(runs) < _LISTED:
                    runs.append((row, row))

        def start(tag: str, attributes: list[str]) -> None:
            nonlocal begun, row, column, row_text, row_hidden
            nonlocal cell_open, cell_counts, cell_shared, in_value, length
            begun += 1
            in_value = False
            plain = tags.get(tag)
            if plain is None:
                plain = _local(tag)
                if len(tags) < 1000:
                    tags[tag] = plain
            if plain == "c":
                if cell_open:
                    finish()
                cell_open, cell_counts, cell_shared, length = True, False, False, 0
                column += 1
                kind = "n"
                for index in range(0, len(attributes), 2):
                    name = attributes[index]
                    if name == "r":
                        reference = attributes[index + 1]
                        letters = reference.rstrip("0123456789")
                        number = letters_of.get(letters)
                        if number is None:
                            if not _LETTERS.fullmatch(letters):
                                raise BadValue("damaged", detail="a cell without a place")
                            number = letters_of[letters] = column_number(letters)
                        # Cells out of order are read differently by every program.
                        if number < column or reference[len(letters) :] != row_text:
                            raise BadValue("damaged", detail="cells out of order")
                        column = number
                    elif name == "t":
                        kind = attributes[index + 1]
                if kind != "n":
                    # The reader keeps a place for it even where it has no value.
                    count()
                    if kind == "s":
                        cell_shared = True
                        pieces.clear()
                    elif kind == "e" and len(look.errors) < _LISTED:
                        look.errors.append((row, column))
            elif plain == "v" or plain == "t":
                if cell_open:
                    if not cell_counts:
                        count()
                    in_value = True
            elif plain == "row":
                if cell_open:
                    finish()
                row += 1
                column = 0
                row_hidden = rows_hidden_by_default
                for index in range(0, len(attributes), 2):
                    name, value = attributes[index], attributes[index + 1]
                    if name == "r":
                        if not (value.isascii() and value.isdigit()) or not row <= int(value) <= LAST_ROW:
                            raise BadValue("damaged", detail="rows out of order")
                        row = int(value)
                    elif name == "hidden":
                        row_hidden = value in _TRUE
                    elif name == "ht" and value in {"0", "0.0"}:
                        row_hidden = True
                row_text = str(row)
            elif plain == "f":
                if cell_open:
                    if not cell_counts:
                        count()
                    if len(look.formulas) < _LISTED:
                        look.formulas.append((row, column))
            elif plain in _SHEET_TAGS:
                other(plain, attributes)

        def other(tag: str, attributes: list[str]) -> None:
            nonlocal rows_hidden_by_default
            named = dict(zip(attributes[::2], attributes[1::2], strict=True))
            if tag == "mergeCell":
                if len(look.merged) < _LISTED:
                    look.merged.append(_range(named.get("ref", "")))
            elif tag == "sheetFormatPr":
                rows_hidden_by_default = named.get("zeroHeight") in _TRUE
            elif named.get("hidden") in _TRUE or named.get("width") == "0":
                first, last = named.get("min", ""), named.get("max", "")
                if first.isdigit() and last.isdigit() and len(look.hidden_columns) < _LISTED:
                    look.hidden_columns.append((int(first), int(last)))

        def text(piece: str) -> None:
            nonlocal length
            if in_value:
                if cell_shared:
                    pieces.append(piece)
                else:
                    length += len(piece)

        book.parse(part, start, text, started=lambda: begun)
        if cell_open:
            finish()
        book.cells += cells
        book.text += characters
        if book.cells > CELLS_LIMIT:
            raise BadValue("unpacks_too_large", detail=f"> {CELLS_LIMIT} cells")
        if book.text > TEXT_LIMIT:
            raise BadValue("unpacks_too_large", detail=f"> {TEXT_LIMIT} characters")


def _range(reference: str) -> tuple[int, int, int, int]:
    """First row, first column, last row, last column of a range such as A2:B5."""
    found = _RANGE.fullmatch(reference)
    if not found:
        raise BadValue("damaged", detail="merged cells")
    row, column = int(found[2]), column_number(found[1])
    return row, column, int(found[4] or row), column_number(found[3]) if found[3] else column
