"""Points of the intermediate control in the demo: drafts in the running module, and in what has ended and is open."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from ejournal.demo.cast import Scene
from ejournal.lib.clock import day_of
from journal.enums import ComponentSource
from journal.rules import points_text
from journal.selectors.rating import columns_of, scheme_of, spans_of, students_in
from journal.services.rating_points import TypedPoint, enter_points
from teaching.models import Course
from university.models import Semester

# Of ten students, what the control gave of its maximum; none: not there yet.
_SHARES: tuple[str | None, ...] = ("0.9", "0.7", None, "0.8", "1", "0.55", "0.75", None, "0.85", "0.4")


def type_points(scene: Scene, semester: Semester, *, now: datetime) -> int:
    """Points of the control for the courses of the scene's teacher and group, as far as their modules are open; how
    many columns. The running module has those who sat it early: every third."""
    today = day_of(now)
    courses = Course.objects.filter(
        Q(workloads__teachers__teacher=scene.teacher) | Q(group=scene.group), semester=semester
    )
    typed = 0
    for course in courses.select_related("semester__year", "lead__user").distinct().order_by("pk"):
        scheme = scheme_of(course)
        for column in columns_of(course, scheme, spans_of(course, scheme)):
            if column.component != ComponentSource.MANUAL or column.sheet is not None or column.span.starts_on > today:
                continue
            is_over = column.span.ends_on < today
            points = [
                TypedPoint(student_id, points_text(column.cap * Decimal(share)), 0)
                for place, student_id in enumerate(sorted(students_in(course.pk, column.span)))
                if (share := _SHARES[place % 10]) is not None and (is_over or place % 3 == 0)
            ]
            enter_points(
                course_id=course.pk,
                module_id=column.span.module_id,
                component=ComponentSource.MANUAL,
                typed=points,
                by=(course.lead or scene.teacher).user,
                now=now,
            )
            typed += 1
    return typed
