"""Questions about people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import (
    ROLE_LABELS,
    Appointment,
    CredentialIssue,
    GroupEnrolment,
    GuardianLink,
    Student,
    Teacher,
    User,
)
from accounts.permissions import rights_of
from accounts.rules import normalise_login
from university.models import Group


def in_force(on: date, prefix: str = "") -> Q:
    """Rows with `starts_on` and `ends_on` (open, or the last day) that hold on a day."""
    return Q(**{f"{prefix}starts_on__lte": on}) & (
        Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": on})
    )


def without_credentials(prefix: str = "") -> Q:
    """People to whom nothing was issued: they have no hash that a password could match."""
    return Q(**{f"{prefix}password": ""}) | Q(**{f"{prefix}password__startswith": UNUSABLE_PASSWORD_PREFIX})


def user_by_login(typed: str) -> User | None:
    """The person with a login, whatever its case and the spaces around it; one query."""
    return User.objects.filter(username__iexact=normalise_login(typed)).first()


def role_labels(user: User, on: date) -> list[str]:
    """What a person is on a day, as the frame of each page says it: "dean's office, Institute of Nature"."""
    rights = rights_of(user, on=on)
    labels = []
    for appointment in rights.appointments:
        label = str(ROLE_LABELS[Role(appointment.role)])
        if appointment.acting:
            label = _("acting: %(role)s") % {"role": label}
        labels.append(f"{label}, {appointment.scope}" if appointment.scope else label)
    if rights.teacher_id is not None and Role.TEACHER not in rights.roles:
        labels.append(str(ROLE_LABELS[Role.TEACHER]))
    if rights.student_id is not None:
        labels.append(_("student"))
    if rights.child_ids:
        labels.append(_("parent"))
    return labels


def staff_among(user_ids: Iterable[int], *, on: date) -> set[int]:
    """Those of the people who teach or hold an appointment that has not ended: the administrator issues to them."""
    ids = list(user_ids)
    teachers = Teacher.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), user_id__in=ids)
    appointed = Appointment.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), user_id__in=ids)
    return set(teachers.values_list("user_id", flat=True)) | set(appointed.values_list("user_id", flat=True))


def administers(user: User, *, on: date) -> bool:
    """Whether an administrator's appointment is in force."""
    return rights_of(user, on=on).has(Role.ADMINISTRATOR)


def groups_for_credentials(user: User, *, on: date) -> QuerySet[Group]:
    """Groups to whose students the person issues credentials: the own unit's (§3.4b), for an administrator all."""
    rights = rights_of(user, on=on)
    if administers(user, on=on):
        return Group.objects.all()
    if rights.has(Role.DEAN, Role.DEANS_OFFICE):
        return Group.objects.filter(unit_id__in=rights.unit_ids)
    return Group.objects.none()


def places_for_credentials(on: date) -> QuerySet[GroupEnrolment]:
    """Places of students whose group issues to them: those in force, and those to come of who is nowhere yet.

    First-year students get their slips in August, before their first day. Who only changes the group stays, until
    he does, with the office that has him.
    """
    here = GroupEnrolment.objects.filter(in_force(on), student=OuterRef("student"))
    return GroupEnrolment.objects.filter(in_force(on) | (Q(starts_on__gt=on) & ~Exists(here)))


def groups_with_counts(
    groups: QuerySet[Group], *, on: date, name: str = "", unfinished: bool = False
) -> QuerySet[Group]:
    """Groups with `students` (who study there or are to come, and are active) and `waiting` (without credentials).

    `name` is a part of the group's name; `unfinished` leaves the groups in which somebody waits.
    """
    studying = Q(enrolments__student__user__is_active=True, enrolments__in=places_for_credentials(on))
    counted = groups.select_related("programme", "unit").annotate(
        students=Count("enrolments__student", filter=studying, distinct=True),
        waiting=Count(
            "enrolments__student",
            filter=studying & without_credentials("enrolments__student__user__"),
            distinct=True,
        ),
        issued=F("students") - F("waiting"),
    )
    if name:
        counted = counted.filter(name__icontains=name)
    if unfinished:
        counted = counted.filter(waiting__gt=0)
    return counted.order_by("sort_key", "id")


@dataclass(frozen=True, slots=True)
class CredentialState:
    """A student of a group and what was issued. `issued_at` is None where nobody noted an issue.

    `by_administrator`: works at the university too, so that only an administrator issues (§3.4a).
    """

    student_id: int
    user_id: int
    name: str
    record_book: str
    login: str
    is_active: bool
    has_credentials: bool
    issued_at: datetime | None
    issued_by: str
    by_administrator: bool
    parents: int


def credential_states(group: Group, *, on: date) -> list[CredentialState]:
    """The students of a group with the state of their credentials: four queries whatever their number."""
    last = CredentialIssue.objects.filter(user_id=OuterRef("user_id")).order_by("-issued_at", "-id")
    students = list(
        Student.objects.filter(
            id__in=places_for_credentials(on).filter(group=group).values("student_id"),
        )
        .select_related("user")
        .annotate(last_issue=Subquery(last.values("id")[:1]))
        .annotate(parents=Count("guardian_links", filter=Q(guardian_links__revoked_at__isnull=True), distinct=True))
        .order_by("user__sort_key", "id")
    )
    issues = (
        CredentialIssue.objects.select_related("issued_by")
        .filter(id__in=[student.last_issue for student in students if student.last_issue])
        .in_bulk()
    )
    staff = staff_among((student.user_id for student in students), on=on)
    states = []
    for student in students:
        issue = issues.get(student.last_issue)
        states.append(
            CredentialState(
                student_id=student.id,
                user_id=student.user_id,
                name=student.user.get_full_name(),
                record_book=student.record_book,
                login=student.user.username,
                is_active=student.user.is_active,
                has_credentials=student.user.password != "" and student.user.has_usable_password(),
                issued_at=issue.issued_at if issue else None,
                issued_by=issue.issued_by.get_short_name() if issue and issue.issued_by else "",
                by_administrator=student.user_id in staff,
                parents=student.parents,
            )
        )
    return states


def living_guardian_links(student: Student) -> list[GuardianLink]:
    """The parents who read a student's cabinet now."""
    return list(
        GuardianLink.objects.filter(student=student, revoked_at__isnull=True)
        .select_related("guardian")
        .order_by("guardian__sort_key", "id")
    )
