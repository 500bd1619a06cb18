"""Bulk writes of the structure: what the workbook says about everything that exists without people.

Each `put_…` takes only lines that are new or differ, and makes or updates them by their key. They run inside the
load's transaction, under its locks; they judge nothing but what the database refuses.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from university.models import (
    AcademicYear,
    Bell,
    Curriculum,
    Department,
    Discipline,
    Group,
    GroupName,
    Holiday,
    Module,
    Programme,
    Room,
    Semester,
    Subgroup,
    Unit,
)
from university.selectors import year_running

BATCH = 2000


@dataclass(frozen=True, slots=True)
class SemesterLine:
    """A semester with the last days of its modules, in order. `session_ends_on` counts only where it was said."""

    year: str
    number: int
    starts_on: date
    ends_on: date
    module_ends: tuple[date, ...]
    session_ends_on: date | None = None


class MovedSemester(NamedTuple):
    """A semester whose days changed: what began or ended with it has to follow."""

    semester: Semester
    was: tuple[date, date]


class UnitLine(NamedTuple):
    code: str
    name: str
    kind: str


class DepartmentLine(NamedTuple):
    code: str
    name: str
    unit: str
    kind: str


class RoomLine(NamedTuple):
    code: str
    building: str
    number: str
    seats: int | None


class GroupLine(NamedTuple):
    """A group; `id` is None for a new one."""

    id: int | None
    name: str
    intake: int
    unit: str
    programme: str


class CurriculumLine(NamedTuple):
    programme: str
    intake: int
    year: str
    semester: int
    discipline: str
    lecture_hours: int
    practical_hours: int
    laboratory_hours: int
    credits: Decimal
    control_form: str


def put_semesters(lines: Iterable[SemesterLine], *, session_said: bool) -> list[MovedSemester]:
    """Make or move semesters with their modules. Returns those that existed and moved.

    A module under which a sheet is closed does not move: the database refuses (law 3).
    """
    moved: list[MovedSemester] = []
    present = {(semester.year.name, semester.number): semester for semester in Semester.objects.select_related("year")}
    new = [line for line in lines if (line.year, line.number) not in present]
    known = [line for line in lines if (line.year, line.number) in present]

    def goes_later(line: SemesterLine) -> bool:
        return line.starts_on > present[line.year, line.number].starts_on

    # The days of two semesters never overlap, not even between two statements: who moves later moves first,
    # the last of them before the others; who moves earlier goes in order.
    later = sorted((line for line in known if goes_later(line)), key=lambda line: line.starts_on, reverse=True)
    earlier = sorted((line for line in known if not goes_later(line)), key=lambda line: line.starts_on)
    for line in [*later, *earlier]:
        semester = present[line.year, line.number]
        was = semester.starts_on, semester.ends_on
        semester.starts_on, semester.ends_on = line.starts_on, line.ends_on
        if session_said:
            semester.session_ends_on = line.session_ends_on
        semester.save(update_fields=["starts_on", "ends_on", "session_ends_on"])
        if was != (semester.starts_on, semester.ends_on):
            moved.append(MovedSemester(semester, was))
        _put_modules(semester, line.module_ends)
    for line in new:
        year, _ = AcademicYear.objects.get_or_create(name=line.year, defaults={"starts": int(line.year[:4])})
        semester = Semester.objects.create(
            year=year,
            number=line.number,
            starts_on=line.starts_on,
            ends_on=line.ends_on,
            session_ends_on=line.session_ends_on,
        )
        _put_modules(semester, line.module_ends)
    return moved


def _put_modules(semester: Semester, ends: Sequence[date]) -> None:
    starts = [semester.starts_on, *(end + timedelta(days=1) for end in ends[:-1])]
    present = {module.number: module for module in semester.modules.all()}
    wanted = list(zip(range(1, len(ends) + 1), starts, ends, strict=True))
    # As with semesters: where the first grows into the second, that one moves on before.
    wanted.sort(key=lambda module: module[0], reverse=1 in present and ends[0] > present[1].ends_on)
    for number, starts_on, ends_on in wanted:
        module = present.get(number)
        if module is None:
            Module.objects.create(semester=semester, number=number, starts_on=starts_on, ends_on=ends_on)
        elif (module.starts_on, module.ends_on) != (starts_on, ends_on):
            module.starts_on, module.ends_on = starts_on, ends_on
            module.save(update_fields=["starts_on", "ends_on"])


def put_holidays(names: Mapping[date, str]) -> None:
    Holiday.objects.bulk_create(
        [Holiday(day=day, name=name) for day, name in names.items()],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["name"],
    )


def put_bells(times: Mapping[int, tuple[time, time]]) -> None:
    Bell.objects.bulk_create(
        [Bell(number=number, starts=starts, ends=ends) for number, (starts, ends) in times.items()],
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=["starts", "ends"],
    )


def put_units(lines: Iterable[UnitLine]) -> None:
    Unit.objects.bulk_create(
        [Unit(code=line.code, name=line.name, kind=line.kind) for line in lines],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "kind"],
    )


def put_departments(lines: Iterable[DepartmentLine]) -> None:
    units = dict(Unit.objects.values_list("code", "id"))
    Department.objects.bulk_create(
        [Department(code=line.code, name=line.name, unit_id=units[line.unit], kind=line.kind) for line in lines],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "unit", "kind"],
    )


def put_rooms(lines: Iterable[RoomLine], *, said: Collection[str]) -> None:
    """`said` are the columns that the workbook has: the others stay as they are."""
    Room.objects.bulk_create(
        [Room(code=line.code, building=line.building, number=line.number, seats=line.seats) for line in lines],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["number", *(name for name in ("building", "seats") if name in said)],
    )


def put_groups(lines: Sequence[GroupLine], *, year: str, today: date) -> dict[str, int]:
    """Make or change groups with their programmes, and give them the names they bear in a year. Name → id."""
    units = dict(Unit.objects.values_list("code", "id"))
    programmes = {line.programme: line.unit for line in lines}
    # A speciality has no name in the workbook: its code stands in for it until somebody gives it one.
    Programme.objects.bulk_create(
        [Programme(code=code, name=code, unit_id=units[unit]) for code, unit in programmes.items()],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["unit"],
    )
    programme_ids = dict(Programme.objects.filter(code__in=programmes).values_list("code", "id"))
    academic_year = AcademicYear.objects.get(name=year)
    taken = set(Group.objects.values_list("programme_id", "intake", "number"))
    made: list[Group] = []
    for line in lines:
        if line.id is None:
            programme_id = programme_ids[line.programme]
            number = _free_number(line.name, programme_id, line.intake, taken)
            made.append(
                Group(
                    programme_id=programme_id,
                    unit_id=units[line.unit],
                    intake=line.intake,
                    number=number,
                    name=line.name,
                )
            )
    Group.objects.bulk_create(made, batch_size=BATCH)
    found = {group.name: group.pk for group in made}
    kept = {line.id: line for line in lines if line.id is not None}
    groups = Group.objects.in_bulk(kept)
    for group_id, group in groups.items():
        line = kept[group_id]
        group.programme_id, group.unit_id = programme_ids[line.programme], units[line.unit]
        found[line.name] = group_id
    Group.objects.bulk_update(groups.values(), ["programme", "unit"], batch_size=BATCH)
    GroupName.objects.bulk_create(
        [GroupName(group_id=found[line.name], year=academic_year, name=line.name) for line in lines],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["group", "year"],
        update_fields=["name"],
    )
    bear_names_of(today=today, group_ids=found.values())
    return found


def _free_number(name: str, programme_id: int, intake: int, taken: set[tuple[int, int, str]]) -> str:
    """The number of a new group: the name it comes with, since names move on and numbers stay."""
    number, copy = name[:40], 1
    while (programme_id, intake, number) in taken:
        copy += 1
        number = f"{name[:34]} ({copy})"
    taken.add((programme_id, intake, number))
    return number


def bear_names_of(*, today: date, group_ids: Iterable[int] | None = None) -> int:
    """`Group.name` is the name of the year that is running; without one, of the last before it, else of the next.

    A year runs until the session of its last semester is over: names that a load brings for next year wait until
    then. `group_ids`: some groups, else all. How many were called otherwise.
    """
    running = year_running(today)
    rows = GroupName.objects.all() if group_ids is None else GroupName.objects.filter(group__in=list(group_ids))
    borne: dict[int, GroupName] = {}
    for row in rows.select_related("group", "year").order_by("-year__starts"):
        before = borne.get(row.group_id)
        if before is None or (running is not None and before.year.starts > running):
            borne[row.group_id] = row
    changed = []
    for row in borne.values():
        if row.group.name != row.name:
            row.group.name = row.name
            changed.append(row.group)
    Group.objects.bulk_update(changed, ["name"], batch_size=BATCH)
    return len(changed)


def name_groups(names: Mapping[int, str], *, year: str, today: date) -> None:
    """Give groups, by id, the names they bear in an academic year, which is made where it is not there yet."""
    academic_year, _ = AcademicYear.objects.get_or_create(name=year, defaults={"starts": int(year[:4])})
    # Taken away first: two groups may exchange their names.
    GroupName.objects.filter(year=academic_year, group__in=list(names)).delete()
    GroupName.objects.bulk_create(
        [GroupName(group_id=group_id, year=academic_year, name=name) for group_id, name in names.items()],
        batch_size=BATCH,
    )
    bear_names_of(today=today, group_ids=list(names))


def put_subgroups(wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Make the subgroups that are not there yet. (Group's id, number) → id, for all of these groups."""
    pairs = set(wanted)
    groups = {group_id for group_id, _ in pairs}
    present = _subgroups_of(groups)
    missing = sorted(pairs - present.keys())
    if missing:
        Subgroup.objects.bulk_create(
            [Subgroup(group_id=group_id, number=number) for group_id, number in missing], batch_size=BATCH
        )
        present = _subgroups_of(groups)
    return present


def _subgroups_of(groups: Collection[int]) -> dict[tuple[int, int], int]:
    rows = Subgroup.objects.filter(group__in=groups).values_list("group_id", "number", "id")
    return {(group_id, number): subgroup_id for group_id, number, subgroup_id in rows}


def put_disciplines(names: Iterable[str]) -> dict[str, int]:
    """Make the disciplines that are not there yet. Name → id."""
    wanted = set(names)
    present = dict(Discipline.objects.filter(name__in=wanted).values_list("name", "id"))
    missing = sorted(wanted - present.keys())
    if missing:
        made = Discipline.objects.bulk_create([Discipline(name=name) for name in missing], batch_size=BATCH)
        present |= {discipline.name: discipline.pk for discipline in made}
    return present


def put_curriculum(lines: Sequence[CurriculumLine]) -> None:
    disciplines = put_disciplines(line.discipline for line in lines)
    programmes = dict(Programme.objects.values_list("code", "id"))
    semesters = {
        (year, number): semester_id
        for semester_id, year, number in Semester.objects.values_list("id", "year__name", "number")
    }
    Curriculum.objects.bulk_create(
        [
            Curriculum(
                programme_id=programmes[line.programme],
                intake=line.intake,
                semester_id=semesters[line.year, line.semester],
                discipline_id=disciplines[line.discipline],
                lecture_hours=line.lecture_hours,
                practical_hours=line.practical_hours,
                laboratory_hours=line.laboratory_hours,
                credits=line.credits,
                control_form=line.control_form,
            )
            for line in lines
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["programme", "intake", "semester", "discipline"],
        update_fields=["lecture_hours", "practical_hours", "laboratory_hours", "credits", "control_form"],
    )
