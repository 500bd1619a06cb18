"""Every route for every role (trials.md, "who may do what"). A route without a row fails; rows stand in `rows_…`.

A row gives the status of each role: those named get it, everybody else who is logged in gets `others`, and a
stranger without a login is sent to the login (302; 401 for programs).
"""

import json
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.permissions.conftest import Cast, row_modules
from tests.permissions.rows import Row
from tests.permissions.rows_first_day import one_mark

ROWS: list[Row] = [row for module in row_modules() for row in module.ROWS]


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(name, path) of every route of the house. The admin's own are tried apart, as one door."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern.name or "", path
        elif pattern.namespace != "admin":
            yield from routes(pattern, path)


def ask(client: Client, row: Row, cast: Cast) -> int:
    call = getattr(client, row.method)
    data = row.data(cast) if row.data else None
    if row.as_json:
        return int(call(row.url(cast), json.dumps(data), content_type="application/json").status_code)
    return int(call(row.url(cast), data).status_code)


def test_every_route_has_a_row() -> None:
    named = {row.name for row in ROWS}
    assert [path for name, path in routes() if name not in named] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method}-{row.name}")
def test_row_holds_for_every_role(cast: Cast, row: Row) -> None:
    got = {}
    for role, user in cast.people.items():
        client = Client()
        if user is not None:
            client.force_login(user)
        got[role] = ask(client, row, cast)
    assert got == {role: row.status_of(role) for role in cast.people}


ADMIN_DOORS = [
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/appointment/",
    "/admin/university/policy/",
]


@pytest.mark.parametrize("url", ADMIN_DOORS)
def test_admin_opens_for_administrators_only(cast: Cast, url: str) -> None:
    got = {}
    for role, user in cast.people.items():
        client = Client()
        if user is not None:
            client.force_login(user)
        got[role] = client.get(url).status_code == 200
    assert got == {role: role == "admin" for role in cast.people}


def test_marks_are_not_in_the_admin(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.people["admin"])
    assert client.get("/admin/journal/mark/").status_code == 404


@pytest.mark.parametrize(
    "url", ["/journals/{foreign}/", "/journals/{foreign}/marks/", "/journals/{foreign}/month.pdf?month=2026-09"]
)
def test_id_of_a_foreign_journal_in_the_address_is_not_found(cast: Cast, url: str) -> None:
    client = Client()
    client.force_login(cast.people["teacher"])
    address = url.format(foreign=cast.foreign_journal.id)
    if "marks" in address:
        answer = client.post(address, json.dumps(one_mark(cast)), content_type="application/json")
    else:
        answer = client.get(address)
    assert answer.status_code == 404


def test_lesson_of_a_foreign_journal_in_the_body_is_refused(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.people["other"])
    body = one_mark(cast)
    answer = client.post(
        f"/journals/{cast.foreign_journal.id}/marks/", json.dumps(body), content_type="application/json"
    )
    assert (answer.status_code, answer.json()["marks"][0]["code"]) == (422, "not_in_journal")
