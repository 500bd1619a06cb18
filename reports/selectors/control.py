"""Filling control (§3.6, §4.3): what is not filled in time, and how each teacher fills."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection

from accounts.permissions import Rights
from ejournal.lib.clock import day_of, moment_of
from ejournal.lib.names import short_name
from reports.selectors.control_sql import count_sql, teachers_sql, unfilled_sql
from teaching.selectors.timetable import part_label
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS
from university.rules import SETTINGS

_ALARM_HOURS = SETTINGS["unfilled_alarm_hours"].default


@dataclass(frozen=True, slots=True)
class ControlChoice:
    """The days that are asked for, and what was chosen of the scope; None leaves open."""

    since: date
    until: date
    unit: int | None = None
    department: int | None = None
    teacher: int | None = None


@dataclass(frozen=True, slots=True)
class Filling:
    """The lessons of a scope that are filled, or should be: `held` is the sum of the other three. Choices are
    (id, name); `teacher` is the name of the one who was chosen, "" where he has no lesson in the scope."""

    units: Sequence[tuple[int, str]]
    departments: Sequence[tuple[int, str]]
    teacher: str
    held: int
    on_day: int
    late: int
    unfilled: int


@dataclass(frozen=True, slots=True)
class UnfilledLesson:
    """A lesson that should have been filled. `teacher` is who is to fill it: the substitute if one is named (§3.5h)."""

    lesson_id: int
    day: date
    pair: int | None
    discipline: str
    kind: str
    groups: str
    teacher_id: int
    teacher: str
    is_substitute: bool
    is_partly: bool
    since_its_end: timedelta

    @property
    def days(self) -> int:
        """Whole days since its end."""
        return self.since_its_end.days

    @property
    def hours(self) -> int:
        """Whole hours since its end."""
        return int(self.since_its_end.total_seconds()) // 3600


@dataclass(frozen=True, slots=True)
class TeacherFilling:
    """A teacher's lessons of the days asked for. `mean_delay` in days, of those that he filled late;
    `corrected` counts changes of marks after the lesson's day."""

    teacher_id: int
    name: str
    held: int
    on_day: int
    late: int
    mean_delay: float | None
    unfilled: int
    corrected: int


def unfilled_lessons(
    rights: Rights, choice: ControlChoice, *, limit: int, offset: int = 0, now: datetime
) -> tuple[Filling, list[UnfilledLesson]]:
    """What a person controls and finds not filled, the newest first. One statement."""
    chosen = _chosen(choice)
    found = _ask(unfilled_sql(reach=_reach(rights), chosen=chosen), rights, choice, limit=limit, offset=offset, now=now)
    return _filling(found), [_lesson(row, now) for row in json.loads(found[-1])]


def filling_by_teacher(
    rights: Rights, choice: ControlChoice, *, limit: int, offset: int = 0, now: datetime
) -> tuple[Filling, int, int, list[TeacherFilling]]:
    """How the teachers of a person's scope fill: the sums, how many teachers, how many corrections, and a page of
    the teachers, those with most to fill first. One statement."""
    chosen = _chosen(choice)
    found = _ask(teachers_sql(reach=_reach(rights), chosen=chosen), rights, choice, limit=limit, offset=offset, now=now)
    rows = [TeacherFilling(row[0], short_name(*row[1:4]), *row[4:]) for row in json.loads(found[-1])]
    return _filling(found), int(found[-3]), int(found[-2]), rows


def count_unfilled(rights: Rights, *, since: date, until: date, now: datetime) -> int:
    """How many lessons of these days a person finds not filled. One statement."""
    sql = count_sql(reach=_reach(rights))
    return int(_ask(sql, rights, ControlChoice(since, until), limit=0, offset=0, now=now)[0])


def _reach(rights: Rights) -> tuple[str, ...] | None:
    """What limits a person; None: nothing. Who has no scope and teaches nothing reaches nothing (the door says so)."""
    if rights.sees_everything:
        return None
    held = {"units": rights.unit_ids, "departments": rights.department_ids, "teacher": rights.teacher_id}
    return tuple(name for name, value in held.items() if value)


def _chosen(choice: ControlChoice) -> tuple[str, ...]:
    return tuple(name for name in ("unit", "department", "teacher") if getattr(choice, name) is not None)


def _ask(sql: str, rights: Rights, choice: ControlChoice, *, limit: int, offset: int, now: datetime) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "now": now,
                "today": day_of(now),
                "hours": _ALARM_HOURS,
                "since": choice.since,
                "since_moment": moment_of(choice.since, time()),
                "until": choice.until,
                "unit": choice.unit,
                "department": choice.department,
                "chosen_teacher": choice.teacher,
                "units": sorted(rights.unit_ids),
                "departments": sorted(rights.department_ids),
                "teacher": rights.teacher_id,
                "limit": limit,
                "offset": offset,
            },
        )
        found: tuple[Any, ...] | None = cursor.fetchone()
    assert found is not None
    return found


def _filling(found: tuple[Any, ...]) -> Filling:
    units, departments, teacher, *counts = found[:7]
    return Filling(
        [tuple(one) for one in json.loads(units)],
        [tuple(one) for one in json.loads(departments)],
        teacher or "",
        *(int(count) for count in counts),
    )


def _lesson(row: list[Any], now: datetime) -> UnfilledLesson:
    lesson_id, day, pair, ended, teacher_id, last, first, patronymic, is_substitute, is_partly, parts = row
    discipline, kind = parts[0][:2]
    return UnfilledLesson(
        lesson_id,
        date.fromisoformat(day),
        pair,
        discipline,
        str(LESSON_KIND_LABELS[LessonKind(kind)]),
        ", ".join(part_label(group, number) for _discipline, _kind, group, number in parts),
        teacher_id,
        short_name(last, first, patronymic),
        is_substitute,
        is_partly,
        now - datetime.fromtimestamp(float(ended), UTC),
    )
