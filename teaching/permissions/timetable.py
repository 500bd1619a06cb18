"""Who may look at which timetable (trials.md, "timetable, workload"; §3.8)."""

from dataclasses import dataclass

from accounts.enums import Role
from accounts.permissions import Rights
from teaching.enums import TimetableOf


@dataclass(frozen=True, slots=True)
class TimetableDoor:
    """A timetable as one person meets it. `course_ids`: the only courses shown; None: all. `is_own`: the lessons
    are the reader's own. `opens_lessons`: he holds them, so each leads to its page."""

    of: TimetableOf
    id: int
    title: str
    subtitle: str = ""
    is_own: bool = False
    opens_lessons: bool = False
    course_ids: frozenset[int] | None = None


def reads_all_timetables(rights: Rights) -> bool:
    """Whoever watches lessons, and the administrator, who loads them."""
    return rights.has(
        Role.CURATOR,
        Role.HEAD,
        Role.DEAN,
        Role.DEANS_OFFICE,
        Role.STUDY_OFFICE,
        Role.LEADERSHIP,
        Role.ADMINISTRATOR,
    )


def may_find_timetables(rights: Rights) -> bool:
    """Staff: those who read all, and teachers, for whom a free auditorium is no secret."""
    return reads_all_timetables(rights) or rights.teacher_id is not None


def may_see_clashes(rights: Rights) -> bool:
    """Those who can do something about one, each for what is his."""
    return rights.has(Role.HEAD, Role.DEAN, Role.DEANS_OFFICE, Role.STUDY_OFFICE, Role.LEADERSHIP, Role.ADMINISTRATOR)
