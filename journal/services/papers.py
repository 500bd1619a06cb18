"""Scans that dean's offices and teachers enter with what they state."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from ejournal.lib.errors import Refusal
from ejournal.lib.papers import Kept, NotAPaper, kept


@contextmanager
def scan_kept(content: bytes | None, *, folder: Path) -> Iterator[Kept]:
    """A scan kept if the service inside succeeds; None is no scan.

    Refused: `empty_file`, `file_too_large`, `active_file`, `not_a_paper`.
    """
    sentences = {
        "empty_file": _("The file is empty."),
        "file_too_large": _("The scan is larger than 5 MB."),
        "active_file": _("The PDF has scripts or files in it: scan the paper anew."),
        "not_a_paper": _("The scan must be a PDF, JPEG or PNG; this file is none, whatever it is called."),
    }
    try:
        with kept(content, folder=folder) as scan:
            yield scan
    except NotAPaper as error:
        raise Refusal(sentences[error.code], code=error.code) from None
