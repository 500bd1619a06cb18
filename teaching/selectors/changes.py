"""What changed in the timetable, in words, and whom it concerns (§3.5g, §1.4)."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import Appointment, User
from ejournal.lib.clock import BISHKEK
from teaching.enums import ChangeKind, RequestState
from teaching.models import (
    PARITY_LABELS,
    ChangeRequest,
    CourseEnrolment,
    Lesson,
    LessonChange,
    LessonWorkload,
    Substitution,
    in_force,
)
from teaching.selectors.timetable import ATTENDING


def place_of(lesson: Lesson) -> dict[str, Any]:
    """Day, pair, times of day and room of a lesson as they are kept in a change."""
    return {
        "date": lesson.date.isoformat(),
        "pair": lesson.pair,
        "starts": f"{lesson.starts_at.astimezone(BISHKEK):%H:%M}",
        "ends": f"{lesson.ends_at.astimezone(BISHKEK):%H:%M}",
        "room": lesson.room.code if lesson.room is not None else "",
    }


def weekday_words(weekday: int) -> str:
    """The name of an ISO weekday in the reader's language."""
    return date_format(date(2026, 9, 20 + weekday), "l")


def place_words(place: dict[str, Any]) -> str:
    """A kept place, or a kept line of the timetable, in the reader's language."""
    if not place:
        return "—"
    if "weekday" in place:
        words = [weekday_words(place["weekday"]), str(PARITY_LABELS[place["parity"]])]
    else:
        words = [date_format(date.fromisoformat(place["date"]), "d.m")]
    if place["pair"] is not None:
        words.append(_("pair %(pair)s") % {"pair": place["pair"]})
    else:
        words.append(f"{place['starts']}–{place['ends']}")
    if place["room"]:
        words.append(_("auditorium %(room)s") % {"room": place["room"]})
    return ", ".join(words)


def change_words(change: LessonChange, *, lesson_id: int | None = None) -> str:
    """What a change did, in one sentence; seen from the lesson that it brought, where that one is given."""
    facts = {
        "was": place_words(change.was),
        "became": place_words(change.became),
        "was_room": change.was.get("room") or "—",
        "room": change.became.get("room") or "—",
    }
    if change.kind == ChangeKind.MOVE:
        is_new = lesson_id is not None and lesson_id == change.became_lesson_id
        said = (_("Moved here from %(was)s") if is_new else _("Moved to %(became)s")) % facts
    elif change.kind == ChangeKind.CANCEL:
        said = _("Cancelled: %(was)s") % facts
    elif change.kind == ChangeKind.ROOM:
        said = _("Auditorium %(room)s instead of %(was_room)s") % facts
    elif change.kind == ChangeKind.NOT_HELD:
        said = _("Did not take place: %(was)s") % facts
    elif change.kind == ChangeKind.HOLIDAY:
        said = _("No lessons, a holiday")
    elif change.kind == ChangeKind.LINE:
        since = date_format(change.day, "d.m.Y") if change.day else ""
        said = _("From %(since)s: %(became)s instead of %(was)s") % {**facts, "since": since}
    else:
        said = _("Make-up lesson: %(became)s") % facts if change.became else _("Make-up lesson")
    if change.order_number:
        said += _(" (order %(number)s)") % {"number": change.order_number}
    return f"{said}. {change.reason}"


def lesson_title(lesson_id: int) -> str:
    """Discipline and groups of a lesson, for a line in a list or under the bell."""
    return lesson_titles([lesson_id]).get(lesson_id, "")


def lesson_titles(lesson_ids: Collection[int]) -> dict[int, str]:
    """Discipline and groups of lessons: one query."""
    rows = (
        LessonWorkload.objects.filter(lesson_id__in=lesson_ids)
        .order_by("workload__course__group__sort_key", "workload__subgroup__number", "workload_id")
        .values_list(
            "lesson_id",
            "workload__course__discipline__name",
            "workload__course__group__name",
            "workload__subgroup__number",
        )
    )
    found: dict[int, tuple[str, list[str]]] = {}
    for lesson_id, discipline, group, subgroup in rows:
        found.setdefault(lesson_id, (discipline, []))[1].append(f"{group}/{subgroup}" if subgroup else group)
    return {lesson_id: f"{discipline}, {', '.join(groups)}" for lesson_id, (discipline, groups) in found.items()}


def changes_of_lesson(lesson_id: int) -> list[LessonChange]:
    """What happened to a lesson and still holds, the newest first: one query."""
    return list(
        LessonChange.objects.in_force()
        .filter(Q(lesson_id=lesson_id) | Q(became_lesson_id=lesson_id) | Q(lessons__lesson_id=lesson_id))
        .distinct()
    )


def change_rows(changes: QuerySet[LessonChange]) -> QuerySet[LessonChange]:
    """Changes with what a list shows of them."""
    return changes.select_related(
        "lesson__teacher__user",
        "became_lesson",
        "workload__course__discipline",
        "workload__course__group",
        "approved_by",
    )


def staff_of_lessons(lesson_ids: Collection[int], *, on: date) -> QuerySet[User]:
    """Teachers of lessons, their substitutes, and the curators of their groups."""
    ids = list(lesson_ids)
    curators = Appointment.objects.filter(
        in_force(on), role=Role.CURATOR, group__courses__workloads__lessons__lesson__in=ids
    )
    substitutes = Substitution.objects.filter(lesson__in=ids, withdrawn_at__isnull=True)
    return User.objects.filter(
        Q(pk__in=Lesson.objects.filter(pk__in=ids).order_by().values("teacher__user"))
        | Q(pk__in=substitutes.values("substitute__user"))
        | Q(pk__in=curators.values("user"))
    )


def students_of_lessons(lesson_ids: Collection[int]) -> QuerySet[User]:
    """Students who are on the rolls of lessons on their days (§3.5b)."""
    served = "course__workloads__lessons__lesson"
    enrolled = CourseEnrolment.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=F(f"{served}__date")),
        Q(course__workloads__subgroup__isnull=True) | Q(course__workloads__subgroup=F("subgroup")),
        basis__in=ATTENDING,
        starts_on__lte=F(f"{served}__date"),
        **{f"{served}__in": list(lesson_ids)},
    )
    return User.objects.filter(pk__in=enrolled.values("student__user"))


def waiting_requests() -> QuerySet[ChangeRequest]:
    """Requests that wait for the study office, the oldest first."""
    return ChangeRequest.objects.filter(state=RequestState.ASKED).order_by("asked_at", "id")


def request_rows(requests: QuerySet[ChangeRequest]) -> QuerySet[ChangeRequest]:
    """Requests with what a list shows of them."""
    return requests.select_related(
        "lesson__room",
        "lesson__teacher__user",
        "other_lesson__room",
        "other_lesson__teacher__user",
        "wanted_room",
        "asked_by",
        "decided_by",
    )
