"""The pages of the last week of August: the checklist and the rollover of groups (§4.1)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.loading.access import require_loader
from ejournal.loading.checklist import READERS, checklist
from ejournal.loading.forms import RolloverForm
from ejournal.loading.rollover import (
    Change,
    changes_of,
    check_rollover,
    coming_year,
    group_rows,
    roll_over,
    years_to_roll,
)
from university.models import Semester, Unit
from university.selectors import semester_on


@require_safe
def august(request: HttpRequest) -> HttpResponse:
    """What the coming, or the chosen, semester lacks still."""
    now = clock.now()
    today = clock.day_of(now)
    user = request.user
    assert isinstance(user, User)
    rights = rights_of(user, on=today)
    if not rights.has(*READERS):
        raise Http404
    semesters = list(Semester.objects.select_related("year").order_by("-starts_on"))
    asked = request.GET.get("semester", "")
    chosen = next((semester for semester in semesters if str(semester.pk) == asked), None)
    if chosen is None:
        coming = [semester for semester in semesters if semester.starts_on > today]
        chosen = coming[-1] if coming else semester_on(today)
    lines = checklist(chosen, rights=rights, today=today) if chosen is not None else []
    return render(
        request,
        "loading/august.html",
        {
            "semesters": semesters,
            "semester": chosen,
            "lines": lines,
            "done": sum(line.is_done for line in lines),
        },
    )


@never_cache
@require_http_methods(["GET", "POST"])
def rollover(request: HttpRequest) -> HttpResponse:
    """Names of the coming year for the groups of a unit, and the end of those that graduate: first shown, then done."""
    now = clock.now()
    today = clock.day_of(now)
    user = request.user
    assert isinstance(user, User)
    require_loader(user)
    units = list(Unit.objects.order_by("sort_key", "id"))
    years = years_to_roll()
    if not units or not years:
        return render(request, "loading/rollover.html", {"form": None, "rows": [], "changes": None, "refused": ""})
    form = RolloverForm(
        request.POST if request.method == "POST" else request.GET,
        units=units,
        years=years,
        coming=coming_year(years, today=today),
    )
    unit, year = form.unit, form.year
    rows = group_rows(unit, year=year, today=today)
    status = 200
    refused = ""
    changes: list[Change] | None = None
    names: dict[int, str] = {row.id: row.name for row in rows}
    graduating: set[int] = {row.id for row in rows if row.graduates}
    last_day = form.last_day(today)
    if request.method == "POST":
        names = {row.id: " ".join(request.POST.get(f"name_{row.id}", "").split()) for row in rows}
        graduating = {row.id for row in rows if request.POST.get(f"ends_{row.id}")}
        changes = changes_of(rows, names=names, graduating=graduating)
        try:
            check_rollover(changes, year=year, last_day=last_day, today=today)
            if request.POST.get("confirm"):
                roll_over(unit=unit, year=year, names=names, graduating=graduating, last_day=last_day, by=user, now=now)
                messages.success(request, _("The groups have their names of %(year)s.") % {"year": year})
                return redirect("load_history")
        except Refusal as refusal:
            refused, changes, status = str(refusal), None, 422
    shown = [(row, names[row.id], row.id in graduating) for row in rows]
    context = {
        "form": form,
        "rows": shown,
        "changes": changes,
        "refused": refused,
        "unit": unit,
        "year": year,
        "last_day": last_day,
    }
    return render(request, "loading/rollover.html", context, status=status)
