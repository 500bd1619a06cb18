"""Who controls hours and the department's own journal (trials.md)."""

from accounts.permissions import Rights


def may_see_hours(rights: Rights) -> bool:
    """Teachers their own, curators, heads, deans and their offices their scope, study office and leadership all."""
    return (
        rights.sees_everything
        or rights.teacher_id is not None
        or bool(rights.unit_ids or rights.department_ids or rights.group_ids)
    )
