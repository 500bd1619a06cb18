"""Groups go on to the next course (§4.1): their names of the coming year, and the end of those that graduate.

Nothing else changes: who is in which group stays, and the running year keeps its names until it is over. A rollover
is noted as a load is, so that it can be undone like one.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import GroupEnrolment, User
from accounts.services.loading import end_places
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import WORKBOOK_LOAD, own_named, own_semesters
from ejournal.loading.models import AppliedLoad
from ejournal.loading.undo import begin_log, end_log
from teaching.models import Course
from teaching.services.loading import follow_groups
from university.models import AcademicYear, Group, GroupName, Semester, Unit
from university.rules import course_of, next_name
from university.selectors import policy, year_running
from university.services.structure import name_groups

NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group before a year begins. `name` is what it bears in that year, or would by the rule; `is_named` says that
    it has one already; `graduates`: by its programme's length it is over."""

    id: int
    before: str
    course: int
    name: str
    is_named: bool
    students: int
    graduates: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What a rollover would do to one group. `name` is None for one that graduates."""

    group_id: int
    before: str
    name: str | None
    students: int


def years_to_roll() -> list[str]:
    """Academic years whose names can be given, the latest first: those of the journal and the one after."""
    names = list(AcademicYear.objects.order_by("-starts").values_list("name", flat=True))
    if names:
        first = int(names[0][:4]) + 1
        names.insert(0, f"{first}/{first + 1}")
    return names


def coming_year(years: Sequence[str], *, today: date) -> str:
    """The year after the one that is running, of those that can be chosen."""
    running = year_running(today)
    return next((year for year in years if running is not None and int(year[:4]) == running + 1), years[0])


def group_rows(unit: Unit, *, year: str, today: date) -> list[GroupRow]:
    """The groups of a unit that have students today or later, by name: four queries."""
    starts = int(year[:4])
    length = policy("programme_years", on=today, unit_id=unit.pk)
    studying = Q(enrolments__ends_on__isnull=True) | Q(enrolments__ends_on__gte=today)
    groups = list(
        Group.objects.filter(unit=unit)
        .annotate(students=Count("enrolments__student", filter=studying, distinct=True))
        .filter(students__gt=0)
        .order_by("sort_key", "id")
    )
    named: dict[int, str] = {}
    before: dict[int, str] = {}
    names = GroupName.objects.filter(group__in=groups, year__starts__lte=starts).order_by("year__starts")
    for group_id, of_year, name in names.values_list("group_id", "year__starts", "name"):
        (named if of_year == starts else before)[group_id] = name
    rows = []
    for group in groups:
        course = course_of(intake=group.intake, year=starts)
        was = before.get(group.pk, group.name)
        rows.append(
            GroupRow(
                id=group.pk,
                before=was,
                course=course,
                name=named.get(group.pk) or next_name(was, course=course - 1),
                is_named=group.pk in named,
                students=group.students,
                graduates=course > length and group.pk not in named,
            )
        )
    return rows


def changes_of(rows: list[GroupRow], *, names: Mapping[int, str], graduating: set[int]) -> list[Change]:
    """What would change: groups that graduate, and those whose name of the year is another than they have."""
    changes = []
    for row in rows:
        if row.id in graduating:
            changes.append(Change(row.id, row.before, None, row.students))
        elif row.id in names and (not row.is_named or names[row.id] != row.name):
            changes.append(Change(row.id, row.before, names[row.id], row.students))
    return changes


def check_rollover(changes: list[Change], *, year: str, last_day: date, today: date) -> None:
    """Refused: `nothing_to_do`, `name_missing`, `name_too_long`, `name_taken`, `wrong_day`, `has_courses`."""
    if not changes:
        raise Refusal(_("Nothing is chosen that would change the journal."), code="nothing_to_do")
    names = [change.name for change in changes if change.name is not None]
    if "" in names:
        raise Refusal(_("A group has no name."), code="name_missing")
    if long := next((name for name in names if len(name) > NAME_LENGTH), None):
        raise Refusal(_("The name “%(name)s” is too long.") % {"name": long}, code="name_too_long")
    own = [change.group_id for change in changes]
    others = set(GroupName.objects.filter(year__name=year).exclude(group__in=own).values_list("name", flat=True))
    for name in names:
        if name in others or names.count(name) > 1:
            raise Refusal(
                _("In %(year)s the name “%(name)s” would be borne by two groups.") % {"year": year, "name": name},
                code="name_taken",
            )
    graduating = [change.group_id for change in changes if change.name is None]
    if not graduating:
        return
    first = Semester.objects.filter(year__name=year).order_by("starts_on").values_list("starts_on", flat=True).first()
    if not today <= last_day < (first or date(int(year[:4]), 9, 1)):
        raise Refusal(
            _("The last day of the groups that graduate lies before the new year begins, and not in the past."),
            code="wrong_day",
        )
    later = Course.objects.filter(group=OuterRef("pk"), semester__ends_on__gt=last_day)
    staying = Group.objects.filter(Exists(later), pk__in=graduating).order_by("sort_key").first()
    if staying is not None:
        raise Refusal(
            _("Group %(name)s has courses after that day: it does not graduate.") % {"name": staying.name},
            code="has_courses",
        )


def roll_over(
    *,
    unit: Unit,
    year: str,
    names: Mapping[int, str],
    graduating: set[int],
    last_day: date,
    by: User,
    now: datetime,
) -> AppliedLoad:
    """Give the groups of a unit their names of a year, and end the places of those that graduate on a day (§4.1).

    Refused as `check_rollover` says. It stands among the loads, and is undone like one.
    """
    today = day_of(now)
    with transaction.atomic():
        own_named(WORKBOOK_LOAD)
        own_semesters(Semester.objects.filter(ends_on__gte=today).values_list("pk", flat=True))
        changes = changes_of(group_rows(unit, year=year, today=today), names=names, graduating=graduating)
        check_rollover(changes, year=year, last_day=last_day, today=today)
        named = {change.group_id: change.name for change in changes if change.name is not None}
        done = [change.group_id for change in changes if change.name is None]
        load = AppliedLoad.objects.create(
            by=by,
            at=now,
            names=[f"{unit.code} · {year}"],
            sha256=hashlib.sha256(repr((year, sorted(named.items()), sorted(done))).encode()).hexdigest(),
            year=year,
            request_id=request_id(),
        )
        begin_log(load)
        name_groups(named, year=year, today=today)
        first_day_out = last_day + timedelta(days=1)
        leaving = GroupEnrolment.objects.filter(group__in=done).filter(
            Q(ends_on__isnull=True) | Q(ends_on__gt=last_day)
        )
        days = dict.fromkeys(leaving.values_list("student__record_book", flat=True), first_day_out)
        follow_groups(end_places(days, group_ids=done), today=today)
        load.counts = {"sheets": {"groups": {"new": 0, "changed": len(named), "ended": len(done)}}}
        if days:
            load.counts["sheets"]["students"] = {"new": 0, "changed": 0, "ended": len(days)}
        end_log(load)
    return load
