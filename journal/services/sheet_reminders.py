"""Tell in time that modules are to be closed, and afterwards that they were not (§4.3)."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import ngettext

from accounts.enums import Role
from accounts.models import Appointment, User
from ejournal.lib.clock import day_of
from journal.selectors.module_states import overdue_by_department, to_be_closed_by_lead
from messaging.services import notify
from teaching.models import in_force
from university.selectors import semester_on


def remind_of_modules(*, now: datetime) -> int:
    """A line under the bell of each lead teacher when a module of his has ended, again on the last day; once a week
    one of each head whose department has modules past their deadline. How many were told.

    The same day asked again tells nobody twice.
    """
    today = day_of(now)
    semester = semester_on(today)
    if semester is None:
        return 0
    return _remind_leads(semester.pk, today, now=now) + _tell_heads(semester.pk, today, now=now)


def _remind_leads(semester_id: int, today: date, *, now: datetime) -> int:
    waiting = to_be_closed_by_lead(semester_id, on=today)
    people = User.objects.filter(is_active=True).in_bulk({user_id for user_id, *_ in waiting})
    told = 0
    for user_id, deadline, count in waiting:
        if user_id not in people:
            continue
        notify(
            [people[user_id]],
            kind="module_due",
            text=_lead_text(count, deadline),
            url=reverse("modules") + "?state=due",
            event=f"module_due:{semester_id}:{deadline}:{'last' if today == deadline else 'ended'}",
            now=now,
        )
        told += 1
    return told


def _lead_text(count: int, deadline: date) -> Callable[[], str]:
    return lambda: (
        ngettext(
            "%(count)s module of your courses has ended: close it by %(day)s.",
            "%(count)s modules of your courses have ended: close them by %(day)s.",
            count,
        )
        % {"count": count, "day": date_format(deadline, "SHORT_DATE_FORMAT")}
    )


def _tell_heads(semester_id: int, today: date, *, now: datetime) -> int:
    overdue = overdue_by_department(semester_id, on=today)
    heads: dict[User, int] = defaultdict(int)
    found = Appointment.objects.filter(
        in_force(today), role=Role.HEAD, department__in=overdue, user__is_active=True
    ).select_related("user")
    for department_id, user in {(one.department_id, one.user) for one in found}:
        if department_id is not None:
            heads[user] += overdue[department_id]
    year, week, _weekday = today.isocalendar()
    for user, count in heads.items():
        notify(
            [user],
            kind="module_overdue",
            text=_head_text(count),
            url=reverse("modules") + "?state=overdue",
            event=f"module_overdue:{semester_id}:{year}-{week}",
            now=now,
        )
    return len(heads)


def _head_text(count: int) -> Callable[[], str]:
    return lambda: (
        ngettext(
            "%(count)s module of your department's courses is past its deadline.",
            "%(count)s modules of your department's courses are past their deadline.",
            count,
        )
        % {"count": count}
    )
