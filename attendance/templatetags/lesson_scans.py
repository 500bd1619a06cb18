"""What pages below attendance show of scans: a place in their templates, since they may not ask for it themselves."""

from datetime import datetime
from typing import Any

from django import template

from attendance.models import Scan
from attendance.rules.scans import Window
from attendance.selectors.scans import WINDOW_KEYS
from ejournal.lib.clock import day_of
from teaching.models import Lesson, Workload
from university.selectors import policies

register = template.Library()


@register.inclusion_tag("attendance/lesson_scans.html")
def lesson_scans(lesson: Lesson, journal: Workload, now: datetime) -> dict[str, Any]:
    """The way to a lesson's roll by scans, with their number. The number lives while the window is open: seconds until
    it opens and closes are given by the server's clock. One query, two on the day itself."""
    context: dict[str, Any] = {"lesson": lesson, "count": Scan.objects.filter(lesson=lesson).count(), "polls": False}
    if lesson.date == day_of(now):
        minutes = policies(*WINDOW_KEYS, on=lesson.date, unit_id=journal.course.group.unit_id)
        window = Window(*(minutes[key] for key in WINDOW_KEYS))
        opens_in = int((window.opens_at(lesson.starts_at) - now).total_seconds())
        closes_in = int((window.closes_at(lesson.starts_at) - now).total_seconds())
        context |= {"polls": closes_in > 0, "opens_in": max(opens_in, 0), "closes_in": closes_in}
    return context
