"""A lesson of `teacher` is always on, at any hour."""

from datetime import date, datetime, time, timedelta

import pytest

from ejournal.demo.lesson_on import keep_lesson_on, lessons_at
from ejournal.lib.clock import day_of, moment_of
from journal.selectors.invariants import check_invariants
from teaching.models import Lesson, Workload
from tests import factories as make

pytestmark = pytest.mark.django_db

SUNDAY = date(2026, 9, 27)


@pytest.fixture
def workload() -> Workload:
    return make.make_workload()


def keep(workload: Workload, now: datetime) -> Lesson:
    return keep_lesson_on(teacher=workload.teachers.get().teacher, workload=workload, now=now)


@pytest.mark.parametrize(
    "at",
    [
        moment_of(SUNDAY, time(3, 15)),
        moment_of(SUNDAY, time(0, 0)),
        moment_of(SUNDAY, time(0, 4)),
        moment_of(SUNDAY, time(23, 59)),
        moment_of(SUNDAY, time(23, 59, 59)),
        moment_of(date(2027, 1, 30), time(12, 0)),
    ],
)
def test_a_lesson_is_on_within_one_day(workload: Workload, at: datetime) -> None:
    lesson = keep(workload, at)
    assert lesson.starts_at <= at < lesson.ends_at
    assert lesson.date == day_of(lesson.starts_at) == day_of(lesson.ends_at - timedelta(seconds=1)) == day_of(at)
    assert [finding.code for finding in check_invariants() if not finding.holds] == []


def test_the_timetables_lesson_is_enough(workload: Workload) -> None:
    lesson = make.make_lesson(workload)
    assert keep(workload, lesson.starts_at + timedelta(minutes=20)) == lesson
    assert Lesson.objects.count() == 1


def test_no_minute_of_two_days_is_without_a_lesson(workload: Workload) -> None:
    start = moment_of(SUNDAY, time(20, 0))
    teacher = workload.teachers.get().teacher
    for minute in range(26 * 60):
        now = start + timedelta(minutes=minute)
        if minute:  # what the last beat left covers the minute until this one
            assert lessons_at(teacher, now) != []
        keep(workload, now)


def test_untouched_lessons_do_not_pile_up(workload: Workload) -> None:
    start = moment_of(SUNDAY, time(8, 0))
    for minute in range(0, 12 * 60, 1):
        keep(workload, start + timedelta(minutes=minute))
    assert Lesson.objects.count() <= 2
