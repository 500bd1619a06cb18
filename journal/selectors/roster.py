"""Who stands on a journal's list, from which day to which."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from ejournal.lib.names import short_name
from teaching.enums import EnrolmentBasis
from teaching.models import CourseEnrolment, Workload


@dataclass(frozen=True, slots=True)
class Pupil:
    """A student on a journal's list; `spans` are the days of his enrolment, the last included (None: open)."""

    student_id: int
    last_name: str
    first_name: str
    patronymic: str
    spans: tuple[tuple[date, date | None], ...]

    @property
    def full_name(self) -> str:
        """Surname, given name, patronymic: the order of documents."""
        return " ".join(part for part in (self.last_name, self.first_name, self.patronymic) if part)

    @property
    def short_name(self) -> str:
        """Surname and initials."""
        return short_name(self.last_name, self.first_name, self.patronymic)

    def is_enrolled_throughout(self, since: date, until: date) -> bool:
        """Whether one enrolment covers all days from `since` to `until`."""
        return any(start <= since and (end is None or end >= until) for start, end in self.spans)

    def is_enrolled_on(self, day: date) -> bool:
        return any(start <= day and (end is None or day <= end) for start, end in self.spans)


def rosters(workloads: Iterable[Workload], *, since: date, until: date) -> dict[int, list[Pupil]]:
    """By workload, the students enrolled on any day from `since` to `until`, in the order of the Kyrgyz alphabet.

    A journal of a subgroup lists that subgroup (§3.5b); who is exempt stands on the course's paper, not on its
    roll. One query for all workloads.
    """
    places = [(workload.id, workload.course_id, workload.subgroup_id) for workload in workloads]
    rows = (
        CourseEnrolment.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=since),
            course_id__in={course_id for _, course_id, _ in places},
            starts_on__lte=until,
        )
        .exclude(basis=EnrolmentBasis.EXEMPT)
        .order_by("student__user__sort_key", "student_id", "starts_on")
        .values_list(
            "course_id",
            "subgroup_id",
            "student_id",
            "starts_on",
            "ends_on",
            "student__user__last_name",
            "student__user__first_name",
            "student__user__patronymic",
        )
    )
    found: dict[int, dict[int, Pupil]] = {workload_id: {} for workload_id, _, _ in places}
    for course_id, subgroup_id, student_id, starts_on, ends_on, last_name, first_name, patronymic in rows:
        for workload_id, of_course, of_subgroup in places:
            if course_id != of_course or (of_subgroup is not None and subgroup_id != of_subgroup):
                continue
            known = found[workload_id].get(student_id)
            spans = (*(known.spans if known else ()), (starts_on, ends_on))
            found[workload_id][student_id] = Pupil(student_id, last_name, first_name, patronymic, spans)
    return {workload_id: list(pupils.values()) for workload_id, pupils in found.items()}
