"""Before a module is closed: what is still missing in it (§4.3)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Exists, OuterRef

from journal.models import ModuleConfirmation
from teaching.models import WorkloadTeacher, keeping

_LESSONS = """
SELECT l.id, l.date, l.pair, w.id, w.kind, sg.number, l.starts_at > %(now)s, l.roll_taken_at IS NULL, l.topic = ''
FROM teaching_workload w
JOIN teaching_lessonworkload lw ON lw.workload_id = w.id
JOIN teaching_lesson l ON l.id = lw.lesson_id
LEFT JOIN university_subgroup sg ON sg.id = w.subgroup_id
WHERE w.course_id = %(course)s AND l.date BETWEEN %(since)s AND %(until)s AND l.state NOT IN ('cancelled', 'not_held')
  -- A lesson on whose roll nobody stands has nothing to be filled.
  AND EXISTS (
      SELECT 1 FROM teaching_courseenrolment ce
      WHERE ce.course_id = w.course_id AND ce.basis <> 'exempt'
        AND (w.subgroup_id IS NULL OR w.subgroup_id = ce.subgroup_id)
        AND ce.starts_on <= l.date AND (ce.ends_on IS NULL OR ce.ends_on >= l.date))
ORDER BY l.starts_at, l.id, w.id
"""


@dataclass(frozen=True, slots=True)
class OpenLesson:
    """A lesson of the module. `is_unfilled`: it has begun, and somebody on its roll was not looked at."""

    lesson_id: int
    day: date
    pair: int | None
    workload_id: int
    kind: str
    subgroup: int | None
    is_to_come: bool
    is_unfilled: bool
    lacks_topic: bool


@dataclass(frozen=True, slots=True)
class NotConfirmed:
    """A journal whose keeper has not said that it is complete."""

    workload_id: int
    teacher: str


def lessons_under(course_id: int, *, since: date, until: date, now: datetime) -> list[OpenLesson]:
    """The lessons of a course on these days that are not to be left out, by time. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LESSONS, {"course": course_id, "since": since, "until": until, "now": now})
        return [
            OpenLesson(*row[:7], is_unfilled=row[7] and not row[6], lacks_topic=row[8] and not row[6])
            for row in cursor.fetchall()
        ]


def journals_not_confirmed(course_id: int, module_id: int, *, on: date) -> list[NotConfirmed]:
    """The journals of a course whose keepers of the day have not confirmed a module. One query."""
    said = ModuleConfirmation.objects.filter(
        workload=OuterRef("workload"), module=module_id, teacher=OuterRef("teacher")
    )
    rows = (
        WorkloadTeacher.objects.filter(keeping(on), ~Exists(said), workload__course_id=course_id)
        .select_related("teacher__user")
        .order_by("workload_id")
    )
    return [NotConfirmed(row.workload_id, row.teacher.user.get_full_name()) for row in rows]
