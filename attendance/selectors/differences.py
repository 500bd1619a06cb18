"""Where marks differ from scans: in one journal, and as numbers for reports. Neither overwrites the other."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from attendance.enums import ScanDifference
from attendance.models import DIFFERENCE_LABELS
from attendance.rules.roll import COMPARED_FROM, difference_of
from attendance.selectors.evidence import SEEN


@dataclass(frozen=True, slots=True)
class DifferingMark:
    lesson_id: int
    student_id: int
    name: str
    day: date
    starts_at: datetime
    scanned_at: datetime | None
    presence: str
    difference: ScanDifference

    @property
    def words(self) -> str:
        return str(DIFFERENCE_LABELS[self.difference])


# Marks of lessons at which somebody scanned, each with its scan, if there is one.
_MARKS = f"""
FROM journal_mark m
JOIN teaching_lesson l ON l.id = m.lesson_id
CROSS JOIN LATERAL (
    SELECT count(*) AS scans FROM (
        SELECT 1 FROM attendance_scan c WHERE c.lesson_id = m.lesson_id LIMIT %(crowd)s
    ) few
) at_lesson
LEFT JOIN {SEEN} s ON s.lesson_id = m.lesson_id AND s.student_id = m.student_id
WHERE m.workload_id = ANY (%(workloads)s) AND m.presence IS NOT NULL
  AND l.date BETWEEN %(since)s AND %(until)s
  AND at_lesson.scans > 0
"""  # noqa: S608 -- our own words

_LIST = f"""
WITH judged AS (
    SELECT m.lesson_id, m.student_id, l.date, l.starts_at, m.presence, s.at, s.is_proven, s.is_late,
           at_lesson.scans {_MARKS}
)
SELECT j.lesson_id, j.student_id, concat_ws(' ', u.last_name, u.first_name, nullif(u.patronymic, '')),
       j.date, j.starts_at, j.at, j.presence, j.is_proven, j.is_late, j.scans
FROM judged j
JOIN accounts_student st ON st.id = j.student_id
JOIN accounts_user u ON u.id = st.user_id
ORDER BY j.starts_at DESC, j.lesson_id, u.sort_key, j.student_id
"""  # noqa: S608 -- our own words

_COUNTS = f"""
SELECT m.workload_id, m.presence, s.id IS NOT NULL, coalesce(s.is_proven, false), coalesce(s.is_late, false),
       at_lesson.scans, count(*)
{_MARKS}
GROUP BY 1, 2, 3, 4, 5, 6
"""


def differing_marks(workload_ids: Iterable[int], *, since: date, until: date) -> list[DifferingMark]:
    """Marks of journals that differ from the scan of the same student, newest lesson first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LIST, _asked(workload_ids, since, until))
        rows = cursor.fetchall()
    found = []
    for lesson_id, student_id, name, day, starts_at, scanned_at, presence, is_proven, is_late, scans in rows:
        difference = difference_of(
            presence=presence,
            is_scanned=scanned_at is not None,
            is_proven=bool(is_proven),
            is_late=bool(is_late),
            lesson_scans=scans,
        )
        if difference is not None:
            found.append(DifferingMark(lesson_id, student_id, name, day, starts_at, scanned_at, presence, difference))
    return found


def difference_counts(workload_ids: Iterable[int], *, since: date, until: date) -> dict[int, Counter[ScanDifference]]:
    """By journal, how many of its marks differ from scans and how: for reports. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, _asked(workload_ids, since, until))
        rows = cursor.fetchall()
    found: dict[int, Counter[ScanDifference]] = {}
    for workload_id, presence, is_scanned, is_proven, is_late, scans, count in rows:
        difference = difference_of(
            presence=presence, is_scanned=is_scanned, is_proven=is_proven, is_late=is_late, lesson_scans=scans
        )
        if difference is not None:
            found.setdefault(workload_id, Counter())[difference] += count
    return found


def _asked(workload_ids: Iterable[int], since: date, until: date) -> dict[str, Any]:
    return {"workloads": list(workload_ids), "since": since, "until": until, "crowd": COMPARED_FROM}
