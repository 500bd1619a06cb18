"""What the journal holds already, by the workbook's own keys: what a file is compared with."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Appointment, GroupEnrolment, Student, Teacher, User
from ejournal.loading.rows import Book, SheetKey
from teaching.models import Slot, Workload
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
    Unit,
)

# A row of the journal by the names of the workbook's fields. Empty texts are None, as in what was read.
Values = dict[str, Any]


@dataclass(slots=True)
class KnownGroup:
    """A group: its names by academic year, its curators' staff numbers, how many students are in it now."""

    id: int
    name: str
    intake: int
    number: str
    unit: str
    programme: str
    names: dict[str, str] = field(default_factory=dict)
    curators: set[str] = field(default_factory=set)
    members: int = 0


@dataclass(frozen=True, slots=True)
class KnownSlot:
    """A line of the timetable that is in force on the day of the load or later."""

    id: int
    weekday: int
    pair: int
    parity: str
    room: str | None


@dataclass(slots=True)
class Known:
    """The journal in the workbook's terms. `rows` has the sheets that are compared field by field."""

    today: date
    year: str | None = None  # whose names the groups of the file bear
    from_day: date = date.min  # the day from which places of people are compared, and change
    before: date | None = None  # the first day of the year after it: what begins then is left alone
    rows: dict[SheetKey, dict[Any, Values]] = field(default_factory=lambda: {key: {} for key in SheetKey})
    years: set[str] = field(default_factory=set)
    programmes: dict[str, str] = field(default_factory=dict)  # code → unit's code
    disciplines: set[str] = field(default_factory=set)
    groups: dict[int, KnownGroup] = field(default_factory=dict)
    slots: dict[str, list[KnownSlot]] = field(default_factory=lambda: defaultdict(list))  # by workload number
    # Semesters that have a timetable already: what is new in them begins today, not in the past.
    timetabled: set[tuple[str, int]] = field(default_factory=set)

    def group_named(self, year: str, name: str) -> KnownGroup | None:
        """The group that bears a name in an academic year."""
        return self.groups_by_name.get((year, name))

    # Ids of AVN → staff number, record book; and new keys of people whom an id of AVN shows to be the same → old ones.
    by_external_id: dict[SheetKey | None, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    renumbered: dict[SheetKey, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    groups_by_name: dict[tuple[str, str], KnownGroup] = field(default_factory=dict)


def semesters_named(book: Book) -> set[tuple[str, int]]:
    """The semesters that any row of the book speaks of."""
    named = {(row.year, row.semester) for row in book.semesters.rows}
    named |= {(row.year, row.semester) for row in book.workload.rows}
    return named | {(row.year, row.semester) for row in book.curriculum.rows}


def workloads_named(book: Book) -> set[str]:
    """The workload numbers that any row of the book speaks of."""
    return {row.number for row in book.workload.rows} | {row.workload for row in book.timetable.rows}


def year_of_names(book: Book, known: Known) -> str | None:
    """The academic year in which the groups of the sheets “Тайпалар” and “Студенттер” bear their names.

    The year of the file's workload, if it speaks of one; else the only year of its calendar; else the year that
    is running: the first that has not ended, or the last one. None where nobody ever said a year.
    """
    of_workload = {row.year for row in book.workload.rows}
    if len(of_workload) == 1:
        return of_workload.pop()
    of_file = {row.year for row in book.semesters.rows}
    if len(of_file) == 1:
        return of_file.pop()
    ends: dict[str, date] = {}
    for (year, _), values in known.rows[SheetKey.SEMESTERS].items():
        ends[year] = max(ends.get(year, date.min), values["ends_on"])
    for row in book.semesters.rows:
        ends[row.year] = max(ends.get(row.year, date.min), row.ends_on)
    running = sorted(year for year, end in ends.items() if end >= known.today)
    return running[0] if running else max(ends, default=None)


def first_day_of(year: str | None, book: Book, known: Known) -> date | None:
    """The first day of an academic year, by the file or by the journal."""
    days = [row.starts_on for row in book.semesters.rows if row.year == year]
    days += [
        values["starts_on"]
        for (of_year, number), values in known.rows[SheetKey.SEMESTERS].items()
        if of_year == year and not any((row.year, row.semester) == (year, number) for row in book.semesters.rows)
    ]
    return min(days, default=None)


def _year_after(year: str | None, book: Book, known: Known) -> date | None:
    """The first day of the academic year that follows, where it is known: what begins then is another year's."""
    named = {row.year for row in book.semesters.rows} | {of_year for of_year, _ in known.rows[SheetKey.SEMESTERS]}
    following = sorted(name for name in named if year is not None and name > year)
    return first_day_of(following[0], book, known) if following else None


def in_force(today: date, before: date | None = None) -> Q:
    """Rows that hold on a day or later, and begin before another one."""
    rows = Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    return rows if before is None else rows & Q(starts_on__lt=before)


def read_known(*, today: date, book: Book) -> Known:
    """Read what a file may refer to: some twenty queries, whatever the size of the university.

    Of teaching, only the semesters and the workloads that the file names: five years of them are no small matter.
    Of people's places, those of the year that the file speaks of: next year's stand beside the running one's.
    """
    known = Known(today)
    _read_structure(known)
    known.year = year_of_names(book, known)
    known.from_day = max(today, first_day_of(known.year, book, known) or today)
    known.before = _year_after(known.year, book, known)
    _read_groups(known)
    _read_people(known)
    _read_other_ids(known)
    _recognise(SheetKey.STUDENTS, {row.record_book: row.external_id for row in book.students.rows}, known)
    _recognise(SheetKey.TEACHERS, {row.number: row.external_id for row in book.teachers.rows}, known)
    _read_teaching(known, semesters_named(book), workloads_named(book))
    return known


def _read_structure(known: Known) -> None:
    rows = known.rows
    known.years = set(AcademicYear.objects.values_list("name", flat=True))
    modules: dict[int, dict[int, date]] = defaultdict(dict)
    for semester_id, number, ends_on in Module.objects.values_list("semester_id", "number", "ends_on"):
        modules[semester_id][number] = ends_on
    for semester in Semester.objects.select_related("year"):
        rows[SheetKey.SEMESTERS][semester.year.name, semester.number] = {
            "starts_on": semester.starts_on,
            "ends_on": semester.ends_on,
            "module_1_ends_on": modules[semester.pk].get(1),
            "module_2_ends_on": modules[semester.pk].get(2),
            "session_ends_on": semester.session_ends_on,
        }
    rows[SheetKey.HOLIDAYS] = {day: {"name": name} for day, name in Holiday.objects.values_list("day", "name")}
    rows[SheetKey.BELLS] = {
        number: {"starts": starts, "ends": ends}
        for number, starts, ends in Bell.objects.values_list("number", "starts", "ends")
    }
    rows[SheetKey.UNITS] = {
        code: {"name": name, "kind": kind} for code, name, kind in Unit.objects.values_list("code", "name", "kind")
    }
    rows[SheetKey.DEPARTMENTS] = {
        code: {"name": name, "unit": unit, "kind": kind}
        for code, name, unit, kind in Department.objects.values_list("code", "name", "unit__code", "kind")
    }
    rows[SheetKey.ROOMS] = {
        code: {"building": building or None, "number": number, "seats": seats}
        for code, building, number, seats in Room.objects.values_list("code", "building", "number", "seats")
    }
    known.programmes = dict(Programme.objects.values_list("code", "unit__code"))
    known.disciplines = set(Discipline.objects.values_list("name", flat=True))
    lines = Curriculum.objects.values_list(
        "programme__code",
        "intake",
        "semester__year__name",
        "semester__number",
        "discipline__name",
        "lecture_hours",
        "practical_hours",
        "laboratory_hours",
        "credits",
        "control_form",
    )
    for *key, lecture, practical, laboratory, credits_, control_form in lines:
        rows[SheetKey.CURRICULUM][tuple(key)] = {
            "lecture_hours": lecture,
            "practical_hours": practical,
            "laboratory_hours": laboratory,
            "credits": credits_,
            "control_form": control_form,
        }


def _read_groups(known: Known) -> None:
    for group in Group.objects.select_related("unit", "programme"):
        known.groups[group.pk] = KnownGroup(
            group.pk, group.name, group.intake, group.number, group.unit.code, group.programme.code
        )
    for group_id, year, name in GroupName.objects.values_list("group_id", "year__name", "name"):
        known.groups[group_id].names[year] = name
        known.groups_by_name[year, name] = known.groups[group_id]
    curators = Appointment.objects.filter(
        in_force(known.from_day, known.before), role=Role.CURATOR, user__teacher__isnull=False
    )
    for group_id, number in curators.values_list("group_id", "user__teacher__staff_number"):
        known.groups[group_id].curators.add(number)


def _read_people(known: Known) -> None:
    teachers = Teacher.objects.values_list(
        "staff_number",
        "user__last_name",
        "user__first_name",
        "user__patronymic",
        "department__code",
        "position",
        "ends_on",
        "user__external_id",
    )
    for number, last, first, patronymic, department, position, ends_on, external_id in teachers:
        if external_id:
            known.by_external_id[SheetKey.TEACHERS][external_id] = number
        known.rows[SheetKey.TEACHERS][number] = {
            "last_name": last,
            "first_name": first,
            "patronymic": patronymic or None,
            "department": department,
            "position": position or None,
            "external_id": external_id,
            "left": ends_on is not None and ends_on < known.today,
        }
    places: dict[int, tuple[int, int | None]] = {}
    enrolments = GroupEnrolment.objects.filter(in_force(known.from_day, known.before)).order_by("starts_on")
    for student_id, group_id, subgroup in enrolments.values_list("student_id", "group_id", "subgroup__number"):
        places[student_id] = group_id, subgroup  # the latest wins: an enrolment that begins later is the newest word
    students = Student.objects.values_list(
        "id",
        "record_book",
        "user__last_name",
        "user__first_name",
        "user__patronymic",
        "birth_date",
        "sex",
        "phone",
        "guardian_name",
        "guardian_phone",
        "user__external_id",
    )
    for student_id, record_book, last, first, patronymic, born, sex, phone, guardian, guardian_phone, avn in students:
        if avn:
            known.by_external_id[SheetKey.STUDENTS][avn] = record_book
        place = places.get(student_id)
        if place:
            known.groups[place[0]].members += 1
        known.rows[SheetKey.STUDENTS][record_book] = {
            "last_name": last,
            "first_name": first,
            "patronymic": patronymic or None,
            "birth_date": born,
            "sex": sex or None,
            "group": place[0] if place else None,
            "subgroup": place[1] if place else None,
            "phone": phone or None,
            "guardian_name": guardian or None,
            "guardian_phone": guardian_phone or None,
            "external_id": avn,
        }


def _read_other_ids(known: Known) -> None:
    """Ids of AVN of people who neither teach nor study, by login."""
    rows = User.objects.filter(external_id__isnull=False, teacher__isnull=True, student__isnull=True)
    known.by_external_id[None] = {avn or "": login for avn, login in rows.values_list("external_id", "username")}


def _recognise(key: SheetKey, said: dict[str, str | None], known: Known) -> None:
    """Who comes with another record book or staff number and the same id of AVN is the same person."""
    rows, by_id = known.rows[key], known.by_external_id[key]
    for number, external_id in said.items():
        was = by_id.get(external_id) if external_id else None
        if was is not None and was != number and number not in rows and was not in said:
            rows[number] = rows.pop(was)
            by_id[external_id or ""] = number
            known.renumbered[key][number] = was


def _read_teaching(known: Known, semesters: set[tuple[str, int]], numbers: set[str]) -> None:
    semester_ids = [
        semester.pk
        for semester in Semester.objects.select_related("year")
        if (semester.year.name, semester.number) in semesters
    ]
    # A timetable alone names workloads, not semesters.
    semester_ids += Semester.objects.filter(courses__workloads__number__in=numbers).values_list("pk", flat=True)
    concerned = Q(course__semester__in=semester_ids) | Q(number__in=numbers)
    keepers = ArrayAgg(
        "teachers__teacher__staff_number",
        filter=Q(teachers__ends_on__isnull=True) | Q(teachers__ends_on__gte=known.today),
        order_by="-teachers__starts_on",
        default=None,
    )
    workloads = (
        Workload.objects.filter(concerned)
        .annotate(keepers=keepers)
        .values_list(
            "number",
            "course__semester__year__name",
            "course__semester__number",
            "course__discipline__name",
            "department__code",
            "course__group_id",
            "subgroup__number",
            "kind",
            "hours",
            "course__control_form",
            "course__credits",
            "stream",
            "keepers",
        )
    )
    for (
        number,
        year,
        semester,
        discipline,
        department,
        group_id,
        subgroup,
        kind,
        hours,
        control_form,
        credits_,
        stream,
        teachers,
    ) in workloads:
        known.rows[SheetKey.WORKLOAD][number] = {
            "year": year,
            "semester": semester,
            "discipline": discipline,
            "department": department,
            "group": group_id,
            "subgroup": subgroup,
            "kind": kind,
            "hours": hours,
            "control_form": control_form,
            "credits": credits_,
            "teacher": teachers[0] if teachers else None,
            "stream": stream or None,
        }
    # Not in force any more: a line that ends tonight in a semester that goes on, since it was ended today after a
    # lesson on it had begun; and a line of one day, which `drop_lines` left under a cancelled lesson. To take them
    # for lines in force would end them again, or not make them anew.
    to_the_end = Q(ends_on__gte=known.today, ends_on=F("workload__course__semester__ends_on"))
    longer = Q(ends_on__gt=known.today) & Q(ends_on__gt=F("starts_on"))
    slots = Slot.objects.filter(to_the_end | longer).order_by("id")
    for slot_id, number, weekday, pair, parity, room in slots.values_list(
        "id", "workload__number", "weekday", "pair", "parity", "room__code"
    ):
        known.slots[number].append(KnownSlot(slot_id, weekday, pair, parity, room))
    # Joined from the lines upwards: a correlated look per semester is planned as a product of three tables while
    # PostgreSQL has no statistics of rows that were loaded a moment ago.
    timetabled = Slot.objects.filter(workload__course__semester_id__in=semester_ids).order_by()
    known.timetabled = set(
        timetabled.values_list(
            "workload__course__semester__year__name", "workload__course__semester__number"
        ).distinct()
    )
