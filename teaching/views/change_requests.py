"""Requests of teachers for changes of the timetable, and what the study office decides."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from teaching.access.changes import (
    get_changes_reader,
    get_own_lesson,
    get_own_request,
    get_request,
    get_request_to_decide,
)
from teaching.enums import LessonState, RequestKind, RequestState
from teaching.forms.changes import (
    DecisionForm,
    RequestForm,
)
from teaching.models import ChangeRequest, Lesson
from teaching.permissions.changes import may_change_timetable
from teaching.selectors.changes import (
    change_words,
    lesson_title,
    lesson_titles,
    place_of,
    place_words,
    request_rows,
    waiting_requests,
)
from teaching.selectors.clashes import Clash, clashes_at
from teaching.services.change_judging import Place
from teaching.services.change_requests import ask_for_change, grant_request, refuse_request, withdraw_request
from teaching.views.changes import PAGE_SIZE, clashes_of_place, user_of


@require_http_methods(["GET", "HEAD", "POST"])
def lesson_request(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """A teacher asks for a change of a lesson that he holds."""
    now = clock.now()
    user = user_of(request)
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
    user = user_of(request)
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
    user = user_of(request)
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
        "clashes": [clash.sentence for clash in clashes],
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
            return clashes_of_place(lesson, Place(asked.wanted_date, asked.wanted_pair, room_id=room_id))
        except Refusal:
            # The bell went meanwhile: granting says so.
            return []
    if asked.kind == RequestKind.ROOM:
        return clashes_at(
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            room_id=asked.wanted_room_id,
            leave_out_lesson_ids=[lesson.pk],
        )
    return []


@require_POST
def change_request_withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """The asker takes his request back."""
    now = clock.now()
    asked = get_own_request(user_of(request), request_id, now=now)
    try:
        withdraw_request(request_id=asked.pk, now=now)
        messages.success(request, _("The request is taken back."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("change_request", request_id=asked.pk)
