"""Codes of auditoriums: issuing them, their posters, the screens that show them."""

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.permissions import rights_of
from attendance.access import (
    check_pairs_displays,
    get_display,
    get_lesson_to_show,
    get_room,
    get_room_keeper,
    get_units_to_prove,
)
from attendance.enums import QrMode
from attendance.forms import LessonModeForm, PairingForm, RoomFilter, RoomModeForm, UnitModeForm
from attendance.models import MODE_LABELS, QrSetting, RoomCode
from attendance.permissions import may_pair_displays, may_set_proof
from attendance.selectors.rooms import buildings, living_codes, living_codes_count, living_displays, rooms_with_codes
from attendance.services.posters import MANY, Size, ask_for_posters, render_posters
from attendance.services.rooms import (
    end_display,
    issue_code,
    issue_missing,
    pair_display,
    set_lesson_mode,
    set_room_mode,
    set_unit_mode,
)
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from university.selectors import policy_by_unit

PAGE_SIZE = 50


def _who(request: HttpRequest) -> tuple[User, datetime]:
    assert isinstance(request.user, User)  # LoginRequiredMiddleware stands before every view
    return request.user, clock.now()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rooms(request: HttpRequest) -> HttpResponse:
    """Auditoriums and their codes; a POST issues those that are missing, of a building or of all."""
    user, now = _who(request)
    get_room_keeper(user, now=now)
    names = buildings()
    form = RoomFilter(request.POST if request.method == "POST" else request.GET, buildings=names)
    form.is_valid()
    chosen = {"building": form.cleaned_data.get("building", ""), "q": form.cleaned_data.get("q", "")}
    query = urlencode({name: value for name, value in chosen.items() if value})
    found = rooms_with_codes(building=chosen["building"], number=chosen["q"])
    if request.method == "POST":
        made = issue_missing(rooms=found, by=user, now=now)
        messages.success(request, _("Codes issued: %(count)s.") % {"count": made})
        return redirect(f"{request.path}?{query}")
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page_obj,
        "building": chosen["building"],
        "number": chosen["q"],
        "querystring": query,
        "reset_url": request.path if query else "",
        "printable": chosen["building"] and living_codes_count(chosen["building"]),
        "many": MANY,
        "pairs": may_pair_displays(rights_of(user, on=day_of(now))),
        "sets_proof": may_set_proof(rights_of(user, on=day_of(now))),
    }
    return render(request, "attendance/rooms.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, room_id: int) -> HttpResponse:
    """One auditorium: its code, its posters, its way of proof. A POST issues the code anew (asked about first, where
    one lives), or sets the way."""
    user, now = _who(request)
    found = get_room(user, room_id, now=now)
    setting = QrSetting.objects.filter(room=found).first()
    deed = request.POST.get("deed", "")
    form = RoomModeForm(request.POST if deed == "mode" else None, initial={"mode": setting.mode if setting else ""})
    code = RoomCode.objects.filter(room=found, ended_at__isnull=True).select_related("issued_by").first()
    if request.method == "POST" and deed == "issue" and code is not None and "confirmed" not in request.POST:
        return render(request, "attendance/room_reissue.html", {"room": found})
    if request.method == "POST" and deed == "issue":
        issue_code(room=found, by=user, now=now)
        messages.success(request, _("The new code is valid from now on: print its poster."))
        return redirect("room", found.pk)
    if request.method == "POST" and deed == "mode" and form.is_valid():
        mode = form.cleaned_data["mode"]
        set_room_mode(room=found, mode=QrMode(mode) if mode else None, by=user, now=now)
        messages.success(request, _("Saved."))
        return redirect("room", found.pk)
    context = {"room": found, "code": code, "form": form}
    return render(request, "attendance/room.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@never_cache
def room_poster(request: HttpRequest, room_id: int) -> HttpResponse:
    """The poster of one auditorium, A4 or A6 (`?size=`)."""
    user, now = _who(request)
    return _posters(request, living_codes(room=get_room(user, room_id, now=now)), now=now)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def building_posters(request: HttpRequest) -> HttpResponse:
    """The posters of a building in one file, where they are few; a POST has a worker make them."""
    user, now = _who(request)
    get_room_keeper(user, now=now)
    if request.method == "POST":
        building = request.POST.get("building", "").replace("\x00", "")[:200]
        size: Size = "a6" if request.POST.get("size") == "a6" else "a4"
        job = ask_for_posters(building=building, size=size, base=request.build_absolute_uri("/"), by=user, now=now)
        return redirect("job", job.pk)
    building = request.GET.get("building", "").replace("\x00", "")
    codes = living_codes(building=building)
    if len(codes) > MANY:
        messages.info(request, _("These posters are too many for one page: have them made."))
        return redirect(f"{reverse('rooms')}?{urlencode({'building': building})}")
    return _posters(request, codes, now=now)


def _posters(request: HttpRequest, codes: list[RoomCode], *, now: datetime) -> HttpResponse:
    if not codes:
        messages.error(request, _("There is no code to print: issue it first."))
        return redirect("rooms")
    size: Size = "a6" if request.GET.get("size") == "a6" else "a4"
    pdf = render_posters(codes, size=size, base=request.build_absolute_uri("/"), printed_at=now)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="posters-{size}.pdf"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def displays(request: HttpRequest) -> HttpResponse:
    """The living screens, and the form that pairs another."""
    user, now = _who(request)
    check_pairs_displays(user, now=now)
    form = PairingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            pair_display(by=user, now=now, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(request, _("Paired: the screen shows the auditorium's code in some seconds."))
            return redirect("displays")
    page_obj = Paginator(living_displays(now=now), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page_obj}
    return render(request, "attendance/displays.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def display_end(request: HttpRequest, display_id: int) -> HttpResponse:
    """End a screen: from its next look on it shows nothing."""
    user, now = _who(request)
    end_display(display=get_display(user, display_id, now=now), by=user, now=now)
    messages.success(request, _("Ended: the screen shows nothing from now on."))
    return redirect("displays")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proof(request: HttpRequest) -> HttpResponse:
    """The way of proof by unit, as it holds today; a POST sets it for one of them from today on."""
    user, now = _who(request)
    units, with_university = get_units_to_prove(user, now=now)
    form = UnitModeForm(request.POST or None, units=units, with_university=with_university)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["unit"]
        unit = units.get(pk=chosen) if chosen is not None else None
        set_unit_mode(unit=unit, mode=QrMode(form.cleaned_data["mode"]), now=now)
        messages.success(request, _("Saved."))
        return redirect("proof")
    usual, own = policy_by_unit("qr_mode", on=day_of(now))
    context = {
        "form": form,
        "usual": MODE_LABELS[QrMode(usual)],
        "rows": [(unit.name, MODE_LABELS[QrMode(own[unit.pk])]) for unit in units if unit.pk in own],
    }
    return render(request, "attendance/proof.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def lesson_proof(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Set the way of proof at one lesson: its teacher's or substitute's."""
    user, now = _who(request)
    lesson = get_lesson_to_show(user, lesson_id, now=now)
    form = LessonModeForm(request.POST)
    if form.is_valid():
        mode = form.cleaned_data["mode"]
        set_lesson_mode(lesson=lesson, mode=QrMode(mode) if mode else None, by=user, now=now)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Choose one of the ways of proof."))
    return redirect("lesson_roll", lesson.pk)
