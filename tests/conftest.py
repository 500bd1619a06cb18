"""What all tests share: the owner makes the database, test bodies run on the web's connection."""

from collections.abc import Iterator

import pytest
from django.db import connections


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the database know both roles: the owner flushes after transactional tests, the web runs the body."""
    for item in items:
        for mark in item.iter_markers("django_db"):
            mark.kwargs.setdefault("databases", ["default", "owner"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """The web's connection is left before the owner drops the database."""
    yield
    connections["default"].close()


@pytest.fixture(autouse=True)
def _no_leftover_language() -> Iterator[None]:
    """Each test begins in Kyrgyz, the house's first language."""
    from django.utils import translation

    with translation.override("ky"):
        yield


@pytest.fixture
def owner_cursor(transactional_db: None) -> Iterator[object]:
    """A cursor of the owner: for what the web may not do."""
    with connections["owner"].cursor() as cursor:
        yield cursor
