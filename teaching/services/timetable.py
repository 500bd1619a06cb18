"""The timetable: its lines, and the lessons that follow from them (§3.3, §3.5g).

A lesson is a meeting. It serves one workload, or several of one stream that meet on the same day, in the same
pair, weeks and room with the same teacher. What has begun stays as it was; what is to come follows the lines.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import ManyToOneRel
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib.clock import day_of, moment_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import own_semesters
from teaching.enums import LessonState
from teaching.models import Lesson, LessonWorkload, Slot, Workload, WorkloadTeacher
from teaching.rules import days_of_line
from university.models import Bell, Holiday, Room, Semester

BATCH = 2000


class Line(NamedTuple):
    """A line of the timetable by the workload's number and the room's code (empty: no room)."""

    workload: str
    weekday: int
    pair: int
    parity: str
    room: str


@dataclass(slots=True)
class TimetableChange:
    """What becomes of the lines in force: new ones, lines in another room, lines that end (by id)."""

    new: Sequence[Line] = ()
    moved: Sequence[tuple[int, str]] = ()
    ended: Sequence[int] = ()
    # Semesters that had no timetable before: their lines hold from the first day, even if that has passed.
    first_time: Collection[int] = ()


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


# --- Lines ----------------------------------------------------------------------------------------------------


def change_timetable(change: TimetableChange, *, now: datetime) -> tuple[set[int], set[int]]:
    """Write the lines of the timetable from today on; from tomorrow, where a lesson of a changed workload has begun
    today. Under the semesters' exclusive locks.

    Returns the ids of the workloads concerned, for `generate_lessons`, and of lines that are to vanish: lessons may
    rest on them still, so call `drop_lines` with these afterwards.
    """
    numbers = {line.workload for line in change.new}
    workloads = {
        workload.number: workload
        for workload in Workload.objects.filter(number__in=numbers).select_related("course__semester")
    }
    rooms = dict(Room.objects.values_list("code", "id"))
    slots = Slot.objects.in_bulk([*change.ended, *(slot_id for slot_id, _ in change.moved)])
    concerned = {workload.pk for workload in workloads.values()} | {slot.workload_id for slot in slots.values()}
    from_day = first_free_day(concerned, now=now)

    # Lines that hold still, though the difference knows them as ended: the new one of the same key follows.
    staying = {
        (slot.workload_id, slot.weekday, slot.pair, slot.parity): slot
        for slot in Slot.objects.filter(workload__in=concerned, ends_on__gte=from_day)
        .exclude(pk__in=slots)
        .order_by("ends_on")
    }
    made: list[Slot] = []
    ended: list[Slot] = []
    in_place: list[Slot] = []
    revived: list[Slot] = []
    doomed: set[int] = set()
    for slot_id in change.ended:
        slot = slots[slot_id]
        if slot.starts_on < from_day:
            slot.ends_on = from_day - timedelta(days=1)
            ended.append(slot)
        else:
            doomed.add(slot_id)
    for slot_id, code in change.moved:
        slot = slots[slot_id]
        room_id = rooms[code] if code else None
        if slot.starts_on >= from_day:
            slot.room_id = room_id
            in_place.append(slot)
            continue
        made.append(
            Slot(
                workload_id=slot.workload_id,
                weekday=slot.weekday,
                pair=slot.pair,
                parity=slot.parity,
                room_id=room_id,
                starts_on=from_day,
                ends_on=slot.ends_on,
            )
        )
        slot.ends_on = from_day - timedelta(days=1)
        ended.append(slot)
    for line in change.new:
        workload = workloads[line.workload]
        semester = workload.course.semester
        is_first = semester.pk in change.first_time
        starts_on = semester.starts_on if is_first else max(from_day, semester.starts_on)
        before = staying.get((workload.pk, line.weekday, line.pair, line.parity))
        is_dropped = before is not None and before.starts_on == before.ends_on
        if before is not None and not is_dropped:
            starts_on = before.ends_on + timedelta(days=1)
        if starts_on > semester.ends_on:
            raise Refusal(
                _("The semester %(semester)s is over: its timetable does not change any more.")
                % {"semester": str(semester)},
                code="semester_over",
            )
        if before is not None and is_dropped:
            before.starts_on, before.ends_on = starts_on, semester.ends_on
            before.room_id = rooms[line.room] if line.room else None
            revived.append(before)
            continue
        made.append(
            Slot(
                workload=workload,
                weekday=line.weekday,
                pair=line.pair,
                parity=line.parity,
                room_id=rooms[line.room] if line.room else None,
                starts_on=starts_on,
                ends_on=semester.ends_on,
            )
        )
    Slot.objects.bulk_update(ended, ["ends_on"], batch_size=BATCH)
    Slot.objects.bulk_update(in_place, ["room"], batch_size=BATCH)
    Slot.objects.bulk_update(revived, ["starts_on", "ends_on", "room"], batch_size=BATCH)
    Slot.objects.bulk_create(made, batch_size=BATCH)
    return concerned, doomed


def first_free_day(workload_ids: Collection[int], *, now: datetime) -> date:
    """Today; tomorrow if a lesson of these workloads has begun today, since its line must stay under it."""
    today = day_of(now)
    begun = LessonWorkload.objects.filter(
        workload__in=workload_ids, lesson__date=today, lesson__starts_at__lte=now
    ).exists()
    return today + timedelta(days=1) if begun else today


def drop_lines(slot_ids: Collection[int]) -> None:
    """Take back lines that never came into force. A cancelled lesson that rests on one keeps it, for one day on which
    it does not meet; if the line comes back, it is that one."""
    slots = Slot.objects.filter(pk__in=slot_ids)
    slots.filter(lessons__isnull=True).delete()
    for slot in slots:
        # Never earlier than it began: its forerunner holds to the day before.
        meets_at_once = slot.starts_on.isoweekday() == slot.weekday
        slot.ends_on = slot.starts_on = slot.starts_on + timedelta(days=int(meets_at_once))
        slot.save(update_fields=["starts_on", "ends_on"])


# --- Lessons --------------------------------------------------------------------------------------------------


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
    approved change, are left alone. A coming lesson that no line carries any more is removed; if somebody wrote,
    marked or named something on it, it goes to a new day of its journal in the same week, else it is cancelled.
    `workload_ids` narrows the work to some journals and the streams they meet in; `leave_out` are lines that are
    about to vanish. Whoever moves a lesson by an order leaves the old one cancelled, else it would be made again.
    """
    with transaction.atomic():
        own_semesters([semester.pk])
        return _Generator(semester, by=by, now=now, workload_ids=workload_ids, leave_out=leave_out).run()


_MAKE_WANTED = """
CREATE TEMPORARY TABLE wanted (
    slot_id bigint, workload_id bigint, date date, pair smallint, room_id bigint, teacher_id bigint,
    meeting integer, starts_at timestamptz, ends_at timestamptz, lesson_id bigint, present_id bigint, settled boolean
) ON COMMIT DROP
"""

_MAKE_PRESENT = """
CREATE TEMPORARY TABLE present ON COMMIT DROP AS
SELECT lw.id, lw.lesson_id, lw.workload_id, lw.slot_id, l.date, l.pair,
       l.starts_at <= %(now)s OR l.state <> %(planned)s
           OR EXISTS (SELECT 1 FROM teaching_lessonworkload o WHERE o.lesson_id = l.id AND o.change_id IS NOT NULL)
           AS settled
FROM teaching_lessonworkload lw
JOIN teaching_lesson l ON l.id = lw.lesson_id
WHERE l.semester_id = %(semester)s AND lw.slot_id IS NOT NULL
  AND (%(workloads)s::bigint[] IS NULL OR lw.workload_id = ANY(%(workloads)s))
"""

_MATCH = """
UPDATE wanted w SET present_id = p.id, settled = p.settled
FROM present p WHERE p.workload_id = w.workload_id AND p.date = w.date AND p.pair = w.pair
"""

# Each coming lesson goes to the meeting that shares most of its workloads, each meeting takes one such lesson.
_ASSIGN = """
WITH shares AS (
    SELECT w.meeting, w.date, p.lesson_id, count(*) AS journals
    FROM wanted w JOIN present p ON p.id = w.present_id
    WHERE NOT w.settled GROUP BY 1, 2, 3
), of_lesson AS (
    SELECT DISTINCT ON (lesson_id) lesson_id, meeting, date FROM shares ORDER BY lesson_id, journals DESC, meeting
), of_meeting AS (
    SELECT DISTINCT ON (meeting, date) meeting, date, lesson_id FROM of_lesson ORDER BY meeting, date, lesson_id
)
UPDATE wanted w SET lesson_id = m.lesson_id
FROM of_meeting m WHERE m.meeting = w.meeting AND m.date = w.date AND w.settled IS NOT TRUE
"""

_NUMBER_NEW = """
WITH new AS (
    SELECT meeting, date, nextval(pg_get_serial_sequence('teaching_lesson', 'id')) AS id
    FROM (SELECT DISTINCT meeting, date FROM wanted WHERE lesson_id IS NULL AND settled IS NOT TRUE
          ORDER BY date, meeting) AS meetings
)
UPDATE wanted w SET lesson_id = new.id
FROM new WHERE new.meeting = w.meeting AND new.date = w.date AND w.lesson_id IS NULL AND w.settled IS NOT TRUE
"""

_INSERT_LESSONS = """
INSERT INTO teaching_lesson (id, semester_id, date, pair, starts_at, ends_at, room_id, teacher_id, state, topic,
                             work_kinds, note, version, changed_by_id, changed_at, request_id)
SELECT DISTINCT ON (w.lesson_id) w.lesson_id, %(semester)s, w.date, w.pair, w.starts_at, w.ends_at, w.room_id,
       w.teacher_id, %(planned)s, '', '{}'::varchar[], '', 1, %(by)s, %(now)s, %(request)s
FROM wanted w
WHERE w.settled IS NOT TRUE AND NOT EXISTS (SELECT 1 FROM teaching_lesson l WHERE l.id = w.lesson_id)
ORDER BY w.lesson_id
"""

_INSERT_SERVED = """
INSERT INTO teaching_lessonworkload (lesson_id, workload_id, slot_id)
SELECT lesson_id, workload_id, slot_id FROM wanted
WHERE present_id IS NULL AND settled IS NOT TRUE ORDER BY lesson_id, workload_id
"""

_REGROUP = """
UPDATE teaching_lessonworkload lw SET lesson_id = w.lesson_id, slot_id = w.slot_id
FROM wanted w WHERE w.present_id = lw.id AND NOT w.settled
  AND (lw.lesson_id, lw.slot_id) IS DISTINCT FROM (w.lesson_id, w.slot_id)
"""

_UPDATE_LESSONS = """
UPDATE teaching_lesson l SET room_id = w.room_id, teacher_id = w.teacher_id, starts_at = w.starts_at,
       ends_at = w.ends_at, version = l.version + 1, changed_by_id = %(by)s, changed_at = %(now)s,
       request_id = %(request)s
FROM (SELECT DISTINCT ON (lesson_id) lesson_id, room_id, teacher_id, starts_at, ends_at FROM wanted
      WHERE settled IS FALSE ORDER BY lesson_id) w
WHERE l.id = w.lesson_id
  AND (l.room_id, l.teacher_id, l.starts_at, l.ends_at)
      IS DISTINCT FROM (w.room_id, w.teacher_id, w.starts_at, w.ends_at)
"""

# Coming rows that no line carries any more.
_GONE = """
SELECT p.id, p.lesson_id, p.workload_id, p.date
FROM present p LEFT JOIN wanted w ON w.present_id = p.id
WHERE NOT p.settled AND w.present_id IS NULL
ORDER BY p.date, p.lesson_id, p.id
"""


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
        self.workload_ids = None if workload_ids is None else self._with_streams(workload_ids)
        self.leave_out = set(leave_out)
        self.parameters: dict[str, Any] = {
            "semester": semester.pk,
            "workloads": None if self.workload_ids is None else sorted(self.workload_ids),
            "planned": LessonState.PLANNED.value,
            "by": by.pk if by is not None else None,
            "now": now,
            "request": request_id(),
        }

    def _with_streams(self, workload_ids: Collection[int]) -> set[int]:
        mine = Workload.objects.filter(course__semester=self.semester)
        streams = mine.filter(pk__in=workload_ids).exclude(stream="").values("stream")
        found = set(mine.filter(pk__in=workload_ids).values_list("pk", flat=True))
        return found | set(mine.filter(stream__in=streams).values_list("pk", flat=True))

    def run(self) -> Generated:
        done = Generated()
        if self.workload_ids is not None and not self.workload_ids:
            return done
        with connection.cursor() as cursor:
            # Before COPY begins: while it runs, the connection answers no question.
            meetings = list(self._meetings())
            cursor.execute("DROP TABLE IF EXISTS wanted, present")
            cursor.execute(_MAKE_WANTED)
            with cursor.copy(
                "COPY wanted (slot_id, workload_id, date, pair, room_id, teacher_id, meeting, starts_at, ends_at)"
                " FROM STDIN"
            ) as copy:
                for row in meetings:
                    copy.write_row(row)
            cursor.execute(_MAKE_PRESENT, self.parameters)
            cursor.execute("SELECT EXISTS (SELECT 1 FROM present)")
            (anything,) = cursor.fetchone()
            if anything:
                cursor.execute("CREATE INDEX ON wanted (workload_id, date, pair)")
                cursor.execute("ANALYZE wanted")
                cursor.execute("ANALYZE present")
                cursor.execute(_MATCH)
                cursor.execute(_ASSIGN)
            cursor.execute(_NUMBER_NEW)
            cursor.execute(_INSERT_LESSONS, self.parameters)
            done.made = cursor.rowcount
            cursor.execute(_INSERT_SERVED)
            if anything:
                cursor.execute(_REGROUP)
                cursor.execute(_UPDATE_LESSONS, self.parameters)
                done.changed = cursor.rowcount
                cursor.execute(_GONE)
                self._take_away(cursor.fetchall(), done)
            cursor.execute("DROP TABLE wanted, present")
        return done

    def _meetings(self) -> Iterator[tuple[object, ...]]:
        """What the lines say: a row for each line and day, with the number of the meeting it belongs to."""
        semester = self.semester
        slots = Slot.objects.filter(workload__course__semester=semester).exclude(pk__in=self.leave_out)
        keepers = WorkloadTeacher.objects.filter(workload__course__semester=semester)
        if self.workload_ids is not None:
            slots = slots.filter(workload__in=self.workload_ids)
            keepers = keepers.filter(workload__in=self.workload_ids)
        kept_by: dict[int, list[tuple[int, date, date | None]]] = defaultdict(list)
        for keeper in keepers.order_by("starts_on"):
            kept_by[keeper.workload_id].append((keeper.teacher_id, keeper.starts_on, keeper.ends_on))
        days = _Days(semester)
        meetings: dict[tuple[object, ...], int] = {}
        lines = slots.order_by("workload_id", "weekday", "pair", "id").values_list(
            "id", "workload_id", "workload__stream", "weekday", "pair", "parity", "room_id", "starts_on", "ends_on"
        )
        for slot_id, workload_id, stream, weekday, pair, parity, room_id, starts_on, ends_on in lines:
            for day in days.of(weekday, parity):
                if not starts_on <= day <= ends_on:
                    continue
                teacher_id = _keeper_on(kept_by[workload_id], day)
                if teacher_id is None:
                    continue
                key = (stream, teacher_id, weekday, pair, parity, room_id) if stream else (slot_id,)
                meeting = meetings.setdefault(key, len(meetings))
                starts_at, ends_at = days.moments(day, pair)
                yield slot_id, workload_id, day, pair, room_id, teacher_id, meeting, starts_at, ends_at

    # --- Lessons that no line carries any more ----------------------------------------------------------------

    def _take_away(self, gone: list[tuple[int, int, int, date]], done: Generated) -> None:
        if not gone:
            return
        touched = self._touched({lesson_id for _, lesson_id, _, _ in gone})
        free: list[int] = []
        kept: dict[int, list[tuple[int, int, date]]] = defaultdict(list)
        for served_id, lesson_id, workload_id, day in gone:
            if lesson_id in touched:
                kept[lesson_id].append((served_id, workload_id, day))
            else:
                free.append(served_id)
        LessonWorkload.objects.filter(pk__in=free).delete()
        for lesson_id, rows in kept.items():
            self._keep(lesson_id, rows, done)
        empty = Lesson.objects.filter(
            pk__in={lesson_id for _, lesson_id, _, _ in gone}, workloads__isnull=True
        ).values_list("pk", flat=True)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM teaching_lesson WHERE id = ANY(%s)", [list(empty)])
            done.removed += cursor.rowcount

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

    def _keep(self, lesson_id: int, rows: list[tuple[int, int, date]], done: Generated) -> None:
        """A lesson that somebody prepared: it goes where its journals meet instead in that week."""
        served = LessonWorkload.objects.filter(lesson=lesson_id)
        if served.count() > len(rows):
            # The meeting goes on with its other journals, and with what is written on it.
            served.filter(pk__in=[served_id for served_id, _, _ in rows]).delete()
            return
        monday = rows[0][2] - timedelta(days=rows[0][2].weekday())
        substitute = self._untouched_lesson_of(
            {workload_id for _, workload_id, _ in rows},
            since=max(monday, day_of(self.now)),
            until=monday + timedelta(6),
        )
        lesson = Lesson.objects.get(pk=lesson_id)
        lesson.version += 1
        lesson.changed_by, lesson.changed_at, lesson.request_id = self.by, self.now, request_id()
        if substitute is None:
            lesson.state = LessonState.CANCELLED
            lesson.save(update_fields=["state", "version", "changed_by", "changed_at", "request_id"])
            done.cancelled.append(lesson_id)
            return
        # Its old rows go before the day changes, the new ones come after: each rests on its line at all times.
        served.delete()
        lesson.date, lesson.pair = substitute.date, substitute.pair
        lesson.starts_at, lesson.ends_at = substitute.starts_at, substitute.ends_at
        lesson.room_id, lesson.teacher_id = substitute.room_id, substitute.teacher_id
        lesson.save()
        LessonWorkload.objects.filter(lesson=substitute).update(lesson=lesson)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM teaching_lesson WHERE id = %s", [substitute.pk])
        done.made -= 1
        done.moved += 1

    def _untouched_lesson_of(self, workload_ids: set[int], *, since: date, until: date) -> Lesson | None:
        """A coming lesson of exactly these journals in some days that was made just now."""
        candidates = Lesson.objects.filter(
            date__range=(since, until),
            starts_at__gt=self.now,
            version=1,
            changed_at=self.now,
            request_id=self.parameters["request"],
            workloads__workload__in=workload_ids,
        ).distinct()
        for lesson in candidates.order_by("starts_at"):
            serves = set(lesson.workloads.values_list("workload_id", flat=True))
            if serves == workload_ids and not self._touched([lesson.pk]):
                return lesson
        return None


def _keeper_on(kept_by: Sequence[tuple[int, date, date | None]], day: date) -> int | None:
    """Who keeps a journal on a day; where nobody does, who kept it last before, else who begins first."""
    before: int | None = None
    for teacher_id, starts_on, ends_on in kept_by:
        if starts_on <= day:
            if ends_on is None or ends_on >= day:
                return teacher_id
            before = teacher_id
    return before if before is not None else (kept_by[0][0] if kept_by else None)


class _Days:
    """The days of a semester by weekday and weeks, and the moments of its pairs: each counted once."""

    def __init__(self, semester: Semester) -> None:
        self.semester = semester
        self.holidays = set(
            Holiday.objects.filter(day__range=(semester.starts_on, semester.ends_on)).values_list("day", flat=True)
        )
        self.bells: dict[int, tuple[time, time]] = {
            number: (starts, ends) for number, starts, ends in Bell.objects.values_list("number", "starts", "ends")
        }
        self._days: dict[tuple[int, str], list[date]] = {}
        self._moments: dict[tuple[date, int], tuple[datetime, datetime]] = {}

    def of(self, weekday: int, parity: str) -> list[date]:
        key = (weekday, parity)
        if key not in self._days:
            self._days[key] = days_of_line(
                weekday=weekday,
                parity=parity,
                starts_on=self.semester.starts_on,
                ends_on=self.semester.ends_on,
                semester_starts_on=self.semester.starts_on,
                holidays=self.holidays,
            )
        return self._days[key]

    def moments(self, day: date, pair: int) -> tuple[datetime, datetime]:
        key = (day, pair)
        if key not in self._moments:
            if pair not in self.bells:
                raise Refusal(_("Pair %(pair)s has no bell.") % {"pair": pair}, code="no_bell")
            starts, ends = self.bells[pair]
            self._moments[key] = moment_of(day, starts), moment_of(day, ends)
        return self._moments[key]
