"""The first page's sections: one for each role a person has, each by the app that knows it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Role
from accounts.models import Student, User
from accounts.permissions import Rights, rights_of
from attendance.permissions import may_see_attendance
from attendance.selectors.today import today_summary
from ejournal.lib.clock import day_of
from journal.selectors.appeals import appeal_counts
from journal.selectors.cabinet import today_of_student
from journal.selectors.corrections import corrections_waiting_for
from journal.selectors.differences import count_differing
from journal.selectors.lessons import today
from journal.selectors.module_states import count_overdue, count_to_close
from journal.selectors.results import sheets_to_close
from journal.selectors.selfstudy import open_task_count
from reports.selectors.book import open_differences
from reports.selectors.control import count_unfilled
from teaching.permissions import may_see_clashes
from teaching.permissions.changes import may_change_timetable
from teaching.selectors.absences import count_uncovered
from teaching.selectors.changes import waiting_requests
from teaching.selectors.plans import plans_to_do
from teaching.selectors.rosters import lists_to_confirm, open_reports


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
        _appeals,
        _plans,
        _studying,
        _tasks,
        _children,
        _lists,
        _attendance,
        _doors,
    ]
    return [section for make in makers if (section := make(user, rights, now)) is not None]


def _teaching(user: User, rights: Rights, now: datetime) -> Section | None:
    if rights.teacher_id is None:
        return None
    return Section("teaching", _("My lessons today"), "journal/today.html", {"today": today(user, now=now)})


def _appeals(user: User, rights: Rights, now: datetime) -> Section | None:
    """Appeals that wait (§4.2): the teacher's own to answer, those that a head, a dean or his office watches."""
    watches = rights.has(Role.HEAD, Role.DEAN, Role.DEANS_OFFICE)
    if rights.teacher_id is None and not watches:
        return None
    counts = appeal_counts(rights, on=day_of(now))
    doors: list[Door] = []
    if counts.mine:
        title = ngettext("%(count)s appeal to answer", "%(count)s appeals to answer", counts.mine)
        doors.append(
            Door(title % {"count": counts.mine}, _past_their_day(counts.mine_overdue), _appeals_url("waiting"), "flag")
        )
    if watches and counts.watched:
        title = ngettext("%(count)s open appeal", "%(count)s open appeals", counts.watched)
        show = "overdue" if counts.watched_overdue else "open"
        doors.append(
            Door(title % {"count": counts.watched}, _past_their_day(counts.watched_overdue), _appeals_url(show), "flag")
        )
    return Section("appeals", _("Appeals"), "home_doors.html", {"doors": doors}) if doors else None


def _appeals_url(show: str) -> str:
    return f"{reverse('appeals')}?show={show}"


def _past_their_day(count: int) -> str:
    if not count:
        return _("A student says that a mark is wrong")
    return ngettext(
        "%(count)s should have been answered already", "%(count)s should have been answered already", count
    ) % {"count": count}


def _plans(user: User, rights: Rights, now: datetime) -> Section | None:
    """What waits of the calendar-thematic plans (§4.3): nothing is shown where nothing waits."""
    waits = plans_to_do(user, now=now)
    doors: list[Door] = []
    if waits.missing:
        text = ngettext("%(count)s journal has no plan yet", "%(count)s journals have no plan yet", waits.missing) % {
            "count": waits.missing
        }
        doors.append(Door(_("Calendar-thematic plans"), text, f"{reverse('plans')}?show=mine", "list-check"))
    if waits.returned:
        text = ngettext(
            "%(count)s plan was returned with remarks", "%(count)s plans were returned with remarks", waits.returned
        ) % {"count": waits.returned}
        doors.append(Door(_("Returned plans"), text, f"{reverse('plans')}?show=mine", "arrow-counterclockwise"))
    if waits.to_decide:
        text = ngettext(
            "%(count)s plan waits for your approval", "%(count)s plans wait for your approval", waits.to_decide
        ) % {"count": waits.to_decide}
        doors.append(Door(_("Plans for approval"), text, f"{reverse('plans')}?show=waiting", "check2-circle"))
    if not doors:
        return None
    return Section("plans", _("Plans"), "home_doors.html", {"doors": doors})


def _studying(user: User, rights: Rights, now: datetime) -> Section | None:
    if rights.student_id is None:
        return None
    return Section(
        "studying",
        _("My day"),
        "journal/cabinet_today.html",
        {"today": today_of_student(rights.student_id, now=now), "cabinet_url": reverse("cabinet")},
    )


def _tasks(user: User, rights: Rights, now: datetime) -> Section | None:
    """The self-study that waits for a student (§3.5a, §4.2): nothing is shown where nothing waits."""
    waiting = open_task_count(rights.student_id, now=now) if rights.student_id is not None else 0
    if not waiting:
        return None
    title = ngettext("%(count)s task waits", "%(count)s tasks wait", waiting) % {"count": waiting}
    door = Door(title, _("Not handed in and not graded yet"), reverse("tasks"), "clipboard-check")
    return Section("tasks", _("Self-study"), "home_doors.html", {"doors": [door]})


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


def _lists(user: User, rights: Rights, now: datetime) -> Section | None:
    """What waits about lists (§7.5): a teacher's own to confirm, reports for the dean's office to settle."""
    doors: list[Door] = []
    waiting = lists_to_confirm(user.id, on=day_of(now)) if rights.teacher_id is not None else 0
    if waiting:
        title = ngettext("%(count)s list to confirm", "%(count)s lists to confirm", waiting) % {"count": waiting}
        doors.append(
            Door(title, _("Say that a journal's list is right, or what is wrong"), reverse("rosters"), "list-check")
        )
    reports = open_reports(rights.unit_ids) if rights.has(Role.DEAN, Role.DEANS_OFFICE) else 0
    if reports:
        title = ngettext("%(count)s report on a list waits", "%(count)s reports on lists wait", reports)
        doors.append(
            Door(title % {"count": reports}, _("Teachers say what is wrong with a list"), reverse("rosters"), "flag")
        )
    return Section("lists", _("Lists of journals"), "home_doors.html", {"doors": doors}) if doors else None


def _attendance(user: User, rights: Rights, now: datetime) -> Section | None:
    if not may_see_attendance(rights):
        return None
    return Section(
        "attendance",
        _("Lessons and attendance today"),
        "attendance/summary.html",
        {"summary": today_summary(user, now=now)},
    )


def _unfilled_this_week(rights: Rights, now: datetime) -> int:
    """What a scope has not filled from Monday to yesterday; on a Monday, of the week before."""
    yesterday = day_of(now) - timedelta(days=1)
    return count_unfilled(rights, since=yesterday - timedelta(days=yesterday.weekday()), until=yesterday, now=now)


def _modules(rights: Rights, now: datetime) -> list[Door]:
    """Modules that a teacher is to close himself, and those that are overdue in a scope; at most one statement each."""
    today = day_of(now)
    doors: list[Door] = []
    due, late = count_to_close(rights, on=today) if rights.teacher_id is not None else (0, 0)
    if due or late:
        text = ngettext("%(count)s module is to be closed", "%(count)s modules are to be closed", due + late)
        url = f"{reverse('modules')}?state={'due' if due else 'overdue'}"
        doors.append(Door(_("Closing of modules"), text % {"count": due + late}, url, "lock"))
    if (rights.department_ids or rights.unit_ids) and (overdue := count_overdue(rights, on=today)):
        text = ngettext("%(count)s module is past its deadline", "%(count)s modules are past their deadline", overdue)
        doors.append(Door(_("Closing of modules"), text % {"count": overdue}, reverse("modules"), "lock"))
    return doors


def _corrections(rights: Rights) -> list[Door]:
    """Requests to correct closed sheets that wait for a person, and to an office the sheets that need one."""
    doors: list[Door] = []
    if rights.has(Role.HEAD, Role.DEAN, Role.DEANS_OFFICE) and (waiting := corrections_waiting_for(rights).count()):
        text = ngettext("%(count)s request waits", "%(count)s requests wait", waiting) % {"count": waiting}
        doors.append(Door(_("Corrections of sheets"), text, f"{reverse('corrections')}?show=waiting", "pencil"))
    if rights.has(Role.STUDY_OFFICE, Role.DEAN, Role.DEANS_OFFICE) and (differing := count_differing(rights)):
        text = ngettext("%(count)s sheet needs a correction", "%(count)s sheets need a correction", differing)
        url = f"{reverse('sheets')}?state=differs"
        doors.append(Door(_("Final sheets"), text % {"count": differing}, url, "file-earmark-text"))
    return doors


def _doors(user: User, rights: Rights, now: datetime) -> Section | None:
    doors: list[Door] = []
    if may_change_timetable(rights) and (waiting := waiting_requests().count()):
        doors.append(
            Door(
                _("Requests for changes"),
                ngettext("%(count)s request waits", "%(count)s requests wait", waiting) % {"count": waiting},
                reverse("change_requests"),
                "inbox",
            )
        )
    if rights.department_ids and (waiting := open_differences(rights.department_ids)):
        doors.append(
            Door(
                _("Department's journal"),
                ngettext(
                    "%(count)s difference with the electronic journal is open",
                    "%(count)s differences with the electronic journal are open",
                    waiting,
                )
                % {"count": waiting},
                reverse("department_book_differences"),
                "book",
            )
        )
    if (rights.department_ids or rights.unit_ids) and (unfilled := _unfilled_this_week(rights, now)):
        doors.append(
            Door(
                _("Filling control"),
                ngettext(
                    "%(count)s lesson of this week is not filled",
                    "%(count)s lessons of this week are not filled",
                    unfilled,
                )
                % {"count": unfilled},
                reverse("unfilled"),
                "check2-circle",
            )
        )
    doors += _modules(rights, now)
    if rights.teacher_id is not None and (waiting := sheets_to_close(rights.teacher_id)):
        text = ngettext("%(count)s sheet waits for its results", "%(count)s sheets wait for their results", waiting)
        doors.append(
            Door(_("Final sheets"), text % {"count": waiting}, f"{reverse('sheets')}?state=draft", "file-earmark-text")
        )
    doors += _corrections(rights)
    if rights.has(Role.DEAN, Role.DEANS_OFFICE):
        doors.append(
            Door(_("Groups and logins"), _("Issue the logins of a group, print the slips"), reverse("groups"), "key")
        )
    if may_see_clashes(rights):
        doors.append(
            Door(
                _("Clashes of the timetable"),
                _("A teacher, a group or an auditorium in two places at once"),
                reverse("timetable_clashes"),
                "exclamation-triangle",
            )
        )
    if rights.department_ids and (uncovered := count_uncovered(rights.department_ids, now=now)):
        doors.append(
            Door(
                _("Absent teachers"),
                ngettext(
                    "%(count)s lesson of the next seven days has no substitute yet",
                    "%(count)s lessons of the next seven days have no substitute yet",
                    uncovered,
                )
                % {"count": uncovered},
                reverse("absences"),
                "arrow-left-right",
            )
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
