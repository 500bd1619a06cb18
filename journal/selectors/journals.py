"""Journals in a list: whose they are, how far they are filled, when the next lesson is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, Min, OuterRef, Q, QuerySet

from accounts.models import User
from ejournal.lib.clock import day_of
from ejournal.lib.sorting import sort_key
from teaching.enums import LessonState
from teaching.models import LessonWorkload, Workload, WorkloadTeacher, in_force, keeping
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS, Semester


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A journal in a list. `unfilled` counts lessons that ended and whose roll is not taken."""

    journal_id: int
    discipline: str
    group: str
    subgroup: int | None
    kind: str
    teacher: str
    is_mine: bool
    held: int
    unfilled: int
    next_at: datetime | None


def visible_journals(user: User, *, semester: Semester, search: str, now: datetime) -> QuerySet[Workload]:
    """The journals that a user may read in a semester, his own first; `search` is words of which each stands in
    the name of the discipline, the group or a teacher, in any case of the Kyrgyz alphabet."""
    today = day_of(now)
    journals = (
        Workload.objects.visible_to(user, on=today)
        .filter(course__semester=semester)
        .annotate(
            is_mine=Exists(
                WorkloadTeacher.objects.filter(keeping(today), workload=OuterRef("pk"), teacher__user_id=user.id)
            )
        )
    )
    for word in search.split():
        # The sort keys carry both cases of a letter as one code.
        key = sort_key(word)
        journals = journals.filter(
            Q(course__discipline__sort_key__contains=key)
            | Q(course__group__sort_key__contains=key)
            | Exists(WorkloadTeacher.objects.filter(workload=OuterRef("pk"), teacher__user__sort_key__contains=key))
        )
    return journals.select_related("course__discipline", "course__group", "subgroup").order_by(
        "-is_mine", "course__discipline__sort_key", "course__group__sort_key", "kind", "subgroup__number", "id"
    )


def journal_rows(journals: Sequence[Workload], *, now: datetime) -> list[JournalRow]:
    """The rows of one page of a list: two queries beside the journals themselves."""
    today = day_of(now)
    ids = [journal.id for journal in journals]
    takes_place = ~Q(lesson__state__in=[LessonState.CANCELLED, LessonState.NOT_HELD])
    counts = {
        row["workload_id"]: row
        for row in LessonWorkload.objects.filter(workload_id__in=ids)
        .values("workload_id")
        .annotate(
            held=Count("id", filter=takes_place & Q(lesson__ends_at__lte=now)),
            unfilled=Count("id", filter=takes_place & Q(lesson__ends_at__lte=now, lesson__roll_taken_at__isnull=True)),
            next_at=Min("lesson__starts_at", filter=takes_place & Q(lesson__ends_at__gt=now)),
        )
    }
    keepers: dict[int, str] = {}
    named = (
        WorkloadTeacher.objects.filter(workload_id__in=ids)
        .select_related("teacher__user")
        .annotate(holds=ExpressionWrapper(in_force(today), output_field=BooleanField()))
        .order_by("holds", "starts_on")
    )
    for link in named:
        # The last one read wins: who keeps it now, else who kept it last.
        keepers[link.workload_id] = link.teacher.user.get_short_name()
    return [
        JournalRow(
            journal_id=journal.id,
            discipline=journal.course.discipline.name,
            group=journal.course.group.name,
            subgroup=journal.subgroup.number if journal.subgroup is not None else None,
            kind=str(LESSON_KIND_LABELS[LessonKind(journal.kind)]),
            teacher=keepers.get(journal.id, ""),
            is_mine=getattr(journal, "is_mine", False),
            held=counts[journal.id]["held"] if journal.id in counts else 0,
            unfilled=counts[journal.id]["unfilled"] if journal.id in counts else 0,
            next_at=counts[journal.id]["next_at"] if journal.id in counts else None,
        )
        for journal in journals
    ]


def keepers_of(workload: Workload) -> list[str]:
    """Everybody who keeps or kept a journal, in the order of time."""
    return [
        link.teacher.user.get_full_name()
        for link in WorkloadTeacher.objects.filter(workload=workload)
        .select_related("teacher__user")
        .order_by("starts_on")
    ]
