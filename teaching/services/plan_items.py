"""What a lesson gives of its plan: written by the journal's verb for a lesson's topic, in its transaction."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ejournal.lib.errors import Refusal
from teaching.enums import ApprovalState
from teaching.models import LessonItem, Plan, PlanItem

IN_USE = (ApprovalState.SUBMITTED, ApprovalState.APPROVED)


def set_lesson_items(*, lesson_id: int, journal_id: int, items: Sequence[tuple[int, int]]) -> None:
    """Say which items of its journal's plan a lesson gives, as (item, hours); none at all breaks the link.

    The caller holds the locks of the lesson's courses and has judged that its topic may change.
    Refused: `not_in_plan` (an item of another plan, or of one that is still written).
    """
    # Held against its teacher, who could delete an item of a plan that the head returns at this moment.
    plan = Plan.objects.select_for_update(of=("self",), no_key=True).filter(workloads__workload_id=journal_id).first()
    known = PlanItem.objects.filter(
        pk__in=[item_id for item_id, _hours in items],
        plan=plan,
        plan__state__in=IN_USE,
    )
    if known.count() != len(items):
        raise Refusal(_("This is no item of the plan of this journal. Load the page again."), code="not_in_plan")
    LessonItem.objects.filter(lesson_id=lesson_id, item__plan__workloads__workload_id=journal_id).delete()
    LessonItem.objects.bulk_create(
        [LessonItem(lesson_id=lesson_id, item_id=item_id, hours=hours) for item_id, hours in items]
    )
