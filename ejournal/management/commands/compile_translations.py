"""`compile_translations`: .po files into the .mo files that Django reads."""

from typing import Any

from django.core.management.base import BaseCommand

from ejournal.lib.translations import ROOT, compile_all


class Command(BaseCommand):
    help = "Compile the translations that are newer than what was compiled before."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for path in compile_all():
            self.stdout.write(f"written: {path.relative_to(ROOT)}")
