"""What the rows of the access matrix are made of. Each subject has its rows in a module `rows_<subject>` beside this.

A module of rows has `ROWS`, and may have `extend(cast)`, which makes the objects that its rows are about.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.permissions.conftest import Cast

READERS = ("curator", "teacher", "colleague", "substitute", "head", "office", "dean", "study", "leadership")
WATCHERS = ("curator", "head", "far_head", "office", "dean", "far_dean", "study", "leadership")
SEES_STUDENT = (
    "student",
    "parent",
    "curator",
    "teacher",
    "colleague",
    "head",
    "office",
    "dean",
    "study",
    "leadership",
)
STAFF = (
    "curator",
    "teacher",
    "colleague",
    "other",
    "substitute",
    "head",
    "far_head",
    "office",
    "dean",
    "far_dean",
    "study",
    "leadership",
    "admin",
    "moderator",
)


@dataclass(frozen=True)
class Row:
    """One route and method. `allowed` maps a status to the roles that get it."""

    name: str
    url: Callable[[Cast], str]
    allowed: dict[int, tuple[str, ...]] = field(default_factory=dict)
    others: int = 404
    anon: int = 302
    method: str = "get"
    data: Callable[[Cast], Any] | None = None
    as_json: bool = False

    def status_of(self, role: str) -> int:
        if role == "anon":
            return self.anon
        return next((status for status, roles in self.allowed.items() if role in roles), self.others)
