"""What a person may do today, and who may act on people and on the house itself."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from accounts.enums import Role
from accounts.models import Appointment, User
from ejournal.lib.clock import day_of, now


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do on a day: the union of the appointments in force and of being teacher, student, parent.

    Sets hold ids. `student_id`, `teacher_id` are None for those who are neither.
    """

    user_id: int
    roles: frozenset[str] = frozenset()
    unit_ids: frozenset[int] = frozenset()
    department_ids: frozenset[int] = frozenset()
    group_ids: frozenset[int] = frozenset()
    teacher_id: int | None = None
    student_id: int | None = None
    child_ids: frozenset[int] = frozenset()
    appointments: tuple[Appointment, ...] = field(default=(), compare=False)

    def has(self, *roles: Role) -> bool:
        """Whether one of the roles is held."""
        return any(role in self.roles for role in roles)

    @property
    def sees_everything(self) -> bool:
        """The study office and the leadership read the whole university."""
        return self.has(Role.STUDY_OFFICE, Role.LEADERSHIP)

    @property
    def is_guardian_only(self) -> bool:
        """A parent's key and nothing else."""
        return bool(self.child_ids) and not self.roles and self.teacher_id is None and self.student_id is None

    @property
    def is_student_only(self) -> bool:
        return self.student_id is not None and not self.roles and self.teacher_id is None

    @property
    def is_staff(self) -> bool:
        """Teaches or holds an appointment: works with other people's data, perhaps at a shared computer."""
        return bool(self.roles) or self.teacher_id is not None

    @property
    def is_long_lived(self) -> bool:
        """Students and parents stay logged in on their own phones; whoever works here too does not."""
        return not self.is_staff and (self.student_id is not None or bool(self.child_ids))


def rights_of(user: User, *, on: date) -> Rights:
    """The rights of a person on a day, read anew for each request: a role that ended this morning has ended.

    One query for people, one for appointments; kept on the user object for the rest of the request.
    """
    kept: dict[date, Rights] = user.__dict__.setdefault("_rights", {})
    if on not in kept:
        kept[on] = _read_rights(user, on)
    return kept[on]


def _read_rights(user: User, on: date) -> Rights:
    appointments = tuple(
        Appointment.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), user=user, starts_on__lte=on)
        .select_related("unit", "department", "group")
        .order_by("id")
    )
    found = User.objects.filter(id=user.id).values_list(
        "student__id",
        "teacher__id",
        "teacher__ends_on",
        "guardian_links__student_id",
        "guardian_links__revoked_at",
    )
    student_id: int | None = None
    teacher_id: int | None = None
    children: set[int] = set()
    for student, teacher, teacher_until, child, revoked_at in found:
        student_id = student
        if teacher is not None and (teacher_until is None or teacher_until >= on):
            teacher_id = teacher
        if child is not None and revoked_at is None:
            children.add(child)
    return Rights(
        user_id=user.id,
        roles=frozenset(appointment.role for appointment in appointments),
        unit_ids=frozenset(a.unit_id for a in appointments if a.unit_id is not None),
        department_ids=frozenset(a.department_id for a in appointments if a.department_id is not None),
        group_ids=frozenset(a.group_id for a in appointments if a.group_id is not None),
        teacher_id=teacher_id,
        student_id=student_id,
        child_ids=frozenset(children),
        appointments=appointments,
    )


def is_administrator(user: User) -> bool:
    """The digitalisation department's administrator (§3.1): manages users and settings, changes no mark."""
    return rights_of(user, on=day_of(now())).has(Role.ADMINISTRATOR)


def may_issue_to_students(user: User, *, on: date) -> bool:
    """Dean and dean's office for their unit (§3.4b, §4.2), the administrator for all (§4.1a)."""
    return rights_of(user, on=on).has(Role.DEAN, Role.DEANS_OFFICE, Role.ADMINISTRATOR)


def may_change_own_password(user: User, *, on: date) -> bool:
    """Staff may. Students are strictly forbidden to (§4.2), whatever else they are; a parent's login hangs on a
    student's and is issued by the dean's office as well."""
    rights = rights_of(user, on=on)
    return rights.student_id is None and (rights.is_staff or not rights.child_ids)
