"""Working programmes: the fund of assessment means and the criteria of a discipline, as text and file (§3.5d)."""

import hashlib
import logging
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4
from zipfile import ZipFile

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from teaching.models import WorkingProgramme, Workload, WorkloadTeacher, not_ended
from teaching.services.approvals import judge_open, lock_programme, record_submission, touch

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 10 * 1024 * 1024
FOLDER = "programmes"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAX_TEXT = 20000


class KeptFile(NamedTuple):
    """A file in the media folder: its path there, the name it came with, and what it is by its content."""

    path: str
    name: str
    content_type: str
    size: int
    sha256: str


def begin_programme(*, workload: Workload, by: User, now: datetime) -> WorkingProgramme:
    """The working programme of a journal's discipline in its department and semester; made empty if there is none."""
    teacher = (
        WorkloadTeacher.objects.filter(not_ended(day_of(now)), workload=workload, teacher__user_id=by.pk)
        .select_related("teacher")[0]
        .teacher
    )
    programme, _made = WorkingProgramme.objects.get_or_create(
        discipline_id=workload.course.discipline_id,
        department_id=workload.department_id,
        semester_id=workload.course.semester_id,
        defaults={"author": teacher, "changed_by": by, "changed_at": now},
    )
    return programme


def save_programme(
    *,
    programme_id: int,
    means: str,
    criteria: str,
    upload: "File[bytes] | None",
    drop_file: bool,
    version: int,
    by: User,
    now: datetime,
) -> WorkingProgramme:
    """Save texts; keep the uploaded file in place of the one there, or take that one away.

    Refused: `not_open` (423), `stale` (409), `too_long`, `file_too_large` (413), `file_not_taken`.
    """
    if len(means) > MAX_TEXT or len(criteria) > MAX_TEXT or "\x00" in means + criteria:
        raise Refusal(_("A text here has at most %(most)s characters.") % {"most": MAX_TEXT}, code="too_long")
    kept = keep_file(upload) if upload is not None else None
    try:
        with transaction.atomic():
            programme = lock_programme(programme_id, by=by, now=now)
            judge_open(programme, version=version)
            programme.means, programme.criteria = means.strip(), criteria.strip()
            old = programme.file_path
            if kept is not None or drop_file:
                programme.file_path = kept.path if kept else ""
                programme.file_name = kept.name if kept else ""
                programme.file_type = kept.content_type if kept else ""
                programme.file_size = kept.size if kept else None
                programme.file_sha256 = kept.sha256 if kept else ""
                transaction.on_commit(lambda: _forget(old))
            programme.save()
            touch(programme, by=by, now=now)
    except BaseException:
        # Nothing points to it: the row was not written.
        if kept is not None:
            _forget(kept.path)
        raise
    return programme


def submit_programme(*, programme_id: int, version: int, by: User, now: datetime) -> None:
    """Ask the head to approve a working programme. Refused: `not_open` (423), `stale` (409), `empty_programme`."""
    with transaction.atomic():
        programme = lock_programme(programme_id, by=by, now=now)
        judge_open(programme, version=version)
        if not (programme.criteria and (programme.means or programme.file_path)):
            raise Refusal(
                _("Write the criteria, and the fund of assessment means as text or as a file."),
                code="empty_programme",
            )
        record_submission(programme, by=by, now=now)


def keep_file(upload: "File[bytes]") -> KeptFile:
    """Put an uploaded document into the media folder under a random name. What it is, its content says."""
    if (upload.size or 0) > MAX_FILE_BYTES:
        raise Refusal(
            _("The file is larger than %(limit)s MB.") % {"limit": MAX_FILE_BYTES // 2**20},
            code="file_too_large",
            status=413,
        )
    content = upload.read()
    content_type = _type_of(content)
    suffix = ".pdf" if content_type == PDF else ".docx"
    path = f"{FOLDER}/{uuid4().hex}{suffix}"
    target = Path(settings.MEDIA_ROOT) / path
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with target.open("xb") as written:
        target.chmod(0o600)
        written.write(content)
    name = "".join(sign for sign in Path(upload.name or "").name if sign.isprintable())
    stem = name.rsplit(".", 1)[0][:150] or _("Working programme")
    return KeptFile(path, stem + suffix, content_type, len(content), hashlib.sha256(content).hexdigest())


def _type_of(content: bytes) -> str:
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"PK\x03\x04"):
        try:
            with ZipFile(BytesIO(content)) as archive:
                names = {name.lower() for name in archive.namelist()}
        # As with any stranger's archive: a damaged directory raises whatever it likes.
        except Exception as error:
            log.info("an uploaded document could not be listed: %r", error)
            names = set()
        if "word/document.xml" in names and not any(name.endswith("vbaproject.bin") for name in names):
            return DOCX
    raise Refusal(_("A working programme is a PDF or a Word document (DOCX) without macros."), code="file_not_taken")


def _forget(path: str) -> None:
    if path:
        (Path(settings.MEDIA_ROOT) / path).unlink(missing_ok=True)
