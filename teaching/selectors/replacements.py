"""Whose journals may pass on, and what passed on (§3.2)."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Teacher
from teaching.models import Replacement, Workload, WorkloadTeacher, in_force
from university.models import Semester


def keepers_in(workloads: QuerySet[Workload], *, semester: Semester | None, on: date) -> QuerySet[Teacher]:
    """Teachers who keep one of some journals of a semester on a day."""
    links = WorkloadTeacher.objects.filter(
        in_force(on), teacher=OuterRef("pk"), workload__in=workloads.filter(course__semester=semester)
    )
    return Teacher.objects.filter(Exists(links)).select_related("user").order_by("user__sort_key", "id")


def journals_of(
    workloads: QuerySet[Workload], teacher: Teacher, *, semester: Semester | None, on: date
) -> QuerySet[Workload]:
    """Those of the journals that a teacher keeps on a day in a semester."""
    links = WorkloadTeacher.objects.filter(in_force(on), teacher=teacher, workload=OuterRef("pk"))
    return (
        workloads.filter(Exists(links), course__semester=semester)
        .select_related("course__discipline", "course__group", "subgroup")
        .order_by("course__discipline__name", "kind", "course__group__sort_key", "subgroup__number", "id")
    )


def successors_for(department_ids: Collection[int], found_ids: Collection[int], *, on: date) -> QuerySet[Teacher]:
    """Teachers of some departments whose contract holds, and those who were found beside."""
    return (
        Teacher.objects.filter(
            Q(department_id__in=department_ids) | Q(pk__in=found_ids),
            Q(ends_on__isnull=True) | Q(ends_on__gte=on),
            user__is_active=True,
        )
        .select_related("user")
        .order_by("user__sort_key", "id")
    )


def replacements_of(workloads: QuerySet[Workload]) -> QuerySet[Replacement]:
    """What passed on, the newest first."""
    return (
        Replacement.objects.filter(workload__in=workloads)
        .select_related(
            "workload__course__discipline",
            "workload__course__group",
            "workload__subgroup",
            "predecessor__user",
            "successor__user",
            "made_by",
        )
        .order_by("-made_at", "-id")
    )
