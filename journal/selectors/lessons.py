"""A teacher's day, and the page of one lesson."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import CharField, Exists, F, FilteredRelation, Func, OuterRef, Q
from django.db.models.lookups import IsNull

from accounts.models import User
from ejournal.lib.clock import day_of
from ejournal.lib.sorting import sort_key
from journal.enums import ReopeningState, SheetState
from journal.models import Mark, ModuleSheet, Reopening
from journal.permissions import JournalDoor
from journal.rules import days_late, is_overdue, kinds_offered, window_ends_on
from journal.selectors.roster import rosters
from journal.selectors.states import LessonFace, Lock, face_of, lock_of
from teaching.enums import Answer, EnrolmentBasis
from teaching.models import (
    CourseEnrolment,
    Lesson,
    LessonWorkload,
    Substitution,
    WorkloadTeacher,
    in_force,
)
from teaching.selectors.changes import change_words
from teaching.selectors.plan_fact import Offer, offer_of
from teaching.selectors.taught import Named, named_for, with_substitution
from teaching.selectors.timetable import part_label
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS
from university.selectors import policies

SUBSTITUTIONS_AHEAD = timedelta(days=14)  # so far the first page shows what a substitute will teach


@dataclass(frozen=True, slots=True)
class DayLesson:
    """A lesson as it stands in a teacher's day. `groups` are its groups' names with the subgroup, sorted;
    `happened` says what changed about it, if something did."""

    lesson_id: int
    journal_id: int
    day: date
    pair: int | None
    starts_at: datetime
    ends_at: datetime
    discipline: str
    kind: str
    groups: str
    room: str
    face: LessonFace
    is_substitution: bool
    fill_until: date
    teacher: str = ""  # whom the user stands in for, or who stands in for him
    topic: str = ""
    notes: Sequence[str] = ()  # what the absent teacher left: with the lesson, with the substitution
    waits_for_answer: bool = False
    happened: str = ""  # what a change made of it
    is_overdue: bool = False  # of an unfilled one: the hours for filling it have passed


@dataclass(frozen=True, slots=True)
class Today:
    """`lessons` of today by time; `unfilled`: those of the filling window before today that still lack marks;
    `coming`: those of the next days in which the user stands in for another."""

    day: date
    lessons: Sequence[DayLesson] = ()
    unfilled: Sequence[DayLesson] = ()
    coming: Sequence[DayLesson] = ()

    @property
    def waiting_for_answer(self) -> int:
        """Substitutions that the user has neither confirmed nor objected to."""
        return sum(entry.waits_for_answer for entry in (*self.lessons, *self.coming))


def today(user: User, *, now: datetime) -> Today:
    """The lessons that a user holds today, as keeper of the journal or as substitute, and what he left unfilled.

    Three queries, whatever their number. A cancelled lesson, one without anybody on its roll, one under a closed
    module and one for which another is named (§3.5h: his duty) are never called unfilled.
    """
    day = day_of(now)
    settings = policies("filling_window_days", "unfilled_alarm_hours", on=day)
    window_days = settings["filling_window_days"]
    kept = LessonWorkload.objects.filter(
        workload__in=WorkloadTeacher.objects.filter(in_force(day), teacher__user_id=user.id).values("workload_id"),
        lesson__date__range=(day - timedelta(days=window_days), day),
    ).values("lesson_id")
    stands_in = Substitution.objects.filter(
        withdrawn_at__isnull=True,
        substitute__user_id=user.id,
        lesson__date__range=(day - timedelta(days=window_days), day + SUBSTITUTIONS_AHEAD),
    ).values("lesson_id")
    found = (
        with_substitution(Lesson.objects.filter(pk__in=kept.union(stands_in)))
        .annotate(
            has_marks=Exists(Mark.objects.filter(lesson=OuterRef("pk"), presence__isnull=False)),
        )
        .select_related("room", "teacher__user")
        .order_by("starts_at", "id")
    )
    lessons = {lesson.id: lesson for lesson in found}
    served = (
        LessonWorkload.objects.filter(lesson_id__in=lessons)
        .annotate(
            has_roll=Exists(
                CourseEnrolment.objects.filter(
                    Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef("lesson__date")),
                    Q(subgroup_id=OuterRef("workload__subgroup_id"))
                    | Q(IsNull(OuterRef("workload__subgroup_id"), True)),
                    course_id=OuterRef("workload__course_id"),
                    starts_on__lte=OuterRef("lesson__date"),
                ).exclude(basis=EnrolmentBasis.EXEMPT)
            ),
            is_closed=Exists(
                ModuleSheet.objects.filter(
                    course_id=OuterRef("workload__course_id"),
                    state=SheetState.CLOSED,
                    module__starts_on__lte=OuterRef("lesson__date"),
                    module__ends_on__gte=OuterRef("lesson__date"),
                )
            ),
        )
        .select_related("change", "workload__course__discipline", "workload__course__group", "workload__subgroup")
        .order_by("workload__course__group__sort_key", "workload__subgroup__number", "workload_id")
    )
    rows: dict[int, list[tuple[int, str, str, str, int | None, bool, bool]]] = {}
    happened: dict[int, str] = {}
    for one in served:
        workload = one.workload
        rows.setdefault(one.lesson_id, []).append(
            (
                workload.id,
                workload.course.discipline.name,
                workload.kind,
                workload.course.group.name,
                workload.subgroup.number if workload.subgroup is not None else None,
                one.has_roll,
                one.is_closed,
            )
        )
        if one.change is not None:
            happened[one.lesson_id] = change_words(one.change, lesson_id=one.lesson_id)
    of_today: list[DayLesson] = []
    unfilled: list[DayLesson] = []
    coming: list[DayLesson] = []
    for lesson in lessons.values():
        of_lesson = rows.get(lesson.id, [])
        if not of_lesson:
            continue
        journal_id, discipline, kind = of_lesson[0][:3]
        has_roll = any(row[5] for row in of_lesson)
        named = named_for(lesson)
        is_mine = named is not None and named.user_id == user.id
        entry = DayLesson(
            lesson_id=lesson.id,
            journal_id=journal_id,
            day=lesson.date,
            pair=lesson.pair,
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            discipline=discipline,
            kind=str(LESSON_KIND_LABELS[LessonKind(kind)]),
            groups=", ".join(part_label(name, number) for _, _, _, name, number, *_ in of_lesson),
            room=lesson.room.code if lesson.room else "",
            face=face_of(
                state=lesson.state,
                starts_at=lesson.starts_at,
                ends_at=lesson.ends_at,
                is_taken=lesson.roll_taken_at is not None or not has_roll,
                has_marks=lesson.has_marks,
                now=now,
            ),
            is_substitution=is_mine,
            fill_until=window_ends_on(lesson.date, window_days=window_days),
            teacher=lesson.teacher.user.get_short_name() if is_mine else named.name if named else "",
            topic=lesson.topic,
            notes=[text for text in (lesson.note, named.note) if text] if named is not None and is_mine else (),
            waits_for_answer=named is not None and is_mine and named.answer == Answer.NONE,
            happened=happened.get(lesson.id, ""),
            is_overdue=is_overdue(ends_at=lesson.ends_at, alarm_hours=settings["unfilled_alarm_hours"], now=now),
        )
        if lesson.date == day:
            of_today.append(entry)
        elif lesson.date > day:
            coming.append(entry)
        elif named is not None and not is_mine:
            continue
        elif (
            entry.face in (LessonFace.NOT_FILLED, LessonFace.PARTLY)
            and has_roll
            and not all(is_closed for *_, is_closed in of_lesson)
        ):
            unfilled.append(entry)
    return Today(day, of_today, unfilled, coming)


@dataclass(slots=True)
class RollRow:
    """A student on the roll of a lesson: what the row says now, and what the form shows.

    `typed` is (presence, minutes, grade) as texts where a form came back with an error, else None: nothing that
    was typed is lost. `error` is what was said of the cell.
    """

    student_id: int
    name: str
    version: int = 0
    presence: str = ""
    grade: int | None = None
    late_minutes: int | None = None
    makeup_on: date | None = None
    excused_from: date | None = None  # first and last day of the excuse that covers the absence; no reader sees why
    excused_until: date | None = None
    error: str = ""
    error_code: str = ""
    typed: tuple[str, str, str] | None = None

    @property
    def stored(self) -> tuple[str, str, str]:
        """(presence, minutes, grade) of the row as texts."""
        return (
            self.presence,
            "" if self.late_minutes is None else str(self.late_minutes),
            "" if self.grade is None else str(self.grade),
        )

    @property
    def shown(self) -> tuple[str, str, str]:
        """What the form's fields hold."""
        return self.stored if self.typed is None else self.typed

    @property
    def seen(self) -> str:
        """`version.presence.minutes.grade` for a hidden field: short, since a form has a thousand fields at most."""
        return ".".join((str(self.version), *self.stored))


@dataclass(frozen=True, slots=True)
class ClosedBy:
    """The closed module that a section lies under."""

    number: int
    closed_by: str
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class Section:
    """One journal's part of a lesson: a stream has a group under a group."""

    door: JournalDoor
    label: str
    lock: Lock | None
    closed: ClosedBy | None
    rows: list[RollRow] = field(default_factory=list)
    deadline: date | None = None  # until when its module was to be closed, where that locks it

    @property
    def takes_makeups(self) -> bool:
        """After the filling window a make-up grade may still be entered, until the module closes."""
        return self.lock == Lock.WINDOW_OVER


@dataclass(frozen=True, slots=True)
class LessonPage:
    """All that the page of a lesson shows. `fill_until` is the last day of the filling window."""

    lesson: Lesson
    sections: Sequence[Section]
    face: LessonFace
    fill_until: date
    window_days: int
    daily_grades: Sequence[int]
    work_kinds: Sequence[str]
    offer: Offer | None

    @property
    def substitution(self) -> Named | None:
        """Who stands in, of a lesson that was read `with_substitution`."""
        return named_for(self.lesson)

    @property
    def writing_door(self) -> JournalDoor | None:
        """The journal through which the user writes in this lesson; None for a reader."""
        return next((section.door for section in self.sections if section.door.can_write), None)

    @property
    def is_open(self) -> bool:
        """Whether some cell of the roll may be written now."""
        return any(section.lock is None or section.takes_makeups for section in self.sections)

    @property
    def deadline(self) -> date | None:
        """Until when the module was to be closed, where that locks a part of the lesson."""
        return next((section.deadline for section in self.sections if section.deadline is not None), None)

    @property
    def lock(self) -> Lock | None:
        """Why nothing may be written; None where some section is open."""
        return None if any(section.lock is None for section in self.sections) else self.sections[0].lock

    @property
    def days_late(self) -> int | None:
        """How late the roll was taken, in days; None where it is not taken."""
        if self.lesson.roll_taken_at is None:
            return None
        return days_late(lesson_day=self.lesson.date, taken_on=day_of(self.lesson.roll_taken_at))

    @property
    def takes_topic(self) -> bool:
        """The topic may be written before the lesson begins, too."""
        return self.lock in (None, Lock.NOT_STARTED)


def kinds_used(journal_id: int) -> list[str]:
    """The kinds of work that lessons of a journal have, in the order of the alphabet. One query."""
    kinds = (
        Lesson.objects.filter(workloads__workload_id=journal_id)
        .annotate(kind=Func(F("work_kinds"), function="unnest", output_field=CharField()))
        .order_by()
        .values_list("kind", flat=True)
        .distinct()
    )
    return sorted(kinds, key=sort_key)


def lesson_page(lesson: Lesson, doors: Sequence[JournalDoor], *, now: datetime) -> LessonPage:
    """The roll of a lesson with its marks, journal by journal: five queries for any number of students, six where it
    is locked, one more where its day is over, and one for what the plan of the journal offers."""
    workloads = [door.workload for door in doors]
    planned = next((door.workload for door in doors if door.can_write), workloads[0])
    offer = offer_of(planned.id, lesson.id)
    settings = policies(
        "filling_window_days",
        "daily_grades",
        "work_kinds",
        on=day_of(now),
        unit_id=workloads[0].course.group.unit_id,
    )
    by_workload = rosters(workloads, since=lesson.date, until=lesson.date)
    marks = {
        student_id: fields
        for student_id, *fields in Mark.objects.filter(lesson_id=lesson.id)
        .annotate(
            cover=FilteredRelation(
                "student__excuse_covers", condition=Q(student__excuse_covers__lesson_id=F("lesson_id"))
            )
        )
        .values_list(
            "student_id",
            "version",
            "presence",
            "grade",
            "late_minutes",
            "makeup_on",
            "cover__excuse__starts_on",
            "cover__excuse__ends_on",
        )
    }
    closed = {
        sheet.course_id: ClosedBy(
            sheet.module.number, sheet.closed_by.get_full_name() if sheet.closed_by else "", sheet.closed_at or now
        )
        for sheet in ModuleSheet.objects.filter(
            course_id__in={workload.course_id for workload in workloads},
            state=SheetState.CLOSED,
            module__starts_on__lte=lesson.date,
            module__ends_on__gte=lesson.date,
        ).select_related("module", "closed_by")
    }
    # Asked only where something is locked: the page of an open lesson does without it.
    deadlines = _deadlines_passed({workload.course_id for workload in workloads}, lesson.date, today=day_of(now))
    is_over = day_of(now) > window_ends_on(lesson.date, window_days=settings["filling_window_days"])
    reopened = set(
        Reopening.objects.filter(state=ReopeningState.OPEN, until__gt=now, lessons__lesson=lesson).values_list(
            "workload_id", flat=True
        )
        if closed or is_over or deadlines
        else ()
    )
    nothing: list[Any] = [0, None, None, None, None, None, None]
    sections = []
    for door in doors:
        workload = door.workload
        rows = []
        for pupil in by_workload[workload.id]:
            version, presence, *rest = marks.get(pupil.student_id, nothing)
            rows.append(RollRow(pupil.student_id, pupil.full_name, version, presence or "", *rest))
        lock = lock_of(
            can_write=door.can_write,
            keeps_journal=True,
            state=lesson.state,
            lesson_day=lesson.date,
            starts_at=lesson.starts_at,
            is_closed=workload.course_id in closed,
            window_days=settings["filling_window_days"],
            now=now,
            is_reopened=workload.id in reopened,
            is_past_deadline=workload.course_id in deadlines,
        )
        label = part_label(
            workload.course.group.name, workload.subgroup.number if workload.subgroup is not None else None
        )
        deadline = deadlines[workload.course_id] if lock == Lock.MODULE_DEADLINE else None
        sections.append(Section(door, label, lock, closed.get(workload.course_id), rows, deadline))
    everyone = [row for section in sections for row in section.rows]
    return LessonPage(
        lesson,
        sections,
        face_of(
            state=lesson.state,
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            is_taken=lesson.roll_taken_at is not None or not any(row.presence == "" for row in everyone),
            has_marks=any(row.presence != "" for row in everyone),
            now=now,
        ),
        window_ends_on(lesson.date, window_days=settings["filling_window_days"]),
        settings["filling_window_days"],
        settings["daily_grades"],
        # A kind that the lesson has stays on offer, though the setting dropped it meanwhile.
        kinds_offered(settings["work_kinds"], kinds_used(planned.id), of_lesson=lesson.work_kinds),
        offer,
    )


def _deadlines_passed(course_ids: set[int], day: date, *, today: date) -> dict[int, date]:
    """By course, until when the module of a day was to be closed, where a setting binds that and the day has passed.
    One query; none for a lesson of today or later."""
    if day >= today:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.id, d.day
            FROM unnest(%(courses)s::bigint[]) AS c (id)
            CROSS JOIN LATERAL journal_deadline(c.id, %(day)s, %(today)s) AS d (day)
            WHERE d.day < %(today)s
            """,
            {"courses": sorted(course_ids), "day": day, "today": today},
        )
        return dict(cursor.fetchall())
