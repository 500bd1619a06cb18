"""The door to the lessons of others: the reader's scope, or 404 to who has none."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Rights, rights_of
from attendance.models import Display
from attendance.permissions import (
    may_count_flags,
    may_keep_room_codes,
    may_pair_displays,
    may_see_attendance,
    may_see_excused_scans,
    may_set_proof,
)
from attendance.selectors.roll import Pulse, pulse_of
from ejournal.lib.clock import day_of
from journal.access import get_journal, get_lesson
from journal.permissions import JournalDoor
from teaching.models import Lesson, Workload, WorkloadTeacher, keeping
from university.models import Room, Unit


def get_scope(user: User, *, now: datetime) -> Rights:
    """The rights by which the reader watches lessons today; 404 to students, parents, teachers, administrators."""
    rights = rights_of(user, on=day_of(now))
    if not may_see_attendance(rights):
        raise Http404
    return rights


def get_room_keeper(user: User, *, now: datetime) -> Rights:
    """The rights of whoever keeps the codes of auditoriums. Auditoriums belong to no unit: each keeper sees all."""
    rights = rights_of(user, on=day_of(now))
    if not may_keep_room_codes(rights):
        raise Http404
    return rights


def get_room(user: User, room_id: int, *, now: datetime) -> Room:
    get_room_keeper(user, now=now)
    return get_object_or_404(Room, pk=room_id)


def check_pairs_displays(user: User, *, now: datetime) -> None:
    """The door to the list of screens."""
    if not may_pair_displays(rights_of(user, on=day_of(now))):
        raise Http404


def get_display(user: User, display_id: int, *, now: datetime) -> Display:
    """A living screen."""
    check_pairs_displays(user, now=now)
    return get_object_or_404(Display.objects.filter(ended_at__isnull=True), pk=display_id)


def get_units_to_prove(user: User, *, now: datetime) -> tuple[QuerySet[Unit], bool]:
    """The units whose way of proof the user sets, and whether the university's, too; 404 to everybody else."""
    rights = rights_of(user, on=day_of(now))
    if not may_set_proof(rights):
        raise Http404
    units = Unit.objects.order_by("sort_key", "id")
    if rights.has(Role.ADMINISTRATOR):
        return units, True
    return units.filter(pk__in=rights.unit_ids), False


def get_lesson_to_show(user: User, lesson_id: int, *, now: datetime) -> Lesson:
    """The lesson whose code the user may show: its keeper's and its substitute's, and nobody else's."""
    lesson, doors = get_lesson(user, lesson_id, now=now)
    if not any(door.is_keeper or door.is_substitute for door in doors):
        raise Http404
    return lesson


@dataclass(frozen=True, slots=True)
class RollDoor:
    """A lesson's roll as one user meets it: those of its journals whose roll he reads or takes."""

    lesson: Lesson
    doors: list[JournalDoor]

    @property
    def writing(self) -> JournalDoor | None:
        return next((door for door in self.doors if door.can_write), None)


def get_roll(user: User, lesson_id: int, *, now: datetime) -> RollDoor:
    """The roll of a lesson for who teaches it, for the teachers of the same course and for heads of department; 404 to
    other readers of the journal: scans and flags are between these (trials.md, "roll, flags")."""
    lesson, doors = get_lesson(user, lesson_id, now=now)
    if not all(door.can_write for door in doors):
        readable = _rolls_read_by(user, now=now).filter(pk__in=[door.workload.pk for door in doors])
        kept = set(readable.values_list("pk", flat=True))
        doors = [door for door in doors if door.can_write or door.workload.pk in kept]
    if not doors:
        raise Http404
    return RollDoor(lesson, doors)


def get_roll_for_taking(user: User, lesson_id: int, *, now: datetime) -> RollDoor:
    """As `get_roll`, for who fills the journal; 403 for a reader."""
    door = get_roll(user, lesson_id, now=now)
    if door.writing is None:
        raise PermissionDenied
    return door


def get_pulse(user: User, lesson_id: int, *, now: datetime) -> Pulse:
    """The state of a lesson's scans, for whoever reads its roll. One query for who teaches it; readers cost more."""
    pulse = pulse_of(lesson_id, user_id=user.pk, today=day_of(now))
    if pulse is None:
        raise Http404
    if not pulse.writes:
        get_roll(user, lesson_id, now=now)
    return pulse


def get_journal_scans(user: User, journal_id: int, *, now: datetime) -> JournalDoor:
    """A journal, for those who read its rolls."""
    door = get_journal(user, journal_id, now=now)
    if not door.can_write and not _rolls_read_by(user, now=now).filter(pk=journal_id).exists():
        raise Http404
    return door


def get_flag_scope(user: User, *, now: datetime) -> Rights:
    """The rights of a head of department; 404 to everybody else."""
    rights = rights_of(user, on=day_of(now))
    if not may_count_flags(rights):
        raise Http404
    return rights


def get_excused_scope(user: User, *, now: datetime) -> Rights:
    """The rights of a dean or his office; 404 to everybody else."""
    rights = rights_of(user, on=day_of(now))
    if not may_see_excused_scans(rights):
        raise Http404
    return rights


def _rolls_read_by(user: User, *, now: datetime) -> QuerySet[Workload]:
    """Journals of the courses that the user teaches, and those of his department, by the workload or by its teacher."""
    today = day_of(now)
    rights = rights_of(user, on=today)
    not_over = Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    teachers = WorkloadTeacher.objects.filter(keeping(today), workload=OuterRef("pk"))
    reach = Q(pk__in=[])
    if rights.teacher_id is not None:
        taught = WorkloadTeacher.objects.filter(not_over, teacher_id=rights.teacher_id)
        reach |= Q(course_id__in=taught.values("workload__course_id"))
    if may_count_flags(rights):
        reach |= Q(department_id__in=rights.department_ids)
        reach |= Q(Exists(teachers.filter(teacher__department_id__in=rights.department_ids)))
    return Workload.objects.filter(reach)
