"""How long growing a semester and checking its laws take, on whatever is loaded.

    .venv/bin/python manage.py load_workbook benchmarks/data/whole-university.xlsx
    .venv/bin/python benchmarks/grow_university.py [--until YYYY-MM-DD]

Nothing is kept: the growth is rolled back after it was checked. Prints one line a stage.
"""

import argparse
import os
import sys
import time
from datetime import date
from datetime import time as clock_time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ejournal.settings.local")

import django

django.setup()

from django.db import transaction  # noqa: E402 -- after setup

from ejournal.demo.growth import grow_semester  # noqa: E402 -- after setup
from ejournal.lib.clock import moment_of, now  # noqa: E402 -- after setup
from journal.selectors.invariants import check_invariants  # noqa: E402 -- after setup
from university.models import Semester  # noqa: E402 -- after setup


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--until", type=date.fromisoformat)
    parser.add_argument("--semester", type=int)
    options = parser.parse_args()
    semesters = Semester.objects.select_related("year").order_by("starts_on")
    semester = semesters.get(pk=options.semester) if options.semester else semesters[0]
    until = (
        moment_of(options.until, clock_time(23, 59))
        if options.until
        else max(now(), moment_of(semester.ends_on, clock_time(23, 59)))
    )
    started = time.perf_counter()

    def tell(sentence: str) -> None:
        print(f"{time.perf_counter() - started:7.1f} s  {sentence}", flush=True)

    with transaction.atomic():
        grown = grow_semester(semester=semester, until=until, tell=tell)
        tell(f"grown: {grown.lessons} lessons, {grown.marks} marks, {grown.changes} changes")
        checking = time.perf_counter()
        findings = check_invariants()
        broken = [finding.code for finding in findings if not finding.holds]
        tell(f"checked in {time.perf_counter() - checking:.1f} s: {broken or 'all laws hold'}")
        slowest = max(findings, key=lambda finding: finding.seconds)
        tell(f"the slowest question: {slowest.code}, {slowest.seconds:.1f} s")
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
