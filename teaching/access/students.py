"""Turning an address into a student for the person who asks. A stranger gets 404."""

from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from accounts.models import GroupEnrolment, Student, User
from accounts.permissions import Rights, rights_of
from ejournal.lib.clock import day_of
from teaching.models import Course, CourseEnrolment, Workload, WorkloadTeacher, in_force
from teaching.permissions import StudentDoor
from university.selectors import semester_on


def get_student(user: User, student_id: int, *, now: datetime) -> StudentDoor:
    """A student with what the user may see of him; 404 where he may see nothing.

    Everything: the student himself, a parent while the link is not revoked, the curator of the group he is in
    today, dean and dean's office of that group's unit, the head of a department that teaches him this semester,
    study office and leadership. A teacher: the rows of his own courses. Nobody else.
    """
    today = day_of(now)
    rights = rights_of(user, on=today)
    student = Student.objects.select_related("user").filter(pk=student_id).first()
    if student is None:
        raise Http404
    enrolments = list(
        GroupEnrolment.objects.filter(in_force(today), student=student)
        .select_related("group", "subgroup")
        .order_by("-starts_on", "-id")
    )
    enrolment = enrolments[0] if enrolments else None
    if rights.student_id == student.pk:
        return StudentDoor(student, enrolment, is_self=True, shows_contacts=True)
    if student.pk in rights.child_ids:
        return StudentDoor(student, enrolment, is_parent=True, shows_contacts=True)
    if any(e.group_id in rights.group_ids or e.group.unit_id in rights.unit_ids for e in enrolments):
        return StudentDoor(student, enrolment, shows_contacts=True)
    if rights.sees_everything or _is_taught_by_departments(student, rights, today):
        return StudentDoor(student, enrolment)
    courses = _courses_of_teacher(student, rights, today)
    if not courses:
        raise Http404
    return StudentDoor(student, enrolment, course_ids=courses)


def _is_taught_by_departments(student: Student, rights: Rights, today: date) -> bool:
    """Whether one of the departments has a workload, or a teacher of one, in the student's courses this semester."""
    semester = semester_on(today) if rights.department_ids else None
    if semester is None:
        return False
    teachers = WorkloadTeacher.objects.filter(
        in_force(today), workload=OuterRef("pk"), teacher__department_id__in=rights.department_ids
    )
    workloads = Workload.objects.filter(
        Q(department_id__in=rights.department_ids) | Q(Exists(teachers)), course__semester=semester
    )
    return CourseEnrolment.objects.filter(
        in_force(today), student=student, course_id__in=workloads.values("course_id")
    ).exists()


def _courses_of_teacher(student: Student, rights: Rights, today: date) -> frozenset[int]:
    """The student's courses in which the teacher keeps a journal today."""
    if rights.teacher_id is None:
        return frozenset()
    mine = WorkloadTeacher.objects.filter(in_force(today), teacher_id=rights.teacher_id)
    return frozenset(
        Course.objects.filter(enrolments__student=student, pk__in=mine.values("workload__course_id")).values_list(
            "pk", flat=True
        )
    )
