"""Who is asking: a browser's page, HTMX for a place in one, or a program; and how HTMX is sent away."""

from django.http import HttpRequest, HttpResponse


def is_htmx(request: HttpRequest) -> bool:
    """Whether the answer goes into a place of the page rather than into a new page."""
    return request.headers.get("HX-Request") == "true"


def hx_redirect(url: str) -> HttpResponse:
    """Make the browser leave the page: for an ended login, never a login form inside a cell."""
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program."""
    return (
        request.content_type == "application/json"
        or request.headers.get("Accept", "").split(",")[0].strip() == "application/json"
    )
