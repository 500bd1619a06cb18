"""Points for self-study, in plain arithmetic."""

from datetime import date
from decimal import Decimal

import pytest

from journal.rules import GradedTask, SelfStudy, needs_reason, points_text, read_points, sum_of_tasks

DAY = date(2026, 9, 25)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("", None),
        ("  ", None),
        ("0", Decimal(0)),
        ("7,5", Decimal("7.5")),
        (" 10.00 ", Decimal(10)),
        ("007", Decimal(7)),
    ],
)
def test_points_are_read(text: str, points: Decimal | None) -> None:
    assert read_points(text, maximum=Decimal(10)) == points


@pytest.mark.parametrize("text", ["10.01", "-1", "+1", "1.", ".5", "1.234", "NaN", "1e1", "٣", "1 0"])
def test_other_texts_are_no_points(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_points(text, maximum=Decimal(10))


@pytest.mark.parametrize(("points", "text"), [(None, ""), ("7.00", "7"), ("10", "10"), ("7.50", "7.5"), ("0", "0")])
def test_points_are_written_as_they_are_typed(points: str | None, text: str) -> None:
    assert points_text(Decimal(points) if points is not None else None) == text


def test_reason_is_needed_from_the_next_day_on() -> None:
    assert not needs_reason(entered_on=None, today=DAY)
    assert not needs_reason(entered_on=DAY, today=DAY)
    assert needs_reason(entered_on=DAY, today=date(2026, 9, 26))


def test_task_without_points_counts_after_its_day() -> None:
    tasks = [GradedTask(Decimal("5.5"), DAY, Decimal("0.1")), GradedTask(Decimal(3), DAY, None)]
    assert sum_of_tasks(tasks, on=DAY) == SelfStudy(Decimal("0.1"), Decimal("5.5"))
    assert sum_of_tasks(tasks, on=date(2026, 9, 26)) == SelfStudy(Decimal("0.1"), Decimal("8.5"))
    assert sum_of_tasks([], on=DAY) == SelfStudy(Decimal(0), Decimal(0))
