"""One cell to one value. What a cell does not clearly say is refused, never guessed and never cut."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from ejournal.loading.words import clean_text, fold_heading

# What python-calamine and csv give.
Cell = str | float | int | bool | date | datetime | time | timedelta | None
T = TypeVar("T")
Parser = Callable[[Cell], T]

EARLIEST, LATEST = date(1920, 1, 1), date(2099, 12, 31)
_EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet; the workbook may say 1904 instead
_EPOCH_1904_SHIFT = 1462

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}(?:[.,]0{1,6})?")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(?:[.,][0-9]{1,6})?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})(?: 0?0:00(?::00)?)?(?: ?(?:г|ж)\.?)?")
_YEAR_FIRST = re.compile(r"([0-9]{4})[-./]([0-9]{1,2})[-./]([0-9]{1,2})(?:[T ]00:00(?::00)?)?")
_CLOCK = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?:[:.]00)?")
_ACADEMIC_YEAR = re.compile(r"([0-9]{4}) ?[/\-–—] ?([0-9]{4}|[0-9]{2})")
_LOST = re.compile(r"\?\w|\ufffd")


class BadValue(Exception):
    """A cell that does not say what its column needs: the problem's code and what its sentence fills in."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def as_text(cell: Cell) -> str:
    """What a cell says, as text. A number is written without a needless fraction; a date is refused."""
    if isinstance(cell, str):
        try:
            return clean_text(cell)
        except ValueError as error:
            raise BadValue("control_character", character=str(error)) from None
    if cell is None:
        return ""
    if isinstance(cell, bool):
        raise BadValue("wrong_type")
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    raise BadValue("date_in_text")


def is_empty(cell: Cell) -> bool:
    """Whether a cell says nothing."""
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def text(limit: int) -> Parser[str]:
    """A text of at most `limit` characters; empty is allowed here, columns say where it is not."""

    def parse(cell: Cell) -> str:
        value = as_text(cell)
        if value.startswith("="):
            # CSV and cells formatted as text: a formula in disguise would come alive in the next spreadsheet.
            raise BadValue("formula")
        if len(value) > limit:
            raise BadValue("too_long", limit=limit)
        if ("?" in value or "\ufffd" in value) and _LOST.search(value):
            raise BadValue("lost_letters")
        return value

    return parse


def person_name(limit: int) -> Parser[str]:
    """A part of a person's name: a text without digits and signs."""
    as_plain = text(limit)

    def parse(cell: Cell) -> str:
        value = as_plain(cell)
        if "?" in value:
            raise BadValue("lost_letters")
        if not value.isalpha() and any(not (ch.isalpha() or ch in " -.'’ʼ`ʻ()") for ch in value):
            raise BadValue("not_a_name")
        return value

    return parse


def whole(low: int, high: int) -> Parser[int]:
    """A whole number from `low` to `high`, as a number or as text ("34", "34,0"); ASCII digits only."""

    def parse(cell: Cell) -> int:
        if isinstance(cell, bool | date | time | timedelta):
            raise BadValue("not_whole")
        if isinstance(cell, int | float):
            if not (isinstance(cell, int) or cell.is_integer()):
                raise BadValue("not_whole")
            value = int(cell)
        else:
            written = as_text(cell).replace(" ", "")
            if not _WHOLE.fullmatch(written):
                raise BadValue("not_whole")
            value = int(re.split(r"[.,]", written)[0])
        if not low <= value <= high:
            raise BadValue("out_of_range", low=low, high=high)
        return value

    return parse


def decimal(low: int, high: int) -> Parser[Decimal]:
    """A number with at most one decimal, as a number or as text ("4,5")."""

    def parse(cell: Cell) -> Decimal:
        if isinstance(cell, bool | date | time | timedelta):
            raise BadValue("not_a_number")
        if isinstance(cell, int | float):
            written = repr(cell) if isinstance(cell, int) or not cell.is_integer() else str(int(cell))
        else:
            written = as_text(cell).replace(" ", "")
        if not _DECIMAL.fullmatch(written):
            raise BadValue("not_a_number")
        value = Decimal(written.replace(",", "."))
        if not low <= value <= high or value != value.quantize(Decimal("0.1")):
            raise BadValue("out_of_range", low=low, high=high)
        return value.quantize(Decimal("0.1"))

    return parse


def day(cell: Cell) -> date:
    """A day: a date cell, the bare number of a day, or text with the day first or the year first."""
    if isinstance(cell, datetime):
        if cell.time() != time(0):
            raise BadValue("not_a_date")
        value = cell.date()
    elif isinstance(cell, date):
        value = cell
    elif isinstance(cell, bool | time | timedelta):
        raise BadValue("not_a_date")
    elif isinstance(cell, int | float):
        if not float(cell).is_integer() or not 0 < cell < 80_000:
            raise BadValue("not_a_date")
        value = _EPOCH + timedelta(days=int(cell))
    else:
        value = _day_from_text(as_text(cell))
    if not EARLIEST <= value <= LATEST:
        raise BadValue("out_of_range", low=f"{EARLIEST:%d.%m.%Y}", high=f"{LATEST:%d.%m.%Y}")
    return value


def _day_from_text(written: str) -> date:
    if found := _DAY_FIRST.fullmatch(written):
        number, month, year = int(found[1]), int(found[3]), int(found[4])
        if found[2] == "/" and number <= 12 and month <= 12 and number != month:
            raise BadValue("ambiguous_date")  # 9/1/2026 is 1 September to half of the world
    elif found := _YEAR_FIRST.fullmatch(written):
        year, month, number = int(found[1]), int(found[2]), int(found[3])
    else:
        raise BadValue("not_a_date")
    try:
        return date(year, month, number)
    except ValueError:
        raise BadValue("not_a_date") from None


def shifted_1904(cell: Cell) -> Cell:
    """The number of a day counted from 1904, recounted from 1900. Cells formatted as dates need no help."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell + _EPOCH_1904_SHIFT
    return cell


def clock(cell: Cell) -> time:
    """A time of day to the minute: a time cell, the fraction of a day, or text such as 08:00."""
    if isinstance(cell, datetime):
        raise BadValue("not_a_time")
    if isinstance(cell, time):
        value = cell
    elif isinstance(cell, timedelta):
        value = _time_from_seconds(cell.total_seconds())
    elif isinstance(cell, bool | date):
        raise BadValue("not_a_time")
    elif isinstance(cell, int | float):
        value = _time_from_seconds(float(cell) * 86_400)
    else:
        found = _CLOCK.fullmatch(as_text(cell))
        if not found or int(found[1]) > 23 or int(found[2]) > 59:
            raise BadValue("not_a_time")
        value = time(int(found[1]), int(found[2]))
    if value.second or value.microsecond:
        raise BadValue("not_a_time")
    return value


def _time_from_seconds(seconds: float) -> time:
    # A fraction of a day is not exact: 08:00 may arrive as 28 799.99 seconds.
    if not 0 <= seconds < 86_400:
        raise BadValue("not_a_time")
    minutes, rest = divmod(round(seconds), 60)
    if rest or minutes >= 24 * 60:
        raise BadValue("not_a_time")
    return time(minutes // 60, minutes % 60)


def academic_year(cell: Cell) -> str:
    """An academic year, written one way: 2026/2027."""
    found = _ACADEMIC_YEAR.match(as_text(cell))
    if not found:
        raise BadValue("not_a_year")
    first = int(found[1])
    second = int(found[2]) if len(found[2]) == 4 else first // 100 * 100 + int(found[2])
    if second != first + 1 or not EARLIEST.year < first < LATEST.year:
        raise BadValue("not_a_year")
    return f"{first}/{second}"


E_ = TypeVar("E_", bound=StrEnum)


def word(words: Mapping[E_, tuple[str, ...]]) -> Parser[E_]:
    """One of a fixed set of words, in any of the three languages, in any case, on any keyboard."""
    known = {fold_heading(name): value for value, names in words.items() for name in names}
    offered = ", ".join(names[0] for names in words.values())

    def parse(cell: Cell) -> E_:
        try:
            return known[fold_heading(as_text(cell))]
        except KeyError:
            raise BadValue("unknown_word", words=offered) from None

    return parse


def number_word(words: Mapping[int, tuple[str, ...]]) -> Parser[int]:
    """The same for words that stand for a number: days of the week, semesters."""
    known = {fold_heading(name): value for value, names in words.items() for name in names}
    offered = ", ".join(names[0] for names in words.values())

    def parse(cell: Cell) -> int:
        written = as_text(cell)
        try:
            return known[fold_heading(written)]
        except KeyError:
            raise BadValue("unknown_word", words=offered) from None

    return parse
