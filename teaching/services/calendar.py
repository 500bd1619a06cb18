"""Holidays that the study office or the administrator enters, and takes back (§1.4, §3.5g)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import own_semesters
from teaching.enums import LessonState
from teaching.models import Lesson
from teaching.services.change_judging import refusals
from teaching.services.holidays import follow_holidays
from teaching.services.timetable_lessons import generate_lessons
from university.models import Holiday, Semester


@dataclass(frozen=True, slots=True)
class Declared:
    """How many lessons a holiday cancelled, and how many of its day stand since they were held or filled."""

    holiday: Holiday
    cancelled: int
    standing: int


def declare_holiday(*, day: date, name: str, by: User, now: datetime) -> Declared:
    """Enter a holiday: its lessons that nobody has filled are cancelled. Refused: `name_missing`, `holiday_there`."""
    if not name.strip():
        raise Refusal(_("Write what holiday it is."), code="name_missing")
    with refusals(), transaction.atomic():
        semesters = list(Semester.objects.filter(starts_on__lte=day, ends_on__gte=day))
        own_semesters([semester.pk for semester in semesters])
        holiday, made = Holiday.objects.get_or_create(day=day, defaults={"name": name.strip()})
        if not made:
            raise Refusal(_("This day is a holiday already: %(name)s.") % {"name": holiday.name}, code="holiday_there")
        cancelled = sum(len(follow_holidays(semester, by=by, now=now).cancelled) for semester in semesters)
        lost = [LessonState.CANCELLED, LessonState.NOT_HELD]
        standing = Lesson.objects.filter(semester__in=semesters, date=day).exclude(state__in=lost).count()
    return Declared(holiday, cancelled, standing)


def withdraw_holiday(*, holiday_id: int, by: User, now: datetime) -> date:
    """Take a holiday to come back: its lessons return. Refused: `day_over`."""
    with refusals(), transaction.atomic():
        day = Holiday.objects.get(pk=holiday_id).day
        if day < day_of(now):
            raise Refusal(_("The day is over: its lessons do not come back."), code="day_over")
        semesters = list(Semester.objects.filter(starts_on__lte=day, ends_on__gte=day))
        own_semesters([semester.pk for semester in semesters])
        Holiday.objects.filter(pk=holiday_id).delete()
        for semester in semesters:
            generate_lessons(semester, by=by, now=now)
    return day
