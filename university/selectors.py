"""Questions about the university."""

from datetime import date
from typing import Any

from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce

from university.models import AcademicYear, Institution, Policy, Semester
from university.rules import resolve_settings


def policies(*keys: str, on: date, unit_id: int | None = None) -> dict[str, Any]:
    """The values of settings on a day: the unit's newest row, else the university's, else the default.

    One query for all keys. An unknown key is a programming error (KeyError).
    """
    scope = Q(unit__isnull=True) if unit_id is None else Q(unit__isnull=True) | Q(unit_id=unit_id)
    rows = (
        Policy.objects.filter(scope, key__in=keys, valid_from__lte=on)
        # The university's before the unit's, old before new: the last that is read wins.
        .order_by(F("unit_id").asc(nulls_first=True), "valid_from")
        .values_list("key", "value")
    )
    return resolve_settings(rows, *keys)


def policy(key: str, *, on: date, unit_id: int | None = None) -> Any:
    """The value of one setting on a day."""
    return policies(key, on=on, unit_id=unit_id)[key]


def policy_by_unit(key: str, *, on: date) -> tuple[Any, dict[int, Any]]:
    """The university's value of one setting on a day, and those of the units that have their own. One query."""
    rows = list(
        Policy.objects.filter(key=key, valid_from__lte=on).order_by("valid_from").values_list("unit_id", "value")
    )
    usual = resolve_settings([(key, value) for unit_id, value in rows if unit_id is None], key)[key]
    return usual, {unit_id: value for unit_id, value in rows if unit_id is not None}


def get_institution() -> Institution | None:
    """Whose journal this is; None before it was said."""
    return Institution.objects.filter(id=1).first()


def year_running(today: date) -> int | None:
    """The calendar year in whose autumn the running academic year began: the first whose last session is not over
    by a day, else the last one. None where there is no calendar."""
    years = list(
        AcademicYear.objects.filter(semesters__isnull=False)
        .annotate(over_on=Max(Coalesce("semesters__session_ends_on", "semesters__ends_on")))
        .order_by("starts")
        .values_list("starts", "over_on")
    )
    running = [starts for starts, over_on in years if over_on >= today]
    return running[0] if running else (years[-1][0] if years else None)


def semester_on(day: date) -> Semester | None:
    """The semester that a day belongs to: the one it lies in, else the last that began, else the next one."""
    semesters = list(Semester.objects.select_related("year").order_by("starts_on"))
    begun = [semester for semester in semesters if semester.starts_on <= day]
    if begun:
        return begun[-1]
    return semesters[0] if semesters else None
