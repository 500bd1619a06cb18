"""What kinds of jobs there are, and who oversees them all. Filled by the upper apps at start-up (`AppConfig.ready`).

This is the bottom floor: it imports no app, so a kind names its runner by a dotted path.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.module_loading import import_string

from ejournal.jobs.models import Job


class Report(Protocol):
    """Tells how far a job has come: `progress` in per cent, 0–100; `stage` a sentence in the asker's language."""

    def __call__(self, progress: int, stage: str = "") -> None: ...


# What it returns becomes the job's `outcome` (JSON).
Runner = Callable[[Job, Report], dict[str, Any] | None]
Overseer = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job. `page_url_name` is the page of what came of it; it takes `job_id` and authorises by itself.

    `may_read` is the dotted path of `(job, user, *, now) -> bool`: who else than the asker may see the job, and
    whether the asker still may. Without it the asker alone may, for ever.
    """

    name: str
    runner: str
    page_url_name: str | None = None
    label: str | Promise = ""
    may_read: str | None = None

    def load_runner(self) -> Runner:
        runner: Runner = import_string(self.runner)
        return runner

    def lets_read(self, job: Job, user: Any, *, now: datetime) -> bool:
        if self.may_read is None:
            return bool(job.asked_by_id == user.pk)
        return bool(import_string(self.may_read)(job, user, now=now))


_kinds: dict[str, Kind] = {}
_overseers: list[Overseer] = []


def register(
    kind: str,
    runner_dotted_path: str,
    page_url_name: str | None = None,
    *,
    label: str | Promise = "",
    may_read: str | None = None,
) -> None:
    """Make a kind of job known. The same kind with another runner is a mistake of ours (ValueError)."""
    made = Kind(kind, runner_dotted_path, page_url_name, label, may_read)
    if kind in _kinds and _kinds[kind].runner != runner_dotted_path:
        raise ValueError(f"job kind {kind!r} has the runner {_kinds[kind].runner} already")
    _kinds[kind] = made


def get_kind(name: str) -> Kind | None:
    """A kind, or None for a job whose kind is no longer there (an old row)."""
    return _kinds.get(name)


def register_overseer(predicate: Overseer) -> None:
    """Let those people see the state of every job (trials.md: the administrator, "job state"), never its files."""
    if predicate not in _overseers:
        _overseers.append(predicate)


def oversees(user: Any) -> bool:
    return any(predicate(user) for predicate in _overseers)
