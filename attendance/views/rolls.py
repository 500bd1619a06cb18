"""The roll by scans: the live count, who is missing, the one tap that takes it, what is odd, a spot check."""

import re
from dataclasses import asdict
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from attendance.access import RollDoor, get_pulse, get_roll, get_roll_for_taking
from attendance.forms import LessonModeForm
from attendance.models import DIFFERENCE_LABELS, MODE_LABELS, QrSetting
from attendance.selectors.proof import modes_of
from attendance.selectors.roll import Roll, live_scans, roll_of
from attendance.services.rolls import TakenRoll, mark_present, take_roll
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.htmx import wants_json
from journal.forms import read_roll
from journal.selectors.states import Lock

MOST_TURNS = 99
# How often an open roll asks for news: at the first bell every teacher has one open.
POLL_SECONDS = 10


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lesson_roll(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """A lesson's scans and what they propose (`call=n`: the names of the n-th spot check). A POST takes the roll as
    the rows say, or marks one student as present without a phone (`no_phone`)."""
    assert isinstance(request.user, User)  # LoginRequiredMiddleware stands before every view
    now = clock.now()
    if request.method != "POST":
        return _show(request, get_roll(request.user, lesson_id, now=now), now=now)
    door = get_roll_for_taking(request.user, lesson_id, now=now)
    roll = roll_of(door.lesson, door.doors, now=now)
    if "no_phone" in request.POST:
        return _mark_present(request, door, roll, now=now)
    if not roll.is_open:
        # The page says above why; what was sent is not kept.
        return _show(request, door, now=now, statuses=frozenset({423 if roll.page.lock == Lock.MODULE_CLOSED else 422}))
    assert door.writing is not None
    typed = read_roll(roll.page, request.POST.dict(), today=day_of(now))
    taken = TakenRoll(0, {}, frozenset())
    if typed.entries:
        taken = take_roll(
            journal_id=door.writing.workload.pk,
            lines=roll.lines,
            entries=typed.entries,
            by=request.user,
            now=now,
            nonce=_nonce(request),
        )
    errors = {**{key: ("malformed", text) for key, text in typed.problems.items()}, **taken.refused}
    if errors or taken.message:
        statuses = taken.statuses | ({422} if typed.problems else set())
        return _show(request, door, now=now, errors=errors, typed=typed.typed, statuses=statuses, problem=taken.message)
    if taken.saved:
        words = ngettext("Saved: %(count)s mark.", "Saved: %(count)s marks.", taken.saved) % {"count": taken.saved}
        messages.success(request, words)
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("lesson_roll", lesson_id=lesson_id)


def _mark_present(request: HttpRequest, door: RollDoor, roll: Roll, *, now: datetime) -> HttpResponse:
    assert isinstance(request.user, User)
    assert door.writing is not None
    key = request.POST["no_phone"]
    line = next((line for line in roll.lines if line.is_open and str(line.row.student_id) == key), None)
    if line is None:
        words = _("This student is not on the roll, or it cannot be written now.")
        return _refusal(request, door, {"code": "not_enrolled", "message": words}, 422, now=now)
    seen = re.match(r"[0-9]{1,9}", request.POST.get(f"v{key}", ""))
    if seen is not None:
        line.row.version = int(seen.group())
    taken = mark_present(journal_id=door.writing.workload.pk, line=line, by=request.user, now=now)
    for code, words in taken.refused.values():
        return _refusal(request, door, {"code": code, "message": words}, max(taken.statuses), now=now)
    if wants_json(request):
        fresh = next(
            one for one in roll_of(door.lesson, door.doors, now=now).lines if one.row.student_id == line.row.student_id
        )
        return JsonResponse({"student": fresh.row.student_id, "seen": fresh.row.seen})
    messages.success(request, _("%(name)s is marked as present.") % {"name": line.row.name})
    return redirect("lesson_roll", lesson_id=door.lesson.pk)


def _refusal(
    request: HttpRequest, door: RollDoor, answer: dict[str, str], status: int, *, now: datetime
) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(answer, status=status)
    return _show(request, door, now=now, statuses=frozenset({status}), problem=answer["message"])


def _show(
    request: HttpRequest,
    door: RollDoor,
    *,
    now: datetime,
    errors: dict[int, tuple[str, str]] | None = None,
    typed: dict[int, tuple[str, str, str]] | None = None,
    statuses: frozenset[int] = frozenset(),
    problem: str = "",
) -> HttpResponse:
    roll = roll_of(door.lesson, door.doors, now=now)
    errors = errors or {}
    for line in roll.lines:
        if line.row.student_id in errors:
            line.row.error_code, line.row.error = errors[line.row.student_id]
            line.row.typed = (typed or {}).get(line.row.student_id)
    asked = request.GET.get("call", "")
    turn = int(asked) if re.fullmatch(r"[0-9]{1,2}", asked) else 0
    lesson = door.lesson
    own_mode = QrSetting.objects.filter(lesson=lesson).values_list("mode", flat=True).first()
    mode = modes_of([lesson.pk], on=lesson.date).get(lesson.pk)
    context = {
        "roll": roll,
        "page": roll.page,
        "lesson": lesson,
        "journal": (door.writing or door.doors[0]).workload,
        "writes": door.writing is not None,
        "groups": [("unproven", roll.of("unproven")), ("missing", roll.of("missing")), ("scanned", roll.of("scanned"))],
        "nonce": uuid4(),
        "turn": turn,
        "next_turn": turn % MOST_TURNS + 1,
        "called": roll.called(turn) if turn else [],
        "problem": problem,
        "mode": MODE_LABELS[mode] if mode is not None else "",
        "mode_form": LessonModeForm(initial={"mode": own_mode or ""}),
        "error_count": len(errors),
        "needs_reason": day_of(now) > lesson.date,
        "reason": request.POST.get("reason", ""),
        "poll_seconds": POLL_SECONDS if now < lesson.ends_at else 0,
        "differing": [(line, DIFFERENCE_LABELS[line.difference]) for line in roll.differing if line.difference],
    }
    status = next((status for status in (422, 423, 409) if status in statuses), 200)
    return render(request, "attendance/lesson_roll.html", context, status=status)


@require_safe
def lesson_roll_now(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The scans so far, for the open page: 304 while nobody has scanned since. One query then, two with news."""
    assert isinstance(request.user, User)
    now = clock.now()
    pulse = get_pulse(request.user, lesson_id, now=now)
    etag = quote_etag(f"{lesson_id}-{pulse.tag}-{request.LANGUAGE_CODE}")
    answer: HttpResponse | None = get_conditional_response(request, etag=etag)
    if answer is None:
        scans = live_scans(lesson_id, starts_at=pulse.starts_at) if pulse.total else []
        answer = JsonResponse({"scans": [asdict(scan) for scan in scans]})
        answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _nonce(request: HttpRequest) -> UUID:
    """The form's nonce: a second click on the button gets the first one's answer."""
    try:
        return UUID(request.POST.get("nonce", ""))
    except ValueError:
        return uuid4()
