"""A student's count of «кж» and mean, as the grid, the sheet of the month and the marks API show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from journal.enums import Presence


@dataclass(frozen=True, slots=True)
class Totals:
    """`mean` is text of two decimals, half up, or None where there is no grade."""

    absences: int = 0
    grades: int = 0
    mean: str | None = None


def mean_text(total: int, count: int) -> str | None:
    """The mean of `count` grades whose sum is `total`, two decimals, half up; in integers, so never off by a bit."""
    if count == 0:
        return None
    hundredths = (200 * total + count) // (2 * count)
    return f"{hundredths // 100}.{hundredths % 100:02}"


def totals_of(marks: Iterable[tuple[str | None, int | None]]) -> Totals:
    """From (presence, grade): a make-up grade joins the mean, its «кж» stays an absence."""
    absences = total = grades = 0
    for presence, grade in marks:
        if presence == Presence.ABSENT:
            absences += 1
        if grade is not None:
            total += grade
            grades += 1
    return Totals(absences, grades, mean_text(total, grades))
