"""A plan against what was given: in one journal, and what its next lesson gives (§2.10, §3.5a)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, Sum

from accounts.models import User
from ejournal.lib.clock import day_of
from teaching.enums import ApprovalState, EnrolmentBasis, LessonState
from teaching.models import (
    Course,
    CourseEnrolment,
    LessonItem,
    LessonWorkload,
    Plan,
    PlanItem,
    WorkingProgramme,
    Workload,
)
from teaching.rules import PAIR_HOURS, ItemGiven, days_of_items, next_items

LOST = (LessonState.CANCELLED, LessonState.NOT_HELD)


@dataclass(frozen=True, slots=True)
class GivenIn:
    """A lesson that gave hours of an item. `differs`: its topic is not the item's."""

    lesson_id: int
    day: date
    hours: int
    topic: str
    differs: bool


@dataclass(frozen=True, slots=True)
class ItemFact:
    """An item in one journal. `planned`: its days by the timetable; `expected`: the days on which it comes now."""

    item: PlanItem
    planned: tuple[date, date] | None
    expected: tuple[date, date] | None
    given: Sequence[GivenIn]
    hours_given: int

    @property
    def is_given(self) -> bool:
        return self.hours_given >= self.item.hours


@dataclass(frozen=True, slots=True)
class PlanFact:
    """A plan in one journal at a moment.

    `behind`: lessons by which it lies behind the timetable, negative where it is ahead; `lost`: lessons that did
    not take place; `outside`: lessons that ended and gave nothing of the plan.
    """

    items: Sequence[ItemFact]
    behind: int
    lost: int
    outside: int
    hours_given: int
    does_not_fit: int

    @property
    def ahead(self) -> int:
        return -self.behind


def plan_fact(items: Sequence[PlanItem], workload_id: int, *, now: datetime) -> PlanFact:
    """Each item of a plan in one journal: when it should have been given, when it was, when it comes. Two queries."""
    lessons = list(
        LessonWorkload.objects.filter(workload_id=workload_id)
        .order_by("lesson__starts_at", "lesson_id")
        .values_list(
            "lesson_id",
            "lesson__date",
            "lesson__starts_at",
            "lesson__ends_at",
            "lesson__state",
            "lesson__topic",
            "slot_id",
        )
    )
    takes_place = {row[0]: row for row in lessons if row[4] not in LOST}
    by_item: dict[int, list[GivenIn]] = {item.pk: [] for item in items}
    giving: set[int] = set()
    topics = {item.pk: item.topic for item in items}
    links = LessonItem.objects.filter(item_id__in=topics, lesson__workloads__workload_id=workload_id).values_list(
        "lesson_id", "item_id", "hours"
    )
    for lesson_id, item_id, hours in links:
        if lesson_id not in takes_place:
            continue
        giving.add(lesson_id)
        row = takes_place[lesson_id]
        differs = topics[item_id].casefold() not in row[5].casefold()
        by_item[item_id].append(GivenIn(lesson_id, row[1], hours, row[5], differs))
    for given in by_item.values():
        given.sort(key=lambda one: (one.day, one.lesson_id))
    planned = days_of_items([item.hours for item in items], [row[1] for row in lessons if row[6] is not None])
    coming = [row[1] for row in takes_place.values() if row[3] > now and row[0] not in giving]
    left = [max(item.hours - sum(one.hours for one in by_item[item.pk]), 0) for item in items]
    expected = iter(days_of_items([hours for hours in left if hours], coming))
    facts = []
    for item, own_days, rest in zip(items, planned, left, strict=True):
        given = by_item[item.pk]
        facts.append(ItemFact(item, own_days, next(expected) if rest else None, given, item.hours - rest))
    hours_given = sum(fact.hours_given for fact in facts)
    due = min(
        PAIR_HOURS * sum(row[3] <= now for row in lessons if row[6] is not None), sum(item.hours for item in items)
    )
    gap = due - hours_given
    return PlanFact(
        items=facts,
        behind=(abs(gap) // PAIR_HOURS) * (1 if gap > 0 else -1),
        lost=sum(row[4] in LOST and row[3] <= now for row in lessons),
        outside=sum(row[3] <= now and row[0] not in giving for row in takes_place.values()),
        hours_given=hours_given,
        does_not_fit=sum(bool(rest) and fact.expected is None for fact, rest in zip(facts, left, strict=True)),
    )


def journals_of_plan(plan: Plan, *, is_staff: bool, student_ids: frozenset[int]) -> list[Workload]:
    """The journals taught by a plan that a reader may look into: a student's are those he sits in."""
    journals = Workload.objects.filter(planned__plan=plan)
    if not is_staff:
        enrolled = CourseEnrolment.objects.filter(student_id__in=student_ids).exclude(basis=EnrolmentBasis.EXEMPT)
        journals = journals.filter(
            Q(subgroup__isnull=True) | Q(subgroup_id__in=enrolled.values("subgroup_id")),
            course_id__in=enrolled.values("course_id"),
        )
    return list(
        journals.select_related("course__group", "subgroup").order_by(
            "course__group__sort_key", "subgroup__number", "pk"
        )
    )


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """An item of the plan as a lesson may take it. `here`: hours that this lesson gives of it already."""

    id: int
    position: int
    topic: str
    hours: int
    given: int
    here: int
    work_kinds: Sequence[str]
    self_study: str

    @property
    def is_done(self) -> bool:
        """Whether other lessons gave all of it."""
        return self.given >= self.hours


@dataclass(frozen=True, slots=True)
class Offer:
    """What the plan of a journal offers to one of its lessons. `next`: (item, hours) that come now."""

    plan_id: int
    is_approved: bool
    items: Sequence[OfferedItem]
    next: Sequence[tuple[int, int]]

    @property
    def here(self) -> Sequence[OfferedItem]:
        """The items that the lesson gives already."""
        return [item for item in self.items if item.here]

    @property
    def next_items(self) -> Sequence[OfferedItem]:
        wanted = {item_id for item_id, _hours in self.next}
        return [item for item in self.items if item.id in wanted]

    @property
    def next_id(self) -> int:
        """The item that a choice begins with: the next one; 0 where all is given."""
        return self.next[0][0] if self.next else 0

    @property
    def next_topic(self) -> str:
        return self.topic_of(self.next)

    def topic_of(self, taken: Sequence[tuple[int, int]]) -> str:
        """The topic of a lesson that gives these items, as long as a lesson's topic may be."""
        wanted = {item_id for item_id, _hours in taken}
        return "; ".join(item.topic for item in self.items if item.id in wanted)[:300]

    def kinds_of(self, taken: Sequence[tuple[int, int]]) -> list[str]:
        """Their kinds of work, each once."""
        wanted = {item_id for item_id, _hours in taken}
        return list(dict.fromkeys(kind for item in self.items if item.id in wanted for kind in item.work_kinds))

    def one(self, item_id: int) -> list[tuple[int, int]]:
        """A chosen item alone, with the hours that a pair can give of it; empty where it is none of the plan's."""
        return [
            (item.id, min(PAIR_HOURS, (item.hours - item.given) if not item.is_done else item.hours))
            for item in self.items
            if item.id == item_id
        ]


def offer_of(workload_id: int, lesson_id: int) -> Offer | None:
    """What the submitted or approved plan of a journal offers to a lesson; None where there is none. One query."""
    takes_place = ~Q(lessons__lesson__state__in=LOST) & Q(lessons__lesson__workloads__workload_id=workload_id)
    rows = (
        PlanItem.objects.filter(
            plan__workloads__workload_id=workload_id,
            plan__state__in=(ApprovalState.SUBMITTED, ApprovalState.APPROVED),
        )
        .annotate(
            given=Sum("lessons__hours", filter=takes_place & ~Q(lessons__lesson_id=lesson_id)),
            here=Sum("lessons__hours", filter=takes_place & Q(lessons__lesson_id=lesson_id)),
        )
        .order_by("position")
        .values_list(
            "plan_id", "plan__state", "id", "position", "topic", "hours", "given", "here", "work_kinds", "self_study"
        )
    )
    found = list(rows)
    if not found:
        return None
    items = [
        OfferedItem(pk, position, topic, hours, given or 0, here or 0, kinds, self_study)
        for _plan, _state, pk, position, topic, hours, given, here, kinds, self_study in found
    ]
    return Offer(
        plan_id=found[0][0],
        is_approved=found[0][1] == ApprovalState.APPROVED,
        items=items,
        next=next_items(ItemGiven(item.id, item.hours, item.given) for item in items),
    )


def papers_of_course(user: User, course_id: int, *, now: datetime) -> tuple[list[Plan], int | None]:
    """The plans of a course's journals that a reader may see, and its working programme. Two queries."""
    today = day_of(now)
    plans = (
        Plan.objects.visible_to(user, on=today)
        .filter(workloads__workload__course_id=course_id, state=ApprovalState.APPROVED)
        .distinct()
        .order_by("kind", "pk")
    )
    courses = Course.objects.filter(pk=course_id)
    programme = (
        WorkingProgramme.objects.visible_to(user, on=today)
        .filter(
            state=ApprovalState.APPROVED,
            discipline_id__in=courses.values("discipline_id"),
            semester_id__in=courses.values("semester_id"),
            department_id__in=Workload.objects.filter(course_id=course_id).values("department_id"),
        )
        .order_by("pk")
        .values_list("pk", flat=True)
        .first()
    )
    return list(plans), programme
