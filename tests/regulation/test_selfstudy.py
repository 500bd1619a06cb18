"""§2.8, §3.5a, §4.2, §4.3 of self-study."""

import pytest
from django.test import Client

from ejournal.lib import clock
from journal.enums import TaskKind
from journal.models import SelfStudyMark
from journal.services.selfstudy import set_teams
from messaging.models import Notification
from tests.journal.test_selfstudy_services import NOW, Class

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Class:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Class()


def test_2_8_students_are_told_of_each_grade_of_self_study(room: Class, client: Client) -> None:
    task = room.give()
    room.grade(task, "8")
    told = Notification.objects.filter(user=room.students[0].user, kind="self_study")
    assert [one.url for one in told] == [f"/tasks/{task.pk}/"] * 2
    client.force_login(room.students[0].user)
    assert "10 упайдан 8" in client.get("/tasks/").content.decode()


def test_3_5a_self_study_is_kept_for_one_and_for_a_team(room: Class) -> None:
    alone, together = room.give(), room.give(kind=TaskKind.COLLECTIVE)
    set_teams(task_id=together.pk, teams={one.pk: 1 for one in room.students}, by=room.teacher, now=NOW)
    room.grade(alone, "8")
    room.grade(together, "9", who=2)
    assert SelfStudyMark.objects.count() == 2


def test_4_2_student_sees_tasks_of_his_own_disciplines_alone_and_does_them(room: Class, client: Client) -> None:
    task, foreign = room.give(), Class().give()
    client.force_login(room.students[0].user)
    assert [row.task for row in client.get("/tasks/").context["rows"]] == [task]
    assert client.get(f"/tasks/{foreign.pk}/").status_code == 404
    assert client.post(f"/tasks/{task.pk}/", {"text": "Жооп"}).status_code == 302


def test_4_3_after_the_total_no_self_study_changes(room: Class, client: Client) -> None:
    task = room.give()
    room.close()
    client.force_login(room.teacher)
    pupil = room.students[0].pk
    answer = client.post(f"/tasks/{task.pk}/grades/", {f"p{pupil}": "9", f"v{pupil}": "0:"})
    assert (answer.status_code, SelfStudyMark.objects.count()) == (423, 0)
