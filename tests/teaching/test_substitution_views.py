"""Pages of absences, substitutions and replacements from the outside: plain forms."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from ejournal.lib import clock
from teaching.enums import Answer, ChangeKind
from teaching.models import (
    Lesson,
    LessonChange,
    LessonWorkload,
    Replacement,
    Substitution,
    TeacherAbsence,
    WorkloadTeacher,
)
from tests import factories as make
from tests.teaching.test_substitution_services import EARLY, TUESDAY, Stage
from university.models import Institution

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: EARLY)
    monkeypatch.setattr("ejournal.home.context.now", lambda: EARLY)
    Institution.objects.create(id=1, name_ky="Сыноо университети")
    return Stage()


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def head(stage: Stage) -> Client:
    return logged_in(stage.head)


def test_head_records_an_absence_and_is_led_to_its_lessons(head: Client, stage: Stage) -> None:
    sent = {"teacher": stage.free.id, "starts_on": "2026-09-21", "ends_on": "2026-09-25", "kind": "trip"}
    answer = head.post("/absences/", sent)
    absence = TeacherAbsence.objects.get(teacher=stage.free)
    assert answer["Location"] == f"/absences/{absence.id}/"
    again = head.post("/absences/", sent)
    assert again.status_code == 422
    assert "Another absence of this teacher" in again.content.decode()


def test_head_does_not_record_a_teacher_of_another_department(head: Client) -> None:
    stranger = make.make_teacher()
    sent = {"teacher": stranger.id, "starts_on": "2026-09-21", "ends_on": "2026-09-25", "kind": "trip"}
    assert head.post("/absences/", sent).status_code == 422
    assert not TeacherAbsence.objects.filter(teacher=stranger).exists()


def test_head_names_one_by_one_and_one_for_all(head: Client, stage: Stage) -> None:
    url = f"/absences/{stage.absence.id}/"
    assert head.post(url, {f"lesson-{stage.monday.id}": stage.free.id}).status_code == 302
    assert Substitution.objects.get().lesson == stage.monday
    assert head.post(url, {"everybody": stage.busy.id, "note": "§ 3"}).status_code == 302
    assert Substitution.objects.get(lesson=stage.tuesday).note == "§ 3"
    page = head.get(url).content.decode()
    assert "Covered: 2 of 2" in page


def test_busy_substitute_is_asked_about_and_what_was_chosen_stays(head: Client, stage: Stage) -> None:
    url = f"/absences/{stage.absence.id}/"
    chosen = {f"lesson-{stage.monday.id}": stage.busy.id, "note": "жазуу"}
    answer = head.post(url, chosen)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'name="busy"' in page
    assert "жазуу" in page
    assert page.count("selected") == 1
    assert head.post(url, {**chosen, "busy": "1"}).status_code == 302


def test_teacher_of_another_department_is_found_by_name(head: Client, stage: Stage) -> None:
    far = make.make_teacher(last_name="Чоробаев")
    url = f"/absences/{stage.absence.id}/"
    assert "Чоробаев" not in head.get(url).content.decode()
    assert "Чоробаев" in head.get(f"{url}?q=чороб").content.decode()
    assert head.post(url, {f"lesson-{stage.monday.id}": far.id}).status_code == 302


@pytest.mark.parametrize("junk", ["x", "-1", "٥", "9" * 30, "\x00"])
def test_nonsense_in_a_choice_is_nothing_chosen(head: Client, stage: Stage, junk: str) -> None:
    url = f"/absences/{stage.absence.id}/"
    assert head.post(url, {f"lesson-{stage.monday.id}": junk, "everybody": junk, "lesson-x": "1"}).status_code == 422
    assert not Substitution.objects.exists()


def test_acting_head_names_and_an_absent_head_for_himself(stage: Stage) -> None:
    acting = make.make_teacher(department=stage.department, last_name="Милдетчи")
    make.appoint(acting.user, Role.HEAD, department=stage.department, acting=True)
    client = logged_in(acting.user)
    url = f"/absences/{stage.absence.id}/"
    assert client.post(url, {f"lesson-{stage.monday.id}": stage.free.id}).status_code == 302
    own = make.make_workload(course=make.make_course(department=stage.department), teacher=acting)
    lesson = make.make_lesson(own, day=TUESDAY, pair=2)
    absence = stage.record(acting)
    url = f"/absences/{absence.id}/"
    assert client.post(url, {f"lesson-{lesson.id}": stage.free.id}).status_code == 302
    appointment = acting.user.appointments.get()
    appointment.ends_on = make.MONDAY - timedelta(days=1)
    appointment.save()
    # In the same login: he reads his own absence, and names nobody any more.
    assert client.get(url).status_code == 200
    assert client.post(url, {f"lesson-{lesson.id}": stage.free.id}).status_code == 403


def test_head_withdraws_and_ends(head: Client, stage: Stage) -> None:
    monday, tuesday = stage.name({stage.monday.id: stage.free.id, stage.tuesday.id: stage.free.id})
    assert head.post(f"/substitutions/{monday.id}/withdraw/").status_code == 302
    assert [one.pk for one in Substitution.objects.living()] == [tuesday.pk]
    head.post(f"/absences/{stage.absence.id}/end/", {"last_day": "2026-09-21"})
    assert not Substitution.objects.living().exists()
    page = head.post(f"/absences/{stage.absence.id}/end/", {"last_day": "x"}, follow=True).content.decode()
    assert "Choose the last day of the absence." in page
    head.post(f"/absences/{stage.absence.id}/withdraw/")
    assert not TeacherAbsence.objects.living().exists()
    assert head.get("/absences/").status_code == 200


def test_both_teachers_answer_on_their_own_page_and_the_head_sees_it(head: Client, stage: Stage) -> None:
    one = stage.name()[0]
    url = f"/substitutions/{one.id}/answer/"
    substitute, teacher = logged_in(stage.free.user), logged_in(stage.teacher.user)
    assert "You stand in for" in substitute.get("/substitutions/").content.decode()
    page = substitute.post(url, {"answer": "objected", "text": ""}, follow=True).content.decode()
    assert "Say why you object." in page
    substitute.post(url, {"answer": "objected", "text": "Сапардамын", "note": "менин тийиштүү эмес"})
    teacher.post(url, {"answer": "confirmed", "note": "§ 9"})
    one.refresh_from_db()
    assert (one.substitute_answer, one.teacher_answer, one.note) == (Answer.OBJECTED, Answer.CONFIRMED, "§ 9")
    assert "Сапардамын" in head.get(f"/absences/{stage.absence.id}/").content.decode()
    assert "1 objection" in head.get("/absences/").content.decode()
    page = teacher.post(url, {"answer": "none"}, follow=True).content.decode()
    assert "The answer is not saved" in page


def test_first_page_says_what_waits(head: Client, stage: Stage) -> None:
    assert "2 lessons of the next seven days have no substitute yet" in head.get("/").content.decode()
    stage.name({stage.monday.id: stage.free.id, stage.tuesday.id: stage.free.id})
    assert "have no substitute yet" not in head.get("/").content.decode()
    assert "2 wait for your answer" in logged_in(stage.free.user).get("/").content.decode()


def test_head_passes_journals_on(head: Client, stage: Stage) -> None:
    assert "Show the journals" in head.get("/replacements/").content.decode()
    page = head.get(f"/replacements/?teacher={stage.teacher.id}").content.decode()
    assert "Pass the journals on" in page
    sent = {
        "teacher": stage.teacher.id,
        "journals": [stage.workload.id],
        "successor": stage.free.id,
        "from_date": "2026-09-22",
        "order_number": "7-К",
        "order_date": "2026-09-20",
    }
    refused = head.post("/replacements/", {**sent, "from_date": "2026-09-01"})
    assert refused.status_code == 422
    assert "the past stays as it was" in refused.content.decode()
    assert head.post("/replacements/", {**sent, "teacher": ""}).status_code == 422
    assert head.post("/replacements/", sent).status_code == 302
    assert Replacement.objects.get().successor == stage.free
    assert "7-К" in head.get("/replacements/").content.decode()


def test_journal_of_another_department_is_not_passed_on(head: Client, stage: Stage) -> None:
    """The workload's department decides (§3.2), whoever its teacher is."""
    foreign = make.make_workload(teacher=stage.teacher)
    sent = {
        "teacher": stage.teacher.id,
        "journals": [foreign.id],
        "successor": stage.free.id,
        "from_date": "2026-09-22",
        "order_number": "7-К",
        "order_date": "2026-09-20",
    }
    assert head.post("/replacements/", sent).status_code == 422
    assert WorkloadTeacher.objects.get(workload=foreign).ends_on is None


def queries(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert act().status_code == 200
    return len(captured)


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_with_one_row_and_with_three(stage: Stage, count: int) -> None:
    TeacherAbsence.objects.all().delete()
    workloads = [
        make.make_workload(course=make.make_course(department=stage.department), teacher=stage.teacher)
        for _ in range(count)
    ]
    lessons = [make.make_lesson(workload, day=TUESDAY, pair=pair) for pair, workload in enumerate(workloads, start=2)]
    Lesson.objects.exclude(pk__in=[lesson.pk for lesson in lessons]).delete()
    stage.absence = stage.record(stage.teacher)
    for number in range(count - 1):
        stage.record(make.make_teacher(department=stage.department, last_name=f"Жок {number}"))
    head = logged_in(stage.head)
    head.get("/absences/")
    assert queries(lambda: head.get("/absences/")) == 6
    assert queries(lambda: head.get(f"/absences/{stage.absence.id}/")) == 11
    stage.name({lesson.id: stage.free.id for lesson in lessons})
    substitute = logged_in(stage.free.user)
    substitute.get("/substitutions/")
    assert queries(lambda: substitute.get("/substitutions/")) == 8
    stage.replace(workload_ids=[workload.id for workload in workloads], now=EARLY)
    assert queries(lambda: head.get("/replacements/")) == 7


def test_make_up_lesson_without_a_pair_is_shown_by_its_time(head: Client, stage: Stage) -> None:
    change = LessonChange.objects.create(
        kind=ChangeKind.MAKE_UP,
        reason="кошумча",
        order_number="3",
        order_date=make.MONDAY,
        approved_by=stage.head,
        approved_at=EARLY,
    )
    LessonWorkload.objects.filter(lesson=stage.tuesday).update(change=change)
    Lesson.objects.filter(pk=stage.tuesday.pk).update(pair=None)
    assert "08:00" in head.get(f"/absences/{stage.absence.id}/").content.decode()
    assert head.post(f"/absences/{stage.absence.id}/", {"everybody": stage.free.id}).status_code == 302
