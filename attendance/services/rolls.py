"""Taking the roll by scans: the teacher's one tap, through the journal's own way of saving marks (§3.5a–c, §4.2)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from attendance.selectors.roll import RollLine
from journal.enums import Presence, Source
from journal.services import SavedMarks, record_marks


@dataclass(frozen=True, slots=True)
class TakenRoll:
    """What became of the rows: those saved, and by student the code and the sentence of each that was not. `message`
    speaks of the whole where nothing was judged."""

    saved: int
    refused: dict[int, tuple[str, str]]
    statuses: frozenset[int]
    message: str = ""


def take_roll(
    *,
    journal_id: int,
    lines: Sequence[RollLine],
    entries: Sequence[dict[str, Any]],
    by: User,
    now: datetime,
    nonce: UUID,
) -> TakenRoll:
    """Save the rows as the teacher confirmed them: first marks that say what the scans say come from the scans, the
    others from the page; the history tells them apart.

    `entries` are those of the marks service. Each row is judged for itself: what is refused leaves the rest saved.
    The same form again gets the same answer, so what is asked here is not changed by its own marks.
    """
    by_scan: list[dict[str, Any]] = []
    by_hand: list[dict[str, Any]] = []
    by_student = {line.row.student_id: line.by_scan for line in lines}
    for entry in entries:
        proposal = by_student.get(entry["student"])
        says = (entry["version"], entry.get("presence"), entry.get("late_minutes"))
        is_proposed = proposal is not None and says == (0, proposal.presence, proposal.minutes)
        (by_scan if is_proposed else by_hand).append(entry)
    answers = []
    with transaction.atomic():
        for source, rows in ((Source.SCAN, by_scan), (Source.WEB, by_hand)):
            if rows:
                answers.append(_record(journal_id, rows, source, by=by, now=now, nonce=uuid5(nonce, source)))
    return _summed(answers)


def mark_present(*, journal_id: int, line: RollLine, by: User, now: datetime) -> TakenRoll:
    """A student is there without a telephone: the teacher saw him."""
    entry = {
        "lesson": line.lesson_id,
        "student": line.row.student_id,
        "version": line.row.version,
        "presence": Presence.PRESENT.value,
        "reason": _("present without a phone"),
    }
    if line.row.grade is not None and line.row.presence != Presence.ABSENT:
        entry["grade"] = line.row.grade
    return _summed([record_marks(journal_id=journal_id, raw_marks=[entry], by=by, now=now)])


def _record(
    journal_id: int, rows: list[dict[str, Any]], source: Source, *, by: User, now: datetime, nonce: UUID
) -> SavedMarks:
    return record_marks(
        journal_id=journal_id,
        raw_marks=rows,
        by=by,
        now=now,
        nonce=nonce,
        body_sha256=hashlib.sha256(json.dumps(rows).encode()).digest(),
        source=source,
    )


def _summed(answers: Sequence[SavedMarks]) -> TakenRoll:
    cells = [cell for answer in answers for cell in answer.answer.get("marks", ())]
    refused = {cell["student"]: (cell["code"], cell["message"]) for cell in cells if cell["status"] != 200}
    return TakenRoll(
        saved=sum(cell["status"] == 200 for cell in cells),
        refused=refused,
        statuses=frozenset(answer.status for answer in answers),
        message=next((answer.answer["message"] for answer in answers if "marks" not in answer.answer), ""),
    )
