"""Calendar-thematic plans: lists, one plan against what was given, approval (§2.2, §4.3)."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from teaching.access import (
    get_journal_to_plan,
    get_plan,
    get_plan_for_deciding,
    get_plan_for_editing,
    require_plans,
)
from teaching.enums import ApprovalState
from teaching.forms.plans import PlanFilter, decision_of, ids_of, version_of
from teaching.models import APPROVAL_LABELS
from teaching.selectors import plans as selectors
from teaching.selectors.plan_fact import journals_of_plan, plan_fact
from teaching.services.approvals import decide_plan, decide_plans
from teaching.services.plans import begin_plan, set_plan_journals, submit_plan
from university.models import Department, Semester
from university.selectors import semester_on

PAGE_SIZE = 40


@never_cache
@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """A teacher's journals with their plans; what waits for a head; the plans of a scope and those that are missing."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    require_plans(user, now=now)
    today = clock.day_of(now)
    rights = rights_of(user, on=today)
    is_watcher = bool(rights.department_ids or rights.unit_ids or rights.sees_everything)
    semesters = list(Semester.objects.select_related("year").order_by("-starts_on"))
    current = semester_on(today)
    if current is None:
        return render(request, "teaching/plans.html", {"form": None})
    show = request.GET.get("show", "")
    offered = (["mine"] if rights.teacher_id is not None else []) + (["waiting", "all"] if is_watcher else [])
    show = show if show in offered else offered[0]
    departments: list[Department] = []
    if show == "all":
        in_scope = Department.objects.all()
        if not rights.sees_everything:
            in_scope = in_scope.filter(id__in=rights.department_ids) | in_scope.filter(unit_id__in=rights.unit_ids)
        departments = list(in_scope.distinct())
    form = PlanFilter(
        request.GET, show=show, semesters=semesters, current=current, departments=departments, with_state=show == "all"
    )
    deadline = selectors.deadline_of(form.chosen_semester, on=today)
    query = {
        "show": show,
        "semester": form.chosen_semester.pk,
        "state": form.chosen_state,
        "department": form.chosen_department or "",
    }
    context: dict[str, Any] = {
        "form": form,
        "show": show,
        "semester": form.chosen_semester,
        "deadline": deadline,
        "deadline_passed": today > deadline,
        "query": urlencode(query),
        "rows": [],
        "waiting": [],
        "programmes": [],
        "numbers": None,
        "tabs": [
            {
                "label": label,
                "url": f"?show={key}&semester={form.chosen_semester.pk}",
                "active": key == show,
                "count": None,
            }
            for key, label in (("mine", _("My journals")), ("waiting", _("For approval")), ("all", _("All plans")))
            if key in offered
        ],
    }
    if show == "waiting":
        waiting = Paginator(selectors.plans_to_decide(user, form.chosen_semester, on=today), PAGE_SIZE)
        context["page_obj"] = found = waiting.get_page(request.GET.get("page"))
        context["waiting"] = selectors.waiting_rows(list(found.object_list), user, deadline=deadline)
        context["programmes"] = list(selectors.programmes_to_decide(user, on=today)[:PAGE_SIZE])
    else:
        if show == "mine":
            journals = selectors.journals_of_teacher(user, form.chosen_semester, on=today)
        else:
            journals = selectors.journals_in_scope(user, form.chosen_semester, on=today)
            if form.chosen_department is not None:
                journals = journals.filter(department_id=form.chosen_department)
            numbers = selectors.plan_numbers(journals)
            context["numbers"] = [
                (
                    numbers[state],
                    _("no plan") if state == selectors.MISSING else APPROVAL_LABELS[ApprovalState(state)],
                    f"?{urlencode({**query, 'state': state})}",
                    {"missing": "danger", "approved": "success", "returned": "warning"}.get(state, ""),
                )
                for state in (selectors.MISSING, "draft", "submitted", "returned", "approved")
            ]
            if form.chosen_state:
                journals = selectors.with_plan_state(journals, form.chosen_state)
        context["page_obj"] = page = Paginator(journals, PAGE_SIZE).get_page(request.GET.get("page"))
        context["rows"] = selectors.journal_plans(list(page.object_list), deadline=deadline, today=today)
    return render(request, "teaching/plans.html", context)


@require_POST
def plan_new(request: HttpRequest, workload_id: int) -> HttpResponse:
    """Begin a plan for a journal and its parallel ones."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    journal = get_journal_to_plan(user, workload_id, now=now)
    plan = begin_plan(workload=journal, by=user, now=now)
    return redirect("plan_edit", plan_id=plan.pk)


@never_cache
@require_safe
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A plan: its items against what one of its journals was given; its history for staff."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    door = get_plan(user, plan_id, now=now)
    today = clock.day_of(now)
    rights = rights_of(user, on=today)
    own = frozenset(rights.child_ids | ({rights.student_id} if rights.student_id is not None else set()))
    journals = journals_of_plan(door.paper, is_staff=door.is_staff, student_ids=own)
    wanted = request.GET.get("journal", "")
    journal = next((one for one in journals if str(one.pk) == wanted), journals[0] if journals else None)
    items = list(door.paper.items.all())
    deadline = selectors.deadline_of(door.paper.semester, on=today)
    sent = door.paper.submitted_at
    context = {
        "door": door,
        "plan": door.paper,
        "items": items,
        "journal": journal,
        "hours": journals[0].hours if journals else 0,
        "planned": getattr(door.paper, "planned_hours", None) or 0,
        "groups": ", ".join(str(one.subgroup or one.course.group) for one in journals),
        "journal_tabs": [
            {
                "label": str(one.subgroup or one.course.group),
                "url": f"?journal={one.pk}",
                "active": one == journal,
                "count": None,
            }
            for one in journals
        ]
        if len(journals) > 1
        else [],
        "fact": plan_fact(items, journal.pk, now=now) if journal is not None else None,
        "decisions": list(door.paper.decisions.select_related("by")) if door.is_staff else [],
        "deadline": deadline,
        "is_late": (clock.day_of(sent) if sent is not None else today) > deadline,
        "crumbs": [
            # Students and parents come from the cabinet.
            (_("Plans"), reverse("plans")) if door.is_staff else (_("Lessons and marks"), reverse("cabinet")),
            (str(door.paper), None),
        ],
    }
    return render(request, "teaching/plan.html", context)


@require_POST
def plan_submit(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Ask the head to approve it."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    door = get_plan_for_editing(user, plan_id, now=now)
    submit_plan(plan_id=door.paper.pk, version=version_of(request.POST), by=user, now=now)
    messages.success(request, _("The plan was sent for approval."))
    return redirect("plan", plan_id=plan_id)


@require_POST
def plan_decide(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Approve or return one plan."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    door = get_plan_for_deciding(user, plan_id, now=now)
    decision = decision_of(request.POST)
    decide_plan(plan_id=door.paper.pk, decision=decision, remarks=request.POST.get("remarks", ""), by=user, now=now)
    messages.success(
        request, _("The plan is approved.") if decision == "approved" else _("The plan was returned with remarks.")
    )
    return redirect("plan", plan_id=plan_id)


@require_POST
def plans_decide(request: HttpRequest) -> HttpResponse:
    """Approve many plans, or return them with one remark. What is refused is named; the others are done."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    require_plans(user, now=now)
    decision = decision_of(request.POST)
    remarks = request.POST.get("remarks", "")
    chosen = ids_of(request.POST.getlist("plan"))
    here = f"{reverse('plans')}?{urlencode({'show': 'waiting', 'semester': request.POST.get('semester', '')})}"
    if not chosen:
        messages.error(request, _("Choose at least one plan."))
        return redirect(here)
    if decision == "returned" and not remarks.strip():
        messages.error(request, _("Say in the remarks what has to be mended."))
        return redirect(here)
    try:
        decided = decide_plans(chosen, decision, remarks, by=user, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(here)
    if decided.done:
        messages.success(
            request,
            ngettext("%(count)s plan is decided.", "%(count)s plans are decided.", decided.done)
            % {"count": decided.done},
        )
    for title, sentence in decided.refused[:10]:
        messages.error(request, f"{title}: {sentence}")
    return redirect(here)


@require_POST
def plan_journals(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Say which parallel journals are taught by the plan."""
    user = request.user
    assert isinstance(user, User)
    now = clock.now()
    door = get_plan_for_editing(user, plan_id, now=now)
    set_plan_journals(
        plan_id=door.paper.pk,
        workload_ids=ids_of(request.POST.getlist("journal")),
        version=version_of(request.POST),
        by=user,
        now=now,
    )
    messages.success(request, _("The journals of the plan are saved."))
    return redirect("plan_edit", plan_id=plan_id)
