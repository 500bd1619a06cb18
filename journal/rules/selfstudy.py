"""Points for self-study: what may be typed, who is judged how, what a module's sum is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MOST_POINTS = Decimal(100)
_POINTS = re.compile(r"[0-9]{1,3}([.,][0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class SelfStudy:
    """A student's self-study in a module: points earned of the points that could be had by a day."""

    earned: Decimal = Decimal(0)
    maximum: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class GradedTask:
    """A task that a student was given, and his points for it (None: not graded)."""

    maximum: Decimal
    due_on: date
    points: Decimal | None


def read_points(text: str, *, maximum: Decimal) -> Decimal | None:
    """What was typed into a cell: None for nothing. ValueError for what is no number of points of this task."""
    typed = text.strip()
    if not typed:
        return None
    if not _POINTS.fullmatch(typed):
        raise ValueError(text)
    points = Decimal(typed.replace(",", "."))
    if points > maximum:
        raise ValueError(text)
    return points


def points_text(points: Decimal | None) -> str:
    """Points as they are typed: 7, 7.5, 7.25."""
    if points is None:
        return ""
    text = f"{points:.2f}"
    return text.rstrip("0").rstrip(".")


def needs_reason(*, entered_on: date | None, today: date) -> bool:
    """Whether a change of points needs a reason: on each day after they were entered."""
    return entered_on is not None and today > entered_on


def sum_of_tasks(tasks: Iterable[GradedTask], *, on: date) -> SelfStudy:
    """Points earned and points possible. A task that is not graded counts as possible once its day is over: before
    it nothing is lost yet."""
    earned = maximum = Decimal(0)
    for task in tasks:
        if task.points is None and task.due_on >= on:
            continue
        earned += task.points or Decimal(0)
        maximum += task.maximum
    return SelfStudy(earned, maximum)
