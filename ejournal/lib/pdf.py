"""A page on paper: HTML into PDF, from our own files alone."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse


class OwnFilesFetcher(URLFetcher):
    """Opens files of the static folder and nothing else: no network, no other file of the server."""

    def __init__(self, root: Path) -> None:
        super().__init__(allowed_protocols=["file"], allow_redirects=False, fail_on_errors=True)
        self.root = root.resolve()

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Refuse (ValueError) what does not lie under the root; a `data:` address is refused, too."""
        parts = urlsplit(url)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(self.root):
            raise ValueError(f"a document fetches nothing but its own files: {parts.scheme}")
        return super().fetch(url, headers)


def render_pdf(html: str) -> bytes:
    """PDF of a page built on `base_print.html`; addresses in it are relative to the static folder."""
    root = Path(settings.STATICFILES_DIRS[0])
    document = HTML(string=html, base_url=f"{root.resolve().as_uri()}/", url_fetcher=OwnFilesFetcher(root))
    return bytes(document.write_pdf())
