"""Rating schemes and scales: which holds, one of them, a new one made from another (§1.8)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from journal.access import get_scheme, get_schemes, get_schemes_for_making
from journal.errors import sentence
from journal.forms.rating import (
    ChoiceForm,
    ComponentFormSet,
    SchemeForm,
    typed_scheme,
    values_of_components,
    values_of_scheme,
)
from journal.models import WORD_LABELS
from journal.permissions import makes_schemes
from journal.selectors.rating_schemes import scales, scheme_with_notices, schemes_by_form, years_to_choose
from journal.services.rating_schemes import choose_scheme, make_scheme, withdraw_scheme
from university.selectors import year_running


@require_safe
def rating(request: HttpRequest) -> HttpResponse:
    """Which scheme holds for an exam and for a credit test, all schemes, all scales."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    rights = get_schemes(user, now=now)
    return _list_page(request, can_make=makes_schemes(rights))


def _list_page(request: HttpRequest, *, can_make: bool, error: str = "", status: int = 200) -> HttpResponse:
    year = year_running(day_of(clock.now()))
    context = {
        "forms": schemes_by_form(year),
        "scales": [(scale, [(step, WORD_LABELS[step.word]) for step in scale.steps.all()]) for scale in scales()],
        "years": years_to_choose(year) if can_make else [],
        "can_make": can_make,
        "error": error,
    }
    return render(request, "journal/rating.html", context, status=status)


@require_POST
def rating_choose(request: HttpRequest) -> HttpResponse:
    """A scheme holds from an academic year on."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    get_schemes_for_making(user, now=now)
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        return _list_page(request, can_make=True, error=_("Choose a scheme and an academic year."), status=422)
    said = form.cleaned_data
    try:
        choose_scheme(scheme_id=said["scheme"].pk, year=said["year"], reason=said["reason"], by=user, now=now)
    except Refusal as refusal:
        return _list_page(request, can_make=True, error=str(refusal), status=refusal.status)
    messages.success(
        request,
        _("%(scheme)s holds from %(year)s on.") % {"scheme": said["scheme"].name, "year": said["year"].name},
    )
    return redirect("rating")


@require_http_methods(["GET", "HEAD", "POST"])
def rating_scheme(request: HttpRequest, scheme_id: int) -> HttpResponse:
    """One scheme: components, rules, scale. POST withdraws it."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    scheme, can_make = get_scheme(user, scheme_id, now=now)
    error, status = "", 200
    if request.method == "POST":
        get_schemes_for_making(user, now=now)
        try:
            withdraw_scheme(scheme_id=scheme_id, now=now)
        except Refusal as refusal:
            error, status = str(refusal), refusal.status
        else:
            messages.success(request, _("The scheme is withdrawn: it is offered no more."))
            return redirect("rating")
    plain, notices = scheme_with_notices(scheme)
    context = {
        "scheme": scheme,
        "components": list(scheme.components.all()),
        "steps": [(step, WORD_LABELS[step.word]) for step in plain.steps],
        "notices": [sentence(notice) for notice in notices],
        "choices": list(scheme.choices.order_by("-valid_from")),
        "can_make": can_make,
        "error": error,
    }
    return render(request, "journal/rating_scheme.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def rating_scheme_new(request: HttpRequest, scheme_id: int) -> HttpResponse:
    """A new scheme, made from another, which stays as it is."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    scheme, _can_make = get_scheme(user, scheme_id, now=now)
    get_schemes_for_making(user, now=now)
    error, status = "", 200
    if request.method == "POST":
        form, rows = SchemeForm(request.POST), ComponentFormSet(request.POST, prefix="c")
        if form.is_valid() and rows.is_valid():
            try:
                made = make_scheme(made_from=scheme, typed=typed_scheme(form, rows.cleaned_data), by=user, now=now)
            except Refusal as refusal:
                error, status = str(refusal), refusal.status
            else:
                messages.success(request, _("The scheme is made. It holds when it is chosen for a year."))
                return redirect("rating_scheme", scheme_id=made.pk)
        else:
            status = 422
    else:
        form = SchemeForm(initial=values_of_scheme(scheme))
        rows = ComponentFormSet(initial=values_of_components(scheme), prefix="c")
    context = {"scheme": scheme, "form": form, "rows": rows, "error": error}
    return render(request, "journal/rating_scheme_new.html", context, status=status)
