"""The door as browsers see it."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories as make


@pytest.fixture
def attempt() -> Callable[..., HttpResponse]:
    """Post a login from a browser; a browser is a Client, which keeps its cookies."""

    def post(browser: Client, username: str, password: str = make.PASSWORD, **fields: str) -> HttpResponse:
        return browser.post("/login/", {"username": username, "password": password, **fields})

    return post


@pytest.fixture
def count_queries() -> Callable[[Callable[[], object]], int]:
    """How many queries something costs, without the university's name, which a process reads once a minute."""

    def count(work: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as captured:
            work()
        return len([query for query in captured if "university_institution" not in query["sql"]])

    return count
