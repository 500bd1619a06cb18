"""A semester of believable marks on whatever is loaded: for the demo, for measuring, for trying out.

What grows follows from the seed and the keys of the workbook (record books, workload numbers, days), not from
ids or from the clock: the same university grows the same marks. Rows go in by COPY under the semester's
exclusive lock, past no constraint and no trigger; changes are real updates that leave real history (law 4).
"""

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import connections, transaction
from django.utils.translation import gettext as _

from ejournal.demo.chance import Draws, draw
from ejournal.demo.words import topic_of, work_kinds_of
from ejournal.lib.clock import BISHKEK, moment_of
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import own_semesters
from university.models import Semester

__all__ = ["Grown", "grow_semester"]

_RUNS = UUID("6f0b1c52-6a0e-4d0b-9f0e-2f1b7d1a6f10")
_ROWS_A_COPY = 100_000

UNFILLED = 0.03  # lessons that nobody fills
PARTLY = 0.02  # lessons whose roll stays incomplete
LATE_FILLED = 0.13  # lessons filled one to six days later
CHANGED = 0.015  # marks that are changed afterwards
GRADED = 0.35  # presences with a grade
MADE_UP = 0.12  # absences that are made up


@dataclass(slots=True)
class Grown:
    """What was written."""

    lessons: int = 0
    marks: int = 0
    changes: int = 0


class _Workload(NamedTuple):
    id: int
    number: str
    course_id: int
    subgroup_id: int | None


class _Lesson(NamedTuple):
    id: int
    date: date
    pair: int | None
    starts_at: datetime
    ends_at: datetime
    user_id: int
    staff_number: str
    workload_ids: list[int]
    kind: str
    ordinal: int


class _Student(NamedTuple):
    """Who he is, once and for all: hash-born, so that nobody's luck changes with the order of rows."""

    id: int
    record_book: str
    ability: float  # the grade he tends to
    presence: float  # how likely he comes at the beginning of the semester
    slide: float  # how much of that is gone at its end
    late: float  # how likely he is late when he comes


class _Filled(NamedTuple):
    """How a lesson was filled: the row of teaching_lesson that becomes of it."""

    id: int
    complete: bool
    topic: str
    work_kinds: list[str]
    by: int
    at: datetime


class _Change(NamedTuple):
    lesson_id: int
    student_id: int
    presence: str
    grade: int | None
    late_minutes: int | None
    makeup_on: date | None
    by: int
    at: datetime
    reason: str


@dataclass(slots=True)
class _Written:
    """What generating leaves for the updates that follow the COPY."""

    filled: list[_Filled] = field(default_factory=list)
    changes: list[_Change] = field(default_factory=list)
    marks: int = 0


def run_id(semester: Semester, seed: int) -> UUID:
    """The request id of everything that grows in a semester from a seed: one, and always the same."""
    return uuid5(_RUNS, f"{semester.year.name}/{semester.number}/{seed}")


def grow_semester(
    *,
    semester: Semester,
    until: datetime,
    seed: int = 1,
    since: datetime | None = None,
    tell: Callable[[str], None] = lambda _sentence: None,
) -> Grown:
    """Fill the lessons of a semester that were held before `until` as their teachers might have by then.

    Refused (`already_grown`) where marks are there, unless `since` says up to when it has grown: then only what
    would have been filled after it grows, and only where nobody has marked yet. One transaction.
    """
    request_id = run_id(semester, seed)
    with transaction.atomic():
        own_semesters([semester.id])
        if since is None and _has_marks(semester):
            raise Refusal(
                _("There are marks in the semester %(semester)s already: growing is for an empty one.")
                % {"semester": semester},
                code="already_grown",
            )
        with connections["default"].cursor() as cursor:
            # Foreign keys are checked after each COPY instead of all at the end, for which millions of pending
            # checks would have to be remembered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        tell("reading")
        world = _World(semester, until=until, seed=seed, since=since)
        tell(f"marks of {len(world.lessons)} lessons")
        written = _copy_marks(world, request_id)
        tell(f"{len(written.filled)} lessons")
        _update_lessons(written.filled, request_id)
        tell(f"{len(written.changes)} changes")
        _update_marks(written.changes, request_id)
    return Grown(lessons=len(written.filled), marks=written.marks, changes=len(written.changes))


def _has_marks(semester: Semester) -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM journal_mark m JOIN teaching_lesson l ON l.id = m.lesson_id"
            " WHERE l.semester_id = %s)",
            [semester.id],
        )
        return bool(cursor.fetchone()[0])


def _rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


class _World:
    """What is loaded, as plain tuples, and what became of its lessons."""

    def __init__(self, semester: Semester, *, until: datetime, seed: int, since: datetime | None) -> None:
        self.semester = semester
        self.until = until
        self.seed = seed
        self.since = since
        self.workloads = {
            row[0]: _Workload(*row)
            for row in _rows(
                "SELECT w.id, w.number, w.course_id, w.subgroup_id FROM teaching_workload w"
                " JOIN teaching_course c ON c.id = w.course_id WHERE c.semester_id = %s",
                semester.id,
            )
        }
        self.students: dict[int, _Student] = {}
        self.enrolled: dict[int, list[tuple[_Student, int | None, date, date | None]]] = defaultdict(list)
        for course_id, subgroup_id, starts_on, ends_on, student_id, record_book in _rows(
            "SELECT e.course_id, e.subgroup_id, e.starts_on, e.ends_on, s.id, s.record_book"
            " FROM teaching_courseenrolment e JOIN accounts_student s ON s.id = e.student_id"
            " JOIN teaching_course c ON c.id = e.course_id"
            " WHERE c.semester_id = %s AND e.basis <> 'exempt' ORDER BY s.record_book, s.id",
            semester.id,
        ):
            student = self.students.get(student_id)
            if student is None:
                student = self.students[student_id] = _born(student_id, record_book, seed)
            self.enrolled[course_id].append((student, subgroup_id, starts_on, ends_on))
        self.lessons = [
            _Lesson(*row)
            for row in _rows(
                "WITH served AS (SELECT lw.lesson_id, array_agg(lw.workload_id ORDER BY w.number) AS ids,"
                " min(w.number) AS first, min(w.kind) AS kind FROM teaching_lessonworkload lw"
                " JOIN teaching_workload w ON w.id = lw.workload_id JOIN teaching_course c ON c.id = w.course_id"
                " WHERE c.semester_id = %s GROUP BY lw.lesson_id)"
                " SELECT l.id, l.date, l.pair, l.starts_at, l.ends_at, t.user_id, t.staff_number, s.ids, s.kind,"
                " row_number() OVER (PARTITION BY s.first ORDER BY l.starts_at, l.id) FROM teaching_lesson l"
                " JOIN served s ON s.lesson_id = l.id"
                " LEFT JOIN teaching_substitution sb ON sb.lesson_id = l.id AND sb.withdrawn_at IS NULL"
                " JOIN accounts_teacher t ON t.id = coalesce(sb.substitute_id, l.teacher_id)"
                " WHERE l.semester_id = %s AND l.state = 'planned' AND l.roll_taken_at IS NULL AND l.ends_at <= %s"
                "   AND NOT EXISTS (SELECT 1 FROM journal_mark m WHERE m.lesson_id = l.id)"
                "   AND NOT EXISTS (SELECT 1 FROM journal_modulesheet sh"
                "     JOIN university_module mo ON mo.id = sh.module_id"
                "     JOIN teaching_workload w ON w.course_id = sh.course_id"
                "     WHERE sh.state = 'closed' AND w.id = ANY (s.ids) AND l.date BETWEEN mo.starts_on AND mo.ends_on)"
                " ORDER BY l.starts_at, s.first, l.id",
                semester.id,
                semester.id,
                until,
            )
        ]
        self._module_ends = sorted(semester.modules.values_list("ends_on", flat=True))
        self._rosters: dict[tuple[int, date | None], list[_Student]] = {}
        self._dates_matter = {
            course_id
            for course_id, rows in self.enrolled.items()
            if any(starts > semester.starts_on or ends is not None for _student, _sub, starts, ends in rows)
        }

    def settled_at(self, day: date) -> datetime:
        """When nothing of a day changes any more: a week after the end of its module, then it may be closed."""
        end = next((end for end in self._module_ends if day <= end), self.semester.ends_on)
        return moment_of(end + timedelta(days=7), time(12, 0))

    def roster(self, workload: _Workload, day: date) -> list[_Student]:
        """Who is enrolled in a workload on a day. Kept per day only for courses that somebody joined or left."""
        key = (workload.id, day if workload.course_id in self._dates_matter else None)
        found = self._rosters.get(key)
        if found is None:
            found = self._rosters[key] = [
                student
                for student, subgroup_id, starts_on, ends_on in self.enrolled.get(workload.course_id, [])
                if (workload.subgroup_id is None or subgroup_id == workload.subgroup_id)
                and starts_on <= day
                and (ends_on is None or day <= ends_on)
            ]
        return found


def _born(student_id: int, record_book: str, seed: int) -> _Student:
    draws = Draws(seed, "student", record_book, size=6)
    bell = (draws.next() + draws.next() + draws.next()) / 3
    kind = draws.next()
    presence = 0.87 + 0.11 * draws.next()
    slide = 0.04
    if kind < 0.08:  # sliding: comes at first, then less and less
        slide = 0.55
    elif kind < 0.18:  # never came much
        presence -= 0.22
    elif kind > 0.75:  # hardly ever misses
        presence, slide = 0.985, 0.01
    return _Student(
        student_id,
        record_book,
        ability=2.7 + 2.2 * bell + (0.15 if kind > 0.75 else 0.0) - (0.4 if kind < 0.18 else 0.0),
        presence=presence,
        slide=slide,
        late=0.02 + 0.09 * draws.next(),
    )


def _filling_moment(lesson: _Lesson, name: str, seed: int) -> tuple[datetime | None, bool]:
    """When its teacher fills a lesson (None: never), and whether the whole roll."""
    draws = Draws(seed, "filling", name, size=5)
    # Some teachers are tidy, some are not: between a third of the usual sloppiness and twice it.
    sloppy = 0.33 + 1.67 * draw(seed, "tidy", lesson.staff_number) ** 2
    fate = draws.next()
    if fate < UNFILLED * sloppy:
        return None, False
    complete = draws.next() >= PARTLY * sloppy
    if draws.next() < LATE_FILLED * sloppy:
        days = 1 + int(6 * draws.next() ** 1.6)
        evening = lesson.starts_at.astimezone(BISHKEK).replace(hour=8, minute=0, second=0, microsecond=0)
        return evening + timedelta(days=days, seconds=int(43_000 * draws.next())), complete
    return lesson.ends_at - timedelta(seconds=int(4_200 * draws.next())) + timedelta(minutes=3), complete


def _generate(world: _World, suffix: str, written: _Written) -> Iterator[str]:
    """Lines for COPY, a lesson at a time; what is to be updated later goes to `written`."""
    seed, until, since = world.seed, world.until, world.since
    first_day = world.semester.starts_on
    length = max(1, (world.semester.ends_on - first_day).days)
    for lesson in world.lessons:
        workloads = [world.workloads[workload_id] for workload_id in lesson.workload_ids]
        name = f"{workloads[0].number}|{lesson.date}|{lesson.pair or lesson.starts_at.isoformat()}"
        at, complete = _filling_moment(lesson, name, seed)
        if at is None or at > until or (since is not None and at <= since):
            continue
        roster: list[tuple[_Student, int]] = []
        seen: set[int] = set()
        for workload in workloads:
            for student in world.roster(workload, lesson.date):
                if student.id not in seen:  # who repeats a course may sit in two groups of one stream
                    seen.add(student.id)
                    roster.append((student, workload.id))
        if not roster:
            continue
        if not complete:
            roster = roster[: max(1, len(roster) * 2 // 3)]
        elapsed = (lesson.date - first_day).days / length
        generous = 0.5 * draw(seed, "generous", lesson.staff_number) - 0.25
        asks = GRADED if lesson.kind != "lecture" else GRADED / 4
        asks *= 0.55 + 0.9 * draw(seed, "asks", lesson.staff_number)
        draws = Draws(seed, "roll", name, size=4 * len(roster)).next
        tail = f"\t1\t{lesson.user_id}\t{at.isoformat()}{suffix}"
        lines = []
        for student, workload_id in roster:
            comes, graded, luck, later = draws(), draws(), draws(), draws()
            chance = student.presence - student.slide * elapsed
            presence, grade, minutes = "present", None, None
            if comes > chance:
                presence = "absent"
            else:
                if comes < student.late * chance:
                    presence, minutes = "late", 3 + int(27 * luck * luck)
                if graded < asks:
                    grade = _grade(student.ability + generous, graded / asks, luck)
            lines.append(
                f"{lesson.id}\t{student.id}\t{workload_id}\t{presence}\t{_null(grade)}\t{_null(minutes)}\t\\N{tail}"
            )
            if later < CHANGED or presence == "absent":
                change = _change(world, lesson, student, presence, grade, minutes, at, later, luck)
                if change is not None and change.at <= min(until, world.settled_at(lesson.date)):
                    written.changes.append(change)
        written.marks += len(lines)
        written.filled.append(
            _Filled(
                lesson.id,
                complete,
                topic_of(lesson.kind, lesson.ordinal),
                work_kinds_of(lesson.kind, draw(seed, "work", name)),
                lesson.user_id,
                at,
            )
        )
        yield "".join(lines)


def _null(value: int | None) -> str:
    return "\\N" if value is None else str(value)


def _grade(tends_to: float, spread: float, luck: float) -> int:
    """A grade about what the student tends to; 0 and 1 are given once in some hundreds of times."""
    if luck > 0.997:
        return 0 if luck > 0.999 else 1
    return max(2, min(5, round(tends_to + 1.7 * (spread + luck - 1.0))))


def _change(
    world: _World,
    lesson: _Lesson,
    student: _Student,
    presence: str,
    grade: int | None,
    minutes: int | None,
    filled_at: datetime,
    later: float,
    luck: float,
) -> _Change | None:
    """What becomes of a mark later: an absence is made up, a mistake is mended. Most marks stay."""
    if presence == "absent" and later > 1 - MADE_UP:
        days = 3 + int(14 * luck)
        day = lesson.date + timedelta(days=days)
        if day > world.semester.ends_on:
            return None
        at = filled_at + timedelta(days=days, minutes=int(200 * luck))
        made_up = max(2, min(5, round(student.ability - 0.3 + luck)))
        return _Change(
            lesson.id, student.id, "absent", made_up, None, day, lesson.user_id, at, "Калтырылган сабак тапшырылды"
        )
    if later >= CHANGED:
        return None
    at = filled_at + timedelta(minutes=5 + int(6_000 * luck))
    if presence == "absent":
        return _Change(
            lesson.id,
            student.id,
            "late",
            None,
            15,
            None,
            lesson.user_id,
            at,
            "Студент кечигип келген, жаңылыш кж коюлган",
        )
    if grade is None:
        return _Change(
            lesson.id, student.id, presence, 4, minutes, None, lesson.user_id, at, "Баа журналга түшүрүлбөй калган"
        )
    other = grade + 1 if grade < 5 else 4
    return _Change(lesson.id, student.id, presence, other, minutes, None, lesson.user_id, at, "Баа жаңылыш коюлган")


def _copy_marks(world: _World, request_id: UUID) -> _Written:
    """COPY, some lessons at a time; the next lines are made while PostgreSQL checks the last ones."""
    written = _Written()
    suffix = f"\timport\t{request_id}\t\n"
    ready: queue.Queue[list[str] | BaseException | None] = queue.Queue(maxsize=2)
    stopped = threading.Event()

    def make() -> None:
        try:
            batch: list[str] = []
            rows = written.marks
            for text in _generate(world, suffix, written):
                batch.append(text)
                if written.marks - rows >= _ROWS_A_COPY:
                    rows = written.marks
                    _put(ready, batch, stopped)
                    batch = []
            _put(ready, batch, stopped)
            _put(ready, None, stopped)
        except BaseException as error:
            _put(ready, error, stopped)

    maker = threading.Thread(target=make, name="growth", daemon=True)
    maker.start()
    try:
        with connections["default"].cursor() as cursor:
            while (batch := ready.get()) is not None:
                if isinstance(batch, BaseException):
                    raise batch
                if not batch:
                    continue
                with cursor.copy(
                    "COPY journal_mark (lesson_id, student_id, workload_id, presence, grade, late_minutes, makeup_on,"
                    " version, by_id, at, source, request_id, reason) FROM STDIN"
                ) as copy:
                    for start in range(0, len(batch), 200):
                        copy.write("".join(batch[start : start + 200]))
    finally:
        stopped.set()
        maker.join()
    return written


def _put(ready: "queue.Queue[Any]", batch: object, stopped: threading.Event) -> None:
    while not stopped.is_set():
        try:
            ready.put(batch, timeout=0.2)
        except queue.Full:
            continue
        return


def _chunks(rows: list[Any], size: int) -> Iterable[list[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _update_lessons(filled: list[_Filled], request_id: UUID) -> None:
    """Topic and kinds of work of each filled lesson; held, and with its roll, where the roll is complete."""
    with connections["default"].cursor() as cursor:
        for rows in _chunks(filled, 20_000):
            cursor.execute(
                "UPDATE teaching_lesson l SET topic = n.topic, work_kinds = string_to_array(n.kinds, '|'),"
                " state = CASE WHEN n.complete THEN 'held' ELSE l.state END,"
                " roll_taken_at = CASE WHEN n.complete THEN n.at END,"
                " version = l.version + 1, changed_by_id = n.by, changed_at = n.at, request_id = %s"
                " FROM unnest(%s::bigint[], %s::bool[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[])"
                "   AS n (id, complete, topic, kinds, by, at)"
                " WHERE l.id = n.id",
                [
                    request_id,
                    [row.id for row in rows],
                    [row.complete for row in rows],
                    [row.topic for row in rows],
                    ["|".join(row.work_kinds) for row in rows],
                    [row.by for row in rows],
                    [row.at for row in rows],
                ],
            )


def _update_marks(changes: list[_Change], request_id: UUID) -> None:
    """Changes as a teacher makes them: the version rises, the trigger writes the history."""
    with connections["default"].cursor() as cursor:
        for rows in _chunks(changes, 20_000):
            cursor.execute(
                "UPDATE journal_mark m SET presence = n.presence, grade = n.grade, late_minutes = n.minutes,"
                " makeup_on = n.makeup_on, version = m.version + 1, by_id = n.by, at = n.at, request_id = %s,"
                " reason = n.reason"
                " FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::smallint[], %s::smallint[], %s::date[],"
                "   %s::bigint[], %s::timestamptz[], %s::text[])"
                "   AS n (lesson_id, student_id, presence, grade, minutes, makeup_on, by, at, reason)"
                " WHERE m.lesson_id = n.lesson_id AND m.student_id = n.student_id",
                [request_id, *(list(column) for column in zip(*rows, strict=True))],
            )
