"""Coming in and going out, the own password, and the dean's office's slips."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.core.signing import BadSignature
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access, selectors
from accounts.errors import CredentialsRefused, LoginRefused, PersonRefused, TooManyAttempts
from accounts.forms import GroupFilterForm, GuardianForm, GuardianLinkForm, LoginForm, PasswordForm
from accounts.models import User
from accounts.permissions import may_change_own_password
from accounts.services import credentials, logins, people
from accounts.services.credentials import Slip
from accounts.services.slips import render_slips
from ejournal.lib import clock

GROUPS_A_PAGE = 50

# The browser's own name, by which throttling tells a forgetful student from everybody else behind the same address.
DEVICE_COOKIE = "device"
DEVICE_SALT = "accounts.device"


def acting(request: HttpRequest) -> User:
    """Who asks; the middleware let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


# Nobody has a login before the login.
@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """The door (§3.4). One sentence for every wrong login; a wrong `next` leads home."""
    target = _safe_target(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(target)
        return _login_page(request, LoginForm(), _device_of(request))
    device, form = _device_of(request), LoginForm(request.POST)
    if not form.is_valid():
        return _login_page(request, form, device, status=422)
    try:
        user = logins.log_in(
            request,
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
            device=device,
            now=clock.now(),
        )
    except LoginRefused as refusal:
        form.add_error(None, str(refusal))
        return _login_page(request, form, device, status=refusal.status)
    except TooManyAttempts as refusal:
        form.add_error(None, str(refusal))
        response = _login_page(request, form, device, status=refusal.status)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    response = HttpResponseRedirect(target)
    _keep_device(response, device)
    if user.language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            path=settings.LANGUAGE_COOKIE_PATH,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    return response


# An ended login may be left too: the answer is the same.
@login_not_required
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Leave; the page for whoever comes next at a shared computer is the login."""
    auth.logout(request)
    return redirect("login")


@never_cache
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """A password of one's own, for staff. Students are strictly forbidden to change theirs (§4.2)."""
    user, now = acting(request), clock.now()
    if not may_change_own_password(user, on=clock.day_of(now)):
        return render(request, "accounts/password_forbidden.html", status=403)
    form = PasswordForm(request.POST or None, user=user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                logins.change_own_password(
                    request,
                    user=user,
                    old=form.cleaned_data["old"],
                    new=form.cleaned_data["new"],
                    now=now,
                )
            except (LoginRefused, TooManyAttempts) as refusal:
                form.add_error("old", str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The password is changed. Logins on other devices have ended."))
                return redirect("home")
    return render(request, "accounts/password.html", {"form": form, "issued": user.must_change_password}, status=status)


@require_http_methods(["GET", "HEAD"])
def groups(request: HttpRequest) -> HttpResponse:
    """Groups to whose students the person issues credentials, with how many have theirs."""
    today = clock.day_of(clock.now())
    mine = access.get_groups_for_credentials(acting(request), on=today)
    form = GroupFilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = selectors.groups_with_counts(
        mine, on=today, name=asked.get("q", "").strip(), unfinished=asked.get("state") == "waiting"
    )
    page = Paginator(found, GROUPS_A_PAGE).get_page(request.GET.get("page"))
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value})
    return render(
        request,
        "accounts/groups.html",
        {"page_obj": page, "form": form, "querystring": query.urlencode(), "filtered": bool(query)},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def group_credentials(request: HttpRequest, group_id: int) -> HttpResponse:
    """A group's credentials: the list; `?issue=…` asks once more; only the POST issues and answers with slips."""
    user, now = acting(request), clock.now()
    today = clock.day_of(now)
    group = access.get_group_for_credentials(user, group_id, on=today)
    sent = request.POST if request.method == "POST" else request.GET
    chosen = {int(value) for value in sent.getlist("student") if value.isascii() and value.isdecimal()}
    error = ""
    if request.method == "POST":
        try:
            with transaction.atomic():  # no paper, no issue
                slips = credentials.issue_to_group(
                    group=group, by=user, now=now, student_ids=chosen if sent.get("issue") == "again" else None
                )
                return slips_response(request, slips, title=group.name, now=now)
        except CredentialsRefused as refusal:
            error = str(refusal)
    states = selectors.credential_states(group, on=today)
    may = [s for s in states if s.is_active and (not s.by_administrator or selectors.administers(user, on=today))]
    waiting = [state for state in may if not state.has_credentials]
    again = [state for state in may if state.student_id in chosen]
    asked = sent.get("issue") if request.method != "POST" else None
    if asked == "again" and not again:
        error = _("Nobody is selected.")
    elif asked in {"new", "again"}:
        people_asked = waiting if asked == "new" else again
        if people_asked:
            return render(
                request,
                "accounts/credentials_confirm.html",
                {
                    "group": group,
                    "people": people_asked,
                    "again": asked == "again",
                    "replaced": sum(state.has_credentials for state in people_asked),
                },
            )
        error = _("Everybody in this group has credentials already.")
    return render(
        request,
        "accounts/group_credentials.html",
        {
            "group": group,
            "states": states,
            "may": {state.student_id for state in may},
            "waiting": len(waiting),
            "issued": sum(state.has_credentials for state in states),
            "error": error,
        },
        status=422 if error and request.method == "POST" else 200,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def guardian_credentials(request: HttpRequest, group_id: int, student_id: int) -> HttpResponse:
    """The parents of one student: a new login with its slip, a link for another child, an end (§3.4c)."""
    user, now = acting(request), clock.now()
    group, student = access.get_student_for_credentials(user, group_id, student_id, on=clock.day_of(now))
    deed = request.POST.get("deed", "")
    adding = GuardianForm(request.POST if deed == "add" else None, initial=_guardian_names(student.guardian_name))
    linking = GuardianLinkForm(request.POST if deed == "link" else None)
    title = _("parent of %(student)s") % {"student": student.user.get_short_name()}
    error = ""
    if request.method == "POST":
        here = reverse("guardian_credentials", args=[group.id, student.id])
        try:
            if deed == "add" and adding.is_valid():
                with transaction.atomic():  # no paper, no parent
                    slips = people.add_guardian(student=student, by=user, now=now, **adding.cleaned_data)
                    return slips_response(request, slips, title=title, now=now)
            elif deed == "link" and linking.is_valid():
                people.link_guardian(student=student, login=linking.cleaned_data["login"], now=now)
                messages.success(request, _("The parent reads this student's cabinet from now on."))
                return HttpResponseRedirect(here)
            elif deed in {"again", "revoke"}:
                asked = request.POST.get("link", "")
                link = access.get_guardian_link(student, int(asked) if asked.isascii() and asked.isdecimal() else 0)
                if deed == "revoke":
                    people.revoke_guardian(link=link, now=now)
                    messages.success(request, _("The cabinet is closed to this parent."))
                    return HttpResponseRedirect(here)
                with transaction.atomic():
                    slips = people.issue_to_guardian(guardian=link.guardian, student=student, by=user, now=now)
                    return slips_response(request, slips, title=title, now=now)
        except (PersonRefused, CredentialsRefused) as refusal:
            error = str(refusal)
    return render(
        request,
        "accounts/guardian_credentials.html",
        {
            "group": group,
            "student": student,
            "links": selectors.living_guardian_links(student),
            "adding": adding,
            "linking": linking,
            "error": error,
        },
        status=422 if request.method == "POST" else 200,
    )


def _guardian_names(written: str) -> dict[str, str]:
    """What the load says of a parent, as a proposal: surname, given name, patronymic."""
    return dict(zip(("last_name", "first_name", "patronymic"), written.split(maxsplit=2), strict=False))


def slips_response(request: HttpRequest, slips: Sequence[Slip], *, title: str, now: datetime) -> HttpResponse:
    """The one answer that carries passwords: nothing keeps a copy on the way."""
    address = request.build_absolute_uri("/").split("//", 1)[1].rstrip("/")
    response = HttpResponse(
        render_slips(slips, title=title, address=address, printed_at=now), content_type="application/pdf"
    )
    response["Content-Disposition"] = 'inline; filename="slips.pdf"'
    response["Cache-Control"] = "no-store, private"
    response["Pragma"] = "no-cache"
    return response


def _login_page(request: HttpRequest, form: LoginForm, device: UUID, *, status: int = 200) -> HttpResponse:
    response = render(
        request,
        "accounts/login.html",
        {"form": form, "next": _wanted(request), "idle": "idle" in request.GET},
        status=status,
    )
    _keep_device(response, device)
    return response


def _wanted(request: HttpRequest) -> str:
    return request.POST.get("next") or request.GET.get("next") or ""


def _safe_target(request: HttpRequest) -> str:
    """Where to go after the login: a page of this host, else home."""
    wanted = _wanted(request)
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def _device_of(request: HttpRequest) -> UUID:
    """The browser's name from its signed cookie, else a new one."""
    try:
        return UUID(
            request.get_signed_cookie(DEVICE_COOKIE, salt=DEVICE_SALT, max_age=int(logins.DEVICE_KEPT.total_seconds()))
        )
    except (KeyError, ValueError, BadSignature):
        return uuid4()


def _keep_device(response: HttpResponse, device: UUID) -> None:
    response.set_signed_cookie(
        DEVICE_COOKIE,
        str(device),
        salt=DEVICE_SALT,
        max_age=int(logins.DEVICE_KEPT.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
