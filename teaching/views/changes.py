"""Changes of the timetable: the register, the study office's deeds, teachers' requests, holidays, free rooms."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from teaching.access.changes import (
    get_change_to_withdraw,
    get_changes_reader,
    get_lesson_to_change,
    get_workload_to_change,
)
from teaching.enums import ChangeKind, LessonState, WeekParity
from teaching.forms.changes import (
    ChangesFilter,
    LineForm,
    MoveForm,
    OrderForm,
    ReasonForm,
    RoomForm,
    SwapRoomsForm,
)
from teaching.models import Lesson, LessonChange
from teaching.permissions.changes import may_change_timetable
from teaching.selectors.changes import (
    change_rows,
    change_words,
    lesson_title,
    lesson_titles,
    place_of,
    place_words,
)
from teaching.selectors.clashes import Clash, clashes_at
from teaching.services.change_judging import Place, moments_of
from teaching.services.changes import (
    add_make_up,
    cancel_lesson,
    change_room,
    mark_not_held,
    move_lesson,
    swap_rooms,
    withdraw_change,
)
from teaching.services.lines import LinePlace, change_line

PAGE_SIZE = 30
KINDS = ("move", "cancel", "room", "swap-rooms", "make-up", "not-held")


def user_of(request: HttpRequest) -> User:
    """Who asks; every page here wants a login."""
    assert isinstance(request.user, User)
    return request.user


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """The register of changes in the reader's scope, the newest first, a page at a time."""
    now = clock.now()
    user = user_of(request)
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
    user = user_of(request)
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
        "clashes": [clash.sentence for clash in clashes],
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
            room_id=room.pk,
            leave_out_lesson_ids=[lesson.pk],
        )
    if kind not in ("move", "make-up"):
        return []
    return clashes_of_place(lesson, form.place)


def clashes_of_place(lesson: Lesson, place: Place) -> list[Clash]:
    """What a lesson would meet at a place."""
    starts_at, ends_at = moments_of(place)
    return clashes_at(
        starts_at=starts_at,
        ends_at=ends_at,
        teacher_ids=[lesson.teacher_id],
        room_id=place.room_id,
        groups=list(lesson.workloads.values_list("workload__course__group_id", "workload__subgroup_id")),
        leave_out_lesson_ids=[lesson.pk],
    )


@require_POST
def change_withdraw(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take a change back."""
    now = clock.now()
    user = user_of(request)
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
    user = user_of(request)
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
