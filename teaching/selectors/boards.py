"""Timetables as they are looked at: days, or auditoriums, by pairs; what really is, and the lines behind it (§3.8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import FilteredRelation, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils.dates import WEEKDAYS
from django.utils.timezone import localtime

from ejournal.lib.clock import day_of
from ejournal.lib.names import short_name
from teaching.enums import ChangeKind, LessonState, TimetableOf, WeekParity
from teaching.models import STATE_LABELS, Lesson, LessonWorkload, Slot, Substitution, in_force
from teaching.permissions import TimetableDoor
from teaching.selectors.timetable import lessons_of_student, part_label
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS, Bell, Holiday, Room, Semester
from university.rules import is_odd_week, week_number

SATURDAY = 6
_PARITIES = [parity.value for parity in WeekParity]


@dataclass(frozen=True, slots=True)
class Entry:
    """A lesson, or a line, in its place. Texts that the page's title says already are empty.

    `substitute`: who stands in for the teacher; `stands_in`: the owner of the page does. `parity`: of a line.
    """

    key: int
    pair: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    discipline: str
    kind: str
    groups: str
    room: str
    teacher: str
    day: date | None = None
    state: str = LessonState.PLANNED
    change: str | None = None
    substitute: str = ""
    stands_in: bool = False
    is_running: bool = False
    parity: str = WeekParity.EVERY
    version: int = 1
    changed_at: datetime | None = None

    @property
    def is_off(self) -> bool:
        """It does not take place."""
        return self.state in (LessonState.CANCELLED, LessonState.NOT_HELD)

    @property
    def state_label(self) -> str:
        return str(STATE_LABELS[LessonState(self.state)])

    @property
    def is_make_up(self) -> bool:
        return self.change == ChangeKind.MAKE_UP

    @property
    def is_moved(self) -> bool:
        return self.change == ChangeKind.MOVE


@dataclass(frozen=True, slots=True)
class Column:
    """A pair with its bells; without a number: lessons outside the bells."""

    pair: int | None
    starts: time | None = None
    ends: time | None = None
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A day, a weekday or an auditorium with one cell for each column; a cell may hold several entries."""

    cells: Sequence[Sequence[Entry]]
    day: date | None = None
    weekday: int | None = None
    label: str = ""
    url_id: int | None = None
    is_today: bool = False
    holiday: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(self.cells)

    @property
    def weekday_name(self) -> str:
        return str(WEEKDAYS[self.weekday - 1]) if self.weekday else ""


@dataclass(frozen=True, slots=True)
class Board:
    columns: Sequence[Column]
    rows: Sequence[BoardRow]

    @property
    def is_empty(self) -> bool:
        """Nothing stands anywhere."""
        return all(row.is_empty for row in self.rows)


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday of a study week. `semester` None: no semester then, `number` and `is_odd` mean nothing."""

    starts_on: date
    ends_on: date
    semester: Semester | None
    number: int
    is_odd: bool
    is_present: bool
    board: Board


class _Row(NamedTuple):
    """One workload of a lesson."""

    lesson_id: int
    day: date
    pair: int | None
    starts_at: datetime
    ends_at: datetime
    state: str
    version: int
    changed_at: datetime | None
    room: str | None
    room_id: int | None
    teacher_id: int
    last_name: str
    first_name: str
    patronymic: str
    substitute_id: int | None
    substitute_last_name: str
    substitute_first_name: str
    substitute_patronymic: str
    change: str | None
    discipline: str
    kind: str
    group: str
    subgroup: int | None


_FIELDS = (
    "lesson_id",
    "lesson__date",
    "lesson__pair",
    "lesson__starts_at",
    "lesson__ends_at",
    "lesson__state",
    "lesson__version",
    "lesson__changed_at",
    "lesson__room__code",
    "lesson__room_id",
    "lesson__teacher_id",
    "lesson__teacher__user__last_name",
    "lesson__teacher__user__first_name",
    "lesson__teacher__user__patronymic",
    "substitution__substitute_id",
    "substitution__substitute__user__last_name",
    "substitution__substitute__user__first_name",
    "substitution__substitute__user__patronymic",
    "change__kind",
    "workload__course__discipline__name",
    "workload__kind",
    "workload__course__group__name",
    "workload__subgroup__number",
)


def lessons_of(door: TimetableDoor, *, since: date, until: date) -> QuerySet[LessonWorkload]:
    """The workloads of the lessons of a timetable in some days, with `substitution` joined."""
    if door.of == TimetableOf.STUDENT:
        found = lessons_of_student(door.id)
        if door.course_ids is not None:
            found = found.filter(workload__course_id__in=door.course_ids)
        return found.filter(lesson__date__range=(since, until))
    found = LessonWorkload.objects.annotate(
        substitution=FilteredRelation(
            "lesson__substitutions", condition=Q(lesson__substitutions__withdrawn_at__isnull=True)
        )
    ).filter(lesson__date__range=(since, until))
    if door.of == TimetableOf.GROUP:
        return found.filter(workload__course__group_id=door.id)
    if door.of == TimetableOf.ROOM:
        return found.filter(lesson__room_id=door.id)
    held = Lesson.objects.filter(teacher_id=door.id, date__range=(since, until)).values("pk")
    named = Substitution.objects.filter(
        withdrawn_at__isnull=True, substitute_id=door.id, lesson__date__range=(since, until)
    ).values("lesson_id")
    return found.filter(lesson_id__in=held.union(named))


def entries_of(door: TimetableDoor, *, since: date, until: date, now: datetime) -> list[Entry]:
    """The lessons of a timetable in some days, by time; workloads of one meeting are one entry. One query."""
    return [
        entry for entry, _room in _entries(lessons_of(door, since=since, until=until), of=door.of, who=door.id, now=now)
    ]


def _entries(
    found: QuerySet[LessonWorkload], *, of: TimetableOf, who: int, now: datetime
) -> Iterable[tuple[Entry, int | None]]:
    by_lesson: dict[int, list[_Row]] = {}
    ordered = found.order_by(
        "lesson__starts_at", "lesson_id", "workload__course__group__sort_key", "workload__subgroup__number"
    )
    for values in ordered.values_list(*_FIELDS):
        row = _Row(*values)
        by_lesson.setdefault(row.lesson_id, []).append(row)
    for rows in by_lesson.values():
        first = rows[0]
        stands_in = of == TimetableOf.TEACHER and first.substitute_id == who
        substitute = short_name(
            first.substitute_last_name or "", first.substitute_first_name or "", first.substitute_patronymic or ""
        )
        off_bells = first.pair is None
        parts = dict.fromkeys(part_label(row.group, row.subgroup) for row in rows)
        yield (
            Entry(
                key=first.lesson_id,
                day=first.day,
                pair=None if off_bells else first.pair,
                starts_at=first.starts_at,
                ends_at=first.ends_at,
                discipline=first.discipline,
                kind=str(LESSON_KIND_LABELS[LessonKind(first.kind)]),
                # On a group's own page only what it is split into is news (§3.5b).
                groups=", ".join(parts)
                if of not in (TimetableOf.GROUP, TimetableOf.STUDENT) or first.subgroup is not None
                else "",
                room="" if of in (TimetableOf.ROOM, TimetableOf.BUILDING) else first.room or "",
                teacher=""
                if of == TimetableOf.TEACHER and not stands_in
                else short_name(first.last_name, first.first_name, first.patronymic),
                state=first.state,
                change=first.change,
                substitute="" if stands_in else substitute,
                stands_in=stands_in,
                is_running=first.starts_at <= now < first.ends_at
                and first.state in (LessonState.PLANNED, LessonState.HELD),
                version=first.version,
                changed_at=first.changed_at,
            ),
            first.room_id,
        )


@dataclass(frozen=True, slots=True)
class _Calendar:
    semester: Semester | None
    holidays: dict[date, str] = field(default_factory=dict)
    bells: Sequence[tuple[int, time, time]] = ()


def _calendar(since: date, until: date) -> _Calendar:
    """The semester of some days, their holidays and the bells. One query."""
    semester = (
        Semester.objects.filter(starts_on__lte=until, ends_on__gte=since)
        .select_related("year")
        .annotate(
            holidays=ArraySubquery(
                Holiday.objects.filter(day__range=(since, until)).values(json=JSONObject(day="day", name="name"))
            ),
            bells=ArraySubquery(
                Bell.objects.order_by("number").values(json=JSONObject(number="number", starts="starts", ends="ends"))
            ),
        )
        .order_by("starts_on")
        .first()
    )
    if semester is None:
        return _Calendar(None)
    noted: Any = semester
    return _Calendar(
        semester,
        {date.fromisoformat(one["day"]): one["name"] for one in noted.holidays},
        [(one["number"], time.fromisoformat(one["starts"]), time.fromisoformat(one["ends"])) for one in noted.bells],
    )


def week_of(door: TimetableDoor, *, day: date, now: datetime) -> Week:
    """The week that a day lies in, as it really is: moved, made up, cancelled and substituted lessons too.

    Two queries: the lessons, and the calendar with semester, holidays and bells.
    """
    monday = day - timedelta(days=day.weekday())
    sunday = monday + timedelta(days=6)
    today = day_of(now)
    entries = entries_of(door, since=monday, until=sunday, now=now)
    calendar = _calendar(monday, sunday)
    columns = _columns(entries, calendar.bells, now=now, is_present=monday <= today <= sunday)
    by_day: dict[date | None, list[Entry]] = {}
    for entry in entries:
        by_day.setdefault(entry.day, []).append(entry)
    days = [monday + timedelta(days=number) for number in range(7)]
    rows = [
        BoardRow(
            cells=_cells(by_day.get(one, ()), columns),
            day=one,
            is_today=one == today,
            holiday=calendar.holidays.get(one, ""),
        )
        for one in days
        if one.isoweekday() <= SATURDAY or one in by_day
    ]
    starts_on = calendar.semester.starts_on if calendar.semester else monday
    return Week(
        monday,
        sunday,
        calendar.semester,
        week_number(sunday, semester_starts_on=starts_on),
        is_odd_week(sunday, semester_starts_on=starts_on),
        monday <= today <= sunday,
        Board(columns, rows),
    )


def building_day(building: str, rooms: Sequence[Room], *, day: date, now: datetime) -> Board:
    """The auditoriums of a building by the pairs of one day. Two queries."""
    found = LessonWorkload.objects.annotate(
        substitution=FilteredRelation(
            "lesson__substitutions", condition=Q(lesson__substitutions__withdrawn_at__isnull=True)
        )
    ).filter(lesson__date=day, lesson__room__building=building)
    placed = list(_entries(found, of=TimetableOf.BUILDING, who=0, now=now))
    calendar = _calendar(day, day)
    columns = _columns([entry for entry, _room in placed], calendar.bells, now=now, is_present=day == day_of(now))
    return Board(
        columns,
        [
            BoardRow(
                cells=_cells([entry for entry, room_id in placed if room_id == room.pk], columns),
                label=room.code,
                url_id=room.pk,
                holiday=calendar.holidays.get(day, ""),
            )
            for room in rooms
        ],
    )


def scheme_of(door: TimetableDoor, semester: Semester, *, on: date) -> Board:
    """The lines of a semester that hold on a day or later: weekdays by pairs, odd and even weeks side by side.

    Two queries. A line of a stream stands once, with all its groups.
    """
    held_on = min(max(on, semester.starts_on), semester.ends_on)
    slots = Slot.objects.filter(workload__course__semester=semester, ends_on__gte=held_on)
    if door.of == TimetableOf.GROUP:
        slots = slots.filter(workload__course__group_id=door.id)
    else:
        slots = slots.filter(in_force(held_on, "workload__teachers__"), workload__teachers__teacher_id=door.id)
    rows = slots.annotate(
        keeper=FilteredRelation("workload__teachers", condition=in_force(held_on, "workload__teachers__"))
    ).order_by("weekday", "pair", "parity", "workload__course__group__sort_key", "workload__subgroup__number", "id")
    meetings: dict[tuple[object, ...], tuple[int, Entry]] = {}
    for slot in rows.values_list(
        "id",
        "weekday",
        "pair",
        "parity",
        "room__code",
        "workload__stream",
        "workload__course__discipline__name",
        "workload__kind",
        "workload__course__group__name",
        "workload__subgroup__number",
        "keeper__teacher__user__last_name",
        "keeper__teacher__user__first_name",
        "keeper__teacher__user__patronymic",
    ):
        slot_id, weekday, pair, parity, room, stream, discipline, kind, group, subgroup, last, first, patronymic = slot
        part = part_label(group, subgroup)
        is_of_group = door.of == TimetableOf.GROUP
        meeting = (stream, weekday, pair, parity, room) if stream else (slot_id,)
        if meeting in meetings:
            before = meetings[meeting][1]
            groups = before.groups if is_of_group else ", ".join(dict.fromkeys([*before.groups.split(", "), part]))
            meetings[meeting] = weekday, replace(before, groups=groups)
            continue
        meetings[meeting] = (
            weekday,
            Entry(
                key=slot_id,
                pair=pair,
                starts_at=None,
                ends_at=None,
                discipline=discipline,
                kind=str(LESSON_KIND_LABELS[LessonKind(kind)]),
                groups=part if not is_of_group or subgroup is not None else "",
                room=room or "",
                teacher=short_name(last or "", first or "", patronymic or "") if is_of_group else "",
                parity=parity,
            ),
        )
    bells = [(bell.number, bell.starts, bell.ends) for bell in Bell.objects.order_by("number")]
    entries = list(meetings.values())
    columns = _columns([entry for _weekday, entry in entries], bells, now=None, is_present=False)
    return Board(
        columns,
        [
            BoardRow(cells=_cells([entry for of_day, entry in entries if of_day == weekday], columns), weekday=weekday)
            for weekday in range(1, 8)
            if weekday <= SATURDAY or any(of_day == weekday for of_day, _entry in entries)
        ],
    )


def _columns(
    entries: Sequence[Entry], bells: Sequence[tuple[int, time, time]], *, now: datetime | None, is_present: bool
) -> list[Column]:
    """From the first pair to the last that is used, and one more where a lesson stands outside the bells."""
    used = [entry.pair for entry in entries if entry.pair is not None]
    times = {number: (starts, ends) for number, starts, ends in bells}
    at = localtime(now).time() if now is not None and is_present else None
    columns = []
    for pair in range(1, max(used, default=0) + 1):
        starts, ends = times.get(pair, (None, None))
        is_now = at is not None and starts is not None and ends is not None and starts <= at < ends
        columns.append(Column(pair, starts, ends, is_now))
    if any(entry.pair is None for entry in entries):
        columns.append(Column(None))
    return columns


def _cells(entries: Iterable[Entry], columns: Sequence[Column]) -> list[list[Entry]]:
    """Entries under their columns; of lines, odd weeks stand before even ones."""
    cells: dict[int | None, list[Entry]] = {column.pair: [] for column in columns}
    for entry in sorted(entries, key=lambda entry: _PARITIES.index(entry.parity)):
        cells[entry.pair].append(entry)
    return list(cells.values())
