"""The one way to log in."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection
from django.http import HttpRequest

from accounts.models import User
from accounts.selectors import user_by_login
from accounts.sessions import USER_COLUMNS, read_person

_USER = f"SELECT {', '.join(USER_COLUMNS)} FROM accounts_user WHERE id = %s AND is_active"  # noqa: S608 -- own names


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
        """The person of a living login; a closed account has none from its next request on. No query where the
        session's own brought the person, else one."""
        row = read_person(user_id)
        if row is None:
            with connection.cursor() as cursor:
                # By hand: its text should cost nothing to make.
                cursor.execute(_USER, [user_id])
                row = cursor.fetchone()
        return User.from_db(connection.alias, USER_COLUMNS, row) if row is not None else None
