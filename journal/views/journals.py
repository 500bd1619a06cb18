"""The list of journals, and one journal as a grid."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from accounts.models import User
from ejournal.lib import clock
from journal.access import get_journal
from journal.forms import JournalFilter
from journal.selectors.grid import journal_grid
from journal.selectors.journals import journal_rows, visible_journals
from university.models import Semester

PAGE_SIZE = 30


@require_safe
def journals(request: HttpRequest) -> HttpResponse:
    """The journals that the person may read, the own first, a page at a time."""
    now = clock.now()
    user = request.user
    assert isinstance(user, User)
    semesters = list(Semester.objects.select_related("year").order_by("-starts_on"))
    begun = [semester for semester in semesters if semester.starts_on <= clock.day_of(now)]
    if not semesters:
        return render(
            request,
            "journal/journals.html",
            {"page_obj": None, "rows": [], "form": None, "query": "", "has_own": False},
        )
    form = JournalFilter(request.GET, semesters=semesters, current=(begun or semesters[-1:])[0])
    found = visible_journals(user, semester=form.chosen_semester, search=form.search, now=now)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = journal_rows(list(page.object_list), now=now)
    return render(
        request,
        "journal/journals.html",
        {
            "page_obj": page,
            "rows": rows,
            "form": form,
            "query": urlencode({"q": form.search, "semester": form.chosen_semester.id}),
            "has_own": any(row.is_mine for row in rows),
        },
    )


@ensure_csrf_cookie
@require_safe
def journal(request: HttpRequest, journal_id: int) -> HttpResponse:
    """The grid of a journal: students × lessons of its semester."""
    now = clock.now()
    user = request.user
    assert isinstance(user, User)
    door = get_journal(user, journal_id, now=now)
    grid = journal_grid(door, user=user, now=now)
    today = clock.day_of(now)
    begun = [month for month in grid.months if month <= today] or grid.months[:1]
    return render(
        request,
        "journal/journal.html",
        {
            "journal": door.workload,
            "door": door,
            "grid": grid,
            "today": today,
            "appeals_url": f"{reverse('appeals')}?{urlencode({'show': 'open', 'journal': journal_id})}",
            "months": [(f"{month:%Y-%m}", date_format(month, "F Y")) for month in grid.months],
            "month": f"{begun[-1]:%Y-%m}" if begun else "",
        },
    )
