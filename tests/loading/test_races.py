"""Loads against each other and against teachers (trials.md: re-load during lessons, close against import)."""

import threading
import time as real_time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Student
from ejournal.lib import locks
from journal.models import Mark
from journal.selectors.invariants import check_invariants
from journal.services import record_marks
from teaching.models import Lesson, Workload
from tests.concurrency.conftest import at_once
from tests.loading.applying import MONDAY_NINE, counts, load, loader, written
from tests.loading.books import set_cell, small
from university.models import Semester

__all__ = ["at_once"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
AtOnce = Callable[..., list[Any]]


def test_two_loads_of_one_file_load_it_once(at_once: AtOnce) -> None:
    by = loader()
    results = at_once(lambda: load(by=by), lambda: load(by=by))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert sorted(result.plan.changes_nothing for result in results) == [False, True]
    assert (Student.objects.count(), Workload.objects.count(), Lesson.objects.count()) == (5, 5, 67)


def test_two_different_loads_come_one_after_the_other(at_once: AtOnce) -> None:
    by = loader()
    load(by=by)
    first, second = (small(Жадыбал=set_cell(6, 2, day)) for day in ("бейшемби", "шейшемби"))
    results = at_once(lambda: load(first, by=by), lambda: load(second, by=by))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert Workload.objects.get(number="Ж000003").slots.count() == 1
    assert counts()["teaching_slot"] == 7
    assert [finding.code for finding in check_invariants() if not finding.holds] == []


def test_load_waits_for_a_mark_that_is_being_saved(at_once: AtOnce) -> None:
    by = loader()
    load(by=by)
    lesson = Lesson.objects.get(date=date(2026, 9, 21))
    journal = Workload.objects.get(number="Ж000001")
    student = Student.objects.get(record_book="26-000001")
    marked, order = threading.Event(), []

    def teacher() -> None:
        with transaction.atomic():
            cell = {"lesson": lesson.pk, "student": student.pk, "version": 0, "value": "5"}
            saved = record_marks(journal_id=journal.pk, raw_marks=[cell], by=lesson.teacher.user, now=MONDAY_NINE)
            assert saved.status == 200
            marked.set()
            real_time.sleep(0.3)
            order.append("mark")

    def administrator() -> None:
        marked.wait(5)
        # The first pair of Mondays goes; the one that was just marked has begun and stays.
        load(small(Жадыбал=lambda rows: [row for row in rows if row[1] != "дүйшөмбү"]), now=MONDAY_NINE, by=by)
        order.append("load")

    assert at_once(teacher, administrator) == [None, None]
    assert order == ["mark", "load"]
    assert (Mark.objects.get().lesson, Lesson.objects.filter(date=date(2026, 9, 28), pair=1).count()) == (lesson, 0)
    assert [finding.code for finding in check_invariants() if not finding.holds] == []


def test_mark_waits_for_a_load_and_finds_its_lesson(at_once: AtOnce) -> None:
    by = loader()
    load(by=by)
    lesson = Lesson.objects.get(date=date(2026, 9, 21))
    journal = Workload.objects.get(number="Ж000001")
    student = Student.objects.get(record_book="26-000001")
    owned, order = threading.Event(), []

    def administrator() -> None:
        with transaction.atomic():
            locks.own_semesters([Semester.objects.get().pk])
            owned.set()
            real_time.sleep(0.3)
            load(small(Жадыбал=set_cell(6, 2, "бейшемби")), now=MONDAY_NINE, by=by)
            order.append("load")

    def teacher() -> None:
        owned.wait(5)
        cell = {"lesson": lesson.pk, "student": student.pk, "version": 0, "value": "5"}
        saved = record_marks(journal_id=journal.pk, raw_marks=[cell], by=lesson.teacher.user, now=MONDAY_NINE)
        order.append("mark")
        assert saved.status == 200

    assert at_once(administrator, teacher) == [None, None]
    assert (order, Mark.objects.count()) == (["load", "mark"], 1)
    before = written()
    assert load(small(Жадыбал=set_cell(6, 2, "бейшемби")), now=MONDAY_NINE, by=by).plan.changes_nothing
    assert written() == before
