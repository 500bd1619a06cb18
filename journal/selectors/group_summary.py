"""The summary of a group: what its students have reached in a semester, by discipline (§2.3, §2.7, §5.2)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from accounts.models import Student
from journal.models import FinalResult, StateExam, Thesis
from journal.rules.results import (
    Achievement,
    achievement_of,
    gpa_of,
    mean_of,
)
from journal.selectors.results import corrected_before, debts_by_student, final_results, graded
from teaching.enums import EnrolmentBasis
from teaching.models import Course, CourseEnrolment
from university.models import Group, Semester
from university.selectors import policies


@dataclass(frozen=True, slots=True)
class Attested:
    """A column of state exams, or that of graduation papers (`is_thesis`, then without a title)."""

    title: str
    is_thesis: bool = False


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A student of a group: his result in each course of the semester (None: not on it, or no closed sheet), and what
    it was before a correction; his state exams and graduation paper of the semester, by column."""

    student_id: int
    name: str
    results: Sequence[FinalResult | None]
    before: Sequence[FinalResult | None]
    attested: Sequence[StateExam | Thesis | None]
    mean: Decimal | None
    gpa: Decimal | None
    debts: int  # all of them, of earlier semesters too
    rank: int | None

    @property
    def cells(self) -> list[tuple[FinalResult | None, FinalResult | None]]:
        """The results, each with what it was before its correction."""
        return list(zip(self.results, self.before, strict=True))


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary sheet of a group (жыйынтык ведомость). `whole`: students without a debt of the semester, and of
    these who have 4 and 5 alone, per cent of those who have results. State exams and graduation papers are columns as
    disciplines are; of the mean of grades, which credits weigh, they are no part: they have none."""

    courses: Sequence[Course]
    attested: Sequence[Attested]
    lines: Sequence[SummaryLine]
    by_course: Sequence[Achievement]
    by_attested: Sequence[Achievement]
    whole: Achievement

    @property
    def corrected(self) -> list[tuple[SummaryLine, Course, FinalResult, FinalResult]]:
        """Line, course, what holds and what it was, of each result that was corrected."""
        return [
            (line, course, result, before)
            for line in self.lines
            for course, (result, before) in zip(self.courses, line.cells, strict=True)
            if result is not None and before is not None
        ]


def semesters_of_group(group: Group) -> list[Semester]:
    return list(Semester.objects.filter(courses__group=group).select_related("year").distinct().order_by("-starts_on"))


def group_summary(group: Group, semester: Semester, *, on: date) -> Summary:
    """Students × disciplines of a semester, with the state exams and graduation papers held from its first day to the
    group's next semester. Eight queries, whatever their number; one more where a result was corrected."""
    courses = list(
        Course.objects.filter(group=group, semester=semester)
        .select_related("discipline")
        .order_by("discipline__sort_key", "id")
    )
    closed = list(final_results().filter(course__in=courses).select_related("sheet__correction"))
    of_student: dict[int, dict[int, FinalResult]] = defaultdict(dict)
    for result in closed:
        of_student[result.student_id][result.course_id] = result
    corrected = corrected_before(closed)
    columns, attestations = _attested(group, semester)
    enrolled = CourseEnrolment.objects.filter(course__in=courses).exclude(basis=EnrolmentBasis.EXEMPT)
    students = list(
        Student.objects.filter(
            Q(pk__in=enrolled.values("student_id")) | Q(pk__in=[*of_student, *(pk for pk, _column in attestations)])
        )
        .select_related("user")
        .order_by("user__sort_key", "pk")
    )
    debts = debts_by_student(student.pk for student in students)
    exam_only = policies("gpa_exam_only", on=on, unit_id=group.unit_id)["gpa_exam_only"]
    drafts = []
    for student in students:
        own = of_student[student.pk]
        results = [own.get(course.pk) for course in courses]
        attested = [attestations.get((student.pk, column)) for column in columns]
        totals = [result.total for result in results if result is not None and result.total is not None]
        mean = mean_of([*totals, *(one.points for one in attested if one is not None and one.points is not None)])
        gpa = gpa_of(
            [graded(result, course) for course, result in zip(courses, results, strict=True) if result is not None],
            exam_only=exam_only,
        )
        drafts.append((student, results, attested, mean, gpa))
    # Equal means share a rank.
    means = sorted((mean for *_rest, mean, _gpa in drafts if mean is not None), reverse=True)
    lines = [
        SummaryLine(
            student.pk,
            student.user.get_full_name(),
            results,
            [corrected.get(result.pk) if result is not None else None for result in results],
            attested,
            mean,
            gpa,
            debts.get(student.pk, 0),
            means.index(mean) + 1 if mean is not None else None,
        )
        for student, results, attested, mean, gpa in drafts
    ]
    by_course = [
        achievement_of((found.passes, found.traditional) for line in lines if (found := line.results[place]))
        for place in range(len(courses))
    ]
    by_attested = [
        achievement_of((one.passes, one.traditional) for line in lines if (one := line.attested[place]))
        for place in range(len(columns))
    ]
    return Summary(courses, columns, lines, by_course, by_attested, _whole(lines))


def _attested(
    group: Group, semester: Semester
) -> tuple[list[Attested], dict[tuple[int, Attested], StateExam | Thesis]]:
    """The columns of a semester, exams by title and then the graduation papers; of each student and column the last
    closed row. Three queries."""
    following = (
        Semester.objects.filter(courses__group=group, starts_on__gt=semester.starts_on)
        .order_by("starts_on")
        .values_list("starts_on", flat=True)
        .first()
    )
    held = Q(group=group, held_on__gte=semester.starts_on)
    if following is not None:
        held &= Q(held_on__lt=following)
    columns: dict[Attested, None] = {}
    found: dict[tuple[int, Attested], StateExam | Thesis] = {}
    for exam in StateExam.objects.filter(held).order_by("title", "held_on", "id"):
        column = Attested(exam.title)
        columns[column] = None
        if exam.closed_at is not None:
            found[exam.student_id, column] = exam
    for thesis in Thesis.objects.filter(held).order_by("held_on", "id"):
        column = Attested("", is_thesis=True)
        columns[column] = None
        if thesis.closed_at is not None:
            found[thesis.student_id, column] = thesis
    return list(columns), found


def _whole(lines: Sequence[SummaryLine]) -> Achievement:
    judged: list[tuple[bool | None, int | None]] = []
    for line in lines:
        found: list[FinalResult | StateExam | Thesis] = [
            result for result in (*line.results, *line.attested) if result is not None
        ]
        if not found:
            continue
        judged.append(
            (all(result.passes for result in found), min((result.traditional or 2 for result in found), default=None))
        )
    return achievement_of(judged)
