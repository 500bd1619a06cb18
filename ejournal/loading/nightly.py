"""A file that another system (AVN) leaves in a folder at night, by the same loader as any other (§4.1).

The newest set of files is compared with the journal. It is loaded by itself only where nothing is wrong, nothing
shrinks and nobody is gone; else the administrators find the difference in the morning. Nothing is moved or deleted.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.models import User
from ejournal.jobs.models import Job, JobState
from ejournal.jobs.registry import Report
from ejournal.jobs.services import ask_for_job
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from ejournal.loading.access import NIGHTLY
from ejournal.loading.runners import loaded_outcome, problems_outcome, told_to
from ejournal.loading.services import apply_load, plan_load
from ejournal.loading.uploads import keep_upload, open_upload
from messaging.services import notify

# A file that changed so lately may still be written.
SETTLED_AFTER = timedelta(minutes=2)
_SUFFIXES = {".xlsx", ".csv", ".txt"}
_HALF = {".part", ".tmp", ".crdownload", ".lock", ".filepart"}
_LOCKS = ("~$", ".~lock.")


@dataclass(frozen=True, slots=True)
class FileSet:
    """Files that are loaded together: a workbook, or the CSV files of one folder."""

    paths: tuple[Path, ...]
    changed_at: float
    is_locked: bool

    def is_settled(self, now: datetime) -> bool:
        return not self.is_locked and self.changed_at <= (now - SETTLED_AFTER).timestamp()


def newest_set(folder: Path) -> FileSet | None:
    """The set of files of a folder, or of a folder in it, that changed last; None where there is none."""
    sets = [found for place in (folder, *_folders(folder)) for found in _sets_of(place)]
    return max(sets, key=lambda found: (found.changed_at, found.paths), default=None)


def _folders(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")]


def _sets_of(place: Path) -> Iterable[FileSet]:
    paths = [path for path in sorted(place.iterdir()) if path.is_file()]
    is_locked = any(path.name.startswith(_LOCKS) or path.suffix.lower() in _HALF for path in paths)
    known = [path for path in paths if path.suffix.lower() in _SUFFIXES and not path.name.startswith((".", "~$"))]
    workbooks = [path for path in known if path.suffix.lower() == ".xlsx"]
    sheets = tuple(path for path in known if path.suffix.lower() != ".xlsx")
    for files in [*((path,) for path in workbooks), sheets]:
        if files:
            yield FileSet(files, max(path.stat().st_mtime for path in files), is_locked)


def ask_for_nightly(folder: Path, *, now: datetime) -> Job | None:
    """Ask for the load of the newest set of a folder. None: there is none, it may still be written, or it was taken
    before. Refused: `no_folder`, and what an upload refuses."""
    if not folder.is_dir():
        raise Refusal(_("There is no folder %(folder)s.") % {"folder": folder}, code="no_folder")
    found = newest_set(folder)
    if found is None or not found.is_settled(now):
        return None
    contents = [(path.name, path.read_bytes()) for path in found.paths]
    digest = hashlib.sha256(b"".join(content for _name, content in contents)).hexdigest()
    taken = Job.objects.filter(kind=NIGHTLY, asked__sha256=digest).exclude(state=JobState.FAILED)
    if taken.exists():
        return None
    asked = keep_upload([ContentFile(content, name) for name, content in contents])  # type: ignore[misc]
    first = _administrators(now).order_by("appointments__starts_on", "id").first()
    return ask_for_job(kind=NIGHTLY, asked=asked, by=first, now=now, key=digest, language="ky")


def run_nightly(job: Job, report: Report) -> dict[str, Any]:
    """The dry run; the load where it is harmless; a word to the administrators where it is not."""
    files = open_upload(job.asked)
    now = clock.now()
    checked = plan_load(files, now=now, progress=told_to(report))
    plan = checked.plan
    outcome = {
        **problems_outcome(checked.problems),
        "difference": plan.as_json() if plan is not None else None,
    }
    if plan is None:
        _tell(job, _("The nightly file has errors: nothing was loaded."), now=now)
        return outcome
    if plan.shrinks or plan.endable:
        _tell(job, _("The nightly file would end something: look at the difference and decide."), now=now)
        return outcome
    if plan.changes_nothing:
        return outcome
    try:
        loaded = apply_load(files, by=job.asked_by, now=now, shown=plan.digest, job=job, progress=told_to(report))
    except Refusal:
        _tell(job, _("The nightly file was not loaded: see why."), now=now)
        raise
    return {**outcome, "loaded": loaded_outcome(loaded)}


def _administrators(now: datetime) -> Any:
    today = day_of(now)
    return User.objects.filter(
        Q(appointments__ends_on__isnull=True) | Q(appointments__ends_on__gte=today),
        is_active=True,
        appointments__role=Role.ADMINISTRATOR,
        appointments__starts_on__lte=today,
    ).distinct()


def _tell(job: Job, text: str | Promise, *, now: datetime) -> None:
    notify(
        User.objects.filter(pk__in=_administrators(now).values("pk")),
        kind="load",
        text=text,
        url=reverse("load_shown", args=[job.pk]),
        event=f"nightly:{job.pk}",
        now=now,
    )
