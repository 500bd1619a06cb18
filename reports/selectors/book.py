"""The department's own journal beside the electronic one (§1.4): where the days disagree, and what was said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.permissions import Rights
from reports.enums import BookDifference
from reports.models import DIFFERENCE_LABELS, DepartmentBookEntry, DepartmentBookMonth
from teaching.enums import LessonState
from teaching.models import LessonWorkload, Workload
from university.models import LESSON_KIND_LABELS, Semester

NEAR_DAYS = 6  # two days so near are one lesson that one of the books dates differently


@dataclass(frozen=True, slots=True)
class Difference:
    """A day on which the books disagree. `day` is the department's where it has one, `other_day` the electronic
    journal's where both have a day. Settled once there is a remark."""

    journal_id: int
    department_id: int
    kind: BookDifference
    day: date
    other_day: date | None
    discipline: str
    group: str
    subgroup: int | None
    lesson_kind: str
    teacher: str
    department: str
    remark: str
    settled_by: str
    settled_at: datetime | None

    @property
    def label(self) -> str:
        return str(DIFFERENCE_LABELS[self.kind])


@dataclass(frozen=True, slots=True)
class Differences:
    """A window of the differences; `open` counts those without a remark, among all."""

    count: int
    open: int
    rows: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class BookDay:
    """A day of a journal's month: a lesson of the timetable, or an entry of the book beside it (`state` empty)."""

    day: date
    pair: int | None
    state: str
    is_in_book: bool

    @property
    def key(self) -> str:
        return f"{self.day.isoformat()}.{self.pair or ''}"


# Months that the head has declared whole; elsewhere absence means nothing. {scope} is one of the fixed texts below.
_DIFFERENCES = """
WITH month AS MATERIALIZED (
    SELECT bm.workload_id, bm.month, (bm.month + interval '1 month')::date AS until
    FROM reports_departmentbookmonth bm
    JOIN teaching_workload w ON w.id = bm.workload_id
    JOIN teaching_course c ON c.id = w.course_id
    JOIN university_group g ON g.id = c.group_id
    WHERE {scope}
), book AS (
    SELECT m.workload_id, m.month, e.date, count(*) AS times
    FROM month m JOIN reports_departmentbookentry e
      ON e.workload_id = m.workload_id AND e.date >= m.month AND e.date < m.until
    GROUP BY 1, 2, 3
), held AS (
    SELECT m.workload_id, m.month, l.date, count(*) AS times
    FROM month m
    JOIN teaching_lessonworkload lw ON lw.workload_id = m.workload_id
    JOIN teaching_lesson l ON l.id = lw.lesson_id AND l.date >= m.month AND l.date < m.until
    WHERE l.state NOT IN ('cancelled', 'not_held') AND (l.roll_taken_at IS NOT NULL OR l.state = 'held')
    GROUP BY 1, 2, 3
), apart AS MATERIALIZED (
    SELECT workload_id, month, date, coalesce(b.times, 0) > coalesce(h.times, 0) AS in_book
    FROM book b FULL JOIN held h USING (workload_id, month, date)
    WHERE coalesce(b.times, 0) <> coalesce(h.times, 0)
), near AS (
    SELECT b.workload_id, b.date, j.date AS other_date,
           row_number() OVER (PARTITION BY b.workload_id, b.date ORDER BY abs(b.date - j.date), j.date) AS of_book,
           row_number() OVER (PARTITION BY j.workload_id, j.date ORDER BY abs(b.date - j.date), b.date) AS of_journal
    FROM apart b JOIN apart j ON j.workload_id = b.workload_id AND j.month = b.month AND NOT j.in_book
         AND abs(b.date - j.date) <= %(near)s
    WHERE b.in_book
), moved AS MATERIALIZED (
    SELECT workload_id, date, other_date FROM near WHERE of_book = 1 AND of_journal = 1
), difference AS (
    SELECT workload_id, 'other_date' AS kind, date, other_date FROM moved
    UNION ALL
    SELECT a.workload_id, CASE WHEN a.in_book THEN 'book_only' ELSE 'journal_only' END, a.date, NULL
    FROM apart a
    WHERE NOT EXISTS (SELECT 1 FROM moved m WHERE m.workload_id = a.workload_id
                      AND a.date = CASE WHEN a.in_book THEN m.date ELSE m.other_date END)
)"""
_ROWS = (
    _DIFFERENCES  # noqa: S608 -- constants alone
    + """
SELECT d.workload_id, w.department_id, d.kind, d.date, d.other_date, di.name, g.name, sg.number, w.kind,
       coalesce((SELECT u.last_name || ' ' || u.first_name FROM teaching_workloadteacher k
        JOIN accounts_teacher t ON t.id = k.teacher_id JOIN accounts_user u ON u.id = t.user_id
        WHERE k.workload_id = w.id ORDER BY k.starts_on DESC LIMIT 1), ''),
       dep.name, coalesce(r.remark, ''), coalesce(su.last_name || ' ' || su.first_name, ''), r.settled_at,
       count(*) OVER (), count(*) FILTER (WHERE r.id IS NULL) OVER ()
FROM difference d
JOIN teaching_workload w ON w.id = d.workload_id
JOIN teaching_course c ON c.id = w.course_id
JOIN university_discipline di ON di.id = c.discipline_id
JOIN university_group g ON g.id = c.group_id
JOIN university_department dep ON dep.id = w.department_id
LEFT JOIN university_subgroup sg ON sg.id = w.subgroup_id
LEFT JOIN reports_bookremark r ON r.workload_id = d.workload_id AND r.kind = d.kind AND r.date = d.date
     AND r.other_date IS NOT DISTINCT FROM d.other_date
LEFT JOIN accounts_user su ON su.id = r.settled_by_id
ORDER BY r.id IS NOT NULL, d.date DESC, di.sort_key, g.sort_key, d.workload_id, d.kind
LIMIT %(limit)s OFFSET %(offset)s
"""
)
_OPEN = (
    _DIFFERENCES
    + """
SELECT count(*) FROM difference d
LEFT JOIN reports_bookremark r ON r.workload_id = d.workload_id AND r.kind = d.kind AND r.date = d.date
     AND r.other_date IS NOT DISTINCT FROM d.other_date
WHERE r.id IS NULL
"""
)
_IN_REACH = """(%(everything)s OR g.unit_id = ANY (%(units)s) OR c.group_id = ANY (%(groups)s)
     OR w.department_id = ANY (%(departments)s)
     OR EXISTS (SELECT 1 FROM teaching_workloadteacher k JOIN accounts_teacher t ON t.id = k.teacher_id
                WHERE k.workload_id = w.id AND k.starts_on <= %(today)s
                  AND (k.ends_on IS NULL OR k.ends_on >= %(today)s)
                  AND (k.teacher_id = %(teacher)s OR t.department_id = ANY (%(departments)s))))"""
_OF_JOURNAL = "w.id = %(journal)s"
_OF_DEPARTMENTS = "w.department_id = ANY (%(departments)s)"


def differences_for(rights: Rights, *, limit: int, offset: int, today: date) -> Differences:
    """What disagrees in the journals that a person may read; the open ones first. One statement."""
    return _differences(
        _IN_REACH,
        {
            "everything": rights.sees_everything,
            "units": sorted(rights.unit_ids),
            "groups": sorted(rights.group_ids),
            "departments": sorted(rights.department_ids),
            "teacher": rights.teacher_id,
            "today": today,
            "limit": limit,
            "offset": offset,
        },
    )


def differences_of(journal_id: int) -> Differences:
    """What disagrees in one journal. One statement."""
    return _differences(_OF_JOURNAL, {"journal": journal_id, "limit": 1000, "offset": 0})


def _differences(scope: str, params: dict[str, Any]) -> Differences:
    kinds = {kind.value: str(label) for kind, label in LESSON_KIND_LABELS.items()}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS.replace("{scope}", scope), {**params, "near": NEAR_DAYS})
        found = cursor.fetchall()
    if not found:
        return Differences(0, 0, [])
    rows = [
        Difference(
            journal_id=row[0],
            department_id=row[1],
            kind=BookDifference(row[2]),
            day=row[3],
            other_day=row[4],
            discipline=row[5],
            group=row[6],
            subgroup=row[7],
            lesson_kind=kinds[row[8]],
            teacher=row[9],
            department=row[10],
            remark=row[11],
            settled_by=row[12],
            settled_at=row[13],
        )
        for row in found
    ]
    return Differences(found[0][14], found[0][15], rows)


def open_differences(department_ids: frozenset[int]) -> int:
    """How many differences wait for the head of some departments."""
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN.replace("{scope}", _OF_DEPARTMENTS), {"departments": sorted(department_ids), "near": NEAR_DAYS}
        )
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def book_journals(department_ids: frozenset[int], *, semester: Semester | None) -> QuerySet[Workload]:
    """The journals whose department's book a head enters, with `entries` and `months` (declared whole)."""
    entries = (
        DepartmentBookEntry.objects.filter(workload=OuterRef("pk"))
        .order_by()
        .values("workload")
        .annotate(number=Count("id"))
    )
    months = (
        DepartmentBookMonth.objects.filter(workload=OuterRef("pk"))
        .order_by()
        .values("workload")
        .annotate(number=Count("id"))
    )
    return (
        Workload.objects.filter(department_id__in=department_ids, course__semester=semester)
        .annotate(
            entries=Coalesce(Subquery(entries.values("number")), 0),
            months=Coalesce(Subquery(months.values("number")), 0),
        )
        .select_related("course__discipline", "course__group", "subgroup")
        .order_by("course__discipline__sort_key", "course__group__sort_key", "kind", "subgroup__number", "id")
    )


def book_days(workload: Workload, *, first: date, last: date) -> list[BookDay]:
    """The days of a journal's month: lessons of the timetable, each ticked if it stands in the book, and entries of
    the book that are no lesson. Two queries."""
    entries = set(
        DepartmentBookEntry.objects.filter(workload=workload, date__range=(first, last)).values_list("date", "pair")
    )
    days = []
    for day, pair, state, rolled_at in (
        LessonWorkload.objects.filter(workload=workload, lesson__date__range=(first, last))
        .order_by("lesson__starts_at")
        .values_list("lesson__date", "lesson__pair", "lesson__state", "lesson__roll_taken_at")
    ):
        lost = state in (LessonState.CANCELLED, LessonState.NOT_HELD)
        shown = state if lost or rolled_at is None else LessonState.HELD
        # An entry without a pair stands for the day's first lesson.
        stands = next((entry for entry in ((day, pair), (day, None)) if entry in entries), None)
        if stands is not None:
            entries.discard(stands)
        days.append(BookDay(day, pair, shown, stands is not None))
    days += [BookDay(day, pair, "", True) for day, pair in entries]
    return sorted(days, key=lambda one: (one.day, one.pair or 0))


def is_whole(workload: Workload, month: date) -> bool:
    """Whether the head has declared a journal's month entered."""
    return DepartmentBookMonth.objects.filter(workload=workload, month=month).exists()


def workloads_named(department_ids: frozenset[int], *, semester: Semester | None) -> list[tuple[int, str, str, str]]:
    """(id, number, discipline, group) of the journals that a file may name."""
    return list(
        Workload.objects.filter(Q(department_id__in=department_ids), course__semester=semester).values_list(
            "id", "number", "course__discipline__name", "course__group__name"
        )
    )
