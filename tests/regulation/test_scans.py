"""The regulation's clause on scanning: §4.2, and what it rests on: §3.5b, §3.5g."""

from datetime import time, timedelta

import pytest
from django.test import Client

from attendance.models import Scan
from attendance.selectors.codes import codes_of_rooms, link_of
from attendance.services.rooms import issue_code
from ejournal.lib import clock
from journal.models import Mark
from tests import factories as make

pytestmark = pytest.mark.django_db

START = clock.moment_of(make.MONDAY, time(8, 0))


def scan(client: Client, link: str) -> str:
    client.get(link)
    answer = client.post(link, headers={"Accept": "application/json"})
    return str(answer.json()["code"])  # type: ignore[attr-defined]


def test_4_2_student_scans_the_auditoriums_code_at_the_start_of_the_lesson(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its start, in its auditorium, himself; what he scans is no mark: that stays the teacher's."""
    room = make.make_room()
    issue_code(room=room, by=None, now=START)
    course = make.make_course()
    student, stranger = make.make_student("student"), make.make_student("stranger", last_name="Бөтөн")
    make.enrol(student, course)
    lesson = make.make_lesson(make.make_workload(course=course), room=room)
    got = {}
    for name, person, minutes in (
        ("before", student, -30),
        ("stranger", stranger, 0),
        ("at the start", student, 0),
        ("again", student, 5),
    ):
        now = START + timedelta(minutes=minutes)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        phone = Client()
        phone.force_login(person.user)
        got[name] = scan(phone, link_of(codes_of_rooms([room.pk], on=make.MONDAY)[room.pk], now=now))
    assert got == {"before": "too_early", "stranger": "no_lesson", "at the start": "counted", "again": "already"}
    assert [(one.student, one.lesson, one.at) for one in Scan.objects.all()] == [(student, lesson, START)]
    assert not Mark.objects.exists()
