"""What the university counts and concludes about teaching, given plain values. No Django, no database."""

import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import NamedTuple

from teaching.enums import ClashKind, WeekParity
from university.enums import LessonKind
from university.rules import is_odd_week


def days_of_line(
    *,
    weekday: int,
    parity: str,
    starts_on: date,
    ends_on: date,
    semester_starts_on: date,
    holidays: Collection[date],
) -> list[date]:
    """The days on which a line of the timetable meets (§3.5g), both ends included, holidays left out.

    `weekday` is ISO, 1 Monday … 7 Sunday; odd and even weeks are counted from the semester's first Monday.
    """
    first = starts_on + timedelta(days=(weekday - starts_on.isoweekday()) % 7)
    days = (first + timedelta(weeks=week) for week in range(max(0, (ends_on - first).days // 7 + 1)))
    return [
        day
        for day in days
        if day not in holidays
        and (
            parity == WeekParity.EVERY
            or is_odd_week(day, semester_starts_on=semester_starts_on) == (parity == WeekParity.ODD)
        )
    ]


class TaughtHours(NamedTuple):
    """Hours of one kind that a teacher has in a course."""

    staff_number: str
    kind: str
    hours: int


def lead_of(taught: Iterable[TaughtHours]) -> str | None:
    """Who leads a course: the lecturer with the most hours, else the teacher with the most; of equals the lowest
    staff number. None where nobody teaches."""
    lectures: defaultdict[str, int] = defaultdict(int)
    everything: defaultdict[str, int] = defaultdict(int)
    for one in taught:
        everything[one.staff_number] += one.hours
        if one.kind == LessonKind.LECTURE:
            lectures[one.staff_number] += one.hours
    hours = lectures or everything
    return min(hours, key=lambda number: (-hours[number], number), default=None)


# ------------------------------------------------------------------------------------ calendar-thematic plans (§4.3)
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


class Held(NamedTuple):
    """A line of the timetable, or one lesson, as what it holds: a teacher, a part of a group, a room.

    `when` is what two of them must have in common to meet at all: weekday and pair, or nothing where the times
    were compared before. Teacher, group, subgroup and room are any keys; None: none (of a subgroup: the whole group).
    """

    id: Hashable
    when: Hashable
    teacher: Hashable | None
    group: Hashable
    subgroup: Hashable | None
    room: Hashable | None
    parity: str = WeekParity.EVERY
    stream: Hashable | None = None
    starts_on: date = date.min
    ends_on: date = date.max

    @property
    def meeting(self) -> Hashable:
        """Lines of one stream that agree on time, weeks, room and teacher are one meeting (агым)."""
        if not self.stream:
            return self.id
        return self.stream, self.when, self.parity, self.room, self.teacher


class Found(NamedTuple):
    """One teacher, group or room that two meetings want at once."""

    kind: ClashKind
    subject: Hashable
    first: Held
    second: Held


def clashes_among(held: Iterable[Held]) -> Iterator[Found]:
    """Every two that cannot both be: one teacher, one room, or one group (the whole of it, or the same subgroup) in
    two meetings at once. Real timetables have them, so they are told and never refused."""
    wanted: defaultdict[tuple[ClashKind, Hashable, Hashable], list[Held]] = defaultdict(list)
    for one in held:
        wanted[ClashKind.GROUP, one.group, one.when].append(one)
        if one.teacher is not None:
            wanted[ClashKind.TEACHER, one.teacher, one.when].append(one)
        if one.room is not None:
            wanted[ClashKind.ROOM, one.room, one.when].append(one)
    for (kind, subject, _when), rivals in wanted.items():
        for first, second in combinations(rivals, 2):
            if _meet(first, second) and (kind != ClashKind.GROUP or _share_students(first, second)):
                yield Found(kind, subject, first, second)


def _meet(first: Held, second: Held) -> bool:
    """Whether two meetings of one weekday and pair ever fall on the same day."""
    return (
        (WeekParity.EVERY in (first.parity, second.parity) or first.parity == second.parity)
        and first.starts_on <= second.ends_on
        and second.starts_on <= first.ends_on
        and first.meeting != second.meeting
    )


def _share_students(first: Held, second: Held) -> bool:
    return first.subgroup is None or second.subgroup is None or first.subgroup == second.subgroup
