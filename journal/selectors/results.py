"""Final results: sheets and who sees them, debts, what a group and a student have reached (§2.3, §5.2)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import GroupEnrolment, Student, User
from accounts.permissions import Rights, rights_of
from ejournal.lib.sorting import sort_key
from journal.enums import NextStep, Presence, SheetState
from journal.models import ExcuseCover, FinalResult, FinalSheet, Mark, StateExam, Thesis
from journal.models.results import FinalSheetQuerySet
from journal.rules.results import (
    Achievement,
    Graded,
    achievement_of,
    gpa_of,
    mean_of,
    most_points,
    next_step,
)
from journal.selectors.differences import sheets_that_differ
from journal.selectors.semester import semester_points
from teaching.enums import EnrolmentBasis
from teaching.models import Course, CourseEnrolment, Workload, WorkloadTeacher, in_force
from university.enums import ControlForm
from university.models import Group, Semester
from university.selectors import policies

DIFFERS = "differs"
# What makes a result: by these columns two editions of it are compared.
COMPARED = (
    "admitted",
    "semester_points",
    "exam_points",
    "absent",
    "total",
    "letter",
    "traditional",
    "gpa",
    "passes",
    "word",
)


def courses_of_staff(rights: Rights, *, on: date) -> QuerySet[Course]:
    """Courses whose results a member of the staff may read: of his own journals, department, unit, group; all for
    the study office and the leadership. Not by a substitution: it is for some lessons."""
    if rights.sees_everything:
        return Course.objects.all()
    reach = Q(pk__in=[])
    if rights.teacher_id is not None:
        not_over = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
        mine = WorkloadTeacher.objects.filter(not_over, teacher_id=rights.teacher_id)
        reach |= Q(pk__in=mine.values("workload__course_id")) | Q(lead_id=rights.teacher_id)
    if rights.department_ids:
        reach |= Q(pk__in=Workload.objects.filter(department_id__in=rights.department_ids).values("course_id"))
    if rights.unit_ids:
        reach |= Q(group__unit_id__in=rights.unit_ids)
    if rights.group_ids:
        reach |= Q(group_id__in=rights.group_ids)
    return Course.objects.filter(reach)


def sheets_visible_to(user: User, *, on: date) -> FinalSheetQuerySet:
    """Sheets of the courses whose results a person may read, and those of which he is examiner or in the
    commission. Students have their own results in the cabinet."""
    rights = rights_of(user, on=on)
    if rights.sees_everything:
        return FinalSheet.objects.all()
    reach = Q(course__in=courses_of_staff(rights, on=on).values("pk"))
    if rights.teacher_id is not None:
        reach |= Q(examiner_id=rights.teacher_id) | Q(commission__members__teacher_id=rights.teacher_id)
    return FinalSheet.objects.filter(pk__in=FinalSheet.objects.filter(reach).values("pk"))


def sheet_list(user: User, *, state: str, on: date) -> QuerySet[FinalSheet]:
    """For the list, the newest editions, the newest first; `state` "", one of SheetState, or `DIFFERS`: the closed
    ones that need a correction."""
    found = sheets_visible_to(user, on=on).newest()
    if state == DIFFERS:
        found = sheets_that_differ(found)
    elif state:
        found = found.filter(state=state)
    return (
        found.select_related(
            "course__discipline", "course__group", "course__semester__year", "examiner__user", "student__user"
        )
        .annotate(listed=Count("results"), done=Count("results", filter=Q(results__passes=True)))
        .order_by("-opened_at", "-id")
    )


def sheets_to_close(teacher_id: int) -> int:
    """How many open sheets a teacher is the examiner of. One query."""
    return FinalSheet.objects.filter(examiner_id=teacher_id, state=SheetState.DRAFT).count()


def courses_without_sheet(rights: Rights, *, semester: Semester, on: date) -> list[Course]:
    """Courses of a semester for which a person of the dean's office may open the first sheet."""
    if not rights.unit_ids:
        return []
    return list(
        Course.objects.filter(group__unit_id__in=rights.unit_ids, semester=semester)
        .exclude(Exists(FinalSheet.objects.filter(course=OuterRef("pk"), attempt=1)))
        .select_related("discipline", "group")
        .order_by("group__sort_key", "discipline__sort_key", "id")
    )


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A student in a sheet. `semester`: as stored in a closed sheet, as it stands in an open one; `cap`: the most
    that may be typed for him."""

    result: FinalResult
    name: str
    record_book: str
    semester: Decimal
    cap: Decimal


@dataclass(frozen=True, slots=True)
class SheetPage:
    rows: Sequence[SheetRow]
    achievement: Achievement
    mean: Decimal | None
    grades: Mapping[int, int]  # how many 5, 4, 3, 2
    absent: int
    not_admitted: int


def sheet_page(sheet: FinalSheet, *, on: date) -> SheetPage:
    """The rows of a sheet by name, and its foot. One query for a closed sheet; the points of the semester besides
    for an open one. `sheet.course.semester.year` is read."""
    results = list(
        FinalResult.objects.filter(sheet=sheet)
        .select_related("student__user")
        .order_by("student__user__sort_key", "student_id")
    )
    live = {} if sheet.is_closed else semester_points(sheet.course, on=on)
    rows = []
    for result in results:
        semester = result.semester_points if sheet.is_closed else live.get(result.student_id)
        semester = semester if semester is not None else Decimal(0)
        rows.append(
            SheetRow(
                result,
                result.student.user.get_full_name(),
                result.student.record_book,
                semester,
                most_points(sheet.exam_maximum, semester=semester),
            )
        )
    counts = Counter(result.traditional for result in results if result.traditional is not None)
    return SheetPage(
        rows,
        achievement_of((result.passes, result.traditional) for result in results),
        mean_of([result.total for result in results if result.total is not None]),
        {grade: counts[grade] for grade in (5, 4, 3, 2)},
        sum(1 for result in results if result.absent),
        sum(1 for result in results if not result.admitted),
    )


def students_to_examine(course: Course, *, on: date) -> list[int]:
    """Who is on the list of a course's first sheet: enrolled on the day, or on the semester's last where it is over;
    whoever is exempt is not."""
    day = min(on, course.semester.ends_on)
    return list(
        CourseEnrolment.objects.filter(in_force(day), course=course)
        .exclude(basis=EnrolmentBasis.EXEMPT)
        .order_by("student_id")
        .values_list("student_id", flat=True)
        .distinct()
    )


def students_to_retake(course: Course, *, attempt: int, attempts: int) -> list[int]:
    """Who failed the attempt before this one, for good or not at all since, and may take it again."""
    rows = open_debts().filter(course=course, attempt=attempt - 1).order_by("student_id")
    return [
        row.student_id
        for row in rows
        if next_step(passes=row.passes, word=row.word, attempt=row.attempt, attempts=attempts) == NextStep.RETAKE
    ]


@dataclass(frozen=True, slots=True)
class Presences:
    held: int = 0
    missed: int = 0


def presences_of(course_id: int) -> dict[int, Presences]:
    """By student: lessons in which somebody looked, and those missed without excuse. One query."""
    covered = ExcuseCover.objects.filter(lesson=OuterRef("lesson_id"), student=OuterRef("student_id"))
    rows = (
        Mark.objects.filter(workload__course_id=course_id, presence__isnull=False)
        .annotate(is_covered=Exists(covered))
        .values("student_id")
        .annotate(held=Count("id"), missed=Count("id", filter=Q(presence=Presence.ABSENT.value, is_covered=False)))
    )
    return {row["student_id"]: Presences(row["held"], row["missed"]) for row in rows}


def final_results() -> QuerySet[FinalResult]:
    """The results that stand: of each student and course the last closed attempt, in the newest edition of its
    sheet."""
    closed = FinalResult.objects.holding()
    later = closed.filter(
        course_id=OuterRef("course_id"), student_id=OuterRef("student_id"), attempt__gt=OuterRef("attempt")
    )
    return closed.exclude(Exists(later))


def corrected_before(results: Iterable[FinalResult]) -> dict[int, FinalResult]:
    """By result that holds, what the edition before it said where that was something else. One query, none where
    nothing was corrected. `sheet` of each is read."""
    later = {(one.sheet.replaces_id, one.student_id): one for one in results if one.sheet.replaces_id is not None}
    if not later:
        return {}
    found = FinalResult.objects.filter(sheet__in={sheet_id for sheet_id, _student in later})
    return {
        after.pk: before
        for before in found
        if (after := later.get((before.sheet_id, before.student_id))) is not None
        and any(getattr(before, name) != getattr(after, name) for name in COMPARED)
    }


def open_debts() -> QuerySet[FinalResult]:
    """Academic debts (академиялык карыз): the last attempt failed, and the course was not repeated with success."""
    repeated = FinalResult.objects.holding().filter(
        passes=True,
        student_id=OuterRef("student_id"),
        course__discipline_id=OuterRef("course__discipline_id"),
        course__enrolments__student_id=OuterRef("student_id"),
        course__enrolments__basis=EnrolmentBasis.REPEAT,
        course__semester__starts_on__gt=OuterRef("course__semester__starts_on"),
    )
    return final_results().filter(passes=False).exclude(Exists(repeated))


def debts_by_student(student_ids: Iterable[int]) -> dict[int, int]:
    """How many debts each has; who has none is not there. One query."""
    return dict(
        open_debts()
        .filter(student_id__in=list(student_ids))
        .values_list("student_id")
        .annotate(debts=Count("id"))
        .order_by()
    )


def debt_list(user: User, *, group_id: int | None, on: date) -> QuerySet[FinalResult]:
    """Debts of those who study on the day, as far as a person may read them: by group, name, discipline."""
    rights = rights_of(user, on=on)
    studying = GroupEnrolment.objects.filter(in_force(on), student_id=OuterRef("student_id"))
    found = open_debts().filter(Exists(studying), course__in=courses_of_staff(rights, on=on).values("pk"))
    if group_id is not None:
        found = found.filter(course__group_id=group_id)
    draft = FinalSheet.objects.filter(state=SheetState.DRAFT, course=OuterRef("course_id"))
    retaken = draft.filter(results__student=OuterRef("student_id"))
    return (
        found.select_related("student__user", "course__discipline", "course__group", "course__semester__year")
        .annotate(is_retaken=Exists(retaken))
        .order_by("course__group__sort_key", "student__user__sort_key", "student_id", "course__discipline__sort_key")
    )


def groups_with_debts(user: User, *, on: date) -> list[Group]:
    """Groups to choose from in the list of debts."""
    courses = courses_of_staff(rights_of(user, on=on), on=on)
    owing = open_debts().filter(course__in=courses.values("pk")).values("course__group_id")
    return list(Group.objects.filter(pk__in=owing).order_by("sort_key", "id"))


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A course in a student's record: its last result, and those of the attempts before it, the oldest first, each
    with what it was before a correction."""

    course: Course
    result: FinalResult | None
    before: FinalResult | None
    earlier: Sequence[tuple[FinalResult, FinalResult | None]]
    is_debt: bool


@dataclass(frozen=True, slots=True)
class RecordSemester:
    semester: Semester
    lines: Sequence[RecordLine]
    credits: Decimal  # of the disciplines that were passed
    gpa: Decimal | None


@dataclass(frozen=True, slots=True)
class StudentRecord:
    """All years of a student, the newest semester first."""

    semesters: Sequence[RecordSemester]
    credits: Decimal
    gpa: Decimal | None
    debts: int
    state_exams: Sequence[StateExam] = field(default=())
    theses: Sequence[Thesis] = field(default=())


def student_record(
    student: Student, *, course_ids: frozenset[int] | None, unit_id: int | None, on: date
) -> StudentRecord:
    """What a student has reached, closed sheets alone. `course_ids`: the courses that the reader may see; None: all.
    Six queries at most, and one where a result was corrected."""
    courses = Course.objects.filter(enrolments__student=student).exclude(
        enrolments__student=student, enrolments__basis=EnrolmentBasis.EXEMPT
    )
    closed = FinalResult.objects.holding().filter(student=student)
    if course_ids is not None:
        courses, closed = courses.filter(pk__in=course_ids), closed.filter(course_id__in=course_ids)
    attempts: dict[int, list[FinalResult]] = defaultdict(list)
    for result in closed.select_related("sheet__correction").order_by("attempt"):
        attempts[result.course_id].append(result)
    corrected = corrected_before(result for found in attempts.values() for result in found)
    owed = set(open_debts().filter(student=student).values_list("id", flat=True))
    by_semester: dict[Semester, list[RecordLine]] = defaultdict(list)
    for course in courses.select_related("discipline", "semester__year").distinct():
        found = attempts[course.pk]
        last = found[-1] if found else None
        by_semester[course.semester].append(
            RecordLine(
                course,
                last,
                corrected.get(last.pk) if last is not None else None,
                [(one, corrected.get(one.pk)) for one in found[:-1]],
                last is not None and last.pk in owed,
            )
        )
    exam_only = policies("gpa_exam_only", on=on, unit_id=unit_id)["gpa_exam_only"]
    semesters = [
        RecordSemester(
            semester,
            sorted(lines, key=lambda line: sort_key(line.course.discipline.name)),
            _credits(lines),
            _gpa(lines, exam_only=exam_only),
        )
        for semester, lines in sorted(by_semester.items(), key=lambda entry: entry[0].starts_on, reverse=True)
    ]
    lines = [line for semester in semesters for line in semester.lines]
    shows_all = course_ids is None
    state_exams = StateExam.objects.filter(student=student, closed_at__isnull=False) if shows_all else ()
    theses = Thesis.objects.filter(student=student, closed_at__isnull=False) if shows_all else ()
    return StudentRecord(
        semesters,
        _credits(lines),
        _gpa(lines, exam_only=exam_only),
        sum(1 for line in lines if line.is_debt),
        list(state_exams),
        list(theses),
    )


def graded(result: FinalResult, course: Course) -> Graded:
    # Who did not sit has no grade of the scale: nothing is what he has of the discipline's credits.
    gpa = Decimal(0) if result.total is None else result.gpa
    return Graded(course.credits, gpa, course.control_form == ControlForm.EXAM)


def _credits(lines: Iterable[RecordLine]) -> Decimal:
    return sum((line.course.credits for line in lines if line.result is not None and line.result.passes), Decimal(0))


def _gpa(lines: Iterable[RecordLine], *, exam_only: bool) -> Decimal | None:
    return gpa_of([graded(line.result, line.course) for line in lines if line.result is not None], exam_only=exam_only)
