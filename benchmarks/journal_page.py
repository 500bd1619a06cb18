"""A journal's page of 30 × 48 and of 31 × 68: queries, Python, SQL, and the same SQL bare.

Run: EJOURNAL_VAR=… .venv/bin/python -m benchmarks.journal_page   (servers: bin/servers start)
Works in a test database of its own, which it drops.
"""

import logging
import os
import statistics
import time as clock_time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ejournal.settings.test")
django.setup()

from django.db import connection  # noqa: E402 -- after setup
from django.test import Client  # noqa: E402 -- after setup
from django.test.utils import setup_databases, teardown_databases  # noqa: E402 -- after setup

from ejournal.lib import clock  # noqa: E402 -- after setup
from journal.enums import Presence, Source  # noqa: E402 -- after setup
from journal.models import Mark  # noqa: E402 -- after setup
from teaching.models import Workload  # noqa: E402 -- after setup
from tests import factories as make  # noqa: E402 -- after setup

ROUNDS = 200

# Text, parameters, seconds on the wall, seconds of this thread's processor.
Statement = tuple[str, Any, float, float]


def build(students: int, lessons: int) -> Workload:
    """A full journal: every student with a mark in every lesson."""
    workload = make.make_workload()
    people = [make.make_student(last_name=f"Студентов{number:02}", first_name="Айбек") for number in range(students)]
    for person in people:
        make.enrol(person, workload.course)
    start = workload.course.semester.starts_on
    days: list[tuple[date, int]] = []
    day = start
    while len(days) < lessons:
        if day.isoweekday() <= 6:
            days += [(day, 1 + len(days) % 5)]
        day += timedelta(days=1)
        if day > workload.course.semester.ends_on:
            day = start
            days = [(d, p) for d, p in days]
            break
    extra = [(d, p % 5 + 1) for d, p in days]
    made = [make.make_lesson(workload, day=d, pair=p) for d, p in (days + extra)[:lessons]]
    now = clock.now()
    Mark.objects.bulk_create(
        Mark(
            lesson=lesson,
            student=person,
            workload=workload,
            presence=Presence.ABSENT if (row + column) % 9 == 0 else Presence.PRESENT,
            grade=None if (row + column) % 9 == 0 or (row + column) % 3 else 3 + (row * column) % 3,
            by=lesson.teacher.user,
            at=now,
            source=Source.IMPORT,
            request_id=make.REQUEST_ID,
        )
        for column, lesson in enumerate(made)
        for row, person in enumerate(people)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return workload


@contextmanager
def watched() -> Iterator[list[Statement]]:
    """Statements of a request, with what each took until its rows were there."""
    seen: list[Statement] = []

    def wrap(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun, cpu = clock_time.perf_counter(), clock_time.thread_time()
        result = execute(sql, params, many, context)
        seen.append((sql, params, clock_time.perf_counter() - begun, clock_time.thread_time() - cpu))
        return result

    with connection.execute_wrapper(wrap):
        yield seen


def bare(statements: list[Statement]) -> float:
    """The same statements by psycopg alone, fetched and thrown away: seconds."""
    begun = clock_time.perf_counter()
    with connection.connection.cursor() as cursor:
        for sql, params, *_ in statements:
            cursor.execute(sql, params)
            cursor.fetchall()
    return clock_time.perf_counter() - begun


def pace_now() -> float:
    """Seconds of a piece of Python that is always the same: these machines' processors are not always as fast."""
    begun = clock_time.thread_time()
    sum(number % 7 for number in range(50_000))
    return clock_time.thread_time() - begun


def measure(students: int, lessons: int) -> None:
    workload = build(students, lessons)
    # As the web's own connections have it; the tests' settings are those of commands.
    connection.ensure_connection()
    connection.connection.prepare_threshold = 3
    client = Client()
    client.force_login(workload.teachers.get().teacher.user)
    url = f"/journals/{workload.id}/"
    for _ in range(3):
        client.get(url)
    python, sql, alone, whole, pace, size, queries = [], [], [], [], [], 0, 0
    for _ in range(ROUNDS):
        pace.append(pace_now())
        with watched() as statements:
            begun, cpu = clock_time.perf_counter(), clock_time.thread_time()
            answer = client.get(url)
            total, busy = clock_time.perf_counter() - begun, clock_time.thread_time() - cpu
        assert answer.status_code == 200, answer.status_code
        of_sql = sum(took for _, _, took, _ in statements)
        whole.append(total)
        sql.append(of_sql)
        # Processor time: the wall's would count whoever else uses these two cores.
        python.append(busy - sum(took for *_, took in statements))
        selects = [one for one in statements if one[0].lstrip().upper().startswith(("SELECT", "WITH"))]
        alone.append(bare(selects))
        size, queries = len(answer.content), len(statements)

    def ms(values: list[float]) -> str:
        return f"{statistics.median(values) * 1000:.1f} ms"

    print(
        f"{students} × {lessons}: {queries} queries, {size // 1024} KiB; whole {ms(whole)}, "
        f"Python {ms(python)} of processor, "
        f"SQL {ms(sql)}, the same SQL bare {ms(alone)}; whole / bare = "
        f"{statistics.median(whole) / statistics.median(alone):.1f}; a tenth of the rounds took Python "
        f"{sorted(python)[ROUNDS // 10] * 1000:.1f} ms or less; the processor ran at "
        f"{min(pace) / statistics.median(pace):.0%} of its best in this run"
    )


def main() -> None:
    logging.disable(logging.INFO)
    names = setup_databases(verbosity=0, interactive=False)
    try:
        measure(30, 48)
        measure(31, 68)
    finally:
        connection.close()
        teardown_databases(names, verbosity=0)


if __name__ == "__main__":
    main()
