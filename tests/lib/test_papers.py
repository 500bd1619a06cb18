"""What is a scan of a paper and what only claims to be."""

import struct
import zlib
from pathlib import Path

import pytest

from ejournal.lib.papers import JPEG, MAX_BYTES, PDF, PNG, Kind, NotAPaper, keep, kept, sniff


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


A_PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\nstartxref\n9\n%%EOF\n"
A_PNG = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0" * 13) + chunk(b"IDAT", b"x") + chunk(b"IEND")
A_JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xda\x00\x02xyz\xff\xd9"


@pytest.mark.parametrize(("content", "kind"), [(A_PDF, PDF), (A_PNG, PNG), (A_JPEG, JPEG)])
def test_scan_is_known_by_its_content(content: bytes, kind: Kind) -> None:
    assert sniff(content) == kind


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (A_PDF + b"\0" * MAX_BYTES, "file_too_large"),
        (b"MZ\x90\x00" + b"\0" * 200, "not_a_paper"),
        (A_PDF + b"PK\x03\x04 zip behind it", "not_a_paper"),
        (b"%PDF-1.4 cut", "not_a_paper"),
        (b"%PDF-1.4\n/JavaScript (x)\nstartxref\n9\n%%EOF", "active_file"),
        (A_PNG + b"<script>", "not_a_paper"),
        (A_PNG[:-1] + b"x", "not_a_paper"),
        (A_JPEG + b"tail", "not_a_paper"),
        (b"<html>", "not_a_paper"),
    ],
)
def test_what_is_no_scan_says_why(content: bytes, code: str) -> None:
    with pytest.raises(NotAPaper) as refused:
        sniff(content)
    assert refused.value.code == code


def test_scan_is_kept_under_a_random_name_for_its_owner_alone(tmp_path: Path) -> None:
    names = {keep(A_PDF, folder=tmp_path / "scans")[0] for _ in range(2)}
    assert len(names) == 2
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "scans").iterdir()} == {"0o600"}


def test_file_is_kept_where_the_service_succeeds(tmp_path: Path) -> None:
    with kept(A_PDF, folder=tmp_path) as paper:
        pass

    assert (tmp_path / paper.path).read_bytes() == A_PDF
    assert paper.content_type == "application/pdf"


def test_file_goes_where_the_service_fails(tmp_path: Path) -> None:
    with pytest.raises(LookupError), kept(A_PDF, folder=tmp_path):
        raise LookupError

    assert list(tmp_path.iterdir()) == []


def test_no_file_is_kept_as_nothing(tmp_path: Path) -> None:
    with kept(None, folder=tmp_path) as paper:
        pass

    assert paper == ("", "", "")
    assert list(tmp_path.iterdir()) == []
