"""How late a roll was taken, and what is not filled in time (§4.3)."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from journal.permissions import JournalDoor
from journal.rules import days_late
from journal.selectors.grid import journal_grid
from journal.selectors.lessons import today
from journal.templatetags.journal_grid import grid_head
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


@pytest.mark.django_db
def test_grid_says_in_its_head_how_late_and_what_is_past_its_time() -> None:
    room = Room()
    door = JournalDoor(room.workload, is_keeper=True, is_substitute=False)
    end = room.lesson.ends_at
    for after, overdue in ((timedelta(hours=24, minutes=-1), False), (timedelta(hours=24), True)):
        grid = journal_grid(door, user=room.teacher, now=end + after)
        assert [column.is_overdue for column in grid.columns] == [overdue]
        assert ("is-overdue" in grid_head(grid)) is overdue
    room.lesson.roll_taken_at = end + timedelta(days=2)
    room.lesson.save(update_fields=["roll_taken_at"])
    grid = journal_grid(door, user=room.teacher, now=end + timedelta(days=3))
    with override("en"):
        head = grid_head(grid)
    assert [(column.days_late, column.is_overdue) for column in grid.columns] == [(2, False)]
    assert head.count("filled 2 days late") == 2  # the title, and the words that are read aloud
    room.lesson.roll_taken_at = end
    room.lesson.save(update_fields=["roll_taken_at"])
    with override("en"):
        assert "late" not in grid_head(journal_grid(door, user=room.teacher, now=end + timedelta(days=3)))
