"""CSV: its letters, its separator, its records."""

import codecs
import csv
from io import StringIO

from ejournal.loading.values import BadValue

_SEPARATORS = ";,\t|"
_KYRGYZ_AND_RUSSIAN = frozenset("абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя")


def decode(content: bytes) -> str:
    """The text of a file: UTF-8 with or without its mark, UTF-16 with it, else cp1251.

    cp1251 has no ң, ө, ү: where they were lost, `values` finds the question marks.
    """
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
        if encoding == "cp1251" and not _reads_as_cyrillic(text):
            break
        return text
    raise BadValue("unknown_encoding")


def _reads_as_cyrillic(text: str) -> bool:
    """Whether what came out of cp1251 is words: nearly any bytes decode, to signs and capitals in odd places."""
    letters = [ch for ch in text[:20_000] if ord(ch) > 127]
    known = sum(ch.lower() in _KYRGYZ_AND_RUSSIAN for ch in letters)
    return known >= 0.8 * len(letters)


def records(text: str, *, limit: int) -> list[list[str]]:
    """The records, the first included. More than `limit` of them are refused."""
    separator = _separator(text)
    found: list[list[str]] = []
    try:
        for record in csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True):
            if len(found) >= limit:
                raise BadValue("too_many_rows", limit=limit)
            found.append(record)
    except csv.Error:
        raise BadValue("broken_csv") from None
    return found


def _separator(text: str) -> str:
    """The separator that the heading has most of, outside of quotation marks."""
    heading = text.lstrip("\ufeff\r\n").split("\n", 1)[0]
    bare = "".join(heading.split('"')[::2])
    return max(_SEPARATORS, key=bare.count)
