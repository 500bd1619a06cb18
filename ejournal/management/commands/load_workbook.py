"""Load a workbook from the command line: the same reading, comparing and writing as on the page."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.loading.difference import ENDABLE, SHOWN_CHANGED, Plan
from ejournal.loading.problems import ERROR, WARNING, Problem, Problems
from ejournal.loading.reading import SourceFile
from ejournal.loading.rows import SheetKey
from ejournal.loading.services import Loaded, LoadRefused, WouldShrink, apply_load, plan_load
from ejournal.management.administrators import find_administrator

SHOWN_PROBLEMS = 200


class Command(BaseCommand):
    help = (
        "Loads a workbook (XLSX, or CSV files of one sheet each), all or nothing. Shows what would change with"
        " --dry-run. Exit code 1: nothing was loaded, the reasons stand above."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an XLSX workbook, or CSV files")
        parser.add_argument("--dry-run", action="store_true", help="show the difference and load nothing")
        parser.add_argument(
            "--confirm",
            action="store_true",
            help="load even if groups would lose all students, workloads all their lines, or something is ended",
        )
        parser.add_argument(
            "--end-gone",
            action="append",
            default=[],
            choices=[key.value for key in ENDABLE],
            help="end what the file does not name any more of this sheet (with --confirm); marks stay",
        )
        parser.add_argument(
            "--by",
            default="",
            metavar="LOGIN",
            help="the administrator who loads (default: the first that is appointed)",
        )
        parser.add_argument("--language", default="", metavar="ky|ru|en", help="language of the sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"] or translation.get_language() or "ky"):
            self._load(options)

    def _load(self, options: dict[str, Any]) -> None:
        try:
            files = [SourceFile(path.name, path.read_bytes()) for path in options["files"]]
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        now = clock.now()
        by = find_administrator(options["by"])
        if options["dry_run"]:
            checked = plan_load(files, now=now, progress=self._progress)
            self._end_progress()
            self._problems(checked.problems)
            if checked.plan is None:
                raise CommandError(_("The file has errors: nothing was loaded."))
            self._difference(checked.plan)
            return
        try:
            loaded = apply_load(
                files,
                by=by,
                now=now,
                confirm=options["confirm"],
                end_gone=[SheetKey(key) for key in options["end_gone"]],
                progress=self._progress,
            )
        except LoadRefused as refused:
            self._end_progress()
            self._problems(refused.problems)
            raise CommandError(str(refused)) from None
        except WouldShrink as refused:
            self._end_progress()
            self._difference(refused.plan)
            raise CommandError(f"{refused} (--confirm)") from None
        except Refusal as refused:
            self._end_progress()
            raise CommandError(f"{refused} (--by)" if refused.code == "no_author" else str(refused)) from None
        self._end_progress()
        self._problems(loaded.problems)
        self._difference(loaded.plan)
        self._done(loaded)

    # --- What is said -----------------------------------------------------------------------------------------

    def _progress(self, percent: int, stage: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r\033[K{percent:3} %  {_(stage)}", ending="")
        elif stage != getattr(self, "_stage", ""):
            self.stderr.write(f"{percent:3} %  {_(stage)}")
        self._stage = stage

    def _end_progress(self) -> None:
        if sys.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")

    def _problems(self, problems: Problems) -> None:
        for severity, label in ((ERROR, _("Errors")), (WARNING, _("Warnings"))):
            kept = [problem for problem in problems if problem.severity is severity]
            if not kept:
                continue
            self.stdout.write(f"{label}: {problems.counts[severity]}")
            for problem in kept[:SHOWN_PROBLEMS]:
                self.stdout.write(f"  {self._where(problem)}: {problem.message}")
            if problems.counts[severity] > min(len(kept), SHOWN_PROBLEMS):
                self.stdout.write("  …")

    def _where(self, problem: Problem) -> str:
        parts = [problem.sheet]
        if problem.row is not None:
            parts.append(_("row %(row)s") % {"row": problem.row})
        if problem.column:
            parts.append(f"“{problem.column}”")
        if problem.value:
            parts.append(f"[{problem.value}]")
        return ", ".join(part for part in parts if part)

    def _difference(self, plan: Plan) -> None:
        shown = plan.as_json()
        if shown["changes_nothing"] and not any(sheet["gone"] for sheet in shown["sheets"]):
            self.stdout.write(_("The journal has all of this already: nothing changes."))
            return
        for sheet in shown["sheets"]:
            counts = (
                _("new %(new)s, changed %(changed)s, ended %(ended)s, gone %(gone)s, unchanged %(unchanged)s") % sheet
            )
            self.stdout.write(f"{sheet['name']}: {counts}")
            for row in sheet["changed_rows"][:SHOWN_CHANGED]:
                fields = "; ".join(f"{heading}: {before} → {after}" for heading, before, after in row["fields"])
                self.stdout.write(f"  ~ {row['key']}: {fields}")
            for line in sheet["ended_rows"]:
                self.stdout.write(f"  - {line}")
            for line in sheet["gone_rows"]:
                self.stdout.write(f"  ? {line}")
        for before, after in shown["renamed"]:
            self.stdout.write(_("Group %(before)s is called %(after)s now.") % {"before": before, "after": after})
        for name in shown["emptied"]:
            self.stdout.write(_("Group %(name)s would have no students left.") % {"name": name})
        if shown["thinned"]:
            self.stdout.write(_("A good part of the timetable would end."))
        for number in shown["unscheduled"]:
            self.stdout.write(_("Workload %(number)s would have no lessons left.") % {"number": number})

    def _done(self, loaded: Loaded) -> None:
        lessons = loaded.lessons
        if loaded.wrote_nothing:
            return
        self.stdout.write(
            _(
                "Lessons: made %(made)s, changed %(changed)s, removed %(removed)s, moved %(moved)s,"
                " cancelled %(cancelled)s."
            )
            % {
                "made": lessons.made,
                "changed": lessons.changed,
                "removed": lessons.removed,
                "moved": lessons.moved,
                "cancelled": len(lessons.cancelled),
            }
        )
        self.stdout.write(_("Loaded."))
