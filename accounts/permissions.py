"""What a person may do today, and who may act on people and on the house itself."""

from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from accounts.enums import Role
from accounts.models import User
from ejournal.lib.clock import day_of, now


@dataclass(frozen=True, slots=True)
class HeldRole:
    """An appointment in force: its role, its scope by id, and the scope's name ("" for the university)."""

    role: str
    acting: bool
    unit_id: int | None
    department_id: int | None
    group_id: int | None
    scope: str


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
    appointments: tuple[HeldRole, ...] = field(default=(), compare=False)

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

    One query, kept on the user object for the rest of the request.
    """
    kept: dict[date, Rights] = user.__dict__.setdefault("_rights", {})
    if on not in kept:
        kept[on] = _read_rights(user, on)
    return kept[on]


# One statement by hand: it is asked on every page, and its text should cost nothing to make.
_RIGHTS = """
SELECT s.id, t.id,
       (SELECT array_agg(l.student_id) FROM accounts_guardianlink l
        WHERE l.guardian_id = u.id AND l.revoked_at IS NULL),
       a.role, a.acting, a.unit_id, a.department_id, a.group_id, coalesce(n.name, d.name, g.name, '')
FROM accounts_user u
LEFT JOIN accounts_student s ON s.user_id = u.id
LEFT JOIN accounts_teacher t ON t.user_id = u.id AND (t.ends_on IS NULL OR t.ends_on >= %(on)s::date)
LEFT JOIN accounts_appointment a ON a.user_id = u.id AND a.starts_on <= %(on)s::date
      AND (a.ends_on IS NULL OR a.ends_on >= %(on)s::date)
LEFT JOIN university_unit n ON n.id = a.unit_id
LEFT JOIN university_department d ON d.id = a.department_id
LEFT JOIN university_group g ON g.id = a.group_id
WHERE u.id = %(user)s
ORDER BY a.id
"""


def _read_rights(user: User, on: date) -> Rights:
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS, {"user": user.id, "on": on})
        rows = cursor.fetchall()
    held = tuple(HeldRole(*row[3:]) for row in rows if row[3] is not None)
    student_id, teacher_id, children = rows[0][:3] if rows else (None, None, None)
    return Rights(
        user_id=user.id,
        roles=frozenset(role.role for role in held),
        unit_ids=frozenset(role.unit_id for role in held if role.unit_id is not None),
        department_ids=frozenset(role.department_id for role in held if role.department_id is not None),
        group_ids=frozenset(role.group_id for role in held if role.group_id is not None),
        teacher_id=teacher_id,
        student_id=student_id,
        child_ids=frozenset(children or ()),
        appointments=held,
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
