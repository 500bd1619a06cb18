"""What is odd about scans, and what they propose: pure rules, golden and by property."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.enums import ScanDifference
from attendance.rules.flags import (
    BURST,
    BURST_SIZE,
    EXCUSED_DAY,
    FAR_FROM_CROWD,
    NEW_DEVICE,
    ONE_DEVICE,
    OTHER_LESSON,
    SEEN_OUTSIDE,
    SPOT_CHECK,
    ScanFacts,
    flags_of,
    spot_check,
)
from attendance.rules.roll import COMPARED_FROM, Proposal, ScanSeen, difference_of, late_minutes, propose
from journal.enums import Presence

START = datetime(2026, 9, 21, 2, 0, tzinfo=UTC)


def fact(student: int, seconds: float = 0, **fields: Any) -> ScanFacts:
    """A scan at which nothing is odd, but for what is named."""
    plain = ScanFacts(
        student_id=student,
        at=START + timedelta(seconds=seconds),
        device=f"phone {student}",
        first_device="",
        is_rotating=False,
        on_campus=None,
        is_elsewhere=False,
        scanned_before=True,
        knows_device=True,
        is_excused=False,
    )
    return replace(plain, **fields)


@pytest.mark.parametrize(
    ("scans", "flags"),
    [
        ([fact(1), fact(2, 60)], {}),
        ([fact(1, device="x"), fact(2, device="x"), fact(3)], {1: [ONE_DEVICE], 2: [ONE_DEVICE]}),
        # A browser that keeps no cookies is no common phone.
        ([fact(1, device=""), fact(2, device="")], {}),
        ([fact(1, is_elsewhere=True)], {1: [OTHER_LESSON]}),
        ([fact(1, knows_device=False)], {1: [NEW_DEVICE]}),
        # The first scan of all is made with a new phone by everybody.
        ([fact(1, scanned_before=False, knows_device=False)], {}),
        ([fact(1, is_excused=True)], {1: [EXCUSED_DAY]}),
        ([fact(1, is_rotating=True, on_campus=False), fact(2, on_campus=True)], {1: [SEEN_OUTSIDE]}),
        # By mobile data all of them are outside.
        ([fact(n, 60 * n, is_rotating=True, on_campus=False) for n in range(1, 5)], {}),
        ([fact(1, is_rotating=True, on_campus=None)], {}),
        ([fact(1, is_rotating=True, on_campus=True)], {}),
        (
            [fact(n, n, on_campus=n > 4) for n in range(1, 9)],
            {n: [BURST] for n in range(1, 5)},
        ),
        ([fact(n, n, on_campus=n > 3) for n in range(1, 9)], {}),
        ([fact(n, n, on_campus=False) for n in range(1, 9)], {}),
        ([fact(n, n, on_campus=None) for n in range(1, 9)], {}),
        ([fact(n, 30 * n, on_campus=n > 4) for n in range(1, 9)], {}),
        ([*(fact(n) for n in range(1, 5)), fact(5, 721)], {5: [FAR_FROM_CROWD]}),
        ([*(fact(n) for n in range(1, 5)), fact(5, 720)], {}),
        # Four are no crowd.
        ([*(fact(n) for n in range(1, 4)), fact(4, 3600)], {}),
        (
            [fact(1, device="x", is_elsewhere=True), fact(2, 5, device="x")],
            {1: [ONE_DEVICE, OTHER_LESSON], 2: [ONE_DEVICE]},
        ),
    ],
)
def test_flags_of_known_scans(scans: list[ScanFacts], flags: dict[int, list[str]]) -> None:
    assert flags_of(scans) == flags


_facts = st.lists(
    st.builds(
        fact,
        st.integers(1, 40),
        st.floats(0, 3000),
        device=st.sampled_from(["a", "b", "c", "d", ""]),
        is_rotating=st.booleans(),
        on_campus=st.sampled_from([True, False, None]),
        is_elsewhere=st.booleans(),
        scanned_before=st.booleans(),
        knows_device=st.booleans(),
        is_excused=st.booleans(),
    ),
    unique_by=lambda scan: scan.student_id,
    max_size=25,
)


@given(_facts, st.randoms(use_true_random=False))
def test_flags_do_not_hang_on_the_order_in_which_scans_are_read(scans: list[ScanFacts], chance: Any) -> None:
    shuffled = list(scans)
    chance.shuffle(shuffled)
    assert flags_of(shuffled) == flags_of(scans)


@given(_facts)
def test_flags_are_of_those_who_scanned_and_each_once(scans: list[ScanFacts]) -> None:
    found = flags_of(scans)
    assert set(found) <= {scan.student_id for scan in scans}
    assert all(names and len(names) == len(set(names)) for names in found.values())


@given(_facts)
def test_a_shared_phone_is_never_the_flag_of_one_alone(scans: list[ScanFacts]) -> None:
    by_phone: dict[str, list[bool]] = {}
    found = flags_of(scans)
    for scan in scans:
        by_phone.setdefault(scan.device, []).append(ONE_DEVICE in found.get(scan.student_id, []))
    for phone, flagged in by_phone.items():
        assert set(flagged) == {bool(phone) and len(flagged) > 1}


@given(_facts)
def test_a_burst_is_of_many_outside(scans: list[ScanFacts]) -> None:
    found = flags_of(scans)
    in_burst = [scan for scan in scans if BURST in found.get(scan.student_id, [])]
    assert not in_burst or len(in_burst) >= BURST_SIZE // 2
    assert all(scan.on_campus is False for scan in in_burst)


@given(st.text(), st.sets(st.integers(1, 99), max_size=40), st.sets(st.integers(1, 99)), st.integers(1, 30))
def test_a_spot_check_calls_those_who_scanned_the_odd_ones_first(
    seed: str, scanned: set[int], odd: set[int], turn: int
) -> None:
    called = spot_check(seed, turn, scanned, odd)
    assert called == spot_check(seed, turn, sorted(scanned, reverse=True), odd)
    assert set(called) <= scanned
    assert len(called) == len(set(called)) <= SPOT_CHECK
    first = spot_check(seed, 1, scanned, odd)
    assert len(set(first) & odd) == min(SPOT_CHECK, len(scanned & odd))
    assert len(first) == min(SPOT_CHECK, len(scanned))


@given(st.text(), st.sets(st.integers(1, 99), min_size=1, max_size=40))
def test_as_many_turns_as_needed_call_everybody_once_and_then_begin_again(seed: str, scanned: set[int]) -> None:
    turns = -(-len(scanned) // SPOT_CHECK)
    called = [student for turn in range(1, turns + 1) for student in spot_check(seed, turn, scanned, ())]
    assert sorted(called) == sorted(scanned)
    assert spot_check(seed, turns + 1, scanned, ()) == spot_check(seed, 1, scanned, ())


def test_another_lesson_calls_others() -> None:
    assert spot_check("lesson 1", 1, range(1, 31), ()) != spot_check("lesson 2", 1, range(1, 31), ())


@pytest.mark.parametrize(
    ("scan", "proposal"),
    [
        (None, Proposal("absent")),
        (ScanSeen(START, is_late=False, is_proven=True), Proposal("present")),
        (ScanSeen(START + timedelta(minutes=16, seconds=1), is_late=True, is_proven=True), Proposal("late", 17)),
        (ScanSeen(START + timedelta(minutes=16), is_late=True, is_proven=True), Proposal("late", 16)),
        (ScanSeen(START, is_late=False, is_proven=False), None),
        (ScanSeen(START + timedelta(minutes=20), is_late=True, is_proven=False), None),
    ],
)
def test_what_a_scan_proposes(scan: ScanSeen | None, proposal: Proposal | None) -> None:
    assert propose(scan, starts_at=START) == proposal


@given(st.floats(-3600, 86400))
def test_late_minutes_are_such_as_a_mark_holds(seconds: float) -> None:
    assert 1 <= late_minutes(starts_at=START, at=START + timedelta(seconds=seconds)) <= 240


@pytest.mark.parametrize(
    ("presence", "scan", "difference"),
    [
        # scan: None, or (proven, late)
        ("", None, None),
        ("absent", None, None),
        ("present", None, ScanDifference.NOT_SCANNED),
        ("late", None, ScanDifference.NOT_SCANNED),
        ("absent", (True, False), ScanDifference.SCANNED_ABSENT),
        ("absent", (True, True), ScanDifference.SCANNED_ABSENT),
        ("absent", (False, False), None),
        ("present", (True, True), ScanDifference.LATE_PRESENT),
        ("present", (True, False), None),
        ("present", (False, True), None),
        ("late", (True, False), ScanDifference.PRESENT_LATE),
        ("late", (True, True), None),
        ("", (True, False), None),
    ],
)
def test_where_a_mark_differs(presence: str, scan: tuple[bool, bool] | None, difference: ScanDifference | None) -> None:
    is_proven, is_late = scan or (False, False)
    facts = {"presence": presence, "is_scanned": scan is not None, "is_proven": is_proven, "is_late": is_late}
    assert difference_of(**facts, lesson_scans=COMPARED_FROM) == difference
    if scan is None:
        assert difference_of(**facts, lesson_scans=COMPARED_FROM - 1) is None


@given(st.booleans(), st.booleans(), st.booleans())
def test_a_mark_that_says_what_was_proposed_differs_in_nothing(
    is_scanned: bool, is_proven: bool, is_late: bool
) -> None:
    seen = ScanSeen(START + timedelta(minutes=20), is_late=is_late, is_proven=is_proven) if is_scanned else None
    proposal = propose(seen, starts_at=START)
    presence = "" if proposal is None else proposal.presence
    assert presence in {"", *Presence}
    assert (
        difference_of(
            presence=presence,
            is_scanned=is_scanned,
            is_proven=is_scanned and is_proven,
            is_late=is_scanned and is_late,
            lesson_scans=COMPARED_FROM,
        )
        is None
    )
