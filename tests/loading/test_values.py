"""One cell to one value."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ejournal.loading.values import (
    BadValue,
    academic_year,
    clock,
    day,
    decimal,
    number_word,
    person_name,
    text,
    whole,
    word,
)
from ejournal.loading.vocabulary import CONTROL_FORMS, PARITIES, WEEKDAYS
from teaching.enums import WeekParity
from university.enums import ControlForm


def refused(parse: Callable[[Any], object], cell: object) -> str:
    with pytest.raises(BadValue) as caught:
        parse(cell)
    return caught.value.code


@pytest.mark.parametrize(
    "cell",
    [
        date(2026, 9, 1),
        datetime(2026, 9, 1),  # noqa: DTZ001 -- as a cell gives it
        "01.09.2026",
        "1.9.2026",
        " 2026-09-01 ",
        "01-09-2026",
        46266,
        46266.0,
        "01.09.2026 г.",
        "2026-09-01T00:00:00",
    ],
)
def test_day_in_every_form(cell: Any) -> None:
    assert day(cell) == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("31.02.2026", "not_a_date"),
        ("29.02.2026", "not_a_date"),
        ("01.09.26", "not_a_date"),
        ("сентябрь", "not_a_date"),
        ("9/1/2026", "ambiguous_date"),
        ("٠١.٠٩.٢٠٢٦", "not_a_date"),
        (46266.5, "not_a_date"),
        (-1, "not_a_date"),
        (10**9, "not_a_date"),
        (True, "not_a_date"),
        (time(8), "not_a_date"),
        (datetime(2026, 9, 1, 8, 30), "not_a_date"),  # noqa: DTZ001 -- as a cell gives it
        (date(1900, 1, 1), "out_of_range"),
        ("01.01.2100", "out_of_range"),
    ],
)
def test_day_that_is_none(cell: Any, code: str) -> None:
    assert refused(day, cell) == code


def test_day_with_slashes_where_only_one_reading_is_possible() -> None:
    assert day("21/9/2026") == date(2026, 9, 21)
    assert day("29.02.2028") == date(2028, 2, 29)


@pytest.mark.parametrize("cell", ["08:00", "8:00", "8.00", "08:00:00", time(8), timedelta(hours=8), 8 / 24, 0.3333333])
def test_clock_in_every_form(cell: Any) -> None:
    assert clock(cell) == time(8)


@pytest.mark.parametrize("cell", ["24:00", "8:60", "8", "08:00:30", 8, -0.1, True, date(2026, 9, 1), timedelta(days=1)])
def test_clock_that_is_none(cell: Any) -> None:
    assert refused(clock, cell) == "not_a_time"


@pytest.mark.parametrize("cell", [34, 34.0, "34", " 34 ", "34.0", "34,0", "+34"])
def test_whole_in_every_form(cell: Any) -> None:
    assert whole(0, 100)(cell) == 34


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (34.5, "not_whole"),
        ("34.5", "not_whole"),
        ("３４", "not_whole"),
        ("٣٤", "not_whole"),
        ("34 саат", "not_whole"),
        ("1e1", "not_whole"),
        (True, "not_whole"),
        (date(2026, 9, 1), "not_whole"),
        (101, "out_of_range"),
        (-1, "out_of_range"),
        (float("inf"), "not_whole"),
        (float("nan"), "not_whole"),
    ],
)
def test_whole_that_is_none(cell: Any, code: str) -> None:
    assert refused(whole(0, 100), cell) == code


def test_decimal() -> None:
    credits_ = decimal(0, 60)
    assert [credits_(cell) for cell in (4, 4.0, "4", "4,5", 4.5)] == [*[Decimal(4)] * 3, *[Decimal("4.5")] * 2]
    assert refused(credits_, "4.55") == "out_of_range"
    assert refused(credits_, 61) == "out_of_range"
    assert refused(credits_, "төрт") == "not_a_number"
    assert refused(credits_, float("nan")) == "not_a_number"


@pytest.mark.parametrize(
    "cell", ["2026/2027", "2026-2027", "2026–2027", " 2026 / 2027 ", "2026/27", "2026/2027 окуу жылы"]
)
def test_academic_year(cell: str) -> None:
    assert academic_year(cell) == "2026/2027"


@pytest.mark.parametrize("cell", ["2026", 2026.0, "2026/2028", "2027/2026", "26/27"])
def test_academic_year_that_is_none(cell: Any) -> None:
    assert refused(academic_year, cell) == "not_a_year"


def test_words_in_three_languages_and_on_other_keyboards() -> None:
    parity = word(PARITIES)
    assert {parity(said) for said in ("бөлүмү", "болуму", "БӨЛҮМҮ", "чётная", "четная", "even")} == {WeekParity.EVEN}
    assert {parity(said) for said in ("ар жума", "Ар  жума", "каждая неделя", "every week")} == {WeekParity.EVERY}
    weekday = number_word(WEEKDAYS)
    assert {weekday(said) for said in ("дүйшөмбү", "Дуйшомбу", "Дш", "понедельник", "Monday")} == {1}
    control = word(CONTROL_FORMS)
    assert {control(said) for said in ("зачёт", "зачет", "ЗАЧЁТ", "credit test")} == {ControlForm.CREDIT}
    assert refused(control, "сынак") == "unknown_word"
    assert refused(weekday, "жекшемби") == "unknown_word"


def test_text() -> None:
    plain = text(10)
    assert plain("Гол.-313в") == "Гол.-313в"
    assert plain(105.0) == "105"
    assert text(40)(996700000001.0) == "996700000001"
    assert refused(plain, 996700000001.0) == "too_long"
    assert refused(plain, "=1+1") == "formula"
    assert refused(plain, "А" * 11) == "too_long"
    assert refused(plain, "К?н") == "lost_letters"
    assert refused(plain, "?мүт") == "lost_letters"
    assert plain("Эмне?") == "Эмне?"
    assert refused(plain, date(2026, 3, 1)) == "date_in_text"
    assert refused(plain, True) == "wrong_type"
    assert refused(plain, "А\x00") == "control_character"


def test_person_name() -> None:
    name = person_name(40)
    for good in ("Үсөн кызы", "Абдыкадыр-уулу", "Д’Артаньян", "Ли", "Ким (Пак)", "А.", ""):
        assert name(good) == good
    for bad in ("Асан2", "<b>Асан</b>", "a@b.kg", "Асан/Үсөн", "12"):
        assert refused(name, bad) == "not_a_name"
    assert refused(name, "Ос?") == "lost_letters"
