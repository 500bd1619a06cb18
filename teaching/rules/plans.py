"""Calendar-thematic plans (§4.3): reading, arranging, and what a lesson gives next. No Django, no database."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

PAIR_HOURS = 2  # academic hours of a pair
MAX_PLAN_ITEMS = 100  # lines of a plan: its form stays below the 1,000 fields of a request
MAX_ITEM_HOURS = 20
PLAN_COLUMNS = ("week", "module", "topic", "hours", "kinds", "self_study", "literature")
_PLAN_TEXT_LENGTHS = {"topic": 300, "self_study": 500, "literature": 500}
_PLAN_HEADINGS = {
    "week": ("жума", "апта", "жуманын номери", "неделя", "week", "№ недели", "week no"),
    "module": ("модуль", "модулдун номери", "module", "№ модуля", "module no"),
    "topic": ("тема", "сабактын темасы", "темасы", "тема занятия", "topic", "topic of the lesson"),
    "hours": ("саат", "саат саны", "сааттар", "часы", "часов", "количество часов", "час", "hours"),
    "kinds": ("иштин түрлөрү", "иштин түрү", "виды работ", "вид работы", "виды работы", "kinds of work"),
    "self_study": ("өз алдынча иш", "сөи", "срс", "самостоятельная работа", "self-study", "өз алдынча иштер"),
    "literature": ("адабият", "адабияттар", "литература", "literature"),
}
_PLAN_TOTALS = {"бардыгы", "жалпы", "жыйынтык", "итого", "всего", "total"}
_HEADING_ROWS = 15  # a title may stand above the headings


class PlanRow(NamedTuple):
    """A line of a plan as texts, the way a person types them. `id` is "" for a new line."""

    week: str = ""
    module: str = ""
    topic: str = ""
    hours: str = ""
    kinds: str = ""
    self_study: str = ""
    literature: str = ""
    id: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(self[:7])


class PlanLine(NamedTuple):
    """A line of a plan that has been read; `id` of the line that it was, if any."""

    week: int | None
    module: int | None
    topic: str
    hours: int
    kinds: tuple[str, ...]
    self_study: str
    literature: str
    id: int | None = None


class PlanProblem(NamedTuple):
    """What is wrong with a line: its row (from 1), its column of PLAN_COLUMNS or "", a code and the value."""

    row: int
    column: str
    code: str
    value: str = ""


def tidy(text: str) -> str:
    """Without the spaces that nobody means: at the ends, doubled, unbreakable, line ends inside a cell."""
    return " ".join(text.split())


def arrange_plan(rows: Sequence[PlanRow], deed: str, at: int) -> list[PlanRow]:
    """The rows after one deed at a row (from 0): `add` below, `up`, `down`, `split`, `delete`.

    Split shares the hours, the first part gets the odd one; the second part repeats the rest as a new line. A deed
    that cannot be done (up from the top) leaves everything as it was.
    """
    done = list(rows)
    if deed == "add" and -1 <= at < len(done):
        done.insert(at + 1, PlanRow())
    elif not 0 <= at < len(done):
        return done
    elif deed == "up" and at > 0:
        done[at - 1], done[at] = done[at], done[at - 1]
    elif deed == "down" and at + 1 < len(done):
        done[at + 1], done[at] = done[at], done[at + 1]
    elif deed == "delete":
        del done[at]
    elif deed == "split":
        hours = int(done[at].hours) if _WHOLE.fullmatch(done[at].hours.strip()) else 0
        first = done[at]._replace(hours=str(hours - hours // 2)) if hours > 1 else done[at]
        done[at : at + 1] = [first, done[at]._replace(hours=str(hours // 2) if hours > 1 else "", id="")]
    return done


def read_plan(
    rows: Sequence[PlanRow],
    *,
    work_kinds: Sequence[str],
    weeks: int,
    modules: int,
    numbers: Sequence[int] | None = None,
) -> tuple[list[PlanLine], list[PlanProblem]]:
    """Lines out of typed rows, or what is wrong with them; empty rows are left out.

    `work_kinds` are those that a lesson offers; `weeks` and `modules` are the semester's. `numbers`: the rows'
    numbers in a file, else they are counted from 1.
    """
    lines: list[PlanLine] = []
    problems: list[PlanProblem] = []
    offered = {tidy(kind).casefold(): kind for kind in work_kinds}
    for index, typed in enumerate(rows):
        number = numbers[index] if numbers is not None else index + 1
        row = PlanRow(*(tidy(text) for text in typed))
        if row.is_empty:
            continue
        before = len(problems)
        for column in PLAN_COLUMNS:
            text = getattr(row, column)
            if not text.isprintable():
                problems.append(PlanProblem(number, column, "characters"))
            elif len(text) > _PLAN_TEXT_LENGTHS.get(column, 1000):
                problems.append(PlanProblem(number, column, "too_long", text[:40]))
        if not row.topic:
            problems.append(PlanProblem(number, "topic", "no_topic"))
        week = _number(row.week, 1, weeks, PlanProblem(number, "week", "week", row.week), problems)
        module = _number(row.module, 1, modules, PlanProblem(number, "module", "module", row.module), problems)
        hours = _number(row.hours or "0", 1, MAX_ITEM_HOURS, PlanProblem(number, "hours", "hours", row.hours), problems)
        kinds = [tidy(kind) for kind in row.kinds.replace(";", ",").split(",") if kind.strip()]
        unknown = [kind for kind in kinds if kind.casefold() not in offered]
        if unknown:
            problems.append(PlanProblem(number, "kinds", "kinds", ", ".join(unknown)))
        if len(problems) == before and hours is not None:
            known = dict.fromkeys(offered[kind.casefold()] for kind in kinds)
            own = int(row.id) if _ID.fullmatch(row.id) else None
            lines.append(PlanLine(week, module, row.topic, hours, tuple(known), row.self_study, row.literature, own))
    if len(lines) > MAX_PLAN_ITEMS:
        problems.append(PlanProblem(len(lines), "", "too_many"))
    return lines, problems


_WHOLE = re.compile(r"[0-9]{1,3}")
_ID = re.compile(r"[0-9]{1,15}")


def _number(text: str, low: int, high: int, problem: PlanProblem, problems: list[PlanProblem]) -> int | None:
    """A whole number in a range; None for an empty text, or with a problem added."""
    if not text:
        return None
    if _WHOLE.fullmatch(text) and low <= int(text) <= high:
        return int(text)
    problems.append(problem)
    return None


def find_plan_table(records: Sequence[Sequence[str]]) -> tuple[list[PlanRow], list[int], list[PlanProblem]]:
    """Rows of a table with headings in Kyrgyz, Russian or English in any order, their numbers in it, and problems.

    The heading stands within the first rows and names at least topic and hours. Rows under it that only sum up
    are left out; columns that no heading of a plan names are not read.
    """
    for number, record in enumerate(records[:_HEADING_ROWS]):
        places: dict[str, int] = {}
        twice = []
        for place, cell in enumerate(record):
            column = _column_of(cell)
            if column is None:
                continue
            if column in places:
                twice.append(PlanProblem(number + 1, column, "column_twice", tidy(cell)))
            places.setdefault(column, place)
        if "topic" not in places:
            continue
        if "hours" not in places:
            return [], [], [PlanProblem(number + 1, "hours", "no_column")]
        if twice:
            return [], [], twice
        rows, numbers = [], []
        for below, cells in enumerate(records[number + 1 :], start=number + 2):
            values = {column: cells[place] if place < len(cells) else "" for column, place in places.items()}
            row = PlanRow(**values)
            sums_up = any(tidy(cell).rstrip(":").casefold() in _PLAN_TOTALS for cell in cells)
            if not PlanRow(*(tidy(text) for text in row)).is_empty and not sums_up:
                rows.append(row)
                numbers.append(below)
        return rows, numbers, [] if rows else [PlanProblem(number + 1, "", "no_rows")]
    return [], [], [PlanProblem(1, "topic", "no_column")]


def _column_of(heading: str) -> str | None:
    said = tidy(heading).rstrip(".:*").casefold()
    return next((column for column, names in _PLAN_HEADINGS.items() if said in names), None)


class ItemGiven(NamedTuple):
    """An item of a plan: its hours, and how many of them lessons have given."""

    id: int
    hours: int
    given: int


def next_items(items: Iterable[ItemGiven], *, hours: int = PAIR_HOURS) -> list[tuple[int, int]]:
    """(item, hours) that a lesson gives next: items in their order that still have hours, until the pair is full.

    A lost lesson gives nothing, so what it should have given comes in the next one.
    """
    taken = []
    for item in items:
        left = item.hours - item.given
        if left > 0 and hours > 0:
            share = min(left, hours)
            taken.append((item.id, share))
            hours -= share
    return taken


def days_of_items(hours: Sequence[int], days: Sequence[date]) -> list[tuple[date, date] | None]:
    """On which days, first and last, items of so many hours fall if each day gives a pair; None past the last day."""
    found: list[tuple[date, date] | None] = []
    passed = 0
    for own in hours:
        first, last = passed // PAIR_HOURS, (passed + max(own, 1) - 1) // PAIR_HOURS
        found.append((days[first], days[last]) if last < len(days) else None)
        passed += own
    return found
