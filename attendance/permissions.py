"""Who watches the lessons of others (§5.4a; trials.md, "roll, flags" and "students, groups")."""

from accounts.enums import Role
from accounts.permissions import Rights


def may_see_attendance(rights: Rights) -> bool:
    """Deans and their offices, heads, curators, the study office and the leadership: each his scope.

    Teachers read it in their journals, students and parents in the cabinet; the administrator reads no marks.
    """
    return rights.sees_everything or rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.HEAD, Role.CURATOR)


def may_keep_room_codes(rights: Rights) -> bool:
    """Who issues codes and prints posters: deans and their offices, the study office, the administrator."""
    return rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.STUDY_OFFICE, Role.ADMINISTRATOR)


def may_pair_displays(rights: Rights) -> bool:
    """Who pairs and ends screens (trials.md, "room display"): the dean's office and the administrator."""
    return rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.ADMINISTRATOR)


def may_count_flags(rights: Rights) -> bool:
    """Who reads what is odd about scans as numbers: heads, of their department's journals (trials.md, "flags")."""
    return rights.has(Role.HEAD)


def may_see_excused_scans(rights: Rights) -> bool:
    """Who reads of scans on excused days: deans and their offices, which entered the excuses."""
    return rights.has(Role.DEAN, Role.DEANS_OFFICE)


def may_set_proof(rights: Rights) -> bool:
    """Who sets the way of proof: deans and their offices in their unit, the administrator everywhere (§4.1a)."""
    return rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.ADMINISTRATOR)
