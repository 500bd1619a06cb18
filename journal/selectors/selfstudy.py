"""Self-study: the tasks of a journal and of a student, what was handed in, points, a module's sum (§3.5a, §2.8)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from accounts.models import Student
from ejournal.lib.clock import day_of
from journal.enums import SheetState
from journal.models import ModuleSheet, SelfStudyMark, SelfStudyMember, SelfStudyTask, Submission
from journal.rules import GradedTask, SelfStudy, sum_of_tasks
from journal.selectors import rating_sql
from teaching.enums import EnrolmentBasis
from teaching.models import CourseEnrolment, PlanItem, Workload
from university.models import Module


def _enrolled_on_due_day(student_id: int) -> Exists:
    """Whether a student is on the list of a task's journal on the day until which it is done."""
    return Exists(
        CourseEnrolment.objects.exclude(basis=EnrolmentBasis.EXEMPT).filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef("due_on")),
            # The task's own list: a journal of a subgroup has that subgroup (§3.5b).
            Q(subgroup_id=OuterRef("workload__subgroup_id")) | Q(course__workloads__subgroup__isnull=True),
            course__workloads=OuterRef("workload_id"),
            starts_on__lte=OuterRef("due_on"),
            student_id=student_id,
        )
    )


def is_task_closed(task: SelfStudyTask) -> bool:
    """Whether the sheet of a task's course and module is closed."""
    sheets = ModuleSheet.objects.filter(
        course_id=task.workload.course_id, module_id=task.module_id, state=SheetState.CLOSED
    )
    return sheets.exists()


def with_closed(tasks: QuerySet[SelfStudyTask]) -> QuerySet[SelfStudyTask]:
    """Tasks with `is_closed`: whether the sheet of their course and module is closed."""
    sheets = ModuleSheet.objects.filter(
        course_id=OuterRef("workload__course_id"), module_id=OuterRef("module_id"), state=SheetState.CLOSED
    )
    return tasks.annotate(is_closed=Exists(sheets))


def tasks_given_to(student_id: int, *, on: date) -> QuerySet[SelfStudyTask]:
    """The tasks that a student was given by a day: of the lists on which he is on their last day. Who comes after
    that day, or has left before it, has none. Withdrawn ones are among them."""
    return SelfStudyTask.objects.filter(_enrolled_on_due_day(student_id), given_on__lte=on)


@dataclass(frozen=True, slots=True)
class Doer:
    """A student who does a task."""

    student_id: int
    name: str


def doers_of(workload: Workload, days: Iterable[date]) -> dict[date, list[Doer]]:
    """By day, who does the tasks of a journal that are due on it, in the order of the alphabet. One query."""
    enrolments = (
        CourseEnrolment.objects.filter(course_id=workload.course_id)
        .exclude(basis=EnrolmentBasis.EXEMPT)
        .select_related("student__user")
        .order_by("student__user__sort_key", "student_id")
    )
    if workload.subgroup_id is not None:
        enrolments = enrolments.filter(subgroup_id=workload.subgroup_id)
    rows = list(enrolments)
    return {
        day: [
            Doer(row.student_id, row.student.user.get_full_name())
            for row in rows
            if row.starts_on <= day and (row.ends_on is None or day <= row.ends_on)
        ]
        for day in set(days)
    }


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in the list of its journal; counts are of students, by those who do it."""

    task: SelfStudyTask
    doers: int
    handed_in: int
    graded: int
    is_closed: bool
    is_over: bool


def task_rows(workload: Workload, *, now: datetime) -> list[TaskRow]:
    """The tasks of a journal, by their day. Three queries."""
    tasks = list(with_closed(workload.tasks.select_related("module")).order_by("due_on", "id"))
    counts = counts_of_tasks([task.pk for task in tasks])
    doers = doers_of(workload, [task.due_on for task in tasks])
    today = day_of(now)
    return [
        TaskRow(
            task=task,
            doers=len(doers[task.due_on]),
            handed_in=counts[task.pk][0],
            graded=counts[task.pk][1],
            is_closed=task.is_closed,  # type: ignore[attr-defined]  # an annotation
            is_over=task.due_on < today,
        )
        for task in tasks
    ]


def counts_of_tasks(task_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By task, how many handed in (teams: their members), how many are graded. One query."""
    given = SelfStudyMark.objects.filter(points__isnull=False)
    found = SelfStudyTask.objects.filter(pk__in=task_ids).annotate(
        alone=Count("submissions__student", distinct=True),
        together=Count("submissions__team__members", distinct=True),
        graded=Count("marks", filter=Q(marks__in=given), distinct=True),
    )
    return {task.pk: (task.alone + task.together, task.graded) for task in found}


def plan_items_for(workload: Workload) -> list[PlanItem]:
    """The lines of the journal's plan that name self-study, in their order."""
    return list(PlanItem.objects.filter(plan__workloads__workload=workload).exclude(self_study="").order_by("position"))


@dataclass(frozen=True, slots=True)
class GradeRow:
    """A student at one task: his points as they stand, his team, the newest that he or it handed in."""

    student_id: int
    name: str
    mark: SelfStudyMark | None
    team: int | None
    submission: Submission | None
    is_late: bool


def grade_rows(task: SelfStudyTask) -> list[GradeRow]:
    """Everybody who does a task, and whoever has points for it, by team, then by name. Four queries."""
    doers = doers_of(task.workload, [task.due_on])[task.due_on]
    marks = {mark.student_id: mark for mark in task.marks.select_related("by", "student__user")}
    known = {doer.student_id for doer in doers}
    doers += [
        Doer(mark.student_id, mark.student.user.get_full_name())
        for mark in marks.values()
        if mark.student_id not in known
    ]
    teams = teams_of(task)
    newest: dict[tuple[int | None, int | None], Submission] = {}
    for one in task.submissions.select_related("by", "team").order_by("version"):
        newest[(one.student_id, one.team.number if one.team else None)] = one
    rows = []
    for doer in doers:
        team = teams.get(doer.student_id)
        submission = newest.get((None, team)) if team is not None else newest.get((doer.student_id, None))
        rows.append(
            GradeRow(
                doer.student_id,
                doer.name,
                marks.get(doer.student_id),
                team,
                submission,
                submission is not None and is_late(task, submission),
            )
        )
    return sorted(rows, key=lambda row: (row.team is None, row.team or 0)) if teams else rows


def is_late(task: SelfStudyTask, submission: Submission) -> bool:
    """Handed in after the task's day."""
    return day_of(submission.handed_in_at) > task.due_on


def teams_of(task: SelfStudyTask) -> dict[int, int]:
    """By student, the number of his team. One query for a collective task, none for another."""
    if not task.is_collective:
        return {}
    return dict(task.members.values_list("student_id", "team__number"))


@dataclass(frozen=True, slots=True)
class TaskGridRow:
    """A student across the tasks of a journal; `cells` None where the task is not his, else points or ""."""

    name: str
    cells: list[Decimal | str | None]
    sums: list[SelfStudy]


def task_grid(workload: Workload, *, now: datetime) -> tuple[list[SelfStudyTask], list[Module], list[TaskGridRow]]:
    """Students down, living tasks across, a sum for each module that has tasks. Three queries."""
    tasks = list(
        workload.tasks.filter(withdrawn_at__isnull=True)
        .select_related("module")
        .order_by("module__number", "due_on", "id")
    )
    doers = doers_of(workload, [task.due_on for task in tasks])
    points = {
        (mark.task_id, mark.student_id): mark.points
        for mark in SelfStudyMark.objects.filter(task__in=tasks, points__isnull=False)
    }
    modules = list(dict.fromkeys(task.module for task in tasks))
    does = {task.pk: {doer.student_id for doer in doers[task.due_on]} for task in tasks}
    people = {doer.student_id: doer.name for day in sorted(doers) for doer in doers[day]}
    ordered = _in_order_of(doers.values(), people)
    today = day_of(now)
    rows = []
    for student_id in ordered:
        own = [task for task in tasks if student_id in does[task.pk]]
        rows.append(
            TaskGridRow(
                people[student_id],
                [points.get((task.pk, student_id), "") if task in own else None for task in tasks],
                [
                    sum_of_tasks(
                        (
                            GradedTask(task.maximum, task.due_on, points.get((task.pk, student_id)))
                            for task in own
                            if task.module_id == module.pk
                        ),
                        on=today,
                    )
                    for module in modules
                ],
            )
        )
    return tasks, modules, rows


def _in_order_of(lists: Iterable[list[Doer]], people: dict[int, str]) -> list[int]:
    """All students of some lists, each list being in the order of the alphabet already."""
    longest = max(lists, key=len, default=[])
    order = [doer.student_id for doer in longest]
    return order + [student_id for student_id in people if student_id not in set(order)]


def self_study_of(course_id: int, module_id: int, *, on: date) -> dict[int, SelfStudy]:
    """By student, the points for self-study of one course and module, as `self_study_sums` counts them."""
    sums = self_study_sums([course_id], on=on)
    return {student: found for (_, module, student), found in sums.items() if module == module_id}


def self_study_sums(
    course_ids: Iterable[int], *, on: date, student_id: int | None = None
) -> dict[tuple[int, int, int], SelfStudy]:
    """By (course, module, student), points earned and points possible in all journals of a course: what the points
    for self-study are counted from. One query.

    Counted are the tasks that are not withdrawn, for each student those on whose last day he stands on the list of
    their journal. A task that is not graded counts in the maximum from the day after its last day on, with nothing
    earned; before, it counts for nothing. Students without a task that counts are absent.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            rating_sql.GIVEN,
            {"courses": list(course_ids), "students": None if student_id is None else [student_id], "on": on},
        )
        rows = cursor.fetchall()
    return sums_of_given(rows, on=on)


def sums_of_given(
    rows: Iterable[tuple[int, int, int, Decimal, date, Decimal | None]], *, on: date
) -> dict[tuple[int, int, int], SelfStudy]:
    """By (course, module, student), the sum of the tasks that `rating_sql.GIVEN_TASKS` names."""
    given: dict[tuple[int, int, int], list[GradedTask]] = defaultdict(list)
    for course_id, module_id, student_id, maximum, due_on, points in rows:
        given[course_id, module_id, student_id].append(GradedTask(maximum, due_on, points))
    sums = {place: sum_of_tasks(own, on=on) for place, own in given.items()}
    return {place: found for place, found in sums.items() if found.maximum}


@dataclass(frozen=True, slots=True)
class StudentTask:
    """A task as its student meets it. `state`: to_do, handed_in, overdue, graded or withdrawn."""

    task: SelfStudyTask
    discipline: str
    state: str
    points: Decimal | None
    handed_in_at: datetime | None
    is_late: bool


def student_tasks(student_id: int, *, now: datetime) -> QuerySet[SelfStudyTask]:
    """A student's living tasks, those of the newest days first. To be paged; rows by `student_task_rows`."""
    return (
        tasks_given_to(student_id, on=day_of(now))
        .filter(withdrawn_at__isnull=True)
        .annotate(own=FilteredRelation("marks", condition=Q(marks__student_id=student_id)), points=F("own__points"))
        .select_related("workload__course__discipline", "module")
        .order_by("-due_on", "-id")
    )


def student_task_rows(tasks: Sequence[SelfStudyTask], student_id: int, *, now: datetime) -> list[StudentTask]:
    """The rows of one page of `student_tasks`. One query."""
    own = Submission.objects.filter(
        Q(student_id=student_id) | Q(team__members__student_id=student_id), task__in=[task.pk for task in tasks]
    )
    handed_in = {submission.task_id: submission for submission in own.order_by("version")}
    rows = []
    for task in tasks:
        submission = handed_in.get(task.pk)
        points = task.points  # type: ignore[attr-defined]  # an annotation
        rows.append(
            StudentTask(
                task,
                task.workload.course.discipline.name,
                state_of(task, points=points, submission=submission, today=day_of(now)),
                points,
                submission.handed_in_at if submission else None,
                submission is not None and is_late(task, submission),
            )
        )
    return rows


def state_of(task: SelfStudyTask, *, points: Decimal | None, submission: Submission | None, today: date) -> str:
    if task.withdrawn_at is not None:
        return "withdrawn"
    if points is not None:
        return "graded"
    if submission is not None:
        return "handed_in"
    return "overdue" if task.due_on < today else "to_do"


def open_task_count(student_id: int, *, now: datetime) -> int:
    """How many tasks wait for a student: not due before today, neither handed in nor graded. One query."""
    own = Submission.objects.filter(
        Q(student_id=student_id) | Q(team__members__student_id=student_id), task=OuterRef("pk")
    )
    graded = SelfStudyMark.objects.filter(task=OuterRef("pk"), student_id=student_id, points__isnull=False)
    today = day_of(now)
    return (
        tasks_given_to(student_id, on=today)
        .filter(~Exists(own), ~Exists(graded), withdrawn_at__isnull=True, due_on__gte=today)
        .count()
    )


def submissions_of_student(task: SelfStudyTask, student: Student) -> list[Submission]:
    """What a student or his team handed in, the newest first."""
    own = Q(student=student) | Q(team__members__student=student)
    return list(task.submissions.filter(own).select_related("by").order_by("-version"))


def team_mates(task: SelfStudyTask, student: Student) -> list[str]:
    """The members of a student's team, by name; none where he is in no team."""
    members = SelfStudyMember.objects.filter(team__members__student=student, task=task)
    return [
        member.student.user.get_full_name()
        for member in members.select_related("student__user").order_by("student__user__sort_key")
    ]
