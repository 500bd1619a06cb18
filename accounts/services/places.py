"""Places of students in groups, from a day on: what orders write (§7.5). The past stays as it was."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Q

from accounts.models import GroupEnrolment


class Place(NamedTuple):
    """A student's group and subgroup (None: not divided)."""

    student_id: int
    group_id: int
    subgroup_id: int | None


def end_places(student_ids: Collection[int], *, from_day: date) -> None:
    """The students are in no group from a day on; a place that has not begun by then never was."""
    open_then = GroupEnrolment.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=from_day), student_id__in=student_ids
    )
    open_then.filter(starts_on__gte=from_day).delete()
    open_then.filter(starts_on__lt=from_day).update(ends_on=from_day - timedelta(days=1))


def give_places(places: Sequence[Place], *, from_day: date, order_number: str, order_date: date) -> None:
    """The students are in these groups from a day on, and in no other. The order is noted with each place."""
    end_places([place.student_id for place in places], from_day=from_day)
    GroupEnrolment.objects.bulk_create(
        [
            GroupEnrolment(
                student_id=place.student_id,
                group_id=place.group_id,
                subgroup_id=place.subgroup_id,
                starts_on=from_day,
                order_number=order_number,
                order_date=order_date,
            )
            for place in places
        ]
    )
