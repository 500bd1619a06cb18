"""What points come to in the end: admission, outcome, retakes, the mean of grades. Pure (§2.6, §5.2, §1.8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from journal.enums import AdmissionWarning, NextStep, Rounding
from journal.rules.rating import HUNDRED, ZERO, Scheme, Step, exam_maximum, rounded, step_of

# A step of the scale with this word is not retaken: the course is repeated (F, not FX).
REPEAT_WORD = "unsatisfactory_repeat"
_GOOD = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a total is in letters and grades."""

    total: Decimal
    letter: str
    traditional: int
    gpa: Decimal | None
    passes: bool
    word: str


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """From where the admission list warns; 0: never. `absence_percent` is of the lessons held."""

    minimum_points: int = 0
    debts: int = 0
    absence_percent: int = 0


@dataclass(frozen=True, slots=True)
class Achievement:
    """Of how many with a result; per cent of them who passed (absolute) and who have 4 or 5 (quality)."""

    count: int
    absolute: Decimal | None
    quality: Decimal | None


@dataclass(frozen=True, slots=True)
class Graded:
    """A final result for the mean: `gpa` None where the scale has none. `is_exam`: else a credit test."""

    credits: Decimal
    gpa: Decimal | None
    is_exam: bool


def outcome_of(scheme: Scheme, *, semester: Decimal, exam: Decimal | None) -> Outcome:
    """The total of a student, rounded by the scheme, and its step of the scale."""
    total = min(rounded(semester + (exam or ZERO), scheme.rounding), HUNDRED)
    return outcome_of_total(scheme, total)


def outcome_of_total(scheme: Scheme, total: Decimal) -> Outcome:
    step = step_of(scheme, total)
    return Outcome(total, step.letter, step.traditional, step.gpa, step.passes, step.word)


def sheet_maximum(scheme: Scheme, *, attempt: int) -> Decimal:
    """The most that is typed into a sheet. The first credit test is the semester's points alone (§3.5f); who takes
    it again earns what the semester left open, so its sheet takes up to a hundred."""
    if scheme.control_form == "exam":
        return exam_maximum(scheme)
    return ZERO if attempt == 1 else HUNDRED


def most_points(maximum: Decimal, *, semester: Decimal) -> Decimal:
    """The most that one student may get in a sheet: never more than a hundred with his semester."""
    return min(maximum, HUNDRED - semester)


def admission_warnings(
    limits: AdmissionLimits, *, points: Decimal, debts: int, held: int, missed: int
) -> tuple[AdmissionWarning, ...]:
    """Why to think twice before a student is admitted; nobody is refused by it."""
    found = []
    if limits.minimum_points and points < limits.minimum_points:
        found.append(AdmissionWarning.POINTS)
    if limits.debts and debts >= limits.debts:
        found.append(AdmissionWarning.DEBTS)
    if limits.absence_percent and held and missed * 100 >= limits.absence_percent * held:
        found.append(AdmissionWarning.ABSENCES)
    return tuple(found)


def next_step(*, passes: bool | None, word: str, attempt: int, attempts: int) -> NextStep | None:
    """What a result leads to: nothing, a retake (FX, absent, not admitted) or the course again (F, attempts used up).

    `attempt` is the one that the result is of, `attempts` how many there are.
    """
    if passes is not False:
        return None
    return NextStep.REPEAT if word == REPEAT_WORD or attempt >= attempts else NextStep.RETAKE


def gpa_of(results: Iterable[Graded], *, exam_only: bool) -> Decimal | None:
    """The mean weighted by credits, two places, half up; a failed discipline is in it with its 0. None: no grade."""
    weight = total = ZERO
    for result in results:
        if result.gpa is None or (exam_only and not result.is_exam):
            continue
        weight += result.credits
        total += result.credits * result.gpa
    return _quotient(total, weight, "0.01") if weight else None


def achievement_of(results: Iterable[tuple[bool | None, int | None]]) -> Achievement:
    """From (passes, grade). Who has no result yet is not counted; a grade that is missing is none of 4 and 5."""
    known = [(passes, grade) for passes, grade in results if passes is not None]
    passed = sum(1 for passes, _grade in known if passes)
    good = sum(1 for passes, grade in known if passes and grade is not None and grade >= _GOOD)
    return Achievement(len(known), _percent(passed, len(known)), _percent(good, len(known)))


def mean_of(totals: Sequence[Decimal]) -> Decimal | None:
    """The mean of totals, two places, half up."""
    return _quotient(sum(totals, ZERO), Decimal(len(totals)), "0.01") if totals else None


def scheme_as_data(scheme: Scheme) -> dict[str, Any]:
    """The part of a scheme by which a total is judged, as a sheet keeps it."""
    return {
        "code": scheme.code,
        "control_form": scheme.control_form,
        "modules": scheme.modules,
        "rounding": scheme.rounding.value,
        "steps": [
            {
                "low": str(step.low),
                "letter": step.letter,
                "traditional": step.traditional,
                "gpa": None if step.gpa is None else str(step.gpa),
                "passes": step.passes,
                "word": step.word,
            }
            for step in scheme.steps
        ],
    }


def scheme_from_data(kept: Mapping[str, Any]) -> Scheme:
    """What `scheme_as_data` wrote; its components are not among it."""
    return Scheme(
        code=kept["code"],
        control_form=kept["control_form"],
        modules=kept["modules"],
        components=(),
        steps=tuple(
            Step(
                Decimal(step["low"]),
                step["letter"],
                step["traditional"],
                None if step["gpa"] is None else Decimal(step["gpa"]),
                step["passes"],
                step["word"],
            )
            for step in kept["steps"]
        ),
        rounding=Rounding(kept["rounding"]),
    )


def _quotient(total: Decimal, count: Decimal, place: str) -> Decimal:
    return (total / count).quantize(Decimal(place), ROUND_HALF_UP)


def _percent(part: int, whole: int) -> Decimal | None:
    return _quotient(Decimal(100 * part), Decimal(whole), "0.1") if whole else None
