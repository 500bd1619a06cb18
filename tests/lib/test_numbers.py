"""Ids that come as text."""

import pytest

from ejournal.lib.numbers import row_id


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("0", 0), ("9" * 18, 10**18 - 1)])
def test_id_is_read(text: str, number: int) -> None:
    assert row_id(text) == number


@pytest.mark.parametrize("text", [None, "", " 7", "-7", "7.0", "٧", "７", "²", "9" * 19, "seven"])
def test_what_is_no_id_is_none(text: str | None) -> None:
    assert row_id(text) is None
