"""The name that a group would bear a year later (§4.1)."""

import pytest

from university.rules import course_of, next_name


@pytest.mark.parametrize(
    ("name", "course", "expected"),
    [
        ("ФИЗ-11", 1, "ФИЗ-21"),
        ("ФИЗ-21", 2, "ФИЗ-31"),
        ("АР-110", 1, "АР-210"),
        ("ПМ2-11", 1, "ПМ2-21"),
        ("Физика", 1, "Физика"),
        ("ФИЗ-31", 1, "ФИЗ-31"),
        ("ФИЗ-11", 0, "ФИЗ-11"),
        ("", 1, ""),
    ],
)
def test_next_name(name: str, course: int, expected: str) -> None:
    assert next_name(name, course=course) == expected


@pytest.mark.parametrize(("intake", "year", "course"), [(2026, 2026, 1), (2024, 2026, 3), (2027, 2026, 0)])
def test_course_of(intake: int, year: int, course: int) -> None:
    assert course_of(intake=intake, year=year) == course
