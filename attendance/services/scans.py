"""Recording a scan: judged by one read, kept by one write; no lock on the lesson, repeats are harmless (§4.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from attendance.enums import ScanCode, ScanMethod, ScanProof
from attendance.errors import sentence
from attendance.models import RefusedScan
from attendance.rules.scans import SCAN_TRIES, TYPED_TRIES, Found, Meeting, Place, judge_scan, status_of
from attendance.selectors.codes import TypedCode, typed_codes_of
from attendance.selectors.scans import Facts, facts_at
from attendance.services.claims import Claim, make_claim
from ejournal.lib.context import request_id
from ejournal.lib.locks import own_typing

# Known at once, by the lessons in the room alone.
GOOD = (ScanCode.COUNTED, ScanCode.LATE, ScanCode.ALREADY, ScanCode.TWO_FIT)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a scan: the stable code, the sentence, the lesson that it speaks of, those to choose from.

    `claim`: of a typed code that fits two lessons, by which the choice is then made.
    """

    code: ScanCode
    message: str
    meeting: Meeting | None = None
    choices: Sequence[Meeting] = ()
    is_proven: bool = True
    claim: Claim | None = None

    @property
    def status(self) -> int:
        return status_of(self.code)


def answer_of(found: Found, *, proof: ScanProof = ScanProof.NOW) -> Answer:
    """A finding with its sentence in the reader's language."""
    meeting = found.meeting
    words = _words(found.code, meeting)
    is_proven = meeting is None or meeting.is_proven_by(proof)
    if meeting is not None and found.code == ScanCode.ALREADY:
        is_proven = not meeting.needs_proof
    if not is_proven and found.code in (ScanCode.COUNTED, ScanCode.LATE):
        words = f"{words} {sentence('unproven')}"
    return Answer(found.code, words, meeting, found.choices, is_proven)


def _words(code: ScanCode, meeting: Meeting | None) -> str:
    if meeting is None:
        return sentence(code)
    return sentence(
        "already_unproven" if code == ScanCode.ALREADY and meeting.needs_proof else code,
        discipline=meeting.discipline,
        room=meeting.room,
        starts_at=meeting.starts_at,
        opens_at=meeting.window.opens_at(meeting.starts_at),
        closes_at=meeting.window.closes_at(meeting.starts_at),
    )


def plain_answer(code: ScanCode) -> Answer:
    """An answer that speaks of no lesson."""
    return Answer(code, sentence(code))


def find_lesson(*, user_id: int, claim: Claim, now: datetime, chosen: int | None = None) -> tuple[Facts, Found]:
    """The account's facts and what its claim is worth. One query where it counts, two where it is refused."""
    facts = facts_at(user_id=user_id, place=claim.place, moment=claim.moment, now=now, nonce=claim.key)
    found = _judge(facts, claim, chosen)
    if found.code in GOOD or facts.student_id is None:
        return facts, found
    day = facts_at(user_id=user_id, place=None, moment=claim.moment, now=now, nonce=claim.key)
    return day, _judge(day, claim, chosen)


def _judge(facts: Facts, claim: Claim, chosen: int | None) -> Found:
    return judge_scan(facts.meetings, place=claim.place, proof=claim.proof, moment=claim.moment, chosen=chosen)


def preview_scan(*, user_id: int, claim: Claim, now: datetime) -> Answer:
    """What a scan would be worth: for the page, which writes nothing."""
    facts, found = find_lesson(user_id=user_id, claim=claim, now=now)
    if facts.student_id is None:
        return plain_answer(ScanCode.NOT_A_STUDENT)
    return answer_of(found, proof=claim.proof)


def record_scan(*, by: User, claim: Claim, now: datetime, on_campus: bool | None, chosen: int | None = None) -> Answer:
    """Record what a proven code gives `by`, whose claim it is: one row, of a scan that counted, of the proof that a
    scan by the printed code lacked, or of a refused one.

    The same claim again writes nothing: a scan that counted is `already`, a refusal is said again. A claim that
    counted at one lesson is worth nothing at another. `chosen` is the lesson named where two fit.
    """
    facts, found = find_lesson(user_id=by.id, claim=claim, now=now, chosen=chosen)
    if facts.tries >= SCAN_TRIES:
        return plain_answer(ScanCode.TOO_OFTEN)
    if facts.student_id is None:
        found = Found(ScanCode.NOT_A_STUDENT)
    if facts.refused_before:
        code = ScanCode(facts.refused_before)
        return answer_of(found) if found.code == code else plain_answer(code)
    if facts.claimed is not None and (found.meeting is None or found.meeting.lesson_id != facts.claimed):
        return refuse_scan(by=by, code=ScanCode.CODE_OLD, now=now, claim=None, on_campus=on_campus, device=claim.device)
    return _settle(facts, found, by=by, claim=claim, now=now, on_campus=on_campus)


def _settle(facts: Facts, found: Found, *, by: User, claim: Claim, now: datetime, on_campus: bool | None) -> Answer:
    """Write what was found: a scan, a refusal, or nothing where it is known already or must be asked."""
    if found.code in (ScanCode.COUNTED, ScanCode.LATE) and found.meeting is not None:
        return _count(facts, found, by=by, claim=claim, now=now, on_campus=on_campus)
    if found.code in GOOD:
        return answer_of(found)
    return refuse_scan(
        by=by, code=found.code, now=now, claim=claim, on_campus=on_campus, device=claim.device, about=found
    )


_COLUMNS = "at, recorded_at, is_late, method, proof, device, on_campus, nonce, request_id"
_VALUES = (
    "%(at)s, %(now)s, %(late)s, %(method)s, %(proof)s, %(device)s, %(on_campus)s::boolean, %(nonce)s::uuid,"
    " %(request)s::uuid"
)
_INSERT = f"""
INSERT INTO attendance_scan (lesson_id, student_id, room_id, is_proven, {_COLUMNS})
VALUES (%(lesson)s, %(student)s, %(room)s, %(proven)s, {_VALUES})
ON CONFLICT DO NOTHING
RETURNING id
"""  # noqa: S608 -- our own words
_PROVE = f"""
INSERT INTO attendance_provenscan (scan_id, {_COLUMNS})
SELECT s.id, {_VALUES}
FROM attendance_scan s WHERE s.lesson_id = %(lesson)s AND s.student_id = %(student)s AND NOT s.is_proven
ON CONFLICT DO NOTHING
RETURNING id
"""  # noqa: S608 -- our own words


def _count(facts: Facts, found: Found, *, by: User, claim: Claim, now: datetime, on_campus: bool | None) -> Answer:
    """The row of a scan, or, of one that showed the printed code alone, that of its proof."""
    meeting = found.meeting
    assert meeting is not None
    row: dict[str, Any] = {
        "lesson": meeting.lesson_id,
        "student": facts.student_id,
        "room": meeting.room_id,
        "at": claim.moment,
        "now": now,
        "late": found.code == ScanCode.LATE,
        "proven": meeting.is_proven_by(claim.proof),
        "method": claim.method,
        "proof": claim.proof,
        "device": claim.device,
        "on_campus": on_campus,
        "nonce": claim.key,
        "request": request_id(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PROVE if meeting.needs_proof else _INSERT, row)
        if cursor.fetchone() is not None:
            return answer_of(found, proof=claim.proof)
    # Somebody was faster: this student at this lesson, or this claim elsewhere.
    again = facts_at(user_id=by.id, place=claim.place, moment=claim.moment, now=now, nonce=claim.key)
    fresh = next((one for one in again.meetings if one.lesson_id == meeting.lesson_id and one.scanned_at), None)
    if fresh is None:
        return refuse_scan(by=by, code=ScanCode.CODE_OLD, now=now, claim=None, on_campus=on_campus, device=claim.device)
    if fresh.is_at_last_proven_by(claim.proof) and not meeting.needs_proof and again.claimed is None:
        # The printed code came in between: what was to be the scan is its proof.
        return _count(again, replace(found, meeting=fresh), by=by, claim=claim, now=now, on_campus=on_campus)
    return answer_of(Found(ScanCode.ALREADY, fresh))


def refuse_scan(
    *,
    by: User,
    code: ScanCode,
    now: datetime,
    claim: Claim | None,
    on_campus: bool | None,
    device: str,
    method: ScanMethod = ScanMethod.CAMERA,
    about: Found | None = None,
) -> Answer:
    """Keep a refusal with its reason; once for a claim, however often it is sent."""
    meeting = about.meeting if about is not None else None
    RefusedScan.objects.bulk_create(
        [
            RefusedScan(
                user=by,
                lesson_id=meeting.lesson_id if meeting is not None else None,
                room_id=claim.room if claim is not None else None,
                at=now,
                reason=code,
                method=claim.method if claim is not None else method,
                device=device,
                on_campus=on_campus,
                nonce=claim.key if claim is not None else None,
                request_id=request_id(),
            )
        ],
        ignore_conflicts=True,
    )
    return Answer(code, _words(code, meeting), meeting)


def refuse_without_claim(*, by: User, code: ScanCode, now: datetime, on_campus: bool | None, device: str) -> Answer:
    """A request that shows no living claim of its own: an old page, a foreign cookie, a program that guesses."""
    facts = facts_at(user_id=by.id, place=Place(), moment=now, now=now)
    if facts.tries >= SCAN_TRIES:
        return plain_answer(ScanCode.TOO_OFTEN)
    if facts.student_id is None:
        code = ScanCode.NOT_A_STUDENT
    return refuse_scan(by=by, code=code, now=now, claim=None, on_campus=on_campus, device=device)


def record_typed(*, by: User, typed: str, device: str, now: datetime, on_campus: bool | None) -> Answer:
    """Six characters typed from the display: valid for the student's own lessons of now and nowhere else.

    Five wrong tries a minute; tries of one account stand in line, so that sixteen at once see each other.
    """
    with transaction.atomic():
        own_typing(by.id)
        facts = facts_at(user_id=by.id, place=None, moment=now, now=now)
        if facts.typed_tries >= TYPED_TRIES or facts.tries >= SCAN_TRIES:
            return plain_answer(ScanCode.TOO_OFTEN)
        near = [one for one in facts.meetings if one.is_own and not one.is_off and one.window.holds(one.starts_at, now)]
        fits = _typed_at(near, typed, now=now)
        if fits is None:
            return refuse_scan(
                by=by,
                code=_why_not(facts, is_near=bool(near)),
                now=now,
                claim=None,
                on_campus=on_campus,
                device=device,
                method=ScanMethod.TYPED,
            )
        claim = make_claim(
            public=fits.public,
            place=Place(fits.room_id, fits.lesson_id),
            proof=fits.proof,
            method=ScanMethod.TYPED,
            device=device,
            now=now,
        ).bound_to(by.id)
        answer = _settle(facts, _judge(facts, claim, None), by=by, claim=claim, now=now, on_campus=on_campus)
        return replace(answer, claim=claim) if answer.code == ScanCode.TWO_FIT else answer


def _why_not(facts: Facts, *, is_near: bool) -> ScanCode:
    if facts.student_id is None:
        return ScanCode.NOT_A_STUDENT
    return ScanCode.CODE_OLD if is_near else ScanCode.NO_LESSON


def _typed_at(meetings: Iterable[Meeting], typed: str, *, now: datetime) -> TypedCode | None:
    meetings = list(meetings)
    codes = typed_codes_of(
        room_ids={one.room_id for one in meetings if one.room_id is not None},
        lesson_ids={one.lesson_id for one in meetings},
        now=now,
    )
    return next((code for code in codes if code.is_said_by(typed)), None)
