"""The list of rating schemes and scales, and which holds when (§1.8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from journal.models import RatingScheme, Scale, SchemeChoice
from journal.rules.rating import Scheme, notices_of
from journal.selectors.rating import plain_scheme
from university.enums import ControlForm
from university.models import CONTROL_FORM_LABELS, AcademicYear


@dataclass(frozen=True, slots=True)
class FormSchemes:
    """The schemes of one form of control. `holding`: the choice that holds in the running year."""

    control_form: str
    label: str
    choices: Sequence[SchemeChoice]
    holding: SchemeChoice | None
    schemes: Sequence[RatingScheme]


def schemes_by_form(year: int | None) -> list[FormSchemes]:
    """By form of control, its choices (the newest first) and its schemes with their components. Three queries."""
    choices = list(SchemeChoice.objects.select_related("scheme", "by").order_by("-valid_from"))
    schemes = list(
        RatingScheme.objects.filter(withdrawn_at__isnull=True).select_related("scale").prefetch_related("components")
    )
    found = []
    for form in ControlForm:
        own = [choice for choice in choices if choice.control_form == form]
        holds = (choice for choice in own if year is None or choice.valid_from <= year)
        found.append(
            FormSchemes(
                form.value,
                str(CONTROL_FORM_LABELS[form]),
                own,
                next(holds, None),
                [scheme for scheme in schemes if scheme.control_form == form],
            )
        )
    return found


def scales() -> list[Scale]:
    """All scales with their steps. Two queries."""
    return list(Scale.objects.prefetch_related("steps"))


def years_to_choose(year: int | None) -> list[AcademicYear]:
    """The academic years from the running one on."""
    return list(AcademicYear.objects.filter(starts__gte=year or 0).order_by("starts"))


def scheme_with_notices(scheme: RatingScheme) -> tuple[Scheme, tuple[str, ...]]:
    """A scheme as the arithmetic takes it, and codes of what to tell who reads it."""
    plain = plain_scheme(scheme.pk)
    return plain, notices_of(plain)
