"""A line of the timetable changes from a day on: another weekday, pair, parity or room; it ends; one is added."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import own_semesters
from teaching.enums import ChangeKind, WeekParity
from teaching.models import LessonChange, LessonWorkload, Slot, Workload
from teaching.services.change_judging import Order, judge_order, judge_reason, refusals
from teaching.services.change_telling import tell_of_change
from teaching.services.timetable import drop_lines, first_free_day
from teaching.services.timetable_lessons import generate_lessons
from university.models import Bell, Room


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a line of the timetable lies."""

    weekday: int
    pair: int
    parity: WeekParity
    room: Room | None = None


def change_line(
    *,
    workload_id: int,
    slot_id: int | None,
    to: LinePlace | None,
    from_day: date,
    reason: str,
    order: Order,
    by: User,
    now: datetime,
) -> LessonChange:
    """Change a line from a day on, end it (`to` is None) or add one (`slot_id` is None); lessons to come follow.

    A stream's line changes whole. Lessons with an approved change of their own stay where that put them. Refused:
    `line_unknown`, `lesson_begun` (from a day that is over), `not_in_semester`, `no_bell`, `same_place`,
    `line_there`, `module_closed` (423), `order_missing`, `reason_missing`.
    """
    judge_order(ChangeKind.LINE, order)
    judge_reason(reason)
    with refusals(), transaction.atomic():
        workload = Workload.objects.select_related("course__semester").get(pk=workload_id)
        semester = workload.course.semester
        own_semesters([semester.pk])
        old = _lines(workload, slot_id, from_day)
        workloads = {slot.workload_id: slot.workload for slot in old} or {workload.pk: workload}
        first = first_free_day(list(workloads), now=now)
        if from_day < first:
            raise Refusal(
                _("Lessons until then have begun: the earliest day is %(day)s.")
                % {"day": date_format(first, "SHORT_DATE_FORMAT")},
                code="lesson_begun",
            )
        if not semester.starts_on <= from_day <= semester.ends_on:
            raise Refusal(_("The day lies outside of the semester."), code="not_in_semester")
        if to is not None and not Bell.objects.filter(number=to.pair).exists():
            raise Refusal(_("Pair %(pair)s has no bell.") % {"pair": to.pair}, code="no_bell")
        was = _place(LinePlace(old[0].weekday, old[0].pair, WeekParity(old[0].parity), old[0].room)) if old else {}
        became = _place(to) if to is not None else {}
        if was == became:
            raise Refusal(_("The line is there already."), code="same_place")
        before = _coming(list(workloads), from_day)
        ends_on = old[0].ends_on if old else semester.ends_on
        doomed = _end(old, from_day)
        if to is not None:
            _add(workloads, to, from_day, ends_on, leave_out=doomed)
        change = LessonChange.objects.create(
            kind=ChangeKind.LINE,
            day=from_day,
            workload=workload,
            was=was,
            became=became,
            reason=reason.strip(),
            order_number=order.number.strip(),
            order_date=order.day,
            approved_by=by,
            approved_at=now,
        )
        # Before the lessons go: whoever sits in them is concerned.
        tell_of_change(change, lesson_ids=before, by=by, now=now)
        generate_lessons(semester, by=by, now=now, workload_ids=list(workloads), leave_out=doomed)
        drop_lines(doomed)
    return change


def _lines(workload: Workload, slot_id: int | None, from_day: date) -> list[Slot]:
    """The line, and those of the stream's other workloads that meet with it."""
    if slot_id is None:
        return []
    slots = Slot.objects.select_related("room", "workload").filter(ends_on__gte=from_day)
    slot = slots.filter(pk=slot_id, workload=workload).first()
    if slot is None:
        raise Refusal(_("This line of the timetable has ended."), code="line_unknown")
    if not workload.stream:
        return [slot]
    return list(
        slots.filter(
            workload__stream=workload.stream,
            workload__course__semester=workload.course.semester_id,
            weekday=slot.weekday,
            pair=slot.pair,
            parity=slot.parity,
            room=slot.room,
        ).order_by("pk")
    )


def _end(slots: list[Slot], from_day: date) -> list[int]:
    """End lines the day before; the ids of those that never began."""
    doomed = [slot.pk for slot in slots if slot.starts_on >= from_day]
    Slot.objects.filter(pk__in=[slot.pk for slot in slots if slot.starts_on < from_day]).update(
        ends_on=from_day - timedelta(days=1)
    )
    return doomed


def _add(workloads: dict[int, Workload], to: LinePlace, from_day: date, ends_on: date, *, leave_out: list[int]) -> None:
    there = Slot.objects.filter(
        workload__in=workloads,
        weekday=to.weekday,
        pair=to.pair,
        ends_on__gte=from_day,
        starts_on__lte=ends_on,
    ).exclude(pk__in=leave_out)
    if to.parity != WeekParity.EVERY:
        there = there.filter(parity__in=[WeekParity.EVERY, to.parity])
    # A line that never began still stands until its lessons have gone: the same place again would meet it.
    if (
        there.exists()
        or Slot.objects.filter(pk__in=leave_out, weekday=to.weekday, pair=to.pair, parity=to.parity).exists()
    ):
        raise Refusal(_("The journal has a line there already."), code="line_there")
    Slot.objects.bulk_create(
        [
            Slot(
                workload_id=workload_id,
                weekday=to.weekday,
                pair=to.pair,
                parity=to.parity,
                room=to.room,
                starts_on=from_day,
                ends_on=ends_on,
            )
            for workload_id in workloads
        ]
    )


def _coming(workload_ids: list[int], from_day: date) -> list[int]:
    rows = LessonWorkload.objects.filter(workload__in=workload_ids, lesson__date__gte=from_day)
    return list(rows.values_list("lesson_id", flat=True).distinct())


def _place(line: LinePlace) -> dict[str, Any]:
    return {
        "weekday": line.weekday,
        "pair": line.pair,
        "parity": line.parity.value,
        "room": line.room.code if line.room is not None else "",
    }
