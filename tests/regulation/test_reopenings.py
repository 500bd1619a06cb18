"""§4.3 of reopenings: after the total of the intermediate check nothing changes, but what two people opened again."""

from datetime import timedelta

import pytest
from django.test import Client

from ejournal.lib import clock
from journal.enums import ReopeningState
from journal.models import Mark, Reopening
from journal.services.reopenings import expire_reopenings
from reports.selectors.months import month_sheet
from tests import factories as make
from tests.journal.test_reopenings import LATER, Stage
from tests.reports.test_months import text_of
from university.models import Policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return Stage()


def test_4_3_after_the_total_points_the_teacher_changes_nothing_and_is_shown_the_way(
    stage: Stage, client: Client
) -> None:
    stage.close()
    refused = stage.mark("4", version=1, at=LATER)
    assert (refused["status"], refused["code"]) == (423, "module_closed")
    client.force_login(stage.teacher)
    page = client.get(refused["ask"]).content.decode()
    assert page.count("checked") == 2


def test_4_3_reopening_takes_two_people_besides_the_teacher(stage: Stage, client: Client) -> None:
    stage.close()
    client.force_login(stage.teacher)
    url = f"/journals/{stage.workload.id}/reopen/"
    client.post(url, {"lesson": stage.lesson.id, "student": stage.student.id, "why": "жаңылыштык"})
    asked = Reopening.objects.get()
    for user, status, state in (
        (stage.teacher, 403, ReopeningState.ASKED),
        (stage.office, 403, ReopeningState.ASKED),
        (stage.head, 302, ReopeningState.APPROVED),
        (stage.head, 403, ReopeningState.APPROVED),
        (stage.office, 302, ReopeningState.OPEN),
    ):
        client.force_login(user)
        assert client.post(f"/reopenings/{asked.pk}/", {"act": "approve"}).status_code == status
        asked.refresh_from_db()
        assert asked.state == state


def test_4_3_what_is_changed_under_a_reopening_is_marked_with_its_number(stage: Stage, client: Client) -> None:
    stage.close()
    opened = stage.open()
    assert stage.mark("4", version=1, at=LATER)["status"] == 200
    client.force_login(stage.student.user)
    history = client.get(f"/marks/{stage.lesson.id}/{stage.student.id}/history/").content.decode()
    # Of two steps the second: the first was made before.
    assert history.count(f"№ {opened.pk} кайра ачуу") == 1
    client.force_login(stage.head)
    page = client.get(f"/reopenings/{opened.pk}/").content.decode()
    assert stage.student.user.get_full_name() in page.partition('id="done-heading"')[2]


def test_4_3_reopening_ends_by_itself_after_the_days_of_the_setting(stage: Stage) -> None:
    Policy.objects.create(key="reopening_days", value=1, valid_from=clock.day_of(LATER))
    stage.close()
    opened = stage.open()
    assert opened.until is not None
    assert clock.day_of(opened.until) == clock.day_of(LATER) + timedelta(days=2)
    assert stage.mark("4", version=1, at=opened.until)["code"] == "module_closed"
    assert expire_reopenings(now=opened.until) == 1
    assert Mark.objects.get(student=stage.student).version == 1


def test_4_3_reopening_gives_the_named_cells_alone(stage: Stage) -> None:
    stage.close()
    stage.open()
    assert stage.mark("4", at=LATER, student=stage.fellow)["code"] == "module_closed"
    assert stage.mark("4", at=LATER, lesson=stage.other_lesson)["code"] == "module_closed"
    assert stage.mark("4", version=1, at=LATER)["status"] == 200


def test_4_3_what_is_changed_under_a_reopening_is_marked_on_paper(stage: Stage, client: Client) -> None:
    assert stage.mark("5", student=stage.fellow)["status"] == 200
    stage.close()
    opened = stage.open()
    assert stage.mark("4", version=1, at=LATER)["status"] == 200
    sheet = month_sheet(stage.workload, make.MONDAY.replace(day=1), now=LATER)
    cells = {(cell.text, cell.reopening) for row in sheet.rows for cell in row.cells}
    assert cells == {("4", opened.pk), ("5", None), ("", None)}
    client.force_login(stage.teacher)
    client.cookies["django_language"] = "en"
    text = text_of(client.get(f"/journals/{stage.workload.pk}/month.pdf?month=2026-09").content)
    assert "4°" in text
    assert f"°: changed under a reopening of the closed journal (§4.3), № {opened.pk}" in text
    assert text.count("°") == 2
