"""What a cell takes and when: the journal's law on marks, given plain values. No Django, no database.

Rules return codes; `services` turn them into sentences. Sources: §3.5c, §3.5d, §3.5g, §4.3 and the marks API.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

ABSENT_SIGN = "кж"
PRESENT_SIGN = "+"
MAX_INT = 2**31 - 1
MAX_BIGINT = 2**63 - 1
MAX_LATE_MINUTES = 240
MAX_REASON = 300

_REQUIRED = {"lesson", "student", "version"}
_LONG_FORM = {"presence", "late_minutes", "grade", "makeup_on"}
_KNOWN = _REQUIRED | _LONG_FORM | {"value", "reason"}
_PRESENCES = {"present", "late", "absent"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell as the client wants it. `shorthand` is None for the long form."""

    lesson_id: int
    student_id: int
    version: int
    shorthand: str | None = None
    presence: str | None = None
    grade: int | None = None
    late_minutes: int | None = None
    makeup_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an entry was not taken; `detail` names the key for people who write programs."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MarkState:
    """What a row says; all None is "nobody has looked". The shape of what was before and what is wanted."""

    presence: str | None = None
    grade: int | None = None
    late_minutes: int | None = None
    makeup_on: date | None = None

    @property
    def is_empty(self) -> bool:
        return self.presence is None


EMPTY = MarkState()


def shorthand_of(state: MarkState) -> str:
    """The cell's text: «кж», a grade, «+» for present (or late) without a grade, nothing."""
    if state.presence is None:
        return ""
    if state.presence == "absent":
        return ABSENT_SIGN
    return PRESENT_SIGN if state.grade is None else str(state.grade)


def is_whole(value: object, low: int, high: int) -> bool:
    """Whether a JSON value is an integer between two bounds; true and false are not numbers here."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def read_entry(raw: Any, *, daily_grades: Collection[int]) -> Entry | Problem:
    """An entry from JSON, or why it is none: `malformed`, `both_forms`, `grade_not_allowed`.

    Nothing is trimmed, folded or rounded: exactly «кж», «0» … «5» (or the integers), «+» and the empty text.
    """
    if not isinstance(raw, Mapping):
        return Problem("malformed", "mark")
    unknown = set(raw) - _KNOWN
    if unknown or not set(raw) >= _REQUIRED:
        return Problem("malformed", ", ".join(sorted(unknown or _REQUIRED - set(raw))))
    for key, high in (("lesson", MAX_BIGINT), ("student", MAX_BIGINT), ("version", MAX_INT)):
        if not is_whole(raw[key], 0, high):
            return Problem("malformed", key)
    reason = raw.get("reason", "")
    if not isinstance(reason, str) or len(reason) > MAX_REASON or _CONTROL.search(reason):
        return Problem("malformed", "reason")
    place = {
        "lesson_id": raw["lesson"],
        "student_id": raw["student"],
        "version": raw["version"],
        "reason": reason.strip(),
    }
    if "value" in raw:
        if _LONG_FORM & set(raw):
            return Problem("both_forms", "value")
        return _read_shorthand(raw["value"], place, daily_grades)
    return _read_long_form(raw, place, daily_grades)


def _read_shorthand(value: Any, place: dict[str, Any], daily_grades: Collection[int]) -> Entry | Problem:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return Problem("malformed", "value")
    if value in (ABSENT_SIGN, PRESENT_SIGN, ""):
        return Entry(shorthand=str(value), **place)
    # The texts are listed, not converted: int() would take "٥", "５" and " 5".
    grade = next((grade for grade in daily_grades if value == grade or value == str(grade)), None)
    if grade is None:
        return Problem("grade_not_allowed", "value")
    return Entry(shorthand=str(grade), grade=grade, **place)


def _read_long_form(raw: Mapping[str, Any], place: dict[str, Any], daily_grades: Collection[int]) -> Entry | Problem:
    presence = raw.get("presence")
    if not isinstance(presence, str) or presence not in _PRESENCES:
        return Problem("malformed", "presence")
    minutes = raw.get("late_minutes")
    if minutes is not None and (presence != "late" or not is_whole(minutes, 1, MAX_LATE_MINUTES)):
        return Problem("malformed", "late_minutes")
    grade = raw.get("grade")
    if grade is not None:
        if isinstance(grade, bool) or not isinstance(grade, int):
            return Problem("malformed", "grade")
        if grade not in daily_grades:
            return Problem("grade_not_allowed", "grade")
    makeup_on = None
    if raw.get("makeup_on") is not None:
        makeup_on = _read_day(raw["makeup_on"])
        if makeup_on is None or presence != "absent" or grade is None:
            return Problem("malformed", "makeup_on")
    elif presence == "absent" and grade is not None:
        # An absence has a grade only as a make-up, and a make-up has its day (law 1).
        return Problem("malformed", "makeup_on")
    return Entry(presence=presence, grade=grade, late_minutes=minutes, makeup_on=makeup_on, **place)


def _read_day(value: Any) -> date | None:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def wanted_state(entry: Entry, before: MarkState) -> MarkState:
    """What the row shall say. A grade typed on a late row keeps late and its minutes."""
    if entry.shorthand is None:
        return MarkState(entry.presence, entry.grade, entry.late_minutes, entry.makeup_on)
    if entry.shorthand == "":
        return EMPTY
    if entry.shorthand == ABSENT_SIGN:
        return MarkState("absent")
    if entry.shorthand == PRESENT_SIGN:
        return MarkState("present")
    if before.presence == "late":
        return MarkState("late", entry.grade, before.late_minutes)
    return MarkState("present", entry.grade)


def is_makeup_only(before: MarkState, wanted: MarkState) -> bool:
    """Whether the change touches nothing but a make-up of an absence that was there already.

    Such a grade may be entered until the module closes, whatever the filling window.
    """
    return (
        before.presence == "absent"
        and wanted.presence == "absent"
        and wanted.makeup_on is not None
        and before != wanted
    )


def window_ends_on(lesson_day: date, *, window_days: int) -> date:
    """The last day on which a lesson may be filled (§4.3: the day of the lesson; the rest is the setting)."""
    return lesson_day + timedelta(days=window_days)


@dataclass(frozen=True, slots=True)
class CellFacts:
    """What the database says about one cell, read under the lock."""

    lesson_day: date
    lesson_starts_at: datetime
    lesson_state: str
    serves_journal: bool  # the lesson serves the journal named in the address
    is_enrolled: bool  # the student is on the roll of one of the lesson's workloads on that day
    may_write_workload: bool  # the user keeps the workload under which the student falls, or substitutes
    may_write_lesson: bool  # the user keeps the journal, or is the substitute of this lesson
    is_closed: bool
    before: MarkState
    version: int  # 0: no row
    has_excuse: bool = False  # a living excuse of the student has the day of the lesson in it
    is_reopened: bool = False  # an open reopening names this lesson and this student
    deadline: date | None = None  # the last day on which cells of the module are filled; None: no setting binds


def judge(
    entry: Entry,
    wanted: MarkState,
    facts: CellFacts,
    *,
    now: datetime,
    today: date,
    window_days: int,
    mark_changes: str = "reason",
) -> Problem | None:
    """Why a well-formed entry is refused, or None.

    First what is wrong whatever the time (422), then the closed module or its deadline (423), then the times and the
    reason (422), last the stale version (409): a lock says more than a window that is over too. A reopening lifts
    the module, its deadline and the window, and nothing else.
    """
    if not facts.serves_journal:
        return Problem("not_in_journal")
    if not facts.may_write_lesson:
        return Problem("not_your_lesson")
    if not facts.is_enrolled:
        return Problem("not_enrolled")
    if not facts.may_write_workload:
        return Problem("not_in_journal")
    if facts.lesson_state in {"cancelled", "not_held"}:
        return Problem("lesson_cancelled")
    past_deadline = facts.deadline is not None and today > facts.deadline
    if (facts.is_closed or past_deadline) and not facts.is_reopened:
        return Problem("module_closed")
    if now < facts.lesson_starts_at:
        return Problem("not_started")
    if wanted.makeup_on is not None and not facts.lesson_day <= wanted.makeup_on <= today:
        return Problem("makeup_day")
    is_free = facts.is_reopened or is_makeup_only(facts.before, wanted)
    if today > window_ends_on(facts.lesson_day, window_days=window_days) and not is_free:
        return Problem("window_over")
    changes = wanted != facts.before and not facts.before.is_empty and today > facts.lesson_day
    if changes and mark_changes == "appeal" and not is_free:
        return Problem("change_by_appeal")
    if changes and not entry.reason:
        return Problem("reason_missing")
    if entry.version != facts.version:
        return Problem("stale")
    return None


def days_late(*, lesson_day: date, taken_on: date) -> int:
    """How many days after the day of the lesson its roll was taken; 0 on its day, in time (§4.3)."""
    return max((taken_on - lesson_day).days, 0)


def is_overdue(*, ends_at: datetime, alarm_hours: int, now: datetime) -> bool:
    """Whether a lesson that is not filled should have been: `alarm_hours` have passed since its end (§4.3)."""
    return now >= ends_at + timedelta(hours=alarm_hours)
