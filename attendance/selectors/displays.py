"""What a screen shows: the code of this step, its six characters, the lesson that is on or comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.crypto import salted_hmac

from attendance.models import Display
from attendance.rules.codes import seconds_left
from attendance.selectors.codes import Code, codes_of_rooms, link_of, meeting_code, needs_meeting_code
from ejournal.lib.clock import day_of
from ejournal.lib.qr import qr_svg
from teaching.models import Lesson
from university.models import Room

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
class Screen:
    """`address`: what the code says, "" where the auditorium has none yet. `next_step`: milliseconds until the next."""

    room: Room | None
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
        return salted_hmac(
            "attendance.screen", repr((self.room and self.room.code, self.address, self.lessons))
        ).hexdigest()


def display_of(token_hash: str) -> Display | None:
    return (
        Display.objects.filter(token_hash=token_hash, ended_at__isnull=True).select_related("room").first()
        if token_hash
        else None
    )


def screen_of_room(room: Room, *, base: str, now: datetime) -> Screen:
    """The screen of an auditorium. Three queries."""
    code = codes_of_rooms([room.pk], on=day_of(now)).get(room.pk)
    return _screen(room, code, _lessons_in(room.pk, now=now), base=base, now=now)


def screen_of_lesson(lesson: Lesson, *, base: str, now: datetime) -> Screen:
    """The teacher's screen: the auditorium's code, or the lesson's own where the auditorium does not tell it."""
    code = None
    if lesson.room_id is not None and not needs_meeting_code(lesson):
        code = codes_of_rooms([lesson.room_id], on=day_of(now)).get(lesson.room_id)
    code = code or meeting_code(lesson.pk, on=day_of(now))
    return _screen(lesson.room, code, _lesson(lesson.pk, now=now), base=base, now=now)


def _screen(room: Room | None, code: Code | None, lessons: list[ShownLesson], *, base: str, now: datetime) -> Screen:
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
