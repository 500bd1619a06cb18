"""§4.2, §4.3 of appeals: students report a wrongly set grade to the teacher; grades are not altered unseen."""

import pytest
from django.test import Client

from ejournal.lib import clock
from journal.enums import AppealState
from journal.models import Appeal
from journal.services.appeals import tell_overdue
from messaging.models import Notification
from tests.journal.test_appeals_services import DAY, LATER, NEXT, Stage
from university.models import Policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NEXT)
    return Stage()


def test_4_2_student_reports_a_wrongly_set_grade_to_the_teacher(stage: Stage, client: Client) -> None:
    stage.put("2", version=1)
    client.force_login(stage.student.user)
    cell = f"/marks/{stage.lesson.id}/{stage.student.id}/appeal/"
    assert client.post(cell, {"kind": "grade", "text": "4 коюлган болчу"}).status_code == 302
    made = Appeal.objects.get()
    assert Notification.objects.get(user=stage.teacher, kind="appeal").url == f"/appeals/{made.pk}/"
    client.force_login(stage.teacher)
    assert "4 коюлган болчу" in client.get(f"/appeals/{made.pk}/").content.decode()


def test_4_2_scanned_but_absent_is_one_tap(stage: Stage, client: Client) -> None:
    client.force_login(stage.student.user)
    cell = f"/marks/{stage.lesson.id}/{stage.student.id}/appeal/"
    assert 'name="kind" value="scanned"' in client.get(cell).content.decode()
    assert client.post(cell, {"kind": "scanned"}).status_code == 302


def test_4_2_student_speaks_of_his_own_cells_alone(stage: Stage, client: Client) -> None:
    client.force_login(stage.fellow.user)
    cell = f"/marks/{stage.lesson.id}/{stage.student.id}/appeal/"
    assert (client.get(cell).status_code, client.post(cell, {"kind": "scanned"}).status_code) == (404, 404)
    made = stage.appeal()
    assert client.get(f"/appeals/{made.pk}/").status_code == 404


def test_4_2_student_sees_what_became_of_it(stage: Stage, client: Client) -> None:
    made = stage.grant(stage.appeal(), answer="Сканы бар экен")
    client.force_login(stage.student.user)
    assert "Сканы бар экен" in client.get(f"/appeals/{made.pk}/").content.decode()
    assert Notification.objects.get(user=stage.student.user, kind="appeal").url == f"/appeals/{made.pk}/"


def test_4_2_teacher_must_answer_in_time(stage: Stage) -> None:
    made = stage.appeal()
    assert tell_overdue(now=NEXT + 6 * DAY) == 1
    late = Notification.objects.filter(event=f"appeal:{made.pk}:overdue:{made.due_on}")
    assert {one.user for one in late} == {stage.teacher, stage.head}


def test_4_3_grade_is_altered_by_an_appeal_with_its_number_in_the_history(stage: Stage, client: Client) -> None:
    Policy.objects.create(key="mark_changes", value="appeal", valid_from=clock.day_of(NEXT) - DAY)
    assert stage.put("5", version=1, at=NEXT)["code"] == "change_by_appeal"
    made = stage.grant(stage.appeal(), grade=5)
    client.force_login(stage.student.user)
    history = client.get(f"/marks/{stage.lesson.id}/{stage.student.id}/history/").content.decode()
    assert f"№ {made.pk} апелляция: скандагам, бирок «кж» турат" in history


def test_4_3_after_the_total_an_appeal_changes_nothing_by_itself(stage: Stage, client: Client) -> None:
    made = stage.appeal()
    stage.close()
    client.force_login(stage.teacher)
    url = f"/appeals/{made.pk}/"
    refused = client.post(url, {"act": "grant", "presence": "present", "version": "1"})
    assert (refused.status_code, stage.mark().version) == (423, 1)
    assert client.post(url, {"act": "reopen", "why": "Апелляция негиздүү"}).status_code == 302
    made.refresh_from_db()
    assert (made.state, stage.mark().version) == (AppealState.REOPENING, 1)


def test_4_3_past_the_days_for_filling_the_answer_is_a_reopening(
    stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    made = stage.appeal(now=LATER)
    client.force_login(stage.teacher)
    assert 'value="reopen"' in client.get(f"/appeals/{made.pk}/").content.decode()
