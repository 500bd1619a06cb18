"""Rating schemes: one is made from another, and chosen from an academic year on (§1.8). None is ever changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from ejournal.lib import locks
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import (
    AbsencePolicy,
    CapScope,
    ComponentSource,
    ExcusedPolicy,
    LatePolicy,
    Rounding,
    Source,
)
from journal.errors import sentence
from journal.models import RatingComponent, RatingScheme, Scale, SchemeChoice
from journal.rules import MAX_REASON
from journal.rules.rating import Component, Scheme, Step, check_scheme
from journal.selectors.rating import first_closed_under
from university.models import AcademicYear

_CODES = {
    ComponentSource.AUTO_ATTENDANCE: "attendance",
    ComponentSource.AUTO_AVERAGE: "achievement",
    ComponentSource.SELF_STUDY: "self_study",
    ComponentSource.MANUAL: "control",
    ComponentSource.EXAM: "exam",
}


@dataclass(frozen=True, slots=True)
class TypedComponent:
    """A component as it was typed. `names` in Kyrgyz, Russian, English."""

    source: ComponentSource
    maximum: Decimal
    module: int | None
    names: tuple[str, str, str]

    @property
    def code(self) -> str:
        return _CODES[self.source] if self.module is None else f"{_CODES[self.source]}_{self.module}"


@dataclass(frozen=True, slots=True)
class TypedScheme:
    """A scheme as it was typed."""

    names: tuple[str, str, str]
    modules: int
    cap_scope: CapScope
    rounding: Rounding
    excused: ExcusedPolicy
    absence_in_mean: AbsencePolicy
    late: LatePolicy
    scale: Scale
    components: Sequence[TypedComponent]


def problems_of(typed: TypedScheme, *, control_form: str) -> tuple[str, ...]:
    """Why a typed scheme may not be used: codes that `journal.errors.sentence` knows. One query."""
    return check_scheme(_plain(typed, control_form=control_form))


def _plain(typed: TypedScheme, *, control_form: str) -> Scheme:
    return Scheme(
        code="typed",
        control_form=control_form,
        modules=typed.modules,
        components=tuple(Component(one.code, one.source, one.maximum, one.module) for one in typed.components),
        steps=tuple(
            Step(step.low, step.letter, step.traditional, step.gpa, step.passes, step.word)
            for step in typed.scale.steps.all()
        ),
        cap_scope=typed.cap_scope,
    )


def make_scheme(*, made_from: RatingScheme, typed: TypedScheme, by: User, now: datetime) -> RatingScheme:
    """A new scheme for the same form of control; the one that it was made from stays as it is.

    Refused with the first of what `rules.rating.check_scheme` finds; the sentence says all of it.
    """
    problems = problems_of(typed, control_form=made_from.control_form)
    if problems:
        raise Refusal(" ".join(sentence(problem) for problem in problems), code=problems[0])
    with transaction.atomic():
        locks.own_named(locks.RATING)
        scheme = RatingScheme.objects.create(
            code=_free_code(made_from),
            control_form=made_from.control_form,
            modules=typed.modules,
            cap_scope=typed.cap_scope,
            rounding=typed.rounding,
            excused=typed.excused,
            absence_in_mean=typed.absence_in_mean,
            late=typed.late,
            scale=typed.scale,
            made_from=made_from,
            made_by=by,
            made_at=now,
            **_named(typed.names),
        )
        RatingComponent.objects.bulk_create(
            RatingComponent(
                scheme=scheme,
                code=one.code,
                source=one.source,
                maximum=one.maximum,
                module=one.module,
                position=position,
                **_named(one.names),
            )
            for position, one in enumerate(typed.components)
        )
    return scheme


def _named(names: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(("name_ky", "name_ru", "name_en"), names, strict=True))


def _free_code(made_from: RatingScheme) -> str:
    """P1 becomes P1-2, that becomes P1-3."""
    root = made_from.code.partition("-")[0]
    taken = set(RatingScheme.objects.filter(code__startswith=root).values_list("code", flat=True))
    return next(code for number in range(2, len(taken) + 3) if (code := f"{root}-{number}") not in taken)


def choose_scheme(*, scheme_id: int, year: AcademicYear, reason: str = "", by: User, now: datetime) -> SchemeChoice:
    """From an academic year on, a scheme holds for its form of control; until the next choice.

    Refused: `scheme_withdrawn`; `scheme_in_use` (423) where a module of those years was closed already under the
    scheme that holds; `reason_too_long`.
    """
    if len(reason.strip()) > MAX_REASON:
        raise Refusal(sentence("reason_too_long"), code="reason_too_long")
    with transaction.atomic():
        # Who closes a module holds it shared: none is being closed by the old scheme while another is chosen.
        locks.own_named(locks.RATING)
        scheme = RatingScheme.objects.get(pk=scheme_id)
        if scheme.withdrawn_at is not None:
            raise Refusal(sentence("scheme_withdrawn"), code="scheme_withdrawn")
        choice = SchemeChoice.objects.filter(control_form=scheme.control_form, valid_from=year.starts).first()
        if choice is not None and choice.scheme_id == scheme.pk:
            return choice
        if (course := first_closed_under(scheme.control_form, year.starts)) is not None:
            message = sentence("scheme_in_use", course=str(course), year=year.name)
            raise Refusal(message, code="scheme_in_use", status=423)
        if choice is None:
            choice = SchemeChoice(control_form=scheme.control_form, valid_from=year.starts, version=0)
        choice.scheme, choice.by, choice.at, choice.reason = scheme, by, now, reason.strip()
        choice.source, choice.request_id, choice.version = Source.WEB, request_id(), choice.version + 1
        choice.save()
        return choice


def withdraw_scheme(*, scheme_id: int, now: datetime) -> RatingScheme:
    """A scheme is offered no more. Refused with `scheme_chosen` while a choice names it."""
    with transaction.atomic():
        locks.own_named(locks.RATING)
        scheme = RatingScheme.objects.get(pk=scheme_id)
        if scheme.choices.exists():
            raise Refusal(sentence("scheme_chosen"), code="scheme_chosen")
        if scheme.withdrawn_at is None:
            scheme.withdrawn_at = now
            scheme.save(update_fields=["withdrawn_at"])
        return scheme
