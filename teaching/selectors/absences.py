"""Absences of teachers: what is covered, by whom, and what waits for the head (§3.5h)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Teacher, User
from ejournal.lib.clock import day_of
from teaching.enums import Answer, LessonState
from teaching.models import Lesson, LessonWorkload, Substitution, TeacherAbsence
from teaching.selectors.substitutes import NOT_MEETING, Candidate, engagements, find_teachers, working_teachers
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS

AHEAD = timedelta(days=7)


def lessons_of_absence(absence: TeacherAbsence) -> QuerySet[Lesson]:
    """The absent teacher's lessons of those days; a cancelled one needs nobody."""
    return (
        Lesson.objects.filter(teacher_id=absence.teacher_id, date__range=(absence.starts_on, absence.ends_on))
        .exclude(state__in=NOT_MEETING)
        .order_by("starts_at", "id")
    )


def _living() -> QuerySet[Substitution]:
    return Substitution.objects.living()


def with_counts(absences: QuerySet[TeacherAbsence]) -> QuerySet[TeacherAbsence]:
    """Absences with `lessons`, `covered` of them by a substitute, `uncovered`, and `objections` to who was named."""
    mine = (
        Lesson.objects.filter(
            teacher=OuterRef("teacher"), date__gte=OuterRef("starts_on"), date__lte=OuterRef("ends_on")
        )
        .exclude(state__in=NOT_MEETING)
        .order_by()
        .values("teacher")
    )
    covered = mine.filter(Exists(_living().filter(lesson=OuterRef("pk"))))
    objected = (
        _living()
        .filter(Q(substitute_answer=Answer.OBJECTED) | Q(teacher_answer=Answer.OBJECTED), absence=OuterRef("pk"))
        .order_by()
        .values("absence")
    )
    return absences.select_related("teacher__user", "teacher__department").annotate(
        lessons=Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0),
        covered=Coalesce(Subquery(covered.annotate(n=Count("pk")).values("n")), 0),
        objections=Coalesce(Subquery(objected.annotate(n=Count("pk")).values("n")), 0),
        uncovered=F("lessons") - F("covered"),
    )


def count_uncovered(department_ids: Collection[int], *, now: datetime) -> int:
    """Lessons of the next seven days whose teacher is away and for which nobody is named. One query."""
    today = day_of(now)
    away = TeacherAbsence.objects.living().filter(
        teacher=OuterRef("teacher"), starts_on__lte=OuterRef("date"), ends_on__gte=OuterRef("date")
    )
    return Lesson.objects.filter(
        Exists(away),
        ~Exists(_living().filter(lesson=OuterRef("pk"))),
        teacher__department_id__in=department_ids,
        date__range=(today, today + AHEAD),
        ends_at__gt=now,
        state=LessonState.PLANNED,
    ).count()


@dataclass(frozen=True, slots=True)
class AbsenceLesson:
    """A lesson of an absent teacher. `candidates`: free teachers, the best first; `found` by a search, busy or not."""

    lesson: Lesson
    discipline: str
    kind: str
    groups: str
    substitution: Substitution | None
    candidates: Sequence[Candidate] = ()
    found: Sequence[Candidate] = ()
    chosen: int | None = None

    @property
    def is_filled(self) -> bool:
        return self.lesson.roll_taken_at is not None or self.lesson.state == LessonState.HELD

    @property
    def takes_substitute(self) -> bool:
        return self.substitution is None and not self.is_filled

    @property
    def field(self) -> str:
        """The name of its choice in the form."""
        return f"lesson-{self.lesson.pk}"


@dataclass(frozen=True, slots=True)
class AbsencePage:
    """All that the page of an absence shows. `everybody`: teachers who may be named for all lessons at once, each
    with the number of the open lessons in which he is free."""

    lessons: Sequence[AbsenceLesson]
    everybody: Sequence[tuple[Teacher, int]] = ()

    @property
    def open_count(self) -> int:
        return sum(lesson.takes_substitute for lesson in self.lessons)

    @property
    def covered_count(self) -> int:
        return sum(lesson.substitution is not None for lesson in self.lessons)


def described(rows: Sequence[LessonWorkload]) -> tuple[str, str, str]:
    """Discipline, kind and groups of a lesson by what it serves (fetched with course, discipline, group, subgroup)."""
    workload = rows[0].workload
    groups = ", ".join(
        sorted(
            row.workload.course.group.name
            + (f"/{row.workload.subgroup.number}" if row.workload.subgroup is not None else "")
            for row in rows
        )
    )
    return workload.course.discipline.name, str(LESSON_KIND_LABELS[LessonKind(workload.kind)]), groups


SERVED = Prefetch(
    "workloads",
    LessonWorkload.objects.select_related(
        "workload__course__discipline", "workload__course__group", "workload__subgroup"
    ).order_by("workload_id"),
    to_attr="served",
)


def absence_page(
    absence: TeacherAbsence, *, can_name: bool, search: str, chosen: dict[int, int], now: datetime
) -> AbsencePage:
    """The lessons of an absence with who is named; for whoever may name also with who could be.

    `search` finds teachers of other departments; `chosen` is what a form that came back had chosen, by lesson.
    Seven queries whatever their number, eight with a search; three for a reader.
    """
    lessons = list(lessons_of_absence(absence).select_related("room").prefetch_related(SERVED))
    named = {
        substitution.lesson_id: substitution
        for substitution in _living()
        .filter(lesson__in=[lesson.pk for lesson in lessons])
        .select_related("substitute__user")
    }
    teachers: list[Teacher] = []
    found: list[Teacher] = []
    if can_name:
        teachers = list(
            working_teachers(on=day_of(now))
            .filter(department_id=absence.teacher.department_id)
            .exclude(pk=absence.teacher_id)
            .order_by("user__sort_key", "id")
        )
        known = {teacher.pk for teacher in teachers} | {absence.teacher_id}
        found = [teacher for teacher in find_teachers(search, on=day_of(now)) if teacher.pk not in known]
    busy = engagements([teacher.pk for teacher in (*teachers, *found)], days=[lesson.date for lesson in lessons])
    free_in: dict[int, int] = dict.fromkeys((teacher.pk for teacher in (*teachers, *found)), 0)
    rows = []
    for lesson in lessons:
        served: list[LessonWorkload] = lesson.served
        disciplines = {row.workload.course.discipline_id for row in served}
        candidates: list[Candidate] = []
        others: list[Candidate] = []
        if lesson.pk not in named:
            of_department = [busy.candidate(teacher, lesson, disciplines) for teacher in teachers]
            candidates = sorted(
                (one for one in of_department if not one.is_busy and not one.is_absent),
                key=lambda one: (not one.knows_discipline, one.load),
            )
            others = [busy.candidate(teacher, lesson, disciplines) for teacher in found]
            # What was chosen stays on offer, though he is busy: the form asks whether he is to be named anyway.
            others += [one for one in of_department if one.is_busy and chosen.get(lesson.pk) == one.teacher_id]
            for one in (*candidates, *others):
                free_in[one.teacher_id] += not one.is_busy and not one.is_absent
        rows.append(
            AbsenceLesson(
                lesson,
                *described(served),
                substitution=named.get(lesson.pk),
                candidates=candidates,
                found=others,
                chosen=chosen.get(lesson.pk),
            )
        )
    everybody = sorted(((teacher, free_in[teacher.pk]) for teacher in (*teachers, *found)), key=lambda pair: -pair[1])
    return AbsencePage(rows, everybody)


@dataclass(frozen=True, slots=True)
class OwnSubstitution:
    """A substitution as one of the two teachers meets it."""

    substitution: Substitution
    discipline: str
    kind: str
    groups: str
    is_substitute: bool
    opens: bool  # the page of the lesson is open to him today

    @property
    def answer(self) -> str:
        """What he said himself."""
        own = self.substitution.substitute_answer if self.is_substitute else self.substitution.teacher_answer
        return str(own)

    @property
    def waits(self) -> bool:
        return self.answer == Answer.NONE


def own_substitutions(user: User, *, since: date) -> QuerySet[Substitution]:
    """The living substitutions of a person, as substitute and as the one who is away, from a day on."""
    return (
        _living()
        .filter(Q(substitute__user_id=user.id) | Q(lesson__teacher__user_id=user.id), lesson__date__gte=since)
        .select_related("lesson__room", "lesson__teacher__user", "substitute__user")
        .order_by("lesson__starts_at", "id")
    )


def own_rows(user: User, substitutions: Sequence[Substitution], *, on: date) -> list[OwnSubstitution]:
    """Those with what their lessons serve, and whether the person may open them on a day: some queries for all."""
    ids = [one.lesson_id for one in substitutions]
    open_ids = set(Lesson.objects.visible_to(user, on=on).filter(pk__in=ids).values_list("pk", flat=True))
    served: dict[int, list[LessonWorkload]] = {}
    for row in (
        LessonWorkload.objects.filter(lesson__in=ids)
        .select_related("workload__course__discipline", "workload__course__group", "workload__subgroup")
        .order_by("workload_id")
    ):
        served.setdefault(row.lesson_id, []).append(row)
    return [
        OwnSubstitution(
            one,
            *described(served[one.lesson_id]),
            is_substitute=one.substitute.user_id == user.id,
            opens=one.lesson_id in open_ids,
        )
        for one in substitutions
    ]
