"""Scans of papers: a PDF, JPEG or PNG by content, whatever the file is called; kept under a random name."""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from django.http import FileResponse, Http404

MAX_BYTES = 5 * 1024 * 1024

_JPEG_END = b"\xff\xd9"
_PNG_START = b"\x89PNG\r\n\x1a\n"
# What makes a PDF act by itself: no scan needs it.
_PDF_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|OpenAction|RichMedia)\b")


class Kind(NamedTuple):
    """How a paper is served: its content type, and the ending of its name."""

    content_type: str
    suffix: str


PDF = Kind("application/pdf", "pdf")
JPEG = Kind("image/jpeg", "jpg")
PNG = Kind("image/png", "png")
KINDS = {kind.content_type: kind for kind in (PDF, JPEG, PNG)}


class NotAPaper(ValueError):
    """Why a file is not kept; `code` is `empty_file`, `file_too_large`, `active_file` or `not_a_paper`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def sniff(content: bytes) -> Kind:
    """What a file is, by its beginning, its structure and its end. Raises NotAPaper.

    A file with something behind its end, or of two kinds at once, is none.
    """
    if not content:
        raise NotAPaper("empty_file")
    if len(content) > MAX_BYTES:
        raise NotAPaper("file_too_large")
    if content.startswith(b"%PDF-"):
        tail = content.rstrip(b"\x00\r\n\t ")
        if not tail.endswith(b"%%EOF") or b"startxref" not in tail or b"PK\x05\x06" in content[-65_600:]:
            raise NotAPaper("not_a_paper")
        if _PDF_ACTIVE.search(content):
            raise NotAPaper("active_file")
        return PDF
    if content.startswith(b"\xff\xd8\xff") and _is_jpeg(content):
        return JPEG
    if content.startswith(_PNG_START) and _is_png(content):
        return PNG
    raise NotAPaper("not_a_paper")


def _is_jpeg(content: bytes) -> bool:
    """Whether segments lead to a picture that ends where the file ends."""
    position = 2
    while position + 4 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xDA:
            body = content.rstrip(b"\x00")
            return body.endswith(_JPEG_END) and content.count(b"PK\x05\x06") == 0
        position += 2 + int.from_bytes(content[position + 2 : position + 4], "big")
    return False


def _is_png(content: bytes) -> bool:
    """Whether the chunks have their sums and IEND ends the file."""
    position, seen = len(_PNG_START), []
    while position + 12 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        chunk = content[position + 4 : position + 8 + length]
        end = position + 12 + length
        if end > len(content) or zlib.crc32(chunk) != int.from_bytes(content[end - 4 : end], "big"):
            return False
        seen.append(chunk[:4])
        if chunk[:4] == b"IEND":
            return end == len(content) and seen[0] == b"IHDR" and b"IDAT" in seen
        position = end
    return False


def keep(content: bytes, *, folder: Path) -> tuple[str, str, Kind]:
    """Write the file under a random name into a folder that no address serves: name, SHA-256, kind."""
    kind = sniff(content)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = uuid4().hex
    path = folder / name
    with path.open("xb") as written:
        path.chmod(0o600)
        written.write(content)
    return name, sha256(content).hexdigest(), kind


class Kept(NamedTuple):
    """A file that was kept, as its row names it; all empty where there was none."""

    path: str = ""
    sha256: str = ""
    content_type: str = ""


@contextmanager
def kept(content: bytes | None, *, folder: Path) -> Iterator[Kept]:
    """A file kept for the length of a service, and for good if it succeeds: a file without its row is nobody's.

    None is no file. Raises NotAPaper.
    """
    if content is None:
        yield Kept()
        return
    name, digest, kind = keep(content, folder=folder)
    try:
        yield Kept(name, digest, kind.content_type)
    except BaseException:
        (folder / name).unlink(missing_ok=True)
        raise


def download(path: Path, *, name: str, content_type: str) -> FileResponse:
    """A kept file, to be saved under `name` and its kind's ending, never shown in the page's own origin; 404 where
    it is gone."""
    try:
        opened = path.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    answer = FileResponse(
        opened, as_attachment=True, filename=f"{name}.{KINDS[content_type].suffix}", content_type=content_type
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
