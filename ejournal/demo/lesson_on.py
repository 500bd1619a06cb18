"""A lesson of `teacher` is always on: the timetable's, or an approved make-up lesson around this moment."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from accounts.models import Teacher
from attendance.models import Display
from ejournal.lib.clock import BISHKEK, day_of, moment_of
from ejournal.lib.context import request_id
from ejournal.lib.locks import DEMO, own_named
from teaching.enums import ChangeKind, LessonState
from teaching.models import Lesson, LessonChange, LessonWorkload, Workload
from university.models import Policy, Room

LENGTH = timedelta(minutes=80)
BEFORE = timedelta(minutes=10)  # so long it has been on when it is made
AHEAD = timedelta(minutes=3)  # beat comes every minute: the next lesson is there before this one ends


def lessons_at(teacher: Teacher, moment: datetime) -> list[Lesson]:
    """The teacher's lessons that are on at a moment."""
    return list(
        Lesson.objects.filter(teacher=teacher, starts_at__lte=moment, ends_at__gt=moment)
        .exclude(state__in=[LessonState.CANCELLED, LessonState.NOT_HELD])
        .order_by("starts_at", "id")
    )


def keep_lesson_on(*, teacher: Teacher, workload: Workload, now: datetime) -> Lesson:
    """See to it that a lesson of the teacher is on now and in three minutes; the one that is on now."""
    with transaction.atomic():
        own_named(DEMO)
        on = lessons_at(teacher, now) or [_make_lesson(teacher, workload, now, now - BEFORE, now=now)]
        soon = now + AHEAD
        if not lessons_at(teacher, soon):
            _make_lesson(teacher, workload, soon, max(lesson.ends_at for lesson in on), now=now)
    return on[0]


def let_scans_count(*, since: date) -> None:
    """A scan counts as long as the lesson that is always on lasts, so that whoever looks in finds it open: after a
    quarter of an hour as late, which is the usual setting."""
    Policy.objects.create(key="scan_late_minutes", value=int(LENGTH.total_seconds() // 60), valid_from=since)


def span_around(moment: datetime, *, starts_at: datetime) -> tuple[datetime, datetime]:
    """Start and end of a lesson that covers a moment and lies within the moment's day in Bishkek."""
    day = day_of(moment)
    start = max(min(starts_at, moment), moment_of(day, time(0, 0)))
    last = moment_of(day + timedelta(days=1), time(0, 0))
    return start.replace(second=0, microsecond=0), min(start.replace(second=0, microsecond=0) + LENGTH, last)


def _make_lesson(
    teacher: Teacher, workload: Workload, moment: datetime, starts_at: datetime, *, now: datetime
) -> Lesson:
    """A make-up lesson; one of before that nobody has touched moves here, so that no empty ones pile up."""
    starts, ends = span_around(moment, starts_at=starts_at)
    day: date = starts.astimezone(BISHKEK).date()
    idle = (
        Lesson.objects.filter(
            teacher=teacher,
            pair__isnull=True,
            ends_at__lte=now,
            version=1,
            state=LessonState.PLANNED,
            topic="",
            marks__isnull=True,
            scans__isnull=True,
            workloads__change__kind=ChangeKind.MAKE_UP,
            workloads__workload=workload,
        )
        .order_by("-starts_at")
        .first()
    )
    if idle is not None:
        idle.date, idle.starts_at, idle.ends_at = day, starts, ends
        idle.room = _free_room(starts, ends)
        idle.save(update_fields=["date", "starts_at", "ends_at", "room"])
        return idle
    change = LessonChange.objects.create(
        kind=ChangeKind.MAKE_UP,
        reason=_("A lesson that fell out is made up"),
        order_number=f"{day:%m%d}-К",
        order_date=day,
        approved_by=teacher.user,
        approved_at=starts,
    )
    lesson = Lesson.objects.create(
        semester=workload.course.semester,
        date=day,
        pair=None,
        starts_at=starts,
        ends_at=ends,
        teacher=teacher,
        room=_free_room(starts, ends),
        request_id=request_id(),
    )
    LessonWorkload.objects.create(lesson=lesson, workload=workload, change=change)
    return lesson


def _free_room(starts: datetime, ends: datetime) -> Room | None:
    """Where nobody has a lesson then: if it can be the auditorium with the screen, whose code changes."""
    taken = Lesson.objects.filter(starts_at__lt=ends, ends_at__gt=starts, room__isnull=False).exclude(
        state__in=[LessonState.CANCELLED, LessonState.NOT_HELD]
    )
    screens = Display.objects.filter(room=OuterRef("pk"), ended_at=None)
    return (
        Room.objects.exclude(pk__in=taken.values("room"))
        .annotate(has_screen=Exists(screens))
        .order_by("-has_screen", F("seats").desc(nulls_last=True), "id")
        .first()
    )
