"""Make, change, copy and submit calendar-thematic plans; name the journals that are taught by one (§2.2, §4.3)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Teacher, User
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from teaching.models import LessonItem, Plan, PlanItem, PlanWorkload, Workload, WorkloadTeacher, not_ended
from teaching.rules import PlanLine
from teaching.services.approvals import judge_open, lock_plan, record_submission, touch


def begin_plan(*, workload: Workload, by: User, now: datetime) -> Plan:
    """An empty plan for a journal that the user keeps, and for his parallel journals that have none yet.

    Parallel: the same discipline, kind, semester, department and hours. Refused: `has_plan`.
    """
    with transaction.atomic():
        plan = Plan(
            department_id=workload.department_id,
            semester_id=workload.course.semester_id,
            discipline_id=workload.course.discipline_id,
            kind=workload.kind,
            changed_by=by,
            changed_at=now,
        )
        free = _free_journals(plan, by=by, now=now)
        own = next((one for one in free if one.pk == workload.pk), None)
        if own is None:
            raise Refusal(_("This journal has a plan already. Load the page again."), code="has_plan", status=409)
        plan.author = Teacher.objects.get(user_id=by.pk)
        plan.save()
        PlanWorkload.objects.bulk_create(
            [PlanWorkload(plan=plan, workload=one) for one in free if one.hours == own.hours]
        )
        return plan


def _free_journals(plan: Plan, *, by: User, now: datetime) -> list[Workload]:
    """The user's journals of a plan's discipline, kind, semester and department that have no plan, locked."""
    mine = WorkloadTeacher.objects.filter(not_ended(day_of(now)), teacher__user_id=by.pk)
    parallel = Workload.objects.filter(
        course__discipline_id=plan.discipline_id,
        course__semester_id=plan.semester_id,
        department_id=plan.department_id,
        kind=plan.kind,
        pk__in=mine.values("workload_id"),
    )
    # Lock, then read: who waited for the lock would still see as free what the other has just taken.
    locked = [one.pk for one in parallel.select_for_update(of=("self",)).order_by("pk")]
    return list(Workload.objects.filter(pk__in=locked, planned__isnull=True).order_by("pk"))


def set_plan_journals(*, plan_id: int, workload_ids: Collection[int], version: int, by: User, now: datetime) -> None:
    """Say which journals are taught by a plan: those that it has, and the user's parallel ones without a plan.

    Refused: `not_open` (423), `stale` (409), `no_journal`, `unknown_journal`, `hours_differ`, `journal_given`.
    """
    with transaction.atomic():
        plan = lock_plan(plan_id, by=by, now=now)
        judge_open(plan, version=version)
        has = {link.workload_id: link for link in plan.workloads.select_related("workload")}
        free = {one.pk: one for one in _free_journals(plan, by=by, now=now)}
        wanted = set(workload_ids)
        if not wanted:
            raise Refusal(_("A plan is for one journal at least."), code="no_journal")
        if wanted - has.keys() - free.keys():
            raise Refusal(
                _("One of these journals has another plan or is not yours. Load the page again."),
                code="unknown_journal",
            )
        hours = {link.workload.hours for pk, link in has.items() if pk in wanted}
        hours |= {one.hours for pk, one in free.items() if pk in wanted}
        if len(hours) > 1:
            raise Refusal(
                _("Journals of one plan have equal hours; here: %(hours)s.")
                % {"hours": ", ".join(map(str, sorted(hours)))},
                code="hours_differ",
            )
        gone = has.keys() - wanted
        if LessonItem.objects.filter(item__plan=plan, lesson__workloads__workload_id__in=gone).exists():
            raise Refusal(_("A journal in which lessons were given by this plan stays with it."), code="journal_given")
        plan.workloads.filter(workload_id__in=gone).delete()
        PlanWorkload.objects.bulk_create(
            [PlanWorkload(plan=plan, workload_id=pk) for pk in sorted(wanted - has.keys())]
        )
        touch(plan, by=by, now=now)


def save_plan(*, plan_id: int, lines: Sequence[PlanLine], version: int, by: User, now: datetime) -> Plan:
    """Replace the items of a plan by lines; a line with the id of an item of this plan is that item, changed.

    Refused: `not_open` (423), `stale` (409), `item_given` (an item that a lesson gave does not vanish).
    """
    with transaction.atomic():
        plan = lock_plan(plan_id, by=by, now=now)
        judge_open(plan, version=version)
        _write_items(plan, lines)
        touch(plan, by=by, now=now)
        return plan


def _write_items(plan: Plan, lines: Sequence[PlanLine]) -> None:
    there = {item.pk: item for item in plan.items.all()}
    changed: list[PlanItem] = []
    new: list[PlanItem] = []
    for position, line in enumerate(lines, start=1):
        # A number that is not an item of this plan, or stands twice, makes a new one.
        item = there.pop(line.id, None) if line.id is not None else None
        target = item or PlanItem(plan=plan)
        target.position = position
        target.week, target.module = line.week, line.module
        target.topic, target.hours = line.topic, line.hours
        target.work_kinds = list(line.kinds)
        target.self_study, target.literature = line.self_study, line.literature
        (new if item is None else changed).append(target)
    given = PlanItem.objects.filter(pk__in=there, lessons__isnull=False).order_by("position").first()
    if given is not None:
        raise Refusal(
            _("«%(topic)s» was given in a lesson: change it or move it, but it cannot be deleted.")
            % {"topic": given.topic},
            code="item_given",
        )
    plan.items.filter(pk__in=there).delete()
    PlanItem.objects.bulk_update(
        changed, ["position", "week", "module", "topic", "hours", "work_kinds", "self_study", "literature"]
    )
    PlanItem.objects.bulk_create(new)


def copy_plan(*, plan_id: int, source: Plan, version: int, by: User, now: datetime) -> int:
    """Replace the items by those of another plan that the door found readable; how many they are.

    Refused: `not_open` (423), `stale` (409), `item_given`, `empty_plan` (nothing to copy).
    """
    lines = [
        PlanLine(
            item.week, item.module, item.topic, item.hours, tuple(item.work_kinds), item.self_study, item.literature
        )
        for item in source.items.all()
    ]
    if not lines:
        raise Refusal(_("There is nothing in that plan to copy."), code="empty_plan")
    save_plan(plan_id=plan_id, lines=lines, version=version, by=by, now=now)
    return len(lines)


def submit_plan(*, plan_id: int, version: int, by: User, now: datetime) -> None:
    """Ask the head to approve a plan (§4.3). After the deadline it is taken as well; that it is late is shown.

    Refused: `not_open` (423), `stale` (409), `empty_plan`, `no_journal`, `hours_differ`, `hours_mismatch`.
    """
    with transaction.atomic():
        plan = lock_plan(plan_id, by=by, now=now)
        judge_open(plan, version=version)
        planned = getattr(plan, "planned_hours", None)
        if not planned:
            raise Refusal(_("There is nothing in the plan yet."), code="empty_plan")
        hours = set(plan.workloads.values_list("workload__hours", flat=True))
        if not hours:
            raise Refusal(_("A plan is for one journal at least."), code="no_journal")
        if len(hours) > 1:
            raise Refusal(
                _("Journals of one plan have equal hours; here: %(hours)s.")
                % {"hours": ", ".join(map(str, sorted(hours)))},
                code="hours_differ",
            )
        allotted = hours.pop()
        if planned != allotted:
            raise Refusal(
                ngettext(
                    "The workload has %(allotted)s hour, the plan %(planned)s: they must be equal.",
                    "The workload has %(allotted)s hours, the plan %(planned)s: they must be equal.",
                    allotted,
                )
                % {"allotted": allotted, "planned": planned},
                code="hours_mismatch",
            )
        record_submission(plan, by=by, now=now)
