"""A student's points while the semester runs: pure rules (§3.5d–f, §4.3)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.enums import ComponentSource
from journal.rules.rating import ModuleFacts, Scheme, module_points
from journal.rules.rating_live import spans_in, student_points
from journal.rules.rating_presets import PRESETS

EXAM, CREDIT = PRESETS["P1", "exam"], PRESETS["P1", "credit"]
D = Decimal
CALENDAR = [
    (11, date(2026, 9, 1), date(2026, 10, 15)),
    (12, date(2026, 10, 16), date(2026, 11, 15)),
    (13, date(2026, 11, 16), date(2026, 12, 26)),
]


@pytest.mark.parametrize(
    ("modules", "expected"),
    [
        (1, [(1, 13, (11, 12, 13), CALENDAR[0][1], CALENDAR[2][2])]),
        (2, [(1, 11, (11,), *CALENDAR[0][1:]), (2, 13, (12, 13), CALENDAR[1][1], CALENDAR[2][2])]),
        (3, [(n, 10 + n, (10 + n,), *CALENDAR[n - 1][1:]) for n in (1, 2, 3)]),
        (4, [(n, 10 + n, (10 + n,), *CALENDAR[n - 1][1:]) for n in (1, 2, 3)]),
    ],
)
def test_the_last_module_of_a_scheme_takes_all_days_that_are_left(modules: int, expected: list[object]) -> None:
    spans = spans_in(modules, CALENDAR)
    assert [(s.number, s.module_id, s.module_ids, s.starts_on, s.ends_on) for s in spans] == expected


def test_a_semester_without_modules_has_no_spans() -> None:
    assert spans_in(2, []) == ()


def test_what_is_stored_does_not_move_with_the_facts() -> None:
    stored = module_points(EXAM, ModuleFacts(1, held=4, attended=2))
    facts = {1: ModuleFacts(1, held=4, attended=4), 2: ModuleFacts(2, held=1, attended=1)}
    points = student_points(EXAM, facts, {1: stored}, begun={1, 2})
    assert points.module(1) == stored
    assert (points.closed, set(points.facts), points.is_final) == (frozenset({1}), {2}, False)
    kept = ModuleFacts(1, held=4, attended=2)
    assert student_points(EXAM, facts, {1: stored}, begun={1, 2}, stored_facts={1: kept}).facts[1] == kept


def test_who_was_not_there_when_a_module_closed_takes_its_attendance_later() -> None:
    points = student_points(EXAM, {2: ModuleFacts(2, held=2, attended=2)}, {1: None}, begun={1, 2})
    last = points.module(2)
    assert last is not None
    part = last.part(ComponentSource.AUTO_ATTENDANCE)
    assert part is not None
    assert (part.points, part.taken_over) == (D("8.00"), D(4))


def test_a_module_to_come_is_all_to_be_had() -> None:
    points = student_points(EXAM, {1: ModuleFacts(1, held=2, attended=1)}, {}, begun={1})
    assert [module.number for module in points.modules] == [1]
    assert points.outlook.earned + points.outlook.open + points.outlook.lost == 100
    # Of the first module's 4 for attendance 2 are lost, and its 5 for achievement: no lesson is to come.
    assert points.outlook.lost == D(7)


def test_a_module_that_has_just_begun_borrows_nothing_from_the_one_before() -> None:
    facts = {1: ModuleFacts(1, held=2, attended=2), 2: ModuleFacts(2, remaining=8)}
    second = student_points(EXAM, facts, {}, begun={1, 2}).module(2)
    assert second is not None
    part = second.part(ComponentSource.AUTO_ATTENDANCE)
    assert part is not None
    assert part.points is None


def test_a_credit_test_is_final_when_all_its_modules_are_stored() -> None:
    first = module_points(CREDIT, ModuleFacts(1, held=2, attended=2))
    second = module_points(CREDIT, ModuleFacts(2, held=2, attended=2), [first])
    assert student_points(CREDIT, {}, {1: first, 2: second}, begun={1, 2}).is_final
    assert not student_points(CREDIT, {2: ModuleFacts(2)}, {1: first}, begun={1, 2}).is_final


FACTS = st.builds(
    lambda present, absent, excused, grades, remaining, control: ModuleFacts(
        number=1,
        held=present + absent + excused,
        attended=present,
        excused=excused,
        grade_sum=sum(grades),
        grade_count=len(grades),
        unexcused_absences=absent,
        remaining=remaining,
        control=control,
    ),
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(0, 20),
    st.lists(st.integers(0, 5), max_size=10),
    st.integers(0, 20),
    st.none() | st.decimals(0, 15, places=2),
)


@given(FACTS, FACTS, st.sampled_from(list(PRESETS.values())))
def test_earned_open_and_lost_are_a_hundred_and_none_is_negative(
    first: ModuleFacts, second: ModuleFacts, scheme: Scheme
) -> None:
    facts = {1: first, 2: replace(second, number=2)}
    outlook = student_points(scheme, facts, {}, begun={1, 2}).outlook
    assert outlook.earned + outlook.open + outlook.lost == 100
    assert min(outlook.earned, outlook.open, outlook.lost) >= 0
