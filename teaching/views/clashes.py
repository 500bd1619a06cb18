"""The clashes of the timetable, for those who can do something about them (§3.3)."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.enums import Role
from accounts.models import User
from ejournal.lib import clock
from teaching.access import get_clashes
from teaching.forms.timetable import CLASH_LABELS, ClashFilter
from teaching.selectors.clashes import clashes_of_semester
from university.selectors import semester_on

A_PAGE = 30


@require_safe
@never_cache
def clashes(request: HttpRequest) -> HttpResponse:
    """Clashes of the semester from today on: all of them, or those of one's units and departments."""
    now = clock.now()
    assert isinstance(request.user, User)
    rights = get_clashes(request.user, now=now)
    today = clock.day_of(now)
    semester = semester_on(today)
    everything = rights.sees_everything or rights.has(Role.ADMINISTRATOR)
    found = (
        clashes_of_semester(
            semester,
            on=today,
            unit_ids=None if everything else rights.unit_ids,
            department_ids=None if everything else rights.department_ids,
        )
        if semester is not None
        else []
    )
    form = ClashFilter(request.GET)
    chosen = [clash for clash in found if not form.chosen or clash.kind == form.chosen]
    page = Paginator(chosen, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "semester": semester,
        "form": form,
        "page_obj": page,
        "rows": [(str(CLASH_LABELS[clash.kind]), clash) for clash in page],
        "querystring": urlencode({"kind": form.chosen}) if form.chosen else "",
        "is_filtered": bool(form.chosen),
    }
    return render(request, "teaching/timetable_clashes.html", context)
