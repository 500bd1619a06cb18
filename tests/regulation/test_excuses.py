"""§3.5c, §4.3: an absence stays «кж» when it is excused; after its time a lesson is filled by reopening only."""

import pytest
from django.test import Client

from ejournal.lib import clock
from tests.journal.test_excuses import NOW, Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Room()


def test_3_5c_excused_absence_stays_absent_and_shows_its_days_alone(room: Room, client: Client) -> None:
    room.mark("кж")
    room.enter(document_number="095-1741", issuer="Ооруканасы", note="кургак учук")
    client.force_login(room.teacher)
    page = client.get(f"/journals/{room.workload.id}/").content.decode()
    cell = page[page.index(f'data-lesson="{room.lesson.id}" data-student="{room.student.id}"') :].partition("</td>")[0]
    assert 'title="жүйөлүү себеп менен 21.09–23.09"' in cell
    assert cell.endswith(">кж")
    assert "is-absent is-excused" in cell
    assert not [word for word in ("095-1741", "Ооруканасы", "кургак учук", "оору") if word in page]


def test_4_3_late_filling_is_refused_and_names_the_deans_office(room: Room) -> None:
    refused = room.mark("4", days=8)
    assert (refused["code"], "деканатка кайрылыңыз" in refused["message"]) == ("window_over", True)
