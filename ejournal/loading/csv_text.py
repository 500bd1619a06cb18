"""CSV: its letters, its separator, its records."""

import csv
from io import StringIO

from ejournal.lib import tables
from ejournal.loading.values import BadValue


def decode(content: bytes) -> str:
    """The text of a file. cp1251 has no ң, ө, ү: where they were lost, `values` finds the question marks."""
    text = tables.decode(content)
    if text is None:
        raise BadValue("unknown_encoding")
    return text


def records(text: str, *, limit: int) -> list[list[str]]:
    """The records, the first included. More than `limit` of them are refused."""
    separator = tables.separator_of(text)
    found: list[list[str]] = []
    try:
        for record in csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True):
            if len(found) >= limit:
                raise BadValue("too_many_rows", limit=limit)
            found.append(record)
    except csv.Error:
        raise BadValue("broken_csv") from None
    return found
