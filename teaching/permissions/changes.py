"""Who may do what with changes of the timetable (trials.md, "timetable, workload")."""

from accounts.enums import Role
from accounts.permissions import Rights


def may_change_timetable(rights: Rights) -> bool:
    """The study office moves, cancels, adds and decides."""
    return rights.has(Role.STUDY_OFFICE)


def may_see_changes(rights: Rights) -> bool:
    """Whoever reads journals reads what happened to their lessons, each in his scope."""
    return bool(
        rights.teacher_id is not None
        or rights.department_ids
        or rights.unit_ids
        or rights.group_ids
        or rights.sees_everything
    )


def may_enter_holidays(rights: Rights) -> bool:
    """The calendar is the study office's and the administrator's (§3.3)."""
    return rights.has(Role.STUDY_OFFICE, Role.ADMINISTRATOR)
