"""Until when a module is closed (§4.3). No Django, no database."""

from datetime import date, timedelta


def closing_deadline(ends_on: date, *, closing_days: int) -> date:
    """The last day on which a module that ends on a day is to be closed."""
    return ends_on + timedelta(days=closing_days)
