"""The university's settings and its calendar, given plain values. No Django, no database."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that a Policy row may give: its default, and whether a value is one."""

    key: str
    default: Any
    accepts: Callable[[Any], bool]
    meaning: str


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _grades(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(isinstance(grade, int) and not isinstance(grade, bool) and 0 <= grade <= 5 for grade in value)
        and len(set(value)) == len(value)
    )


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) and 0 < len(text) <= 80 for text in value)


SETTINGS: dict[str, Setting] = {
    setting.key: setting
    for setting in [
        Setting(
            "filling_window_days",
            7,
            _whole(0, 365),
            "Days after the day of the lesson in which the journal may still be filled (§4.3)",
        ),
        Setting(
            "unfilled_alarm_hours",
            24,
            _whole(1, 24 * 30),
            "Hours after the end of a lesson past which it counts as not filled in time (§4.3)",
        ),
        Setting("daily_grades", [0, 1, 2, 3, 4, 5], _grades, "Grades that a daily cell takes (§3.5c, §3.5d)"),
        Setting(
            "mark_changes",
            "reason",
            lambda value: value in ("reason", "appeal"),
            'A mark changed after the day of the lesson: with a "reason", or only by "appeal" and reopening (§4.3)',
        ),
        Setting(
            "excuse_late_days", 10, _whole(0, 365), "Days after the end of an excuse until which it is entered in time"
        ),
        Setting("staff_idle_minutes", 30, _whole(5, 24 * 60), "Idle minutes after which a staff login ends"),
        Setting("student_session_days", 30, _whole(1, 90), "Days that a student's login lasts"),
        Setting(
            "work_kinds",
            ["Оозеки суроо", "Тест", "Текшерүү иши", "Лабораториялык иш", "Доклад", "Реферат", "Талкуу"],
            _texts,
            "Kinds of work that a lesson offers (§3.5a)",
        ),
        Setting(
            "plan_deadline_days",
            0,
            _whole(0, 120),
            "Days before the semester begins by which its calendar-thematic plans are submitted (§4.3)",
        ),
        Setting("scan_opens_minutes", 10, _whole(0, 120), "Minutes before a lesson from which a scan counts (§4.2)"),
        Setting("scan_present_minutes", 15, _whole(0, 240), "Minutes after its start until which a scan is in time"),
        Setting("scan_late_minutes", 30, _whole(0, 240), "Minutes after its start until which a scan counts, as late"),
        Setting(
            "qr_mode",
            "room_rotating",
            lambda value: value in ("room", "room_rotating", "rotating"),
            'Proof of presence: the printed code ("room"), with the changing one, or only that one ("rotating") (§4.2)',
        ),
        Setting("qr_step_seconds", 15, _whole(5, 120), "Seconds after which the changing code of a room changes"),
        Setting(
            "module_closing_days",
            3,
            _whole(0, 120),
            "Days after the end of a module until which its cells are filled (§4.3). Only a value that is set binds: "
            "then they are locked after that day, whatever the filling window",
        ),
        Setting(
            "module_confirmations",
            False,
            lambda value: isinstance(value, bool),
            "Whether each teacher of a course says that the journal is complete before its lead closes a module (§4.3)",
        ),
        Setting("reopening_days", 3, _whole(1, 30), "Days for which approved lessons are open again (§4.3)"),
        Setting(
            "exam_attempts", 3, _whole(1, 9), "Times that an exam or credit test is taken; the last before a commission"
        ),
        Setting(
            "exam_double_entry",
            False,
            lambda value: isinstance(value, bool),
            "Points of an exam are typed by two people, neither of whom sees the other's before (§2.6)",
        ),
        Setting(
            "exam_minimum_points",
            0,
            _whole(0, 100),
            "Points of the semester below which the admission list warns; 0: never",
        ),
        Setting("exam_debt_limit", 0, _whole(0, 50), "Debts from which the admission list warns; 0: never"),
        Setting(
            "exam_absence_percent",
            0,
            _whole(0, 100),
            "Per cent of lessons missed without excuse from which the admission list warns; 0: never",
        ),
        Setting(
            "gpa_exam_only", True, lambda value: isinstance(value, bool), "The GPA counts exams alone, not credit tests"
        ),
        Setting(
            "appeal_days",
            14,
            _whole(1, 365),
            "Days after the last change of a mark in which its student may appeal (§4.2)",
        ),
        Setting("appeal_answer_days", 3, _whole(1, 60), "Days in which the teacher answers an appeal (§4.2)"),
        Setting("programme_years", 4, _whole(1, 8), "Years after which a group graduates (§4.1)"),
    ]
}


def resolve_settings(rows: Iterable[tuple[str, Any]], *keys: str) -> dict[str, Any]:
    """Values of settings from (key, value) rows that come the university's before the unit's, old before new:
    the last that is read wins, the default where none is. An unknown key is a KeyError."""
    values = {key: SETTINGS[key].default for key in keys}
    for key, value in rows:
        if key in values:
            values[key] = value
    return values


def week_number(day: date, *, semester_starts_on: date) -> int:
    """The number of the study week: 1 begins on the Monday of the week in which the semester begins.

    Days before that Monday give 0 or less.
    """
    first_monday = semester_starts_on - timedelta(days=semester_starts_on.weekday())
    return (day - first_monday).days // 7 + 1


def is_odd_week(day: date, *, semester_starts_on: date) -> bool:
    """Whether the day lies in an odd week (алымы)."""
    return week_number(day, semester_starts_on=semester_starts_on) % 2 == 1


def course_of(*, intake: int, year: int) -> int:
    """The course that a group is in: 1 in the academic year that begins in the calendar year of its intake."""
    return year - intake + 1


def next_name(name: str, *, course: int) -> str:
    """The name that a group of a course would bear a year later: ФИЗ-11 of the first course becomes ФИЗ-21.

    The course is the first digit of the last number in the name. A name that does not carry it stays.
    """
    numbers = list(re.finditer(r"[0-9]+", name))
    if not numbers or not 1 <= course <= 8 or numbers[-1].group()[0] != str(course):
        return name
    at = numbers[-1].start()
    return f"{name[:at]}{course + 1}{name[at + 1 :]}"
