"""Who watches the lessons of others (§5.4a; trials.md, "roll, flags" and "students, groups")."""

from accounts.enums import Role
from accounts.permissions import Rights


def may_see_attendance(rights: Rights) -> bool:
    """Deans and their offices, heads, curators, the study office and the leadership: each his scope.

    Teachers read it in their journals, students and parents in the cabinet; the administrator reads no marks.
    """
    return rights.sees_everything or rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.HEAD, Role.CURATOR)
