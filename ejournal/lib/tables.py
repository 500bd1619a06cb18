"""A small table from a stranger's file: the first sheet of an XLSX workbook, or a CSV. What it is, its content says.

For plans and books of some hundred lines. The workbook that carries a university has a reader of its own, which names
every cell that it does not take (`ejournal.loading`).
"""

import codecs
import csv
import logging
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineWorkbook

log = logging.getLogger(__name__)

ZIP = b"PK\x03\x04"
SEPARATORS = ";,\t|"
_KYRGYZ_AND_RUSSIAN = frozenset("абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя")


class BadTable(Exception):
    """The file is no table: `unreadable`, or has more than was asked for: `too_long`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_table(content: bytes, *, max_rows: int, max_columns: int, max_unpacked: int) -> list[list[Any]]:
    """The rows of a file, as texts, numbers, dates; cut at `max_columns`. `max_unpacked`: bytes of a workbook's parts.

    Raises BadTable. A workbook with macros is none.
    """
    if content.startswith(ZIP):
        _check_archive(content, max_unpacked)
        return _read_sheet(content, max_rows, max_columns)
    if b"\x00" in content and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadTable("unreadable")
    text = decode(content)
    if text is None:
        raise BadTable("unreadable")
    return [list(row) for row in read_records(text, max_rows=max_rows, max_columns=max_columns)]


def _check_archive(content: bytes, max_unpacked: int) -> None:
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = [entry.filename.lower() for entry in archive.infolist()]
            unpacked = 0
            for entry in archive.infolist():
                # Counted while unpacking: what an archive says of its sizes is not believed.
                with archive.open(entry) as part:
                    while chunk := part.read(1 << 16):
                        unpacked += len(chunk)
                        if unpacked > max_unpacked:
                            raise BadTable("unreadable")
    except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        log.info("a workbook could not be unpacked: %r", error)
        raise BadTable("unreadable") from None
    if "xl/workbook.xml" not in names or any(name.endswith("vbaproject.bin") for name in names):
        raise BadTable("unreadable")


def _read_sheet(content: bytes, max_rows: int, max_columns: int) -> list[list[Any]]:
    rows: list[list[Any]] = []
    try:
        for row in CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).iter_rows():
            if len(rows) >= max_rows:
                raise BadTable("too_long")
            rows.append(list(row[:max_columns]))
    except BadTable:
        raise
    # The reader raises whatever its format layer does; the file is a stranger's.
    except Exception as error:
        log.info("a workbook could not be read: %r", error)
        raise BadTable("unreadable") from None
    return rows


def read_records(text: str, *, max_rows: int, max_columns: int) -> Iterator[list[str]]:
    """The records of a text, by the separator that its heading has most of. Raises BadTable."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        records = list(csv.reader(StringIO(text, newline=""), delimiter=separator_of(text)))
    except csv.Error:
        raise BadTable("unreadable") from None
    if len(records) > max_rows:
        raise BadTable("too_long")
    return (record[:max_columns] for record in records)


def separator_of(text: str) -> str:
    """The separator that the heading has most of, outside of quotation marks."""
    heading = text.lstrip("\ufeff\r\n").split("\n", 1)[0]
    bare = "".join(heading.split('"')[::2])
    return max(SEPARATORS, key=bare.count)


def decode(content: bytes) -> str | None:
    """The text of a file: UTF-8 with or without its mark, UTF-16 with it, else cp1251 where that gives words."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif content.startswith(codecs.BOM_UTF8):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "cp1251"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if encoding == "cp1251" and not _reads_as_cyrillic(text) else text
    return None


def _reads_as_cyrillic(text: str) -> bool:
    """Whether what came out of cp1251 is words: nearly any bytes decode, to signs and capitals in odd places."""
    letters = [sign for sign in text[:20_000] if ord(sign) > 127]
    known = sum(sign.lower() in _KYRGYZ_AND_RUSSIAN for sign in letters)
    return known >= 0.8 * len(letters)


def plain(cell: Any) -> str:
    """A cell as a person sees it: 2.0 is «2», a day is 2026-11-24."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell).strip()
