"""The page of a module (§4.3): what is missing, its points, closing it, and what a closed one shows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ejournal.lib import clock
from journal.models import ModuleConfirmation, ModuleSheet
from journal.services.reopenings import end_reopening
from tests import factories as make
from tests.journal.test_closing_services import LATER, NOW, Stage
from university.models import Module, Policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = Stage()
    made.course.lead = made.teacher
    made.course.save(update_fields=["lead"])
    return made


def url(stage: Stage, number: int = 1) -> str:
    return f"/courses/{stage.course.id}/modules/{number}/"


def test_page_names_what_is_missing_before_closing(stage: Stage, client: Client) -> None:
    gap = make.make_lesson(stage.workload, pair=3)
    coming = make.make_lesson(stage.workload, day=make.MONDAY + timedelta(days=7))
    idle = make.make_student(group=stage.course.group, first_name="Жанара")
    make.enrol(idle, stage.course)
    client.force_login(stage.teacher.user)
    page = client.get(url(stage))
    checklist = page.context["page"].checklist
    assert [one.lesson_id for one in checklist.unfilled] == [gap.id]
    assert [one.lesson_id for one in checklist.without_topic] == [*(one.id for one in stage.lessons), gap.id]
    assert [one.lesson_id for one in checklist.to_come] == [coming.id]
    assert checklist.without_marks == [idle.user.get_full_name()]
    assert len(checklist.without_control) == 3
    text = page.content.decode()
    assert f'href="/lessons/{gap.id}/"' in text
    assert text.count('value="close"') == 1


def test_lead_closes_and_the_page_shows_what_was_stored(stage: Stage, client: Client) -> None:
    client.force_login(stage.teacher.user)
    answer = client.post(url(stage), {"act": "close"})
    assert (answer.status_code, answer.headers["Location"]) == (302, url(stage))
    page = client.get(url(stage))
    shown = page.context["page"]
    assert (shown.sheet, shown.edition, shown.checklist) == (ModuleSheet.objects.get(), 1, None)
    assert [str(row.total) for row in shown.rows] == ["8.50", "5.00"]
    text = page.content.decode()
    assert "8,50" in text
    assert 'value="close"' not in text
    assert f'href="/journals/{stage.workload.id}/reopen/"' in text
    assert client.post(url(stage), {"act": "close"}).status_code == 423


def test_course_opens_at_the_module_that_is_to_be_closed(stage: Stage, client: Client) -> None:
    client.force_login(stage.teacher.user)
    address = f"/courses/{stage.course.id}/modules/"
    assert client.get(address).headers["Location"] == url(stage, 1)
    stage.close()
    assert client.get(address).headers["Location"] == url(stage, 1)
    second = Module.objects.get(semester=stage.course.semester, number=2)
    clock.now = lambda: clock.moment_of(second.starts_on, NOW.time())  # type: ignore[assignment]
    assert client.get(address).headers["Location"] == url(stage, 2)


def test_colleague_confirms_his_journal_and_closes_nothing(stage: Stage, client: Client) -> None:
    Policy.objects.create(key="module_confirmations", value=True, valid_from=make.MONDAY)
    second = make.make_workload(course=stage.course, teacher=make.make_teacher(last_name="Касымов"))
    colleague = second.teachers.get().teacher
    client.force_login(colleague.user)
    assert client.get(url(stage)).content.decode().count('value="confirm"') == 1
    assert client.post(url(stage), {"act": "close"}).status_code == 403
    assert client.post(url(stage), {"act": "confirm", "journal": stage.workload.id}).status_code == 403
    assert client.post(url(stage), {"act": "confirm", "journal": second.id}).status_code == 302
    assert ModuleConfirmation.objects.get().teacher == colleague
    client.force_login(stage.teacher.user)
    refused = client.post(url(stage), {"act": "close"})
    assert refused.status_code == 422
    assert stage.teacher.user.get_full_name() in refused.content.decode()


def test_page_says_the_deadline_and_that_it_is_over(
    stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(stage.teacher.user)
    ends_on = Module.objects.get(number=1).ends_on
    shown = client.get(url(stage)).context["page"]
    assert (shown.deadline, shown.is_overdue) == (ends_on + timedelta(days=3), False)
    monkeypatch.setattr(clock, "now", lambda: NOW + (ends_on + timedelta(days=4) - make.MONDAY))
    assert client.get(url(stage)).context["page"].is_overdue
    assert client.post(url(stage), {"act": "close"}).status_code == 302


def test_earlier_editions_stay_readable(stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.close()
    monkeypatch.setattr(clock, "now", lambda: LATER)
    opened = stage.open()
    assert stage.mark(stage.lessons[1], stage.fellow, "5", version=1, at=LATER)["status"] == 200
    end_reopening(reopening_id=opened.pk, by=stage.teacher.user, now=LATER)
    client.force_login(stage.teacher.user)
    assert [str(row.total) for row in client.get(url(stage)).context["page"].rows] == ["8.50", "8.00"]
    old = client.get(url(stage), {"edition": "1"})
    assert [str(row.total) for row in old.context["page"].rows] == ["8.50", "5.00"]
    assert f'href="/reopenings/{opened.pk}/"' in old.content.decode()


@pytest.mark.parametrize("data", [{}, {"act": "open"}, {"act": "confirm", "journal": "x"}])
def test_what_cannot_be_read_changes_nothing(stage: Stage, client: Client, data: dict[str, str]) -> None:
    client.force_login(stage.teacher.user)
    assert client.post(url(stage), data).status_code == 422
    assert not ModuleSheet.objects.exists()


@pytest.mark.parametrize("students", [1, 3])
@pytest.mark.parametrize("is_closed", [False, True])
def test_queries_of_the_page(
    stage: Stage, client: Client, django_assert_num_queries: Callable[..., Any], students: int, is_closed: bool
) -> None:
    for number in range(students):
        make.enrol(make.make_student(group=stage.course.group), stage.course)
        make.make_lesson(stage.workload, pair=3 + number)
    if is_closed:
        stage.close()
    client.force_login(stage.teacher.user)
    client.get(url(stage))
    with django_assert_num_queries(11 if is_closed else 16):
        client.get(url(stage))
