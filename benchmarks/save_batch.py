"""Saving thirty cells at once beside saving one: queries, time, and the ratio of both in the same run.

Run: EJOURNAL_VAR=… .venv/bin/python -m benchmarks.save_batch   (servers: bin/servers start)
Works in a test database of its own, which it drops. One and thirty take turns, so that both meet the same machine.
"""

import json
import logging
import os
import statistics
import time as clock_time
from datetime import time
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ejournal.settings.test")
django.setup()

from django.db import connection  # noqa: E402 -- after setup
from django.test import Client  # noqa: E402 -- after setup
from django.test.utils import setup_databases, teardown_databases  # noqa: E402 -- after setup

from benchmarks.grid_browser import STUDENTS, build  # noqa: E402 -- after setup
from benchmarks.journal_page import watched  # noqa: E402 -- after setup
from ejournal.lib import clock  # noqa: E402 -- after setup

ROUNDS = 100


def measure() -> None:
    workload = build()
    lesson = workload.lessons.order_by("lesson__starts_at").last().lesson
    # On the lesson's own day a change needs no reason.
    noon = clock.moment_of(lesson.date, time(12, 0))
    clock.now = lambda: noon
    students = list(workload.course.enrolments.order_by("id").values_list("student_id", flat=True))[:STUDENTS]
    client = Client()
    client.force_login(workload.teachers.get().teacher.user)
    versions = dict.fromkeys(students, 0)

    def save(chosen: list[int], value: int) -> tuple[float, int]:
        marks = [
            {"lesson": lesson.id, "student": student, "version": versions[student], "value": str(value)}
            for student in chosen
        ]
        body = json.dumps({"nonce": str(uuid4()), "marks": marks})
        with watched() as statements:
            begun = clock_time.perf_counter()
            answer = client.post(f"/journals/{workload.id}/marks/", body, content_type="application/json")
            took = clock_time.perf_counter() - begun
        assert answer.status_code == 200, answer.content
        for mark in answer.json()["marks"]:
            versions[mark["student"]] = mark["version"]
        return took, len(statements)

    alone, together = [], []
    for number in range(ROUNDS + 5):
        alone.append(save(students[:1], 2 + number % 2))
        together.append(save(students, 4 + number % 2))
    one, thirty = (statistics.median(took for took, _ in taken[5:]) for taken in (alone, together))
    print(
        f"one cell {one * 1000:.1f} ms and {alone[-1][1]} statements, {len(students)} cells {thirty * 1000:.1f} ms and "
        f"{together[-1][1]} statements without transaction control: {thirty / one:.2f} × (asked ≤ 3); "
        f"load average {os.getloadavg()[0]:.2f}"
    )


def main() -> None:
    logging.disable(logging.INFO)
    names = setup_databases(verbosity=0, interactive=False)
    try:
        measure()
    finally:
        connection.close()
        teardown_databases(names, verbosity=0)


if __name__ == "__main__":
    main()
