"""Turning an address into a timetable for the person who asks. A stranger gets 404."""

import re
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import GroupEnrolment, Teacher, User
from accounts.permissions import Rights, rights_of
from ejournal.lib.clock import day_of
from teaching.access.students import get_student
from teaching.enums import TimetableOf
from teaching.models import CalendarKey, WorkloadTeacher, in_force
from teaching.permissions import TimetableDoor, may_find_timetables, may_see_clashes, reads_all_timetables
from university.models import Group, Room

_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")


def get_teacher_timetable(user: User, teacher_id: int, *, now: datetime) -> TimetableDoor:
    """A teacher's lessons: his own, or as those see them who read all."""
    rights = rights_of(user, on=day_of(now))
    is_own = rights.teacher_id == teacher_id
    if not is_own and not reads_all_timetables(rights):
        raise Http404
    teacher = Teacher.objects.select_related("user", "department").filter(pk=teacher_id).first()
    if teacher is None:
        raise Http404
    return TimetableDoor(
        TimetableOf.TEACHER,
        teacher.pk,
        teacher.user.get_full_name(),
        teacher.department.name,
        is_own=is_own,
        opens_lessons=is_own,
    )


def get_student_timetable(user: User, student_id: int, *, now: datetime) -> TimetableDoor:
    """A student's lessons, for those who know the student; a teacher sees those of his own courses."""
    door = get_student(user, student_id, now=now)
    place = door.enrolment
    part = ""
    if place is not None:
        part = f"{place.group.name}/{place.subgroup.number}" if place.subgroup else place.group.name
    return TimetableDoor(
        TimetableOf.STUDENT,
        student_id,
        door.student.user.get_full_name(),
        part,
        is_own=door.is_self,
        course_ids=door.course_ids,
    )


def get_group_timetable(user: User, group_id: int, *, now: datetime) -> TimetableDoor:
    """A group's lessons: for those who read all, for who teaches it this semester, for its own students."""
    group = groups_in_reach(user, now=now).select_related("programme").filter(pk=group_id).first()
    if group is None:
        raise Http404
    return TimetableDoor(TimetableOf.GROUP, group.pk, group.name, group.programme.name)


def groups_in_reach(user: User, *, now: datetime) -> QuerySet[Group]:
    """The groups whose timetable a person may read."""
    today = day_of(now)
    rights = rights_of(user, on=today)
    if reads_all_timetables(rights):
        return Group.objects.all()
    reach = Q(pk__in=[])
    if rights.teacher_id is not None:
        mine = WorkloadTeacher.objects.filter(
            in_force(today),
            teacher_id=rights.teacher_id,
            workload__course__group=OuterRef("pk"),
            workload__course__semester__ends_on__gte=today,
        )
        reach |= Q(Exists(mine))
    if rights.student_id is not None:
        own = GroupEnrolment.objects.filter(in_force(today), student_id=rights.student_id, group=OuterRef("pk"))
        reach |= Q(Exists(own))
    return Group.objects.filter(reach)


def get_room_timetable(user: User, room_id: int, *, now: datetime) -> TimetableDoor:
    """What an auditorium is taken by, for staff."""
    _staff(user, now=now)
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        raise Http404
    return TimetableDoor(TimetableOf.ROOM, room.pk, room.code)


def get_building(user: User, building: str, *, now: datetime) -> list[Room]:
    """The auditoriums of a building, for staff; a building without any is none."""
    _staff(user, now=now)
    # PostgreSQL's texts hold no NUL; an address may.
    rooms = list(Room.objects.filter(building=building).order_by("number", "id")) if "\x00" not in building else []
    if not rooms:
        raise Http404
    return rooms


def get_search(user: User, *, now: datetime) -> Rights:
    """Who may look for another timetable, with his rights."""
    return _staff(user, now=now)


def get_clashes(user: User, *, now: datetime) -> Rights:
    """Who is told of clashes, with his rights: they say of which."""
    rights = rights_of(user, on=day_of(now))
    if not may_see_clashes(rights):
        raise Http404
    return rights


def get_calendar_key(user: User, key_id: int) -> CalendarKey:
    """A living key of the person's own."""
    key = CalendarKey.objects.filter(pk=key_id, owner=user, revoked_at__isnull=True).first()
    if key is None:
        raise Http404
    return key


def get_feed(secret: str, *, now: datetime) -> tuple[CalendarKey, TimetableDoor]:
    """What a key opens today: revoked, unknown, of a login that is closed or of one who lost the right, 404."""
    if not _SECRET.fullmatch(secret):
        raise Http404
    key = (
        CalendarKey.objects.select_related("owner")
        .filter(secret=secret, revoked_at__isnull=True, owner__is_active=True)
        .first()
    )
    if key is None:
        raise Http404
    return key, door_of_key(key, now=now)


def door_of_key(key: CalendarKey, *, now: datetime) -> TimetableDoor:
    """The timetable that a key is about, as its owner may see it; 404 where he may not any more."""
    rights = rights_of(key.owner, on=day_of(now))
    if key.what == TimetableOf.GROUP and key.group_id is not None:
        return get_group_timetable(key.owner, key.group_id, now=now)
    if key.what == TimetableOf.ROOM and key.room_id is not None:
        return get_room_timetable(key.owner, key.room_id, now=now)
    if key.what == TimetableOf.TEACHER and rights.teacher_id is not None:
        return get_teacher_timetable(key.owner, rights.teacher_id, now=now)
    if key.what == TimetableOf.STUDENT and rights.student_id is not None:
        return get_student_timetable(key.owner, rights.student_id, now=now)
    raise Http404


def _staff(user: User, *, now: datetime) -> Rights:
    rights = rights_of(user, on=day_of(now))
    if not may_find_timetables(rights):
        raise Http404
    return rights
