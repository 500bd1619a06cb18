"""The few things that HTMX tells the server, and the server tells HTMX."""

from django.http import HttpRequest, HttpResponse


def is_htmx(request: HttpRequest) -> bool:
    """Whether the answer goes into a place of the page rather than into a new page."""
    return request.headers.get("HX-Request") == "true"


def hx_redirect(url: str) -> HttpResponse:
    """Make the browser leave the page: for an ended login, never a login form inside a cell."""
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response
