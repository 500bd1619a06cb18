"""How late a roll was taken, and what is not filled in time (§4.3)."""

from datetime import timedelta

import pytest

from journal.rules import days_late
from journal.selectors.lessons import today
from tests import factories as make
from tests.journal.test_excuses import Room
from university.models import Policy


@pytest.mark.parametrize(("after", "late"), [(0, 0), (1, 1), (6, 6)])
def test_roll_is_late_by_the_days_after_the_lessons(after: int, late: int) -> None:
    assert days_late(lesson_day=make.MONDAY, taken_on=make.MONDAY + timedelta(days=after)) == late


@pytest.mark.django_db
def test_unfilled_lesson_is_overdue_a_day_after_its_end_or_as_the_setting_says() -> None:
    room = Room()
    end = room.lesson.ends_at
    for after, overdue in ((timedelta(hours=24, minutes=-1), False), (timedelta(hours=24), True)):
        assert [entry.is_overdue for entry in today(room.teacher, now=end + after).unfilled] == [overdue]
    Policy.objects.create(key="unfilled_alarm_hours", value=48, valid_from=make.MONDAY)
    assert [entry.is_overdue for entry in today(room.teacher, now=end + timedelta(hours=24)).unfilled] == [False]
