"""§3.5h, §3.2, §4.3: the head names another teacher, who fills the journal of these lessons on these days only."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from ejournal.lib import clock
from journal.selectors.lessons import today
from reports.selectors.months import month_sheet
from teaching.enums import AbsenceKind
from teaching.models import Lesson, Substitution, TeacherAbsence
from teaching.services.replacements import replace_teacher
from teaching.services.substitutions import name_substitutes, record_absence, withdraw_substitution
from tests import factories as make
from university.models import Institution, Policy

pytestmark = pytest.mark.django_db

START = clock.moment_of(make.MONDAY, time(8, 0))
BEFORE = START - timedelta(days=3)
MINUTE = timedelta(minutes=1)
MIDNIGHT = clock.moment_of(make.MONDAY, time(0, 0))
LAST = clock.moment_of(make.MONDAY + timedelta(days=7), time(23, 59))


class Stage:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Institution.objects.create(id=1, name_ky="Сыноо университети")
        self.monkeypatch = monkeypatch
        self.department = make.make_department()
        self.teacher = make.make_teacher("teacher", department=self.department)
        self.substitute = make.make_teacher("substitute", last_name="Абдиев")
        self.head = make.make_user("head", last_name="Башчы")
        make.appoint(self.head, Role.HEAD, department=self.department)
        self.course = make.make_course(department=self.department)
        self.workload = make.make_workload(course=self.course, teacher=self.teacher)
        self.student = make.make_student("student")
        make.enrol(self.student, self.course)
        self.lesson = make.make_lesson(self.workload)
        self.other = make.make_lesson(self.workload, pair=2)

    def away(self, *, days: int = 5, now: datetime = BEFORE) -> TeacherAbsence:
        return record_absence(
            teacher=self.teacher,
            starts_on=make.MONDAY,
            ends_on=make.MONDAY + timedelta(days=days - 1),
            kind=AbsenceKind.ILLNESS,
            details="",
            document_number="",
            by=self.head,
            now=now,
        )

    def name(self, *lessons: Lesson, now: datetime = BEFORE) -> list[Substitution]:
        absence = TeacherAbsence.objects.living().first() or self.away()
        return name_substitutes(
            absence=absence,
            choices={lesson.id: self.substitute.id for lesson in (lessons or (self.lesson,))},
            note="Китеп, 40-бет",
            accepts_busy=False,
            by=self.head,
            now=now,
        )

    def asked(self, moment: datetime, user: User | None = None, lesson: Lesson | None = None) -> dict[str, Any]:
        """What the page of the lesson, its topic, the marks API and the journal answer at a moment."""
        lesson = lesson or self.lesson
        self.monkeypatch.setattr(clock, "now", lambda: moment)
        self.monkeypatch.setattr("ejournal.home.context.now", lambda: moment)
        client = Client()
        client.force_login(user or self.substitute.user)
        page = client.get(f"/lessons/{lesson.id}/")
        form = {"version": str(Lesson.objects.get(pk=lesson.id).version), "topic": f"{moment}", "note": ""}
        topic = client.post(f"/lessons/{lesson.id}/", {**form, "nonce": str(uuid4())})
        mark = lesson.marks.filter(student=self.student).first()
        version = mark.version if mark else 0
        cell = {"lesson": lesson.id, "student": self.student.id, "version": version, "value": str(2 + version % 4)}
        marks = client.post(
            f"/journals/{self.workload.id}/marks/",
            json.dumps({"nonce": str(uuid4()), "marks": [{**cell, "reason": "текшерүү"}]}),
            content_type="application/json",
        )
        codes = [one.get("code") for one in marks.json()["marks"]] if marks.status_code in (200, 422) else []
        return {
            "page": page.status_code,
            "topic": topic.status_code,
            "marks": (marks.status_code, *codes),
            "journal": client.get(f"/journals/{self.workload.id}/").status_code,
        }


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


NOTHING = {"page": 404, "topic": 404, "marks": (404,), "journal": 404}
READS = {"page": 200, "topic": 403, "marks": (403,), "journal": 200}
ALL = {"page": 200, "topic": 302, "marks": (200, None), "journal": 200}


def test_3_5h_rights_begin_with_the_day_of_the_lesson_and_end_with_its_window(stage: Stage) -> None:
    assert stage.asked(START + MINUTE) == NOTHING, "before he is named"
    stage.name()
    assert stage.asked(MIDNIGHT - MINUTE) == NOTHING, "the evening before"
    # The day has come, the lesson has not: the topic may be written, the roll opens with the lesson.
    assert stage.asked(START - MINUTE) == {**ALL, "marks": (422, "not_started")}
    assert stage.asked(START) == ALL
    assert stage.asked(LAST) == ALL
    assert stage.asked(LAST + MINUTE) == NOTHING, "the window is over"


def test_3_5h_right_is_on_exactly_the_named_lessons(stage: Stage) -> None:
    stage.name()
    later = clock.moment_of(make.MONDAY, time(10, 0))
    assert stage.asked(later, lesson=stage.other) == {
        "page": 200,  # the journal is readable meanwhile
        "topic": 403,
        "marks": (422, "not_your_lesson"),
        "journal": 200,
    }


def test_3_5h_withdrawn_right_has_ended_in_the_same_login(stage: Stage) -> None:
    (one,) = stage.name()
    assert stage.asked(START - MINUTE)["page"] == 200
    withdraw_substitution(substitution=one, by=stage.head, now=START - MINUTE)
    assert stage.asked(START) == NOTHING


def test_3_5h_right_ends_with_the_contract(stage: Stage) -> None:
    stage.name()
    stage.substitute.ends_on = make.MONDAY
    stage.substitute.save()
    assert stage.asked(START) == ALL
    assert stage.asked(START + timedelta(days=1)) == NOTHING


@pytest.mark.parametrize("days", [3, 10])
def test_3_5h_window_is_that_of_the_lessons_unit(stage: Stage, days: int) -> None:
    Policy.objects.create(
        key="filling_window_days", value=days, unit=stage.course.group.unit, valid_from=date(2026, 9, 1)
    )
    stage.name()
    last = clock.moment_of(make.MONDAY + timedelta(days=days), time(23, 59))
    assert stage.asked(last) == ALL
    assert stage.asked(last + MINUTE) == NOTHING


def test_3_5h_substitute_sees_his_lessons_with_the_notes(stage: Stage) -> None:
    stage.name()
    Lesson.objects.filter(pk=stage.lesson.pk).update(topic="Ньютон", note="Өзүмдүн эскертүүм")
    before = today(stage.substitute.user, now=BEFORE)
    assert [(entry.lesson_id, entry.topic, entry.notes) for entry in before.coming] == [
        (stage.lesson.id, "Ньютон", ["Өзүмдүн эскертүүм", "Китеп, 40-бет"])
    ]
    assert before.waiting_for_answer == 1
    on_day = today(stage.substitute.user, now=START)
    assert [(entry.lesson_id, entry.is_substitution, entry.teacher) for entry in on_day.lessons] == [
        (stage.lesson.id, True, "Осмонов Э.")
    ]
    stage.monkeypatch.setattr(clock, "now", lambda: START)
    client = Client()
    client.force_login(stage.substitute.user)
    assert "Китеп, 40-бет" in client.get("/").content.decode()
    page = client.get(f"/lessons/{stage.lesson.id}/").content.decode()
    assert "Китеп, 40-бет" in page
    assert "Абдиев Эрлан" in page


def test_4_3_duty_to_fill_is_the_substitutes(stage: Stage) -> None:
    stage.name()
    tomorrow = START + timedelta(days=1)
    assert [entry.lesson_id for entry in today(stage.substitute.user, now=tomorrow).unfilled] == [stage.lesson.id]
    assert [entry.lesson_id for entry in today(stage.teacher.user, now=tomorrow).unfilled] == [stage.other.id]


def test_3_5h_journal_and_paper_say_who_taught(stage: Stage) -> None:
    stage.name()
    stage.asked(START)
    client = Client()
    client.force_login(stage.teacher.user)
    grid = client.get(f"/journals/{stage.workload.id}/").content.decode()
    assert grid.count("өткөн: Абдиев Эрлан") == 1
    sheet = month_sheet(stage.workload, date(2026, 9, 1), now=LAST)
    assert [(lesson.teacher, lesson.instead_of) for lesson in sheet.lessons] == [
        ("Абдиев Эрлан", "Осмонов Э."),
        ("Осмонов Эрлан", ""),
    ]


def test_3_2_two_weeks_of_illness_then_a_successor_continues_the_same_journal(stage: Stage) -> None:
    lessons = [
        stage.lesson,
        make.make_lesson(stage.workload, day=make.MONDAY + timedelta(days=7)),
        make.make_lesson(stage.workload, day=make.MONDAY + timedelta(days=14)),
    ]
    stage.away(days=14)
    stage.name(*lessons[:2])
    assert stage.asked(START)["marks"] == (200, None)
    week_later = START + timedelta(days=7)
    assert stage.asked(week_later, lesson=lessons[1])["marks"] == (200, None)
    successor = make.make_teacher("successor", department=stage.department, last_name="Жаңыбаев")
    third = make.MONDAY + timedelta(days=14)
    replace_teacher(
        workload_ids=[stage.workload.id],
        successor=successor,
        from_date=third,
        order_number="21-К",
        order_date=third - timedelta(days=2),
        reason="узак оору",
        by=stage.head,
        now=week_later + timedelta(days=2),
    )
    start_of_third = START + timedelta(days=14)
    evening_before = clock.moment_of(third, time(0, 0)) - MINUTE
    assert stage.asked(evening_before, stage.teacher.user, lessons[1])["marks"] == (200, None)
    # Who takes over soon may read the journal that he will keep.
    assert stage.asked(evening_before, successor.user, lessons[2]) == READS
    assert stage.asked(start_of_third, successor.user, lessons[2]) == ALL
    assert stage.asked(start_of_third, stage.teacher.user, lessons[2]) == NOTHING
    # One journal: what was marked before stands in it, under who taught then.
    assert stage.asked(start_of_third, successor.user, lessons[1])["marks"] == (200, None)
    september = month_sheet(stage.workload, date(2026, 9, 1), now=start_of_third)
    october = month_sheet(stage.workload, date(2026, 10, 1), now=start_of_third)
    taught = {(one.day, one.pair): one.teacher for one in (*september.lessons, *october.lessons)}
    assert [taught[lesson.date, 1] for lesson in lessons] == ["Абдиев Эрлан", "Абдиев Эрлан", "Жаңыбаев Эрлан"]
    assert taught[make.MONDAY, 2] == "Осмонов Эрлан"


def test_3_5h_absence_ends_by_itself(stage: Stage) -> None:
    stage.away(days=1)
    stage.name()
    next_week = make.make_lesson(stage.workload, day=make.MONDAY + timedelta(days=7))
    moment = START + timedelta(days=7)
    assert stage.asked(moment, lesson=next_week)["marks"] == (422, "not_your_lesson")
    assert stage.asked(moment, stage.teacher.user, next_week) == ALL
