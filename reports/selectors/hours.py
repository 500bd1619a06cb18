"""The hours ledger (§2.10): curriculum = timetable = held = recorded, and how the semester will end."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.permissions import Rights
from ejournal.lib.clock import day_of
from reports.rules import Forecast, forecast
from reports.selectors.hours_sql import GROUPINGS, TEACHER, ledger_sql
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS
from university.rules import SETTINGS

EXPORTED = 100_000  # rows: more lines than a university has
_WINDOW = SETTINGS["filling_window_days"].default


@dataclass(frozen=True, slots=True)
class LedgerChoice:
    """What the reader chose; None and "" leave open. `by` is a name in GROUPINGS."""

    by: str = "line"
    semester: int | None = None
    unit: int | None = None
    department: int | None = None
    group: int | None = None
    kind: str = ""
    only_short: bool = False


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """Academic hours of a line. `id`: the line's journal, or what the ledger is grouped by. `curriculum` is None
    where the curriculum says nothing."""

    id: int
    name: str
    discipline: str
    group: str
    subgroup: int | None
    kind: str
    curriculum: int | None
    workload: int
    timetable: int
    passed: int
    held: int
    recorded: int
    lost: int
    made_up: int
    due: int
    forecast: Forecast
    group_id: int | None

    @property
    def disagrees(self) -> bool:
        """Whether the workload is not what the curriculum allots."""
        return self.curriculum is not None and self.curriculum != self.workload

    @property
    def difference(self) -> int:
        """Held against what is due: negative while hours are missing."""
        return self.held - self.due


@dataclass(frozen=True, slots=True)
class Ledger:
    """A window of the rows, and the figures of all that was found. Choices are (id, name)."""

    semester_id: int | None
    semester_ends_on: date | None
    semesters: Sequence[tuple[int, str]]
    units: Sequence[tuple[int, str]]
    departments: Sequence[tuple[int, str]]
    count: int
    short_count: int
    due: int
    held: int
    lost: int
    short_hours: int
    rows: Sequence[LedgerRow]


@dataclass(frozen=True, slots=True)
class TeacherMonth:
    """A teacher's hours of a month and kind. What is credited is own and substituted."""

    month: date
    kind: str
    own: int
    substituted: int
    given_away: int
    lost: int
    unrecorded: int

    @property
    def credited(self) -> int:
        return self.own + self.substituted


def hours_ledger(rights: Rights, choice: LedgerChoice, *, limit: int, offset: int = 0, now: datetime) -> Ledger:
    """The ledger of what a person may see. One statement, whatever is found."""
    today = day_of(now)
    sql, params = ledger_statement(rights, choice, limit=limit, offset=offset, now=now)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchone()
    assert found is not None
    semester_id, ends_on, semesters, units, departments = found[:5]
    count, short_count, due, held, lost, short_hours, rows = found[5:]
    kinds = {kind.value: str(label) for kind, label in LESSON_KIND_LABELS.items()}
    return Ledger(
        semester_id,
        ends_on,
        _semesters(semesters),
        [tuple(one) for one in json.loads(units or "[]")],
        [tuple(one) for one in json.loads(departments or "[]")],
        count=int(count),
        short_count=int(short_count),
        due=int(due),
        held=int(held),
        lost=int(lost),
        short_hours=int(short_hours),
        rows=[_row(row, kinds, today) for row in json.loads(rows or "[]")],
    )


def ledger_statement(
    rights: Rights, choice: LedgerChoice, *, limit: int, offset: int = 0, now: datetime
) -> tuple[str, dict[str, Any]]:
    """The text and the values of the ledger's statement."""
    assert choice.by in GROUPINGS
    reach: tuple[str, ...] | None = None
    if not rights.sees_everything:
        reach = tuple(
            name
            for name, held in (
                ("units", rights.unit_ids),
                ("groups", rights.group_ids),
                ("departments", rights.department_ids),
                ("teacher", rights.teacher_id),
            )
            if held
        )
    sql = ledger_sql(
        by=choice.by,
        reach=reach,
        chosen=tuple(name for name in ("unit", "department", "kind", "group") if getattr(choice, name)),
        only_short=choice.only_short,
    )
    return sql, {
        "semester": choice.semester,
        "unit": choice.unit,
        "department": choice.department,
        "kind": choice.kind,
        "group": choice.group,
        "everything": rights.sees_everything,
        "units": sorted(rights.unit_ids),
        "groups": sorted(rights.group_ids),
        "departments": sorted(rights.department_ids),
        "teacher": rights.teacher_id,
        "today": day_of(now),
        "now": now,
        "window": _WINDOW,
        "limit": limit,
        "offset": offset,
    }


def _row(row: list[Any], kinds: dict[str, str], today: date) -> LedgerRow:
    (row_id, name, discipline, group, subgroup, kind, curriculum, workload, timetable, passed) = row[:10]
    held, recorded, lost, made_up, expected, counted, due, last_on, group_id = row[10:]
    return LedgerRow(
        row_id,
        name,
        discipline,
        group,
        subgroup,
        kinds.get(kind, ""),
        curriculum,
        workload,
        timetable,
        passed,
        held,
        recorded,
        lost,
        made_up,
        due,
        forecast(
            due=due,
            held=counted,
            expected=expected,
            last_on=date.fromisoformat(last_on) if last_on else None,
            today=today,
        ),
        group_id,
    )


def _semesters(text: str | None) -> list[tuple[int, str]]:
    return [
        (semester_id, _("%(year)s, semester %(number)s") % {"year": year, "number": number})
        for semester_id, year, number in json.loads(text or "[]")
    ]


def teacher_hours(
    teacher_id: int, *, semester_id: int | None, now: datetime
) -> tuple[int | None, list[tuple[int, str]], list[TeacherMonth]]:
    """The semester that is shown, those that can be chosen, and the teacher's hours of it. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            TEACHER,
            {
                "semester": semester_id,
                "today": day_of(now),
                "now": now,
                "window": _WINDOW,
                "teacher": teacher_id,
            },
        )
        found = cursor.fetchone()
    assert found is not None
    kinds = {kind.value: str(LESSON_KIND_LABELS[kind]) for kind in LessonKind}
    months = [
        TeacherMonth(date.fromisoformat(month), kinds[kind], *hours)
        for month, kind, *hours in json.loads(found[2] or "[]")
    ]
    return found[0], _semesters(found[1]), months
