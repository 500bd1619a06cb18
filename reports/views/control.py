"""Filling control: what is not filled in time, and how each teacher fills (§3.6, §4.3)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.models import User
from ejournal.lib import clock
from journal.selectors.appeals import appeal_counts
from reports.access import get_control_scope
from reports.forms import ControlFilter, read_control_choice
from reports.permissions import controls_others
from reports.selectors.control import filling_by_teacher, unfilled_lessons
from reports.views.months import read_month
from teaching.models import Lesson

PAGE_SIZE = 50


class _Window(Paginator):
    """Pages of which SQL has read one."""

    def __init__(self, rows: Sequence[Any], count: int) -> None:
        super().__init__(rows, PAGE_SIZE)
        self.__dict__["count"] = count


@require_safe
def unfilled(request: HttpRequest) -> HttpResponse:
    """A month of the reader's scope: lessons not filled in time, or (`show=teachers`) the sums by teacher.
    One statement beside the reader's rights and what
    he may open."""
    now = clock.now()
    assert isinstance(request.user, User)
    rights = get_control_scope(request.user, now=now)
    this_month = clock.day_of(now).replace(day=1)
    month = read_month(request.GET["month"]) if request.GET.get("month") else this_month
    choice = read_control_choice(request.GET, month=month, last=_next(month) - timedelta(days=1))
    show = "teachers" if request.GET.get("show") == "teachers" else ""
    asked = request.GET.get("page", "1")
    number = max(int(asked), 1) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 6 else 1
    offset = (number - 1) * PAGE_SIZE
    rows: Sequence[Any]
    lesson_ids: list[int] = []
    if show:
        filling, count, corrected, rows = filling_by_teacher(rights, choice, limit=PAGE_SIZE, offset=offset, now=now)
    else:
        filling, lessons = unfilled_lessons(rights, choice, limit=PAGE_SIZE, offset=offset, now=now)
        rows, lesson_ids = lessons, [lesson.lesson_id for lesson in lessons]
        count, corrected = filling.unfilled, None
    # Who no longer keeps a journal, and a substitute after the filling window, sees the lesson counted, not its page.
    readable = Lesson.objects.visible_to(request.user, on=clock.day_of(now)).filter(pk__in=lesson_ids)
    if count and not rows:
        return redirect(f"{request.path}?{urlencode({**request.GET.dict(), 'page': 1})}")
    window = _Window(rows, count)
    query = {
        "show": show,
        "month": "" if month == this_month else f"{month:%Y-%m}",
        "unit": choice.unit,
        "department": choice.department,
        "teacher": choice.teacher,
    }

    def url(**changed: object) -> str:
        return "?" + urlencode({name: value for name, value in {**query, **changed}.items() if value})

    form = ControlFilter(choice, filling, show=show, month=str(query["month"]))
    return render(
        request,
        "reports/unfilled.html",
        {
            "show": show,
            "filling": filling,
            "corrected": corrected,
            "appeals": appeal_counts(rights, on=clock.day_of(now)) if controls_others(rights) else None,
            "rows": rows,
            "readable": set(readable.values_list("pk", flat=True)),
            "page_obj": window.page(number if rows else 1),
            "form": form if form.visible_fields() else None,
            "querystring": url()[1:],
            "reset_url": url(unit="", department="", teacher="") if choice.unit or choice.department else "",
            "every_teacher_url": url(teacher="") if choice.teacher is not None else "",
            "teacher_url": url(show="", teacher="") + ("&" if len(url(show="", teacher="")) > 1 else "") + "teacher=",
            "tabs": [
                {
                    "label": pgettext("lessons", "Not filled"),
                    "url": url(show=""),
                    "active": not show,
                    "count": filling.unfilled,
                },
                {"label": _("By teacher"), "url": url(show="teachers"), "active": bool(show), "count": None},
            ],
            "month_label": date_format(month, "F Y"),
            "previous_url": url(month=f"{month - timedelta(days=1):%Y-%m}"),
            "next_url": url(month=f"{_next(month):%Y-%m}") if month < this_month else "",
            "now_url": "" if month == this_month else url(month=""),
            "controls_others": controls_others(rights),
        },
    )


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
