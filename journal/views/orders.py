"""Orders about students: the register, a new one with its preview, one order and its withdrawal (§7.5)."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.lib.numbers import row_id
from journal.services import carry_out_order, preview_order, withdraw_order
from journal.services.orders import lines_of
from teaching.access import get_order, get_order_register, get_reach, may_make_orders
from teaching.enums import OrderKind
from teaching.forms.orders import PLACE_KINDS, OrderFilter, OrderForm, starting_paper
from teaching.models import ORDER_LABELS
from teaching.rules import PLACING_KINDS
from teaching.selectors.students import candidates, groups_managed_by, order_register, orders_visible_to, students_in
from teaching.services.orders import OrderDraft
from university.models import Group

PAGE_SIZE = 30


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """The register of orders, newest first, a page at a time."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    today = get_order_register(user, now=now)
    form = OrderFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = order_register(
        orders_visible_to(user, on=today), kind=asked.get("kind", ""), number=asked.get("number", "").strip()
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value})
    return render(
        request,
        "journal/orders.html",
        {
            "page_obj": page,
            "form": form,
            "querystring": query.urlencode(),
            "filtered": bool(query),
            "can_manage": may_make_orders(user, now=now),
        },
    )


def _numbers(texts: list[str]) -> list[int]:
    return list(dict.fromkeys(pk for text in texts if (pk := row_id(text)) is not None))


@require_http_methods(["GET", "HEAD", "POST"])
def order_new(request: HttpRequest) -> HttpResponse:
    """A new order: first its kind, then the form; the first POST shows what would happen, the second does it."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    reach = get_reach(user, now=now)
    today = clock.day_of(now)
    sent = request.POST if request.method == "POST" else request.GET
    if not sent.get("kind"):
        kinds = [(kind.value, ORDER_LABELS[kind], _KIND_HINTS[kind]()) for kind in PLACE_KINDS]
        return render(request, "journal/order_kinds.html", {"kinds": kinds})
    if sent["kind"] not in PLACE_KINDS:
        raise Http404
    kind = OrderKind(sent["kind"])
    managed = groups_managed_by(user, on=today)
    ticked = _numbers(sent.getlist("student"))
    form = OrderForm(
        request.POST if request.method == "POST" else None,
        kind=kind,
        groups=Group.objects.all() if kind == OrderKind.TRANSFER else managed,
        initial=starting_paper(today),
    )
    error: Refusal | None = None
    if request.method == "POST" and request.POST.get("step") != "change" and form.is_valid():
        draft = _draft(form, ticked)
        try:
            if request.POST.get("step") == "carry_out":
                order = carry_out_order(draft=draft, reach=reach, by=user, now=now)
                messages.success(request, _("The order is carried out."))
                return redirect("order", order_id=order.pk)
            outcome = preview_order(draft=draft, reach=reach, by=user, now=now)
            hidden = [
                (name, value)
                for name, values in request.POST.lists()
                if name not in {"csrfmiddlewaretoken", "step"}
                for value in values
            ]
            return render(
                request,
                "journal/order_preview.html",
                {"outcome": outcome, "order": outcome.order, "hidden": hidden, "kind": kind},
            )
        except Refusal as refusal:
            error = refusal
    return _show_form(request, form, kind, managed, ticked, today=today, error=error)


def _draft(form: OrderForm, ticked: list[int]) -> OrderDraft:
    typed = form.cleaned_data
    return OrderDraft(
        kind=form.kind,
        number=typed["number"],
        date=typed["date"],
        effective_on=typed["effective_on"],
        text=typed["text"],
        students=tuple(dict.fromkeys([*ticked, *typed.get("books", ())])),
        newcomers=typed.get("newcomers", ()),
        to_group=typed.get("to_group"),
        subgroup=typed.get("subgroup"),
        until=typed.get("until"),
    )


def _show_form(
    request: HttpRequest,
    form: OrderForm,
    kind: OrderKind,
    managed: QuerySet[Group],
    ticked: list[int],
    *,
    today: date,
    error: Refusal | None,
) -> HttpResponse:
    sent = request.POST if request.method == "POST" else request.GET
    group_id = row_id(sent.get("group", ""))
    people: list[Any] = []
    if kind != OrderKind.ENROL:
        people = candidates(managed, kind=kind, group_id=group_id, on=today)
        if ticked and not {student.pk for student in people} >= set(ticked):
            known = {student.pk for student in people}
            people += [s for s in _ticked(managed, ticked, on=today) if s.pk not in known]
    status = 200
    if error is not None:
        status = error.status
    elif request.method == "POST" and form.errors:
        status = 422
    return render(
        request,
        "journal/order_new.html",
        {
            "form": form,
            "kind": kind,
            "kind_label": ORDER_LABELS[kind],
            "groups": [] if kind == OrderKind.ENROL else list(managed.order_by("sort_key", "id")),
            "group_id": group_id,
            "people": people,
            "ticked": set(ticked),
            "leads": kind in PLACING_KINDS,
            "error": str(error) if error is not None else "",
            "problems": error.extra.get("problems", ()) if error is not None else (),
        },
        status=status,
    )


def _ticked(managed: QuerySet[Group], ticked: list[int], *, on: date) -> list[Any]:
    return list(
        students_in(managed, on=on).filter(pk__in=ticked).select_related("user").order_by("user__sort_key", "id")
    )


_KIND_HINTS = {
    OrderKind.ENROL: lambda: _("New students come into a group."),
    OrderKind.TRANSFER: lambda: _("To another group, of this unit or another."),
    OrderKind.SUBGROUP: lambda: _("To another subgroup of the own group."),
    OrderKind.LEAVE: lambda: _("Off every list until the return."),
    OrderKind.RETURN: lambda: _("Back onto the lists after a leave."),
    OrderKind.EXPEL: lambda: _("Off every list; what was stays in the record."),
    OrderKind.REINSTATE: lambda: _("Back into a group after an expulsion."),
}


@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order; POST withdraws it, after `?withdraw=1` asked once more."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_order(user, order_id, now=now)
    if request.method == "POST":
        return _withdraw(request, door, user, now=now)
    return _show_order(request, door, asks=door.can_manage and "withdraw" in request.GET)


def _withdraw(request: HttpRequest, door: Any, user: User, *, now: datetime) -> HttpResponse:
    if not door.can_manage:
        raise PermissionDenied
    try:
        withdraw_order(order=door.order, by=user, now=now)
    except Refusal as refusal:
        return _show_order(request, door, error=refusal)
    messages.success(request, _("The order is withdrawn; the lists are as before it."))
    return redirect("order", order_id=door.order.pk)


def _show_order(request: HttpRequest, door: Any, *, asks: bool = False, error: Refusal | None = None) -> HttpResponse:
    return render(
        request,
        "journal/order.html",
        {
            "order": door.order,
            "door": door,
            "lines": lines_of(door.order),
            "asks": asks,
            "error": str(error) if error is not None else "",
            "problems": error.extra.get("problems", ()) if error is not None else (),
        },
        status=error.status if error is not None else 200,
    )
