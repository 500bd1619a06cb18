"""Take the newest file that another system left in a folder, as the beat does at night."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from ejournal.jobs.models import JobState
from ejournal.jobs.services import run_job
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.loading.nightly import ask_for_nightly


class Command(BaseCommand):
    help = (
        "Loads the newest file set of a folder where nothing is wrong, nothing shrinks and nobody is gone; else leaves"
        " the difference for the administrators. The same file twice does nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", default="", help="the folder (default: EJOURNAL_NIGHTLY_FOLDER)")
        parser.add_argument("--language", default="", metavar="ky|ru|en", help="language of the sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"] or translation.get_language() or "ky"):
            folder = options["folder"] or settings.NIGHTLY_FOLDER
            if not folder:
                raise CommandError(_("Name a folder, or set EJOURNAL_NIGHTLY_FOLDER."))
            try:
                job = ask_for_nightly(Path(folder), now=clock.now())
            except Refusal as refused:
                raise CommandError(str(refused)) from None
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}") from None
            if job is None:
                self.stdout.write(_("There is no new file."))
                return
            run_job(job.pk, now=clock.now())
            job.refresh_from_db()
            difference = job.outcome.get("difference") if job.state == JobState.DONE else None
            if "loaded" in job.outcome:
                self.stdout.write(_("Loaded."))
            elif difference and difference["changes_nothing"] and not difference["endable"]:
                self.stdout.write(_("The journal has all of this already: nothing changes."))
            else:
                said = _("Not loaded: it waits for an administrator (%(url)s).")
                raise CommandError(said % {"url": f"/load/{job.pk}/"})
