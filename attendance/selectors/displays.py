"""What a screen shows: the code of this step, its six characters, the lesson that is on or comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.crypto import salted_hmac

from attendance.rules.codes import seconds_left
from attendance.selectors.codes import (
    CODE_COLUMNS,
    Code,
    code_of,
    codes_of_rooms,
    link_of,
    meeting_code,
    needs_meeting_code,
)
from ejournal.lib.clock import day_of
from ejournal.lib.qr import qr_svg
from teaching.models import Lesson

WITHOUT_CODE = 15_000  # milliseconds after which a screen without a code asks anew


@dataclass(frozen=True, slots=True)
class ShownLesson:
    id: int
    starts_at: datetime
    ends_at: datetime
    discipline: str
    groups: Sequence[str]
    is_on: bool
    scans: int


@dataclass(frozen=True, slots=True)
class PairedDisplay:
    """A living display and its auditorium; `code` is None where that has none yet."""

    id: int
    name: str
    last_seen_at: datetime | None
    room_id: int
    room: str
    code: Code | None


@dataclass(frozen=True, slots=True)
class Screen:
    """`room`: the auditorium's name, "" for a lesson without one. `address`: what the code says, "" where the
    auditorium has none yet. `next_step`: milliseconds until the next."""

    room: str
    address: str
    typed: str
    next_step: int
    lessons: Sequence[ShownLesson]

    @property
    def svg(self) -> str:
        return qr_svg(self.address) if self.address else ""

    @property
    def tag(self) -> str:
        """Changes with anything that the screen shows."""
        return salted_hmac("attendance.screen", repr((self.room, self.address, self.lessons))).hexdigest()


_PAIRED = f"""
SELECT d.id, d.name, d.last_seen_at, r.id, r.code, {CODE_COLUMNS}
FROM attendance_display d JOIN university_room r ON r.id = d.room_id
LEFT JOIN attendance_roomcode c ON c.room_id = r.id AND c.ended_at IS NULL
WHERE d.token_hash = %(token)s AND d.token_hash <> '' AND d.ended_at IS NULL
"""  # noqa: S608 -- our own words


def display_of(token_hash: str, *, on: date) -> PairedDisplay | None:
    """The living display that has a key, with the code of its auditorium. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PAIRED, {"token": token_hash, "day": on})
        row = cursor.fetchone()
    if row is None:
        return None
    display_id, name, last_seen_at, room_id, room, public, secret, _, seconds = row
    code = None if public is None else code_of(public, secret, room_id, seconds)
    return PairedDisplay(display_id, name, last_seen_at, room_id, room, code)


def screen_of_display(display: PairedDisplay, *, base: str, now: datetime) -> Screen:
    """The screen of an auditorium. One query."""
    return _screen(display.room, display.code, _lessons_in(display.room_id, now=now), base=base, now=now)


def screen_of_lesson(lesson: Lesson, *, base: str, now: datetime) -> Screen:
    """The teacher's screen: the auditorium's code, or the lesson's own where the auditorium does not tell it."""
    code = None
    if lesson.room_id is not None and not needs_meeting_code(lesson):
        code = codes_of_rooms([lesson.room_id], on=day_of(now)).get(lesson.room_id)
    code = code or meeting_code(lesson.pk, on=day_of(now))
    return _screen(lesson.room.code if lesson.room else "", code, _lesson(lesson.pk, now=now), base=base, now=now)


def _screen(room: str, code: Code | None, lessons: list[ShownLesson], *, base: str, now: datetime) -> Screen:
    if code is None:
        return Screen(room, "", "", WITHOUT_CODE, lessons)
    left = int(seconds_left(now, code.step_seconds, code.subject) * 1000)
    return Screen(room, f"{base.rstrip('/')}{link_of(code, now=now)}", code.typed_now(now), left, lessons)


# By hand: hundreds of screens ask it in every step.
_LESSONS = """
SELECT l.id, l.starts_at, l.ends_at, (SELECT count(*) FROM attendance_scan s WHERE s.lesson_id = l.id),
       coalesce((array_agg(d.name ORDER BY g.sort_key, lw.id))[1], ''),
       coalesce(array_agg(g.name ORDER BY g.sort_key, lw.id) FILTER (WHERE g.id IS NOT NULL), '{{}}')
FROM (SELECT id, starts_at, ends_at FROM teaching_lesson WHERE state NOT IN ('cancelled', 'not_held') AND {which}) l
LEFT JOIN teaching_lessonworkload lw ON lw.lesson_id = l.id
LEFT JOIN teaching_workload w ON w.id = lw.workload_id
LEFT JOIN teaching_course c ON c.id = w.course_id
LEFT JOIN university_discipline d ON d.id = c.discipline_id
LEFT JOIN university_group g ON g.id = c.group_id
GROUP BY l.id, l.starts_at, l.ends_at ORDER BY l.starts_at, l.id
"""
_IN_ROOM = _LESSONS.format(
    which="room_id = %(room)s AND date = %(day)s AND ends_at > %(now)s ORDER BY starts_at, id LIMIT 2"
)
_ONE = _LESSONS.format(which="id = %(lesson)s")


def _lessons_in(room_id: int, *, now: datetime) -> list[ShownLesson]:
    """The lesson that is on in a room, and the next: two at most. One query."""
    return _shown(_IN_ROOM, {"room": room_id, "day": day_of(now), "now": now}, now=now)


def _lesson(lesson_id: int, *, now: datetime) -> list[ShownLesson]:
    return _shown(_ONE, {"lesson": lesson_id}, now=now)


def _shown(statement: str, asked: dict[str, Any], *, now: datetime) -> list[ShownLesson]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        rows = cursor.fetchall()
    return [
        ShownLesson(
            lesson_id, starts_at, ends_at, discipline, list(dict.fromkeys(groups)), starts_at <= now < ends_at, scans
        )
        for lesson_id, starts_at, ends_at, scans, discipline, groups in rows
    ]
