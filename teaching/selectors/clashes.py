"""Who or what is wanted in two places at once: at one moment, and in the timetable of a semester (§3.3).

Real timetables have clashes: they are told and never refused.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import FilteredRelation, Q
from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ejournal.lib.names import short_name
from ejournal.lib.sorting import sort_key
from teaching.enums import ClashKind, LessonState
from teaching.models import LessonWorkload
from teaching.rules import Held, clashes_among
from teaching.selectors.timetable import part_label
from university.models import Semester

_WANTED = "wanted"


@dataclass(frozen=True, slots=True)
class Clash:
    """A lesson that stands where another is wanted. `subject` names the teacher, group or room that both want."""

    kind: ClashKind
    subject: str
    lesson_id: int
    starts_at: datetime
    ends_at: datetime
    discipline: str
    groups: str

    @property
    def sentence(self) -> str:
        """The clash in the language that is active now."""
        values = {
            "subject": self.subject,
            "discipline": self.discipline,
            "groups": self.groups,
            "from": time_format(localtime(self.starts_at), "H:i"),
            "until": time_format(localtime(self.ends_at), "H:i"),
        }
        if self.kind == ClashKind.ROOM:
            return _("The auditorium %(subject)s is taken %(from)s–%(until)s: %(discipline)s, %(groups)s.") % values
        if self.kind == ClashKind.TEACHER:
            return _("%(subject)s teaches %(from)s–%(until)s: %(discipline)s, %(groups)s.") % values
        return _("The group %(subject)s has a lesson %(from)s–%(until)s: %(discipline)s.") % values


class _Busy(NamedTuple):
    """One workload of a lesson, with who really holds it."""

    lesson_id: int
    starts_at: datetime
    ends_at: datetime
    teacher_id: int
    last_name: str
    first_name: str
    patronymic: str
    substitute_id: int | None
    substitute_last_name: str
    substitute_first_name: str
    substitute_patronymic: str
    room_id: int | None
    room: str | None
    group_id: int
    group: str
    subgroup_id: int | None
    subgroup: int | None
    discipline: str

    @property
    def teacher(self) -> str:
        if self.substitute_id is not None:
            return short_name(self.substitute_last_name, self.substitute_first_name, self.substitute_patronymic)
        return short_name(self.last_name, self.first_name, self.patronymic)


def clashes_at(
    *,
    starts_at: datetime,
    ends_at: datetime,
    teacher_ids: Collection[int] = (),
    room_id: int | None = None,
    groups: Collection[tuple[int, int | None]] = (),
    leave_out_lesson_ids: Collection[int] = (),
) -> list[Clash]:
    """The lessons that already hold one of these at some moment, by time. One query.

    `groups` are (group id, subgroup id or None for the whole group). A substitute is the one who is busy, not the
    teacher he stands in for; what is cancelled or was not held holds nobody.
    """
    wanted = Q(lesson__room_id=room_id) if room_id is not None else Q(pk__in=[])
    if teacher_ids:
        wanted |= Q(lesson__teacher_id__in=teacher_ids) | Q(substitution__substitute_id__in=teacher_ids)
    if groups:
        wanted |= Q(workload__course__group_id__in={group for group, _subgroup in groups})
    rows = (
        LessonWorkload.objects.annotate(
            substitution=FilteredRelation(
                "lesson__substitutions", condition=Q(lesson__substitutions__withdrawn_at__isnull=True)
            )
        )
        .filter(
            wanted,
            lesson__starts_at__lt=ends_at,
            lesson__ends_at__gt=starts_at,
            lesson__state__in=[LessonState.PLANNED, LessonState.HELD],
        )
        .exclude(lesson__in=leave_out_lesson_ids)
        .order_by("lesson__starts_at", "lesson_id", "workload__course__group__sort_key", "workload_id")
        .values_list(
            "lesson_id",
            "lesson__starts_at",
            "lesson__ends_at",
            "lesson__teacher_id",
            "lesson__teacher__user__last_name",
            "lesson__teacher__user__first_name",
            "lesson__teacher__user__patronymic",
            "substitution__substitute_id",
            "substitution__substitute__user__last_name",
            "substitution__substitute__user__first_name",
            "substitution__substitute__user__patronymic",
            "lesson__room_id",
            "lesson__room__code",
            "workload__course__group_id",
            "workload__course__group__name",
            "workload__subgroup_id",
            "workload__subgroup__number",
            "workload__course__discipline__name",
        )
    )
    by_lesson: defaultdict[int, list[_Busy]] = defaultdict(list)
    for row in rows:
        busy = _Busy(*row)
        by_lesson[busy.lesson_id].append(busy)
    # The wanted meeting, once for each group and teacher; it is no lesson yet, and a group 0 there is none.
    teachers: list[int | None] = [*teacher_ids] or [None]
    ask = [
        Held(_WANTED, None, teacher, group, subgroup, room_id)
        for group, subgroup in (groups or [(0, None)])
        for teacher in teachers
    ]
    found: list[Clash] = []
    for served in by_lesson.values():
        there = [
            Held(row.lesson_id, None, row.substitute_id or row.teacher_id, row.group_id, row.subgroup_id, row.room_id)
            for row in served
        ]
        clashing = {(one.kind, one.subject) for one in clashes_among([*ask, *there])}
        found += [_clash(kind, subject, served) for kind, subject in sorted(clashing, key=str)]
    return found


def _clash(kind: ClashKind, subject: object, served: Sequence[_Busy]) -> Clash:
    first = served[0]
    if kind == ClashKind.TEACHER:
        name = first.teacher
    elif kind == ClashKind.ROOM:
        name = first.room or ""
    else:
        name = next(row.group for row in served if row.group_id == subject)
    return Clash(
        kind=kind,
        subject=name,
        lesson_id=first.lesson_id,
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        discipline=first.discipline,
        groups=", ".join(part_label(row.group, row.subgroup) for row in served),
    )


# --- The timetable of a semester ------------------------------------------------------------------------------


class ClashLine(NamedTuple):
    """A line of the timetable as the list of clashes shows it."""

    slot_id: int
    weekday: int
    pair: int
    parity: str
    starts_on: date
    ends_on: date
    room_id: int | None
    room: str | None
    stream: str
    group_id: int
    group: str
    unit_id: int
    subgroup_id: int | None
    subgroup: int | None
    discipline: str
    teacher_id: int | None
    last_name: str | None
    first_name: str | None
    patronymic: str | None
    department_id: int | None

    @property
    def teacher(self) -> str:
        return short_name(self.last_name or "", self.first_name or "", self.patronymic or "")

    @property
    def part(self) -> str:
        return part_label(self.group, self.subgroup)


@dataclass(frozen=True, slots=True)
class SemesterClash:
    """What one teacher, group or room has at one pair of one weekday, where only one of it can be."""

    kind: ClashKind
    subject: str
    subject_id: int
    weekday: int
    pair: int
    lines: Sequence[ClashLine]

    @property
    def weekday_name(self) -> str:
        return str(WEEKDAYS[self.weekday - 1])


# Only lines that share pair and teacher, group or room with another: a tenth of the timetable, found by the
# database. What of them clashes, the rule says.
_SUSPECTS = """
WITH line AS (
    SELECT s.id, s.weekday, s.pair, s.parity, s.starts_on, s.ends_on, s.room_id, w.stream, c.group_id, w.subgroup_id,
           c.discipline_id, k.teacher_id,
           count(*) OVER (PARTITION BY s.weekday, s.pair, k.teacher_id) AS of_teacher,
           count(*) OVER (PARTITION BY s.weekday, s.pair, s.room_id) AS of_room,
           count(*) OVER (PARTITION BY s.weekday, s.pair, c.group_id) AS of_group
    FROM teaching_slot s
    JOIN teaching_workload w ON w.id = s.workload_id
    JOIN teaching_course c ON c.id = w.course_id
    LEFT JOIN teaching_workloadteacher k ON k.workload_id = w.id AND k.starts_on <= %(on)s
         AND (k.ends_on IS NULL OR k.ends_on >= %(on)s)
    WHERE c.semester_id = %(semester)s AND s.ends_on >= %(on)s
)
SELECT l.id, l.weekday, l.pair, l.parity, l.starts_on, l.ends_on, l.room_id, r.code, l.stream, l.group_id, g.name,
       g.unit_id, l.subgroup_id, sg.number, d.name, l.teacher_id, u.last_name, u.first_name, u.patronymic,
       t.department_id
FROM line l
JOIN university_group g ON g.id = l.group_id
JOIN university_discipline d ON d.id = l.discipline_id
LEFT JOIN university_subgroup sg ON sg.id = l.subgroup_id
LEFT JOIN university_room r ON r.id = l.room_id
LEFT JOIN accounts_teacher t ON t.id = l.teacher_id
LEFT JOIN accounts_user u ON u.id = t.user_id
WHERE (l.teacher_id IS NOT NULL AND l.of_teacher > 1) OR (l.room_id IS NOT NULL AND l.of_room > 1) OR l.of_group > 1
ORDER BY l.weekday, l.pair, g.sort_key, l.id
"""


def clashes_of_semester(
    semester: Semester,
    *,
    on: date,
    unit_ids: Collection[int] | None = None,
    department_ids: Collection[int] | None = None,
) -> list[SemesterClash]:
    """The clashes of the lines that hold on a day or later, teachers first, then groups, then rooms. One query.

    With `unit_ids`, those that a group of these units is in; with `department_ids`, those that a teacher of these
    departments is in; with both, either. None of them: all.
    """
    held_on = min(max(on, semester.starts_on), semester.ends_on)
    with connection.cursor() as cursor:
        cursor.execute(_SUSPECTS, {"semester": semester.pk, "on": held_on})
        suspects = {row[0]: ClashLine(*row) for row in cursor.fetchall()}
    together: defaultdict[tuple[ClashKind, int, int, int], dict[int, ClashLine]] = defaultdict(dict)
    for found in clashes_among(_held(line) for line in suspects.values()):
        for one in (found.first, found.second):
            line = suspects[one.id]
            together[found.kind, found.subject, line.weekday, line.pair][line.slot_id] = line  # type: ignore[index]
    clashes = [
        SemesterClash(
            kind,
            _subject(kind, next(iter(lines.values()))),
            subject_id,
            weekday,
            pair,
            sorted(lines.values(), key=lambda line: (line.parity, sort_key(line.part), line.slot_id)),
        )
        for (kind, subject_id, weekday, pair), lines in together.items()
        if (unit_ids is None and department_ids is None)
        or any(
            line.unit_id in (unit_ids or ()) or line.department_id in (department_ids or ()) for line in lines.values()
        )
    ]
    order = list(ClashKind)
    clashes.sort(key=lambda one: (order.index(one.kind), sort_key(one.subject), one.subject_id, one.weekday, one.pair))
    return clashes


def _held(line: ClashLine) -> Held:
    return Held(
        line.slot_id,
        (line.weekday, line.pair),
        line.teacher_id,
        line.group_id,
        line.subgroup_id,
        line.room_id,
        line.parity,
        line.stream,
        line.starts_on,
        line.ends_on,
    )


def _subject(kind: ClashKind, line: ClashLine) -> str:
    names = {ClashKind.TEACHER: line.teacher, ClashKind.GROUP: line.group, ClashKind.ROOM: line.room or ""}
    return names[kind]
