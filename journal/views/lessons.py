"""The page of a lesson: topic, kinds of work and the roll. Works without scripts."""

import hashlib
import json
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.access import get_lesson
from journal.forms import LessonForm, read_roll, taken_by_plan
from journal.permissions import JournalDoor
from journal.selectors.lessons import LessonPage, lesson_page
from journal.services import describe_lesson, record_marks
from teaching.models import Lesson
from teaching.permissions.changes import may_change_timetable
from teaching.selectors.changes import change_words, changes_of_lesson
from teaching.selectors.taught import with_substitution


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
def lesson(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Show a lesson; POST saves topic and roll through the same services as the grid (§3.5a–c)."""
    now = clock.now()
    user = request.user
    assert isinstance(user, User)
    found, doors = get_lesson(user, lesson_id, now=now)
    page = lesson_page(found, doors, now=now)
    if request.method == "POST":
        return _save(request, user, page, doors, now=now)
    return _show(request, page, LessonForm(lesson=found, work_kinds=page.work_kinds), now=now)


def _save(request: HttpRequest, user: User, page: LessonPage, doors: list[JournalDoor], *, now: Any) -> HttpResponse:
    door = page.writing_door
    if door is None:
        raise PermissionDenied
    sent = request.POST.copy()
    taken = taken_by_plan(page, sent)
    if taken and page.offer is not None:
        # The button says: the plan's words in place of mine. Kinds that a lesson does not offer any more are left.
        sent["topic"] = page.offer.topic_of(taken)
        sent.setlist("work_kinds", [kind for kind in page.offer.kinds_of(taken) if kind in page.work_kinds])
    form = LessonForm(sent, lesson=page.lesson, work_kinds=page.work_kinds)
    trouble: list[tuple[int, str]] = []
    saved_topic = False
    if not form.is_valid():
        trouble.append((422, _("The topic is not saved: look at the marked fields.")))
    elif form.says_something_new or taken is not None:
        try:
            describe_lesson(
                lesson_id=page.lesson.id,
                journal=door.workload,
                topic=form.cleaned_data["topic"],
                work_kinds=form.cleaned_data["work_kinds"],
                note=form.cleaned_data["note"],
                version=form.cleaned_data["version"],
                by=user,
                now=now,
                plan_items=taken,
                added_kind=form.cleaned_data["added_kind"],
            )
            saved_topic = True
        except Refusal as refusal:
            trouble.append((refusal.status, str(refusal)))
    roll = read_roll(page, request.POST.dict(), today=clock.day_of(now))
    said = dict.fromkeys(roll.problems, "malformed")
    errors = dict(roll.problems)
    saved_cells = 0
    if roll.entries:
        result = record_marks(
            journal_id=door.workload.id,
            raw_marks=roll.entries,
            by=user,
            now=now,
            nonce=_nonce(request),
            body_sha256=hashlib.sha256(json.dumps(roll.entries).encode()).digest(),
        )
        if "marks" not in result.answer:
            trouble.append((result.status, str(result.answer["message"])))
            errors.update(dict.fromkeys((entry["student"] for entry in roll.entries), ""))
        for cell in result.answer.get("marks", ()):
            if cell["status"] == 200:
                saved_cells += 1
            else:
                errors[cell["student"]] = cell["message"]
                said[cell["student"]] = cell["code"]
                trouble.append((cell["status"], ""))
    if roll.problems:
        trouble.append((422, ""))
    if not trouble:
        if saved_cells or saved_topic:
            messages.success(
                request,
                ngettext("Saved: %(count)s mark.", "Saved: %(count)s marks.", saved_cells) % {"count": saved_cells}
                if saved_cells
                else _("The topic is saved."),
            )
        else:
            messages.info(request, _("Nothing was changed."))
        return redirect("lesson", lesson_id=page.lesson.id)
    # What was saved is read anew; what was not keeps the texts that were typed, beside the sentence.
    again = with_substitution(Lesson.objects.select_related("room", "teacher__user")).get(pk=page.lesson.id)
    fresh = lesson_page(again, doors, now=now)
    for section in fresh.sections:
        for row in section.rows:
            if row.student_id in errors:
                row.typed = roll.typed.get(row.student_id)
                row.error = errors[row.student_id]
                row.error_code = said.get(row.student_id, "")
    if saved_topic:
        form = LessonForm(lesson=fresh.lesson, work_kinds=fresh.work_kinds)
    elif form.is_valid():
        # What was typed, upon what is there now: saving again replaces it knowingly.
        sent["version"] = str(fresh.lesson.version)
        form = LessonForm(sent, lesson=fresh.lesson, work_kinds=fresh.work_kinds)
    statuses = [status for status, _text in trouble]
    return _show(
        request,
        fresh,
        form,
        now=now,
        status=next(status for status in (422, 423, 409, *statuses) if status in statuses),
        reason=request.POST.get("reason", ""),
        problems=list(dict.fromkeys(text for _status, text in trouble if text)),
        saved_cells=saved_cells,
        error_count=len(errors),
    )


def _nonce(request: HttpRequest) -> UUID | None:
    """The form's nonce: a second click on "save" gets the first one's answer."""
    try:
        return UUID(request.POST.get("nonce", ""))
    except ValueError:
        return None


def _show(
    request: HttpRequest,
    page: LessonPage,
    form: LessonForm,
    *,
    now: Any,
    status: int = 200,
    reason: str = "",
    problems: list[str] | None = None,
    saved_cells: int = 0,
    error_count: int = 0,
) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    door = page.writing_door or page.sections[0].door
    high = [str(grade) for grade in sorted(page.daily_grades, reverse=True)]
    return render(
        request,
        "journal/lesson.html",
        {
            "page": page,
            "lesson": page.lesson,
            "journal": door.workload,
            "form": form,
            "nonce": uuid4(),
            "problems": problems or [],
            "reason": reason,
            "saved_cells": saved_cells,
            "error_count": error_count,
            "grades": [grade for grade in high if grade not in ("0", "1")],
            "low_grades": [grade for grade in high if grade in ("0", "1")],
            "needs_reason": clock.day_of(now) > page.lesson.date,
            "today": clock.day_of(now),
            "server_now": now,
            "student_count": sum(len(section.rows) for section in page.sections),
            "marks_url": reverse("marks", args=[door.workload.id]),
            "happened": [
                change_words(change, lesson_id=page.lesson.id) for change in changes_of_lesson(page.lesson.id)
            ],
            "may_ask": page.writing_door is not None,
            "leaves_note": page.lesson.teacher.user_id == user.pk and page.lesson.date >= clock.day_of(now),
            "may_change": may_change_timetable(rights_of(user, on=clock.day_of(now))),
        },
        status=status,
    )
