"""How late a roll was taken (§4.3)."""

from datetime import timedelta

import pytest

from journal.rules import days_late
from tests import factories as make


@pytest.mark.parametrize(("after", "late"), [(0, 0), (1, 1), (6, 6)])
def test_roll_is_late_by_the_days_after_the_lessons(after: int, late: int) -> None:
    assert days_late(lesson_day=make.MONDAY, taken_on=make.MONDAY + timedelta(days=after)) == late
