"""What a file is, by its content: its name is only what somebody called it."""

import codecs
import logging
from enum import StrEnum
from io import BytesIO
from zipfile import ZipFile

from ejournal.loading.values import BadValue

log = logging.getLogger(__name__)

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TEXT_SUFFIXES = {".csv", ".tsv", ".txt"}
# Beginnings of files that decode as text and are no CSV.
_NOT_CSV = (b"<", b"%PDF", b"{\\rtf", b"MZ", b"\x7fELF", b"#!", b"Rar!", b"7z\xbc\xaf")


class FileKind(StrEnum):
    WORKBOOK = "workbook"
    TEXT = "text"


def sniff(content: bytes, *, name: str) -> FileKind:
    """What the file is. Raises BadValue with the problem's code where it cannot be loaded."""
    suffix = "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if content.startswith(_OLE):
        raise BadValue("encrypted" if _ENCRYPTED in content else "old_workbook")
    if content.startswith((_ZIP, _EMPTY_ZIP)):
        _check_zip(content)
        if suffix != ".xlsx":
            raise BadValue("renamed", said=suffix or name, found=".xlsx")
        return FileKind.WORKBOOK
    if not content.strip() or content.lstrip()[:8].startswith(_NOT_CSV):
        raise BadValue("not_a_workbook")
    if b"\x00" in content[:4096] and not content.startswith(_BYTE_ORDER_MARKS):
        raise BadValue("not_a_workbook")
    if suffix not in _TEXT_SUFFIXES:
        # A text called .xlsx is a lie, a text called .exe is none of our business.
        raise BadValue("renamed" if suffix.startswith(".xl") else "not_a_workbook", said=suffix, found="CSV")
    return FileKind.TEXT


def _check_zip(content: bytes) -> None:
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = [entry.filename.lower().replace("\\", "/") for entry in archive.infolist()]
            opendocument = "mimetype" in names
    except Exception as error:
        # As in `xlsx.inspect`: a scribbled directory raises whatever it likes.
        log.info("a zip archive could not be listed: %r", error)
        raise BadValue("damaged", detail="zip") from None
    parts = set(names)
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in parts):
        raise BadValue("macros")
    if "xl/workbook.bin" in parts:
        raise BadValue("other_workbook", found=".xlsb")
    if opendocument:
        raise BadValue("other_workbook", found=".ods")
    if "word/document.xml" in parts:
        raise BadValue("other_workbook", found=".docx")
    if "xl/workbook.xml" not in parts:
        raise BadValue("not_a_workbook")
    if len(parts) < len(names):
        # Which of two parts of one name is read depends on the reader.
        raise BadValue("damaged", detail="zip: a part is there twice")
