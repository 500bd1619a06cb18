"""Closing a module (§4.3): which modules close together, and until when. No Django, no database."""

from collections.abc import Sequence
from datetime import date, timedelta


def closed_with(number: int, *, of_semester: Sequence[int], of_scheme: int) -> tuple[int, ...]:
    """The modules whose sheets close with module `number`, itself the last; none: it closes with a later one.

    A scheme of fewer modules than the semester has takes those that are left into its last one: with one module all
    of the semester's close together.
    """
    part = part_of(number, of_semester=of_semester, of_scheme=of_scheme)
    together = [one for one in of_semester if part_of(one, of_semester=of_semester, of_scheme=of_scheme) == part]
    return tuple(together) if number == together[-1] else ()


def part_of(number: int, *, of_semester: Sequence[int], of_scheme: int) -> int:
    """The scheme's module in which a module of the semester counts."""
    return min(sorted(of_semester).index(number) + 1, of_scheme)


def closing_deadline(ends_on: date, *, closing_days: int) -> date:
    """The last day on which a module is to be closed."""
    return ends_on + timedelta(days=closing_days)
