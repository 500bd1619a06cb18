"""Tell students what a module came to when it was closed, and when a reopening made it something else (§4.3)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import Student
from messaging.services import notify_each
from teaching.models import Course


def tell_of_closing(course: Course, number: int, totals: Mapping[int, Decimal], *, event: str, now: datetime) -> None:
    """A line to each student with his total. Two queries, none where there is nobody."""
    discipline = course.discipline.name

    def said(total: Decimal) -> Callable[[], str]:
        return lambda: (
            _("%(discipline)s: module %(number)s is closed, your points: %(points)s.")
            % {"discipline": discipline, "number": number, "points": number_format(total, 2)}
        )

    _tell(course, {pk: said(total) for pk, total in totals.items()}, event=event, now=now)


def tell_of_change(
    course: Course,
    number: int,
    before: Mapping[int, Decimal],
    after: Mapping[int, Decimal],
    *,
    event: str,
    now: datetime,
) -> None:
    """A line to each student whose total is another now. Who has none before had nothing in the module."""
    discipline = course.discipline.name

    def said(was: Decimal, total: Decimal) -> Callable[[], str]:
        return lambda: (
            _("%(discipline)s, module %(number)s: your points were %(before)s, now they are %(points)s.")
            % {
                "discipline": discipline,
                "number": number,
                "before": number_format(was, 2),
                "points": number_format(total, 2),
            }
        )

    changed = {pk: (before.get(pk, Decimal(0)), total) for pk, total in after.items()}
    texts = {pk: said(was, total) for pk, (was, total) in changed.items() if was != total}
    _tell(course, texts, event=event, now=now)


def _tell(course: Course, texts: Mapping[int, Callable[[], str]], *, event: str, now: datetime) -> None:
    if not texts:
        return
    students = Student.objects.filter(pk__in=texts).select_related("user")
    notify_each(
        [
            (student.user, texts[student.pk], reverse("cabinet_course_points", args=[student.pk, course.pk]))
            for student in students
        ],
        kind="module_points",
        event=event,
        now=now,
    )
