"""Students as the offices meet them: who they are, where they stand on a day, what orders say of them (§7.5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, CharField, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When

from accounts.enums import Role
from accounts.models import Appointment, GroupEnrolment, Student, User
from accounts.permissions import Rights, rights_of
from ejournal.lib.sorting import sort_key
from teaching.enums import OrderKind, StudentState
from teaching.models import (
    STUDENT_STATE_LABELS,
    Course,
    CourseEnrolment,
    StudentOrder,
    StudentOrderLine,
    Workload,
    WorkloadTeacher,
    in_force,
)
from teaching.rules import COURSE_KINDS, fits_state
from university.models import Group
from university.selectors import semester_on

MOST_CANDIDATES = 200

_OUTSIDE_GROUPS = {OrderKind.LEAVE.value: StudentState.ON_LEAVE, OrderKind.EXPEL.value: StudentState.EXPELLED}


def orders_of_places() -> QuerySet[StudentOrderLine]:
    """Lines of orders in force that are about a student's place in the university, not in one course."""
    return StudentOrderLine.objects.filter(order__withdrawn_at__isnull=True, order__course__isnull=True).exclude(
        order__kind__in=COURSE_KINDS
    )


def with_state(students: QuerySet[Student], *, on: date) -> QuerySet[Student]:
    """Students with `state` on a day (a value of StudentState), by their groups and the last order about them."""
    places = GroupEnrolment.objects.filter(student=OuterRef("pk"))
    last = orders_of_places().filter(student=OuterRef("pk"), order__effective_on__lte=on)
    return students.annotate(
        last_order=Subquery(last.order_by("-order__effective_on", "-order_id").values("order__kind")[:1])
    ).annotate(
        state=Case(
            When(Exists(places.filter(in_force(on))), then=Value(StudentState.STUDYING.value)),
            *[When(last_order=kind, then=Value(state.value)) for kind, state in _OUTSIDE_GROUPS.items()],
            When(Exists(places.filter(ends_on__lt=on)), then=Value(StudentState.LEFT.value)),
            default=Value(StudentState.NOT_YET.value),
            output_field=CharField(),
        )
    )


def states_of(student_ids: Collection[int], *, on: date) -> dict[int, StudentState]:
    """What each student is on a day. One query."""
    students = with_state(Student.objects.filter(pk__in=student_ids), on=on).order_by()
    return {pk: StudentState(state) for pk, state in students.values_list("pk", F("state"))}


def state_of(student: Student, *, on: date) -> StudentState:
    """What a student is on a day: not yet enrolled, studying, on leave, expelled, or in no group."""
    return states_of([student.pk], on=on)[student.pk]


def last_places(student_ids: Collection[int], *, on: date) -> dict[int, GroupEnrolment]:
    """The group each student is in on a day, else was in last, else will be in first. One query."""
    found: dict[int, GroupEnrolment] = {}
    rows = (
        GroupEnrolment.objects.filter(student_id__in=student_ids)
        .select_related("group__unit", "subgroup")
        .order_by("-starts_on", "-id")
    )
    for row in rows:
        known = found.get(row.student_id)
        # Newest first: one that has not begun gives way to one that has.
        if known is None or (known.starts_on > on and row.starts_on <= on):
            found[row.student_id] = row
    return found


def groups_visible_to(user: User, *, on: date) -> QuerySet[Group]:
    """Groups whose students and lists a person may look at (trials.md, "students, groups, orders"): the own unit's,
    the curator's, those that a head's department teaches this semester; study office and leadership all."""
    rights = rights_of(user, on=on)
    if rights.sees_everything:
        return Group.objects.all()
    reach = Q(pk__in=[])
    if rights.unit_ids:
        reach |= Q(unit_id__in=rights.unit_ids)
    if rights.group_ids:
        reach |= Q(pk__in=rights.group_ids)
    semester = semester_on(on) if rights.department_ids else None
    if semester is not None:
        taught = WorkloadTeacher.objects.filter(
            in_force(on), workload=OuterRef("pk"), teacher__department_id__in=rights.department_ids
        )
        workloads = Workload.objects.filter(
            Q(department_id__in=rights.department_ids) | Q(Exists(taught)), course__semester=semester
        )
        reach |= Q(pk__in=workloads.values("course__group_id"))
    return Group.objects.filter(reach)


def groups_managed_by(user: User, *, on: date) -> QuerySet[Group]:
    """Groups whose students' orders a person makes: the own unit's; the study office's are all."""
    rights = rights_of(user, on=on)
    if rights.has(Role.STUDY_OFFICE):
        return Group.objects.all()
    if rights.has(Role.DEAN, Role.DEANS_OFFICE):
        return Group.objects.filter(unit_id__in=rights.unit_ids)
    return Group.objects.none()


def students_in(groups: QuerySet[Group], *, on: date) -> QuerySet[Student]:
    """Students who are in one of the groups, will be, or were there last."""
    later = GroupEnrolment.objects.filter(
        student=OuterRef("student"), starts_on__gt=OuterRef("starts_on"), starts_on__lte=on
    )
    places = GroupEnrolment.objects.filter(~Exists(later), student=OuterRef("pk"), group__in=groups)
    return Student.objects.filter(Exists(places))


@dataclass(frozen=True, slots=True)
class StudentRow:
    """A student in a list, as he stands on a day."""

    student_id: int
    name: str
    record_book: str
    group: str
    subgroup: int | None
    unit: str
    state: StudentState
    state_label: str


def search_students(students: QuerySet[Student], *, text: str, group: str, state: str, on: date) -> QuerySet[Student]:
    """Students whose names have all the words, or whose record book begins so, and whose group's name on that day
    (or the last one's) has the text; in the order of the alphabet."""
    found = with_state(students, on=on)
    for word in text.split():
        found = found.filter(Q(user__sort_key__contains=sort_key(word)) | Q(record_book__istartswith=word))
    if group:
        found = found.filter(pk__in=students_in(Group.objects.filter(name__icontains=group), on=on))
    if state:
        found = found.filter(Q(state=state))
    return found.select_related("user").order_by("user__sort_key", "id")


def student_rows(students: Sequence[Student], *, on: date) -> list[StudentRow]:
    """The rows of one page: one query beside the students (which carry `state`)."""
    places = last_places([student.pk for student in students], on=on)
    rows = []
    for student in students:
        place = places.get(student.pk)
        state = StudentState(getattr(student, "state"))  # noqa: B009 -- an annotation of `with_state`
        rows.append(
            StudentRow(
                student_id=student.pk,
                name=student.user.get_full_name(),
                record_book=student.record_book,
                group=place.group.name if place else "",
                subgroup=place.subgroup.number if place and place.subgroup else None,
                unit=place.group.unit.name if place else "",
                state=state,
                state_label=str(STUDENT_STATE_LABELS[state]),
            )
        )
    return rows


def history_of(student: Student) -> list[GroupEnrolment]:
    """The groups a student was and is in, newest first."""
    return list(
        GroupEnrolment.objects.filter(student=student)
        .select_related("group__unit", "subgroup")
        .order_by("-starts_on", "-id")
    )


def lines_about(student: Student) -> list[StudentOrderLine]:
    """The orders about a student, newest first; withdrawn ones too."""
    return list(
        StudentOrderLine.objects.filter(student=student)
        .select_related("order__course__discipline", "order__course__group", "from_group", "to_group", "subgroup")
        .order_by("-order__effective_on", "-order_id")
    )


def courses_apart(student: Student, *, on: date) -> list[CourseEnrolment]:
    """Where a student's course differs from his group's: chosen, taken again, exempt, or another subgroup."""
    place = last_places([student.pk], on=on).get(student.pk)
    rows = (
        CourseEnrolment.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), student=student)
        .select_related("course__discipline", "course__group", "subgroup")
        .order_by("course__discipline__sort_key", "starts_on")
    )
    return [
        row
        for row in rows
        if row.basis != "group"
        or (place is not None and row.course.group_id == place.group_id and row.subgroup_id != place.subgroup_id)
    ]


def orders_visible_to(user: User, *, on: date) -> QuerySet[StudentOrder]:
    """Orders of the own unit, and those that bring somebody to it; study office and leadership read all."""
    rights: Rights = rights_of(user, on=on)
    if rights.sees_everything:
        return StudentOrder.objects.all()
    if not rights.has(Role.DEAN, Role.DEANS_OFFICE):
        return StudentOrder.objects.none()
    brings = StudentOrderLine.objects.filter(order=OuterRef("pk"), to_group__unit_id__in=rights.unit_ids)
    return StudentOrder.objects.filter(Q(unit_id__in=rights.unit_ids) | Exists(brings))


def order_register(orders: QuerySet[StudentOrder], *, kind: str, number: str) -> QuerySet[StudentOrder]:
    """The register, newest first, with the lines that its rows name."""
    if kind:
        orders = orders.filter(kind=kind)
    if number:
        orders = orders.filter(number__icontains=number)
    lines = StudentOrderLine.objects.select_related("student__user", "from_group", "to_group", "subgroup").order_by(
        "student__user__sort_key", "student_id"
    )
    return (
        orders.select_related("unit", "made_by", "withdrawn_by", "course__discipline", "course__group")
        .prefetch_related(Prefetch("lines", queryset=lines))
        .order_by("-made_at", "-id")
    )


def offices_of(unit_ids: Collection[int], *, on: date) -> list[User]:
    """Whoever sits in the dean's offices of some units: those to whom their business is told."""
    return list(
        User.objects.filter(
            pk__in=Appointment.objects.filter(in_force(on), role=Role.DEANS_OFFICE, unit_id__in=unit_ids).values(
                "user_id"
            )
        )
    )


def list_of_course(course: Course) -> list[CourseEnrolment]:
    """Everybody who is or was enrolled in a course, in the order of the alphabet, with basis and days."""
    return list(
        CourseEnrolment.objects.filter(course=course)
        .select_related("student__user", "subgroup")
        .order_by("student__user__sort_key", "student_id", "starts_on")
    )


def candidates(groups: QuerySet[Group], *, kind: OrderKind, group_id: int | None, on: date) -> list[Student]:
    """Whom an order of a kind may name: of a group, or (after a leave or an expulsion) of all the groups; at most
    MOST_CANDIDATES, in the order of the alphabet."""
    if group_id is not None:
        groups = groups.filter(pk=group_id)
    elif kind not in {OrderKind.RETURN, OrderKind.REINSTATE}:
        return []
    states = [state.value for state in StudentState if fits_state(kind, state)]
    students = with_state(students_in(groups, on=on), on=on).filter(Q(state__in=states))
    return list(students.select_related("user").order_by("user__sort_key", "id")[:MOST_CANDIDATES])


@dataclass(frozen=True, slots=True)
class DividedRow:
    """A student of a group that is divided. `apart`: in this course he sits elsewhere than with his group."""

    student_id: int
    name: str
    subgroup: int | None
    apart: bool


def divided_list(group: Group, *, course: Course | None, on: date) -> list[DividedRow]:
    """The students of a group on a day with their subgroups: the group's own, or those of one course. Two queries
    at most."""
    places = list(
        GroupEnrolment.objects.filter(in_force(on), group=group)
        .select_related("student__user", "subgroup")
        .order_by("student__user__sort_key", "student_id")
    )
    numbers = {place.student_id: place.subgroup.number if place.subgroup else None for place in places}
    apart: dict[int, int | None] = {}
    if course is not None:
        rows = CourseEnrolment.objects.filter(in_force(on), course=course, student_id__in=numbers).exclude(
            basis="exempt"
        )
        apart = dict(rows.values_list("student_id", F("subgroup__number")))
        places = [place for place in places if place.student_id in apart]
    return [
        DividedRow(
            place.student_id,
            place.student.user.get_full_name(),
            apart.get(place.student_id, numbers[place.student_id]),
            course is not None and apart[place.student_id] != numbers[place.student_id],
        )
        for place in places
    ]
