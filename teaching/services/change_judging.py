"""What a change of a lesson rests on: order, place, the locks of its courses; what is refused."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from django.db import IntegrityError
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ejournal.lib.clock import moment_of
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import own_course
from teaching.enums import ChangeKind, LessonState
from teaching.models import (
    WITHOUT_ORDER,
    Course,
    Lesson,
    LessonWorkload,
)
from university.models import Bell, Holiday, Semester

LOST = (LessonState.CANCELLED, LessonState.NOT_HELD)


class Order(NamedTuple):
    """The order that a change rests on."""

    number: str = ""
    day: date | None = None


NO_ORDER = Order()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lesson is to be: a day and a pair, or times of day in Bishkek; a room or none."""

    day: date
    pair: int | None = None
    starts: time | None = None
    ends: time | None = None
    room_id: int | None = None


@contextmanager
def refusals() -> Iterator[None]:
    """What the database's laws refuse although the service saw no reason: somebody was faster."""
    try:
        yield
    except IntegrityError as error:
        if "journal_module_closed" in str(error) or "is closed" in str(error):
            raise Refusal(
                _("The module was closed meanwhile: nothing under it changes."), code="module_closed", status=423
            ) from error
        if "does not rest on its line" in str(error):
            raise Refusal(
                _("The timetable changed meanwhile: the lesson has no line to go back to."), code="line_gone"
            ) from error
        raise


# --- Judging ------------------------------------------------------------------------------------------------------


def moments_of(place: Place) -> tuple[datetime, datetime]:
    """Start and end of a place. Refused: `no_bell`, `times_wrong`."""
    if place.pair is not None:
        bell = Bell.objects.filter(number=place.pair).first()
        if bell is None:
            raise Refusal(_("Pair %(pair)s has no bell.") % {"pair": place.pair}, code="no_bell")
        return moment_of(place.day, bell.starts), moment_of(place.day, bell.ends)
    if place.starts is None or place.ends is None or place.ends <= place.starts:
        raise Refusal(_("Choose a pair, or write from when until when."), code="times_wrong")
    return moment_of(place.day, place.starts), moment_of(place.day, place.ends)


def judge_day(day: date, semester: Semester) -> None:
    """Refuse `not_in_semester` and `holiday`."""
    if not semester.starts_on <= day <= semester.ends_on:
        raise Refusal(
            _("The lesson must stay in its semester: from %(first)s until %(last)s.")
            % {
                "first": date_format(semester.starts_on, "SHORT_DATE_FORMAT"),
                "last": date_format(semester.ends_on, "SHORT_DATE_FORMAT"),
            },
            code="not_in_semester",
        )
    holiday = Holiday.objects.filter(day=day).first()
    if holiday is not None:
        raise Refusal(
            _("%(day)s is a holiday: %(name)s.") % {"day": date_format(day, "SHORT_DATE_FORMAT"), "name": holiday.name},
            code="holiday",
        )


def judge_modules(course_ids: Collection[int], *days: date) -> None:
    """Refuse `module_closed` (423) where one of the days lies under a closed module of one of the courses (§4.3)."""
    for day in sorted(set(days)):
        closed = (
            Course.objects.filter(
                pk__in=course_ids,
                module_sheets__state="closed",
                module_sheets__module__starts_on__lte=day,
                module_sheets__module__ends_on__gte=day,
            )
            .values_list("module_sheets__module__number", "group__name")
            .first()
        )
        if closed is not None:
            raise Refusal(
                _("Module %(number)s of %(group)s is closed: no lesson is moved out of it or into it.")
                % {"number": closed[0], "group": closed[1]},
                code="module_closed",
                status=423,
            )


def judge_order(kind: ChangeKind, order: Order) -> None:
    """Refuse `order_missing` where a change needs an order."""
    if kind not in WITHOUT_ORDER and (not order.number.strip() or order.day is None):
        raise Refusal(_("Write the number and the date of the order."), code="order_missing")


def judge_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal(_("Write the reason."), code="reason_missing")


def is_filled(lesson: Lesson) -> bool:
    """Whether somebody took note of a student: the lesson is held, or being held (§3.5g)."""
    return (
        lesson.state == LessonState.HELD
        or lesson.roll_taken_at is not None
        or Lesson.objects.filter(pk=lesson.pk, marks__presence__isnull=False).exists()
    )


def judge_unfilled(lesson: Lesson) -> None:
    """Refuse `lesson_cancelled` and `lesson_filled`."""
    if lesson.state in LOST:
        raise Refusal(_("The lesson was cancelled or did not take place already."), code="lesson_cancelled")
    if is_filled(lesson):
        raise Refusal(_("The journal of this lesson is filled: it stays where it was held."), code="lesson_filled")


def judge_to_come(lesson: Lesson, now: datetime) -> None:
    if lesson.starts_at <= now:
        raise Refusal(_("The lesson has begun already."), code="lesson_begun")


def judge_begun(lesson: Lesson, now: datetime) -> None:
    """Refuse `not_begun`: what is to come is moved or cancelled."""
    if lesson.starts_at > now:
        raise Refusal(_("The lesson has not begun yet: move it or cancel it."), code="not_begun")


# --- Locks --------------------------------------------------------------------------------------------------------


def courses_of(lesson_ids: Collection[int]) -> set[tuple[int, int]]:
    """(semester, course) of lessons."""
    rows = LessonWorkload.objects.filter(lesson__in=lesson_ids)
    return set(rows.values_list("lesson__semester_id", "workload__course_id"))


def hold_lessons(versions: dict[int, int]) -> list[Lesson]:
    """Lock the courses of lessons, then read the lessons anew, in the order given. Refused: `stale` (409).

    `versions`: the lesson's version that the page had shown, by id.
    """
    courses = courses_of(versions)
    for semester_id, course_id in sorted(courses, key=lambda pair: pair[1]):
        own_course(semester_id=semester_id, course_id=course_id)
    found = {
        lesson.pk: lesson
        for lesson in Lesson.objects.select_for_update(of=("self",))
        .select_related("semester", "room", "teacher__user")
        .filter(pk__in=versions)
        .order_by("pk")
    }
    is_stale = courses_of(versions) != courses or any(
        lesson_id not in found or found[lesson_id].version != version for lesson_id, version in versions.items()
    )
    if is_stale:
        raise Refusal(_("Somebody changed this lesson meanwhile. Load the page again."), code="stale", status=409)
    return [found[lesson_id] for lesson_id in versions]


def course_ids_of(*lessons: Lesson) -> set[int]:
    return {course_id for _semester, course_id in courses_of([lesson.pk for lesson in lessons])}
