"""What the study office changed in the demo's timetable, and what `teacher` asks it for."""

from datetime import datetime, time, timedelta

from django.utils.translation import override

from accounts.models import User
from ejournal.demo.cast import Scene
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from teaching.enums import LessonState, RequestKind
from teaching.models import Lesson
from teaching.selectors.rooms import free_rooms
from teaching.services.calendar import declare_holiday
from teaching.services.change_judging import Order, Place
from teaching.services.change_requests import ask_for_change
from teaching.services.changes import (
    add_make_up,
    cancel_lesson,
    change_room,
    move_lesson,
)
from university.models import Bell, Holiday


def make_changes(scene: Scene, *, now: datetime) -> None:
    """One lesson cancelled and made up, one moved, one in another room, one holiday, one open request.

    Where the semester has fewer lessons left, fewer things happen.
    """
    study = User.objects.get(username="study")
    today = day_of(now)
    order = Order("112-К", today)
    _holiday(scene, study, now=now)
    coming = list(
        Lesson.objects.filter(
            workloads__workload=scene.workload, starts_at__gt=now + timedelta(days=1), state=LessonState.PLANNED
        ).order_by("starts_at")[:5]
    )
    with override("ky"):
        if coming:
            lesson = coming.pop()
            cancel_lesson(
                lesson_id=lesson.pk,
                version=lesson.version,
                reason="Окутуучунун иш сапары",
                order=order,
                by=study,
                now=now,
            )
            _make_up(scene, lesson, study, order, now=now)
        if coming:
            lesson = coming.pop(0)
            place = _free_place(lesson)
            if place is not None:
                move_lesson(
                    lesson_id=lesson.pk,
                    version=lesson.version,
                    place=place,
                    reason="Университеттин жыйыны",
                    order=Order("114-К", today),
                    by=study,
                    now=now,
                )
        if coming:
            lesson = coming.pop(0)
            room = free_rooms(starts_at=lesson.starts_at, ends_at=lesson.ends_at).first()
            if room is not None:
                change_room(
                    lesson_id=lesson.pk,
                    version=lesson.version,
                    room=room,
                    reason="Аудиторияда оңдоо жүрүп жатат",
                    by=study,
                    now=now,
                )
        if coming:
            lesson = coming.pop(0)
            place = _free_place(lesson)
            if place is not None:
                ask_for_change(
                    lesson_id=lesson.pk,
                    kind=RequestKind.MOVE,
                    reason="Илимий конференцияга катышам",
                    wanted_date=place.day,
                    wanted_pair=place.pair,
                    by=scene.teacher.user,
                    now=now,
                )


def _holiday(scene: Scene, study: User, *, now: datetime) -> None:
    """A day off near the end of the semester: not one of the days that the demo's lessons are shown on."""
    semester = scene.workload.course.semester
    day = semester.ends_on - timedelta(days=2)
    if day > day_of(now) and not Holiday.objects.filter(day=day).exists():
        declare_holiday(day=day, name="Эс алуу күнү", by=study, now=now)


def _free_place(lesson: Lesson) -> Place | None:
    """The next weekday's pair at which the teacher and the group of a lesson are free."""
    groups = lesson.workloads.values("workload__course__group")
    for shift in range(1, 8):
        day = lesson.date + timedelta(days=shift)
        if day.isoweekday() == 7 or day > lesson.semester.ends_on or Holiday.objects.filter(day=day).exists():
            continue
        busy = Lesson.objects.filter(date=day)
        taken = set(busy.filter(teacher=lesson.teacher_id).values_list("pair", flat=True)) | set(
            busy.filter(workloads__workload__course__group__in=groups).values_list("pair", flat=True)
        )
        for bell in Bell.objects.order_by("number"):
            if bell.number not in taken:
                return Place(day, bell.number, room_id=lesson.room_id)
    return None


def _make_up(scene: Scene, lost: Lesson, study: User, order: Order, *, now: datetime) -> None:
    """A make-up lesson of this week, in the evening."""
    day = day_of(now) + timedelta(days=1)
    try:
        add_make_up(
            workload_ids=[scene.workload.pk],
            place=Place(day, starts=time(18, 0), ends=time(19, 20)),
            reason="Жокко чыгарылган сабактын ордуна",
            order=order,
            instead_of=lost.pk,
            by=study,
            now=now,
        )
    except Refusal:
        # Tomorrow may be a holiday or the semester's end: the demo goes on without.
        return
