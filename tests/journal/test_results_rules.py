"""Outcome, admission, retakes, the mean of grades: plain values (§2.6, §5.2)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.enums import AdmissionWarning, NextStep
from journal.rules.rating_presets import PRESETS
from journal.rules.results import (
    Achievement,
    AdmissionLimits,
    Graded,
    achievement_of,
    admission_warnings,
    gpa_of,
    mean_of,
    most_points,
    next_step,
    outcome_of,
    scheme_as_data,
    scheme_from_data,
    sheet_maximum,
)

EXAM, CREDIT = PRESETS["P1", "exam"], PRESETS["P1", "credit"]


@pytest.mark.parametrize(
    ("semester", "exam", "total", "letter", "passes"),
    [
        ("46.59", "31", 78, "C", True),  # the first golden vector
        ("60", "40", 100, "A", True),
        ("30", "30.50", 61, "E", True),  # 60.50, half up
        ("30", "30.49", 60, "FX", False),
        ("30", "0", 30, "F", False),
        ("30.5", "0", 31, "FX", False),
    ],
)
def test_outcome_of_an_exam(semester: str, exam: str, total: int, letter: str, passes: bool) -> None:
    found = outcome_of(EXAM, semester=Decimal(semester), exam=Decimal(exam))
    assert (found.total, found.letter, found.passes) == (total, letter, passes)


def test_outcome_of_a_credit_test_is_the_semester() -> None:
    found = outcome_of(CREDIT, semester=Decimal("76.21"), exam=None)
    assert (found.total, found.letter, found.gpa) == (76, "C", Decimal("3.00"))


def test_sheet_maximum_leaves_the_first_credit_test_without_an_exam() -> None:
    assert [sheet_maximum(EXAM, attempt=1), sheet_maximum(EXAM, attempt=2)] == [40, 40]
    assert [sheet_maximum(CREDIT, attempt=1), sheet_maximum(CREDIT, attempt=2)] == [0, 100]


def test_most_points_never_pass_a_hundred() -> None:
    assert most_points(Decimal(100), semester=Decimal("55.5")) == Decimal("44.5")
    assert most_points(Decimal(40), semester=Decimal("55.5")) == 40


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (AdmissionLimits(), ()),
        (AdmissionLimits(minimum_points=30), ()),
        (AdmissionLimits(minimum_points=31), (AdmissionWarning.POINTS,)),
        (AdmissionLimits(debts=2), (AdmissionWarning.DEBTS,)),
        (AdmissionLimits(debts=3), ()),
        (AdmissionLimits(absence_percent=25), (AdmissionWarning.ABSENCES,)),
        (AdmissionLimits(absence_percent=26), ()),
    ],
)
def test_admission_warns_from_its_limits(limits: AdmissionLimits, expected: tuple[AdmissionWarning, ...]) -> None:
    assert admission_warnings(limits, points=Decimal(30), debts=2, held=8, missed=2) == expected


def test_admission_says_nothing_of_absences_where_nothing_was_held() -> None:
    assert admission_warnings(AdmissionLimits(absence_percent=1), points=Decimal(0), debts=0, held=0, missed=0) == ()


@pytest.mark.parametrize(
    ("passes", "word", "attempt", "expected"),
    [
        (True, "good", 1, None),
        (None, "", 1, None),
        (False, "unsatisfactory_retake", 1, NextStep.RETAKE),
        (False, "unsatisfactory", 2, NextStep.RETAKE),
        (False, "", 1, NextStep.RETAKE),  # did not appear
        (False, "unsatisfactory_retake", 3, NextStep.REPEAT),
        (False, "unsatisfactory_repeat", 1, NextStep.REPEAT),
    ],
)
def test_next_step_tells_fx_from_f(passes: bool | None, word: str, attempt: int, expected: NextStep | None) -> None:
    assert next_step(passes=passes, word=word, attempt=attempt, attempts=3) == expected


GRADES = [
    Graded(Decimal(4), Decimal("4.00"), is_exam=True),
    Graded(Decimal(2), Decimal("0.00"), is_exam=True),
    Graded(Decimal(3), Decimal("3.33"), is_exam=False),
    Graded(Decimal(9), None, is_exam=True),
]


def test_gpa_is_weighted_by_credits() -> None:
    assert gpa_of(GRADES, exam_only=False) == Decimal("2.89")  # 25.99 / 9
    assert gpa_of(GRADES, exam_only=True) == Decimal("2.67")  # 16 / 6
    assert gpa_of(GRADES[3:], exam_only=True) is None


def test_achievement_counts_those_with_a_result() -> None:
    rows = [(True, 5), (True, 3), (False, 2), (False, None), (None, None), (True, 4)]
    assert achievement_of(rows) == Achievement(5, Decimal("60.0"), Decimal("40.0"))
    assert achievement_of([(None, None)]) == Achievement(0, None, None)


def test_mean_of_totals_is_rounded_half_up() -> None:
    assert mean_of([Decimal(70), Decimal(71), Decimal(71)]) == Decimal("70.67")
    assert mean_of([]) is None


@pytest.mark.parametrize("key", list(PRESETS))
def test_scheme_that_a_sheet_keeps_judges_as_the_scheme_did(key: tuple[str, str]) -> None:
    scheme = PRESETS[key]
    kept = scheme_from_data(scheme_as_data(scheme))
    for points in range(101):
        assert outcome_of(kept, semester=Decimal(points), exam=None) == outcome_of(
            scheme, semester=Decimal(points), exam=None
        )


POINTS = st.decimals(0, 60, places=2)


@given(POINTS, st.decimals(0, 40, places=2), st.decimals(0, 40, places=2))
def test_more_points_of_the_exam_never_give_less(semester: Decimal, one: Decimal, other: Decimal) -> None:
    low, high = sorted([one, other])
    worse = outcome_of(EXAM, semester=semester, exam=low)
    better = outcome_of(EXAM, semester=semester, exam=high)
    assert 0 <= worse.total <= better.total <= 100
    assert worse.traditional <= better.traditional
