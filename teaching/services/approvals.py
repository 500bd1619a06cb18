"""Submit, approve, return: the same for plans and working programmes (§3.5d, §4.3)."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import Appointment, User
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from messaging.services import notify
from teaching.enums import ApprovalState
from teaching.models import (
    Plan,
    PlanDecision,
    ProgrammeDecision,
    WorkingProgramme,
    WorkloadTeacher,
    in_force,
    not_ended,
)
from teaching.permissions import decides_on, is_own

MAX_REMARKS = 2000
MAX_AT_ONCE = 200


def lock_plan(plan_id: int, *, by: User, now: datetime) -> Plan:
    """The plan as it is now, held until the transaction ends, with the user's rights on it."""
    plans = Plan.objects.with_rights(by, on=day_of(now)).with_hours()
    return plans.select_related("discipline", "department", "author").select_for_update(of=("self",)).get(pk=plan_id)


def lock_programme(programme_id: int, *, by: User, now: datetime) -> WorkingProgramme:
    """The programme as it is now, held until the transaction ends, with the user's rights on it."""
    programmes = WorkingProgramme.objects.with_rights(by, on=day_of(now))
    related = programmes.select_related("discipline", "department", "author")
    return related.select_for_update(of=("self",)).get(pk=programme_id)


def judge_open(paper: Plan | WorkingProgramme, *, version: int) -> None:
    """Refuse a change of what is submitted or approved (`not_open`, 423) or changed meanwhile (`stale`, 409)."""
    if not paper.is_open:
        raise Refusal(
            _(
                "It was submitted on %(when)s: it does not change any more. "
                "To mend it, ask the head of the department to return it."
            )
            % {"when": _moment(paper.submitted_at or paper.changed_at)},
            code="not_open",
            status=423,
        )
    if paper.version != version:
        raise Refusal(
            _("%(who)s changed it on %(when)s. What you typed is kept below: save again to replace the other's text.")
            % {"who": paper.changed_by.get_full_name(), "when": _moment(paper.changed_at)},
            code="stale",
            status=409,
            version=paper.version,
        )


def record_submission(paper: Plan | WorkingProgramme, *, by: User, now: datetime) -> None:
    """Set what was judged to `submitted`, write it down, tell who decides. Inside the caller's transaction."""
    paper.state = ApprovalState.SUBMITTED
    paper.submitted_at = now
    _write(paper, ApprovalState.SUBMITTED, "", by=by, now=now)
    title = str(paper)
    who = by.get_short_name()

    def text() -> str:
        return _("%(who)s asks you to approve: %(title)s") % {"who": who, "title": title}

    url = _url(paper)
    event = f"{paper._meta.model_name}:{paper.pk}:{paper.version}"
    deciders = [user for user in _deciders(paper, on=now) if user.pk != by.pk]
    transaction.on_commit(lambda: notify(deciders, kind="plan_submitted", text=text, url=url, event=event, now=now))


def decide(paper: Plan | WorkingProgramme, decision: ApprovalState, remarks: str, *, by: User, now: datetime) -> None:
    """Approve or return what `lock_…` fetched. Inside the caller's transaction.

    Refused: `not_yours` (403), `own_plan` (403: the dean decides), `not_submitted`, `remarks_missing`,
    `remarks_too_long`.
    """
    remarks = remarks.strip()
    if not decides_on(paper, by, on=day_of(now)):
        raise Refusal(_("It is not yours to decide on."), code="not_yours", status=403)
    if is_own(paper, by):
        raise Refusal(
            _("You teach by it yourself: the dean of the unit decides on it, not you."), code="own_plan", status=403
        )
    may_decide = paper.state == ApprovalState.SUBMITTED
    # An approved one is opened again by returning it, with the reason.
    if not may_decide and not (decision == ApprovalState.RETURNED and paper.state == ApprovalState.APPROVED):
        raise Refusal(_("It does not wait for a decision now. Load the page again."), code="not_submitted", status=409)
    if decision == ApprovalState.RETURNED and not remarks:
        raise Refusal(_("Say in the remarks what has to be mended."), code="remarks_missing")
    if len(remarks) > MAX_REMARKS or "\x00" in remarks:
        raise Refusal(_("The remarks: at most %(most)s characters.") % {"most": MAX_REMARKS}, code="remarks_too_long")
    paper.state = decision
    _write(paper, decision, remarks, by=by, now=now)
    title = str(paper)

    def text() -> str:
        if decision == ApprovalState.APPROVED:
            return _("Approved: %(title)s") % {"title": title}
        return _("Returned with remarks: %(title)s. %(remarks)s") % {"title": title, "remarks": remarks}

    url = _url(paper)
    event = f"{paper._meta.model_name}:{paper.pk}:{paper.version}"
    author = paper.author.user
    transaction.on_commit(lambda: notify([author], kind="plan_decided", text=text, url=url, event=event, now=now))


class Decided(NamedTuple):
    """What became of many at once: how many were decided, and what was refused, as (title, sentence)."""

    done: int
    refused: list[tuple[str, str]]


def decide_plans(plan_ids: Iterable[int], decision: ApprovalState, remarks: str, *, by: User, now: datetime) -> Decided:
    """Approve or return many plans: each for itself, so that one that is refused does not hold up the others.

    Plans that the user may not see are passed over as if they were not there. Refused: `too_many`.
    """
    wanted = sorted(set(plan_ids))
    if len(wanted) > MAX_AT_ONCE:
        raise Refusal(_("At most %(most)s at once.") % {"most": MAX_AT_ONCE}, code="too_many")
    visible = Plan.objects.visible_to(by, on=day_of(now)).filter(pk__in=wanted).order_by("pk")
    done, refused = 0, []
    for plan_id in list(visible.values_list("pk", flat=True)):
        with transaction.atomic():
            plan = lock_plan(plan_id, by=by, now=now)
            try:
                decide(plan, decision, remarks, by=by, now=now)
            except Refusal as refusal:
                refused.append((str(plan), str(refusal)))
            else:
                done += 1
    return Decided(done, refused)


def decide_plan(*, plan_id: int, decision: ApprovalState, remarks: str, by: User, now: datetime) -> None:
    """Approve or return one plan. Refused as `decide` says."""
    with transaction.atomic():
        decide(lock_plan(plan_id, by=by, now=now), decision, remarks, by=by, now=now)


def decide_programme(*, programme_id: int, decision: ApprovalState, remarks: str, by: User, now: datetime) -> None:
    """Approve or return one working programme. Refused as `decide` says."""
    with transaction.atomic():
        decide(lock_programme(programme_id, by=by, now=now), decision, remarks, by=by, now=now)


def touch(paper: Plan | WorkingProgramme, *, by: User, now: datetime) -> None:
    """Note who changed it; the version grows. The caller saves what else it changed."""
    paper.version += 1
    paper.changed_by = by
    paper.changed_at = now
    paper.save(update_fields=["version", "changed_by", "changed_at"])


def _write(paper: Plan | WorkingProgramme, decision: ApprovalState, remarks: str, *, by: User, now: datetime) -> None:
    touch(paper, by=by, now=now)
    paper.save(update_fields=["state", "submitted_at"])
    if isinstance(paper, Plan):
        PlanDecision.objects.create(
            plan=paper, decision=decision, by=by, at=now, remarks=remarks, request_id=request_id()
        )
    else:
        ProgrammeDecision.objects.create(
            programme=paper, decision=decision, by=by, at=now, remarks=remarks, request_id=request_id()
        )


def _deciders(paper: Plan | WorkingProgramme, *, on: datetime) -> list[User]:
    """The heads of its department who are no party to it; where there is none, the dean of its unit."""
    today = day_of(on)
    held = Appointment.objects.filter(in_force(today)).select_related("user")
    mine = WorkloadTeacher.objects.filter(not_ended(today))
    mine = (
        mine.filter(workload__planned__plan=paper)
        if isinstance(paper, Plan)
        else mine.filter(
            workload__course__discipline_id=paper.discipline_id,
            workload__course__semester_id=paper.semester_id,
            workload__department_id=paper.department_id,
        )
    )
    party = Q(user_id=paper.author.user_id) | Q(user_id__in=mine.values("teacher__user_id"))
    heads = [one.user for one in held.filter(role=Role.HEAD, department_id=paper.department_id).exclude(party)]
    if heads:
        return heads
    return [one.user for one in held.filter(role=Role.DEAN, unit_id=paper.department.unit_id)]


def _url(paper: Plan | WorkingProgramme) -> str:
    return reverse("plan" if isinstance(paper, Plan) else "programme", args=[paper.pk])


def _moment(value: datetime) -> str:
    return date_format(localtime(value), "SHORT_DATETIME_FORMAT")
