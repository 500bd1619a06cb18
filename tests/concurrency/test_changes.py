"""A move against the filling of the roll: never a mark on a lesson that went elsewhere (§3.5g, §1.4)."""

import threading
import time as real_time
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.models import Mark
from journal.services import record_marks
from teaching.enums import LessonState
from teaching.models import Lesson
from teaching.services.change_judging import Order, Place
from teaching.services.changes import move_lesson
from tests import factories as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

NOW = clock.moment_of(make.MONDAY, time(9, 0))
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def lesson() -> Lesson:
    workload = make.make_workload()
    make.enrol(make.make_student(), workload.course)
    return make.make_lesson(workload)


@pytest.fixture
def study() -> User:
    return make.make_user("study")


def save_mark(lesson: Lesson) -> Any:
    workload = lesson.workloads.get().workload
    student = workload.course.enrolments.get().student_id
    cell = {"lesson": lesson.id, "student": student, "version": 0, "value": "5"}
    return record_marks(journal_id=workload.id, raw_marks=[cell], by=lesson.teacher.user, now=NOW)


def move(lesson: Lesson, study: User) -> Any:
    return move_lesson(
        lesson_id=lesson.id,
        version=lesson.version,
        place=Place(make.MONDAY, pair=5),
        reason="жыйын",
        order=Order("12-К", make.MONDAY),
        by=study,
        now=NOW,
    )


def test_mark_that_waited_for_a_move_is_refused(lesson: Lesson, study: User, at_once: AtOnce) -> None:
    moved = threading.Event()

    def mover() -> None:
        with transaction.atomic():
            move(lesson, study)
            moved.set()
            real_time.sleep(0.3)

    def writer() -> Any:
        moved.wait(5)
        return save_mark(lesson)

    _nothing, saved = at_once(mover, writer)
    assert (saved.status, saved.answer["marks"][0]["code"]) == (422, "lesson_cancelled")
    assert Mark.objects.count() == 0


def test_move_that_waited_for_a_mark_is_refused(lesson: Lesson, study: User, at_once: AtOnce) -> None:
    written = threading.Event()

    def writer() -> None:
        with transaction.atomic():
            assert save_mark(lesson).status == 200
            written.set()
            real_time.sleep(0.3)

    def mover() -> Any:
        written.wait(5)
        return move(lesson, study)

    _nothing, refused = at_once(writer, mover)
    assert isinstance(refused, Refusal)
    # The mark completes the roll of one: the lesson is another one than the page had shown.
    assert refused.code in {"stale", "lesson_filled"}
    lesson.refresh_from_db()
    assert (lesson.state, Lesson.objects.count(), Mark.objects.count()) == (LessonState.HELD, 1, 1)


def test_at_once_one_of_both_wins(lesson: Lesson, study: User, at_once: AtOnce) -> None:
    at_once(lambda: save_mark(lesson), lambda: move(lesson, study))
    lesson.refresh_from_db()
    outcome = (lesson.state, Lesson.objects.count(), Mark.objects.filter(presence__isnull=False).count())
    assert outcome in {(LessonState.HELD, 1, 1), (LessonState.CANCELLED, 2, 0)}
