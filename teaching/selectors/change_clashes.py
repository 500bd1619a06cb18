"""What stands in the way of a lesson at a place, and which rooms are free then."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from teaching.enums import LessonState
from teaching.models import Lesson, LessonWorkload
from university.models import Room

GONE = [LessonState.CANCELLED, LessonState.NOT_HELD]


class ClashKind(StrEnum):
    TEACHER = "teacher"
    ROOM = "room"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Clash:
    """A lesson at the same time. `name` is the teacher's, the room's or the group's."""

    kind: ClashKind
    lesson_id: int
    starts_at: datetime
    name: str


def clashes_at(
    *,
    starts_at: datetime,
    ends_at: datetime,
    teacher_ids: Collection[int],
    room_id: int | None,
    group_ids: Collection[int],
    subgroup_ids: Collection[int] = (),
    leave_out_lesson_ids: Collection[int] = (),
) -> list[Clash]:
    """Lessons that want the same teacher, room or group at an overlapping time: one query.

    With `subgroup_ids` only these subgroups of the groups are busy then, and lessons of whole groups still clash.
    """
    mine = Q(lesson__teacher__in=teacher_ids) | Q(workload__course__group__in=group_ids)
    if room_id is not None:
        mine |= Q(lesson__room=room_id)
    rows = (
        LessonWorkload.objects.filter(mine, lesson__starts_at__lt=ends_at, lesson__ends_at__gt=starts_at)
        .exclude(lesson__state__in=GONE)
        .exclude(lesson__in=leave_out_lesson_ids)
        .select_related("lesson__teacher__user", "lesson__room", "workload__course__group")
        .order_by("lesson__starts_at", "lesson_id", "id")
    )
    found: dict[tuple[ClashKind, int, str], Clash] = {}
    for row in rows:
        lesson, group = row.lesson, row.workload.course.group
        reasons = []
        if lesson.teacher_id in teacher_ids:
            reasons.append((ClashKind.TEACHER, str(lesson.teacher)))
        if room_id is not None and lesson.room is not None and lesson.room_id == room_id:
            reasons.append((ClashKind.ROOM, lesson.room.code))
        is_other_subgroup = bool(subgroup_ids) and row.workload.subgroup_id is not None
        if group.pk in group_ids and (not is_other_subgroup or row.workload.subgroup_id in subgroup_ids):
            reasons.append((ClashKind.GROUP, group.name))
        for kind, name in reasons:
            found.setdefault((kind, lesson.pk, name), Clash(kind, lesson.pk, lesson.starts_at, name))
    return list(found.values())


def free_rooms(*, starts_at: datetime, ends_at: datetime) -> QuerySet[Room]:
    """Rooms in which no lesson is at that time, by building and number."""
    taken = Lesson.objects.filter(room=OuterRef("pk"), starts_at__lt=ends_at, ends_at__gt=starts_at).exclude(
        state__in=GONE
    )
    return Room.objects.exclude(Exists(taken)).order_by("building", "number", "code")
