"""What a plan is written against: hours, weeks, modules, kinds of work, parallel journals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import User
from ejournal.lib.clock import day_of
from teaching.models import Plan, Workload, WorkloadTeacher, not_ended
from teaching.selectors.plans import deadline_of
from university.models import Module
from university.rules import week_number
from university.selectors import policies


@dataclass(frozen=True, slots=True)
class ParallelJournal:
    """A journal that is, or may be, taught by a plan."""

    id: int
    label: str
    hours: int
    is_in: bool


@dataclass(frozen=True, slots=True)
class Writing:
    """`hours`: the workload's; `weeks` and `modules`: how many the semester has; `work_kinds`: those on offer."""

    hours: int
    weeks: int
    modules: int
    work_kinds: Sequence[str]
    journals: Sequence[ParallelJournal]
    deadline: date
    is_late: bool


def writing_of(plan: Plan, user: User, *, now: datetime) -> Writing:
    """Five queries."""
    today = day_of(now)
    taught = Workload.objects.select_related("course__group", "subgroup", "planned").order_by(
        "course__group__sort_key", "subgroup__number", "pk"
    )
    mine = WorkloadTeacher.objects.filter(not_ended(today), teacher__user_id=user.id)
    free = taught.filter(
        course__discipline_id=plan.discipline_id,
        course__semester_id=plan.semester_id,
        department_id=plan.department_id,
        kind=plan.kind,
        planned__isnull=True,
        pk__in=mine.values("workload_id"),
    )
    has = list(taught.filter(planned__plan=plan))
    deadline = deadline_of(plan.semester, on=today)
    unit_id = has[0].course.group.unit_id if has else plan.department.unit_id
    return Writing(
        hours=has[0].hours if has else 0,
        weeks=max(1, week_number(plan.semester.ends_on, semester_starts_on=plan.semester.starts_on)),
        modules=max(1, Module.objects.filter(semester_id=plan.semester_id).count()),
        work_kinds=policies("work_kinds", on=today, unit_id=unit_id)["work_kinds"],
        journals=[
            ParallelJournal(one.pk, str(one.subgroup or one.course.group), one.hours, is_in)
            for is_in, found in ((True, has), (False, list(free)))
            for one in found
        ],
        deadline=deadline,
        is_late=today > deadline,
    )
