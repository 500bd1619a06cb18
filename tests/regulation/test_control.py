"""§3.6, §4.3, §7.6a of filling control: journals are checked, late filling is seen, and by whom it was."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.enums import Role
from ejournal.lib import clock
from tests import factories as make
from tests.journal.test_appeals_services import DAY, NOW, Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """A journal of two students in whose lesson one was looked at."""
    return Stage()


def seen(client: Client, monkeypatch: pytest.MonkeyPatch, user: object, *, days: int, **query: str) -> list[object]:
    """What filling control shows a person so many days after the lesson."""
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=days))
    client.force_login(user)  # type: ignore[arg-type]
    return list(client.get("/control/unfilled/", query).context["rows"])


def test_3_6_heads_check_each_journal_of_their_department(
    stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = make.make_user()
    make.appoint(far, Role.HEAD, department=make.make_department())
    found = seen(client, monkeypatch, stage.head, days=2)
    assert [row.lesson_id for row in found] == [stage.lesson.id]  # type: ignore[attr-defined]
    assert seen(client, monkeypatch, far, days=2) == []


@pytest.mark.parametrize("role", [Role.STUDY_OFFICE, Role.LEADERSHIP])
def test_3_6_study_office_checks_the_whole_university(
    stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    user = make.make_user()
    make.appoint(user, role)
    assert len(seen(client, monkeypatch, user, days=2)) == 1


def test_3_6_a_month_is_checked_by_teacher(stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.put("+", student=stage.fellow, at=NOW + 2 * DAY)
    (row,) = seen(client, monkeypatch, stage.head, days=3, show="teachers")
    figures = (row.held, row.on_day, row.late, row.mean_delay, row.unfilled)  # type: ignore[attr-defined]
    assert figures == (1, 0, 1, 2.0, 0)


def test_4_3_lesson_that_is_not_filled_in_time_is_seen_by_its_teacher(
    stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seen(client, monkeypatch, stage.teacher, days=0) == []
    assert len(seen(client, monkeypatch, stage.teacher, days=2)) == 1
    stage.put("+", student=stage.fellow, at=NOW + 2 * DAY)
    assert seen(client, monkeypatch, stage.teacher, days=2) == []


def test_4_3_altered_grades_are_counted_by_teacher(
    stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.put("+", student=stage.fellow)
    stage.put("5", version=1, at=NOW + DAY)
    (row,) = seen(client, monkeypatch, stage.head, days=2, show="teachers")
    assert row.corrected == 1  # type: ignore[attr-defined]


def test_4_3_strangers_control_nothing(stage: Stage, client: Client) -> None:
    administrator = make.make_user()
    make.appoint(administrator, Role.ADMINISTRATOR)
    for user in (administrator, stage.student.user, make.make_guardian(stage.student)):
        client.force_login(user)
        assert client.get("/control/unfilled/").status_code == 404
