"""Servers that go away in the middle (trials.md, faults). Each ends with nothing lost that was acknowledged."""

import json
import threading
from collections.abc import Iterator
from datetime import time
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.test import Client, override_settings

from ejournal.lib import clock, locks
from journal.models import Mark
from teaching.models import Lesson, Workload
from tests import factories as make

NOW = clock.moment_of(make.MONDAY, time(9, 0))


@pytest.fixture
def lesson(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    workload = make.make_workload()
    make.enrol(make.make_student(), workload.course)
    return make.make_lesson(workload)


def save(client: Client, lesson: Lesson, value: str, version: int = 0) -> Any:
    journal = Workload.objects.get(lessons__lesson=lesson)
    student = journal.course.enrolments.get().student_id
    cell = {"lesson": lesson.id, "student": student, "version": version, "value": value}
    return client.post(
        f"/journals/{journal.id}/marks/",
        json.dumps({"nonce": str(uuid4()), "marks": [cell]}),
        content_type="application/json",
    )


@pytest.fixture
def no_redis() -> Iterator[None]:
    """Redis is gone: nobody listens where it was."""
    with override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0"):
        yield


def test_login_and_marks_go_on_without_redis(lesson: Lesson, no_redis: None) -> None:
    client = Client()
    entered = client.post("/login/", {"username": lesson.teacher.user.username, "password": make.PASSWORD})
    assert entered.status_code == 302
    assert client.get("/").status_code == 200
    assert save(client, lesson, "5").status_code == 200
    assert client.get("/health/ready").json()["redis"] == "away"
    assert client.post("/logout/").status_code == 302
    assert client.get("/").status_code == 302


def test_killed_connection_answers_503_and_the_next_request_is_served(lesson: Lesson) -> None:
    """The save waits for a lock when its backend dies: 503, nothing saved, and no restart is needed."""
    journal = Workload.objects.select_related("course").get(lessons__lesson=lesson)
    client = Client(raise_request_exception=False)
    client.force_login(lesson.teacher.user)
    answers: list[Any] = []

    def request() -> None:
        answers.append(save(client, lesson, "5"))
        answers.append(save(client, lesson, "4"))
        connections.close_all()

    with transaction.atomic():
        locks.own_course(semester_id=journal.course.semester_id, course_id=journal.course_id)
        thread = threading.Thread(target=request)
        thread.start()
        with connection.cursor() as cursor:
            for _ in range(500):
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
                if cursor.fetchone():
                    break
                cursor.execute("SELECT pg_sleep(0.01)")
            else:
                pytest.fail("the save never waited for the lock")
    thread.join(timeout=30)
    assert [answer.status_code for answer in answers] == [503, 200]
    assert [mark.grade for mark in Mark.objects.all()] == [4]
