"""The paper on which credentials are handed over: made in memory, sent once, kept nowhere."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from weasyprint import HTML
from weasyprint.urls import URLFetcher

from accounts.services.credentials import Slip

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
    root = Path(settings.STATICFILES_DIRS[0])
    paper: bytes = HTML(string=html, base_url=f"{root.as_uri()}/", url_fetcher=_StaticOnly(root)).write_pdf()
    return paper


class _StaticOnly(URLFetcher):
    """Reads files of the static folder: whatever a name in a slip looks like, nothing else is opened."""

    def __init__(self, root: Path) -> None:
        super().__init__(allowed_protocols=["file"], allow_redirects=False, fail_on_errors=True)
        self.root = root.resolve()

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        if not Path(unquote(urlsplit(url).path)).resolve().is_relative_to(self.root):
            raise ValueError("a slip reads its own style and font only")
        return super().fetch(url, headers)
