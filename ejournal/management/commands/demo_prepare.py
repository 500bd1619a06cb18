"""`demo_prepare`: the demo university, built or renewed; anything else is left alone."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ejournal.demo.preparing import prepare
from ejournal.lib.clock import now
from ejournal.lib.errors import Refusal


class Command(BaseCommand):
    help = "Build the demo in an empty database, or renew it; refuses any other database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fresh", action="store_true", help="empty the demo first (only a database marked as one)")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()

        def tell(sentence: str) -> None:
            self.stdout.write(f"{time.monotonic() - started:6.1f} s  {sentence}")
            self.stdout.flush()

        try:
            done = prepare(now=now(), fresh=bool(options["fresh"]), var=settings.VAR_FOLDER, tell=tell)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        tell(f"The demo was {done}.")
