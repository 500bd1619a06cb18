"""Who reads and types points of a course, who reads and makes rating schemes."""

from dataclasses import dataclass

from accounts.enums import Role
from accounts.permissions import Rights
from teaching.models import Course


@dataclass(frozen=True, slots=True)
class PointsDoor:
    """A course's points as one user meets them. `can_type`: the course's lead, and who keeps a journal of it."""

    course: Course
    can_type: bool


def reads_schemes(rights: Rights) -> bool:
    """Everybody who works with points; a student and his parents read the rule beside each number instead."""
    return (
        rights.teacher_id is not None
        or rights.sees_everything
        or rights.has(Role.HEAD, Role.DEAN, Role.DEANS_OFFICE, Role.CURATOR, Role.ADMINISTRATOR)
    )


def makes_schemes(rights: Rights) -> bool:
    """The study office makes schemes and chooses which one holds (§1.8)."""
    return rights.has(Role.STUDY_OFFICE)
