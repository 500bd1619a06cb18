"""How long sealing and verifying a grown semester take, beside one bare SHA-256 a row in the same run.

    .venv/bin/python manage.py load_workbook benchmarks/data/whole-university.xlsx
    .venv/bin/python benchmarks/day_seal.py

The first seal has the whole semester in it: a night's has a hundredth. Nothing is kept: all is rolled back.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import time as clock_time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ejournal.settings.local")

import django

django.setup()

from django.conf import settings  # noqa: E402 -- after setup
from django.db import connection, transaction  # noqa: E402 -- after setup

from ejournal.demo.growth import grow_semester  # noqa: E402 -- after setup
from ejournal.lib.clock import moment_of, now  # noqa: E402 -- after setup
from journal.selectors.seals import ENTITIES, verify  # noqa: E402 -- after setup
from journal.services.seals import kept_heads, seal_day  # noqa: E402 -- after setup
from university.models import Semester  # noqa: E402 -- after setup


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def hash_all() -> None:
    with connection.cursor() as cursor:
        for sealed in ENTITIES:
            cursor.execute(f"SELECT count(sha256(convert_to(to_jsonb(r)::text, 'UTF8'))) FROM {sealed.entity} r")


def main() -> None:
    semester = Semester.objects.select_related("year").order_by("starts_on")[0]
    moment = max(now(), moment_of(semester.ends_on, clock_time(23, 59)))
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        settings.SEALS_FILE = Path(folder) / "seals.log"
        print(f"growing: {seconds(lambda: grow_semester(semester=semester, until=moment)):.1f} s", flush=True)
        bare = seconds(hash_all)
        print(f"one bare SHA-256 a row: {bare:.1f} s", flush=True)
        sealing = seconds(lambda: seal_day(now=moment))
        print(f"sealed: {sealing:.1f} s, {sealing / bare:.1f} × bare", flush=True)
        found: list[object] = []
        verifying = seconds(lambda: found.extend(verify(heads=kept_heads())))
        print(f"verified: {verifying:.1f} s, {verifying / bare:.1f} × bare; {len(found)} findings", flush=True)
        print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB", flush=True)
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
