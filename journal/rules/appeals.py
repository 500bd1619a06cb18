"""When a student may appeal against a mark of his, given plain values. No Django, no database. Source: §4.2."""

from datetime import date, timedelta

from journal.rules.marks import MarkState


def appeal_ends_on(changed_on: date, *, appeal_days: int) -> date:
    """The last day on which a mark that was last changed on a day is appealed against."""
    return changed_on + timedelta(days=appeal_days)


def appeal_problem(
    mark: MarkState,
    *,
    version: int,
    is_excused: bool,
    changed_on: date,
    today: date,
    appeal_days: int,
    has_living: bool,
    refused_version: int | None,
) -> str | None:
    """Why a mark cannot be appealed against, or None: `no_mark`, `appealed_already` (an appeal waits), `answered_no`
    (this very mark was refused), `excused_absence` (it counts against nobody), `appeal_too_late`."""
    if mark.is_empty:
        return "no_mark"
    if has_living:
        return "appealed_already"
    if refused_version == version:
        return "answered_no"
    if is_excused and mark.presence == "absent" and mark.grade is None:
        return "excused_absence"
    if today > appeal_ends_on(changed_on, appeal_days=appeal_days):
        return "appeal_too_late"
    return None


def is_answer_overdue(due_on: date, *, today: date) -> bool:
    """Whether an open appeal should have been answered: `due_on` is the last day for it."""
    return today > due_on
