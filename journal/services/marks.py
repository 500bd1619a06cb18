"""Saving marks: the one way in, for the grid, the lesson page, a paste and the offline queue (marks-api.md)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection, transaction
from django.urls import reverse

from accounts.models import User
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from journal.enums import Source
from journal.errors import sentence
from journal.models import SavedNonce
from journal.rules import (
    CellFacts,
    Entry,
    MarkState,
    Problem,
    judge,
    read_entry,
    shorthand_of,
    wanted_state,
    window_ends_on,
)
from journal.selectors.rating_now import CourseNow, points_json, points_now
from journal.services import sql
from university.rules import resolve_settings

ALL_GRADES = range(6)
STATUS_OF = {"module_closed": 423, "stale": 409}


@dataclass(frozen=True, slots=True)
class SavedMarks:
    """The answer of the marks API: the HTTP status and the JSON body."""

    status: int
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Cell:
    """One entry with what the database says about it."""

    entry: Entry
    facts: CellFacts
    workload_id: int | None
    course_id: int | None
    closed_at: datetime | None
    closed_by: str
    changed_by: str
    changed_at: datetime | None


class _NonceTaken(Exception):
    """Another request with this nonce was faster; nothing of this one is kept."""


def record_marks(
    *,
    journal_id: int,
    raw_marks: Sequence[Any],
    by: User,
    now: datetime,
    nonce: UUID | None = None,
    body_sha256: bytes = b"",
    source: Source = Source.WEB,
) -> SavedMarks:
    """Judge each cell, save the good ones in one statement, answer for every one of them.

    `raw_marks` are the entries as JSON gives them (see `rules.read_entry`). `by` must be allowed to write in the
    journal (the door saw to it); what he may write in it is judged here, cell by cell, under the locks of the
    courses that the lessons serve. `nonce` binds the answer to the user and to the body: the same again gets
    the stored answer, another body is refused with `nonce_reused`. `source` is a correction where an appeal was
    granted; nobody sends it. §3.5a–d, §3.5g, §4.3.
    """
    try:
        with transaction.atomic():
            return _record(
                journal_id=journal_id,
                raw_marks=raw_marks,
                by=by,
                now=now,
                nonce=nonce,
                body_sha256=body_sha256,
                source=source,
            )
    except _NonceTaken:
        assert nonce is not None
        kept = SavedNonce.objects.get(user=by, nonce=nonce)
        return _repeated(bytes(kept.body_sha256), kept.status, kept.answer, body_sha256)


def _repeated(kept_sha256: bytes, status: int, answer: dict[str, Any], body_sha256: bytes) -> SavedMarks:
    if kept_sha256 != body_sha256:
        return SavedMarks(422, {"code": "nonce_reused", "message": sentence("nonce_reused")})
    return SavedMarks(status, answer)


def _record(
    *,
    journal_id: int,
    raw_marks: Sequence[Any],
    by: User,
    now: datetime,
    nonce: UUID | None,
    body_sha256: bytes,
    source: Source,
) -> SavedMarks:
    today = day_of(now)
    read = [read_entry(raw, daily_grades=ALL_GRADES) for raw in raw_marks]
    entries = [entry for entry in read if isinstance(entry, Entry)]
    lesson_ids = sorted({entry.lesson_id for entry in entries})
    with connection.cursor() as cursor:
        # The locks first, then everything that is judged: what was read before a lock may be yesterday's.
        cursor.execute(sql.SHARE_LOCKS, {"journal": journal_id, "lessons": lesson_ids})
        cursor.execute(
            sql.READ_CELLS,
            {
                "journal": journal_id,
                "user": by.id,
                "today": today,
                "now": now,
                "lessons": [entry.lesson_id for entry in entries],
                "students": [entry.student_id for entry in entries],
                "nonce": nonce,
            },
        )
        rows = cursor.fetchall()
        policy_rows, kept = _json(rows[0][1]), _json(rows[0][2])
        if kept is not None:
            return _repeated(bytes.fromhex(kept["sha256"]), kept["status"], kept["answer"], body_sha256)
        settings = resolve_settings(policy_rows, "filling_window_days", "daily_grades", "mark_changes")
        cells = iter([_cell(entry, row) for entry, row in zip(entries, rows[1:], strict=True)])

        answers: list[dict[str, Any]] = []
        good: list[tuple[int, _Cell, MarkState]] = []
        course_of: dict[int, int] = {}  # by student, the course in which he is answered for
        seen: set[tuple[int, int]] = set()
        for raw, item in zip(raw_marks, read, strict=True):
            place = _place(raw)
            if isinstance(item, Problem):
                answers.append(_refused(place, item.code, detail=item.detail))
                continue
            cell = next(cells)
            wanted = wanted_state(item, cell.facts.before)
            problem = (
                Problem("duplicate")
                if (item.lesson_id, item.student_id) in seen
                else Problem("grade_not_allowed")
                if item.grade is not None and item.grade not in settings["daily_grades"]
                else judge(
                    item,
                    wanted,
                    cell.facts,
                    now=now,
                    today=today,
                    window_days=settings["filling_window_days"],
                    # A correction is what an appeal gave: the setting waits for exactly that.
                    mark_changes="reason" if source == Source.CORRECTION else settings["mark_changes"],
                )
            )
            seen.add((item.lesson_id, item.student_id))
            if problem is not None:
                answers.append(_refused_cell(place, problem.code, cell, journal_id, settings["filling_window_days"]))
                continue
            answers.append(_taken(place, wanted, cell.facts.version, has_excuse=cell.facts.has_excuse))
            if cell.course_id is not None:
                course_of.setdefault(item.student_id, cell.course_id)
            if wanted != cell.facts.before:
                good.append((len(answers) - 1, cell, wanted))

        if good:
            _write(cursor, good, answers, by=by, now=now, source=source)
        status = _overall(answers)
        touched = {answer["student"] for answer in answers if answer["status"] == 200}
        cursor.execute(
            sql.FINISH,
            {
                "now": now,
                "lessons": sorted({cell.entry.lesson_id for _, cell, _ in good}),
                "students": sorted(touched),
                "workloads": sorted({journal_id} | {cell.workload_id for _, cell, _ in good if cell.workload_id}),
            },
        )
        totals, taken = cursor.fetchone()
        # After the rolls: a lesson counts as held from the write on that completes its roll.
        points = points_now(sorted(set(course_of.values())), students=sorted(touched), on=today)
        answer: dict[str, Any] = {
            "saved_at": now.isoformat(),
            "marks": answers,
            # With these the lessons became held ones: it moves everybody's points.
            "taken": taken,
            "totals": [{**total, "points": _points_of(total["student"], course_of, points)} for total in _json(totals)],
        }
        if nonce is not None:
            cursor.execute(
                sql.KEEP,
                {
                    "nonce": nonce,
                    "user": by.id,
                    "sha256": body_sha256,
                    "answer": json.dumps(answer),
                    "status": status,
                    "now": now,
                },
            )
            if cursor.rowcount == 0:
                raise _NonceTaken
    return SavedMarks(status, answer)


def _points_of(student_id: int, course_of: dict[int, int], points: dict[int, CourseNow]) -> dict[str, Any] | None:
    course_id = course_of.get(student_id)
    return None if course_id is None else points_json(course_id, points.get(course_id), student_id)


def _json(value: Any) -> Any:
    """A jsonb column of a raw cursor: Django leaves it as text there."""
    return json.loads(value) if isinstance(value, str) else value


def _place(raw: Any) -> dict[str, Any]:
    """Lesson and student as they were sent, so that a client finds the cell of a malformed entry."""
    if not isinstance(raw, dict):
        return {"lesson": None, "student": None}
    return {
        key: raw.get(key) if isinstance(raw.get(key), int) and not isinstance(raw.get(key), bool) else None
        for key in ("lesson", "student")
    }


def _cell(entry: Entry, row: tuple[Any, ...]) -> _Cell:
    (
        lesson_day,
        starts_at,
        state,
        serves,
        may_write_lesson,
        workload_id,
        course_id,
        may_write_workload,
        version,
        presence,
        grade,
        late_minutes,
        makeup_on,
        changed_by,
        changed_at,
        closed_at,
        closed_by,
        has_excuse,
        is_reopened,
        deadline,
    ) = row[3:]
    facts = CellFacts(
        lesson_day=lesson_day,
        lesson_starts_at=starts_at,
        lesson_state=state,
        serves_journal=bool(serves),
        is_enrolled=workload_id is not None,
        may_write_workload=bool(may_write_workload),
        may_write_lesson=bool(may_write_lesson),
        is_closed=closed_at is not None,
        before=MarkState(presence, grade, late_minutes, makeup_on),
        version=version or 0,
        has_excuse=bool(has_excuse),
        is_reopened=bool(is_reopened),
        deadline=deadline,
    )
    return _Cell(entry, facts, workload_id, course_id, closed_at, closed_by or "", changed_by or "", changed_at)


def _mark_json(state: MarkState, version: int) -> dict[str, Any]:
    return {
        "version": version,
        "value": shorthand_of(state),
        "presence": state.presence,
        "grade": state.grade,
        "late_minutes": state.late_minutes,
        "makeup_on": state.makeup_on.isoformat() if state.makeup_on else None,
    }


def _taken(place: dict[str, Any], state: MarkState, version: int, *, has_excuse: bool) -> dict[str, Any]:
    # A saved cell lies under no closed module: what an excuse reaches, the trigger has covered.
    excused = has_excuse and state.presence == "absent"
    return {**place, **_mark_json(state, version), "excused": excused, "status": 200}


def _refused(place: dict[str, Any], code: str, **facts: Any) -> dict[str, Any]:
    return {**place, "status": STATUS_OF.get(code, 422), "code": code, "message": sentence(code, **facts)}


def _refused_cell(place: dict[str, Any], code: str, cell: _Cell, journal_id: int, window_days: int) -> dict[str, Any]:
    if code == "module_closed":
        deadline = cell.facts.deadline
        return {
            **_refused(place, code, closed_at=cell.closed_at, closed_by=cell.closed_by, deadline=deadline),
            "closed_at": cell.closed_at.isoformat() if cell.closed_at else None,
            "closed_by": cell.closed_by,
            "deadline": deadline.isoformat() if deadline else None,
            "ask": _ask(journal_id, cell),
        }
    if code == "window_over":
        last = window_ends_on(cell.facts.lesson_day, window_days=window_days)
        return {
            **_refused(place, code, window_ends_on=last),
            "window_ended_on": last.isoformat(),
            "ask": _ask(journal_id, cell),
        }
    if code == "not_started":
        return _refused(place, code, starts_at=cell.facts.lesson_starts_at)
    if code == "stale":
        current = {
            **_mark_json(cell.facts.before, cell.facts.version),
            "by": cell.changed_by,
            "at": cell.changed_at.isoformat() if cell.changed_at else None,
        }
        if cell.changed_at is None:
            return {**_refused(place, "malformed", detail="version"), "status": 409, "code": code, "current": current}
        return {**_refused(place, code, who=cell.changed_by, at=cell.changed_at), "current": current}
    return _refused(place, code)


def _ask(journal_id: int, cell: _Cell) -> str:
    """Where to ask for the reopening of a cell."""
    query = urlencode({"lesson": cell.entry.lesson_id, "student": cell.entry.student_id})
    return f"{reverse('reopening_new', args=[journal_id])}?{query}"


def _write(
    cursor: Any,
    good: list[tuple[int, _Cell, MarkState]],
    answers: list[dict[str, Any]],
    *,
    by: User,
    now: datetime,
    source: Source,
) -> None:
    """Upsert the good cells in one statement; a cell that changed since the read (two pages at once) is stale."""
    cursor.execute(
        sql.UPSERT,
        {
            "lessons": [cell.entry.lesson_id for _, cell, _ in good],
            "students": [cell.entry.student_id for _, cell, _ in good],
            "workloads": [cell.workload_id for _, cell, _ in good],
            "presences": [wanted.presence for _, _, wanted in good],
            "grades": [wanted.grade for _, _, wanted in good],
            "minutes": [wanted.late_minutes for _, _, wanted in good],
            "makeups": [wanted.makeup_on for _, _, wanted in good],
            "versions": [cell.facts.version + 1 for _, cell, _ in good],
            "reasons": [cell.entry.reason for _, cell, _ in good],
            # What a reopening lets pass says so in the history; the trigger asks for it too.
            "sources": [(Source.CORRECTION if cell.facts.is_reopened else source).value for _, cell, _ in good],
            "by": by.id,
            "now": now,
            "request": request_id(),
        },
    )
    written = {(lesson, student): version for lesson, student, version in cursor.fetchall()}
    lost = []
    for position, cell, wanted in good:
        place = {"lesson": cell.entry.lesson_id, "student": cell.entry.student_id}
        version = written.get((cell.entry.lesson_id, cell.entry.student_id))
        if version is None:
            lost.append((position, cell, place))
        else:
            answers[position] = _taken(place, wanted, version, has_excuse=cell.facts.has_excuse)
    for position, cell, place in lost:
        cursor.execute(sql.READ_MARK, [cell.entry.lesson_id, cell.entry.student_id])
        version, presence, grade, minutes, makeup_on, changed_by, changed_at = cursor.fetchone()
        answers[position] = {
            **_refused(place, "stale", who=changed_by, at=changed_at),
            "current": {
                **_mark_json(MarkState(presence, grade, minutes, makeup_on), version),
                "by": changed_by,
                "at": changed_at.isoformat(),
            },
        }
    good[:] = [item for item in good if answers[item[0]]["status"] == 200]


def _overall(answers: list[dict[str, Any]]) -> int:
    """200 if all were saved, else the first of 422, 423, 409 that occurs."""
    statuses = {answer["status"] for answer in answers}
    return next((status for status in (422, 423, 409) if status in statuses), 200)
