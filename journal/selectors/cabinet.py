"""A student's own page: today, the week, the marks and «кж» of each discipline (§2.3, §3.4c, §3.8, §4.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from ejournal.lib.clock import day_of
from ejournal.lib.names import short_name
from ejournal.lib.sorting import sort_key
from journal.enums import Presence
from journal.models import ExcuseCover
from journal.rules import ABSENT_SIGN
from journal.selectors.states import LessonFace, face_of
from journal.selectors.totals import mean_text
from teaching.enums import ChangeKind, LessonState
from teaching.models import Course, LessonWorkload
from teaching.selectors.changes import place_words
from teaching.selectors.timetable import lessons_between, lessons_of_student
from university.models import LESSON_KIND_LABELS, Semester
from university.rules import is_odd_week, week_number

LAST_MARKS = 8


@dataclass(frozen=True, slots=True)
class StudentLesson:
    """A lesson as its student meets it, with his own mark and nobody else's. `presence` None: nobody has looked."""

    lesson_id: int
    course_id: int
    discipline: str
    kind: str
    day: date
    pair: int | None
    starts_at: datetime
    ends_at: datetime
    room: str
    teacher: str
    topic: str
    face: LessonFace
    is_make_up: bool
    is_substituted: bool
    is_held: bool
    happened: str = ""  # why it does not take place, or where it moved
    presence: str | None = None
    grade: int | None = None
    late_minutes: int | None = None
    makeup_on: date | None = None
    is_corrected: bool = False
    is_excused: bool = False
    version: int = 0  # of the mark; 0: none
    marked_at: datetime | None = None

    @property
    def mark_value(self) -> str:
        """The mark as it is written: a grade, «кж», or nothing."""
        if self.grade is not None:
            return str(self.grade)
        return ABSENT_SIGN if self.presence == Presence.ABSENT else ""

    @property
    def mark_state(self) -> str:
        """The state of `components/mark.html`."""
        if self.presence is None:
            return "empty"
        if self.presence == Presence.ABSENT:
            if self.grade is not None:
                return "makeup"
            return "excused" if self.is_excused else "absent"
        if self.presence == Presence.LATE:
            return "late"
        return "graded" if self.grade is not None else "present"


@dataclass(frozen=True, slots=True)
class Counts:
    """A student's figures. `held`: lessons that took place for him; `seen` those of them in which somebody looked.

    `attended` has the late ones among it, `absent` the `excused`. `mean` is text of two decimals, half up; `percent`
    is the attended of the seen, whole, half up. Both are None where there is nothing to divide by.
    """

    held: int = 0
    seen: int = 0
    attended: int = 0
    late: int = 0
    absent: int = 0
    mean: str | None = None
    percent: int | None = None
    excused: int = 0


@dataclass(frozen=True, slots=True)
class DisciplineLine:
    """One discipline of a semester. `last` are its newest marks, the newest last."""

    course_id: int
    discipline: str
    counts: Counts
    last: Sequence[StudentLesson]


@dataclass(frozen=True, slots=True)
class DayLessons:
    day: date
    lessons: Sequence[StudentLesson]
    is_today: bool = False


@dataclass(frozen=True, slots=True)
class Week:
    """A study week, Monday to Sunday; days without lessons are left out."""

    starts_on: date
    ends_on: date
    number: int
    is_odd: bool
    is_present: bool
    days: Sequence[DayLessons]


@dataclass(frozen=True, slots=True)
class StudentToday:
    """`lessons` of today; where there are none, `next` is the next day with lessons within a week."""

    day: date
    lessons: Sequence[StudentLesson] = ()
    next: DayLessons | None = None


@dataclass(frozen=True, slots=True)
class Cabinet:
    """A semester of a student."""

    semester: Semester
    week: Week
    disciplines: Sequence[DisciplineLine]
    total: Counts = field(default_factory=Counts)


def counts_of(lessons: Iterable[StudentLesson]) -> Counts:
    """A make-up grade joins the mean; its «кж» stays an absence."""
    held = attended = late = absent = excused = grades = total = 0
    for lesson in lessons:
        held += lesson.is_held
        if lesson.presence == Presence.ABSENT:
            absent += 1
            excused += lesson.is_excused
        elif lesson.presence is not None:
            attended += 1
            late += lesson.presence == Presence.LATE
        if lesson.grade is not None:
            total += lesson.grade
            grades += 1
    seen = attended + absent
    percent = (200 * attended + seen) // (2 * seen) if seen else None
    return Counts(held, seen, attended, late, absent, mean_text(total, grades), percent, excused)


def today_of_student(student_id: int, *, now: datetime) -> StudentToday:
    """Today's lessons of a student, for his first page. One query."""
    today = day_of(now)
    by_day: dict[date, list[StudentLesson]] = {}
    found = lessons_between(lessons_of_student(student_id), today, today + timedelta(days=7))
    for lesson in _read(found, student_id, now=now):
        by_day.setdefault(lesson.day, []).append(lesson)
    if today in by_day:
        return StudentToday(today, by_day[today])
    coming = min(by_day, default=None)
    return StudentToday(today, (), DayLessons(coming, by_day[coming]) if coming else None)


def semesters_of_student(student_id: int, *, course_ids: frozenset[int] | None) -> list[Semester]:
    """The semesters in which a student has courses, the newest first."""
    found = Semester.objects.filter(courses__enrolments__student_id=student_id)
    if course_ids is not None:
        found = found.filter(courses__in=course_ids)
    return list(found.select_related("year").distinct().order_by("-starts_on"))


def cabinet_of_student(
    student_id: int, semester: Semester, *, week_of: date, course_ids: frozenset[int] | None, now: datetime
) -> Cabinet:
    """A semester of a student: the week that a day lies in, and the figures of each discipline. One query.

    `course_ids`: the courses that the reader may see; None: all.
    """
    lessons = _semester(student_id, semester, course_ids=course_ids, now=now)
    monday = week_of - timedelta(days=week_of.weekday())
    sunday = monday + timedelta(days=6)
    today = day_of(now)
    days: dict[date, list[StudentLesson]] = {}
    courses: dict[int, list[StudentLesson]] = {}
    for lesson in lessons:
        courses.setdefault(lesson.course_id, []).append(lesson)
        if monday <= lesson.day <= sunday:
            days.setdefault(lesson.day, []).append(lesson)
    week = Week(
        monday,
        sunday,
        week_number(monday, semester_starts_on=semester.starts_on),
        is_odd_week(monday, semester_starts_on=semester.starts_on),
        monday <= today <= sunday,
        [DayLessons(day, of_day, day == today) for day, of_day in sorted(days.items())],
    )
    lines = [
        DisciplineLine(
            course_id,
            of_course[0].discipline,
            counts_of(of_course),
            [lesson for lesson in of_course if lesson.presence is not None][-LAST_MARKS:],
        )
        for course_id, of_course in sorted(courses.items(), key=lambda entry: sort_key(entry[1][0].discipline))
    ]
    return Cabinet(semester, week, lines, counts_of(lessons))


def course_of(student_id: int, course_id: int) -> Course | None:
    """A course that the student is or was on."""
    return (
        Course.objects.filter(pk=course_id, enrolments__student_id=student_id)
        .select_related("discipline", "semester__year", "group")
        .first()
    )


def course_of_student(student_id: int, course: Course, *, now: datetime) -> tuple[Counts, list[StudentLesson]]:
    """A discipline lesson by lesson, the newest first; lessons to come are left to the timetable. One query."""
    lessons = _semester(student_id, course.semester, course_ids=frozenset({course.pk}), now=now)
    return counts_of(lessons), [lesson for lesson in reversed(lessons) if lesson.face != LessonFace.TO_COME]


def _semester(
    student_id: int, semester: Semester, *, course_ids: frozenset[int] | None, now: datetime
) -> list[StudentLesson]:
    found = lessons_of_student(student_id).filter(workload__course__semester=semester)
    if course_ids is not None:
        found = found.filter(workload__course_id__in=course_ids)
    return _read(found, student_id, now=now)


def _read(lessons: QuerySet[LessonWorkload], student_id: int, *, now: datetime) -> list[StudentLesson]:
    rows = lessons.annotate(
        is_excused=Exists(ExcuseCover.objects.filter(lesson=OuterRef("lesson_id"), student_id=student_id)),
        # The student's own mark, under the workload of the row: nobody else's can come through this join.
        own=FilteredRelation(
            "lesson__marks",
            condition=Q(lesson__marks__student_id=student_id, lesson__marks__workload_id=F("workload_id")),
        ),
    ).values_list(
        "lesson_id",
        "workload__course_id",
        "workload__course__discipline__name",
        "workload__kind",
        "lesson__date",
        "lesson__pair",
        "lesson__starts_at",
        "lesson__ends_at",
        "lesson__room__code",
        "lesson__state",
        "lesson__topic",
        "lesson__roll_taken_at",
        "change__kind",
        "lesson__teacher__user__last_name",
        "lesson__teacher__user__first_name",
        "lesson__teacher__user__patronymic",
        "substitution__substitute__user__last_name",
        "substitution__substitute__user__first_name",
        "substitution__substitute__user__patronymic",
        "own__presence",
        "own__grade",
        "own__late_minutes",
        "own__makeup_on",
        "own__version",
        "change__reason",
        "change__became",
        "is_excused",
        "own__at",
    )
    # Translated once, not once a lesson: a lookup costs more than the rest of the row.
    kinds = {kind.value: str(label) for kind, label in LESSON_KIND_LABELS.items()}
    return [_lesson(row, kinds, now=now) for row in rows]


def _lesson(row: tuple[Any, ...], kinds: dict[str, str], *, now: datetime) -> StudentLesson:
    (lesson_id, course_id, discipline, kind, day, pair, starts_at, ends_at, room, state, topic, taken_at) = row[:12]
    change, *names = row[12:19]
    presence, grade, late_minutes, makeup_on, version, reason, became, is_excused, marked_at = row[19:]
    takes_place = state not in (LessonState.CANCELLED, LessonState.NOT_HELD)
    substitute = short_name(*names[3:]) if names[3] else ""
    return StudentLesson(
        lesson_id=lesson_id,
        course_id=course_id,
        discipline=discipline,
        kind=kinds[kind],
        day=day,
        pair=pair,
        starts_at=starts_at,
        ends_at=ends_at,
        room=room or "",
        teacher=substitute or short_name(*names[:3]),
        topic=topic,
        face=face_of(
            state=state,
            starts_at=starts_at,
            ends_at=ends_at,
            is_taken=taken_at is not None or presence is not None,
            has_marks=False,
            now=now,
        ),
        is_make_up=change == ChangeKind.MAKE_UP,
        is_substituted=bool(substitute),
        is_held=takes_place and (state == LessonState.HELD or presence is not None),
        happened="" if takes_place else _what_happened(change, reason, became),
        presence=presence if takes_place else None,
        grade=grade if takes_place else None,
        late_minutes=late_minutes,
        makeup_on=makeup_on,
        is_corrected=(version or 1) > 1,
        is_excused=is_excused and presence == Presence.ABSENT,
        version=version or 0,
        marked_at=marked_at,
    )


def _what_happened(kind: str | None, reason: str | None, became: dict[str, Any] | None) -> str:
    """Why a lesson does not take place, in the student's words; where it went, if it moved."""
    if kind == ChangeKind.MOVE and became:
        return _("Moved to %(became)s") % {"became": place_words(became)}
    return reason or ""
