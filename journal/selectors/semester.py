"""A student's points of the semester: what a final sheet begins with."""

from datetime import date
from decimal import Decimal

from journal.enums import SheetState
from journal.models import ModuleSheet
from journal.rules.rating import Scheme
from journal.selectors.rating import points_of, scheme_of, spans_of
from teaching.models import Course


def semester_points(course: Course, *, on: date) -> dict[int, Decimal]:
    """By student, the points of his modules in a course: those that its closed sheets stored, the others as they
    would close on the day. `course.semester.year` is read; a fixed number of queries."""
    return {student_id: found.course.semester for student_id, found in points_of(course, on=on).items()}


def open_modules(course: Course, scheme: Scheme) -> int:
    """How many modules of the scheme are not closed in a course."""
    spans = spans_of(course, scheme)
    closed = set(ModuleSheet.objects.filter(course=course, state=SheetState.CLOSED).values_list("module_id", flat=True))
    return sum(1 for span in spans if span.module_id not in closed)


__all__ = ["open_modules", "scheme_of", "semester_points"]
