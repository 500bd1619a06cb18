"""What is odd about the scans of lessons, with its words: for the teacher at the end of the roll, counted for the head,
and the excused who scanned for the dean's office. Nothing of it refuses or changes anything."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from attendance.models import Scan
from attendance.rules.flags import (
    BURST,
    EXCUSED_DAY,
    FAR_FROM_CROWD,
    NEW_DEVICE,
    ONE_DEVICE,
    OTHER_LESSON,
    SEEN_OUTSIDE,
    ScanFacts,
    flags_of,
)
from attendance.selectors.evidence import SEEN

FLAG_LABELS = {
    ONE_DEVICE: _("one phone scanned for two accounts"),
    BURST: _("one of many scans from outside the campus within seconds"),
    OTHER_LESSON: _("scanned at another lesson of the same time, too"),
    NEW_DEVICE: _("a phone that this student never scanned with"),
    FAR_FROM_CROWD: _("long before or after the others"),
    SEEN_OUTSIDE: _("the screen's code was read outside the campus"),
    EXCUSED_DAY: _("an excuse covers this day"),
}
# Who was away by a paper is the dean's office's question, not the teacher's.
OF_TEACHER = tuple(name for name in FLAG_LABELS if name != EXCUSED_DAY)


@dataclass(frozen=True, slots=True)
class LessonScan:
    """One scan as the roll shows it, with what the rules ask of it. `first_at`: when it had shown the printed code, of
    one that was proven later."""

    facts: ScanFacts
    is_late: bool
    is_proven: bool
    method: str
    proof: str
    first_at: datetime | None = None


# The other lesson is looked for within hours of the scan, the rest of the student's scans by their index.
_FACTS = f"""
SELECT s.lesson_id, s.student_id, s.at, s.device, s.first_device, s.proof IN ('now', 'previous', 'meeting'),
       s.on_campus,
       EXISTS (SELECT 1 FROM attendance_scan o JOIN teaching_lesson ol ON ol.id = o.lesson_id
               WHERE o.student_id = s.student_id AND o.lesson_id <> s.lesson_id
                 AND o.at BETWEEN s.at - interval '6 hours' AND s.at + interval '6 hours'
                 AND ol.starts_at < l.ends_at AND ol.ends_at > l.starts_at),
       EXISTS (SELECT 1 FROM attendance_scan b
               WHERE b.student_id = s.student_id AND b.lesson_id <> s.lesson_id AND b.at < s.at),
       EXISTS (SELECT 1 FROM attendance_scan k
               WHERE k.device = s.device AND k.student_id = s.student_id AND k.lesson_id <> s.lesson_id
                 AND k.at < s.at)
       OR EXISTS (SELECT 1 FROM attendance_provenscan p JOIN attendance_scan k ON k.id = p.scan_id
                  WHERE p.device = s.device AND k.student_id = s.student_id AND k.lesson_id <> s.lesson_id
                    AND p.at < s.at),
       EXISTS (SELECT 1 FROM journal_excusestudent es JOIN journal_excuse x ON x.id = es.excuse_id
               WHERE es.student_id = s.student_id AND x.withdrawn_at IS NULL
                 AND x.starts_on <= l.date AND x.ends_on >= l.date),
       s.is_late, s.is_proven, s.method, s.proof, s.first_at
FROM {SEEN} s JOIN teaching_lesson l ON l.id = s.lesson_id
WHERE s.lesson_id = ANY (%s)
ORDER BY s.lesson_id, s.at, s.student_id
"""  # noqa: S608 -- our own words


def scans_of_lessons(lesson_ids: Iterable[int]) -> dict[int, list[LessonScan]]:
    """By lesson, its scans in the order of time. One query, whatever their number."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [list(lesson_ids)])
        rows = cursor.fetchall()
    found: dict[int, list[LessonScan]] = {}
    for lesson_id, *facts, is_late, is_proven, method, proof, first_at in rows:
        scan = LessonScan(ScanFacts(*facts), is_late, is_proven, method, proof, first_at)
        found.setdefault(lesson_id, []).append(scan)
    return found


def flags_for_teacher(scans: Iterable[LessonScan]) -> dict[int, list[str]]:
    """By student, the flags that a teacher sees; students without one are left out."""
    found = {
        student_id: [name for name in names if name in OF_TEACHER]
        for student_id, names in flags_of(scan.facts for scan in scans).items()
    }
    return {student_id: names for student_id, names in found.items() if names}


def flag_counts(lesson_ids: Iterable[int]) -> dict[int, Counter[str]]:
    """By lesson, how many scans have each flag; lessons without one are left out. One query."""
    return {
        lesson_id: Counter(name for names in found.values() for name in names)
        for lesson_id, scans in scans_of_lessons(lesson_ids).items()
        if (found := flags_for_teacher(scans))
    }


@dataclass(frozen=True, slots=True)
class ExcusedScan:
    """A scan on a day on which a paper of a dean's office says that the student was away."""

    student: str
    group: str
    day: date
    at: datetime
    discipline: str
    is_proven: bool
    excuse_id: int
    starts_on: date
    ends_on: date


def excused_scans(unit_ids: Iterable[int], *, since: date, until: date) -> QuerySet[Scan, Any]:
    """Scans of days within a living excuse that was entered by one of the units, newest first: for `excused_rows`."""
    return (
        Scan.objects.filter(
            lesson__date__range=(since, until),
            student__excuses__excuse__unit__in=list(unit_ids),
            student__excuses__excuse__withdrawn_at__isnull=True,
            student__excuses__excuse__starts_on__lte=F("lesson__date"),
            student__excuses__excuse__ends_on__gte=F("lesson__date"),
        )
        .order_by("-at", "-id")
        .values(
            "lesson_id",
            "student_id",
            "student__user__last_name",
            "student__user__first_name",
            "student__user__patronymic",
            "at",
            "is_proven",
            "proven__at",
            "lesson__date",
            "student__excuses__excuse_id",
            "student__excuses__excuse__starts_on",
            "student__excuses__excuse__ends_on",
        )
    )


_PLACES = """
SELECT DISTINCT ON (a.lesson_id, a.student_id) a.lesson_id, a.student_id, d.name, g.name
FROM unnest(%(lessons)s::bigint[], %(students)s::bigint[]) AS a (lesson_id, student_id)
JOIN teaching_lesson l ON l.id = a.lesson_id
JOIN teaching_lessonworkload lw ON lw.lesson_id = a.lesson_id
JOIN teaching_workload w ON w.id = lw.workload_id
JOIN teaching_course c ON c.id = w.course_id
JOIN teaching_courseenrolment e ON e.course_id = c.id AND e.student_id = a.student_id
 AND e.starts_on <= l.date AND (e.ends_on IS NULL OR e.ends_on >= l.date)
JOIN university_discipline d ON d.id = c.discipline_id
JOIN university_group g ON g.id = c.group_id
ORDER BY a.lesson_id, a.student_id, w.id
"""


def excused_rows(page: Sequence[dict[str, Any]]) -> list[ExcusedScan]:
    """A page of `excused_scans` with the discipline and the group of each. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PLACES,
            {"lessons": [row["lesson_id"] for row in page], "students": [row["student_id"] for row in page]},
        )
        places = {(lesson_id, student_id): names for lesson_id, student_id, *names in cursor.fetchall()}
    found = []
    for row in page:
        discipline, group = places.get((row["lesson_id"], row["student_id"]), ["", ""])
        names = (row[f"student__user__{part}"] for part in ("last_name", "first_name", "patronymic"))
        found.append(
            ExcusedScan(
                " ".join(str(name) for name in names if name),
                group,
                row["lesson__date"],
                row["proven__at"] or row["at"],
                discipline,
                bool(row["is_proven"] or row["proven__at"]),
                row["student__excuses__excuse_id"],
                row["student__excuses__excuse__starts_on"],
                row["student__excuses__excuse__ends_on"],
            )
        )
    return found
