"""Moments and days. Moments are stored in UTC; a day is a day in Bishkek."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

BISHKEK = ZoneInfo("Asia/Bishkek")


def day_of(moment: datetime) -> date:
    """The day in Bishkek on which a moment falls. A moment without a zone is refused."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(BISHKEK).date()


def moment_of(day: date, at: time) -> datetime:
    """The moment in UTC at which a clock in Bishkek shows `at` on `day`."""
    return datetime.combine(day, at, tzinfo=BISHKEK).astimezone(UTC)


def now() -> datetime:
    """The present moment. Only views, tasks and commands call it; everything else takes `now` as an argument."""
    return datetime.now(UTC)
