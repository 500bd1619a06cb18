"""Changes of the timetable: the register, the study office's deeds, teachers' requests, holidays, free rooms."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from teaching.access.changes import (
    get_change_to_withdraw,
    get_changes_reader,
    get_holiday_keeper,
    get_lesson_to_change,
    get_own_lesson,
    get_own_request,
    get_request,
    get_request_to_decide,
    get_workload_to_change,
)
from teaching.enums import ChangeKind, LessonState, RequestKind, RequestState, WeekParity
from teaching.forms.changes import (
    ChangesFilter,
    DecisionForm,
    HolidayForm,
    LineForm,
    MomentForm,
    MoveForm,
    OrderForm,
    ReasonForm,
    RequestForm,
    RoomForm,
    SwapRoomsForm,
)
from teaching.models import ChangeRequest, Lesson, LessonChange
from teaching.permissions.changes import may_change_timetable
from teaching.selectors.change_clashes import Clash, ClashKind, clashes_at, free_rooms
from teaching.selectors.changes import (
    change_rows,
    change_words,
    lesson_title,
    lesson_titles,
    moment_words,
    place_of,
    place_words,
    request_rows,
    waiting_requests,
)
from teaching.services.calendar import declare_holiday, withdraw_holiday
from teaching.services.change_requests import ask_for_change, grant_request, refuse_request, withdraw_request
from teaching.services.changes import (
    Place,
    add_make_up,
    cancel_lesson,
    change_room,
    mark_not_held,
    moments_of,
    move_lesson,
    swap_rooms,
    withdraw_change,
)
from teaching.services.lines import LinePlace, change_line
from university.models import Holiday

PAGE_SIZE = 30
KINDS = ("move", "cancel", "room", "swap-rooms", "make-up", "not-held")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """The register of changes in the reader's scope, the newest first, a page at a time."""
    now = clock.now()
    user = _user(request)
    rights = get_changes_reader(user, now=now)
    form = ChangesFilter(request.GET)
    form.is_valid()
    found = _filtered(LessonChange.objects.visible_to(user, on=clock.day_of(now)), form)
    page = Paginator(found.order_by("-approved_at", "-id"), PAGE_SIZE).get_page(request.GET.get("page"))
    listed = list(change_rows(LessonChange.objects.filter(pk__in=[change.pk for change in page.object_list])))
    titles = lesson_titles([pk for change in listed for pk in (change.lesson_id, change.became_lesson_id) if pk])
    rows = [
        {
            "change": change,
            "title": titles.get(change.became_lesson_id or 0) or titles.get(change.lesson_id or 0) or _subject(change),
            "words": change_words(change),
            "lesson_id": change.became_lesson_id or change.lesson_id,
            "can_withdraw": change.withdrawn_at is None
            and change.kind not in (ChangeKind.HOLIDAY, ChangeKind.LINE)
            and may_change_timetable(rights),
        }
        for change in listed
    ]
    query = urlencode({name: request.GET[name] for name in form.fields if request.GET.get(name)})
    context = {
        "form": form,
        "rows": rows,
        "page_obj": page,
        "query": query,
        "edits": may_change_timetable(rights),
        "sees_requests": rights.sees_everything or rights.teacher_id is not None,
    }
    return render(request, "teaching/changes.html", context)


def _subject(change: LessonChange) -> str:
    if change.workload is None:
        return ""
    return f"{change.workload.course.discipline}, {change.workload.course.group}"


def _filtered(found: Any, form: ChangesFilter) -> Any:
    asked = form.cleaned_data
    if asked.get("kind"):
        found = found.filter(kind=asked["kind"])
    if asked.get("since"):
        found = found.filter(day__gte=asked["since"])
    if asked.get("unit"):
        lessons = Lesson.objects.filter(workloads__workload__course__group__unit=asked["unit"]).values("pk")
        found = found.filter(
            Q(lesson__in=lessons) | Q(became_lesson__in=lessons) | Q(workload__course__group__unit=asked["unit"])
        )
    if asked.get("teacher"):
        name = asked["teacher"].strip()
        found = found.filter(
            Q(lesson__teacher__user__last_name__icontains=name)
            | Q(became_lesson__teacher__user__last_name__icontains=name)
        )
    return found


# --- The study office's deeds ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def change_lesson(request: HttpRequest, lesson_id: int, kind: str) -> HttpResponse:
    """Move or cancel a lesson, give it another room, make it up, confirm that it did not take place."""
    now = clock.now()
    user = _user(request)
    lesson = get_lesson_to_change(user, lesson_id, now=now)
    if kind not in KINDS:
        raise Http404
    form = _form_of(request, lesson, kind)
    clashes: list[Clash] = []
    problem = ""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                clashes = [] if "confirm" in request.POST else _clashes(lesson, kind, form)
                if not clashes:
                    change = _do(lesson, kind, form, by=user, now=now)
                    messages.success(request, change_words(change))
                    return redirect("lesson", lesson_id=change.became_lesson_id or lesson.pk)
            except Refusal as refusal:
                problem, status = str(refusal), refusal.status
    context = {
        "title": _titles()[kind],
        "about": f"{lesson_title(lesson.pk)} · {place_words(place_of(lesson))}",
        "form": form,
        "problem": problem,
        "clashes": [_clash_words(clash) for clash in clashes],
        "back_url": reverse("lesson", args=[lesson.pk]),
        "rooms_url": reverse("free_rooms") + f"?day={lesson.date:%Y-%m-%d}&pair={lesson.pair or ''}",
        "danger": kind in ("cancel", "not-held"),
    }
    return render(request, "teaching/change_form.html", context, status=status)


def _titles() -> dict[str, str]:
    return {
        "move": _("Move the lesson"),
        "cancel": _("Cancel the lesson"),
        "room": _("Another auditorium"),
        "swap-rooms": _("Swap auditoriums"),
        "make-up": _("Make-up lesson"),
        "not-held": _("The lesson did not take place"),
    }


def _form_of(request: HttpRequest, lesson: Lesson, kind: str) -> Any:
    sent = request.POST if request.method == "POST" else None
    start: dict[str, Any] = {"version": lesson.version}
    if kind in ("move", "make-up"):
        place = {"day": lesson.date, "pair": lesson.pair, "room": lesson.room_id}
        return MoveForm(sent, initial={**start, **(place if kind == "move" else {})})
    if kind == "room":
        return RoomForm(sent, initial={**start, "room": lesson.room_id})
    if kind == "swap-rooms":
        others = (
            Lesson.objects.filter(starts_at__lt=lesson.ends_at, ends_at__gt=lesson.starts_at, room__isnull=False)
            .filter(state=LessonState.PLANNED)
            .exclude(pk=lesson.pk)
            .order_by("room__code", "id")
        )
        return SwapRoomsForm(sent, initial=start, lessons=others)
    return OrderForm(sent, initial=start) if kind == "cancel" else ReasonForm(sent, initial=start)


def _do(lesson: Lesson, kind: str, form: Any, *, by: User, now: datetime) -> LessonChange:
    cleaned = form.cleaned_data
    version = cleaned["version"] or 0
    facts: dict[str, Any] = {"reason": cleaned["reason"], "by": by, "now": now}
    about = {"lesson_id": lesson.pk, "version": version, **facts}
    if kind == "move":
        return move_lesson(place=form.place, order=form.order, **about)
    if kind == "cancel":
        return cancel_lesson(order=form.order, **about)
    if kind == "room":
        return change_room(room=cleaned["room"], **about)
    if kind == "swap-rooms":
        other = cleaned["other"]
        return swap_rooms(versions={lesson.pk: version, other.pk: other.version}, **facts)[0]
    if kind == "make-up":
        is_lost = lesson.state in (LessonState.CANCELLED, LessonState.NOT_HELD)
        return add_make_up(
            workload_ids=list(lesson.workloads.values_list("workload_id", flat=True)),
            place=form.place,
            order=form.order,
            instead_of=lesson.pk if is_lost else None,
            **facts,
        )
    return mark_not_held(**about)


def _clashes(lesson: Lesson, kind: str, form: Any) -> list[Clash]:
    """What stands in the way at the new place: shown, and then confirmed or changed."""
    if kind == "room":
        room = form.cleaned_data["room"]
        if room is None:
            return []
        return clashes_at(
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            teacher_ids=[],
            room_id=room.pk,
            group_ids=[],
            leave_out_lesson_ids=[lesson.pk],
        )
    if kind not in ("move", "make-up"):
        return []
    return _clashes_of_place(lesson, form.place)


def _clashes_of_place(lesson: Lesson, place: Place) -> list[Clash]:
    starts_at, ends_at = moments_of(place)
    served = list(lesson.workloads.values_list("workload__course__group_id", "workload__subgroup_id"))
    subgroups = [subgroup for _group, subgroup in served if subgroup is not None]
    return clashes_at(
        starts_at=starts_at,
        ends_at=ends_at,
        teacher_ids=[lesson.teacher_id],
        room_id=place.room_id,
        group_ids=[group for group, _subgroup in served],
        subgroup_ids=subgroups if len(subgroups) == len(served) else [],
        leave_out_lesson_ids=[lesson.pk],
    )


def _clash_words(clash: Clash) -> str:
    facts = {"name": clash.name, "when": moment_words(clash.starts_at), "lesson": lesson_title(clash.lesson_id)}
    if clash.kind == ClashKind.ROOM:
        return _("Auditorium %(name)s is taken on %(when)s: %(lesson)s") % facts
    if clash.kind == ClashKind.TEACHER:
        return _("%(name)s teaches on %(when)s: %(lesson)s") % facts
    return _("%(name)s has a lesson on %(when)s: %(lesson)s") % facts


@require_POST
def change_withdraw(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take a change back."""
    now = clock.now()
    user = _user(request)
    change = get_change_to_withdraw(user, change_id, now=now)
    try:
        withdraw_change(change_id=change.pk, by=user, now=now)
        messages.success(request, _("The change is taken back."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("changes")


@require_http_methods(["GET", "HEAD", "POST"])
def change_lines(request: HttpRequest, workload_id: int) -> HttpResponse:
    """Change, end or add a line of the timetable of one journal, from a day on."""
    now = clock.now()
    user = _user(request)
    workload = get_workload_to_change(user, workload_id, now=now)
    today = clock.day_of(now)
    slots = workload.slots.filter(ends_on__gte=today).select_related("room").order_by("weekday", "pair", "starts_on")
    sent = request.POST if request.method == "POST" else None
    form = LineForm(sent, slots=slots, initial={"from_day": today})
    problem, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            cleaned = form.cleaned_data
            to = LinePlace(cleaned["weekday"], cleaned["pair"] or 0, WeekParity(cleaned["parity"]), cleaned["room"])
            try:
                change = change_line(
                    workload_id=workload.pk,
                    slot_id=cleaned["slot"].pk if cleaned["slot"] is not None else None,
                    to=None if cleaned["ends_here"] else to,
                    from_day=cleaned["from_day"],
                    reason=cleaned["reason"],
                    order=form.order,
                    by=user,
                    now=now,
                )
                messages.success(request, change_words(change))
                return redirect("changes")
            except Refusal as refusal:
                problem, status = str(refusal), refusal.status
    context = {
        "title": _("Change a line of the timetable"),
        "about": f"{workload.course.discipline}, {workload.course.group} · {workload.get_kind_display()}",
        "form": form,
        "problem": problem,
        "clashes": [],
        "back_url": reverse("journal", args=[workload.pk]),
        "rooms_url": "",
        "danger": False,
    }
    return render(request, "teaching/change_form.html", context, status=status)


# --- Requests -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def lesson_request(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """A teacher asks for a change of a lesson that he holds."""
    now = clock.now()
    user = _user(request)
    lesson = get_own_lesson(user, lesson_id, now=now)
    has_begun = lesson.starts_at <= now
    kinds = [RequestKind.NOT_HELD, RequestKind.MOVE] if has_begun else list(RequestKind)[:3]
    groups = lesson.workloads.values("workload__course__group")
    others = (
        Lesson.objects.filter(
            workloads__workload__course__group__in=groups,
            semester=lesson.semester_id,
            starts_at__gt=now,
            state=LessonState.PLANNED,
        )
        .exclude(teacher=lesson.teacher_id)
        .distinct()
        .order_by("starts_at", "id")
    )
    sent = request.POST if request.method == "POST" else None
    form = RequestForm(sent, lessons=others, kinds=kinds)
    problem, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            cleaned = form.cleaned_data
            other = cleaned.get("other")
            try:
                asked = ask_for_change(
                    lesson_id=lesson.pk,
                    kind=RequestKind(cleaned["kind"]),
                    reason=cleaned["reason"],
                    by=user,
                    now=now,
                    other_lesson_id=other.pk if other is not None else None,
                    wanted_date=cleaned.get("day"),
                    wanted_pair=cleaned.get("pair"),
                    wanted_room=cleaned.get("room"),
                )
                messages.success(request, _("The study office has your request."))
                return redirect("change_request", request_id=asked.pk)
            except Refusal as refusal:
                problem, status = str(refusal), refusal.status
    context = {
        "title": _("Ask for a change"),
        "about": f"{lesson_title(lesson.pk)} · {place_words(place_of(lesson))}",
        "form": form,
        "problem": problem,
        "clashes": [],
        "back_url": reverse("lesson", args=[lesson.pk]),
        "rooms_url": reverse("free_rooms") + f"?day={lesson.date:%Y-%m-%d}&pair={lesson.pair or ''}",
        "danger": False,
    }
    return render(request, "teaching/change_form.html", context, status=status)


@require_safe
def change_requests(request: HttpRequest) -> HttpResponse:
    """Requests: all that wait for the study office, the own ones for a teacher."""
    now = clock.now()
    user = _user(request)
    rights = get_changes_reader(user, now=now)
    found = ChangeRequest.objects.filter(asked_by=user).order_by("-asked_at", "-id")
    if rights.sees_everything:
        found = ChangeRequest.objects.order_by("-asked_at", "-id") if "all" in request.GET else waiting_requests()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    listed = list(request_rows(found.filter(pk__in=[one.pk for one in page.object_list])))
    titles = lesson_titles([one.lesson_id for one in listed])
    rows = [
        {"request": one, "title": titles.get(one.lesson_id, ""), "was": place_words(place_of(one.lesson))}
        for one in listed
    ]
    context = {
        "rows": rows,
        "page_obj": page,
        "query": "all=1" if "all" in request.GET else "",
        "shows_all": "all" in request.GET,
        "can_show_all": rights.sees_everything,
    }
    return render(request, "teaching/change_requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change_request(request: HttpRequest, request_id: int) -> HttpResponse:
    """One request: the asker reads it, the study office grants or refuses it."""
    now = clock.now()
    user = _user(request)
    door = get_request_to_decide if request.method == "POST" else get_request
    asked = request_rows(ChangeRequest.objects.filter(pk=door(user, request_id, now=now).pk)).get()
    rights = get_changes_reader(user, now=now)
    needs_order = asked.kind in (RequestKind.MOVE, RequestKind.SWAP)
    sent = request.POST if request.method == "POST" else None
    form = DecisionForm(sent, needs_order=needs_order)
    problem, status = "", 200
    clashes = _clashes_of_request(asked) if asked.state == RequestState.ASKED else []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            answer = form.cleaned_data["answer"]
            try:
                if "refuse" in request.POST:
                    refuse_request(request_id=asked.pk, answer=answer, by=user, now=now)
                    messages.success(request, _("The request is refused."))
                else:
                    change = grant_request(request_id=asked.pk, order=form.order, answer=answer, by=user, now=now)
                    messages.success(request, change_words(change))
                return redirect("change_requests")
            except Refusal as refusal:
                problem, status = str(refusal), refusal.status
    is_open = asked.state == RequestState.ASKED
    context = {
        "asked": asked,
        "title": lesson_title(asked.lesson_id),
        "was": place_words(place_of(asked.lesson)),
        "wanted": _wanted_words(asked),
        "form": form,
        "problem": problem,
        "clashes": [_clash_words(clash) for clash in clashes],
        "can_decide": is_open and may_change_timetable(rights),
        "can_withdraw": is_open and asked.asked_by_id == user.pk,
    }
    return render(request, "teaching/change_request.html", context, status=status)


def _wanted_words(asked: ChangeRequest) -> str:
    if asked.other_lesson is not None:
        other = asked.other_lesson
        return f"{lesson_title(other.pk)} · {place_words(place_of(other))} · {other.teacher}"
    room = asked.wanted_room.code if asked.wanted_room is not None else ""
    if asked.wanted_date is not None:
        return place_words({"date": asked.wanted_date.isoformat(), "pair": asked.wanted_pair, "room": room})
    return _("auditorium %(room)s") % {"room": room} if room else ""


def _clashes_of_request(asked: ChangeRequest) -> list[Clash]:
    lesson = asked.lesson
    if asked.kind == RequestKind.MOVE and asked.wanted_date is not None:
        room_id = asked.wanted_room_id or lesson.room_id
        try:
            return _clashes_of_place(lesson, Place(asked.wanted_date, asked.wanted_pair, room_id=room_id))
        except Refusal:
            # The bell went meanwhile: granting says so.
            return []
    if asked.kind == RequestKind.ROOM:
        return clashes_at(
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            teacher_ids=[],
            room_id=asked.wanted_room_id,
            group_ids=[],
            leave_out_lesson_ids=[lesson.pk],
        )
    return []


@require_POST
def change_request_withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """The asker takes his request back."""
    now = clock.now()
    asked = get_own_request(_user(request), request_id, now=now)
    try:
        withdraw_request(request_id=asked.pk, now=now)
        messages.success(request, _("The request is taken back."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("change_request", request_id=asked.pk)


# --- Holidays, free rooms -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def holidays(request: HttpRequest) -> HttpResponse:
    """The calendar's holidays: enter one, take one back."""
    now = clock.now()
    user = _user(request)
    get_holiday_keeper(user, now=now)
    form = HolidayForm(request.POST if request.method == "POST" else None)
    problem, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = declare_holiday(by=user, now=now, **form.cleaned_data)
                _say_declared(request, done.cancelled, done.standing)
                return redirect("holidays")
            except Refusal as refusal:
                problem, status = str(refusal), refusal.status
    page = Paginator(Holiday.objects.order_by("-day"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "problem": problem, "page_obj": page, "today": clock.day_of(now)}
    return render(request, "teaching/holidays.html", context, status=status)


def _say_declared(request: HttpRequest, cancelled: int, standing: int) -> None:
    messages.success(
        request,
        ngettext("%(count)s lesson is cancelled.", "%(count)s lessons are cancelled.", cancelled)
        % {"count": cancelled},
    )
    if standing:
        messages.warning(
            request,
            ngettext(
                "%(count)s lesson of that day was held already and stands.",
                "%(count)s lessons of that day were held already and stand.",
                standing,
            )
            % {"count": standing},
        )


@require_POST
def holiday_withdraw(request: HttpRequest, holiday_id: int) -> HttpResponse:
    """Take a holiday back: its lessons return."""
    now = clock.now()
    user = _user(request)
    get_holiday_keeper(user, now=now)
    holiday = get_object_or_404(Holiday, pk=holiday_id)
    try:
        withdraw_holiday(holiday_id=holiday.pk, by=user, now=now)
        messages.success(request, _("The holiday is taken back, its lessons have returned."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("holidays")


@require_safe
def rooms(request: HttpRequest) -> HttpResponse:
    """Rooms that are free at a pair of a day, with their seats."""
    now = clock.now()
    get_changes_reader(_user(request), now=now)
    form = MomentForm(request.GET) if "day" in request.GET else MomentForm(initial={"day": clock.day_of(now)})
    found = None
    problem = ""
    if form.is_bound and form.is_valid():
        try:
            starts_at, ends_at = moments_of(Place(form.cleaned_data["day"], form.cleaned_data["pair"]))
            found = [
                [room.code, room.building, str(room.seats) if room.seats is not None else "—"]
                for room in free_rooms(starts_at=starts_at, ends_at=ends_at)
            ]
        except Refusal as refusal:
            problem = str(refusal)
    return render(request, "teaching/free_rooms.html", {"form": form, "rows": found, "problem": problem})
