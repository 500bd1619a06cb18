"""`verify_seal`: every row that was changed, added or removed behind the program since it was sealed (law 4)."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from journal.selectors.seals import Finding, last_seal, verify
from journal.services.seals import heads_file, kept_heads

WORDS = {
    "changed": "was changed since it was sealed",
    "added": "was added among sealed rows",
    "removed": "was removed",
    "backdated": "came when the day that it names was sealed",
    "unrecorded": "differs from its last event",
    "by_hand": "was changed past the program",
    "believed": "the database believes any moment: migrate, by the owner, with the settings of this place",
    "leaves": "the seal does not fit its rows",
    "chain": "the chain is broken",
    "head": "the seal",
}


class Command(BaseCommand):
    help = "Compare the journal with its daily seals; names every difference and ends with 1 if there is one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--heads", type=Path, help="the file of seals kept outside (default: the program's own)")
        parser.add_argument("--since", type=date.fromisoformat, help="compare only rows sealed from this day on")
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["heads"] or heads_file()
        if options["heads"] and not path.exists():
            raise CommandError(f"{path} is not there.")
        try:
            heads = kept_heads(path)
        except ValueError as error:
            raise CommandError(f"{path} is not a file of seals: {error}.") from error
        seal = last_seal()
        if seal is None and not heads:
            raise CommandError("No day is sealed yet: the first seal is made in the coming night, or by seal_day.")
        findings = []
        for finding in verify(heads=heads, since=options["since"]):
            findings.append(finding)
            if not options["json"]:
                self.stdout.write(line_of(finding))
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "holds": not findings,
                        "last": seal and {"day": str(seal.day), "seal": seal.digest},
                        "kept_outside": len(heads),
                        "findings": [as_json(finding) for finding in findings],
                    },
                    indent=1,
                )
            )
        elif not findings and seal is not None:
            self.stdout.write(f"All agrees with {seal.digest} of {seal.day}; {len(heads)} seals are kept outside.")
        if findings:
            raise SystemExit(1)


def line_of(finding: Finding) -> str:
    """`journal_mark 812 (sealed 2026-11-23) was changed since it was sealed`."""
    row = f"{finding.entity} {finding.row_id}" if finding.row_id is not None else ""
    day = f"{finding.day}" if finding.day else ""
    parts = [row, f"(day {day})" if day else "", WORDS[finding.kind], f"– {finding.said}" if finding.said else ""]
    return " ".join(part for part in parts if part)


def as_json(finding: Finding) -> dict[str, Any]:
    """The finding for programs."""
    return {
        "kind": finding.kind,
        "entity": finding.entity,
        "id": finding.row_id,
        "day": str(finding.day) if finding.day else None,
        "said": finding.said,
    }
