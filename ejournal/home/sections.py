"""The first page's sections: one for each role a person has, each by the app that knows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the first page: a template of the app that owns it, and what it needs."""

    template: str
    context: dict[str, Any]


def sections_of(request: HttpRequest, *, now: datetime) -> list[Section]:
    """Sections for the roles in force today."""
    return []
