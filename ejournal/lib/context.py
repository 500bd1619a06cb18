"""Who is acting, and under which request: carried to the rows that are written and to the log."""

from contextvars import ContextVar
from uuid import UUID, uuid4

_request_id: ContextVar[UUID | None] = ContextVar("request_id", default=None)


def request_id() -> UUID:
    """The id of the request or task that runs now; made on first use where nothing set one (a shell)."""
    current = _request_id.get()
    if current is None:
        current = uuid4()
        _request_id.set(current)
    return current


def set_request_id(value: UUID | None) -> None:
    """Begin (or, with None, end) a request or task."""
    _request_id.set(value)
