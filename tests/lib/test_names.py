"""Surname and initials."""

import pytest

from ejournal.lib.names import short_name


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        (("Осмонов", "Эрлан", "Таалайбекович"), "Осмонов Э. Т."),
        (("Өмүралиева", "Үмүт", ""), "Өмүралиева Ү."),
        (("Ли", "", ""), "Ли"),
        (("", "Айпери", ""), "А."),
        (("", "", ""), ""),
    ],
)
def test_surname_and_initials_leave_out_what_is_not_known(parts: tuple[str, str, str], written: str) -> None:
    assert short_name(*parts) == written
