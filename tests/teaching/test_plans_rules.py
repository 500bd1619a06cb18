"""What a plan's table means: arranging, reading, finding it in a file, what comes next, on which days."""

from datetime import date

import pytest

from teaching.rules import (
    ItemGiven,
    PlanLine,
    PlanProblem,
    PlanRow,
    arrange_plan,
    days_of_items,
    find_plan_table,
    next_items,
    read_plan,
)

KINDS = ["Оозеки суроо", "Тест"]


def rows(*topics: str) -> list[PlanRow]:
    return [PlanRow(topic=topic, hours="2", id=str(number)) for number, topic in enumerate(topics, start=1)]


def topics(found: list[PlanRow]) -> list[str]:
    return [row.topic for row in found]


@pytest.mark.parametrize(
    ("deed", "at", "expected"),
    [
        ("up", 1, ["Б", "А", "В"]),
        ("up", 0, ["А", "Б", "В"]),
        ("down", 1, ["А", "В", "Б"]),
        ("down", 2, ["А", "Б", "В"]),
        ("delete", 0, ["Б", "В"]),
        ("add", 0, ["А", "", "Б", "В"]),
        ("add", -1, ["", "А", "Б", "В"]),
        ("split", 2, ["А", "Б", "В", "В"]),
        ("split", 9, ["А", "Б", "В"]),
        ("nonsense", 1, ["А", "Б", "В"]),
    ],
)
def test_deed_arranges_rows(deed: str, at: int, expected: list[str]) -> None:
    assert topics(arrange_plan(rows("А", "Б", "В"), deed, at)) == expected


@pytest.mark.parametrize(
    ("hours", "shares"), [("4", ["2", "2"]), ("3", ["2", "1"]), ("1", ["1", ""]), ("x", ["x", ""])]
)
def test_split_shares_the_hours_and_the_second_part_is_new(hours: str, shares: list[str]) -> None:
    first, second = arrange_plan([PlanRow(topic="А", hours=hours, id="7")], "split", 0)
    assert ([first.hours, second.hours], [first.id, second.id]) == (shares, ["7", ""])


def read(*typed: PlanRow) -> tuple[list[PlanLine], list[PlanProblem]]:
    return read_plan(typed, work_kinds=KINDS, weeks=17, modules=2)


def test_lines_are_tidied_and_empty_rows_left_out() -> None:
    lines, problems = read(
        PlanRow(),
        PlanRow("1", "2", "  Киришүү \u00a0 сабак\n", " 4 ", "ТЕСТ; оозеки  суроо, тест", "Конспект", "1-бөлүм", "12"),
        PlanRow("  ", "\t", "\u00a0"),
    )
    assert problems == []
    assert lines == [PlanLine(1, 2, "Киришүү сабак", 4, ("Тест", "Оозеки суроо"), "Конспект", "1-бөлүм", 12)]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (PlanRow(hours="2"), "topic", "no_topic"),
        (PlanRow(topic="А"), "hours", "hours"),
        (PlanRow(topic="А", hours="0"), "hours", "hours"),
        (PlanRow(topic="А", hours="21"), "hours", "hours"),
        (PlanRow(topic="А", hours="-2"), "hours", "hours"),
        (PlanRow(topic="А", hours="2.5"), "hours", "hours"),
        (PlanRow(topic="А", hours="٢"), "hours", "hours"),
        (PlanRow(topic="А", hours="２"), "hours", "hours"),
        (PlanRow(topic="А", hours="2", week="18"), "week", "week"),
        (PlanRow(topic="А", hours="2", module="3"), "module", "module"),
        (PlanRow(topic="А", hours="2", kinds="Тест, Бий"), "kinds", "kinds"),
        (PlanRow(topic="А" * 301, hours="2"), "topic", "too_long"),
        (PlanRow(topic="А\x00", hours="2"), "topic", "characters"),
        (PlanRow(topic="А", hours="2", self_study="а" * 501), "self_study", "too_long"),
    ],
)
def test_bad_cell_is_named_by_row_and_column(row: PlanRow, column: str, code: str) -> None:
    _lines, problems = read(PlanRow(topic="Туура", hours="2"), row)
    assert [(problem.row, problem.column, problem.code) for problem in problems] == [(2, column, code)]


def test_more_lines_than_a_plan_has_are_refused() -> None:
    _lines, problems = read(*[PlanRow(topic="А", hours="2")] * 101)
    assert [problem.code for problem in problems] == ["too_many"]


@pytest.mark.parametrize(
    "heading",
    [
        ["Жума", "Саат", "Сабактын темасы", "Иштин түрлөрү"],
        ["НЕДЕЛЯ", "Часы", "Тема  занятия", "Виды работ:"],
        ["Week", "Hours", "Topic", "Kinds of work"],
    ],
)
def test_headings_are_known_in_three_languages_in_any_order(heading: list[str]) -> None:
    table = [
        ["Механика", "", "", ""],
        ["№", *heading, "Эскертүү"],
        ["1", "1", "2", "Киришүү", "Тест", "x"],
        ["", "", "", "", "", ""],
        ["2", "2", "4", "Күч", "", ""],
        ["Бардыгы", "", "6", "", "", ""],
    ]
    found, numbers, problems = find_plan_table(table)
    assert problems == []
    assert [(row.week, row.topic, row.hours, row.kinds) for row in found] == [
        ("1", "Киришүү", "2", "Тест"),
        ("2", "Күч", "4", ""),
    ]
    assert numbers == [3, 5]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ([["Саат"], ["2"]], (1, "topic", "no_column")),
        ([["x"], ["Тема", "y"], ["А", ""]], (2, "hours", "no_column")),
        ([["Тема", "Саат", "Тема"], ["А", "2", "Б"]], (1, "topic", "column_twice")),
        ([["Тема", "Саат"]], (1, "", "no_rows")),
        ([], (1, "topic", "no_column")),
    ],
)
def test_table_that_is_no_plan_says_what_is_missing(table: list[list[str]], problem: tuple[int, str, str]) -> None:
    found, _numbers, problems = find_plan_table(table)
    assert found == []
    assert [(one.row, one.column, one.code) for one in problems] == [problem]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([(2, 2), (2, 0), (2, 0)], [(2, 2)]),
        ([(4, 0), (2, 0)], [(1, 2)]),
        ([(4, 2), (2, 0)], [(1, 2)]),
        ([(1, 0), (1, 0), (2, 0)], [(1, 1), (2, 1)]),
        ([(3, 2), (2, 0)], [(1, 1), (2, 1)]),
        # More than planned was given: it owes nothing back.
        ([(2, 4), (2, 0)], [(2, 2)]),
        ([(2, 2)], []),
        ([], []),
    ],
)
def test_next_lesson_takes_a_pair_of_hours_in_order(
    items: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    given = [ItemGiven(number, hours, done) for number, (hours, done) in enumerate(items, start=1)]
    assert next_items(given) == expected


def test_days_of_items_span_lessons_and_end_with_the_timetable() -> None:
    days = [date(2026, 9, day) for day in (7, 14, 21)]
    assert days_of_items([4, 1, 1, 2], days) == [
        (days[0], days[1]),
        (days[2], days[2]),
        (days[2], days[2]),
        None,
    ]
