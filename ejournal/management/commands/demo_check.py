"""`demo_check`: walk through the running demo as its people would."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ejournal.demo.walking import Stumbled, walk


class Command(BaseCommand):
    help = "Walk the main journey over HTTP; ends with 1 and a sentence at the first step that fails."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", required=True, help="where the demo answers, e.g. http://127.0.0.1:8000")

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.VAR_FOLDER / "run" / "demo.json"
        try:
            password = json.loads(path.read_text("utf-8"))["password"]
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"No logins in {path}: run demo_prepare first ({error}).") from error

        def tell(sentence: str) -> None:
            self.stdout.write(f"✓ {sentence}")
            self.stdout.flush()

        try:
            walk(url=options["url"], password=password, tell=tell)
        except Stumbled as error:
            raise CommandError(str(error)) from error
