"""Every route for every role (trials.md, "who may do what"). A route without a row here fails.

A row gives the status of each role: those named get it, everybody else who is logged in gets `others`, and a
stranger without a login is sent to the login (302; 401 for programs).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from journal.models import Mark
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


def one_mark(cast: Cast) -> dict[str, Any]:
    """A change of the fellow's cell as it stands: those who may write it do so one after the other."""
    mark = Mark.objects.filter(lesson=cast.lesson, student=cast.fellow).first()
    version = mark.version if mark else 0
    cell = {"lesson": cast.lesson.id, "student": cast.fellow.id, "version": version, "value": str(2 + version)}
    return {"nonce": str(uuid4()), "marks": [cell]}


ROWS = [
    Row("home", lambda c: "/", others=200),
    Row("set_language", lambda c: "/language/", others=302, method="post", data=lambda c: {"language": "ru"}),
    Row("health_live", lambda c: "/health/live", others=200, anon=200),
    Row("health_ready", lambda c: "/health/ready", others=200, anon=200),
    Row("login", lambda c: "/login/", others=302, anon=200),
    Row("logout", lambda c: "/logout/", others=302, method="post"),
    Row(
        "password",
        lambda c: "/password/",
        # §4.2: students never; a parent's key is given and taken by the dean's office.
        {403: ("student", "fellow", "stranger", "parent"), 200: (*STAFF, "nobody", "past_dean", "past_admin")},
    ),
    Row("notifications", lambda c: "/notifications/", others=200),
    # A list of what is one's own: empty for those who have none.
    Row("journals", lambda c: "/journals/", others=200),
    Row("journal", lambda c: f"/journals/{c.journal.id}/", {200: READERS}),
    Row(
        "marks",
        lambda c: f"/journals/{c.journal.id}/marks/",
        {200: ("teacher", "substitute"), 403: tuple(set(READERS) - {"teacher", "substitute"})},
        anon=401,
        method="post",
        data=one_mark,
        as_json=True,
    ),
    Row("lesson", lambda c: f"/lessons/{c.lesson.id}/", {200: READERS}),
    Row(
        "cell_history",
        lambda c: f"/marks/{c.lesson.id}/{c.student.id}/history/",
        {200: (*READERS, "student", "parent", "admin")},
    ),
    Row("journal_month", lambda c: f"/journals/{c.journal.id}/month.pdf?month=2026-09", {200: READERS}),
    Row("cabinet", lambda c: "/cabinet/", {200: ("student", "fellow", "stranger"), 302: ("parent",)}),
    Row("cabinet_of", lambda c: f"/cabinet/{c.student.id}/", {200: SEES_STUDENT}),
    Row("cabinet_course", lambda c: f"/cabinet/{c.student.id}/courses/{c.course.id}/", {200: SEES_STUDENT}),
    Row("notifications_read", lambda c: "/notifications/read/", others=302, method="post"),
    Row("notifications_count", lambda c: "/notifications/count/", others=200),
    # "job state": who asked for it, and administrators; what the job made is the asker's.
    Row("job", lambda c: f"/jobs/{c.job.id}/", {200: ("study", "admin")}),
    Row("job_file", lambda c: f"/jobs/{c.job.id}/files/{c.job_file.id}/", {200: ("study",)}),
    Row(
        "guardian_credentials",
        lambda c: f"/groups/{c.group.id}/credentials/{c.student.id}/parents/",
        {200: ("office", "dean", "admin")},
    ),
    Row("attendance_today", lambda c: "/attendance/today/", {200: WATCHERS}),
    Row("groups", lambda c: "/groups/", {200: ("office", "dean", "far_dean", "admin")}),
    Row("group_credentials", lambda c: f"/groups/{c.group.id}/credentials/", {200: ("office", "dean", "admin")}),
    Row("load", lambda c: "/load/", {200: ("admin",)}),
    # A load that is not done yet leads to its job; a refused one says why.
    Row("load_shown", lambda c: f"/load/{c.load.id}/", {200: ("admin",)}),
    Row("load_again", lambda c: f"/load/{c.load.id}/again/", {302: ("admin",)}, method="post"),
]


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
