"""`grow_university`: believable, deterministic marks of a semester on whatever is loaded."""

import time
from argparse import ArgumentParser
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from ejournal.demo.growth import grow_semester
from ejournal.lib.clock import day_of, moment_of, now
from ejournal.lib.errors import Refusal
from university.models import Semester
from university.selectors import semester_on


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # they read every page; this only writes rows
    help = "Grow a semester of lessons' marks and their history: the same for the same seed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--semester", type=int, help="its id; else the semester of today")
        parser.add_argument("--until", type=date.fromisoformat, help="the last day, YYYY-MM-DD; else until now")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        moment = now()
        until: datetime = moment
        if options["until"] is not None:
            until = moment_of(options["until"], clock_time(23, 59, 59))
        semester = (
            Semester.objects.select_related("year").filter(id=options["semester"]).first()
            if options["semester"] is not None
            else semester_on(day_of(moment))
        )
        if semester is None:
            raise CommandError("There is no such semester: load a workbook first, or name one with --semester.")
        started = time.monotonic()
        # Of what was loaded just now the planner knows nothing: its first query would read it by nested loops.
        with connections["owner"].cursor() as cursor:
            cursor.execute("ANALYZE")

        def tell(sentence: str) -> None:
            self.stderr.write(f"{time.monotonic() - started:6.1f} s  {sentence}")

        try:
            grown = grow_semester(semester=semester, until=until, seed=options["seed"], tell=tell)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{semester}: {grown.lessons} lessons, {grown.marks} marks, {grown.changes} changes in {seconds:.1f} s"
        )
