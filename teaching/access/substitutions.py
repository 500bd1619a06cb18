"""Absences, substitutions and replacements for the person who asks. A stranger gets 404, a reader who writes 403."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.permissions import Rights, rights_of
from ejournal.lib.clock import day_of
from teaching.models import Substitution, TeacherAbsence, Workload
from teaching.permissions.substitutions import AbsenceDoor, SubstitutionDoor, may_name, may_see_absences


def get_absences(user: User, *, now: datetime) -> tuple[QuerySet[TeacherAbsence], Rights]:
    """The absences of a person's scope; 404 for those who have none."""
    rights = rights_of(user, on=day_of(now))
    if not may_see_absences(rights):
        raise Http404
    return TeacherAbsence.objects.visible_to(user, on=day_of(now)), rights


def get_absence(user: User, absence_id: int, *, now: datetime) -> AbsenceDoor:
    """An absence, by the people of its department and unit and by the teacher himself."""
    rights = rights_of(user, on=day_of(now))
    absences = TeacherAbsence.objects.visible_to(user, on=day_of(now))
    absence = get_object_or_404(absences.select_related("teacher__user", "teacher__department"), pk=absence_id)
    return AbsenceDoor(absence, can_name=absence.teacher.department_id in rights.department_ids)


def get_absence_for_naming(user: User, absence_id: int, *, now: datetime) -> TeacherAbsence:
    """The absence, for the head of the teacher's department."""
    door = get_absence(user, absence_id, now=now)
    if not door.can_name:
        raise PermissionDenied
    return door.absence


def get_substitution(user: User, substitution_id: int, *, now: datetime) -> SubstitutionDoor:
    """A substitution, by those who read its absence and by the two teachers."""
    rights = rights_of(user, on=day_of(now))
    substitution = get_object_or_404(
        Substitution.objects.visible_to(user, on=day_of(now)).select_related("lesson__teacher", "substitute"),
        pk=substitution_id,
    )
    return SubstitutionDoor(
        substitution,
        can_withdraw=substitution.lesson.teacher.department_id in rights.department_ids,
        is_substitute=substitution.substitute.user_id == user.pk,
        is_absent=substitution.lesson.teacher.user_id == user.pk,
    )


def get_substitution_for_answer(user: User, substitution_id: int, *, now: datetime) -> SubstitutionDoor:
    """One of the two teachers' own; 403 for others who read it."""
    door = get_substitution(user, substitution_id, now=now)
    if not door.can_answer:
        raise PermissionDenied
    return door


def get_substitution_for_withdrawal(user: User, substitution_id: int, *, now: datetime) -> Substitution:
    """For the head; 403 for the two teachers and others who read it."""
    door = get_substitution(user, substitution_id, now=now)
    if not door.can_withdraw:
        raise PermissionDenied
    return door.substitution


def get_own_teaching(user: User, *, now: datetime) -> None:
    """Only a teacher has substitutions of his own."""
    if rights_of(user, on=day_of(now)).teacher_id is None:
        raise Http404


def get_journals_to_replace(user: User, *, now: datetime) -> QuerySet[Workload]:
    """The journals whose keeper a head may replace: the workloads of his department (§3.2)."""
    rights = rights_of(user, on=day_of(now))
    if not may_name(rights):
        raise Http404
    return Workload.objects.filter(department_id__in=rights.department_ids)
