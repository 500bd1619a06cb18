"""The steps of an appeal, and what a reopening that ends means to those that wait for it."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.models import User
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from journal.enums import AppealState, ReopeningState, Source
from journal.models import Appeal, Mark, Reopening
from messaging.services import notify
from teaching.models import Workload
from university.selectors import policies

MAX_ANSWER = 500


def step(appeal: Appeal, state: AppealState, *, by: User, now: datetime, **facts: object) -> None:
    """Write the next state of an appeal whose row is held."""
    changed = {
        **facts,
        "state": state,
        "by": by,
        "at": now,
        "source": Source.WEB,
        "request_id": request_id(),
        "version": appeal.version + 1,
    }
    for name, value in changed.items():
        setattr(appeal, name, value)
    appeal.save(update_fields=list(changed))


def tell(
    appeal: Appeal, users: Iterable[User], text: Promise | Callable[[], str], *, event: str, now: datetime
) -> None:
    """A line under the bell that leads to the appeal. `event`: what happened to it, once a person."""
    notify(
        users,
        kind="appeal",
        text=text,
        url=reverse("appeal", args=[appeal.pk]),
        event=f"appeal:{appeal.pk}:{event}",
        now=now,
    )


def follow_reopening(reopening: Reopening, *, by: User, now: datetime) -> None:
    """What a reopening that came to its end means to the appeals that wait for it; in the transaction of its step.

    Refused: so are they, with its reason. Over: granted where the mark was changed meanwhile; else, as after a
    withdrawal, the teacher has to answer again.
    """
    waiting = Appeal.objects.select_for_update(of=("self",)).filter(reopening=reopening, state=AppealState.REOPENING)
    for appeal in waiting.select_related("student__user", "workload__course__group").order_by("id"):
        if reopening.state == ReopeningState.REFUSED:
            step(
                appeal,
                AppealState.REFUSED,
                by=by,
                now=now,
                answer=reopening.reason,
                answered_by=by,
                answered_at=now,
            )
            text = gettext_lazy("The lesson of your appeal is not opened again: the mark stays.")
        elif _is_changed(appeal):
            step(appeal, AppealState.GRANTED, by=by, now=now, answered_at=now)
            text = gettext_lazy("Your appeal was granted: the mark is corrected.")
        else:
            step(appeal, AppealState.OPEN, by=by, now=now, due_on=due_on(appeal.workload, now=now))
            text = gettext_lazy(
                "The reopening for your appeal is over without a correction: the teacher answers again."
            )
        tell(appeal, [appeal.student.user], text, event=f"{reopening.state}:{reopening.pk}", now=now)


def due_on(workload: Workload, *, now: datetime) -> date:
    """The last day for an answer that is asked for now, by the setting. `workload.course.group` is read."""
    today = day_of(now)
    unit_id = workload.course.group.unit_id
    return today + timedelta(days=policies("appeal_answer_days", on=today, unit_id=unit_id)["appeal_answer_days"])


def _is_changed(appeal: Appeal) -> bool:
    cell = Mark.objects.filter(lesson_id=appeal.lesson_id, student_id=appeal.student_id)
    return cell.filter(version__gt=appeal.was_version).exists()
