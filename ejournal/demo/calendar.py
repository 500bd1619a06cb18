"""The workbook's year, moved by whole weeks so that today is in mid-semester. No database."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from ejournal.loading.rows import Book, HolidayRow, SemesterRow
from university.rules import week_number

FIRST_WEEK, LAST_WEEK = 9, 13  # of seventeen: the first module is over, the second under way


@dataclass(frozen=True, slots=True)
class Span:
    """A semester: its academic year (by the calendar year of its autumn), number, days, and its modules' ends."""

    starts: int
    number: int
    starts_on: date
    ends_on: date
    module_ends: tuple[date, date]
    session_ends_on: date

    @property
    def year(self) -> str:
        return f"{self.starts}/{self.starts + 1}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The semester that is on, the one before it, and by how many years the workbook's intakes move."""

    current: Span
    earlier: Span
    years: int


def calendar_around(today: date, *, semester: SemesterRow) -> Calendar:
    """The workbook's semester moved by the fewest whole weeks that bring today between its weeks 9 and 13."""
    week = week_number(today, semester_starts_on=semester.starts_on)
    weeks = max(0, week - LAST_WEEK) + min(0, week - FIRST_WEEK)
    shift = timedelta(weeks=weeks)
    starts_on = semester.starts_on + shift
    autumn = starts_on.month >= 7
    module_1 = semester.module_1_ends_on or semester.starts_on + timedelta(days=53)
    session = semester.session_ends_on or semester.ends_on + timedelta(weeks=3)
    current = Span(
        starts=starts_on.year if autumn else starts_on.year - 1,
        number=1 if autumn else 2,
        starts_on=starts_on,
        ends_on=semester.ends_on + shift,
        module_ends=(module_1 + shift, semester.ends_on + shift),
        session_ends_on=session + shift,
    )
    # Before an autumn lie the summer and a spring; before a spring, an autumn and the new year.
    back = timedelta(weeks=30 if autumn else 22)
    earlier = replace(
        current,
        starts=current.starts - 1 if autumn else current.starts,
        number=2 if autumn else 1,
        starts_on=current.starts_on - back,
        ends_on=current.ends_on - back,
        module_ends=(current.module_ends[0] - back, current.module_ends[1] - back),
        session_ends_on=current.session_ends_on - back,
    )
    return Calendar(current, earlier, current.starts - int(semester.year[:4]))


def move_book(book: Book, calendar: Calendar) -> Book:
    """The book with its first semester at the calendar's place, intakes moved along; holidays keep their days."""
    source = min(book.semesters.rows, key=lambda row: row.starts_on)
    key = (source.year, source.semester)
    now = calendar.current
    book.semesters.rows = [
        replace(
            source,
            year=now.year,
            semester=now.number,
            starts_on=now.starts_on,
            ends_on=now.ends_on,
            module_1_ends_on=now.module_ends[0],
            module_2_ends_on=now.module_ends[1],
            session_ends_on=now.session_ends_on,
        )
    ]
    book.holidays.rows = list(_holidays(book.holidays.rows, calendar))
    book.groups.rows = [replace(row, intake=row.intake + calendar.years) for row in book.groups.rows]
    book.curriculum.rows = [
        replace(row, year=now.year, semester=now.number, intake=row.intake + calendar.years)
        for row in book.curriculum.rows
        if (row.year, row.semester) == key
    ]
    book.workload.rows = [
        replace(row, year=now.year, semester=now.number)
        for row in book.workload.rows
        if (row.year, row.semester) == key
    ]
    numbers = {row.number for row in book.workload.rows}
    book.timetable.rows = [row for row in book.timetable.rows if row.workload in numbers]
    return book


def _holidays(rows: list[HolidayRow], calendar: Calendar) -> list[HolidayRow]:
    """Each holiday in every year that the calendar touches. No holiday falls on 29 February."""
    years = range(calendar.earlier.starts_on.year, calendar.current.session_ends_on.year + 1)
    days = {(year, row.day.month, row.day.day): row for row in rows for year in years}
    return [replace(row, day=date(*key)) for key, row in sorted(days.items())]
