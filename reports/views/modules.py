"""Modules of courses: which are closed, which are to be, and which are past their deadline (§4.3)."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.numbers import row_id
from journal.selectors.module_states import ModuleState, module_states
from reports.access import get_control_scope
from reports.forms import StatesFilter, read_states_choice
from reports.permissions import controls_others
from university.models import Semester

PAGE_SIZE = 50


def _label(state: ModuleState) -> str:
    return {
        ModuleState.OVERDUE: pgettext("modules", "Overdue"),
        ModuleState.DUE: pgettext("modules", "To be closed"),
        ModuleState.RUNNING: pgettext("modules", "Still running"),
        ModuleState.CLOSED: pgettext("modules", "Closed"),
    }[state]


@require_safe
def modules(request: HttpRequest) -> HttpResponse:
    """Courses × modules of the reader's scope in a semester, by state. One statement beside the reader's rights and
    the semesters."""
    now = clock.now()
    assert isinstance(request.user, User)
    rights = get_control_scope(request.user, now=now)
    today = clock.day_of(now)
    semesters = list(Semester.objects.filter(starts_on__lte=today).select_related("year").order_by("-starts_on"))
    if not semesters:
        return render(request, "reports/modules.html", {"states": None, "controls_others": controls_others(rights)})
    choice = read_states_choice(request.GET, semesters=semesters)
    number = max(row_id(request.GET.get("page", "")) or 1, 1)
    if number > 10_000:
        number = 1
    states = module_states(rights, choice, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE, on=today)
    count = states.counts[choice.state]
    if count and not states.rows:
        return redirect(f"{request.path}?{urlencode({**request.GET.dict(), 'page': 1})}")
    pages = Paginator(range(count), PAGE_SIZE)
    query = {
        "state": choice.state.value,
        "semester": choice.semester_id if choice.semester_id != semesters[0].pk else "",
        "unit": choice.unit,
        "department": choice.department,
    }

    def url(**changed: object) -> str:
        return "?" + urlencode({name: value for name, value in {**query, **changed}.items() if value})

    form = StatesFilter(choice, states, semesters=semesters)
    return render(
        request,
        "reports/modules.html",
        {
            "states": states,
            "state": choice.state,
            "page_obj": pages.get_page(number),
            "form": form if form.visible_fields() else None,
            "querystring": url()[1:],
            "reset_url": url(unit="", department="", semester="") if choice.unit or choice.department else "",
            "tabs": [
                {
                    "label": _label(state),
                    "url": url(state=state.value),
                    "active": state == choice.state,
                    "count": states.counts[state],
                }
                for state in ModuleState
            ],
            "controls_others": controls_others(rights),
        },
    )
