"""Doors to students, groups, courses and orders as the offices work on them (trials.md, "students, groups, orders")."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import Role
from accounts.models import GroupEnrolment, Student, User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from teaching.models import Course, StudentOrder, Workload
from teaching.permissions import CourseDoor, GroupDoor, OrderDoor, StudentFileDoor, makes_orders, reads_orders
from teaching.selectors.students import (
    groups_managed_by,
    groups_visible_to,
    last_places,
    orders_visible_to,
    students_in,
)
from university.models import Group


def get_reach(user: User, *, now: datetime) -> frozenset[int] | None:
    """Units whose students' orders the person makes (None: all). 403 to who only reads orders, 404 to strangers."""
    rights = rights_of(user, on=day_of(now))
    if not reads_orders(rights):
        raise Http404
    if not makes_orders(rights):
        raise PermissionDenied
    return None if rights.has(Role.STUDY_OFFICE) else rights.unit_ids


def may_make_orders(user: User, *, now: datetime) -> bool:
    """Whether the person makes orders at all."""
    return makes_orders(rights_of(user, on=day_of(now)))


def get_order_register(user: User, *, now: datetime) -> date:
    """The day for which the register is read; 404 to who reads no orders."""
    today = day_of(now)
    if not reads_orders(rights_of(user, on=today)):
        raise Http404
    return today


def get_order(user: User, order_id: int, *, now: datetime) -> OrderDoor:
    """An order that the person may read, and whether he may withdraw it: its own unit's office, the study office."""
    today = get_order_register(user, now=now)
    orders = orders_visible_to(user, on=today).select_related(
        "unit", "made_by", "withdrawn_by", "course__discipline", "course__group"
    )
    order: StudentOrder = get_object_or_404(orders, pk=order_id)
    rights = rights_of(user, on=today)
    return OrderDoor(
        order, can_manage=makes_orders(rights) and (rights.has(Role.STUDY_OFFICE) or order.unit_id in rights.unit_ids)
    )


def get_students_scope(user: User, *, now: datetime) -> date:
    """The day for which students are looked up; 404 to teachers, students, parents and administrators."""
    today = day_of(now)
    rights = rights_of(user, on=today)
    if not (rights.sees_everything or rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.HEAD, Role.CURATOR)):
        raise Http404
    return today


def get_student_file(user: User, student_id: int, *, now: datetime) -> StudentFileDoor:
    """A student as the offices see him; phones and the birth date for his unit and his curator only."""
    today = get_students_scope(user, now=now)
    students = students_in(groups_visible_to(user, on=today), on=today).select_related("user")
    student: Student = get_object_or_404(students, pk=student_id)
    place: GroupEnrolment | None = last_places([student.pk], on=today).get(student.pk)
    rights = rights_of(user, on=today)
    is_own = place is not None and (place.group_id in rights.group_ids or place.group.unit_id in rights.unit_ids)
    in_reach = place is not None and (rights.has(Role.STUDY_OFFICE) or place.group.unit_id in rights.unit_ids)
    return StudentFileDoor(
        student,
        place,
        shows_contacts=is_own,
        can_manage=makes_orders(rights) and in_reach,
    )


def get_group(user: User, group_id: int, *, now: datetime) -> GroupDoor:
    """A group whose list the person may read, and whether he may divide it."""
    today = day_of(now)
    group: Group = get_object_or_404(groups_visible_to(user, on=today).select_related("unit", "programme"), pk=group_id)
    return GroupDoor(group, can_manage=groups_managed_by(user, on=today).filter(pk=group.pk).exists())


def get_course(user: User, course_id: int, *, now: datetime) -> CourseDoor:
    """A course of which the person may read a journal, and whether he may change who is on it."""
    today = day_of(now)
    course: Course = get_object_or_404(
        Course.objects.select_related("discipline", "group__unit", "semester__year", "department"), pk=course_id
    )
    can_manage = groups_managed_by(user, on=today).filter(pk=course.group_id).exists()
    if not can_manage and not Workload.objects.visible_to(user, on=today).filter(course=course).exists():
        raise Http404
    return CourseDoor(course, can_manage=can_manage)
