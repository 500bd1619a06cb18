"""The house's addresses with two pages that never work."""

from typing import Any

from django.urls import path

from ejournal.lib.errors import Refusal
from ejournal.urls import handler403, handler404, handler500
from ejournal.urls import urlpatterns as house

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]


def refusing(request: Any) -> Any:
    raise Refusal("Эмнегедир болбойт.", code="no_such_luck", status=409, hint="кийин")


def failing(request: Any) -> Any:
    raise RuntimeError("Жашыруунбеков")


urlpatterns = [*house, path("refusing/", refusing), path("failing/", failing)]
