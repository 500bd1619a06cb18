"""Rows for tests: fixed data, no randomness. Each function makes one thing and what it cannot be without."""

from datetime import date, datetime, time, timedelta
from itertools import count
from uuid import UUID

from django.db import transaction

from accounts.enums import Role
from accounts.models import Appointment, GroupEnrolment, GuardianLink, Student, Teacher, User
from ejournal.lib.clock import moment_of
from teaching.enums import EnrolmentBasis, WeekParity
from teaching.models import (
    Course,
    CourseEnrolment,
    Lesson,
    LessonWorkload,
    Slot,
    Workload,
    WorkloadTeacher,
)
from university.enums import ControlForm, DepartmentKind, LessonKind, UnitKind
from university.models import (
    AcademicYear,
    Bell,
    Department,
    Discipline,
    Group,
    GroupName,
    Module,
    Programme,
    Room,
    Semester,
    Subgroup,
    Unit,
)

PASSWORD = "Ак-Буура 2026"
REQUEST_ID = UUID("00000000-0000-4000-8000-000000000001")
_numbers = count(1)

# The Monday of the tests' week: the fourth of their semester, an even one.
MONDAY = date(2026, 9, 21)


def make_semester(*, starts_on: date = date(2026, 9, 1), ends_on: date = date(2026, 12, 26)) -> Semester:
    year, _ = AcademicYear.objects.get_or_create(name="2026/2027", starts=2026)
    semester, made = Semester.objects.get_or_create(
        year=year, number=1, defaults={"starts_on": starts_on, "ends_on": ends_on}
    )
    if made:
        middle = starts_on + (ends_on - starts_on) // 2
        Module.objects.create(semester=semester, number=1, starts_on=starts_on, ends_on=middle)
        Module.objects.create(semester=semester, number=2, starts_on=middle + timedelta(days=1), ends_on=ends_on)
        for pair, (hour, minute) in enumerate([(8, 0), (9, 30), (11, 0), (13, 0), (14, 30), (16, 0)], start=1):
            Bell.objects.get_or_create(
                number=pair,
                defaults={
                    "starts": time(hour, minute),
                    "ends": (datetime.combine(starts_on, time(hour, minute)) + timedelta(minutes=80)).time(),
                },
            )
    return semester


def make_unit(name: str = "Табият таануу институту") -> Unit:
    return Unit.objects.create(code=f"U{next(_numbers)}", name=name, kind=UnitKind.INSTITUTE)


def make_department(unit: Unit | None = None, name: str = "Физика кафедрасы") -> Department:
    return Department.objects.create(
        code=f"D{next(_numbers)}", name=name, unit=unit or make_unit(), kind=DepartmentKind.DEPARTMENT
    )


def make_user(username: str | None = None, *, last_name: str = "Асанов", first_name: str = "Азамат") -> User:
    """A person with a login whose password is PASSWORD."""
    return User.objects.create_user(
        username or f"user{next(_numbers)}", PASSWORD, last_name=last_name, first_name=first_name
    )


def make_teacher(
    username: str | None = None, *, department: Department | None = None, last_name: str = "Осмонов"
) -> Teacher:
    return Teacher.objects.create(
        user=make_user(username, last_name=last_name, first_name="Эрлан"),
        staff_number=f"Т{next(_numbers):05}",
        department=department or make_department(),
    )


def make_group(unit: Unit | None = None, name: str | None = None) -> Group:
    unit = unit or make_unit()
    programme, _ = Programme.objects.get_or_create(code="ФИЗ", defaults={"name": "Физика", "unit": unit})
    number = next(_numbers)
    group = Group.objects.create(
        programme=programme, unit=unit, intake=2026, number=str(number), name=name or f"ФИЗ-{number}"
    )
    GroupName.objects.create(group=group, year=make_semester().year, name=group.name)
    for subgroup in (1, 2):
        Subgroup.objects.create(group=group, number=subgroup)
    return group


def make_student(
    username: str | None = None,
    *,
    group: Group | None = None,
    subgroup: int | None = 1,
    last_name: str = "Бекова",
    first_name: str = "Айпери",
) -> Student:
    student = Student.objects.create(
        user=make_user(username, last_name=last_name, first_name=first_name),
        record_book=f"26-{next(_numbers):06}",
    )
    if group is not None:
        GroupEnrolment.objects.create(
            student=student,
            group=group,
            subgroup=group.subgroups.get(number=subgroup) if subgroup else None,
            starts_on=date(2026, 9, 1),
        )
    return student


def make_course(
    *,
    group: Group | None = None,
    department: Department | None = None,
    discipline: str = "Механика",
    control_form: ControlForm = ControlForm.EXAM,
) -> Course:
    group = group or make_group()
    course = Course.objects.create(
        discipline=Discipline.objects.get_or_create(name=discipline)[0],
        group=group,
        semester=make_semester(),
        department=department or make_department(),
        control_form=control_form,
        credits=4,
    )
    return course


def enrol(student: Student, course: Course, *, subgroup: int | None = None, **dates: date) -> CourseEnrolment:
    return CourseEnrolment.objects.create(
        student=student,
        course=course,
        subgroup=course.group.subgroups.get(number=subgroup) if subgroup else None,
        basis=EnrolmentBasis.GROUP,
        starts_on=dates.get("starts_on", course.semester.starts_on),
        ends_on=dates.get("ends_on"),
    )


def make_workload(
    *,
    course: Course | None = None,
    teacher: Teacher | None = None,
    kind: LessonKind = LessonKind.PRACTICAL,
    subgroup: Subgroup | None = None,
    stream: str = "",
) -> Workload:
    course = course or make_course()
    workload = Workload.objects.create(
        number=f"Ж{next(_numbers):06}",
        course=course,
        kind=kind,
        subgroup=subgroup,
        hours=34,
        department=course.department,
        stream=stream,
    )
    WorkloadTeacher.objects.create(
        workload=workload,
        teacher=teacher or make_teacher(department=course.department),
        starts_on=course.semester.starts_on,
    )
    return workload


def make_slot(workload: Workload, *, weekday: int = 1, pair: int = 1, room: Room | None = None) -> Slot:
    semester = workload.course.semester
    return Slot.objects.create(
        workload=workload,
        weekday=weekday,
        pair=pair,
        parity=WeekParity.EVERY,
        room=room,
        starts_on=semester.starts_on,
        ends_on=semester.ends_on,
    )


# Whole or not at all: a lesson that serves no workload is refused at the commit (law 2).
@transaction.atomic
def make_lesson(*workloads: Workload, day: date = MONDAY, pair: int = 1, room: Room | None = None) -> Lesson:
    """A lesson of the timetable: a line is made for each workload on the day's weekday unless it has one."""
    semester = workloads[0].course.semester
    bell = Bell.objects.get(number=pair)
    keeper = workloads[0].teachers.get()
    lesson = Lesson.objects.create(
        semester=semester,
        date=day,
        pair=pair,
        starts_at=moment_of(day, bell.starts),
        ends_at=moment_of(day, bell.ends),
        room=room,
        teacher=keeper.teacher,
    )
    for workload in workloads:
        slot = workload.slots.filter(weekday=day.isoweekday(), pair=pair).first() or make_slot(
            workload, weekday=day.isoweekday(), pair=pair, room=room
        )
        LessonWorkload.objects.create(lesson=lesson, workload=workload, slot=slot)
    return lesson


def appoint(user: User, role: Role, **scope: object) -> Appointment:
    """An appointment without an end, since the start of the tests' year."""
    return Appointment.objects.create(
        user=user,
        role=role,
        starts_on=date(2026, 9, 1),
        order_number="1-К",
        order_date=date(2026, 8, 31),
        **scope,
    )


def make_guardian(student: Student, username: str | None = None) -> User:
    guardian = make_user(username, last_name=student.user.last_name, first_name="Бурул")
    GuardianLink.objects.create(guardian=guardian, student=student)
    return guardian


def make_room(code: str = "Б-101") -> Room:
    return Room.objects.create(code=code, building="Б", number="101", seats=30)
