"""The lessons that follow from the timetable (§3.5g).

A lesson is a meeting. It serves one workload, or several of one stream that meet on the same day, in the same
pair, weeks and room with the same teacher. What has begun stays as it was; what is to come follows the lines.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, ManyToOneRel, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib.clock import day_of, moment_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import own_semesters
from teaching.enums import LessonState
from teaching.models import Lesson, LessonWorkload, Slot, Workload, WorkloadTeacher
from teaching.rules import days_of_line
from teaching.services.holidays import follow_holidays
from university.models import Bell, Holiday, Semester


@dataclass(slots=True)
class Generated:
    """What became of the lessons. `cancelled` had something written or named on them and no new day to go to."""

    made: int = 0
    changed: int = 0
    removed: int = 0
    moved: int = 0
    cancelled: list[int] = field(default_factory=list)

    def __iadd__(self, other: "Generated") -> "Generated":
        self.made += other.made
        self.changed += other.changed
        self.removed += other.removed
        self.moved += other.moved
        self.cancelled += other.cancelled
        return self


def generate_lessons(
    semester: Semester,
    *,
    by: User | None,
    now: datetime,
    workload_ids: Collection[int] | None = None,
    leave_out: Collection[int] = (),
) -> Generated:
    """Make the lessons of a semester agree with its timetable: lines, bells, odd and even weeks, holidays (§3.5g).

    Takes the semester's exclusive lock. Repeating it changes nothing. Lessons that have begun, and those with an
    approved change, are left alone; holidays cancel theirs (`follow_holidays`). A coming lesson that no line carries
    any more is removed; if somebody wrote on it, it goes to a new day of its journal in that week, or is cancelled.
    `workload_ids` narrows the work to some journals and the streams they meet in; `leave_out` are lines that are
    about to vanish. Whoever moves a lesson by an order leaves the old one cancelled, else it would be made again.
    """
    with transaction.atomic():
        own_semesters([semester.pk])
        return _Generator(semester, by=by, now=now, workload_ids=workload_ids, leave_out=leave_out).run()


class Wanted(NamedTuple):
    """What a line says for a day. Lines of one `meeting` sit together."""

    slot_id: int
    workload_id: int
    pair: int
    room_id: int | None
    teacher_id: int
    meeting: int


class Present(NamedTuple):
    """A journal's lesson of a day as it stands. A `settled` one has begun, was cancelled or changed by an order."""

    id: int
    lesson_id: int
    workload_id: int
    slot_id: int
    pair: int | None
    settled: bool


@dataclass(slots=True)
class DayPlan:
    """What has to become of one day. A meeting is named by its number until its lesson has an id."""

    lessons: dict[int, int] = field(default_factory=dict)  # meeting → lesson that is there
    first: dict[int, Wanted] = field(default_factory=dict)  # meeting → what its lesson is like
    joined: list[Wanted] = field(default_factory=list)  # journals that have no lesson yet
    kept: list[tuple[Present, Wanted]] = field(default_factory=list)  # journals that have one
    gone: list[Present] = field(default_factory=list)  # lessons that no line carries any more

    @property
    def new_meetings(self) -> list[int]:
        return [meeting for meeting in self.first if meeting not in self.lessons]


def reconcile_day(wanted: Iterable[Wanted], present: Sequence[Present]) -> DayPlan:
    """Match what the lines say with what is there, by journal and pair.

    Each coming lesson stays with the meeting that shares most of its journals, each meeting keeps one of them.
    """
    plan = DayPlan()
    there = {(row.workload_id, row.pair): row for row in sorted(present, key=lambda row: row.settled)}
    matched: set[int] = set()
    shares: dict[int, Counter[int]] = defaultdict(Counter)
    for want in wanted:
        row = there.get((want.workload_id, want.pair))
        if row is not None:
            matched.add(row.id)
            if row.settled:
                continue
            shares[row.lesson_id][want.meeting] += 1
            plan.kept.append((row, want))
        else:
            plan.joined.append(want)
        plan.first.setdefault(want.meeting, want)
    for lesson_id in sorted(shares):
        meetings = shares[lesson_id]
        best = min(meetings, key=lambda meeting: (-meetings[meeting], meeting))
        plan.lessons.setdefault(best, lesson_id)
    plan.gone = [row for row in present if row.id not in matched and not row.settled]
    return plan


_ROWS = """
FROM unnest(%(ids)s::bigint[], %(days)s::date[], %(pairs)s::int[], %(rooms)s::bigint[], %(teachers)s::bigint[])
       AS w (id, date, pair, room_id, teacher_id)
JOIN unnest(%(bell_days)s::date[], %(bells)s::int[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
       AS b (date, pair, starts_at, ends_at) ON b.date = w.date AND b.pair = w.pair
"""

_INSERT_LESSONS = f"""
INSERT INTO teaching_lesson (id, semester_id, date, pair, starts_at, ends_at, room_id, teacher_id, state, topic,
                             work_kinds, note, version, changed_by_id, changed_at, request_id)
SELECT w.id, %(semester)s, w.date, w.pair, b.starts_at, b.ends_at, w.room_id, w.teacher_id, %(planned)s, '', '{{}}',
       '', 1, %(by)s, %(now)s, %(request)s
{_ROWS} ORDER BY w.id
"""

_UPDATE_LESSONS = f"""
UPDATE teaching_lesson l SET room_id = w.room_id, teacher_id = w.teacher_id, starts_at = w.starts_at,
       ends_at = w.ends_at, version = l.version + 1, changed_by_id = %(by)s, changed_at = %(now)s,
       request_id = %(request)s
FROM (SELECT w.*, b.starts_at, b.ends_at {_ROWS}) w
WHERE l.id = w.id
  AND (l.room_id, l.teacher_id, l.starts_at, l.ends_at)
      IS DISTINCT FROM (w.room_id, w.teacher_id, w.starts_at, w.ends_at)
"""  # noqa: S608 -- our own words


class _Generator:
    def __init__(
        self,
        semester: Semester,
        *,
        by: User | None,
        now: datetime,
        workload_ids: Collection[int] | None,
        leave_out: Collection[int],
    ) -> None:
        self.semester, self.by, self.now = semester, by, now
        self.request: UUID = request_id()
        self.workload_ids = None if workload_ids is None else self._with_streams(workload_ids)
        self.leave_out = set(leave_out)
        self.done = Generated()
        self.ids = _Ids()
        # Lessons as (id, day, pair, room, teacher); journals in lessons as (lesson or row, journal or lesson, line).
        self.new: list[tuple[Any, ...]] = []
        self.kept: list[tuple[Any, ...]] = []
        self.joined: list[tuple[int, int, int]] = []
        self.regrouped: list[tuple[int, int, int]] = []
        self.gone: list[tuple[Present, date]] = []
        self.emptied: set[int] = set()

    def _with_streams(self, workload_ids: Collection[int]) -> set[int]:
        mine = Workload.objects.filter(course__semester=self.semester)
        streams = mine.filter(pk__in=workload_ids).exclude(stream="").values("stream")
        found = set(mine.filter(pk__in=workload_ids).values_list("pk", flat=True))
        return found | set(mine.filter(stream__in=streams).values_list("pk", flat=True))

    def run(self) -> Generated:
        if self.workload_ids is not None and not self.workload_ids:
            return self.done
        if self.workload_ids is None:
            follow_holidays(self.semester, by=self.by, now=self.now)
        lines = _Lines(self.semester, self.workload_ids, self.leave_out)
        present_days = set(Lesson.objects.filter(semester=self.semester).values_list("date", flat=True).distinct())
        for day in sorted({*lines.days(), *present_days}):
            present = self._present(day) if day in present_days else []
            plan = reconcile_day(lines.of(day), present)
            if present:
                self._stay_with_what_is_written(plan)
            self._collect(day, plan)
        self._write(lines)
        self._take_away()
        return self.done

    def _present(self, day: date) -> list[Present]:
        rows = LessonWorkload.objects.filter(lesson__semester=self.semester, lesson__date=day, slot__isnull=False)
        if self.workload_ids is not None:
            rows = rows.filter(workload__in=self.workload_ids)
        ordered = LessonWorkload.objects.filter(lesson=OuterRef("lesson"), change__isnull=False)
        settled = Q(lesson__starts_at__lte=self.now) | ~Q(lesson__state=LessonState.PLANNED) | Exists(ordered)
        found = rows.annotate(settled=settled).order_by("id")
        return [
            Present(*row)
            for row in found.values_list("id", "lesson_id", "workload_id", "slot_id", "lesson__pair", "settled")
        ]

    def _stay_with_what_is_written(self, plan: DayPlan) -> None:
        """A lesson that somebody prepared is not dissolved into another: its journals stay in it."""
        chosen = set(plan.lessons.values())
        leaving = {row.lesson_id for row, want in plan.kept if plan.lessons.get(want.meeting) != row.lesson_id} - chosen
        if not leaving:
            return
        written = self._touched(leaving)
        for lesson_id in sorted(leaving & written):
            rows = [(row, want) for row, want in plan.kept if row.lesson_id == lesson_id]
            # A meeting of its own, of a number that no line has.
            meeting = -lesson_id
            plan.lessons[meeting] = lesson_id
            plan.first[meeting] = rows[0][1]._replace(meeting=meeting)
            stay = {row.id for row, _ in rows}
            plan.kept = [(row, want._replace(meeting=meeting) if row.id in stay else want) for row, want in plan.kept]
        self.emptied |= leaving - written

    def _collect(self, day: date, plan: DayPlan) -> None:
        """Note what one day needs; `_write` writes the days together."""
        self.gone += [(row, day) for row in plan.gone]
        lessons = dict(plan.lessons)
        wanted = {want.meeting for want in plan.joined} | {want.meeting for _, want in plan.kept}
        for meeting in plan.new_meetings:
            if meeting in wanted:
                lessons[meeting] = self.ids.next()
                self.new.append(_row(lessons[meeting], day, plan.first[meeting]))
        self.kept += [_row(lesson_id, day, plan.first[meeting]) for meeting, lesson_id in plan.lessons.items()]
        self.joined += [(lessons[want.meeting], want.workload_id, want.slot_id) for want in plan.joined]
        self.regrouped += [
            (row.id, lessons[want.meeting], want.slot_id)
            for row, want in plan.kept
            if (row.lesson_id, row.slot_id) != (lessons[want.meeting], want.slot_id)
        ]

    def _write(self, lines: "_Lines") -> None:
        """One statement of each kind: a trigger's plan that was made for the first day, when the tables were all
        but empty, would read them whole for every row of the last."""
        with connection.cursor() as cursor:
            cursor.execute("DISCARD PLANS")
            if self.new:
                cursor.execute(_INSERT_LESSONS, self._values(self.new, lines))
                self.done.made += len(self.new)
            if self.joined:
                cursor.execute(
                    "INSERT INTO teaching_lessonworkload (lesson_id, workload_id, slot_id)"
                    " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])",
                    _columns(self.joined),
                )
            if self.regrouped:
                cursor.execute(
                    "UPDATE teaching_lessonworkload lw SET lesson_id = w.lesson_id, slot_id = w.slot_id"
                    " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS w (id, lesson_id, slot_id)"
                    " WHERE lw.id = w.id",
                    _columns(self.regrouped),
                )
            if self.kept:
                cursor.execute(_UPDATE_LESSONS, self._values(self.kept, lines))
                self.done.changed += cursor.rowcount

    def _values(self, rows: Sequence[tuple[Any, ...]], lines: "_Lines") -> dict[str, Any]:
        """Parameters of the statements above: lessons as arrays, and the bells of their days."""
        ids, days, pairs, rooms, teachers = _columns(rows)
        bells = sorted({(row[1], row[2]) for row in rows})
        moments = [lines.moments(day, pair) for day, pair in bells]
        return {
            "semester": self.semester.pk,
            "planned": LessonState.PLANNED.value,
            "by": self.by.pk if self.by is not None else None,
            "now": self.now,
            "request": self.request,
            "ids": ids,
            "days": days,
            "pairs": pairs,
            "rooms": rooms,
            "teachers": teachers,
            "bell_days": [day for day, _ in bells],
            "bells": [pair for _, pair in bells],
            "starts": [starts_at for starts_at, _ in moments],
            "ends": [ends_at for _, ends_at in moments],
        }

    # --- Lessons that no line carries any more ----------------------------------------------------------------

    def _take_away(self) -> None:
        """Remove coming lessons that no line carries; keep what somebody prepared."""
        concerned = {row.lesson_id for row, _ in self.gone} | self.emptied
        if not concerned:
            return
        touched = self._touched({row.lesson_id for row, _ in self.gone})
        kept: dict[int, list[tuple[Present, date]]] = defaultdict(list)
        for row, day in self.gone:
            if row.lesson_id in touched:
                kept[row.lesson_id].append((row, day))
        LessonWorkload.objects.filter(pk__in=[row.id for row, _ in self.gone if row.lesson_id not in touched]).delete()
        for lesson_id, rows in kept.items():
            self._keep(lesson_id, rows)
        self.done.removed += _delete_lessons(
            Lesson.objects.filter(pk__in=concerned, workloads__isnull=True).values_list("pk", flat=True)
        )

    def _touched(self, lesson_ids: Collection[int]) -> set[int]:
        """Lessons with something written on them, and those that any table of any app above refers to."""
        mine = Lesson.objects.filter(pk__in=lesson_ids)
        written = mine.exclude(topic="", note="", work_kinds=[], roll_taken_at__isnull=True, state=LessonState.PLANNED)
        found = set(written.values_list("pk", flat=True))
        for relation in Lesson._meta.get_fields(include_hidden=True):
            if isinstance(relation, ManyToOneRel) and relation.related_model is not LessonWorkload:
                model, column = relation.related_model, relation.field
                rows = model._base_manager.filter(**{f"{column.name}__in": lesson_ids})
                found |= set(rows.values_list(column.attname, flat=True))
        return found

    def _keep(self, lesson_id: int, rows: list[tuple[Present, date]]) -> None:
        """A lesson that somebody prepared: it goes where its journals meet instead in that week."""
        served = LessonWorkload.objects.filter(lesson=lesson_id)
        if served.count() > len(rows):
            # The meeting goes on with its other journals, and with what is written on it.
            served.filter(pk__in=[row.id for row, _ in rows]).delete()
            return
        day = rows[0][1]
        monday = day - timedelta(days=day.weekday())
        substitute = self._new_lesson_of(
            {row.workload_id for row, _ in rows},
            since=max(monday, day_of(self.now)),
            until=monday + timedelta(days=6),
        )
        lesson = Lesson.objects.get(pk=lesson_id)
        lesson.version += 1
        lesson.changed_by, lesson.changed_at, lesson.request_id = self.by, self.now, self.request
        if substitute is None:
            lesson.state = LessonState.CANCELLED
            lesson.save(update_fields=["state", "version", "changed_by", "changed_at", "request_id"])
            self.done.cancelled.append(lesson_id)
            return
        # Its old rows go before the day changes, the new ones come after: each rests on its line at all times.
        served.delete()
        lesson.date, lesson.pair = substitute.date, substitute.pair
        lesson.starts_at, lesson.ends_at = substitute.starts_at, substitute.ends_at
        lesson.room_id, lesson.teacher_id = substitute.room_id, substitute.teacher_id
        lesson.save()
        LessonWorkload.objects.filter(lesson=substitute).update(lesson=lesson)
        _delete_lessons([substitute.pk])
        self.done.made -= 1
        self.done.moved += 1

    def _new_lesson_of(self, workload_ids: set[int], *, since: date, until: date) -> Lesson | None:
        """A coming lesson of exactly these journals in some days that was made just now."""
        candidates = Lesson.objects.filter(
            date__range=(since, until),
            starts_at__gt=self.now,
            version=1,
            changed_at=self.now,
            request_id=self.request,
            workloads__workload__in=workload_ids,
        ).distinct()
        for lesson in candidates.order_by("starts_at"):
            serves = set(lesson.workloads.values_list("workload_id", flat=True))
            if serves == workload_ids and not self._touched([lesson.pk]):
                return lesson
        return None


def _row(lesson_id: int, day: date, like: Wanted) -> tuple[Any, ...]:
    return lesson_id, day, like.pair, like.room_id, like.teacher_id


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """Rows as PostgreSQL's texts of arrays: psycopg writes lists element by element, three times as slowly."""
    return [
        "{" + ",".join("NULL" if value is None else str(value) for value in column) + "}"
        for column in zip(*rows, strict=True)
    ]


class _Ids:
    """Ids for new lessons, since the rows of `LessonWorkload` need them at once. What is left over is never used."""

    def __init__(self) -> None:
        self._free: list[int] = []

    def next(self) -> int:
        if not self._free:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT nextval(pg_get_serial_sequence('teaching_lesson', 'id')) FROM generate_series(1, 2000)"
                )
                self._free = sorted((row[0] for row in cursor.fetchall()), reverse=True)
        return self._free.pop()


def _delete_lessons(lesson_ids: Iterable[int]) -> int:
    """Past Django's collector, which would load each row of every table that refers to a lesson."""
    ids = list(lesson_ids)
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM teaching_lesson WHERE id = ANY(%s)", [ids])
        return int(cursor.rowcount)


class _Line(NamedTuple):
    slot_id: int
    workload_id: int
    pair: int
    room_id: int | None
    starts_on: date
    ends_on: date
    meets_with: tuple[object, ...]  # lines that agree on it and on the teacher sit together


class _Lines:
    """The timetable of a semester, day by day."""

    def __init__(self, semester: Semester, workload_ids: Collection[int] | None, leave_out: Collection[int]) -> None:
        slots = Slot.objects.filter(workload__course__semester=semester).exclude(pk__in=leave_out)
        keepers = WorkloadTeacher.objects.filter(workload__course__semester=semester)
        if workload_ids is not None:
            slots = slots.filter(workload__in=workload_ids)
            keepers = keepers.filter(workload__in=workload_ids)
        self.kept_by: dict[int, list[tuple[int, date, date | None]]] = defaultdict(list)
        for keeper in keepers.order_by("starts_on"):
            self.kept_by[keeper.workload_id].append((keeper.teacher_id, keeper.starts_on, keeper.ends_on))
        self.lines: dict[tuple[int, str], list[_Line]] = defaultdict(list)
        rows = slots.order_by("workload_id", "weekday", "pair", "id").values_list(
            "id", "workload_id", "workload__stream", "weekday", "pair", "parity", "room_id", "starts_on", "ends_on"
        )
        for slot_id, workload_id, stream, weekday, pair, parity, room_id, starts_on, ends_on in rows:
            meets_with = (stream, weekday, pair, parity, room_id) if stream else (slot_id,)
            self.lines[weekday, parity].append(
                _Line(slot_id, workload_id, pair, room_id, starts_on, ends_on, meets_with)
            )
        self.meetings: dict[tuple[object, ...], int] = {}
        self.bells: dict[int, tuple[time, time]] = {
            number: (starts, ends) for number, starts, ends in Bell.objects.values_list("number", "starts", "ends")
        }
        holidays = set(
            Holiday.objects.filter(day__range=(semester.starts_on, semester.ends_on)).values_list("day", flat=True)
        )
        self.on: dict[date, list[tuple[int, str]]] = defaultdict(list)
        for weekday, parity in self.lines:
            for day in days_of_line(
                weekday=weekday,
                parity=parity,
                starts_on=semester.starts_on,
                ends_on=semester.ends_on,
                semester_starts_on=semester.starts_on,
                holidays=holidays,
            ):
                self.on[day].append((weekday, parity))

    def days(self) -> Iterable[date]:
        return self.on.keys()

    def of(self, day: date) -> Iterator[Wanted]:
        """What the lines say for a day."""
        for key in self.on.get(day, ()):
            for line in self.lines[key]:
                if not line.starts_on <= day <= line.ends_on:
                    continue
                teacher_id = _keeper_on(self.kept_by[line.workload_id], day)
                if teacher_id is None:
                    continue
                meeting = self.meetings.setdefault((*line.meets_with, teacher_id), len(self.meetings))
                yield Wanted(line.slot_id, line.workload_id, line.pair, line.room_id, teacher_id, meeting)

    def moments(self, day: date, pair: int) -> tuple[datetime, datetime]:
        if pair not in self.bells:
            raise Refusal(_("Pair %(pair)s has no bell.") % {"pair": pair}, code="no_bell")
        starts, ends = self.bells[pair]
        return moment_of(day, starts), moment_of(day, ends)


def _keeper_on(kept_by: Sequence[tuple[int, date, date | None]], day: date) -> int | None:
    """Who keeps a journal on a day; where nobody does, who kept it last before, else who begins first."""
    before: int | None = None
    for teacher_id, starts_on, ends_on in kept_by:
        if starts_on <= day:
            if ends_on is None or ends_on >= day:
                return teacher_id
            before = teacher_id
    return before if before is not None else (kept_by[0][0] if kept_by else None)
