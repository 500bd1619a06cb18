"""Uploaded files between the dry run and the load: in a folder that no address serves, for a day at most."""

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from ejournal.lib.errors import Refusal
from ejournal.loading.reading import SourceFile

MAX_BYTES = 20 * 1024 * 1024  # of all files of one load together
MAX_FILES = 12  # as many as the workbook has sheets
KEPT_FOR = timedelta(days=1)


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "loads"


def keep_upload(files: Sequence[UploadedFile]) -> dict[str, Any]:
    """Store the files; what a job is asked with: their names, where they lie, and their fingerprint.

    Refused: no file, more than MAX_FILES, more than MAX_BYTES together.
    """
    if not files or len(files) > MAX_FILES:
        raise Refusal(_("Choose a workbook, or up to %(count)s CSV files.") % {"count": MAX_FILES}, code="no_file")
    if sum(file.size or 0 for file in files) > MAX_BYTES:
        raise Refusal(
            _("The files are larger than %(limit)s MB together.") % {"limit": MAX_BYTES // 2**20},
            code="file_too_large",
            status=413,
        )
    name = uuid4().hex
    folder = _folder() / name
    folder.mkdir(mode=0o700, parents=True)
    digest = hashlib.sha256()
    kept = []
    for number, file in enumerate(files):
        path = folder / str(number)
        with path.open("xb") as written:
            path.chmod(0o600)
            for chunk in file.chunks():
                written.write(chunk)
                digest.update(chunk)
        kept.append(Path(file.name or "").name[:200])
    return {"folder": name, "names": kept, "sha256": digest.hexdigest()}


def open_upload(asked: dict[str, Any]) -> list[SourceFile]:
    """The files as they were uploaded. Refused: files that are gone, or are not what was uploaded."""
    folder = _folder() / asked["folder"]
    digest = hashlib.sha256()
    files = []
    try:
        for number, name in enumerate(asked["names"]):
            content = (folder / str(number)).read_bytes()
            digest.update(content)
            files.append(SourceFile(name, content))
    except FileNotFoundError:
        raise Refusal(_("The uploaded file is not kept any more: upload it again."), code="upload_gone") from None
    if digest.hexdigest() != asked["sha256"]:
        raise Refusal(_("The uploaded file was changed meanwhile: upload it again."), code="upload_changed")
    return files


def forget_upload(asked: dict[str, Any]) -> None:
    """Delete the files of one upload: they hold people's data."""
    shutil.rmtree(_folder() / asked["folder"], ignore_errors=True)


def forget_old_uploads(*, now: datetime) -> int:
    """Delete what nobody loaded within a day; how many uploads that were."""
    old = list(_older_than(now - KEPT_FOR))
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


def _older_than(moment: datetime) -> Iterable[Path]:
    root = _folder()
    if root.exists():
        yield from (folder for folder in root.iterdir() if folder.stat().st_mtime < moment.timestamp())
