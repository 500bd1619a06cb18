"""Whose lessons are when: the timetable as people meet it, from the lessons that were made of it (§3.5g, §3.8)."""

from datetime import date

from django.db.models import F, FilteredRelation, Q, QuerySet

from teaching.enums import EnrolmentBasis
from teaching.models import LessonWorkload

# Who is exempt stands on the course's paper, not on its rolls.
ATTENDING = [EnrolmentBasis.GROUP, EnrolmentBasis.ELECTIVE, EnrolmentBasis.REPEAT]


def lessons_of_student(student_id: int) -> QuerySet[LessonWorkload]:
    """The lessons of a student, by his enrolment in the course and its subgroup on the day of the lesson (§3.5b).

    One row for each lesson and the workload under which he sits in it; make-up lessons and cancelled ones are
    among them. `substitution` is joined: the teacher named instead, if one is.
    """
    return (
        LessonWorkload.objects.filter(
            Q(workload__course__enrolments__ends_on__isnull=True)
            | Q(workload__course__enrolments__ends_on__gte=F("lesson__date")),
            Q(workload__subgroup__isnull=True) | Q(workload__subgroup=F("workload__course__enrolments__subgroup")),
            workload__course__enrolments__student_id=student_id,
            workload__course__enrolments__starts_on__lte=F("lesson__date"),
            workload__course__enrolments__basis__in=ATTENDING,
        )
        .annotate(
            substitution=FilteredRelation(
                "lesson__substitutions", condition=Q(lesson__substitutions__withdrawn_at__isnull=True)
            )
        )
        .order_by("lesson__starts_at", "lesson_id")
    )


def lessons_between(lessons: QuerySet[LessonWorkload], since: date, until: date) -> QuerySet[LessonWorkload]:
    """Those of some days, both included."""
    return lessons.filter(lesson__date__range=(since, until))


def part_label(group: str, subgroup: int | None) -> str:
    """A group's name, with the number of the subgroup where it is taught apart (§3.5b)."""
    return group if subgroup is None else f"{group}/{subgroup}"


def with_substitute(lessons: QuerySet[LessonWorkload]) -> QuerySet[LessonWorkload]:
    """Rows with `substitution` joined: the living one of the lesson, if there is one."""
    return lessons.annotate(
        substitution=FilteredRelation(
            "lesson__substitutions", condition=Q(lesson__substitutions__withdrawn_at__isnull=True)
        )
    )
