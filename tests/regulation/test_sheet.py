"""Several journals on one page, by the regulation's clauses."""

import json
import re

import pytest
from django.test import Client

from ejournal.lib import clock
from journal.models import Mark
from tests.journal.test_selectors import NOON
from tests.journal.test_sheet import Hall, Place, cells, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def test_3_5a_every_lesson_of_a_course_stands_on_one_page_by_date() -> None:
    place = Place()
    html = page_of(place.teacher.user, place.address)
    assert len(re.findall(r'<th scope="col" id="l\d+"', html)) == 3


def test_3_5b_a_subgroups_lesson_has_places_for_its_students_alone() -> None:
    place = Place()
    html = page_of(place.teacher.user, place.address)
    ((his, _text),) = cells(html, place.own_lesson, place.one)
    ((not_his, _text),) = cells(html, place.own_lesson, place.two)
    assert ("is-out" in his, "is-out" in not_his) == (False, True)


def test_3_5c_a_meeting_of_a_stream_is_filled_once_for_all_its_groups() -> None:
    hall = Hall()
    client = Client()
    client.force_login(hall.teacher.user)
    marks = [{"lesson": hall.lesson.id, "student": one.id, "version": 0, "value": "+"} for one in hall.students]
    sent = json.dumps({"nonce": "5d0a8f5e-0c0b-4c0e-9a53-7f0f7a1b6d10", "marks": marks})
    answer = client.post(f"/journals/{hall.journals[0].id}/marks/", sent, content_type="application/json")
    assert answer.status_code == 200
    hall.lesson.refresh_from_db()
    assert hall.lesson.roll_taken_at is not None
    assert {mark.workload_id for mark in Mark.objects.all()} == {journal.id for journal in hall.journals}


def test_4_3_a_colleagues_journal_is_read_beside_ones_own_and_not_written() -> None:
    place = Place()
    client = Client()
    client.force_login(place.teacher.user)
    assert client.get(place.address).status_code == 200
    mark = {"lesson": place.their_lesson.id, "student": place.two.id, "version": 0, "value": "5"}
    sent = json.dumps({"nonce": "5d0a8f5e-0c0b-4c0e-9a53-7f0f7a1b6d11", "marks": [mark]})
    by_their_journal = client.post(f"/journals/{place.lab.id}/marks/", sent, content_type="application/json")
    by_own_journal = client.post(f"/journals/{place.lecture.id}/marks/", sent, content_type="application/json")
    assert (by_their_journal.status_code, by_own_journal.status_code) == (403, 422)
    assert not Mark.objects.exists()
