"""Ask for a job, run it, keep its files, find those that nobody works at."""

import hashlib
import logging
import os
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connections, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from ejournal.jobs import registry
from ejournal.jobs.models import Job, JobFile, JobState
from ejournal.jobs.running import Claim, ClaimLost, claim_job
from ejournal.jobs.selectors import MAX_ATTEMPTS, alive_job, jobs_to_send_again, silent
from ejournal.lib import clock
from ejournal.lib.context import request_id, set_request_id
from ejournal.lib.errors import Refusal

log = logging.getLogger(__name__)

SWEPT_AT_ONCE = 500


def ask_for_job(
    *,
    kind: str,
    asked: dict[str, Any],
    by: Any,
    now: datetime,
    key: str = "",
    language: str | None = None,
) -> Job:
    """Put a job in the queue and send it to a worker after commit.

    `kind` is registered (KeyError otherwise); `asked` is JSON: ids, never secrets. While a job of the same kind
    and non-empty `key` is queued or running, that one is returned, whoever asked for it: let the key hold all
    that makes two askings differ. `language` is that of the job's sentences, else the active one.
    """
    if registry.get_kind(kind) is None:
        raise KeyError(f"job kind {kind!r} is not registered")
    for _attempt in range(3):
        if key and (alive := alive_job(kind, key)) is not None:
            return alive
        try:
            with transaction.atomic():
                job = Job.objects.create(
                    kind=kind,
                    key=key,
                    asked=asked,
                    asked_by=by,
                    asked_at=now,
                    language=language or translation.get_language() or settings.LANGUAGE_CODE,
                    request_id=request_id(),
                )
        except IntegrityError:
            continue  # the same was asked for in this moment: jobs_job_one_alive
        transaction.on_commit(partial(send_job, job.pk))
        return job
    raise RuntimeError(f"job {kind} {key}: neither there nor to be made")


def send_job(job_id: int) -> None:
    """Hand a job to a worker. While the broker is away it stays queued, and the sweeper sends it again."""
    from ejournal.jobs.tasks import run_job

    try:
        run_job.delay(job_id)
    except (BrokerError, RedisError, OSError) as error:
        log.warning("job %s not sent, stays queued: %s", job_id, type(error).__name__)


def run_job(job_id: int, *, now: datetime) -> bool:
    """Run a job here and now, unless it is over or another worker has it. Whether it was run."""
    claim = claim_job(job_id, now=now)
    if claim is None:
        return False
    job = claim.job
    outside = request_id()
    set_request_id(job.request_id)  # what the job writes and logs belongs to the request that asked for it
    try:
        with translation.override(job.language):
            claim.start()
            _run(claim)
    finally:
        claim.release()
        set_request_id(outside)
    return True


def _run(claim: Claim) -> None:
    job = claim.job
    kind = registry.get_kind(job.kind)
    try:
        if kind is None:
            raise LookupError(f"job kind {job.kind!r} is not registered")
        outcome = kind.load_runner()(job, claim) or {}
        claim.end(JobState.DONE, now=clock.now(), outcome=outcome, progress=100, stage="", error="")
    except Refusal as refusal:
        claim.end(
            JobState.REFUSED, now=clock.now(), error=str(refusal), outcome={"code": refusal.code, **refusal.extra}
        )
    except ClaimLost:
        log.warning("job %s: attempt %s was taken over", job.pk, claim.attempt)
    except (OperationalError, InterfaceError):
        # The database went away or chose this transaction to end a deadlock: worth another attempt.
        log.exception("job %s (%s): attempt %s met the database's failure", job.pk, job.kind, claim.attempt)
        _close_if_broken()
        if claim.attempt < MAX_ATTEMPTS:
            claim.end(JobState.QUEUED, now=clock.now())
        else:
            claim.end(JobState.FAILED, now=clock.now(), error=_failure_sentence())
    except Exception:
        log.exception("job %s (%s) failed", job.pk, job.kind)
        claim.end(JobState.FAILED, now=clock.now(), error=_failure_sentence())


def _close_if_broken() -> None:
    connection = connections["default"]
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _failure_sentence() -> str:
    return _("Something went wrong on our side. Nothing was changed; you may ask again.")


def sweep_jobs(*, now: datetime) -> int:
    """Send again what nobody works at; end what was tried too often. How many were sent."""
    worn_out = Job.objects.filter(silent(now), attempts__gte=MAX_ATTEMPTS)
    for job in worn_out[:SWEPT_AT_ONCE]:
        with translation.override(job.language):
            sentence = _failure_sentence()
        log.error("job %s (%s): its worker died %s times", job.pk, job.kind, job.attempts)
        worn_out.filter(pk=job.pk).update(state=JobState.FAILED, error=sentence, finished_at=now)
    waiting = list(jobs_to_send_again(now).values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    for job_id in waiting:
        send_job(job_id)
    return len(waiting)


def keep_file(job: Job, *, name: str, content_type: str, write: Callable[[IO[bytes]], Any], now: datetime) -> JobFile:
    """Keep a file that a job made: temporary name, sync, rename, then the row. A second attempt replaces the first.

    `write` gets an open binary file. `name` is what the reader's browser saves it as.
    """
    folder = Path(settings.MEDIA_ROOT) / "jobs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{job.pk}-{uuid4().hex}"
    half = path.with_suffix(".half")
    try:
        with open(half, "xb", opener=_private) as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        digest = hashlib.sha256()
        with half.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        size = half.stat().st_size
        half.rename(path)
    finally:
        half.unlink(missing_ok=True)
    kept, _made = JobFile.objects.update_or_create(
        job=job,
        name=name,
        defaults={
            "path": f"jobs/{path.name}",
            "content_type": content_type,
            "size": size,
            "sha256": digest.hexdigest(),
            "made_at": now,
        },
    )
    return kept


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
