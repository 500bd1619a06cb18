"""Students as the offices look them up: the list, and one student's file (§7.5)."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from ejournal.lib import clock
from teaching.access import get_student_file, get_students_scope, may_make_orders
from teaching.enums import OrderKind
from teaching.forms.orders import PLACE_KINDS, StudentFilter
from teaching.models import ORDER_LABELS, STUDENT_STATE_LABELS
from teaching.rules import fits_state
from teaching.selectors import students as selectors

PAGE_SIZE = 50


@require_safe
def students(request: HttpRequest) -> HttpResponse:
    """Students of the reader's scope, by name, record book, group and state; a page at a time."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    today = get_students_scope(user, now=now)
    form = StudentFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = selectors.search_students(
        selectors.students_in(selectors.groups_visible_to(user, on=today), on=today),
        text=asked.get("q", ""),
        group=asked.get("group", "").strip(),
        state=asked.get("state", ""),
        on=today,
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value})
    groups = selectors.groups_visible_to(user, on=today).filter(name__iexact=asked.get("group", "").strip() or "-")
    return render(
        request,
        "teaching/students.html",
        {
            "page_obj": page,
            "rows": selectors.student_rows(list(page.object_list), on=today),
            "form": form,
            "querystring": query.urlencode(),
            "filtered": bool(query),
            "groups": list(groups[:3]),
            "can_manage": may_make_orders(user, now=now),
        },
    )


@require_safe
def student_file(request: HttpRequest, student_id: int) -> HttpResponse:
    """One student: where he is, where he was, the orders about him; contacts for his unit and curator only."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_student_file(user, student_id, now=now)
    today = clock.day_of(now)
    student = door.student
    state = selectors.state_of(student, on=today)
    facts = [
        (_("State"), STUDENT_STATE_LABELS[state]),
        (_("Record book"), student.record_book),
        (_("Group"), door.place.group.name if door.place else ""),
        (_("Subgroup"), door.place.subgroup.number if door.place and door.place.subgroup else ""),
        (_("Unit"), door.place.group.unit.name if door.place else ""),
    ]
    contacts = [
        (_("Birth date"), student.birth_date),
        (_("Phone"), student.phone),
        (_("Parent"), student.guardian_name),
        (_("Parent's phone"), student.guardian_phone),
    ]
    possible = [
        (kind.value, ORDER_LABELS[kind]) for kind in PLACE_KINDS if fits_state(kind, state) and kind != OrderKind.ENROL
    ]
    return render(
        request,
        "teaching/student_file.html",
        {
            "student": student,
            "door": door,
            "state": state,
            "state_label": STUDENT_STATE_LABELS[state],
            "facts": facts,
            "contacts": contacts if door.shows_contacts else [],
            "places": selectors.history_of(student),
            "lines": selectors.lines_about(student),
            "apart": selectors.courses_apart(student, on=today),
            "possible": possible if door.can_manage else [],
            "today": today,
        },
    )
