"""The first page's sections: one for each role a person has, each by the app that knows it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import Student, User
from accounts.permissions import Rights, rights_of
from attendance.permissions import may_see_attendance
from attendance.selectors import today_summary
from ejournal.lib.clock import day_of
from journal.selectors.cabinet import today_of_student
from journal.selectors.lessons import today


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the first page: a heading, a template of the app that owns it, and what it needs."""

    key: str
    heading: str
    template: str
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Door:
    """A card that leads to another page."""

    title: str
    text: str
    url: str
    icon: str


def sections_of(user: User, *, now: datetime) -> list[Section]:
    """Sections for the roles in force today, the daily work first."""
    rights = rights_of(user, on=day_of(now))
    makers: list[Callable[[User, Rights, datetime], Section | None]] = [
        _teaching,
        _studying,
        _children,
        _attendance,
        _doors,
    ]
    return [section for make in makers if (section := make(user, rights, now)) is not None]


def _teaching(user: User, rights: Rights, now: datetime) -> Section | None:
    if rights.teacher_id is None:
        return None
    return Section("teaching", _("My lessons today"), "journal/today.html", {"today": today(user, now=now)})


def _studying(user: User, rights: Rights, now: datetime) -> Section | None:
    if rights.student_id is None:
        return None
    return Section(
        "studying",
        _("My day"),
        "journal/cabinet_today.html",
        {"today": today_of_student(rights.student_id, now=now), "cabinet_url": reverse("cabinet")},
    )


def _children(user: User, rights: Rights, now: datetime) -> Section | None:
    if not rights.child_ids:
        return None
    children = Student.objects.filter(id__in=rights.child_ids).select_related("user").order_by("user__sort_key")
    return Section(
        "children",
        _("My children"),
        "home_doors.html",
        {
            "doors": [
                Door(
                    child.user.get_full_name(),
                    _("Lessons, marks and attendance"),
                    reverse("cabinet_of", args=[child.id]),
                    "mortarboard",
                )
                for child in children
            ]
        },
    )


def _attendance(user: User, rights: Rights, now: datetime) -> Section | None:
    if not may_see_attendance(rights):
        return None
    return Section(
        "attendance",
        _("Lessons and attendance today"),
        "attendance/summary.html",
        {"summary": today_summary(user, now=now)},
    )


def _doors(user: User, rights: Rights, now: datetime) -> Section | None:
    doors: list[Door] = []
    if rights.has(Role.DEAN, Role.DEANS_OFFICE):
        doors.append(
            Door(_("Groups and logins"), _("Issue the logins of a group, print the slips"), reverse("groups"), "key")
        )
    if rights.has(Role.ADMINISTRATOR, Role.STUDY_OFFICE, Role.LEADERSHIP):
        doors.append(
            Door(
                _("August checklist"),
                _("What the coming semester lacks before its first bell"),
                reverse("august"),
                "list-check",
            )
        )
    if rights.has(Role.ADMINISTRATOR):
        doors += [
            Door(
                _("Load a workbook"),
                _("People, workload and timetable from an XLSX or CSV file"),
                reverse("load"),
                "upload",
            ),
            Door(_("Administration"), _("Users, appointments and settings"), reverse("admin:index"), "gear"),
        ]
    if not doors:
        return None
    return Section("doors", _("My work"), "home_doors.html", {"doors": doors})
