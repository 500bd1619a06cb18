"""What the worker does for the page: the dry run, then the load of exactly what was shown."""

from typing import Any

from django.utils.translation import gettext as _

from ejournal.jobs.models import Job
from ejournal.jobs.registry import Report
from ejournal.lib import clock
from ejournal.loading.problems import ERROR, WARNING, Problems
from ejournal.loading.rows import SheetKey
from ejournal.loading.services import Loaded, LoadRefused, Progress, WouldShrink, apply_load, plan_load
from ejournal.loading.undo import undo_load
from ejournal.loading.uploads import forget_upload, open_upload


def run_check(job: Job, report: Report) -> dict[str, Any]:
    """The dry run. Its outcome: the problems, and the difference where nothing is wrong."""
    checked = plan_load(open_upload(job.asked), now=clock.now(), progress=told_to(report))
    if checked.plan is None:
        forget_upload(job.asked)
    return {
        **problems_outcome(checked.problems),
        "difference": checked.plan.as_json() if checked.plan is not None else None,
    }


def run_load(job: Job, report: Report) -> dict[str, Any]:
    """The load. Refused where the journal has changed since the difference was shown: it must be seen again."""
    try:
        loaded = apply_load(
            open_upload(job.asked),
            by=job.asked_by,
            now=clock.now(),
            shown=job.asked["shown"],
            confirm=job.asked["confirm"],
            job=job,
            end_gone=[SheetKey(key) for key in job.asked.get("end_gone", [])],
            progress=told_to(report),
        )
    except LoadRefused as refused:
        forget_upload(job.asked)
        return {**problems_outcome(refused.problems), "difference": None}
    except WouldShrink as refused:
        return {**problems_outcome(Problems()), "difference": refused.plan.as_json()}
    forget_upload(job.asked)
    return {
        **problems_outcome(loaded.problems),
        "difference": loaded.plan.as_json(),
        "loaded": loaded_outcome(loaded),
    }


def loaded_outcome(loaded: Loaded) -> dict[str, int]:
    """What became of the lessons, for the page."""
    lessons = loaded.lessons
    return {
        "made": lessons.made,
        "changed": lessons.changed,
        "removed": lessons.removed,
        "moved": lessons.moved,
        "cancelled": len(lessons.cancelled),
    }


def run_undo(job: Job, report: Report) -> dict[str, Any]:
    """Take back what a load did. Refused where something rests on it."""
    undo_load(job.asked["load"], by=job.asked_by, now=clock.now())
    return {"load": job.asked["load"]}


def told_to(report: Report) -> Progress:
    """Progress of a load as progress of its job."""
    return lambda percent, stage: report(percent, _(stage))


def problems_outcome(problems: Problems) -> dict[str, Any]:
    """The problems as the page reads them."""
    return {
        "problems": [problem.as_json() for problem in problems],
        "errors": problems.counts[ERROR],
        "warnings": problems.counts[WARNING],
    }
