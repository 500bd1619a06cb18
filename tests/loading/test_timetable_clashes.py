"""Clashes that a workbook brings: counted, the first of each kind named, nothing held up (§3.3)."""

from typing import Any

import pytest

from ejournal.loading.checks import CLASHES_NAMED
from tests.loading.applying import plan
from tests.loading.books import Rows, small

pytestmark = pytest.mark.django_db


def with_lines(*lines: list[Any]) -> dict[str, Rows]:
    def add(rows: Rows) -> None:
        rows.extend(list(line) for line in lines)

    return small(Жадыбал=add)


def clashes(book: dict[str, Rows]) -> list[tuple[str, int | None, str]]:
    checked = plan(book)
    assert checked.plan is not None
    return [(one.code, one.row, one.value) for one in checked.problems.warnings if "clash" in one.code]


def counts(book: dict[str, Rows]) -> dict[str, str]:
    [said] = [one.params for one in plan(book).problems.warnings if one.code == "clashes"]
    return said


def test_stream_in_one_room_and_subgroups_of_other_weeks_do_not_clash() -> None:
    assert counts(small()) == {"teachers": "1", "groups": "0", "rooms": "0"}


def test_room_and_group_are_named_by_their_row() -> None:
    # A practical class of ФИЗ-11 in the auditorium of its lecture.
    found = clashes(with_lines(["Ж000003", "дүйшөмбү", 1, "алымы", "Б-102"]))
    assert ("room_clash", 9, "Б-102") in found
    assert ("group_clash", 9, "ФИЗ-11") in found


def test_subgroup_clashes_with_its_group_and_not_with_the_other() -> None:
    apart = counts(with_lines(["Ж000004", "жума", 3, "алымы", ""], ["Ж000005", "жума", 3, "алымы", ""]))
    assert apart["groups"] == "0"
    together = counts(with_lines(["Ж000004", "дүйшөмбү", 1, "алымы", ""]))
    assert together["groups"] == "1"


def test_many_are_counted_and_some_are_named() -> None:
    days = ["дүйшөмбү", "шейшемби", "бейшемби", "жума"]
    lines = [
        [number, day, pair, "ар жума", ""] for day in days for pair in (1, 2, 3) for number in ("Ж000003", "Ж000005")
    ]
    found = clashes(with_lines(*lines))
    named = [one for one in found if one[0] == "teacher_clash"]
    assert len(named) == CLASHES_NAMED
    assert counts(with_lines(*lines))["teachers"] == "13"
