"""What the frame of each page shows: whose journal it is, where one can go, what waits to be read."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.enums import Role
from accounts.permissions import Rights, rights_of
from accounts.selectors import role_labels
from attendance.permissions import (
    may_count_flags,
    may_keep_room_codes,
    may_see_attendance,
    may_see_excused_scans,
)
from ejournal.lib.clock import day_of, now
from messaging.selectors import unread_count
from reports.permissions import may_control_filling, may_see_hours
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
    """Where the person may go, by use: a phone shows the first four, a desk the first seven, the rest under "More".

    What a dean's office or a study office does all day stands before what it only looks into.
    """
    of_unit = rights.has(Role.DEAN, Role.DEANS_OFFICE)
    reads_journals = bool(
        rights.teacher_id is not None
        or rights.department_ids
        or rights.unit_ids
        or rights.group_ids
        or rights.sees_everything
    )
    keeps_plans = rights.teacher_id is not None or rights.department_ids or rights.unit_ids or rights.sees_everything
    has_timetable = may_find_timetables(rights) or rights.student_id is not None or rights.child_ids
    reads_students = rights.sees_everything or rights.has(Role.DEAN, Role.DEANS_OFFICE, Role.HEAD, Role.CURATOR)
    substitutions = "absences" if may_see_absences(rights) else "substitutions"
    # Whether the person has it, label, route, icon; what is used most comes first. Words and addresses are made of
    # what is shown: a page is drawn a million times.
    entries: list[tuple[object, Promise, str, str]] = [
        (True, gettext_lazy("Today"), "home", "house"),
        (rights.student_id is not None, pgettext_lazy("navigation", "Scan"), "scan", "qr-code-scan"),
        (rights.student_id is not None, gettext_lazy("My marks"), "cabinet", "mortarboard"),
        (rights.student_id is not None or rights.child_ids, gettext_lazy("Self-study"), "tasks", "clipboard-check"),
        (of_unit, gettext_lazy("Students"), "students", "person-lines-fill"),
        (of_unit, gettext_lazy("Orders"), "orders", "file-earmark-text"),
        (of_unit, pgettext_lazy("navigation", "Excuses"), "excuses", "file-earmark"),
        (of_unit, gettext_lazy("Lists"), "rosters", "list-check"),
        (rights.has(Role.STUDY_OFFICE), gettext_lazy("Changes"), "changes", "arrow-repeat"),
        (reads_journals, gettext_lazy("Journals"), "journals", "journal-text"),
        (may_see_attendance(rights), gettext_lazy("Attendance today"), "attendance_today", "people"),
        (has_timetable, gettext_lazy("Timetable"), "timetable", "calendar-week"),
        (
            may_see_absences(rights) or rights.teacher_id is not None,
            gettext_lazy("Substitutions"),
            substitutions,
            "arrow-left-right",
        ),
        (keeps_plans, gettext_lazy("Plans"), "plans", "clipboard-check"),
        (may_control_filling(rights), gettext_lazy("Filling"), "unfilled", "check2-circle"),
        (may_see_hours(rights), gettext_lazy("Hours"), "hours", "clock-history"),
        (may_count_flags(rights), gettext_lazy("Scans"), "scan_flags", "qr-code-scan"),
        (rights.department_ids, gettext_lazy("Department's journal"), "department_book", "book"),
        (reads_rosters(rights) and not of_unit, gettext_lazy("Lists"), "rosters", "list-check"),
        (reads_students and not of_unit, gettext_lazy("Students"), "students", "person-lines-fill"),
        (reads_orders(rights) and not of_unit, gettext_lazy("Orders"), "orders", "file-earmark-text"),
        (
            rights.has(Role.STUDY_OFFICE) and not of_unit,
            pgettext_lazy("navigation", "Excuses"),
            "excuses",
            "file-earmark",
        ),
        (
            may_see_changes(rights) and not rights.has(Role.STUDY_OFFICE),
            gettext_lazy("Changes"),
            "changes",
            "arrow-repeat",
        ),
        (of_unit or rights.has(Role.ADMINISTRATOR), gettext_lazy("Groups and logins"), "groups", "key"),
        (may_keep_room_codes(rights), gettext_lazy("Auditoriums"), "rooms", "qr-code"),
        (may_see_excused_scans(rights), gettext_lazy("Excused and scanned"), "excused_scanned", "qr-code-scan"),
        (rights.has(Role.ADMINISTRATOR), gettext_lazy("Load a workbook"), "load", "upload"),
        (
            rights.has(Role.ADMINISTRATOR, Role.STUDY_OFFICE, Role.LEADERSHIP),
            gettext_lazy("August checklist"),
            "august",
            "check2-circle",
        ),
        (
            rights.has(Role.HEAD, Role.DEAN, Role.DEANS_OFFICE, Role.STUDY_OFFICE),
            gettext_lazy("Reopenings"),
            "reopenings",
            "unlock",
        ),
        (rights.has(Role.ADMINISTRATOR), gettext_lazy("Holidays"), "holidays", "calendar-x"),
        (rights.has(Role.ADMINISTRATOR), gettext_lazy("Administration"), "admin:index", "gear"),
    ]
    return _items(request, [(str(label), reverse(route), icon) for has_it, label, route, icon in entries if has_it])


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
