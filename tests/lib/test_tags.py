"""Tags and filters of every template."""

from datetime import date

import pytest
from django.utils import translation

from ejournal.lib.tags import icon, long_day


@pytest.mark.parametrize(
    ("language", "year", "written"),
    [
        ("ky", "", "24-ноябрь, шейшемби"),
        ("ky", "year", "2026-ж. 24-ноябрь, шейшемби"),
        ("ru", "", "24 ноября, вторник"),
        ("ru", "year", "24 ноября 2026 г., вторник"),
        ("en", "", "Tuesday, 24 November"),
        ("en", "year", "Tuesday, 24 November 2026"),
    ],
)
def test_long_day_is_written_as_its_language_writes_it(language: str, year: str, written: str) -> None:
    with translation.override(language):
        assert long_day(date(2026, 11, 24), year) == written


def test_icon_escapes_what_it_is_given() -> None:
    assert "<b>" not in icon("<b>", label="<b>", css="<b>")
    assert 'aria-hidden="true"' in icon("lock")
