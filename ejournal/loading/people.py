"""Probable doubles on a page; two of them side by side, made one by hand (§4.1)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.loading.access import require_loader
from ejournal.loading.doubles import face_of, merge_people, probable_doubles, reasons_against_merge

PAIRS_A_PAGE = 30


@require_safe
def doubles(request: HttpRequest) -> HttpResponse:
    """Who may be one person twice."""
    require_loader(request.user)  # type: ignore[arg-type]
    page = Paginator(probable_doubles(), PAIRS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "loading/doubles.html", {"page_obj": page})


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, kept_id: int, gone_id: int) -> HttpResponse:
    """Two people side by side; the button that lets the second go over into the first, or why it cannot."""
    by = request.user
    assert isinstance(by, User)
    require_loader(by)
    now = clock.now()
    people = User.objects.in_bulk([kept_id, gone_id])
    if kept_id == gone_id or len(people) != 2:
        raise Http404
    kept, gone = people[kept_id], people[gone_id]
    reasons = reasons_against_merge(kept, gone, now=now)
    refused = ""
    if request.method == "POST" and not reasons:
        try:
            merge_people(kept_id, gone_id, by=by, now=now)
        except Refusal as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("The two are one person now."))
            return redirect("doubles")
    context = {"faces": [face_of(kept), face_of(gone)], "reasons": reasons, "refused": refused}
    return render(request, "loading/merge.html", context, status=409 if request.method == "POST" else 200)
