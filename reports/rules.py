"""Hours by the curriculum (§2.10), given plain numbers and days. No Django, no database."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

HOURS_OF_A_PAIR = 2  # academic hours: a pair (пара) is two of them


class Outlook(StrEnum):
    """What becomes of the hours: as many as are due, fewer, or more."""

    EVEN = "even"
    SHORT = "short"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Forecast:
    """`hours` short or over (0 when even); `by`: the last lesson that could still bring them; None: no day is left,
    the hours are short already."""

    outlook: Outlook
    hours: int
    by: date | None


def forecast(*, due: int, held: int, expected: int, last_on: date | None, today: date) -> Forecast:
    """How a semester ends if every lesson that can still be held is held.

    `due`: hours allotted; `held`: hours held; `expected`: hours of lessons that are to come, or whose journal may
    still be filled; `last_on`: the day of the last lesson in the timetable that is not lost.
    """
    if min(due, held, expected) < 0:
        raise ValueError("hours are not negative")
    total = held + expected
    if total == due:
        return Forecast(Outlook.EVEN, 0, None)
    if total > due:
        return Forecast(Outlook.OVER, total - due, None)
    return Forecast(Outlook.SHORT, due - total, last_on if last_on is not None and last_on >= today else None)
