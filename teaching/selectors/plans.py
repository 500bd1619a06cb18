"""Plans in lists: journals with and without one, what waits for approval, numbers of a scope (§2.2, §4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from accounts.enums import Role
from accounts.models import Teacher, User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from teaching.enums import ApprovalState
from teaching.models import (
    APPROVAL_LABELS,
    Plan,
    PlanItem,
    WorkingProgramme,
    Workload,
    WorkloadTeacher,
    not_ended,
)
from teaching.permissions import is_own
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS, Semester
from university.selectors import policies

MISSING = "missing"


@dataclass(frozen=True, slots=True)
class JournalPlan:
    """A journal in a list of plans. `plan_id` None: it has none. `planned`: hours of the plan's items."""

    workload_id: int
    discipline: str
    kind: str
    group: str
    subgroup: int | None
    teacher: str
    department: str
    hours: int
    plan_id: int | None
    state: str
    state_label: str
    planned: int
    is_late: bool
    programme_id: int | None
    programme_label: str


@dataclass(frozen=True, slots=True)
class WaitingPlan:
    """A submitted plan in the list of the one who decides. `own`: he teaches by it himself, the dean decides."""

    plan_id: int
    title: str
    kind: str
    groups: str
    author: str
    hours: int
    planned: int
    submitted_at: datetime | None
    is_late: bool
    own: bool


def deadline_of(semester: Semester, *, on: date) -> date:
    """The last day on which plans of a semester are submitted in time: before the year begins (§4.3)."""
    days = policies("plan_deadline_days", on=on)["plan_deadline_days"]
    return semester.starts_on - timedelta(days=days)


def journals_of_teacher(user: User, semester: Semester, *, on: date) -> QuerySet[Workload]:
    """The journals that a teacher keeps, or will, in a semester."""
    mine = WorkloadTeacher.objects.filter(not_ended(on), teacher__user_id=user.id)
    return _with_plans(Workload.objects.filter(pk__in=mine.values("workload_id"), course__semester=semester))


def journals_in_scope(user: User, semester: Semester, *, on: date) -> QuerySet[Workload]:
    """The journals whose plans a head, a unit, the study office or the leadership watches in a semester."""
    rights = rights_of(user, on=on)
    journals = Workload.objects.filter(course__semester=semester)
    if not rights.sees_everything:
        journals = journals.filter(
            Q(department_id__in=rights.department_ids)
            | Q(department__unit_id__in=rights.unit_ids)
            | Q(course__group__unit_id__in=rights.unit_ids)
        )
    return _with_plans(journals)


def _with_plans(journals: QuerySet[Workload]) -> QuerySet[Workload]:
    planned = PlanItem.objects.filter(plan=OuterRef("planned__plan")).order_by().values("plan")
    keeper = WorkloadTeacher.objects.filter(workload=OuterRef("pk")).order_by("-starts_on", "-id")
    programme = WorkingProgramme.objects.filter(
        discipline_id=OuterRef("course__discipline_id"),
        semester_id=OuterRef("course__semester_id"),
        department_id=OuterRef("department_id"),
    )
    return (
        journals.annotate(
            plan_state=Case(
                When(planned__isnull=True, then=Value(MISSING)),
                default=F("planned__plan__state"),
                output_field=CharField(),
            ),
            planned_hours=Subquery(planned.annotate(total=Sum("hours")).values("total")),
            programme_id=Subquery(programme.values("pk")[:1]),
            programme_state=Subquery(programme.values("state")[:1]),
            keeper_id=Subquery(keeper.values("teacher_id")[:1]),
            keeper_key=Subquery(keeper.values("teacher__user__sort_key")[:1]),
        )
        .select_related("course__discipline", "course__group", "subgroup", "department", "planned__plan")
        .order_by(
            "keeper_key",
            "keeper_id",
            "course__discipline__sort_key",
            "kind",
            "course__group__sort_key",
            "subgroup__number",
            "id",
        )
    )


def journal_plans(journals: Sequence[Workload], *, deadline: date, today: date) -> list[JournalPlan]:
    """Rows of one page of a list: one query for their teachers."""
    teacher_ids: set[int] = {getattr(journal, "keeper_id", None) or 0 for journal in journals}
    teachers = {
        teacher.pk: teacher.user.get_short_name()
        for teacher in Teacher.objects.filter(pk__in=teacher_ids).select_related("user")
    }
    rows = []
    for journal in journals:
        state = getattr(journal, "plan_state", MISSING)
        plan = journal.planned.plan if state != MISSING else None
        sent = day_of(plan.submitted_at) if plan is not None and plan.submitted_at is not None else today
        rows.append(
            JournalPlan(
                workload_id=journal.pk,
                discipline=journal.course.discipline.name,
                kind=str(LESSON_KIND_LABELS[LessonKind(journal.kind)]),
                group=journal.course.group.name,
                subgroup=journal.subgroup.number if journal.subgroup is not None else None,
                teacher=teachers.get(getattr(journal, "keeper_id", 0) or 0, ""),
                department=journal.department.name,
                hours=journal.hours,
                plan_id=plan.pk if plan is not None else None,
                state=state,
                state_label=str(APPROVAL_LABELS[ApprovalState(state)]) if plan is not None else "",
                planned=getattr(journal, "planned_hours", None) or 0,
                is_late=sent > deadline,
                programme_id=getattr(journal, "programme_id", None),
                programme_label=_label(getattr(journal, "programme_state", None)),
            )
        )
    return rows


def with_plan_state(journals: QuerySet[Workload], state: str) -> QuerySet[Workload]:
    """Those whose plan is in a state, or `missing`."""
    return journals.filter(Q(("plan_state", state)))


def _label(state: str | None) -> str:
    return str(APPROVAL_LABELS[ApprovalState(state)]) if state else ""


def plan_numbers(journals: QuerySet[Workload]) -> dict[str, int]:
    """How many journals have a plan in each state, and `missing`. One query."""
    bare = journals.order_by().values(*["plan_state"]).annotate(count=Count("pk"))
    found = {row["plan_state"]: row["count"] for row in bare}
    return {state: found.get(state, 0) for state in [*(s.value for s in ApprovalState), MISSING]}


def plans_to_decide(user: User, semester: Semester | None, *, on: date) -> QuerySet[Plan]:
    """Submitted plans that wait for this user: of his departments, and of his unit where its head is a party."""
    waiting = Plan.objects.with_rights(user, on=on).filter(_waiting(user, on=on))
    if semester is not None:
        waiting = waiting.filter(semester=semester)
    return (
        waiting.with_hours().select_related("discipline", "department", "author__user").order_by("submitted_at", "pk")
    )


def programmes_to_decide(user: User, *, on: date) -> QuerySet[WorkingProgramme]:
    """Submitted programmes that wait for this user."""
    return (
        WorkingProgramme.objects.with_rights(user, on=on)
        .filter(_waiting(user, on=on))
        .select_related("discipline", "department", "author__user", "semester__year")
        .order_by("submitted_at", "pk")
    )


def _waiting(user: User, *, on: date) -> Q:
    """What waits for a head or a dean: in querysets `with_rights`."""
    rights = rights_of(user, on=on)
    ruled = [held.unit_id for held in rights.appointments if held.role == Role.DEAN]
    mine = Q(department_id__in=rights.department_ids) | Q(department__unit_id__in=ruled, head_is_party=True)
    return Q(state=ApprovalState.SUBMITTED) & mine


def waiting_rows(plans: Sequence[Plan], user: User, *, deadline: date) -> list[WaitingPlan]:
    """Rows of one page of what waits: one query for their groups."""
    groups: dict[int, list[str]] = {plan.pk: [] for plan in plans}
    hours: dict[int, int] = {}
    served = (
        Workload.objects.filter(planned__plan__in=groups)
        .order_by("course__group__sort_key", "subgroup__number", "pk")
        .values_list("planned__plan_id", "course__group__name", "subgroup__number", "hours")
    )
    for plan_id, group, subgroup, own_hours in served:
        groups[plan_id].append(group if subgroup is None else f"{group}/{subgroup}")
        hours[plan_id] = own_hours
    return [
        WaitingPlan(
            plan_id=plan.pk,
            title=plan.discipline.name,
            kind=str(LESSON_KIND_LABELS[LessonKind(plan.kind)]),
            groups=", ".join(groups[plan.pk]),
            author=plan.author.user.get_short_name(),
            hours=hours.get(plan.pk, 0),
            planned=getattr(plan, "planned_hours", None) or 0,
            submitted_at=plan.submitted_at,
            is_late=plan.submitted_at is not None and day_of(plan.submitted_at) > deadline,
            own=is_own(plan, user),
        )
        for plan in plans
    ]


@dataclass(frozen=True, slots=True)
class PlansToDo:
    """What waits for a person on the first page."""

    missing: int = 0
    returned: int = 0
    to_decide: int = 0


def plans_to_do(user: User, *, now: datetime) -> PlansToDo:
    """A teacher's journals without a plan and returned plans, in semesters that are not over; what waits for a
    head or dean. One query for each of the two roles, none for others."""
    today = day_of(now)
    rights = rights_of(user, on=today)
    missing = returned = to_decide = 0
    if rights.teacher_id is not None:
        mine = WorkloadTeacher.objects.filter(
            not_ended(today), teacher_id=rights.teacher_id, workload__course__semester__ends_on__gte=today
        )
        found = mine.aggregate(
            missing=Count("pk", filter=Q(workload__planned__isnull=True)),
            returned=Count(
                "workload__planned__plan",
                filter=Q(workload__planned__plan__state=ApprovalState.RETURNED),
                distinct=True,
            ),
        )
        missing, returned = found["missing"], found["returned"]
    if rights.department_ids or rights.unit_ids:
        to_decide = plans_to_decide(user, None, on=today).filter(semester__ends_on__gte=today).count()
    return PlansToDo(missing, returned, to_decide)


def sources_to_copy(plan: Plan, user: User, *, on: date) -> QuerySet[Plan]:
    """Plans that may be copied into a plan: of the same discipline and kind, the user's own in any state, others'
    that are approved and that he may read or that belong to the same department; the newest first."""
    same = Plan.objects.filter(discipline_id=plan.discipline_id, kind=plan.kind).exclude(pk=plan.pk)
    own = Q(author__user_id=user.id)
    others = Q(state=ApprovalState.APPROVED) & (
        Q(department_id=plan.department_id) | Q(pk__in=Plan.objects.visible_to(user, on=on).values("pk"))
    )
    return (
        same.filter(own | others, Exists(PlanItem.objects.filter(plan=OuterRef("pk"))))
        .with_hours()
        .select_related("discipline", "semester__year", "author__user")
        .order_by("-semester__starts_on", "author__user__sort_key", "-pk")
    )


def teachers_without_plan(*, on: date, until: date) -> list[tuple[User, int]]:
    """Teachers with journals that have no plan, of semesters that have not ended and begin by a day; how many."""
    links = (
        WorkloadTeacher.objects.filter(
            not_ended(on),
            workload__planned__isnull=True,
            workload__course__semester__ends_on__gte=on,
            workload__course__semester__starts_on__lte=until,
            teacher__user__is_active=True,
        )
        .values("teacher__user_id")
        .annotate(count=Count("workload_id", distinct=True))
    )
    counts = {row["teacher__user_id"]: row["count"] for row in links}
    return [(user, counts[user.pk]) for user in User.objects.filter(pk__in=counts).order_by("pk")]
