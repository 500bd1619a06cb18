"""The lessons of a day in a scope: which were filled, who was there (§5.4a, "attendance information").

A line is a lesson of one group's journal: a stream of three groups is three lines, since each group answers for
its own. One query reads the figures of all lines of the day, a second what the table shows of one window.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from accounts.models import User
from accounts.permissions import Rights, rights_of
from ejournal.lib.clock import day_of
from journal.selectors.states import LessonFace, face_of
from teaching.models import LessonWorkload
from teaching.selectors.timetable import ATTENDING, with_substitute
from university.models import LESSON_KIND_LABELS

UNFILLED = frozenset({LessonFace.NOT_FILLED, LessonFace.PARTLY})


@dataclass(frozen=True, slots=True)
class Line:
    """A lesson of one group's journal, in figures. `late` ones are not among `present`."""

    id: int
    unit_id: int
    unit: str
    department_id: int
    department: str
    group_id: int
    group: str
    face: LessonFace
    present: int
    late: int
    absent: int
    excused: int  # of the absent


@dataclass(frozen=True, slots=True)
class Counts:
    """Lessons by state, and people by presence. `percent`: present and late of all whom somebody looked at,
    whole, half up; None where nobody was."""

    lessons: int = 0
    to_come: int = 0
    running: int = 0
    filled: int = 0
    unfilled: int = 0
    off: int = 0
    present: int = 0
    late: int = 0
    absent: int = 0
    excused: int = 0

    @property
    def percent(self) -> int | None:
        there = self.present + self.late
        everyone = there + self.absent
        return (200 * there + everyone) // (2 * everyone) if everyone else None


@dataclass(frozen=True, slots=True)
class Part:
    """A unit with its groups, or a group in it, with its figures."""

    id: int
    name: str
    counts: Counts
    parts: Sequence["Part"] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    day: date
    total: Counts
    units: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Row:
    """What the table shows of a line."""

    line: Line
    lesson_id: int
    journal_id: int
    pair: int | None
    starts_at: datetime
    ends_at: datetime
    discipline: str
    kind: str
    subgroup: int | None
    teacher: str
    room: str


def counts_of(lines: Iterable[Line]) -> Counts:
    faces: dict[LessonFace, int] = {}
    lessons = present = late = absent = excused = 0
    for line in lines:
        lessons += 1
        faces[line.face] = faces.get(line.face, 0) + 1
        present += line.present
        late += line.late
        absent += line.absent
        excused += line.excused
    return Counts(
        lessons,
        faces.get(LessonFace.TO_COME, 0),
        faces.get(LessonFace.RUNNING, 0),
        faces.get(LessonFace.FILLED, 0),
        sum(faces.get(face, 0) for face in UNFILLED),
        faces.get(LessonFace.CANCELLED, 0) + faces.get(LessonFace.NOT_HELD, 0),
        present,
        late,
        absent,
        excused,
    )


def parts_of(lines: Sequence[Line]) -> list[Part]:
    """Units, and in each its groups, in the order of the lines (the alphabet's)."""
    units: dict[int, list[Line]] = {}
    for line in lines:
        units.setdefault(line.unit_id, []).append(line)
    found = []
    for unit_id, of_unit in units.items():
        groups: dict[int, list[Line]] = {}
        for line in of_unit:
            groups.setdefault(line.group_id, []).append(line)
        found.append(
            Part(
                unit_id,
                of_unit[0].unit,
                counts_of(of_unit),
                [Part(group_id, of_group[0].group, counts_of(of_group)) for group_id, of_group in groups.items()],
            )
        )
    return found


def today_summary(user: User, *, now: datetime) -> Summary:
    """Today in the scope of a person, for the first page. One query besides that of the rights."""
    day = day_of(now)
    lines = lines_of_day(rights_of(user, on=day), day, now=now)
    return Summary(day, counts_of(lines), parts_of(lines))


_LINES = """
WITH line AS (
    SELECT lw.id, lw.lesson_id, lw.workload_id, w.course_id, w.subgroup_id, w.department_id, c.group_id, g.unit_id,
           g.name AS group_name, g.sort_key AS group_key, l.date, l.state, l.starts_at, l.ends_at, l.roll_taken_at
    FROM teaching_lesson l
    JOIN teaching_lessonworkload lw ON lw.lesson_id = l.id
    JOIN teaching_workload w ON w.id = lw.workload_id
    JOIN teaching_course c ON c.id = w.course_id
    JOIN university_group g ON g.id = c.group_id
    WHERE l.date = %(day)s
      AND (%(everything)s OR g.unit_id = ANY (%(units)s::bigint[]) OR g.id = ANY (%(groups)s::bigint[])
           OR w.department_id = ANY (%(departments)s::bigint[]))
), seen AS (
    SELECT m.lesson_id, m.workload_id,
           count(*) FILTER (WHERE m.presence = 'present') AS present,
           count(*) FILTER (WHERE m.presence = 'late') AS late,
           count(*) FILTER (WHERE m.presence = 'absent') AS absent,
           count(v.id) FILTER (WHERE m.presence = 'absent') AS excused
    FROM journal_mark m
    LEFT JOIN journal_excusecover v ON v.lesson_id = m.lesson_id AND v.student_id = m.student_id
    WHERE m.lesson_id IN (SELECT lesson_id FROM line)
    GROUP BY m.lesson_id, m.workload_id
)
SELECT line.id, line.unit_id, u.name, line.department_id, d.name, line.group_id, line.group_name,
       line.state, line.starts_at, line.ends_at,
       -- A group without anybody on its roll owes no marks.
       line.roll_taken_at IS NOT NULL OR NOT EXISTS (
           SELECT 1 FROM teaching_courseenrolment e
           WHERE e.course_id = line.course_id AND e.basis = ANY (%(attending)s)
             AND (line.subgroup_id IS NULL OR e.subgroup_id = line.subgroup_id)
             AND e.starts_on <= line.date AND (e.ends_on IS NULL OR e.ends_on >= line.date)),
       coalesce(seen.present, 0), coalesce(seen.late, 0), coalesce(seen.absent, 0),
       coalesce(seen.excused, 0)
FROM line
JOIN university_unit u ON u.id = line.unit_id
JOIN university_department d ON d.id = line.department_id
LEFT JOIN seen ON seen.lesson_id = line.lesson_id AND seen.workload_id = line.workload_id
ORDER BY u.sort_key, line.unit_id, line.group_key, line.group_id, line.starts_at, line.id
"""


def lines_of_day(rights: Rights, day: date, *, now: datetime) -> list[Line]:
    """The lines of a day that a person watches: a dean's unit, a head's workloads, a curator's group, or all."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LINES,
            {
                "day": day,
                "everything": rights.sees_everything,
                "units": sorted(rights.unit_ids),
                "groups": sorted(rights.group_ids),
                "departments": sorted(rights.department_ids),
                "attending": [str(basis) for basis in ATTENDING],
            },
        )
        rows = cursor.fetchall()
    return [_line(row, now=now) for row in rows]


def _line(row: tuple[Any, ...], *, now: datetime) -> Line:
    line_id, unit_id, unit, department_id, department, group_id, group, state, starts_at, ends_at, is_taken = row[:11]
    present, late, absent, excused = row[11:]
    face = face_of(
        state=state,
        starts_at=starts_at,
        ends_at=ends_at,
        is_taken=is_taken,
        has_marks=present + late + absent > 0,
        now=now,
    )
    return Line(
        line_id, unit_id, unit, department_id, department, group_id, group, face, present, late, absent, excused
    )


_ROW: tuple[str, ...] = (
    "id",
    "lesson_id",
    "workload_id",
    "lesson__pair",
    "lesson__starts_at",
    "lesson__ends_at",
    "workload__course__discipline__name",
    "workload__kind",
    "workload__subgroup__number",
    "lesson__room__code",
    "lesson__teacher__user__last_name",
    "lesson__teacher__user__first_name",
    "lesson__teacher__user__patronymic",
    "substitution__substitute__user__last_name",
    "substitution__substitute__user__first_name",
    "substitution__substitute__user__patronymic",
)


def rows_of(lines: Sequence[Line]) -> list[Row]:
    """What the table shows of some lines (a window of them), in their order. One query."""
    found = {
        row[0]: row[1:]
        for row in with_substitute(LessonWorkload.objects.filter(pk__in=[line.id for line in lines])).values_list(*_ROW)
    }
    kinds = {kind.value: str(label) for kind, label in LESSON_KIND_LABELS.items()}
    rows = []
    for line in lines:
        if line.id not in found:  # its lesson was taken out of the timetable in this moment
            continue
        lesson_id, journal_id, pair, starts_at, ends_at, discipline, kind, subgroup, room, *names = found[line.id]
        names = names[3:] if names[3] is not None else names[:3]
        initials = " ".join(f"{part[0]}." for part in names[1:] if part)
        rows.append(
            Row(
                line,
                lesson_id,
                journal_id,
                pair,
                starts_at,
                ends_at,
                discipline,
                kinds[kind],
                subgroup,
                f"{names[0]} {initials}".strip(),
                room or "",
            )
        )
    return rows
