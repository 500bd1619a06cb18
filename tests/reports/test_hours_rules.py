"""How a semester ends, by golden cases (§2.10)."""

from datetime import date

import pytest

from reports.rules import Forecast, Outlook, forecast

TODAY = date(2026, 11, 24)
LAST = date(2026, 12, 20)


@pytest.mark.parametrize(
    ("due", "held", "expected", "last_on", "said"),
    [
        (34, 22, 12, LAST, Forecast(Outlook.EVEN, 0, None)),
        (34, 22, 8, LAST, Forecast(Outlook.SHORT, 4, LAST)),
        (34, 22, 8, TODAY, Forecast(Outlook.SHORT, 4, TODAY)),
        (34, 30, 0, date(2026, 11, 20), Forecast(Outlook.SHORT, 4, None)),
        (34, 0, 0, None, Forecast(Outlook.SHORT, 34, None)),
        (34, 36, 2, LAST, Forecast(Outlook.OVER, 4, None)),
        (0, 0, 0, None, Forecast(Outlook.EVEN, 0, None)),
    ],
)
def test_forecast(due: int, held: int, expected: int, last_on: date | None, said: Forecast) -> None:
    assert forecast(due=due, held=held, expected=expected, last_on=last_on, today=TODAY) == said


def test_negative_hours_are_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        forecast(due=2, held=-2, expected=0, last_on=None, today=TODAY)
