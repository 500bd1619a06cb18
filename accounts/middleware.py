"""Login by default, and logins that last as long as the person's role allows."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth import REDIRECT_FIELD_NAME, SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware as DjangoAuthentication
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequired
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.permissions import may_change_own_password
from accounts.services import logins
from accounts.sessions import already_read
from ejournal.lib import clock
from ejournal.lib.htmx import hx_redirect, is_htmx, wants_json

Respond = Callable[[HttpRequest], HttpResponse]

# What a page asks by itself (polling) sends this header: it does not keep an unattended login alive.
BACKGROUND_HEADER = "X-Background"

# Where a person may go before the password that was issued has been replaced.
BEFORE_OWN_PASSWORD = {"password", "logout", "set_language"}


class AuthenticationMiddleware(DjangoAuthentication):
    """The person of a request, as Django finds it; its row came with the session's."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _person_of(request))  # type: ignore[assignment]  # a User once asked


def _person_of(request: HttpRequest) -> User | AnonymousUser:
    if not hasattr(request, "_cached_user"):
        request.session.get(SESSION_KEY)  # reads it
        with already_read(getattr(request.session, "person", None)):
            request._cached_user = get_user(request)  # type: ignore[attr-defined]
    found: User | AnonymousUser = request._cached_user  # type: ignore[attr-defined]
    return found


class SessionLengthMiddleware:
    """Ends staff logins that were idle; costs no query but one write a minute of a living staff login.

    A login without a noted length (one that no login page made) is left as it is.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = clock.now()
        active = BACKGROUND_HEADER not in request.headers
        if not logins.keep_session(request.session, now=now, active=active):
            request.META["ejournal.idle_ended"] = "1"
        response = self.get_response(request)
        # Whose rights were read anyway for this page, and turned out to be staff's, has a staff login from now on.
        user = getattr(request, "user", None)
        if "_rights" in getattr(user, "__dict__", ()) and isinstance(user, User):
            logins.shorten_session(request.session, user, now=now)
        return response


class LoginRequiredMiddleware(DjangoLoginRequired):
    """Login by default: a program gets 401 with the address of the login, HTMX leaves the page, a browser goes."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponse | None:
        if not getattr(view_func, "login_required", True):
            return None  # before the user is fetched: health checks must not need a database
        if not request.user.is_authenticated:
            return self.handle_no_permission(request, view_func)
        if isinstance(request.user, User) and request.user.must_change_password:
            return _lead_to_password(request, request.user)
        return None

    def handle_no_permission(  # type: ignore[override]  # Django answers browsers only
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        asked = {REDIRECT_FIELD_NAME: _page_of(request)}
        if "ejournal.idle_ended" in request.META:
            asked["idle"] = "1"
        return _send(request, f"{reverse('login')}?{urlencode(asked, safe='/')}", status=401, code="login")


def _lead_to_password(request: HttpRequest, user: User) -> HttpResponse | None:
    match = request.resolver_match
    if match is not None and match.url_name in BEFORE_OWN_PASSWORD:
        return None
    if not may_change_own_password(user, on=clock.day_of(clock.now())):
        return None  # a student keeps what was issued, whatever an administrator ticked (§4.2)
    return _send(request, reverse("password"), status=403, code="must_change_password")


def _send(request: HttpRequest, address: str, *, status: int, code: str) -> HttpResponse:
    if is_htmx(request):
        return hx_redirect(address)
    if wants_json(request):
        return JsonResponse({"code": code, "login": address}, status=status)
    return HttpResponseRedirect(address)


def _page_of(request: HttpRequest) -> str:
    """The page to come back to: the one that was asked for, or that the refused request was sent from."""
    if request.method in {"GET", "HEAD"} and not is_htmx(request) and not wants_json(request):
        return request.get_full_path()
    source = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if source and url_has_allowed_host_and_scheme(
        source, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        parts = urlsplit(source)
        return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return "/" if request.method not in {"GET", "HEAD"} else request.get_full_path()
