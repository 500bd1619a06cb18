"""What a scan is judged by: the student, his lessons of the day, the windows, his recent tries. Read by hand, since a
scan has a budget of five queries in all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from attendance.rules.proof import way_of_proof
from attendance.rules.scans import TRY_WINDOW, Meeting, Place, Window
from ejournal.lib.clock import day_of
from teaching.enums import LessonState
from teaching.selectors.timetable import ATTENDING
from university.rules import resolve_settings

WINDOW_KEYS = ("scan_opens_minutes", "scan_present_minutes", "scan_late_minutes")
MODE_KEY = "qr_mode"


@dataclass(frozen=True, slots=True)
class Facts:
    """`student_id` None: the account is no student's. `tries`, `typed_tries`: refused ones of the last minute.
    `refused_before`: the answer that this claim got already, "" if none. `claimed`: the lesson at which it counted."""

    student_id: int | None
    tries: int
    typed_tries: int
    refused_before: str
    claimed: int | None
    meetings: Sequence[Meeting]


# One row at least: the account. Its lessons of the day stand beside it, those of other subgroups of his courses too.
# The units, last, are those of all groups that sit in the lesson, not of the student's alone.
_FACTS = """
WITH me AS (
    SELECT u.id AS user_id, s.id AS student_id
    FROM accounts_user u LEFT JOIN accounts_student s ON s.user_id = u.id WHERE u.id = %(user)s
), meeting AS (
    SELECT l.id, l.starts_at, l.ends_at, l.state::text, l.room_id, min(w.course_id) AS course_id,
           bool_or(w.subgroup_id IS NULL OR w.subgroup_id = e.subgroup_id) AS is_own
    FROM teaching_lesson l
    JOIN teaching_lessonworkload lw ON lw.lesson_id = l.id
    JOIN teaching_workload w ON w.id = lw.workload_id
    JOIN teaching_courseenrolment e ON e.course_id = w.course_id
     AND e.student_id = (SELECT student_id FROM me) AND e.basis = ANY (%(attending)s)
     AND e.starts_on <= %(day)s AND (e.ends_on IS NULL OR e.ends_on >= %(day)s)
    WHERE l.date = %(day)s {where}
    GROUP BY l.id
)
SELECT me.student_id,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(p.key, p.value, p.unit_id)
                        ORDER BY p.unit_id NULLS FIRST, p.valid_from), '[]')::text
        FROM university_policy p
        WHERE p.key IN ('scan_opens_minutes', 'scan_present_minutes', 'scan_late_minutes', 'qr_mode')
          AND p.valid_from <= %(day)s),
       tried.tries, tried.typed,
       (SELECT r.reason FROM attendance_refusedscan r WHERE r.nonce = %(nonce)s::uuid),
       coalesce((SELECT c.lesson_id FROM attendance_scan c WHERE c.nonce = %(nonce)s::uuid),
                (SELECT c.lesson_id FROM attendance_provenscan p JOIN attendance_scan c ON c.id = p.scan_id
                 WHERE p.nonce = %(nonce)s::uuid)),
       m.id, m.starts_at, m.ends_at, m.state, m.is_own, m.room_id, coalesce(ro.code, ''), d.name, g.unit_id, sc.at,
       NOT sc.is_proven AND NOT EXISTS (SELECT 1 FROM attendance_provenscan p WHERE p.scan_id = sc.id),
       (SELECT q.mode FROM attendance_qrsetting q WHERE q.lesson_id = m.id),
       (SELECT q.mode FROM attendance_qrsetting q WHERE q.room_id = m.room_id),
       (SELECT array_agg(sg.unit_id) FROM teaching_lessonworkload slw
        JOIN teaching_workload sw ON sw.id = slw.workload_id JOIN teaching_course sco ON sco.id = sw.course_id
        JOIN university_group sg ON sg.id = sco.group_id WHERE slw.lesson_id = m.id)
FROM me
CROSS JOIN LATERAL (
    SELECT count(*) AS tries, count(*) FILTER (WHERE r.method = 'typed') AS typed
    FROM attendance_refusedscan r WHERE r.user_id = me.user_id AND r.at > %(tried_since)s
) tried
LEFT JOIN meeting m ON true
LEFT JOIN teaching_course c ON c.id = m.course_id
LEFT JOIN university_discipline d ON d.id = c.discipline_id
LEFT JOIN university_group g ON g.id = c.group_id
LEFT JOIN university_room ro ON ro.id = m.room_id
LEFT JOIN attendance_scan sc ON sc.lesson_id = m.id AND sc.student_id = me.student_id
ORDER BY m.starts_at, m.id
"""

# In the room first: what counts is found there, by a short index; the whole day is read only to say why not.
_HERE = _FACTS.format(where="AND (l.room_id = %(room)s::bigint OR l.id = %(lesson)s::bigint)")
_EVERYWHERE = _FACTS.format(where="")


def facts_at(*, user_id: int, place: Place | None, moment: datetime, now: datetime, nonce: UUID | None = None) -> Facts:
    """The account and its lessons at a place, or, without one, of the whole day. One query."""
    day = day_of(moment)
    asked: dict[str, Any] = {
        "user": user_id,
        "day": day,
        "attending": [str(basis) for basis in ATTENDING],
        "nonce": nonce,
        "tried_since": now - TRY_WINDOW,
    }
    if place is not None:
        asked |= {"room": place.room_id, "lesson": place.lesson_id}
    with connection.cursor() as cursor:
        cursor.execute(_EVERYWHERE if place is None else _HERE, asked)
        rows = cursor.fetchall()
    if not rows:
        return Facts(None, 0, 0, "", None, [])
    student_id, policy_rows, tries, typed, refused_before, claimed = rows[0][:6]
    settings = json.loads(policy_rows)
    meetings = [_meeting(row[6:], settings) for row in rows if row[6] is not None]
    return Facts(student_id, tries, typed, refused_before or "", claimed, meetings)


def _values_of(settings: Sequence[tuple[str, Any, int | None]], unit_id: int) -> dict[str, Any]:
    """The settings of a unit's lessons by rows (key, value, unit) that come the university's first, old before new."""
    rows = [(key, value) for key, value, unit in settings if unit in (None, unit_id)]
    return resolve_settings(rows, *WINDOW_KEYS, MODE_KEY)


def _meeting(row: tuple[Any, ...], settings: Sequence[tuple[str, Any, int | None]]) -> Meeting:
    lesson_id, starts_at, ends_at, state, is_own, room_id, room, discipline, unit_id, *judged = row
    scanned_at, needs_proof, of_lesson, of_room, units = judged
    values = _values_of(settings, unit_id)
    return Meeting(
        lesson_id=lesson_id,
        starts_at=starts_at,
        ends_at=ends_at,
        is_off=state in (LessonState.CANCELLED, LessonState.NOT_HELD),
        is_own=is_own,
        room_id=room_id,
        room=room,
        discipline=discipline,
        window=Window(*(values[key] for key in WINDOW_KEYS)),
        mode=way_of_proof(
            lesson=of_lesson,
            room=of_room,
            units=(_values_of(settings, unit)[MODE_KEY] for unit in set(units)),
        ),
        scanned_at=scanned_at,
        needs_proof=bool(needs_proof),
    )
