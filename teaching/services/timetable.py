"""The lines of the timetable (§3.3, §3.5g). The lessons that follow from them stand in `timetable_lessons`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from teaching.models import LessonWorkload, Slot, Workload
from university.models import Room

BATCH = 2000


class Line(NamedTuple):
    """A line of the timetable by the workload's number and the room's code (empty: no room)."""

    workload: str
    weekday: int
    pair: int
    parity: str
    room: str


@dataclass(slots=True)
class TimetableChange:
    """What becomes of the lines in force: new ones, lines in another room, lines that end (by id)."""

    new: Sequence[Line] = ()
    moved: Sequence[tuple[int, str]] = ()
    ended: Sequence[int] = ()
    # Semesters that had no timetable before: their lines hold from the first day, even if that has passed.
    first_time: Collection[int] = ()


def change_timetable(change: TimetableChange, *, now: datetime) -> tuple[set[int], set[int]]:
    """Write the lines of the timetable from today on; from tomorrow, where a lesson of a changed workload has begun
    today. Under the semesters' exclusive locks.

    Returns the ids of the workloads concerned, for `generate_lessons`, and of lines that are to vanish: lessons may
    rest on them still, so call `drop_lines` with these afterwards.
    """
    numbers = {line.workload for line in change.new}
    workloads = {
        workload.number: workload
        for workload in Workload.objects.filter(number__in=numbers).select_related("course__semester")
    }
    rooms = dict(Room.objects.values_list("code", "id"))
    slots = Slot.objects.in_bulk([*change.ended, *(slot_id for slot_id, _ in change.moved)])
    concerned = {workload.pk for workload in workloads.values()} | {slot.workload_id for slot in slots.values()}
    from_day = first_free_day(concerned, now=now)

    # Lines that hold still, though the difference knows them as ended: the new one of the same key follows.
    staying = {
        (slot.workload_id, slot.weekday, slot.pair, slot.parity): slot
        for slot in Slot.objects.filter(workload__in=concerned, ends_on__gte=from_day)
        .exclude(pk__in=slots)
        .order_by("ends_on")
    }
    made: list[Slot] = []
    ended: list[Slot] = []
    in_place: list[Slot] = []
    revived: list[Slot] = []
    doomed: set[int] = set()
    for slot_id in change.ended:
        slot = slots[slot_id]
        if slot.starts_on < from_day:
            slot.ends_on = from_day - timedelta(days=1)
            ended.append(slot)
        else:
            doomed.add(slot_id)
    for slot_id, code in change.moved:
        slot = slots[slot_id]
        room_id = rooms[code] if code else None
        if slot.starts_on >= from_day:
            slot.room_id = room_id
            in_place.append(slot)
            continue
        made.append(
            Slot(
                workload_id=slot.workload_id,
                weekday=slot.weekday,
                pair=slot.pair,
                parity=slot.parity,
                room_id=room_id,
                starts_on=from_day,
                ends_on=slot.ends_on,
            )
        )
        slot.ends_on = from_day - timedelta(days=1)
        ended.append(slot)
    for line in change.new:
        workload = workloads[line.workload]
        semester = workload.course.semester
        is_first = semester.pk in change.first_time
        starts_on = semester.starts_on if is_first else max(from_day, semester.starts_on)
        before = staying.get((workload.pk, line.weekday, line.pair, line.parity))
        is_dropped = before is not None and before.starts_on == before.ends_on
        if before is not None and not is_dropped:
            starts_on = before.ends_on + timedelta(days=1)
        if starts_on > semester.ends_on:
            raise Refusal(
                _("The semester %(semester)s is over: its timetable does not change any more.")
                % {"semester": str(semester)},
                code="semester_over",
            )
        if before is not None and is_dropped:
            before.starts_on, before.ends_on = starts_on, semester.ends_on
            before.room_id = rooms[line.room] if line.room else None
            revived.append(before)
            continue
        made.append(
            Slot(
                workload=workload,
                weekday=line.weekday,
                pair=line.pair,
                parity=line.parity,
                room_id=rooms[line.room] if line.room else None,
                starts_on=starts_on,
                ends_on=semester.ends_on,
            )
        )
    Slot.objects.bulk_update(ended, ["ends_on"], batch_size=BATCH)
    Slot.objects.bulk_update(in_place, ["room"], batch_size=BATCH)
    Slot.objects.bulk_update(revived, ["starts_on", "ends_on", "room"], batch_size=BATCH)
    Slot.objects.bulk_create(made, batch_size=BATCH)
    return concerned, doomed


def first_free_day(workload_ids: Collection[int], *, now: datetime) -> date:
    """Today; tomorrow if a lesson of these workloads has begun today, since its line must stay under it."""
    today = day_of(now)
    begun = LessonWorkload.objects.filter(
        workload__in=workload_ids, lesson__date=today, lesson__starts_at__lte=now
    ).exists()
    return today + timedelta(days=1) if begun else today


def drop_lines(slot_ids: Collection[int]) -> None:
    """Take back lines that never came into force. A cancelled lesson that rests on one keeps it, for one day on which
    it does not meet; if the line comes back, it is that one."""
    slots = Slot.objects.filter(pk__in=slot_ids)
    slots.filter(lessons__isnull=True).delete()
    for slot in slots:
        # Never earlier than it began: its forerunner holds to the day before.
        meets_at_once = slot.starts_on.isoweekday() == slot.weekday
        slot.ends_on = slot.starts_on = slot.starts_on + timedelta(days=int(meets_at_once))
        slot.save(update_fields=["starts_on", "ends_on"])
