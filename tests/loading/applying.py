"""Loads for tests: a book goes in as a file does, and what is written is seen to the row."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from django.db import connection

from accounts.models import User
from ejournal.lib import clock
from ejournal.loading.reading import SourceFile
from ejournal.loading.services import Checked, Loaded, apply_load, plan_load
from tests.loading.books import Rows, xlsx

# Before the small university's semester begins, and in its fourth week on Monday after the first pair began.
AUGUST = clock.moment_of(date(2026, 8, 25), time(10, 0))
SUNDAY = clock.moment_of(date(2026, 9, 20), time(12, 0))
MONDAY_NINE = clock.moment_of(date(2026, 9, 21), time(9, 0))

LOADED_TABLES = (
    "university_academicyear",
    "university_semester",
    "university_module",
    "university_holiday",
    "university_bell",
    "university_unit",
    "university_department",
    "university_programme",
    "university_room",
    "university_group",
    "university_groupname",
    "university_subgroup",
    "university_discipline",
    "university_curriculum",
    "accounts_user",
    "accounts_teacher",
    "accounts_student",
    "accounts_groupenrolment",
    "accounts_appointment",
    "teaching_course",
    "teaching_courseenrolment",
    "teaching_workload",
    "teaching_workloadteacher",
    "teaching_slot",
    "teaching_lesson",
    "teaching_lessonworkload",
    "journal_mark",
)


def file_of(book: Mapping[str, Rows] | None = None) -> SourceFile:
    return SourceFile("окуу.xlsx", xlsx(book))


def loader() -> User:
    """Who loads where the test does not say: somebody who cannot log in, as all whom a load makes."""
    return User.objects.get_or_create(
        username="loader", defaults={"last_name": "Жүктөөчү", "first_name": "Азамат", "password": "!"}
    )[0]


def load(
    book: Mapping[str, Rows] | None = None, *, now: datetime = AUGUST, by: User | None = None, **options: Any
) -> Loaded:
    return apply_load([file_of(book)], by=by or loader(), now=now, **options)


def plan(book: Mapping[str, Rows] | None = None, *, now: datetime = AUGUST) -> Checked:
    return plan_load([file_of(book)], now=now)


def counted(loaded: Loaded) -> dict[str, tuple[int, int, int, int]]:
    """New, changed, ended and unchanged rows of each sheet."""
    return {
        key.value: (len(sheet.new), len(sheet.changed), len(sheet.ended), sheet.unchanged)
        for key, sheet in loaded.plan.sheets.items()
    }


def written() -> dict[str, Sequence[tuple[Any, ...]]]:
    """Every row with the transaction that wrote it and its place: a row that is written again is another here."""
    rows = {}
    with connection.cursor() as cursor:
        for table in LOADED_TABLES:
            cursor.execute(f"SELECT id, xmin::text, ctid::text FROM {table} ORDER BY id")
            rows[table] = cursor.fetchall()
    return rows


def counts() -> dict[str, int]:
    return {table: len(rows) for table, rows in written().items()}
