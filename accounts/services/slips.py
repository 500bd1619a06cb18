"""The paper on which credentials are handed over: made in memory, sent once, kept nowhere."""

from collections.abc import Sequence
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.services.credentials import Slip
from ejournal.lib.pdf import render_pdf

# Two columns of five, cut along the dashed lines.
PER_PAGE = 10


def render_slips(slips: Sequence[Slip], *, title: str, address: str, printed_at: datetime) -> bytes:
    """A PDF of slips on A4, ten a page. `address` is where the journal is, as it is typed into a browser."""
    pages = [slips[first : first + PER_PAGE] for first in range(0, len(slips), PER_PAGE)]
    html = render_to_string(
        "accounts/slips.html",
        {
            "title": _("Credentials: %(whose)s") % {"whose": title},
            "landscape": False,
            "pages": pages,
            "address": address,
            "printed_at": printed_at,
        },
    )
    return render_pdf(html)
