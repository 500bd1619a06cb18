"""Changes of single lessons by the study office (§3.5g, §1.4): moved, cancelled, made up, in another room.

Each locks the lesson's courses exclusively: whoever saves marks holds them shared, so that a mark and a move never
meet. A moved lesson is a new one; the old one stays, cancelled, else the timetable would make it again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, ManyToOneRel, Q
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib.clock import BISHKEK
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import own_course, own_semesters
from teaching.enums import ChangeKind, LessonState
from teaching.models import (
    Lesson,
    LessonChange,
    LessonWorkload,
    Workload,
    WorkloadTeacher,
    in_force,
)
from teaching.selectors.changes import place_of
from teaching.services.change_judging import (
    LOST,
    NO_ORDER,
    Order,
    Place,
    course_ids_of,
    courses_of,
    hold_lessons,
    judge_begun,
    judge_day,
    judge_modules,
    judge_order,
    judge_reason,
    judge_to_come,
    judge_unfilled,
    moments_of,
    refusals,
)
from teaching.services.change_telling import tell_of_change
from teaching.services.timetable_lessons import generate_lessons
from university.models import Room

# --- Writing ------------------------------------------------------------------------------------------------------


def _record(
    kind: ChangeKind, lesson: Lesson | None, *, reason: str, order: Order, by: User, now: datetime, **fields: Any
) -> LessonChange:
    return LessonChange.objects.create(
        kind=kind,
        lesson=lesson,
        day=fields.pop("day", None) or (lesson.date if lesson is not None else None),
        was=place_of(lesson) if lesson is not None else {},
        reason=reason.strip(),
        order_number=order.number.strip(),
        order_date=order.day,
        approved_by=by,
        approved_at=now,
        **fields,
    )


def _settle(lesson: Lesson, change: LessonChange | None, *, by: User, now: datetime, **values: Any) -> None:
    """Let a lesson rest on a change (none: on its line again) and say who wrote it."""
    lesson.workloads.update(change=change)
    Lesson.objects.filter(pk=lesson.pk).update(
        version=F("version") + 1, changed_by=by, changed_at=now, request_id=request_id(), **values
    )


def _place_lesson(
    like: dict[str, Any], place: Place, workload_ids: Collection[int], change: LessonChange, *, by: User, now: datetime
) -> Lesson:
    starts_at, ends_at = moments_of(place)
    lesson = Lesson.objects.create(
        date=place.day,
        pair=place.pair,
        starts_at=starts_at,
        ends_at=ends_at,
        room_id=place.room_id,
        changed_by=by,
        changed_at=now,
        request_id=request_id(),
        **like,
    )
    LessonWorkload.objects.bulk_create(
        [LessonWorkload(lesson=lesson, workload_id=workload_id, change=change) for workload_id in workload_ids]
    )
    change.became_lesson, change.became = lesson, place_of(lesson)
    change.save(update_fields=["became_lesson", "became"])
    return lesson


def _move(lesson: Lesson, place: Place, *, reason: str, order: Order, by: User, now: datetime) -> LessonChange:
    judge_unfilled(lesson)
    starts_at, ends_at = moments_of(place)
    if (starts_at, ends_at, place.room_id) == (lesson.starts_at, lesson.ends_at, lesson.room_id):
        raise Refusal(_("The lesson is there already."), code="same_place")
    judge_day(place.day, lesson.semester)
    judge_modules(course_ids_of(lesson), lesson.date, place.day)
    change = _record(ChangeKind.MOVE, lesson, reason=reason, order=order, by=by, now=now)
    like = {
        "semester_id": lesson.semester_id,
        "teacher_id": lesson.teacher_id,
        "topic": lesson.topic,
        "work_kinds": lesson.work_kinds,
        "note": lesson.note,
    }
    workload_ids = list(lesson.workloads.values_list("workload_id", flat=True))
    _place_lesson(like, place, workload_ids, change, by=by, now=now)
    _settle(lesson, change, by=by, now=now, state=LessonState.CANCELLED)
    return change


def move_lesson(
    *, lesson_id: int, version: int, place: Place, reason: str, order: Order, by: User, now: datetime
) -> LessonChange:
    """Move a lesson that nobody has filled to another day, pair or room of its semester; a stream moves whole.

    Refused: `stale` (409), `module_closed` (423), `lesson_filled`, `lesson_cancelled`, `not_in_semester`, `holiday`,
    `no_bell`, `times_wrong`, `same_place`, `order_missing`, `reason_missing`.
    """
    judge_order(ChangeKind.MOVE, order)
    judge_reason(reason)
    with refusals(), transaction.atomic():
        [lesson] = hold_lessons({lesson_id: version})
        change = _move(lesson, place, reason=reason, order=order, by=by, now=now)
        _tell(change, by=by, now=now)
    return change


def swap_lessons(*, versions: dict[int, int], reason: str, order: Order, by: User, now: datetime) -> list[LessonChange]:
    """Let two lessons of one semester change places: time and room. Refused as a move is, and `not_two`."""
    judge_order(ChangeKind.MOVE, order)
    judge_reason(reason)
    if len(versions) != 2:
        raise Refusal(_("Choose another lesson to swap with."), code="not_two")
    with refusals(), transaction.atomic():
        first, second = hold_lessons(versions)
        places = [
            Place(
                lesson.date,
                lesson.pair,
                lesson.starts_at.astimezone(BISHKEK).time(),
                lesson.ends_at.astimezone(BISHKEK).time(),
                lesson.room_id,
            )
            for lesson in (first, second)
        ]
        changes = [
            _move(lesson, place, reason=reason, order=order, by=by, now=now)
            for lesson, place in ((first, places[1]), (second, places[0]))
        ]
        for change in changes:
            _tell(change, by=by, now=now)
    return changes


def cancel_lesson(*, lesson_id: int, version: int, reason: str, order: Order, by: User, now: datetime) -> LessonChange:
    """Cancel a lesson to come. Refused: `stale` (409), `module_closed` (423), `lesson_begun` (say "did not take
    place" instead), `lesson_filled`, `lesson_cancelled`, `order_missing`, `reason_missing`."""
    judge_order(ChangeKind.CANCEL, order)
    judge_reason(reason)
    with refusals(), transaction.atomic():
        [lesson] = hold_lessons({lesson_id: version})
        judge_unfilled(lesson)
        judge_to_come(lesson, now)
        judge_modules(course_ids_of(lesson), lesson.date)
        change = _record(ChangeKind.CANCEL, lesson, reason=reason, order=order, by=by, now=now)
        _settle(lesson, change, by=by, now=now, state=LessonState.CANCELLED)
        _tell(change, by=by, now=now)
    return change


def mark_not_held(*, lesson_id: int, version: int, reason: str, by: User, now: datetime) -> LessonChange:
    """Confirm that a lesson that has begun did not take place: nobody took its roll.

    Refused: `stale` (409), `module_closed` (423), `not_begun`, `lesson_filled`, `lesson_cancelled`, `reason_missing`.
    """
    judge_reason(reason)
    with refusals(), transaction.atomic():
        [lesson] = hold_lessons({lesson_id: version})
        judge_unfilled(lesson)
        judge_begun(lesson, now)
        judge_modules(course_ids_of(lesson), lesson.date)
        change = _record(ChangeKind.NOT_HELD, lesson, reason=reason, order=NO_ORDER, by=by, now=now)
        _settle(lesson, change, by=by, now=now, state=LessonState.NOT_HELD)
        _tell(change, by=by, now=now)
    return change


def _change_room(
    lesson: Lesson, room: Room | None, *, reason: str, order: Order, by: User, now: datetime
) -> LessonChange:
    judge_unfilled(lesson)
    judge_to_come(lesson, now)
    if lesson.room_id == (room.pk if room is not None else None):
        raise Refusal(_("The lesson is there already."), code="same_place")
    change = _record(ChangeKind.ROOM, lesson, reason=reason, order=order, by=by, now=now)
    lesson.room = room
    change.became = place_of(lesson)
    change.save(update_fields=["became"])
    judge_modules(course_ids_of(lesson), lesson.date)
    _settle(lesson, change, by=by, now=now, room=room)
    _tell(change, by=by, now=now)
    return change


def change_room(
    *, lesson_id: int, version: int, room: Room | None, reason: str, by: User, now: datetime, order: Order = NO_ORDER
) -> LessonChange:
    """Give a lesson to come another room, or none; it needs no order.

    Refused: `stale` (409), `module_closed` (423), `lesson_begun`, `lesson_filled`, `lesson_cancelled`, `same_place`,
    `reason_missing`.
    """
    judge_reason(reason)
    with refusals(), transaction.atomic():
        [lesson] = hold_lessons({lesson_id: version})
        return _change_room(lesson, room, reason=reason, order=order, by=by, now=now)


def swap_rooms(
    *, versions: dict[int, int], reason: str, by: User, now: datetime, order: Order = NO_ORDER
) -> list[LessonChange]:
    """Let two lessons to come change rooms. Refused as another room is, and `not_two`."""
    judge_reason(reason)
    if len(versions) != 2:
        raise Refusal(_("Choose another lesson to swap with."), code="not_two")
    with refusals(), transaction.atomic():
        first, second = hold_lessons(versions)
        rooms = first.room, second.room
        return [
            _change_room(first, rooms[1], reason=reason, order=order, by=by, now=now),
            _change_room(second, rooms[0], reason=reason, order=order, by=by, now=now),
        ]


def add_make_up(
    *,
    workload_ids: Sequence[int],
    place: Place,
    reason: str,
    order: Order,
    by: User,
    now: datetime,
    instead_of: int | None = None,
) -> LessonChange:
    """Add a lesson outside the timetable for one workload, or for several of one stream.

    `instead_of`: the cancelled lesson that it makes up for. Refused: `module_closed` (423), `not_one_stream`,
    `no_teacher`, `not_lost`, `made_up_already`, and the codes of a place and of an order.
    """
    judge_order(ChangeKind.MAKE_UP, order)
    judge_reason(reason)
    with refusals(), transaction.atomic():
        wanted = Workload.objects.filter(pk__in=workload_ids).select_related("course__semester").order_by("course_id")
        for workload in wanted:
            own_course(semester_id=workload.course.semester_id, course_id=workload.course_id)
        workloads = list(wanted)
        if not workloads or (
            len(workloads) > 1
            and (len({(w.stream, w.course.semester_id) for w in workloads}) > 1 or not workloads[0].stream)
        ):
            raise Refusal(_("Only workloads of one stream meet together."), code="not_one_stream")
        semester = workloads[0].course.semester
        moments_of(place)
        judge_day(place.day, semester)
        judge_modules({workload.course_id for workload in workloads}, place.day)
        teachers = set(
            WorkloadTeacher.objects.filter(in_force(place.day), workload__in=workloads).values_list(
                "teacher_id", flat=True
            )
        )
        if len(teachers) != 1:
            raise Refusal(_("These journals have no common teacher on that day."), code="no_teacher")
        lost = _lost_lesson(instead_of, workloads)
        change = _record(
            ChangeKind.MAKE_UP, lost, reason=reason, order=order, by=by, now=now, day=place.day, workload=workloads[0]
        )
        like = {"semester_id": semester.pk, "teacher_id": teachers.pop()}
        _place_lesson(like, place, [workload.pk for workload in workloads], change, by=by, now=now)
        _tell(change, by=by, now=now)
    return change


def _lost_lesson(lesson_id: int | None, workloads: Sequence[Workload]) -> Lesson | None:
    if lesson_id is None:
        return None
    lesson = Lesson.objects.select_related("room").get(pk=lesson_id)
    if lesson.state not in LOST or not lesson.workloads.filter(workload__in=workloads).exists():
        raise Refusal(_("Only a lesson that was cancelled or did not take place is made up."), code="not_lost")
    made_up = LessonChange.objects.in_force().filter(
        lesson=lesson, kind__in=[ChangeKind.MAKE_UP, ChangeKind.MOVE], became_lesson__isnull=False
    )
    if made_up.exists():
        raise Refusal(_("This lesson was moved or made up already."), code="made_up_already")
    return lesson


# --- Taking back --------------------------------------------------------------------------------------------------


def withdraw_change(*, change_id: int, by: User, now: datetime) -> LessonChange:
    """Take back a change of a lesson while nothing of it has begun or was written; "did not take place" at any time.

    Under the semester's exclusive lock, since the lesson goes back to what the timetable says of it by now. Refused:
    `module_closed` (423), `withdrawn_already`, `not_withdrawable` (holidays and lines have their own pages),
    `changed_since`, `lesson_begun`, `lesson_filled`, `line_gone`, and `holiday` if its day became one.
    """
    with refusals(), transaction.atomic():
        seen = LessonChange.objects.select_related("lesson", "became_lesson").get(pk=change_id)
        about = seen.lesson or seen.became_lesson
        if about is None or seen.kind in (ChangeKind.HOLIDAY, ChangeKind.LINE):
            raise Refusal(_("This change is not taken back here."), code="not_withdrawable")
        own_semesters([about.semester_id])
        change = LessonChange.objects.select_for_update(of=("self",)).get(pk=change_id)
        if change.withdrawn_at is not None:
            raise Refusal(_("This change was taken back already."), code="withdrawn_already")
        lesson, became = change.lesson, change.became_lesson
        subjects = [one.pk for one in (lesson, became) if one is not None]
        later = LessonChange.objects.in_force().filter(Q(lesson__in=subjects) | Q(became_lesson__in=subjects))
        if later.filter(pk__gt=change.pk).exists():
            raise Refusal(_("The lesson was changed again since: take that back first."), code="changed_since")
        judge_modules(
            {course_id for _semester, course_id in courses_of(subjects)},
            *(one.date for one in (lesson, became) if one is not None),
        )
        if change.kind != ChangeKind.MAKE_UP and lesson is not None:
            judge_day(lesson.date, lesson.semester)
            if change.kind != ChangeKind.NOT_HELD:
                judge_to_come(lesson, now)
        workload_ids = list(LessonWorkload.objects.filter(lesson__in=subjects).values_list("workload_id", flat=True))
        tell_of_change(change, lesson_ids=subjects, by=by, now=now, is_taken_back=True)
        change.withdrawn_at, change.withdrawn_by = now, by
        change.became_lesson = None
        change.save(update_fields=["withdrawn_at", "withdrawn_by", "became_lesson"])
        if became is not None:
            judge_to_come(became, now)
            _take_away(became, change, by=by, now=now)
        if lesson is not None and change.kind != ChangeKind.MAKE_UP:
            _restore(lesson, change, by=by, now=now)
            generate_lessons(lesson.semester, by=by, now=now, workload_ids=workload_ids)
    return change


def _take_away(lesson: Lesson, change: LessonChange, *, by: User, now: datetime) -> None:
    """Remove the lesson that a change brought; refused where somebody wrote, named or asked something on it."""
    for relation in Lesson._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel) and relation.related_model not in (LessonWorkload, LessonChange):
            rows = relation.related_model._base_manager.filter(**{relation.field.name: lesson.pk})
            if rows.exists():
                raise Refusal(_("Something is written on the lesson already."), code="lesson_filled")
    if LessonChange.objects.filter(Q(lesson=lesson) | Q(became_lesson=lesson)).exists():
        # Changes of it that were taken back still name it.
        _settle(lesson, change, by=by, now=now, state=LessonState.CANCELLED)
        return
    lesson.delete()


def _restore(lesson: Lesson, change: LessonChange, *, by: User, now: datetime) -> None:
    before = (
        LessonChange.objects.in_force()
        .filter(Q(lesson=lesson, kind=ChangeKind.ROOM) | Q(became_lesson=lesson))
        .order_by("-pk")
        .first()
    )
    values: dict[str, Any] = {"state": LessonState.PLANNED}
    if change.kind == ChangeKind.ROOM:
        values["room"] = Room.objects.filter(code=change.was["room"]).first()
    _settle(lesson, before, by=by, now=now, **values)


def _tell(change: LessonChange, *, by: User, now: datetime) -> None:
    lesson_ids = [one for one in (change.lesson_id, change.became_lesson_id) if one is not None]
    tell_of_change(change, lesson_ids=lesson_ids, by=by, now=now)
