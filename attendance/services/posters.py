"""Posters of auditoriums on paper: A4 for the door, A6 for the desk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.models import User
from attendance.models import RoomCode
from attendance.selectors.rooms import living_codes
from ejournal.jobs.models import Job
from ejournal.jobs.registry import Report
from ejournal.jobs.services import ask_for_job, keep_file
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.lib.pdf import render_pdf
from ejournal.lib.qr import qr_svg
from university.selectors import get_institution

POSTERS = "posters"  # the kind of the job
# More posters than these take longer than a page may: they are made by a worker.
MANY = 25

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


def ask_for_posters(*, building: str, size: Size, base: str, by: User, now: datetime) -> Job:
    """Have the posters of a building made by a worker; the same ones asked for twice are one job."""
    asked = {"building": building, "size": size, "base": base}
    return ask_for_job(kind=POSTERS, asked=asked, by=by, now=now, key=f"{by.pk} {size} {base} {building}")


def run_posters(job: Job, report: Report) -> dict[str, Any]:
    """Make the file of a building's posters, in one document."""
    codes = living_codes(building=job.asked["building"])
    if not codes:
        raise Refusal(_("There is no code to print: issue it first."), code="no_code")
    size: Size = "a6" if job.asked["size"] == "a6" else "a4"
    now = clock.now()
    report(10)
    pdf = render_posters(codes, size=size, base=job.asked["base"], printed_at=now)
    keep_file(
        job,
        name=f"posters-{size}.pdf",
        content_type="application/pdf",
        write=lambda file: file.write(pdf),
        now=now,
    )
    return {"posters": len(codes)}
