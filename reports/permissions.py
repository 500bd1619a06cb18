"""Who controls hours, filling and the department's own journal (trials.md)."""

from accounts.permissions import Rights


def may_see_hours(rights: Rights) -> bool:
    """Teachers their own, curators, heads, deans and their offices their scope, study office and leadership all."""
    return (
        rights.sees_everything
        or rights.teacher_id is not None
        or bool(rights.unit_ids or rights.department_ids or rights.group_ids)
    )


def may_control_filling(rights: Rights) -> bool:
    """Heads of departments, deans and their offices, study office and leadership; a teacher his own lessons."""
    return controls_others(rights) or rights.teacher_id is not None


def controls_others(rights: Rights) -> bool:
    """Who looks into the filling of more than his own lessons (§3.6)."""
    return rights.sees_everything or bool(rights.unit_ids or rights.department_ids)
