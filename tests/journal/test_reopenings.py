"""Reopening lessons (§4.3): two people, exactly the named cells, until its time is over."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.enums import Role
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.enums import ReopeningState, Source
from journal.models import ExcuseCover, Mark, Reopening
from journal.services import close_module, record_marks
from journal.services.reopenings import (
    approve_reopening,
    ask_reopening,
    end_reopening,
    expire_reopenings,
    refuse_reopening,
    withdraw_reopening,
)
from tests import factories as make
from university.models import Module, Policy

pytestmark = pytest.mark.django_db

NOW = clock.moment_of(make.MONDAY, time(9, 0))
LATER = NOW + timedelta(days=20)


class Stage:
    """A journal of two students, one lesson with an absence, a head and a dean's office."""

    def __init__(self) -> None:
        self.workload = make.make_workload()
        self.course = self.workload.course
        self.teacher = self.workload.teachers.get().teacher.user
        self.student = make.make_student(group=self.course.group)
        self.fellow = make.make_student(group=self.course.group, first_name="Нурай")
        for student in (self.student, self.fellow):
            make.enrol(student, self.course)
        self.lesson = make.make_lesson(self.workload)
        self.other_lesson = make.make_lesson(self.workload, pair=2)
        self.head, self.office, self.dean = make.make_user(), make.make_user(), make.make_user()
        make.appoint(self.head, Role.HEAD, department=self.workload.department)
        make.appoint(self.office, Role.DEANS_OFFICE, unit=self.course.group.unit)
        make.appoint(self.dean, Role.DEAN, unit=self.course.group.unit)
        assert self.mark("кж")["status"] == 200

    def mark(self, value: str, *, version: int = 0, at: Any = NOW, **names: Any) -> dict[str, Any]:
        cell = {
            "lesson": names.get("lesson", self.lesson).id,
            "student": names.get("student", self.student).id,
            "version": version,
            "value": value,
            "reason": "оңдоо",
        }
        saved = record_marks(journal_id=self.workload.id, raw_marks=[cell], by=self.teacher, now=at)
        found: dict[str, Any] = saved.answer["marks"][0]
        return found

    def close(self) -> None:
        close_module(course=self.course, module=Module.objects.get(number=1), by=self.teacher, now=NOW)

    def ask(self, **changes: Any) -> Reopening:
        asked: dict[str, Any] = {
            "workload": self.workload,
            "lessons": [self.lesson.id],
            "students": [self.student.id],
            "why": "журналга жаңылыш киргизилген",
            "by": self.teacher,
            "now": LATER,
        }
        return ask_reopening(**{**asked, **changes})

    def open(self) -> Reopening:
        asked = self.ask()
        approve_reopening(reopening_id=asked.pk, by=self.head, now=LATER)
        return approve_reopening(reopening_id=asked.pk, by=self.office, now=LATER)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"why": " "}, "reason_missing"),
        ({"lessons": []}, "no_lessons"),
        ({"students": []}, "no_students"),
        ({"students": list(range(1, 400))}, "too_many"),
        ({"lessons": [0]}, "not_in_journal"),
        ({"students": [0]}, "not_enrolled"),
        ({"now": NOW}, "not_locked"),
        ({"paper": b"MZ"}, "not_a_paper"),
    ],
)
def test_request_is_refused(stage: Stage, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        stage.ask(**changes)
    assert (refused.value.code, Reopening.objects.count()) == (code, 0)


def test_same_cell_is_asked_for_once(stage: Stage) -> None:
    stage.ask()
    with pytest.raises(Refusal) as refused:
        stage.ask()
    assert refused.value.code == "asked_already"


def test_4_3_reopening_opens_exactly_the_named_cell_of_a_closed_module(stage: Stage) -> None:
    stage.close()
    assert stage.mark("4", version=1, at=LATER)["code"] == "module_closed"
    opened = stage.open()
    assert opened.until == clock.moment_of(clock.day_of(LATER) + timedelta(days=4), time(0, 0))
    assert stage.mark("4", version=1, at=LATER)["status"] == 200
    assert stage.mark("4", at=LATER, student=stage.fellow)["code"] == "module_closed"
    assert stage.mark("4", at=LATER, lesson=stage.other_lesson)["code"] == "module_closed"
    # What was changed under it says so.
    assert Mark.objects.get(student=stage.student).source == Source.CORRECTION


def test_4_3_reopening_opens_past_the_filling_window(stage: Stage) -> None:
    refused = stage.mark("4", version=1, at=LATER)
    assert refused["code"] == "window_over"
    assert refused["ask"] == (
        f"/journals/{stage.workload.id}/reopen/?lesson={stage.lesson.id}&student={stage.student.id}"
    )
    stage.open()
    assert stage.mark("4", version=1, at=LATER)["status"] == 200


def test_4_3_two_people_decide_and_neither_is_the_asker(stage: Stage) -> None:
    make.appoint(stage.head, Role.DEANS_OFFICE, unit=stage.course.group.unit)
    asked = stage.ask()
    for stranger in (stage.teacher, stage.office, stage.dean):
        with pytest.raises(Refusal) as refused:
            approve_reopening(reopening_id=asked.pk, by=stranger, now=LATER)
        assert refused.value.code == "not_yours_to_decide"
    approve_reopening(reopening_id=asked.pk, by=stage.head, now=LATER)
    with pytest.raises(Refusal):
        approve_reopening(reopening_id=asked.pk, by=stage.head, now=LATER)
    assert approve_reopening(reopening_id=asked.pk, by=stage.office, now=LATER).state == ReopeningState.OPEN


def test_4_3_dean_decides_in_place_of_a_head_who_asks(stage: Stage) -> None:
    make.appoint(stage.teacher, Role.HEAD, department=stage.workload.department)
    asked = stage.ask()
    with pytest.raises(Refusal):
        approve_reopening(reopening_id=asked.pk, by=stage.head, now=LATER)
    approve_reopening(reopening_id=asked.pk, by=stage.dean, now=LATER)
    with pytest.raises(Refusal):
        approve_reopening(reopening_id=asked.pk, by=stage.dean, now=LATER)
    assert approve_reopening(reopening_id=asked.pk, by=stage.office, now=LATER).state == ReopeningState.OPEN


def test_reopening_ends_by_itself(stage: Stage) -> None:
    stage.close()
    opened = stage.open()
    assert opened.until is not None
    # Past its time a cell is locked, whether the task has looked or not.
    assert stage.mark("4", version=1, at=opened.until)["code"] == "module_closed"
    assert (expire_reopenings(now=opened.until - timedelta(seconds=1)), expire_reopenings(now=opened.until)) == (0, 1)
    opened.refresh_from_db()
    assert (opened.state, opened.ended_at) == (ReopeningState.EXPIRED, opened.until)


def test_teacher_ends_it_and_the_cell_is_locked_again(stage: Stage) -> None:
    stage.close()
    opened = stage.open()
    end_reopening(reopening_id=opened.pk, by=stage.teacher, now=LATER)
    assert stage.mark("4", version=1, at=LATER)["code"] == "module_closed"
    with pytest.raises(Refusal) as refused:
        end_reopening(reopening_id=opened.pk, by=stage.teacher, now=LATER)
    assert refused.value.code == "not_open"


def test_refusal_needs_its_reason_and_withdrawal_waits_no_more(stage: Stage) -> None:
    asked = stage.ask()
    with pytest.raises(Refusal) as refused:
        refuse_reopening(reopening_id=asked.pk, reason=" ", by=stage.head, now=LATER)
    assert refused.value.code == "reason_missing"
    refuse_reopening(reopening_id=asked.pk, reason="далил жок", by=stage.head, now=LATER)
    with pytest.raises(Refusal) as late:
        withdraw_reopening(reopening_id=asked.pk, by=stage.teacher, now=LATER)
    assert late.value.code == "not_waiting"


def test_late_excuse_covers_when_the_lesson_opens(stage: Stage) -> None:
    from journal.enums import ExcuseKind
    from journal.services.excuses import enter_excuse

    stage.close()
    enter_excuse(
        unit=stage.course.group.unit,
        kind=ExcuseKind.ILLNESS,
        students=[stage.student.id],
        starts_on=make.MONDAY,
        ends_on=make.MONDAY,
        approved_by="Декан",
        by=stage.office,
        now=LATER,
    )
    assert not ExcuseCover.objects.exists()
    stage.open()
    assert ExcuseCover.objects.get().student_id == stage.student.id


def sql(text: str, *params: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, params)


def test_4_3_sql_passes_law_three_only_inside_the_reopening(stage: Stage) -> None:
    stage.close()
    change = "UPDATE journal_mark SET version = version + 1, reason = 'SQL', at = %s, source = %s WHERE student_id = %s"
    with pytest.raises(IntegrityError, match="is closed"):
        sql(change, LATER, "correction", stage.student.id)
    opened = stage.open()
    with pytest.raises(IntegrityError, match="is closed"):
        sql(change, LATER, "web", stage.student.id)
    with pytest.raises(IntegrityError, match="is closed"):
        sql(change, opened.until, "correction", stage.student.id)
    sql(change, LATER, "correction", stage.student.id)


@pytest.mark.parametrize(
    ("change", "law"),
    [
        ("state = 'open', version = 2", "journal_reopening_step|does not go"),
        ("asked_by_id = head_id, version = 2", "what was asked"),
        ("why = 'башка', version = 2", "what was asked"),
    ],
)
def test_request_goes_no_other_way_by_sql(stage: Stage, change: str, law: str) -> None:
    asked = stage.ask()
    with pytest.raises(IntegrityError, match=law):
        sql(f"UPDATE journal_reopening SET {change} WHERE id = %s", asked.pk)


def test_nothing_is_named_after_the_approval(stage: Stage) -> None:
    opened = stage.open()
    with pytest.raises(IntegrityError, match="what was asked for"):
        sql(
            "INSERT INTO journal_reopeninglesson (reopening_id, lesson_id) VALUES (%s, %s)",
            opened.pk,
            stage.other_lesson.id,
        )


def test_4_3_deadline_binds_where_a_setting_gives_it(stage: Stage) -> None:
    ends_on = Module.objects.get(number=1).ends_on
    lesson = make.make_lesson(stage.workload, day=ends_on - timedelta(days=(ends_on.weekday()) % 7))
    after = clock.moment_of(ends_on + timedelta(days=1), time(12, 0))
    assert stage.mark("5", lesson=lesson, at=after)["status"] == 200
    Policy.objects.create(key="module_closing_days", value=0, valid_from=make.MONDAY)
    refused = stage.mark("5", lesson=lesson, at=after, student=stage.fellow)
    assert (refused["status"], refused["code"], refused["deadline"]) == (423, "module_closed", ends_on.isoformat())
    with pytest.raises(IntegrityError, match="are over"):
        sql("UPDATE journal_mark SET version = version + 1, at = %s WHERE lesson_id = %s", after, lesson.id)


def test_pages_lead_from_the_locked_cell_to_the_decision(
    stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    client.force_login(stage.teacher)
    url = f"/journals/{stage.workload.id}/reopen/"
    page = client.get(url, {"lesson": stage.lesson.id, "student": stage.student.id}).content.decode()
    assert page.count("checked") == 2
    sent = client.post(url, {"lesson": stage.lesson.id, "student": stage.student.id, "why": "жаңылыштык", "act": ""})
    asked = Reopening.objects.get()
    assert sent.headers["Location"] == f"/reopenings/{asked.pk}/"
    assert client.post(f"/reopenings/{asked.pk}/", {"act": "approve"}).status_code == 403
    for user in (stage.head, stage.office):
        client.force_login(user)
        assert client.get("/reopenings/?show=waiting").content.decode().count(f"/reopenings/{asked.pk}/") == 1
        assert client.post(f"/reopenings/{asked.pk}/", {"act": "approve"}).status_code == 302
    asked.refresh_from_db()
    assert asked.state == ReopeningState.OPEN
