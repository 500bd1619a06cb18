"""Doors of exams, sheets, debts and summaries. A stranger gets 404, a reader who acts 403."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.permissions import Rights, rights_of
from ejournal.lib.clock import day_of
from journal.models import Exam, FinalResult, FinalSheet
from journal.permissions import FinalSheetDoor, is_office_of, plans_exams, reads_group, reads_results, sees_exams
from journal.selectors.examinations import exams_visible_to
from journal.selectors.results import courses_of_staff, open_debts, sheets_visible_to
from teaching.models import Course
from university.models import Group
from university.selectors import policies


def get_exam_list(user: User, *, now: datetime) -> Rights:
    """The rights of who has a timetable of exams; 404 to who has none."""
    rights = rights_of(user, on=day_of(now))
    if not sees_exams(rights):
        raise Http404
    return rights


def get_exam_planner(user: User, *, now: datetime) -> Rights:
    """For the study office; 403 for who reads the timetable, 404 for others."""
    rights = get_exam_list(user, now=now)
    if not plans_exams(rights):
        raise PermissionDenied
    return rights


def get_exam_to_cancel(user: User, exam_id: int, *, now: datetime) -> Exam:
    """An exam that stands, for the study office; 403 for its readers."""
    today = day_of(now)
    exam: Exam = get_object_or_404(
        exams_visible_to(user, on=today).select_related("course__discipline", "group", "room", "examiner__user"),
        pk=exam_id,
    )
    if not plans_exams(rights_of(user, on=today)):
        raise PermissionDenied
    return exam


def get_result_lists(user: User, *, now: datetime) -> date:
    """The day for which sheets and debts are read; 404 to who reads none."""
    today = day_of(now)
    if not reads_results(rights_of(user, on=today)):
        raise Http404
    return today


def get_final_sheet(user: User, sheet_id: int, *, now: datetime) -> FinalSheetDoor:
    """A sheet that the user may read; 404 else. Students and parents have their own results in the cabinet."""
    today = day_of(now)
    sheet: FinalSheet = get_object_or_404(
        sheets_visible_to(user, on=today).select_related(
            "course__discipline",
            "course__group__unit",
            "course__semester__year",
            "examiner__user",
            "student__user",
            "commission",
            "exam__room",
            "closed_by",
            "correction",
            "replaced_by",
        ),
        pk=sheet_id,
    )
    rights = rights_of(user, on=today)
    unit_id = sheet.course.group.unit_id
    return FinalSheetDoor(
        sheet,
        is_examiner=rights.teacher_id is not None and sheet.examiner_id == rights.teacher_id,
        is_office=is_office_of(rights, unit_id),
        types_twice=bool(policies("exam_double_entry", on=today, unit_id=unit_id)["exam_double_entry"]),
        is_newest=getattr(sheet, "replaced_by", None) is None,
    )


def get_final_sheet_to_act(user: User, sheet_id: int, *, now: datetime) -> FinalSheetDoor:
    """As `get_final_sheet`, for its examiner and the dean's office; 403 for a reader."""
    door = get_final_sheet(user, sheet_id, now=now)
    if not door.can_act:
        raise PermissionDenied
    return door


def get_final_sheet_to_admit(user: User, sheet_id: int, *, now: datetime) -> FinalSheetDoor:
    """As `get_final_sheet`, for the dean's office, which judges admission; 403 for a reader and the examiner."""
    door = get_final_sheet(user, sheet_id, now=now)
    if not door.is_office:
        raise PermissionDenied
    return door


def get_course_to_examine(user: User, course_id: int, *, now: datetime) -> Course:
    """A course whose sheets the user's office opens; 403 for who reads its results, 404 for a stranger."""
    today = day_of(now)
    rights = rights_of(user, on=today)
    course: Course = get_object_or_404(
        courses_of_staff(rights, on=today).select_related("discipline", "group__unit", "semester__year", "lead__user"),
        pk=course_id,
    )
    if not is_office_of(rights, course.group.unit_id):
        raise PermissionDenied
    return course


def get_debt_to_retake(user: User, result_id: int, *, now: datetime) -> FinalResult:
    """An open debt, for the dean's office that gives the slip; 403 for who reads it, 404 for a stranger."""
    today = day_of(now)
    rights = rights_of(user, on=today)
    debt: FinalResult = get_object_or_404(
        open_debts()
        .filter(course__in=courses_of_staff(rights, on=today).values("pk"))
        .select_related("student__user", "course__discipline", "course__group__unit", "course__semester__year"),
        pk=result_id,
    )
    if not is_office_of(rights, debt.course.group.unit_id):
        raise PermissionDenied
    return debt


def get_group_results(user: User, group_id: int, *, now: datetime) -> tuple[Group, bool]:
    """A group whose disciplines the user reads side by side, and whether his is its office; 404 else."""
    rights = rights_of(user, on=day_of(now))
    group = Group.objects.select_related("unit", "programme").filter(pk=group_id).first()
    if group is None or not reads_group(rights, group_id=group.pk, unit_id=group.unit_id):
        raise Http404
    return group, is_office_of(rights, group.unit_id)


def get_group_to_attest(user: User, group_id: int, *, now: datetime) -> Group:
    """A group for its dean's office, which keeps state exams and graduation papers; 403 for a reader."""
    group, is_office = get_group_results(user, group_id, now=now)
    if not is_office:
        raise PermissionDenied
    return group


def get_commission_units(user: User, *, now: datetime) -> frozenset[int]:
    """The units whose commissions the user names: a dean's and his office's; 404 for others."""
    rights = rights_of(user, on=day_of(now))
    found = frozenset(unit_id for unit_id in rights.unit_ids if is_office_of(rights, unit_id))
    if not found:
        raise Http404
    return found
