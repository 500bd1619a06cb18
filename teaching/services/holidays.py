"""Lessons follow the calendar's holidays, however these came: by the page or by a workbook (§3.5g, §1.4)."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection
from django.db.models import Exists, F, OuterRef

from accounts.models import User
from ejournal.lib.context import request_id
from teaching.enums import ChangeKind, LessonState
from teaching.models import Course, Lesson, LessonChange, LessonWorkload
from teaching.services.change_telling import tell_of_change
from university.models import Holiday, Semester

# Each goes back to the change it rested on before, else to its line, where that still carries it.
_BACK = """
UPDATE teaching_lessonworkload lw SET change_id = before.id
FROM (
    SELECT lw.id AS row_id, (
        SELECT max(c.id) FROM teaching_lessonchange c
        WHERE (c.lesson_id = lw.lesson_id OR c.became_lesson_id = lw.lesson_id) AND c.withdrawn_at IS NULL
    ) AS id
    FROM teaching_lessonworkload lw WHERE lw.change_id = %(change)s
) before, teaching_lesson l
WHERE lw.id = before.row_id AND l.id = lw.lesson_id
  AND (before.id IS NOT NULL OR EXISTS (
      SELECT 1 FROM teaching_slot s
      WHERE s.id = lw.slot_id AND s.workload_id = lw.workload_id AND teaching_slot_fits(s, l.date, l.semester_id)))
"""


@dataclass(slots=True)
class Followed:
    """Lessons that holidays took, and those that came back with a day that is none any more, by id."""

    cancelled: list[int] = field(default_factory=list)
    brought_back: list[int] = field(default_factory=list)


def follow_holidays(semester: Semester, *, by: User | None, now: datetime) -> Followed:
    """Cancel the lessons of holidays that nobody has filled; bring back those whose holiday was taken back.

    Under the semester's exclusive lock. Lessons with a mark, and those under a closed module, stay as they are.
    Repeating it changes nothing.
    """
    holidays = dict(
        Holiday.objects.filter(day__range=(semester.starts_on, semester.ends_on)).values_list("day", "name")
    )
    followed = Followed()
    _bring_back(semester, holidays, followed, by=by, now=now)
    for day in sorted(holidays):
        _cancel(semester, day, holidays[day], followed, by=by, now=now)
    return followed


def _cancel(semester: Semester, day: date, name: str, followed: Followed, *, by: User | None, now: datetime) -> None:
    filled = Lesson.objects.filter(pk=OuterRef("pk"), marks__presence__isnull=False)
    closed = Course.objects.filter(
        workloads__lessons__lesson=OuterRef("pk"),
        module_sheets__state="closed",
        module_sheets__module__starts_on__lte=day,
        module_sheets__module__ends_on__gte=day,
    )
    lessons = Lesson.objects.filter(
        ~Exists(filled),
        ~Exists(closed),
        semester=semester,
        date=day,
        state=LessonState.PLANNED,
        roll_taken_at__isnull=True,
    )
    ids = list(lessons.values_list("pk", flat=True))
    if not ids:
        return
    change, made = LessonChange.objects.get_or_create(
        kind=ChangeKind.HOLIDAY,
        day=day,
        withdrawn_at=None,
        defaults={"reason": name, "approved_by": by, "approved_at": now},
    )
    LessonWorkload.objects.filter(lesson__in=ids).update(change=change)
    Lesson.objects.filter(pk__in=ids).update(state=LessonState.CANCELLED, **_changed(by, now))
    followed.cancelled += ids
    if made:
        tell_of_change(change, lesson_ids=ids, by=by, now=now)


def _bring_back(
    semester: Semester, holidays: dict[date, str], followed: Followed, *, by: User | None, now: datetime
) -> None:
    taken_back = LessonChange.objects.in_force().filter(
        kind=ChangeKind.HOLIDAY, day__range=(semester.starts_on, semester.ends_on)
    )
    for change in taken_back.exclude(day__in=holidays):
        rows = LessonWorkload.objects.filter(change=change)
        rested = set(rows.values_list("lesson_id", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(_BACK, {"change": change.pk})
        # What no line carries any more stays cancelled.
        ids = sorted(rested - set(rows.values_list("lesson_id", flat=True)))
        Lesson.objects.filter(pk__in=ids).update(state=LessonState.PLANNED, **_changed(by, now))
        change.withdrawn_at, change.withdrawn_by = now, by
        change.save(update_fields=["withdrawn_at", "withdrawn_by"])
        followed.brought_back += ids
        if ids:
            tell_of_change(change, lesson_ids=ids, by=by, now=now, is_taken_back=True)


def _changed(by: User | None, now: datetime) -> dict[str, object]:
    return {"version": F("version") + 1, "changed_by": by, "changed_at": now, "request_id": request_id()}
