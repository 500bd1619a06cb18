"""What the frame of each page shows: whose journal it is, where one can go, what waits to be read."""

import time
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.permissions import Rights, rights_of
from accounts.selectors import role_labels
from attendance.permissions import may_see_attendance
from ejournal.lib.clock import day_of, now
from messaging.selectors import unread_count
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
    if may_see_attendance(rights):
        entries.append((_("Attendance today"), reverse("attendance_today"), "people"))
    if rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.ADMINISTRATOR):
        entries.append((_("Groups and logins"), reverse("groups"), "key"))
    if rights.has(Role.ADMINISTRATOR, Role.STUDY_OFFICE, Role.LEADERSHIP):
        entries.append((_("August checklist"), reverse("august"), "list-check"))
    if rights.has(Role.ADMINISTRATOR):
        entries.append((_("Load a workbook"), reverse("load"), "upload"))
        entries.append((_("Administration"), reverse("admin:index"), "gear"))
    return _items(request, entries)


def page(request: HttpRequest) -> dict[str, Any]:
    """The frame's context. A frame that cannot be read (the database is away) is an empty one, not a 500."""
    user = getattr(request, "user", None)
    empty: dict[str, Any] = {
        "institution": None,
        "nav_items": [],
        "user_menu_items": [],
        "role_labels": [],
        "unread_count": 0,
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
        return {
            **empty,
            "nav_items": navigation(request, rights),
            "user_menu_items": _items(request, menu),
            "role_labels": SimpleLazyObject(lambda: role_labels(user, day_of(moment))),
            "unread_count": unread_count(user),
        }
    except DatabaseError:
        return {**empty, "institution": {"name": "", "name_ky": ""}}
