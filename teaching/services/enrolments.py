"""Places in courses, from a day on: what orders write (§3.5b, §7.5). The past stays as it was."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from teaching.enums import EnrolmentBasis
from teaching.models import CourseEnrolment


def from_day_on(day: date) -> Q:
    """Enrolments that hold on some day from this one on."""
    return Q(ends_on__isnull=True) | Q(ends_on__gte=day)


def end_enrolments(enrolments: QuerySet[CourseEnrolment], *, from_day: date) -> None:
    """These enrolments hold no longer from a day on; one that has not begun by then never was."""
    rows = list(enrolments.filter(from_day_on(from_day)).values_list("id", "starts_on"))
    CourseEnrolment.objects.filter(id__in=[pk for pk, starts_on in rows if starts_on >= from_day]).delete()
    CourseEnrolment.objects.filter(id__in=[pk for pk, starts_on in rows if starts_on < from_day]).update(
        ends_on=from_day - timedelta(days=1)
    )


def change_enrolments(
    rows: Iterable[CourseEnrolment], change: Callable[[CourseEnrolment], None], *, from_day: date
) -> None:
    """Let each enrolment be another from a day on: it is cut there, and `change` is made to the later part."""
    made, cut, changed = [], [], []
    for row in rows:
        if row.starts_on < from_day:
            later = CourseEnrolment(
                student_id=row.student_id,
                course_id=row.course_id,
                subgroup_id=row.subgroup_id,
                basis=row.basis,
                starts_on=from_day,
                ends_on=row.ends_on,
            )
            change(later)
            made.append(later)
            row.ends_on = from_day - timedelta(days=1)
            cut.append(row)
        else:
            change(row)
            changed.append(row)
    CourseEnrolment.objects.bulk_update(cut, ["ends_on"])
    CourseEnrolment.objects.bulk_update(changed, ["subgroup", "basis"])
    CourseEnrolment.objects.bulk_create(made)


def put_in_subgroup(rows: Iterable[CourseEnrolment], subgroups: dict[int, int | None], *, from_day: date) -> None:
    """Each student's enrolments under another subgroup (by student) from a day on."""

    def change(row: CourseEnrolment) -> None:
        row.subgroup_id = subgroups[row.student_id]

    change_enrolments(rows, change, from_day=from_day)


def exempt(rows: Iterable[CourseEnrolment], *, from_day: date) -> None:
    """On the course's paper, on its rolls no longer, from a day on."""

    def change(row: CourseEnrolment) -> None:
        row.basis = EnrolmentBasis.EXEMPT

    change_enrolments(rows, change, from_day=from_day)
