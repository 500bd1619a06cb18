"""What an order changed among the enrolments, exactly, so that it can be taken back exactly."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Model, Q

from accounts.models import GroupEnrolment
from teaching.models import CourseEnrolment

Row = dict[str, Any]
Snapshot = dict[str, dict[int, Row]]  # "places" or "courses", then the row's id
Undo = dict[str, dict[str, list[Any]]]

_TABLES: dict[str, type[Model]] = {"places": GroupEnrolment, "courses": CourseEnrolment}


def _rows(kind: str, condition: Q) -> dict[int, Row]:
    found: dict[int, Row] = {}
    for row in _TABLES[kind]._base_manager.filter(condition).order_by("id").values():
        found[row["id"]] = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()
        }
    return found


def take_snapshot(student_ids: Collection[int], *, since: date) -> Snapshot:
    """The enrolments of some students that hold on some day from `since` on, the day before included."""
    last_before = date.fromordinal(since.toordinal() - 1)
    condition = Q(student_id__in=student_ids) & (Q(ends_on__isnull=True) | Q(ends_on__gte=last_before))
    return {kind: _rows(kind, condition) for kind in _TABLES}


def no_difference() -> Undo:
    """Of a student for whom nothing changed."""
    return {name: {"made": [], "changed": [], "removed": []} for name in _TABLES}


def differences(before: Snapshot, after: Snapshot) -> dict[int, Undo]:
    """By student, the rows that were made, changed ([as it was, as it became]) and removed."""
    found: dict[int, Undo] = {}

    def of(student_id: int, kind: str) -> dict[str, list[Any]]:
        return found.setdefault(student_id, no_difference())[kind]

    for kind in _TABLES:
        old, new = before[kind], after[kind]
        for pk, row in new.items():
            if pk not in old:
                of(row["student_id"], kind)["made"].append(row)
            elif old[pk] != row:
                of(row["student_id"], kind)["changed"].append([old[pk], row])
        for pk, row in old.items():
            if pk not in new:
                of(row["student_id"], kind)["removed"].append(row)
    return found


def still_stands(undo: Undo) -> bool:
    """Whether all that was made and changed is there as it was left."""
    for kind in _TABLES:
        left = [*undo[kind]["made"], *(row for _, row in undo[kind]["changed"])]
        now = _rows(kind, Q(id__in=[row["id"] for row in left]))
        if any(now.get(row["id"]) != row for row in left):
            return False
    return True


def courses_touched(undo: Undo) -> set[int]:
    """The courses whose lists were changed."""
    rows = undo["courses"]
    return {row["course_id"] for row in [*rows["made"], *rows["removed"], *(row for _, row in rows["changed"])]}


def take_back(undo: Undo) -> None:
    """Undo it: what was made goes, what was changed is as before, what was removed is there again."""
    for kind, model in _TABLES.items():
        rows = undo[kind]
        model._base_manager.filter(id__in=[row["id"] for row in rows["made"]]).delete()
        for before, _ in rows["changed"]:
            model._base_manager.filter(id=before["id"]).update(**{k: v for k, v in before.items() if k != "id"})
        model._base_manager.bulk_create(
            [
                model(**{name: _value(name, value) for name, value in row.items() if name != "id"})
                for row in rows["removed"]
            ]
        )


def _value(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if value is not None and name in {"starts_on", "ends_on", "order_date"} else value
