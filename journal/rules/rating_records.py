"""What a closed module stores of its rating, as JSON and back: the scheme, the facts, the parts.

Decimals stand as text: what is read again is what was written, to the last place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any

from journal.enums import AbsencePolicy, CapScope, ComponentSource, ExcusedPolicy, LatePolicy, Rounding
from journal.rules.rating import Component, ModuleFacts, ModulePoints, Part, Scheme, Step

Json = dict[str, Any]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        # 4 and 4.00 are one number: they are one text.
        return format(value.normalize(), "f")
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def scheme_json(scheme: Scheme) -> Json:
    """The scheme with its components and its scale."""
    record: Json = _plain(asdict(scheme))
    return record


def scheme_from(record: Mapping[str, Any]) -> Scheme:
    return Scheme(
        code=record["code"],
        control_form=record["control_form"],
        modules=record["modules"],
        components=tuple(
            Component(
                one["code"],
                ComponentSource(one["source"]),
                Decimal(one["maximum"]),
                one["module"],
                one.get("names", {}),
            )
            for one in record["components"]
        ),
        steps=tuple(
            Step(
                Decimal(one["low"]),
                one["letter"],
                one["traditional"],
                _number(one["gpa"]),
                one["passes"],
                one["word"],
            )
            for one in record["steps"]
        ),
        cap_scope=CapScope(record["cap_scope"]),
        rounding=Rounding(record["rounding"]),
        excused=ExcusedPolicy(record["excused"]),
        absence_in_mean=AbsencePolicy(record["absence_in_mean"]),
        late=LatePolicy(record["late"]),
    )


_DECIMALS = {"self_earned", "self_maximum", "self_typed", "control"}


def facts_json(facts: ModuleFacts) -> Json:
    record: Json = _plain(asdict(facts))
    return record


def facts_from(record: Mapping[str, Any]) -> ModuleFacts:
    known = {field.name for field in fields(ModuleFacts)}
    values: dict[str, Any] = {
        name: _number(value) if name in _DECIMALS else value for name, value in record.items() if name in known
    }
    return ModuleFacts(**values)


def parts_json(points: ModulePoints) -> Json:
    """By source, what each component's points were made of. The points themselves stand in columns."""
    return {
        part.source.value: _plain(
            {
                "code": part.code,
                "cap": part.cap,
                "numerator": part.numerator,
                "denominator": part.denominator,
                "taken_over": part.taken_over,
            }
        )
        for part in points.parts
    }


def points_from(
    number: int,
    points: Mapping[ComponentSource, Decimal | None],
    record: Mapping[str, Any],
    *,
    total: Decimal,
    carried: Decimal,
    warnings: Sequence[str],
) -> ModulePoints:
    """A stored module: nothing more can be reached in it than what it has."""
    parts = []
    for source in ComponentSource:
        if source.value in record:
            one = record[source.value]
            earned = points[source]
            parts.append(
                Part(
                    one["code"],
                    source,
                    Decimal(one["cap"]),
                    earned,
                    _number(one["numerator"]),
                    _number(one["denominator"]),
                    Decimal(one["taken_over"]),
                    earned or Decimal(0),
                )
            )
    return ModulePoints(number, tuple(parts), total, carried, tuple(warnings))
