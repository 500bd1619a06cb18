"""What a row of each sheet says, typed. `at` is its row as the spreadsheet numbers it.

A field is None where its cell is empty or its column is not in the file; `Table.columns` says which columns are.
"""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from accounts.enums import Sex
from teaching.enums import WeekParity
from university.enums import ControlForm, DepartmentKind, LessonKind, UnitKind


class SheetKey(StrEnum):
    """The sheets, in the order in which they are loaded."""

    SEMESTERS = "semesters"
    HOLIDAYS = "holidays"
    BELLS = "bells"
    UNITS = "units"
    DEPARTMENTS = "departments"
    ROOMS = "rooms"
    TEACHERS = "teachers"
    GROUPS = "groups"
    STUDENTS = "students"
    CURRICULUM = "curriculum"
    WORKLOAD = "workload"
    TIMETABLE = "timetable"


@dataclass(frozen=True, slots=True)
class SemesterRow:
    at: int
    year: str
    semester: int
    starts_on: date
    ends_on: date
    module_1_ends_on: date | None
    module_2_ends_on: date | None
    session_ends_on: date | None


@dataclass(frozen=True, slots=True)
class HolidayRow:
    at: int
    day: date
    name: str


@dataclass(frozen=True, slots=True)
class BellRow:
    at: int
    pair: int
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class UnitRow:
    at: int
    code: str
    name: str
    kind: UnitKind


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    at: int
    code: str
    name: str
    unit: str
    kind: DepartmentKind


@dataclass(frozen=True, slots=True)
class RoomRow:
    at: int
    code: str
    building: str | None
    number: str
    seats: int | None


@dataclass(frozen=True, slots=True)
class TeacherRow:
    at: int
    number: str
    last_name: str
    first_name: str
    patronymic: str | None
    department: str
    position: str | None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class GroupRow:
    at: int
    name: str
    intake: int
    unit: str
    programme: str
    curator: str | None


@dataclass(frozen=True, slots=True)
class StudentRow:
    at: int
    record_book: str
    last_name: str
    first_name: str
    patronymic: str | None
    birth_date: date | None
    sex: Sex | None
    group: str
    subgroup: int | None
    phone: str | None
    guardian_name: str | None
    guardian_phone: str | None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class CurriculumRow:
    at: int
    programme: str
    intake: int
    year: str
    semester: int
    discipline: str
    lecture_hours: int | None
    practical_hours: int | None
    laboratory_hours: int | None
    credits: Decimal
    control_form: ControlForm


@dataclass(frozen=True, slots=True)
class WorkloadRow:
    at: int
    number: str
    year: str
    semester: int
    discipline: str
    department: str
    group: str
    subgroup: int | None
    kind: LessonKind
    hours: int
    control_form: ControlForm
    credits: Decimal
    teacher: str
    stream: str | None


@dataclass(frozen=True, slots=True)
class TimetableRow:
    at: int
    workload: str
    weekday: int
    pair: int
    parity: WeekParity
    room: str | None


Row = TypeVar("Row")


@dataclass(slots=True)
class Table(Generic[Row]):
    """One sheet as it was read. `columns` gives the heading in the file of each field that is there.

    `broken` holds what could be read of the rows that have an error: their keys are known to the other sheets,
    so that one bad cell is not reported again by every row that refers to it.
    """

    key: SheetKey
    name: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    broken: list[dict[str, object]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether the file has this sheet."""
        return bool(self.columns)

    def says(self, field_name: str) -> bool:
        """Whether the file has this column: what it does not have, a load does not change."""
        return field_name in self.columns

    def heading(self, field_name: str) -> str:
        return self.columns.get(field_name, "")


@dataclass(slots=True)
class Book:
    """All that was read, from one file or several. A sheet that is not there is an empty table."""

    semesters: Table[SemesterRow] = field(default_factory=lambda: Table(SheetKey.SEMESTERS))
    holidays: Table[HolidayRow] = field(default_factory=lambda: Table(SheetKey.HOLIDAYS))
    bells: Table[BellRow] = field(default_factory=lambda: Table(SheetKey.BELLS))
    units: Table[UnitRow] = field(default_factory=lambda: Table(SheetKey.UNITS))
    departments: Table[DepartmentRow] = field(default_factory=lambda: Table(SheetKey.DEPARTMENTS))
    rooms: Table[RoomRow] = field(default_factory=lambda: Table(SheetKey.ROOMS))
    teachers: Table[TeacherRow] = field(default_factory=lambda: Table(SheetKey.TEACHERS))
    groups: Table[GroupRow] = field(default_factory=lambda: Table(SheetKey.GROUPS))
    students: Table[StudentRow] = field(default_factory=lambda: Table(SheetKey.STUDENTS))
    curriculum: Table[CurriculumRow] = field(default_factory=lambda: Table(SheetKey.CURRICULUM))
    workload: Table[WorkloadRow] = field(default_factory=lambda: Table(SheetKey.WORKLOAD))
    timetable: Table[TimetableRow] = field(default_factory=lambda: Table(SheetKey.TIMETABLE))

    def tables(self) -> list[Table[object]]:
        """Every sheet that is there, in the order of loading."""
        found: list[Table[object]] = [getattr(self, key.value) for key in SheetKey]
        return [table for table in found if table]
