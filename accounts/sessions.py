"""Sessions: rows of PostgreSQL, each read together with its person by one statement.

Nothing of them lies in Redis: what is ended is ended at once, whatever becomes of a cache, and a second statement by
the primary key costs less than the question to a cache and back (docs/decisions/0019).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection
from django.utils import timezone

from accounts.models import Session, User

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
# `from_db` takes values in the order of the model's columns.
USER_COLUMNS = [field.attname for field in User._meta.concrete_fields if field.attname in _ON_EVERY_PAGE]
_ID = USER_COLUMNS.index("id")

_read: ContextVar[tuple[Any, ...] | None] = ContextVar("person read with the session", default=None)


@contextmanager
def already_read(person: tuple[Any, ...] | None) -> Iterator[None]:
    """Within it, `get_user` takes the person from the row that was read with the session."""
    token = _read.set(person)
    try:
        yield
    finally:
        _read.reset(token)


def read_person(user_id: int) -> tuple[Any, ...] | None:
    """The row of this person, if it was read with the session."""
    row = _read.get()
    return row if row is not None and row[_ID] == user_id else None


_SESSION = f"""
SELECT s.session_data, {", ".join(f"u.{name}" for name in USER_COLUMNS)}
FROM accounts_session s LEFT JOIN accounts_user u ON u.id = s.user_id AND u.is_active
WHERE s.session_key = %s AND s.expire_date > %s
"""  # noqa: S608 -- own names


class SessionStore(DatabaseStore):
    """`person`: the columns of the person whose session it is, once it was read; None: nobody, or a closed account."""

    person: tuple[Any, ...] | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        row = None
        if self.session_key is not None and "\0" not in self.session_key:  # PostgreSQL's texts know no NUL
            with connection.cursor() as cursor:
                cursor.execute(_SESSION, [self.session_key, timezone.now()])
                row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        self.person = row[1:] if row[1] is not None else None
        kept: dict[str, Any] = self.decode(row[0])
        return kept

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = super().create_model_instance(data)
        assert isinstance(made, Session)
        made.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return made
