"""The one way to log in."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.http import HttpRequest

from accounts.models import User
from accounts.selectors import user_by_login

# What pages show of the person who reads them; the rest is fetched by those who need it.
_ON_EVERY_PAGE = (
    "id",
    "username",
    "password",
    "last_name",
    "first_name",
    "patronymic",
    "is_active",
    "language",
    "must_change_password",
)


class CredentialBackend(BaseBackend):
    """Login and password (§3.4). Throttling stands before it, in `accounts.services.logins`."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: object
    ) -> User | None:
        """The person, or None. The hasher runs once whatever is wrong, so that time tells nothing."""
        if not username or password is None or "\0" in password:
            return None
        user = user_by_login(username)
        # Without a person, as without issued credentials, there is no hash to compare with: `check_password` then
        # computes one of the same cost and says no. A hash of an older cost is renewed at a right password.
        right = (user or User(password=UNUSABLE_PASSWORD_PREFIX)).check_password(password)
        return user if right and user is not None and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """The person of a living login, one query; a closed account has none from its next request on."""
        return User.objects.only(*_ON_EVERY_PAGE).filter(pk=user_id, is_active=True).first()
