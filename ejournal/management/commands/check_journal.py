"""`check_journal`: whether what must be true of the journal is true (trials.md, I1–I8)."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from journal.selectors.invariants import Finding, check_invariants


class Command(BaseCommand):
    help = "Check the invariants of the journal; ends with 1 if one of them is broken."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = bool(options["json"])
        findings = check_invariants(tell=(lambda _finding: None) if as_json else self.tell)
        broken = [finding for finding in findings if not finding.holds]
        if as_json:
            answer = {"holds": not broken, "invariants": [finding.as_json() for finding in findings]}
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
        elif broken:
            self.stdout.write(f"{len(broken)} of {len(findings)} laws are broken.")
        else:
            self.stdout.write(f"All {len(findings)} laws hold.")
        if broken:
            raise SystemExit(1)

    def tell(self, finding: Finding) -> None:
        """A line for the law, and one for each example of a breach."""
        sign = "✓" if finding.holds else "✗"
        count = "" if finding.holds else f"  {finding.count} breaches"
        self.stdout.write(f"{sign} {finding.code:<14} {finding.law}  ({finding.seconds:.1f} s){count}")
        for example in finding.examples:
            self.stdout.write(f"    {example}")
        self.stdout.flush()
