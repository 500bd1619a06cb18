"""What a screen shows: the code of this step, its six characters, the lesson that is on or comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from attendance.models import Display, Scan
from attendance.selectors.codes import Code, codes_of_rooms, link_of, meeting_code, needs_meeting_code
from ejournal.lib.clock import day_of
from ejournal.lib.qr import qr_svg
from teaching.enums import LessonState
from teaching.models import Lesson, LessonWorkload
from university.models import Room


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
    """`svg` is empty where the auditorium has no code yet."""

    room: Room | None
    svg: str
    typed: str
    lessons: Sequence[ShownLesson]


def display_of(token_hash: str) -> Display | None:
    return (
        Display.objects.filter(token_hash=token_hash, ended_at__isnull=True).select_related("room").first()
        if token_hash
        else None
    )


def screen_of_room(room: Room, *, base: str, now: datetime) -> Screen:
    """The screen of an auditorium. A fixed number of queries."""
    code = codes_of_rooms([room.pk], on=day_of(now)).get(room.pk)
    lessons = Lesson.objects.filter(room=room, date=day_of(now), ends_at__gt=now).order_by("starts_at", "id")[:2]
    return _screen(room, code, lessons_shown(list(lessons), now=now), base=base, now=now)


def screen_of_lesson(lesson: Lesson, *, base: str, now: datetime) -> Screen:
    """The teacher's screen: the auditorium's code, or the lesson's own where the auditorium does not tell it."""
    code = None
    if lesson.room_id is not None and not needs_meeting_code(lesson):
        code = codes_of_rooms([lesson.room_id], on=day_of(now)).get(lesson.room_id)
    code = code or meeting_code(lesson.pk, on=day_of(now))
    return _screen(lesson.room, code, lessons_shown([lesson], now=now), base=base, now=now)


def _screen(room: Room | None, code: Code | None, lessons: list[ShownLesson], *, base: str, now: datetime) -> Screen:
    if code is None:
        return Screen(room, "", "", lessons)
    return Screen(room, qr_svg(f"{base.rstrip('/')}{link_of(code, now=now)}"), code.typed_now(now), lessons)


def lessons_shown(lessons: Sequence[Lesson], *, now: datetime) -> list[ShownLesson]:
    kept = [one for one in lessons if one.state not in (LessonState.CANCELLED, LessonState.NOT_HELD)]
    names: dict[int, tuple[str, list[str]]] = {}
    for lesson_id, discipline, group in (
        LessonWorkload.objects.filter(lesson__in=kept)
        .order_by("workload__course__group__sort_key", "id")
        .values_list("lesson_id", "workload__course__discipline__name", "workload__course__group__name")
    ):
        groups = names.setdefault(lesson_id, (discipline, []))[1]
        if group not in groups:
            groups.append(group)
    counts = scan_counts([one.pk for one in kept])
    return [
        ShownLesson(
            one.pk,
            one.starts_at,
            one.ends_at,
            *names.get(one.pk, ("", [])),
            is_on=one.starts_at <= now < one.ends_at,
            scans=counts.get(one.pk, 0),
        )
        for one in kept
    ]


def scan_counts(lesson_ids: Sequence[int]) -> dict[int, int]:
    """How many scanned at lessons; lessons without a scan are left out. One query."""
    rows = Scan.objects.filter(lesson__in=lesson_ids).values("lesson_id").annotate(count=Count("id"))
    return {row["lesson_id"]: row["count"] for row in rows}
