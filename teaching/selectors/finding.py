"""Finding a timetable by name: groups, teachers, auditoriums, buildings, in the order of the Kyrgyz alphabet."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from accounts.models import Student, Teacher
from accounts.permissions import Rights
from teaching.enums import TimetableOf
from university.models import Group, Room

A_PAGE = 50


class Hit(NamedTuple):
    """What was found: its id (a building's: its name), its name and where it belongs."""

    id: int | str
    name: str
    of: str


def find(
    what: TimetableOf, text: str, *, groups: QuerySet[Group], on: date, page: str | None
) -> tuple[Page[Any], Sequence[Hit]]:
    """A page of what has the text in its name. `groups`: those in reach of who asks. Two queries.

    Teachers are those who have not left; every word must be in the name, as people type surname and name.
    """
    if what == TimetableOf.TEACHER:
        teachers = Teacher.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on)).select_related(
            "user", "department"
        )
        for word in text.split():
            teachers = teachers.filter(
                Q(user__last_name__icontains=word)
                | Q(user__first_name__icontains=word)
                | Q(user__patronymic__icontains=word)
            )
        found = Paginator(teachers.order_by("user__sort_key", "pk"), A_PAGE).get_page(page)
        return found, [Hit(one.pk, one.user.get_full_name(), one.department.name) for one in found]
    if what == TimetableOf.ROOM:
        rooms = Room.objects.filter(Q(code__icontains=text) | Q(number__icontains=text)).order_by("code", "pk")
        of_rooms = Paginator(rooms, A_PAGE).get_page(page)
        return of_rooms, [Hit(room.pk, room.code, room.building) for room in of_rooms]
    if what == TimetableOf.BUILDING:
        buildings = (
            Room.objects.filter(building__icontains=text)
            .exclude(building="")
            .values_list("building")
            .annotate(rooms=Count("pk"))
            .order_by("building")
        )
        of_buildings = Paginator(buildings, A_PAGE).get_page(page)
        return of_buildings, [Hit(name, name, str(rooms)) for name, rooms in of_buildings]
    named = groups.filter(name__icontains=text).select_related("unit").order_by("sort_key", "pk")
    of_groups = Paginator(named, A_PAGE).get_page(page)
    return of_groups, [Hit(group.pk, group.name, group.unit.name) for group in of_groups]


def children_of(rights: Rights) -> list[Student]:
    """A parent's children, by name; no query for who has none."""
    if not rights.child_ids:
        return []
    children = Student.objects.filter(pk__in=rights.child_ids).select_related("user")
    return list(children.order_by("user__sort_key", "pk"))
