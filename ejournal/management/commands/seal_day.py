"""`seal_day`: seal now what the night would seal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.services.seals import heads_file, seal_day


class Command(BaseCommand):
    help = "Seal all that no earlier seal covers, in the name of yesterday."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            seal = seal_day(now=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        if seal is None:
            self.stdout.write("Yesterday is sealed already.")
        else:
            self.stdout.write(f"{seal.day} {seal.digest} {seal.rows} rows; kept in {heads_file()}")
