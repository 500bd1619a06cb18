"""Undo the latest load from the command line: the same judging and taking back as on the page."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.loading.models import AppliedLoad
from ejournal.loading.undo import reasons_against, undo_load
from ejournal.management.administrators import find_administrator


class Command(BaseCommand):
    help = "Undoes an applied load while nothing rests on it. Without --confirm it only says whether it can."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("load", type=int, metavar="ID", help="the number of the load, as /load/history/ has it")
        parser.add_argument("--confirm", action="store_true", help="undo it")
        parser.add_argument("--by", default="", metavar="LOGIN", help="the administrator who answers for it")
        parser.add_argument("--language", default="", metavar="ky|ru|en", help="language of the sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"] or translation.get_language() or "ky"):
            load = AppliedLoad.objects.filter(pk=options["load"]).first()
            if load is None:
                raise CommandError(_("There is no load with this number."))
            now = clock.now()
            by = find_administrator(options["by"])
            if not options["confirm"]:
                for reason in reasons_against(load, now=now):
                    self.stdout.write(reason.message)
                self.stdout.write(_("Nothing was undone (--confirm)."))
                return
            try:
                undo_load(load.pk, by=by, now=now)
            except Refusal as refused:
                raise CommandError(str(refused)) from None
            self.stdout.write(_("The load was undone: the journal is what it was before."))
