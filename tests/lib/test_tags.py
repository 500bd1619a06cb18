"""Tags and filters of every template."""

from datetime import date

import pytest
from django.template import Context, engines
from django.utils import translation

from ejournal.lib.numbers import plain_number
from ejournal.lib.tags import icon, long_day, own_sign


@pytest.mark.parametrize("language", ["ky", "ru", "en"])
@pytest.mark.parametrize("text", ["", "7", "8.25", "кж", "1.2.3", "5.", ".5", "т.к."])
def test_field_of_points_has_the_readers_sign_and_reads_back(language: str, text: str) -> None:
    with translation.override(language):
        shown = own_sign(text)
    assert shown == ("8,25" if (text, language != "en") == ("8.25", True) else text)
    assert plain_number(f" {shown} ") == text


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


def _drawn(source: str, language: str, **values: str) -> str:
    with translation.override(language):
        return engines["django"].engine.from_string(source).render(Context(values)).strip()


def test_same_for_all_is_kept_for_each_language_apart() -> None:
    template = engines["django"].engine.from_string(
        "{% load i18n %}{% same_for_all %}{% translate 'Monday' %}{% endsame_for_all %}"
    )
    drawn = []
    for language in ("en", "ky", "en"):
        with translation.override(language):
            drawn.append(str(template.render(Context())))
    assert drawn[0] == drawn[2] == "Monday"
    assert drawn[1] == "Дүйшөмбү"


def test_same_for_all_does_not_see_the_values_of_the_page() -> None:
    source = "{{ name }}{% same_for_all %}{% if name %}{{ name }}{% else %}nobody{% endif %}{% endsame_for_all %}"
    assert _drawn(source, "en", name="Асанов") == "Асановnobody"
