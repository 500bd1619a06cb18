"""Close against save (§4.3): what a closing stores is what the journal says, mark for mark. First the race, then the
cure. RACE_ROUNDS asks for more rounds: `benchmarks/closing_race.py`."""

import os
import random
import threading
import time as real_time
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.db import transaction

from ejournal.lib import clock, locks
from ejournal.lib.clock import day_of
from journal.models import Mark, ModuleSheet, ModuleTotal
from journal.rules.rating_records import facts_from, scheme_json
from journal.selectors.rating import facts_in, scheme_of, spans_of
from journal.selectors.sheets import points_at_closing, totals_that_differ
from journal.services import close_module, record_marks
from journal.services.sheets import _close_sheet, _store
from teaching.models import Course, Lesson
from tests import factories as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

NOW = clock.moment_of(make.MONDAY, time(9, 0))
ROUNDS = int(os.environ.get("RACE_ROUNDS", "40"))
AtOnce = Callable[..., list[Any]]


def make_lesson(course: Course | None = None) -> Lesson:
    """A lesson of a course of its own with two students."""
    workload = make.make_workload(course=course)
    for _ in range(2):
        make.enrol(make.make_student(), workload.course)
    return make.make_lesson(workload)


def course_of(lesson: Lesson) -> Course:
    return Course.objects.select_related("semester__year", "group").get(workloads__lessons__lesson=lesson)


def save(lesson: Lesson, value: str = "5") -> int:
    journal = lesson.workloads.get().workload
    students = journal.course.enrolments.order_by("student_id").values_list("student_id", flat=True)
    cells = [{"lesson": lesson.id, "student": student, "version": 0, "value": value} for student in students]
    return record_marks(journal_id=journal.id, raw_marks=cells, by=lesson.teacher.user, now=NOW).status


def stored_is_what_the_journal_says(lesson: Lesson) -> bool:
    course = course_of(lesson)
    span = spans_of(course, scheme_of(course))[0]
    now = facts_in(course.pk, [span], on=day_of(NOW))[span.number]
    stored = ModuleTotal.objects.filter(edition__sheet__course=course)
    return all(
        (said.held, said.attended, said.grade_sum) == (one.held, one.attended, one.grade_sum)
        for total in stored
        for said, one in [(facts_from(total.facts), now[total.student_id])]
    )


def test_naive_closing_stores_less_than_the_journal_says(at_once: AtOnce) -> None:
    """It reads the marks, and takes the lock to write only: a mark that is saved between is in the journal, and in no
    total for ever."""
    lesson = make_lesson()
    course = course_of(lesson)
    read, saved = threading.Event(), threading.Event()

    def naive_closer() -> None:
        scheme = scheme_of(course)
        span = spans_of(course, scheme)[0]
        facts = facts_in(course.pk, [span], on=day_of(NOW))[span.number]
        read.set()
        saved.wait(5)
        with transaction.atomic():
            locks.own_course(semester_id=course.semester_id, course_id=course.pk)
            by = lesson.teacher.user
            sheet = _close_sheet(course, span.module_id, None, by=by, now=NOW)
            _store(sheet, points_at_closing(scheme, facts, []), scheme=scheme_json(scheme), earlier=[], by=by, now=NOW)

    def writer() -> int:
        read.wait(5)
        status = save(lesson)
        saved.set()
        return status

    assert at_once(naive_closer, writer) == [None, 200]
    assert Mark.objects.count() == 2
    assert not stored_is_what_the_journal_says(lesson)


def test_closing_stores_what_the_journal_says(at_once: AtOnce) -> None:
    """Both at once, many times: a mark that was saved is in the total, one that is not was refused."""
    semester_module = make.make_semester().modules.get(number=1)
    lessons = [make_lesson() for _ in range(ROUNDS)]
    seed = random.Random(1)
    statuses = {200: 0, 423: 0}
    for lesson in lessons:
        course, pause = course_of(lesson), seed.random() * 0.01

        def closer(course: Course = course, lesson: Lesson = lesson, pause: float = pause) -> Any:
            real_time.sleep(pause)
            return close_module(course=course, module=semester_module, by=lesson.teacher.user, now=NOW)

        sheet, status = at_once(closer, lambda lesson=lesson: save(lesson))
        assert isinstance(sheet, ModuleSheet)
        statuses[status] += 1
        assert Mark.objects.filter(lesson=lesson).count() == (2 if status == 200 else 0)
        assert stored_is_what_the_journal_says(lesson)
    assert sum(statuses.values()) == ROUNDS
    assert list(totals_that_differ()) == []
    print(f"closed after the save: {statuses[200]}, before it: {statuses[423]}")


def test_reopening_that_ends_while_a_mark_is_saved_stores_what_the_journal_says(at_once: AtOnce) -> None:
    """Two people end one reopening at once: one of them does, and one edition is added."""
    from datetime import timedelta

    from accounts.enums import Role
    from ejournal.lib.errors import Refusal
    from journal.services.reopenings import approve_reopening, ask_reopening, end_reopening

    lesson = make_lesson()
    course, workload = course_of(lesson), lesson.workloads.get().workload
    save(lesson)
    close_module(course=course, module=course.semester.modules.get(number=1), by=lesson.teacher.user, now=NOW)
    head, office = make.make_user(), make.make_user()
    make.appoint(head, Role.HEAD, department=workload.department)
    make.appoint(office, Role.DEANS_OFFICE, unit=course.group.unit)
    later = NOW + timedelta(days=1)
    student = course.enrolments.order_by("student_id").values_list("student_id", flat=True)[0]
    asked = ask_reopening(
        workload=workload, lessons=[lesson.id], students=[student], why="оңдоо", by=lesson.teacher.user, now=later
    )
    for user in (head, office):
        approve_reopening(reopening_id=asked.pk, by=user, now=later)

    def end() -> Any:
        return end_reopening(reopening_id=asked.pk, by=lesson.teacher.user, now=later)

    def correct() -> int:
        cell = {"lesson": lesson.id, "student": student, "version": 1, "value": "2", "reason": "оңдоо"}
        return record_marks(journal_id=workload.id, raw_marks=[cell], by=lesson.teacher.user, now=later).status

    first, second, status = at_once(end, end, correct)
    assert sorted(type(one).__name__ for one in (first, second)) == ["Refusal", "Reopening"]
    assert next(one for one in (first, second) if isinstance(one, Refusal)).code == "not_open"
    assert status in (200, 423)
    newest = ModuleTotal.objects.filter(edition__number=2, student_id=student).get()
    assert newest.facts["grade_sum"] == (2 if status == 200 else 5)
    assert list(totals_that_differ()) == []
