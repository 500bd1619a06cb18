"""Who could teach instead: free teachers, those of the discipline first, then by the load of the week (§3.5h)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.models import Teacher
from teaching.enums import LessonState
from teaching.models import Lesson, TeacherAbsence, WorkloadTeacher
from teaching.selectors.taught import taught_by_id

FOUND_LIMIT = 20

NOT_MEETING = (LessonState.CANCELLED, LessonState.NOT_HELD)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A teacher who could take one lesson. `load` counts his lessons of that week, those he substitutes included."""

    teacher_id: int
    name: str
    knows_discipline: bool
    load: int
    is_busy: bool = False
    is_absent: bool = False


@dataclass(frozen=True, slots=True)
class Engagements:
    """What some teachers do in some weeks: three queries for any number of them."""

    meetings: Mapping[int, Sequence[tuple[int, date, datetime, datetime]]]
    disciplines: Mapping[int, Collection[int]]
    absences: Mapping[int, Sequence[tuple[date, date]]]

    def is_busy(self, teacher_id: int, lesson: Lesson) -> bool:
        """Whether he holds another lesson at that time."""
        return any(
            lesson_id != lesson.pk and starts_at < lesson.ends_at and ends_at > lesson.starts_at
            for lesson_id, _day, starts_at, ends_at in self.meetings.get(teacher_id, ())
        )

    def is_absent(self, teacher_id: int, day: date) -> bool:
        return any(first <= day <= last for first, last in self.absences.get(teacher_id, ()))

    def load(self, teacher_id: int, day: date) -> int:
        """His lessons in the week of a day."""
        monday = day - timedelta(days=day.weekday())
        return sum(monday <= on < monday + timedelta(days=7) for _, on, _, _ in self.meetings.get(teacher_id, ()))

    def candidate(self, teacher: Teacher, lesson: Lesson, discipline_ids: Collection[int]) -> Candidate:
        return Candidate(
            teacher.pk,
            teacher.user.get_short_name(),
            bool(set(discipline_ids) & set(self.disciplines.get(teacher.pk, ()))),
            self.load(teacher.pk, lesson.date),
            self.is_busy(teacher.pk, lesson),
            self.is_absent(teacher.pk, lesson.date),
        )


def engagements(teacher_ids: Collection[int], *, days: Iterable[date]) -> Engagements:
    """The lessons that teachers hold in the weeks of some days (a substitute's are his), the disciplines they teach
    or taught, and their own absences."""
    days = list(days)
    if not days or not teacher_ids:
        return Engagements({}, {}, {})
    first = min(days) - timedelta(days=min(days).weekday())
    last = max(days) + timedelta(days=6 - max(days).weekday())
    meetings: dict[int, list[tuple[int, date, datetime, datetime]]] = defaultdict(list)
    rows = (
        Lesson.objects.filter(
            Q(teacher_id__in=teacher_ids)
            | Q(substitutions__withdrawn_at__isnull=True, substitutions__substitute_id__in=teacher_ids),
            date__range=(first, last),
        )
        .exclude(state__in=NOT_MEETING)
        .annotate(taught_by=taught_by_id())
        .order_by("starts_at", "id")
        .distinct()
    )
    for row in rows.values_list("id", "taught_by", "date", "starts_at", "ends_at"):
        lesson_id, teacher_id, day, starts_at, ends_at = row
        meetings[teacher_id].append((lesson_id, day, starts_at, ends_at))
    disciplines: dict[int, set[int]] = defaultdict(set)
    for teacher_id, discipline_id in WorkloadTeacher.objects.filter(teacher_id__in=teacher_ids).values_list(
        "teacher_id", "workload__course__discipline_id"
    ):
        disciplines[teacher_id].add(discipline_id)
    absences: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for teacher_id, starts_on, ends_on in (
        TeacherAbsence.objects.living()
        .filter(teacher_id__in=teacher_ids, starts_on__lte=last, ends_on__gte=first)
        .values_list("teacher_id", "starts_on", "ends_on")
    ):
        absences[teacher_id].append((starts_on, ends_on))
    return Engagements(meetings, disciplines, absences)


def working_teachers(*, on: date) -> QuerySet[Teacher]:
    """Teachers whose contract holds on a day."""
    return Teacher.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), user__is_active=True).select_related(
        "user", "department"
    )


def find_teachers(words: str, *, on: date) -> list[Teacher]:
    """Teachers of any department by a part of the name or the staff number; each word must fit somewhere."""
    if not words.strip():
        return []
    found = working_teachers(on=on)
    for word in words.split():
        found = found.filter(
            Q(user__last_name__icontains=word)
            | Q(user__first_name__icontains=word)
            | Q(user__patronymic__icontains=word)
            | Q(staff_number__iexact=word)
        )
    return list(found.order_by("user__sort_key", "id")[:FOUND_LIMIT])
