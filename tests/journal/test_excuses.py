"""Excuses: what they cover, when, and what they leave alone."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from accounts.enums import Role
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.enums import ExcuseKind
from journal.models import Excuse, ExcuseCover
from journal.services import close_module, record_marks
from journal.services.excuses import enter_excuse, papers_folder, withdraw_excuse
from tests import factories as make
from tests.lib.test_papers import A_PDF
from university.models import Module, Policy

pytestmark = pytest.mark.django_db
NOW = clock.moment_of(make.MONDAY, time(9, 0))


class Room:
    def __init__(self) -> None:
        self.unit = make.make_unit()
        self.group = make.make_group(self.unit)
        self.workload = make.make_workload(course=make.make_course(group=self.group))
        self.teacher = self.workload.teachers.get().teacher.user
        self.students = [make.make_student(group=self.group) for _ in range(40)]
        for student in self.students:
            make.enrol(student, self.workload.course)
        self.student = self.students[0]
        self.lesson = make.make_lesson(self.workload)
        self.office = make.make_user()
        make.appoint(self.office, Role.DEANS_OFFICE, unit=self.unit)

    def mark(self, value: str, version: int = 0, *, days: int = 0, **keys: Any) -> dict[str, Any]:
        entry = {"lesson": self.lesson.id, "student": self.student.id, "version": version, "value": value, **keys}
        saved = record_marks(
            journal_id=self.workload.id, raw_marks=[entry], by=self.teacher, now=NOW + timedelta(days=days)
        )
        found: dict[str, Any] = saved.answer["marks"][0]
        return found

    def enter(self, **fields: Any) -> Excuse:
        said: dict[str, Any] = {
            "unit": self.unit,
            "kind": ExcuseKind.ILLNESS,
            "students": [self.student.id],
            "starts_on": make.MONDAY,
            "ends_on": make.MONDAY + timedelta(days=2),
            "approved_by": "Декан",
            "by": self.office,
            "now": NOW,
        }
        return enter_excuse(**(said | fields))

    def close(self) -> None:
        close_module(course=self.workload.course, module=Module.objects.order_by("number")[0], by=self.teacher, now=NOW)


@pytest.fixture
def room() -> Room:
    return Room()


def covered() -> list[tuple[int, int]]:
    return list(ExcuseCover.objects.values_list("excuse_id", "student_id"))


def test_absence_that_was_there_is_covered(room: Room) -> None:
    assert room.mark("кж")["excused"] is False
    excuse = room.enter()
    assert covered() == [(excuse.pk, room.student.pk)]


def test_absence_marked_later_is_covered_and_the_answer_says_so(room: Room) -> None:
    excuse = room.enter()
    assert room.mark("кж")["excused"] is True
    assert covered() == [(excuse.pk, room.student.pk)]


def test_cover_goes_with_its_absence(room: Room) -> None:
    room.enter()
    room.mark("кж")
    assert room.mark("4", 1)["excused"] is False
    assert covered() == []


def test_absence_outside_the_days_is_not_covered(room: Room) -> None:
    room.enter(starts_on=make.MONDAY + timedelta(days=1))
    assert room.mark("кж")["excused"] is False
    assert covered() == []


def test_forty_students_are_excused_in_one_act(room: Room) -> None:
    excuse = room.enter(students=[student.pk for student in room.students], kind=ExcuseKind.SPORT)
    assert excuse.students.count() == 40


def test_withdrawn_excuse_takes_its_covers_back(room: Room) -> None:
    room.mark("кж")
    excuse = room.enter()
    withdraw_excuse(excuse_id=excuse.pk, reason="жасалма", by=room.office, now=NOW)
    assert covered() == []
    with pytest.raises(Refusal) as refused:
        withdraw_excuse(excuse_id=excuse.pk, reason="дагы", by=room.office, now=NOW)
    assert refused.value.code == "withdrawn_already"


def test_what_another_excuse_covers_stays_excused(room: Room) -> None:
    room.mark("кж")
    first, second = room.enter(), room.enter()
    withdraw_excuse(excuse_id=first.pk, reason="кайталанган", by=room.office, now=NOW)
    assert covered() == [(second.pk, room.student.pk)]


def test_absence_under_a_closed_module_waits(room: Room) -> None:
    room.mark("кж")
    room.close()
    room.enter()
    assert covered() == []


def test_withdrawing_leaves_covers_under_a_closed_module(room: Room) -> None:
    room.mark("кж")
    excuse = room.enter()
    room.close()
    withdraw_excuse(excuse_id=excuse.pk, reason="жасалма", by=room.office, now=NOW)
    assert covered() == [(excuse.pk, room.student.pk)]


@pytest.mark.parametrize("sql", ["DELETE FROM journal_excusecover", "UPDATE journal_excusecover SET made_at = now()"])
def test_law_three_holds_for_covers_on_any_path(room: Room, sql: str) -> None:
    room.mark("кж")
    room.enter()
    room.close()
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ["default", "owner"])
def test_no_cover_comes_under_a_closed_module_whoever_writes_it(room: Room, owner_cursor: object, role: str) -> None:
    room.mark("кж")
    room.close()
    excuse = room.enter()
    with (
        pytest.raises(IntegrityError, match="is closed"),
        transaction.atomic(using=role),
        connections[role].cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO journal_excusecover (excuse_id, lesson_id, student_id, made_at) VALUES (%s, %s, %s, now())",
            [excuse.pk, room.lesson.id, room.student.id],
        )
    assert covered() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"students": []}, "no_students"),
        ({"students": list(range(1, 600))}, "too_many_students"),
        ({"ends_on": make.MONDAY - timedelta(days=1)}, "excuse_dates"),
        ({"approved_by": " "}, "not_approved"),
        ({"paper": b""}, "empty_file"),
        ({"paper": b"MZ\x90"}, "not_a_paper"),
        ({"paper": b"%PDF-" + b"\0" * 6_000_000}, "file_too_large"),
        ({"paper": b"%PDF-1.4\n/Launch\nstartxref\n9\n%%EOF"}, "active_file"),
    ],
)
def test_bad_excuse_is_refused_and_changes_nothing(room: Room, change: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        room.enter(**change)
    assert (refused.value.code, Excuse.objects.count()) == (code, 0)


def test_student_of_another_unit_is_refused(room: Room) -> None:
    stranger = make.make_student(group=make.make_group())
    with pytest.raises(Refusal) as refused:
        room.enter(students=[room.student.pk, stranger.pk])
    assert (refused.value.code, Excuse.objects.count()) == ("not_your_student", 0)


def test_paper_is_kept(room: Room) -> None:
    excuse = room.enter(paper=A_PDF)
    assert (papers_folder() / excuse.paper_path).read_bytes() == A_PDF
    assert excuse.paper_type == "application/pdf"


def test_change_after_the_day_goes_by_appeal_where_the_setting_says_so(room: Room) -> None:
    Policy.objects.create(key="mark_changes", value="appeal", valid_from=make.MONDAY)
    room.mark("4")
    assert room.mark("5", 1, days=1, reason="ката")["code"] == "change_by_appeal"


def test_make_up_needs_no_appeal(room: Room) -> None:
    Policy.objects.create(key="mark_changes", value="appeal", valid_from=make.MONDAY)
    room.mark("кж")
    entry = {"lesson": room.lesson.id, "student": room.student.id, "version": 1, "presence": "absent", "grade": 4}
    entry |= {"makeup_on": str(make.MONDAY + timedelta(days=1)), "reason": "тапшырды"}
    saved = record_marks(journal_id=room.workload.id, raw_marks=[entry], by=room.teacher, now=NOW + timedelta(days=1))
    assert saved.answer["marks"][0]["status"] == 200
