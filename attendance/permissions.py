"""Who may see whose attendance (trials.md)."""

from accounts.permissions import Rights


def may_see_attendance(rights: Rights) -> bool:
    """Deans, dean's offices, heads, curators, the study office and the leadership, each in their scope (§7.6a)."""
    return rights.sees_everything or bool(rights.unit_ids or rights.department_ids or rights.group_ids)
