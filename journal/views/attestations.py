"""State exams and graduation papers of a group (§2.7)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from ejournal.lib.numbers import plain_number
from journal.access import get_group_results, get_group_to_attest
from journal.forms.results import AttestationForm, read_attested
from journal.models import StateExam, Thesis
from journal.rules import ABSENT_SIGN, points_text
from journal.selectors.attestations import state_exams_of, students_of_group, theses_of
from journal.services.attestations import grade_attestations, plan_state_exam, plan_thesis
from university.models import Group


@require_http_methods(["GET", "HEAD", "POST"])
def attestations(request: HttpRequest, group_id: int) -> HttpResponse:
    """State exams and graduation papers of a group. POST plans one (`act=plan`), saves points (`act=save`) or closes
    those that are typed (`act=close`)."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    group, is_office = get_group_results(user, group_id, now=now)
    facts: dict[str, Any] = {"group": group, "students": students_of_group(group, on=day_of(now)), "on": day_of(now)}
    if request.method != "POST":
        return _show(request, group, AttestationForm(**facts) if is_office else None)
    get_group_to_attest(user, group_id, now=now)
    act = request.POST.get("act", "")
    form = AttestationForm(request.POST if act == "plan" else None, **facts)
    if act == "plan" and not form.is_valid():
        return _show(request, group, form, status=422)
    try:
        if act == "plan":
            said = form.cleaned_data
            told = {key: said[key] for key in ("title", "commission", "held_on")}
            if said["student"] is None:
                plan_state_exam(group=group, by=user, now=now, **told)
            else:
                plan_thesis(
                    group=group, student=said["student"], supervisor=said["supervisor"], by=user, now=now, **told
                )
            messages.success(request, _("It is planned."))
        else:
            rows = [row for one in state_exams_of(group) for row in one.rows]
            done = grade_attestations(
                group=group,
                state_exams=read_attested(request.POST, "e", rows),
                theses=read_attested(request.POST, "t", theses_of(group)),
                by=user,
                now=now,
                close=act == "close",
            )
            messages.success(
                request,
                ngettext("%(count)s result saved.", "%(count)s results saved.", done) % {"count": done},
            )
    except Refusal as refusal:
        return _show(request, group, form, error=str(refusal), status=refusal.status)
    return redirect("attestations", group_id=group_id)


def _show(
    request: HttpRequest, group: Group, form: AttestationForm | None, *, error: str = "", status: int = 200
) -> HttpResponse:
    sent = request.POST if error else {}

    def with_typed(letter: str, row: StateExam | Thesis) -> tuple[StateExam | Thesis, str]:
        kept = ABSENT_SIGN if row.absent else points_text(row.points)
        return row, plain_number(str(sent.get(f"{letter}{row.pk}", kept)))

    state_exams = [(one, [with_typed("e", row) for row in one.rows]) for one in state_exams_of(group)]
    theses = [with_typed("t", row) for row in theses_of(group)]
    rows = [row for _one, found in state_exams for row, _typed in found] + [row for row, _typed in theses]
    context = {
        "group": group,
        "form": form,
        "state_exams": state_exams,
        "theses": theses,
        "has_open": any(row.closed_at is None for row in rows),
        "error": error,
    }
    return render(request, "journal/attestations.html", context, status=status)
