"""Transfer against save: a mark never stands for somebody who was not on the list (trials.md, races)."""

import threading
import time as real_time
from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from django.db import transaction

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.models import Mark
from journal.selectors.invariants import check_invariants
from journal.services import carry_out_order, record_marks
from teaching.enums import OrderKind
from teaching.models import CourseEnrolment, StudentOrder
from teaching.services.orders import OrderDraft
from tests import factories as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

NOW = clock.moment_of(make.MONDAY, time(9, 0))
AtOnce = Callable[..., list[Any]]


class Scene:
    def __init__(self) -> None:
        self.unit = make.make_unit()
        one, self.two = make.make_group(self.unit), make.make_group(self.unit)
        make.make_course(group=self.two)
        self.course = make.make_course(group=one)
        self.workload = make.make_workload(course=self.course)
        self.student = make.make_student(group=one)
        make.enrol(self.student, self.course, subgroup=1)
        self.lesson = make.make_lesson(self.workload)
        self.office = make.make_user()

    def save(self) -> Any:
        cell = {"lesson": self.lesson.id, "student": self.student.id, "version": 0, "value": "5"}
        return record_marks(journal_id=self.workload.id, raw_marks=[cell], by=self.lesson.teacher.user, now=NOW)

    def transfer(self) -> Any:
        draft = OrderDraft(
            kind=OrderKind.TRANSFER,
            number="12-К",
            date=make.MONDAY,
            effective_on=make.MONDAY,
            students=(self.student.pk,),
            to_group=self.two,
        )
        return carry_out_order(draft=draft, reach={self.unit.pk}, by=self.office, now=NOW)


def test_naive_transfer_leaves_a_mark_without_its_place(at_once: AtOnce) -> None:
    """Who ends the enrolment without the course's lock does it under a teacher's hands: the race is real."""
    scene = Scene()
    saved = threading.Event()

    def teacher() -> None:
        with transaction.atomic():
            scene.save()
            saved.set()
            real_time.sleep(0.3)

    def naive() -> None:
        saved.wait(5)
        CourseEnrolment.objects.update(ends_on=date(2026, 9, 20))

    assert at_once(teacher, naive) == [None, None]
    assert [finding.code for finding in check_invariants() if not finding.holds] == ["roll.enrolled"]


def test_transfer_waits_for_the_save_and_sees_its_mark(at_once: AtOnce) -> None:
    scene = Scene()
    saved = threading.Event()

    def teacher() -> None:
        with transaction.atomic():
            scene.save()
            saved.set()
            real_time.sleep(0.3)

    def office() -> Any:
        saved.wait(5)
        return scene.transfer()

    _, refusal = at_once(teacher, office)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "marks_after"
    assert (Mark.objects.count(), StudentOrder.objects.count()) == (1, 0)


@pytest.mark.parametrize("round_", range(6))
def test_transfer_and_save_at_once_end_with_one_of_them(at_once: AtOnce, round_: int) -> None:
    scene = Scene()
    saved, made = at_once(scene.save, scene.transfer)
    if isinstance(made, StudentOrder):
        assert (saved.status, saved.answer["marks"][0]["code"]) == (422, "not_enrolled")
    else:
        assert (saved.status, made.code) == (200, "marks_after")
    assert [finding.code for finding in check_invariants() if not finding.holds] == []


def test_two_orders_about_one_student_at_once_are_one(at_once: AtOnce) -> None:
    scene = Scene()
    results = at_once(scene.transfer, scene.transfer)
    assert sorted(type(result).__name__ for result in results) == ["Refusal", "StudentOrder"]
    assert StudentOrder.objects.count() == 1
