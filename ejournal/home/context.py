"""What the frame of each page shows: whose journal it is, where one can go, what waits to be read."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.permissions import Rights, rights_of
from accounts.selectors import role_labels
from attendance.permissions import may_see_attendance
from ejournal.lib.clock import day_of, now
from messaging.selectors import unread_count
from reports.permissions import may_see_hours
from teaching.permissions import may_find_timetables, may_see_absences, reads_orders, reads_rosters
from teaching.permissions.changes import may_see_changes
from university.models import Institution
from university.selectors import get_institution

# The name of the university changes once in years; a page is drawn a million times.
_INSTITUTION_SECONDS = 60.0
_institution: tuple[float, Institution | None] = (-_INSTITUTION_SECONDS, None)


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the navigation. `active`: this page lies under it."""

    label: str
    url: str
    icon: str
    active: bool


def institution() -> Institution | None:
    """Whose journal this is, read once a minute and process."""
    global _institution
    read_at, value = _institution
    if time.monotonic() - read_at > _INSTITUTION_SECONDS:
        value = get_institution()
        _institution = (time.monotonic(), value)
    return value


def _items(request: HttpRequest, entries: list[tuple[str, str, str]]) -> list[NavItem]:
    return [
        NavItem(
            label=label,
            url=url,
            icon=icon,
            active=request.path == url if url == "/" else request.path.startswith(url),
        )
        for label, url, icon in entries
    ]


def navigation(request: HttpRequest, rights: Rights) -> list[NavItem]:
    """Where the person may go, by use: a phone shows the first four."""
    entries = [(_("Today"), reverse("home"), "house")]
    if rights.student_id is not None:
        entries.append((_("My marks"), reverse("cabinet"), "mortarboard"))
    if (
        rights.teacher_id is not None
        or rights.department_ids
        or rights.unit_ids
        or rights.group_ids
        or rights.sees_everything
    ):
        entries.append((_("Journals"), reverse("journals"), "journal-text"))
    if rights.teacher_id is not None or rights.department_ids or rights.unit_ids or rights.sees_everything:
        entries.append((_("Plans"), reverse("plans"), "list-check"))
    if may_find_timetables(rights) or rights.student_id is not None or rights.child_ids:
        entries.append((_("Timetable"), reverse("timetable"), "calendar-week"))
    if may_see_absences(rights):
        entries.append((_("Substitutions"), reverse("absences"), "arrow-left-right"))
    elif rights.teacher_id is not None:
        entries.append((_("Substitutions"), reverse("substitutions"), "arrow-left-right"))
    if may_see_changes(rights):
        entries.append((_("Changes"), reverse("changes"), "arrow-left-right"))
    if rights.sees_everything or rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.HEAD, Role.CURATOR):
        entries.append((_("Students"), reverse("students"), "person-lines-fill"))
    if reads_orders(rights):
        entries.append((_("Orders"), reverse("orders"), "file-earmark-text"))
    if reads_rosters(rights):
        entries.append((_("Lists"), reverse("rosters"), "list-check"))
    if may_see_attendance(rights):
        entries.append((_("Attendance today"), reverse("attendance_today"), "people"))
    if may_see_hours(rights):
        entries.append((_("Hours"), reverse("hours"), "clock-history"))
    if rights.department_ids:
        entries.append((_("Department's journal"), reverse("department_book"), "book"))
    if rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.ADMINISTRATOR):
        entries.append((_("Groups and logins"), reverse("groups"), "key"))
    if rights.has(Role.ADMINISTRATOR, Role.STUDY_OFFICE, Role.LEADERSHIP):
        entries.append((_("August checklist"), reverse("august"), "list-check"))
    if rights.has(Role.ADMINISTRATOR):
        entries.append((_("Load a workbook"), reverse("load"), "upload"))
        entries.append((_("Holidays"), reverse("holidays"), "calendar-x"))
        entries.append((_("Administration"), reverse("admin:index"), "gear"))
    return _items(request, entries)


def marks_secret(user_id: int) -> str:
    """The key under which a teacher's browser keeps marks that are not saved yet: this person's alone, and the same
    after the next login.

    64 bytes in hex: a random mask, and the 32 bytes of the key under it. A compressed page that carried the same
    bytes every time would tell them by its length.
    """
    key = salted_hmac("marks-queue", str(user_id), algorithm="sha256").digest()
    mask = secrets.token_bytes(len(key))
    return (mask + bytes(a ^ b for a, b in zip(mask, key, strict=True))).hex()


def page(request: HttpRequest) -> dict[str, Any]:
    """The frame's context. A frame that cannot be read (the database is away) is an empty one, not a 500."""
    user = getattr(request, "user", None)
    empty: dict[str, Any] = {
        "institution": None,
        "nav_items": [],
        "user_menu_items": [],
        "role_labels": [],
        "unread_count": 0,
        "marks_secret": "",
    }
    try:
        empty["institution"] = institution() or {"name": "", "name_ky": ""}
        if user is None or not user.is_authenticated:
            return empty
        moment = now()
        rights = rights_of(user, on=day_of(moment))
        # Students and parents get theirs from the dean's office (§4.2).
        own_password = rights.student_id is None and not rights.is_guardian_only
        menu = [(_("Change the password"), reverse("password"), "key")] if own_password else []
        if rights.student_id is not None or may_find_timetables(rights):
            menu.insert(0, (_("Calendars"), reverse("calendars"), "calendar3"))
        return {
            **empty,
            "nav_items": navigation(request, rights),
            "user_menu_items": _items(request, menu),
            "role_labels": SimpleLazyObject(lambda: role_labels(user, day_of(moment))),
            "unread_count": unread_count(user),
            "marks_secret": marks_secret(user.id) if rights.teacher_id is not None else "",
        }
    except DatabaseError:
        return {**empty, "institution": {"name": "", "name_ky": ""}}
