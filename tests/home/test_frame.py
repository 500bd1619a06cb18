"""What every page shares: request ids, the log, the content policy, health, the language, refusals, the first page."""

import json
import logging
import re
from datetime import time
from typing import Any
from uuid import UUID

import pytest
from django.test import Client, override_settings

from accounts.enums import Role
from accounts.models import User
from ejournal.home.context import marks_secret
from ejournal.lib import clock
from ejournal.lib.logs import JsonFormatter
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = clock.moment_of(make.MONDAY, time(9, 0))


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_answer_has_a_request_id(client: Client) -> None:
    first, second = (client.get("/health/live")["X-Request-ID"] for _ in range(2))
    assert UUID(first) != UUID(second)


def test_request_id_of_a_proxy_is_kept_and_anything_else_is_not(client: Client) -> None:
    given = "3f0c3c0e-9a70-4a31-9be8-30a5a2a9f0b1"
    assert client.get("/health/live", headers={"X-Request-ID": given})["X-Request-ID"] == given
    forged = "1\nX-Evil: 1"
    assert client.get("/health/live", headers={"X-Request-ID": forged})["X-Request-ID"] != forged


def test_log_names_the_route_and_no_person(caplog: pytest.LogCaptureFixture) -> None:
    student = make.make_student(last_name="Жашыруунбеков")
    with caplog.at_level(logging.INFO, logger="ejournal.request"):
        logged_in(student.user).get(f"/cabinet/{student.id}/?phone=0700000001")
    records = [record for record in caplog.records if record.name == "ejournal.request"]
    lines = [json.loads(JsonFormatter().format(record)) for record in records]
    assert [(line["route"], line["status"]) for line in lines] == [("cabinet/<int:student_id>/", 200)]
    assert not re.search("Жашыруунбеков|0700000001", json.dumps(lines, ensure_ascii=False))


def test_content_policy_allows_nothing_inline_and_nothing_from_elsewhere(client: Client) -> None:
    policy = client.get("/login/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_health_tells_of_the_database_and_redis(client: Client) -> None:
    assert client.get("/health/ready").json() == {"status": "ready", "database": "ok", "redis": "ok"}


def test_language_is_kept_and_leads_only_within_the_house(client: Client) -> None:
    answer = client.post("/language/", {"language": "ru", "next": "/login/"})
    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    assert 'lang="ru"' in client.get("/login/").content.decode()
    elsewhere = client.post("/language/", {"language": "ru", "next": "https://example.org/"})
    assert elsewhere["Location"] == "/"


def test_stranger_is_led_to_the_login_and_a_program_is_told(client: Client) -> None:
    assert client.get("/journals/")["Location"] == "/login/?next=/journals/"
    answer = client.get("/journals/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "login")
    fragment = client.get("/notifications/count/", headers={"HX-Request": "true"})
    assert "HX-Redirect" in fragment.headers


def test_unknown_address_is_404_for_people_and_programs() -> None:
    client = logged_in(make.make_user())
    assert client.get("/nothing/").status_code == 404
    answer = client.get("/nothing/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (404, {"code": "not_found"})


@override_settings(ROOT_URLCONF="tests.home.broken_urls")
def test_refusal_that_no_view_caught_is_a_page_or_json_with_its_code() -> None:
    client = logged_in(make.make_user())
    page = client.get("/refusing/")
    assert page.status_code == 409
    assert "Эмнегедир болбойт." in page.content.decode()
    answer = client.get("/refusing/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (
        409,
        {"code": "no_such_luck", "message": "Эмнегедир болбойт.", "hint": "кийин"},
    )


@override_settings(ROOT_URLCONF="tests.home.broken_urls")
def test_failure_shows_nothing_of_its_cause() -> None:
    client = logged_in(make.make_user())
    client.raise_request_exception = False
    page = client.get("/failing/")
    assert page.status_code == 500
    assert "Жашыруунбеков" not in page.content.decode()


def sections(user: User) -> list[str]:
    return re.findall(r'id="section-(\w+)"', logged_in(user).get("/").content.decode())


def test_first_page_has_a_section_for_each_role() -> None:
    workload = make.make_workload()
    teacher = workload.teachers.get().teacher
    # A journal without a plan waits for one (§4.3).
    assert sections(teacher.user) == ["teaching", "plans"]
    student = make.make_student(group=workload.course.group)
    assert sections(student.user) == ["studying"]
    assert sections(make.make_guardian(student)) == ["children"]
    make.appoint(teacher.user, Role.HEAD, department=workload.department)
    assert sections(teacher.user) == ["teaching", "plans", "attendance", "doors"]
    office = make.make_user()
    make.appoint(office, Role.DEANS_OFFICE, unit=workload.course.group.unit)
    assert sections(office) == ["attendance", "doors"]
    administrator = make.make_user()
    make.appoint(administrator, Role.ADMINISTRATOR)
    assert sections(administrator) == ["doors"]
    assert sections(make.make_user()) == []


@pytest.mark.parametrize("lessons", [1, 3])
def test_first_page_of_a_teacher_costs_the_same_with_one_lesson_and_three(
    lessons: int, django_assert_num_queries: Any
) -> None:
    workload = make.make_workload()
    make.enrol(make.make_student(), workload.course)
    for pair in range(1, lessons + 1):
        make.make_lesson(workload, pair=pair)
    client = logged_in(workload.teachers.get().teacher.user)
    client.get("/")
    with django_assert_num_queries(12):
        client.get("/")


def test_key_of_waiting_marks_is_the_persons_own_and_never_sent_twice_alike() -> None:
    def key(sent: str) -> bytes:
        both = bytes.fromhex(sent)
        return bytes(a ^ b for a, b in zip(both[:32], both[32:], strict=True))

    first, again, other = marks_secret(1), marks_secret(1), marks_secret(2)
    assert first != again
    assert key(first) == key(again)
    assert key(first) != key(other)
