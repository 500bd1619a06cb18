"""Who comes in: twelve people of the workbook who belong together, under plain logins."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import Count

from accounts.enums import Role
from accounts.models import Appointment, CredentialIssue, GuardianLink, Student, Teacher, User
from ejournal.lib.context import request_id
from teaching.models import CourseEnrolment, Workload, WorkloadTeacher
from university.models import Group, Semester

# login → role, and what it is good for; in the order in which they are shown.
LOGINS: dict[str, tuple[str, str]] = {
    "teacher": ("Окутуучу", "сабагы азыр жүрүп жатат: катышууну, бааны коёт"),
    "colleague": ("Окутуучу", "ошол эле дисциплинанын экинчи окутуучусу: окуйт, өзгөртө албайт"),
    "student": ("Студент", "сабактагы студент: өз баалары"),
    "fellow": ("Студент", "ошол эле тайпанын студенти"),
    "parent": ("Ата-эне", "student'тин ата-энеси: баласынын кабинети"),
    "curator": ("Куратор", "алардын тайпасынын куратору"),
    "head": ("Кафедра башчысы", "жүктөмдүн кафедрасы"),
    "office": ("Деканат", "тайпанын деканаты: логиндерди берет"),
    "dean": ("Декан", "тайпанын институтунун деканы"),
    "study": ("Окуу бөлүмү", "бүт университет"),
    "rector": ("Жетекчилик", "бүт университет: отчеттор"),
    "admin": ("Администратор", "колдонуучулар, дайындоолор, жүктөө"),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """The lesson that is always on: whose, of which journal, with which group, and who teaches the course beside."""

    teacher: Teacher
    workload: Workload
    group: Group
    colleague: Teacher


def find_scene(semester: Semester) -> Scene:
    """A teacher whose every lesson has the same whole group in it, so that `student` is on each roster.

    Of those with a colleague in the course, the one whose group is nearest to 25 and who teaches most; never
    the youngest groups, who were not here in the semester before.
    """
    keepers: dict[int, list[Workload]] = defaultdict(list)
    for row in WorkloadTeacher.objects.filter(workload__course__semester=semester).select_related(
        "workload__course__group", "workload__course"
    ):
        keepers[row.teacher_id].append(row.workload)
    teachers_of: dict[int, set[int]] = defaultdict(set)
    for teacher_id, workloads in keepers.items():
        for workload in workloads:
            teachers_of[workload.course_id].add(teacher_id)
    sizes = dict(
        CourseEnrolment.objects.filter(course__semester=semester)
        .values_list("course_id")
        .annotate(size=Count("student_id", distinct=True))
    )
    found: list[tuple[tuple[int, int, str], Workload, int]] = []
    for teacher_id, workloads in keepers.items():
        groups = {workload.course.group_id for workload in workloads}
        if len(groups) != 1 or any(workload.subgroup_id for workload in workloads):
            continue
        first_year = workloads[0].course.group.intake >= semester.year.starts
        for workload in sorted(workloads, key=lambda w: w.number):
            others = teachers_of[workload.course_id] - {teacher_id}
            if others and not first_year:
                distance = abs(sizes.get(workload.course_id, 0) - 25) // 4
                found.append(((distance, -len(workloads), workload.number), workload, teacher_id))
    if not found:
        raise LookupError("no teacher of the workbook has one whole group alone and a colleague in its course")
    _score, workload, teacher_id = min(found, key=lambda entry: entry[0])
    colleague_id = min(teachers_of[workload.course_id] - {teacher_id})
    return Scene(
        teacher=Teacher.objects.select_related("user").get(pk=teacher_id),
        workload=Workload.objects.select_related("course__group__unit", "department", "course__semester").get(
            pk=workload.pk
        ),
        group=workload.course.group,
        colleague=Teacher.objects.select_related("user").get(pk=colleague_id),
    )


def name_the_cast(scene: Scene, *, now: datetime, today: date) -> None:
    """Give the cast their logins and appointments; passwords follow in `set_passwords`."""
    students = list(
        Student.objects.filter(course_enrolments__course=scene.workload.course, course_enrolments__ends_on=None)
        .select_related("user")
        .order_by("user__sort_key", "id")
        .distinct()
    )
    # Not the first two of the list, so that the eye does not find them by chance.
    student, fellow = students[len(students) // 3], students[len(students) // 3 + 1]
    curator = _curator(scene, today)
    taken = {scene.teacher.user_id, scene.colleague.user_id, curator.id}
    people = {
        "teacher": scene.teacher.user,
        "colleague": scene.colleague.user,
        "student": student.user,
        "fellow": fellow.user,
        "curator": curator,
    }
    for name, place in (
        ("head", {"department": scene.workload.department}),
        ("office", {"department__unit": scene.group.unit}),
        ("dean", {"department__unit": scene.group.unit}),
        ("study", {}),
        ("rector", {}),
        ("admin", {}),
    ):
        free = (
            Teacher.objects.filter(**place)
            .exclude(user_id__in=taken)
            .annotate(busy=Count("workloads"))
            .order_by("busy", "staff_number")
        )
        person = free.select_related("user").first()
        if person is None:
            raise LookupError(f"nobody is left for {name}")
        people[name] = person.user
        taken.add(person.user_id)
    last_name, _space, first_name = (student.guardian_name or f"{student.user.last_name} Бурул").partition(" ")
    people["parent"] = User.objects.create(username="parent", last_name=last_name, first_name=first_name or "Бурул")
    GuardianLink.objects.create(guardian=people["parent"], student=student, given_at=now)
    for username, user in people.items():
        user.username = username
        user.save(update_fields=["username"])
    _appoint(people, scene, today)


def _curator(scene: Scene, today: date) -> User:
    """Who has the group by the workbook, unless he teaches in the scene; else a teacher of its unit."""
    busy = {scene.teacher.user_id, scene.colleague.user_id}
    named = (
        Appointment.objects.filter(role=Role.CURATOR, group=scene.group, ends_on=None)
        .exclude(user_id__in=busy)
        .select_related("user")
        .order_by("id")
        .first()
    )
    if named is not None:
        return named.user
    teacher = (
        Teacher.objects.filter(department__unit=scene.group.unit)
        .exclude(user_id__in=busy)
        .annotate(busy=Count("workloads"))
        .order_by("-busy", "staff_number")
        .select_related("user")[0]
    )
    Appointment.objects.create(
        user=teacher.user,
        role=Role.CURATOR,
        group=scene.group,
        starts_on=scene.workload.course.semester.starts_on,
        order_number="41-К",
        order_date=scene.workload.course.semester.starts_on - timedelta(days=3),
    )
    return teacher.user


def _appoint(people: dict[str, User], scene: Scene, today: date) -> None:
    since = min(scene.workload.course.semester.starts_on, today) - timedelta(days=365)
    offices: list[tuple[str, Role, dict[str, Any]]] = [
        ("head", Role.HEAD, {"department": scene.workload.department}),
        ("office", Role.DEANS_OFFICE, {"unit": scene.group.unit}),
        ("dean", Role.DEAN, {"unit": scene.group.unit}),
        ("study", Role.STUDY_OFFICE, {}),
        ("rector", Role.LEADERSHIP, {}),
        ("admin", Role.ADMINISTRATOR, {}),
    ]
    for number, (name, role, scope) in enumerate(offices, start=12):
        Appointment.objects.create(
            user=people[name],
            role=role,
            starts_on=since,
            order_number=f"{number}-К",
            order_date=since - timedelta(days=4),
            **scope,
        )


def set_passwords(password: str, *, now: datetime) -> None:
    """The one password of the installation for each login of the cast, and the note of who gave it."""
    users = list(User.objects.filter(username__in=LOGINS).order_by("id"))
    administrator = next(user for user in users if user.username == "admin")
    for user in users:
        user.password = make_password(password)
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])
    CredentialIssue.objects.bulk_create(
        [
            CredentialIssue(user=user, issued_by=administrator, issued_at=now, is_first=True, request_id=request_id())
            for user in users
        ]
    )
