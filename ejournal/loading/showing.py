"""A row of a load as people read it: in a difference on a page or in a terminal."""

from collections.abc import Mapping
from datetime import date, time
from enum import StrEnum
from typing import Any

from ejournal.loading.known import Known, KnownSlot
from ejournal.loading.rows import SemesterRow, SheetKey, StudentRow, TimetableRow, WorkloadRow
from ejournal.loading.sheets import SHEETS
from ejournal.loading.vocabulary import PARITIES, WEEKDAYS


def shown(value: object) -> str:
    """A value as people read it. Fixed words are shown as the workbook has them."""
    if value is None:
        return "—"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return _WORDS.get(value, str(value)) if isinstance(value, str) else str(value)


def _words() -> dict[str, str]:
    from ejournal.loading import sheets

    tables: list[Mapping[Any, tuple[str, ...]]] = [
        sheets.UNIT_KINDS,
        sheets.DEPARTMENT_KINDS,
        sheets.SEXES,
        sheets.LESSON_KINDS,
        sheets.CONTROL_FORMS,
        sheets.PARITIES,
    ]
    return {value: names[0] for words in tables for value, names in words.items() if isinstance(value, StrEnum)}


_WORDS = _words()


def key_shown(key: SheetKey, row: Any) -> str:
    """The key of a row with what makes it readable."""
    if isinstance(row, TimetableRow):
        return " · ".join([row.workload, WEEKDAYS[row.weekday][0], str(row.pair), PARITIES[row.parity][0]])
    if isinstance(row, SemesterRow):
        return f"{row.year}, {row.semester}"
    if isinstance(row, StudentRow):
        return f"{row.record_book} · {row.last_name} {row.first_name}"
    if key is SheetKey.TEACHERS:
        return f"{row.number} · {row.last_name} {row.first_name}"
    if isinstance(row, WorkloadRow):
        return f"{row.number} · {row.discipline} · {row.group}"
    return " · ".join(shown(getattr(row, name)) for name in SHEETS[key].key_fields)


def line_shown(number: str, slot: KnownSlot) -> str:
    parity = _WORDS.get(slot.parity, slot.parity)
    return " · ".join([number, WEEKDAYS[slot.weekday][0], str(slot.pair), parity, slot.room or "—"])


def gone_shown(key: SheetKey, number: str, known: Known) -> str:
    values = known.rows[key][number]
    if key in {SheetKey.STUDENTS, SheetKey.TEACHERS}:
        return f"{number} · {values['last_name']} {values['first_name']}"
    if key is SheetKey.WORKLOAD:
        group = known.groups[values["group"]]
        return f"{number} · {values['discipline']} · {group.names.get(values['year'], group.name)}"
    return number
