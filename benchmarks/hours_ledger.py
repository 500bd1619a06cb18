"""The hours ledger of a whole database: the page, the selector, and the bare SQL, in one run.

Run: EJOURNAL_VAR=… .venv/bin/python -m benchmarks.hours_ledger   (on whatever is loaded; it only reads)
"""

import logging
import os
import statistics
import time as clock_time
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ejournal.settings.local")
django.setup()

from django.db import connection  # noqa: E402 -- after setup
from django.template.loader import render_to_string  # noqa: E402 -- after setup

from accounts.enums import Role  # noqa: E402 -- after setup
from accounts.permissions import Rights  # noqa: E402 -- after setup
from ejournal.lib import clock  # noqa: E402 -- after setup
from reports.selectors.hours import LedgerChoice, hours_ledger, ledger_statement  # noqa: E402 -- after setup
from reports.selectors.hours_sql import GROUPINGS  # noqa: E402 -- after setup
from reports.views.hours import PAGE_SIZE  # noqa: E402 -- after setup

ROUNDS = 15
EVERYTHING = Rights(user_id=0, roles=frozenset({str(Role.STUDY_OFFICE)}))


def seconds(work: Callable[[], object]) -> float:
    begun = clock_time.perf_counter()
    work()
    return clock_time.perf_counter() - begun


def measure(by: str) -> None:
    """Bare and whole take turns, so that a busy machine slows both alike."""
    now, choice = clock.now(), LedgerChoice(by=by)
    sql, params = ledger_statement(EVERYTHING, choice, limit=PAGE_SIZE, now=now)

    def bare() -> None:
        with connection.connection.cursor() as cursor:
            cursor.execute(sql, params)
            cursor.fetchall()

    def page() -> None:
        ledger = hours_ledger(EVERYTHING, choice, limit=PAGE_SIZE, now=now)
        render_to_string("reports/hours_table.html", {"rows": ledger.rows, "by": by, "label": ""})

    bare()
    page()
    alone, whole = [], []
    for _ in range(ROUNDS):
        alone.append(seconds(bare))
        whole.append(seconds(page))
    print(
        f"{by}: rows read and drawn {statistics.median(whole) * 1000:.1f} ms, "
        f"the same SQL bare {statistics.median(alone) * 1000:.1f} ms; "
        f"whole / bare = {statistics.median(whole) / statistics.median(alone):.2f}"
    )


def main() -> None:
    logging.disable(logging.INFO)
    connection.ensure_connection()
    for by in GROUPINGS:
        measure(by)


if __name__ == "__main__":
    main()
