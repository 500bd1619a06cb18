"""Timetables: one's own, and those of a group, a teacher, a student, an auditorium, a building (§3.8)."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.permissions import Rights, rights_of
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.pdf import render_pdf
from ejournal.lib.tags import long_day
from teaching.access import (
    get_building,
    get_group_timetable,
    get_room_timetable,
    get_search,
    get_student_timetable,
    get_teacher_timetable,
    groups_in_reach,
)
from teaching.enums import TimetableOf
from teaching.forms.timetable import TimetableSearch
from teaching.permissions import TimetableDoor, may_find_timetables, may_see_clashes, reads_all_timetables
from teaching.selectors.boards import Board, Week, building_day, scheme_of, week_of
from teaching.selectors.finding import children_of, find
from university.selectors import get_institution, semester_on

# Days that a week may be asked of: the date of a week later must exist, too.
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)

_ADDRESSES = {
    TimetableOf.TEACHER: "timetable_teacher",
    TimetableOf.STUDENT: "timetable_student",
    TimetableOf.GROUP: "timetable_group",
    TimetableOf.ROOM: "timetable_room",
    TimetableOf.BUILDING: "timetable_building",
}


@require_safe
@never_cache
def own(request: HttpRequest) -> HttpResponse:
    """The person's own week: a teacher's, else a student's; a parent is led to the child, a curator to the group,
    everybody else who works here to the search. 404 to who has none of it."""
    user, now = _who(request)
    rights = rights_of(user, on=day_of(now))
    if rights.teacher_id is not None:
        return _week(request, get_teacher_timetable(user, rights.teacher_id, now=now), now=now)
    if rights.student_id is not None:
        return _week(request, get_student_timetable(user, rights.student_id, now=now), now=now)
    if len(rights.group_ids) == 1:
        return redirect("timetable_group", min(rights.group_ids))
    if may_find_timetables(rights):
        return redirect("timetable_find")
    children = children_of(rights)
    if children:
        return redirect("timetable_student", children[0].pk)
    raise Http404


@require_safe
@never_cache
def of_teacher(request: HttpRequest, teacher_id: int) -> HttpResponse:
    """A teacher's week."""
    user, now = _who(request)
    return _week(request, get_teacher_timetable(user, teacher_id, now=now), now=now)


@require_safe
@never_cache
def of_student(request: HttpRequest, student_id: int) -> HttpResponse:
    """A student's week, by his enrolments: his subgroup, his electives, his repeated courses (§3.5b)."""
    user, now = _who(request)
    return _week(request, get_student_timetable(user, student_id, now=now), now=now)


@require_safe
@never_cache
def of_group(request: HttpRequest, group_id: int) -> HttpResponse:
    """A group's week, all its subgroups in it."""
    user, now = _who(request)
    return _week(request, get_group_timetable(user, group_id, now=now), now=now)


@require_safe
@never_cache
def of_room(request: HttpRequest, room_id: int) -> HttpResponse:
    """What an auditorium is taken by in a week."""
    user, now = _who(request)
    return _week(request, get_room_timetable(user, room_id, now=now), now=now)


@require_safe
def teacher_paper(request: HttpRequest, teacher_id: int) -> HttpResponse:
    """A teacher's week on A4."""
    user, now = _who(request)
    return _paper(request, get_teacher_timetable(user, teacher_id, now=now), now=now)


@require_safe
def student_paper(request: HttpRequest, student_id: int) -> HttpResponse:
    """A student's week on A4."""
    user, now = _who(request)
    return _paper(request, get_student_timetable(user, student_id, now=now), now=now)


@require_safe
def group_paper(request: HttpRequest, group_id: int) -> HttpResponse:
    """A group's week on A4."""
    user, now = _who(request)
    return _paper(request, get_group_timetable(user, group_id, now=now), now=now)


@require_safe
def room_paper(request: HttpRequest, room_id: int) -> HttpResponse:
    """An auditorium's week on A4, for its door."""
    user, now = _who(request)
    return _paper(request, get_room_timetable(user, room_id, now=now), now=now)


@require_safe
@never_cache
def teacher_scheme(request: HttpRequest, teacher_id: int) -> HttpResponse:
    """The lines of a teacher's semester, odd and even weeks side by side."""
    user, now = _who(request)
    return _scheme(request, get_teacher_timetable(user, teacher_id, now=now), now=now)


@require_safe
@never_cache
def group_scheme(request: HttpRequest, group_id: int) -> HttpResponse:
    """The lines of a group's semester, odd and even weeks side by side."""
    user, now = _who(request)
    return _scheme(request, get_group_timetable(user, group_id, now=now), now=now)


@require_safe
@never_cache
def of_building(request: HttpRequest, building: str) -> HttpResponse:
    """The auditoriums of a building on one day: which are free when."""
    user, now = _who(request)
    rooms = get_building(user, building, now=now)
    today = day_of(now)
    day = _day(request.GET.get("day", ""), today)
    context = {
        "title": building,
        "board": building_day(building, rooms, day=day, now=now),
        "label": long_day(day, "year"),
        "previous_url": f"?day={day - timedelta(days=1)}",
        "next_url": f"?day={day + timedelta(days=1)}",
        "now_url": "" if day == today else f"?day={today}",
    }
    return render(request, "teaching/timetable_building.html", context)


@require_safe
@never_cache
def search(request: HttpRequest) -> HttpResponse:
    """Find a group, a teacher, an auditorium or a building by its name."""
    user, now = _who(request)
    rights = get_search(user, now=now)
    kinds = _findable(rights)
    form = TimetableSearch(request.GET, kinds=kinds)
    page, hits = find(
        form.what,
        form.search,
        groups=groups_in_reach(user, now=now),
        on=day_of(now),
        page=request.GET.get("page"),
    )
    labels = {
        TimetableOf.GROUP: _("Groups"),
        TimetableOf.TEACHER: _("Teachers"),
        TimetableOf.ROOM: _("Auditoriums"),
        TimetableOf.BUILDING: _("Buildings"),
    }
    context = {
        "form": form,
        "page_obj": page,
        "rows": [(hit.name, reverse(_ADDRESSES[form.what], args=[hit.id]), hit.of) for hit in hits],
        "of_heading": {
            TimetableOf.GROUP: _("Unit"),
            TimetableOf.TEACHER: _("Department"),
            TimetableOf.ROOM: _("Building"),
            TimetableOf.BUILDING: _("Auditoriums"),
        }[form.what],
        "what_heading": labels[form.what],
        "querystring": urlencode({"of": form.what.value, "q": form.search}),
        "reset_url": f"?{urlencode({'of': form.what.value})}" if form.search else "",
        "tabs": [
            {
                "label": labels[kind],
                "url": f"?{urlencode({'of': kind.value, 'q': form.search})}",
                "active": kind == form.what,
                "count": None,
            }
            for kind in kinds
        ],
        "has_own": rights.teacher_id is not None,
        "has_clashes": may_see_clashes(rights),
    }
    return render(request, "teaching/timetable_find.html", context)


def _findable(rights: Rights) -> list[TimetableOf]:
    """A teacher does not look up colleagues: their days are theirs and their head's."""
    kinds = [TimetableOf.GROUP, TimetableOf.TEACHER, TimetableOf.ROOM, TimetableOf.BUILDING]
    return kinds if reads_all_timetables(rights) else [kind for kind in kinds if kind != TimetableOf.TEACHER]


def _who(request: HttpRequest) -> tuple[User, datetime]:
    assert isinstance(request.user, User)  # LoginRequiredMiddleware stands before every view
    return request.user, clock.now()


def _day(wanted: str, today: date) -> date:
    """The day asked for; today, where none was or it is no day."""
    try:
        day = date.fromisoformat(wanted) if len(wanted) == 10 else today
    except ValueError:
        day = today
    return min(max(day, _FIRST), _LAST)


def _week(request: HttpRequest, door: TimetableDoor, *, now: datetime) -> HttpResponse:
    today = day_of(now)
    week = week_of(door, day=_day(request.GET.get("week", ""), today), now=now)
    rights = rights_of(_who(request)[0], on=today)
    context: dict[str, Any] = {
        "door": door,
        "title": _("My timetable") if door.is_own else door.title,
        "subtitle": _subtitle(door),
        "week": week,
        "board": week.board,
        "label": _week_label(week),
        "previous_url": f"?week={week.starts_on - timedelta(days=7)}",
        "next_url": f"?week={week.starts_on + timedelta(days=7)}",
        "now_url": "" if week.is_present else "?",
        "paper_url": f"{reverse(f'{_ADDRESSES[door.of]}_paper', args=[door.id])}?week={week.starts_on}",
        "tabs": _tabs(door, is_scheme=False) or _child_tabs(door, rights),
        "may_find": may_find_timetables(rights),
        "makes_calendar": door.is_own or door.of in (TimetableOf.GROUP, TimetableOf.ROOM),
    }
    return render(request, "teaching/timetable_week.html", context)


def _scheme(request: HttpRequest, door: TimetableDoor, *, now: datetime) -> HttpResponse:
    today = day_of(now)
    semester = semester_on(today)
    context = {
        "door": door,
        "title": _("My timetable") if door.is_own else door.title,
        "subtitle": _subtitle(door),
        "semester": semester,
        "board": scheme_of(door, semester, on=today) if semester is not None else Board((), ()),
        "paper_url": reverse(f"{_ADDRESSES[door.of]}_scheme_paper", args=[door.id]),
        "tabs": _tabs(door, is_scheme=True),
    }
    return render(request, "teaching/timetable_scheme.html", context)


@require_safe
def teacher_scheme_paper(request: HttpRequest, teacher_id: int) -> HttpResponse:
    """The lines of a teacher's semester on A4."""
    user, now = _who(request)
    return _scheme_paper(get_teacher_timetable(user, teacher_id, now=now), now=now)


@require_safe
def group_scheme_paper(request: HttpRequest, group_id: int) -> HttpResponse:
    """The lines of a group's semester on A4, for the noticeboard."""
    user, now = _who(request)
    return _scheme_paper(get_group_timetable(user, group_id, now=now), now=now)


def _tabs(door: TimetableDoor, *, is_scheme: bool) -> list[dict[str, Any]]:
    if door.of not in (TimetableOf.TEACHER, TimetableOf.GROUP):
        return []
    address = _ADDRESSES[door.of]
    return [
        {"label": _("Week"), "url": reverse(address, args=[door.id]), "active": not is_scheme, "count": None},
        {
            "label": _("Semester"),
            "url": reverse(f"{address}_scheme", args=[door.id]),
            "active": is_scheme,
            "count": None,
        },
    ]


def _child_tabs(door: TimetableDoor, rights: Rights) -> list[dict[str, Any]]:
    """A parent's way from one child to the other."""
    if door.of != TimetableOf.STUDENT or door.id not in rights.child_ids or len(rights.child_ids) < 2:
        return []
    return [
        {
            "label": child.user.get_full_name(),
            "url": reverse("timetable_student", args=[child.pk]),
            "active": child.pk == door.id,
            "count": None,
        }
        for child in children_of(rights)
    ]


def _subtitle(door: TimetableDoor) -> str:
    return " · ".join(part for part in (door.title if door.is_own else "", door.subtitle) if part)


def _week_label(week: Week) -> str:
    first, last = date_format(week.starts_on, "d.m"), date_format(week.ends_on, "d.m.Y")
    if week.semester is None:
        return f"{first}–{last}"
    values = {"first": first, "last": last, "number": week.number}
    if week.is_odd:
        return _("%(first)s–%(last)s, week %(number)s (odd)") % values
    return _("%(first)s–%(last)s, week %(number)s (even)") % values


def _paper(request: HttpRequest, door: TimetableDoor, *, now: datetime) -> HttpResponse:
    week = week_of(door, day=_day(request.GET.get("week", ""), day_of(now)), now=now)
    empty = _("No lessons in this week") if week.semester is not None else _("No semester in this week")
    return _printed(door, week.board, _week_label(week), empty=empty, name=str(week.starts_on), now=now)


def _scheme_paper(door: TimetableDoor, *, now: datetime) -> HttpResponse:
    today = day_of(now)
    semester = semester_on(today)
    board = scheme_of(door, semester, on=today) if semester is not None else Board((), ())
    empty = _("No timetable in this semester")
    return _printed(door, board, str(semester or ""), empty=empty, name="semester", now=now)


def _printed(door: TimetableDoor, board: Board, when: str, *, empty: str, name: str, now: datetime) -> HttpResponse:
    html = render_to_string(
        "teaching/timetable_paper.html",
        {
            "title": _("Timetable: %(whose)s") % {"whose": door.title},
            "subtitle": " · ".join(part for part in (door.subtitle, when) if part),
            "landscape": True,
            "institution": get_institution() or {"name": "", "name_ky": ""},
            "document_number": "",
            "printed_at": localtime(now),
            "meta": [],
            "signatures": [],
            "board": board,
            "empty": empty,
        },
    )
    response = HttpResponse(render_pdf(html), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="timetable-{door.of}-{door.id}-{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
