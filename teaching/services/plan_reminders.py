"""Tell teachers in time that their journals have no calendar-thematic plan (§4.3)."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import ngettext

from ejournal.lib.clock import day_of
from messaging.services import notify
from teaching.selectors.plans import teachers_without_plan

BEFORE = timedelta(days=21)  # before a semester begins


def remind_of_plans(*, now: datetime) -> int:
    """A line under the bell of each teacher with journals without a plan, once a week; how many were told.

    From three weeks before the semester until it ends. The same day asked again tells nobody twice.
    """
    today = day_of(now)
    year, week, _weekday = today.isocalendar()
    told = teachers_without_plan(on=today, until=today + BEFORE)
    for user, count in told:

        def text(count: int = count) -> str:
            return ngettext(
                "%(count)s journal of yours has no calendar-thematic plan yet.",
                "%(count)s journals of yours have no calendar-thematic plan yet.",
                count,
            ) % {"count": count}

        event = f"plans_missing:{year}-{week}"
        notify([user], kind="plans_missing", text=text, url=reverse("plans"), event=event, now=now)
    return len(told)
