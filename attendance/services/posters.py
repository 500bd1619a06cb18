"""Posters of auditoriums on paper: A4 for the door, A6 for the desk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from attendance.models import RoomCode
from ejournal.lib.pdf import render_pdf
from ejournal.lib.qr import qr_svg
from university.selectors import get_institution

Size = Literal["a4", "a6"]


def poster_link(code: RoomCode, *, base: str) -> str:
    """What the printed code says: the address of the journal and the room's public token."""
    return f"{base.rstrip('/')}/r/{code.public}"


def render_posters(codes: Sequence[RoomCode], *, size: Size, base: str, printed_at: datetime) -> bytes:
    """A PDF with one page an auditorium. `base` is where the journal is."""
    return render_pdf(
        render_to_string(
            "attendance/posters.html",
            {
                "title": _("Codes of auditoriums"),
                "landscape": False,
                "institution": get_institution(),
                "size": size,
                "posters": [(code.room, qr_svg(poster_link(code, base=base))) for code in codes],
                "address": base.split("//", 1)[-1].rstrip("/"),
                "issued": printed_at,
            },
        )
    )
