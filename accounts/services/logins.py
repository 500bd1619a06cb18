"""Coming in: throttled by account and browser, never by address alone (a campus is one address)."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from uuid import NAMESPACE_OID, UUID, uuid5

from django.contrib import auth
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Q
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.errors import LoginRefused, PersonRefused, TooManyAttempts
from accounts.models import KnownDevice, LoginAttempt, Session, User
from accounts.permissions import may_change_own_password, rights_of
from accounts.rules import (
    IDLE_WRITE_SECONDS,
    WINDOW,
    Failures,
    Throttle,
    judge_attempt,
    normalise_login,
    session_length,
)
from accounts.selectors import user_by_login
from ejournal.lib.clock import day_of
from university.selectors import policies

DEVICE_KEPT = timedelta(days=730)  # as long as the cookie that names the browser
FAILURES_KEPT = timedelta(days=1)
FAILURES_READ = 2000  # newest failures that one attempt looks at: far above every limit

# Keys of the session. `idle` is None for a login that lasts its days, `seen` is in seconds since 1970.
IDLE = "idle"
SEEN = "seen"


def account_of(login: str) -> str:
    """The name under which failures for a login are kept: a keyed hash, since people type passwords there too."""
    return salted_hmac("accounts.login_attempt", normalise_login(login), algorithm="sha256").hexdigest()


def log_in(request: HttpRequest, *, username: str, password: str, device: UUID, now: datetime) -> User:
    """Open a login (§3.4), or raise LoginRefused or TooManyAttempts; the session's key is new afterwards.

    The attempt is written before it is judged, so that a hundred at the same moment see each other, and taken
    back if its password was right or was not looked at: only wrong passwords count.
    """
    account = account_of(username)
    attempt = LoginAttempt.objects.create(account=account, device=device, address=_address(request), at=now)
    throttle = _judge(username, account=account, device=device, now=now, without=attempt)
    if not throttle.check:
        attempt.delete()
        raise _too_many(throttle)
    user = auth.authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        if throttle.strict:
            raise _too_many(throttle)
        raise LoginRefused(_("The login or the password is wrong. Check the keyboard's language and Caps Lock."))
    LoginAttempt.objects.filter(account=account, device=device).delete()
    auth.login(request, user)
    begin_session(request.session, user, now=now)
    KnownDevice.objects.bulk_create(
        [KnownDevice(user=user, device=device, seen_at=now)],
        update_conflicts=True,
        unique_fields=["user", "device"],
        update_fields=["seen_at"],
    )
    return user


def begin_session(session: SessionBase, user: User, *, now: datetime) -> None:
    """Give a login its length by the settings of today: days for students and parents, idle minutes for others."""
    today = day_of(now)
    values = policies("student_session_days", "staff_idle_minutes", on=today)
    length = session_length(
        long_lived=rights_of(user, on=today).is_long_lived,
        student_days=values["student_session_days"],
        staff_minutes=values["staff_idle_minutes"],
    )
    session[IDLE] = length.idle
    session[SEEN] = int(now.timestamp())
    if length.idle is None:
        # A moment, not seconds: a session that is written to would otherwise begin its days anew.
        session.set_expiry(now + timedelta(seconds=length.total))
    else:
        session.set_expiry(length.total)


def keep_session(session: SessionBase, *, now: datetime, active: bool) -> bool:
    """Note a request of a living login; False: it was idle too long and is gone. Reads nothing but the session.

    `active` is False for what a page asks by itself: a screen left open must not keep its login alive.
    """
    idle = session.get(IDLE)
    if idle is None:
        return True
    unseen = now.timestamp() - session.get(SEEN, 0)
    if unseen >= idle:
        session.flush()
        return False
    if active and unseen >= IDLE_WRITE_SECONDS:
        session[SEEN] = int(now.timestamp())
    return True


def shorten_session(session: SessionBase, user: User, *, now: datetime) -> None:
    """A student's long login whose owner has begun to work here becomes a staff login."""
    if IDLE in session and session[IDLE] is None and rights_of(user, on=day_of(now)).is_staff:
        begin_session(session, user, now=now)


def change_own_password(request: HttpRequest, *, user: User, old: str, new: str, now: datetime) -> None:
    """Give oneself another password; the logins on other devices end. Students and parents may not (§4.2).

    The old password is throttled as a login is, by the session instead of the browser: a login left open must
    not serve for guessing, and this guesser can throw away a cookie but not the session.
    """
    if not may_change_own_password(user, on=day_of(now)):
        raise PersonRefused(_("Only the dean's office changes a student's password."), code="forbidden", status=403)
    account = account_of(user.username)
    device = uuid5(NAMESPACE_OID, request.session.session_key or "")
    throttle = _judge(user.username, account=account, device=device, now=now)
    if not throttle.check:
        raise _too_many(throttle)
    if not user.check_password(old):
        LoginAttempt.objects.create(account=account, device=device, address=_address(request), at=now)
        raise LoginRefused(_("The present password is wrong."))
    user.set_password(new)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    auth.update_session_auth_hash(request, user)


def forget_failures(users: list[User]) -> None:
    """After an issue of credentials: earlier failures and the old password's browsers count no more."""
    LoginAttempt.objects.filter(account__in=[account_of(user.username) for user in users]).delete()
    KnownDevice.objects.filter(user__in=users).delete()


def forget_old(*, now: datetime) -> int:
    """Delete failures after a day, browsers after two years without a login, and sessions that have ended; how many
    rows went."""
    failures, _by_model = LoginAttempt.objects.filter(at__lt=now - FAILURES_KEPT).delete()
    devices, _by_model = KnownDevice.objects.filter(seen_at__lt=now - DEVICE_KEPT).delete()
    sessions, _by_model = Session.objects.filter(expire_date__lt=now).delete()
    return failures + devices + sessions


def _judge(
    username: str, *, account: str, device: UUID, now: datetime, without: LoginAttempt | None = None
) -> Throttle:
    """The rule, with the failures that it asks for. The same three queries whether the person exists or not."""
    failed = list(
        LoginAttempt.objects.filter(Q(account=account) | Q(device=device), at__gt=now - WINDOW)
        .exclude(id=without.id if without is not None else 0)
        .order_by("-at")
        .values_list("account", "device", "at")[:FAILURES_READ]
    )
    user = user_by_login(username)
    known = set(
        KnownDevice.objects.filter(
            user_id=user.id if user is not None else 0, device__in={device, *(row[1] for row in failed if row[1])}
        ).values_list("device", flat=True)
    )
    at = [moment.astimezone(UTC) for _account, _device, moment in failed]
    return judge_attempt(
        Failures(
            device_account=[m for m, row in zip(at, failed, strict=True) if row[0] == account and row[1] == device],
            device=[m for m, row in zip(at, failed, strict=True) if row[1] == device],
            account=[m for m, row in zip(at, failed, strict=True) if row[0] == account and row[1] not in known],
        ),
        now=now,
        device_is_known=device in known,
    )


def _too_many(throttle: Throttle) -> TooManyAttempts:
    minutes = -(-throttle.retry_after // 60)
    return TooManyAttempts(
        _("Too many wrong passwords. Try again in %(minutes)s min.") % {"minutes": minutes},
        retry_after=throttle.retry_after,
    )


def _address(request: HttpRequest) -> str | None:
    """Where the attempt came from, for whoever looks into an attack; nothing is decided by it."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None
