"""One run of one job: the claim, the signs of life, the progress, the end.

Progress must be seen while the runner's own transaction is open, so it is written on a connection of its own.
The same connection holds a session lock on the job: as long as the process lives nobody else runs the job, and
when it is killed PostgreSQL lets the lock go.
"""

import logging
import threading
import time
from datetime import datetime
from typing import Any

from django.db import DatabaseError, InterfaceError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F

from ejournal.jobs.models import Job, JobState
from ejournal.jobs.selectors import MAX_ATTEMPTS, claimable
from ejournal.lib import clock
from ejournal.lib.locks import JOB

log = logging.getLogger(__name__)

HEARTBEAT = 10.0  # seconds between signs of life
STEP = 0.25  # seconds: progress is not written more often, so that a runner may report each row


class ClaimLost(Exception):
    """Another worker has the job now, or it is over: what this one did must not be kept."""


class Claim:
    """A job that this process runs. `attempt` fences: an older attempt changes nothing any more."""

    def __init__(self, job: Job, side: BaseDatabaseWrapper | None) -> None:
        self.job = job
        self.attempt = job.attempts
        self._side = side
        self._guard = threading.Lock()  # the connection is shared with the thread of the heartbeat
        self._over = threading.Event()
        self._lost = False
        self._written_at = 0.0
        self._stage = job.stage
        self._thread: threading.Thread | None = None

    def __call__(self, progress: int, stage: str = "") -> None:
        """Save progress (per cent) and stage, visible to everybody at once. Raises ClaimLost."""
        if self._lost:
            raise ClaimLost
        stage = str(stage)[:200] or self._stage
        if stage == self._stage and progress < 100 and time.monotonic() - self._written_at < STEP:
            return
        self._stage = stage
        self._written_at = time.monotonic()
        self._write("progress = %s, stage = %s, alive_at = %s", [min(max(progress, 0), 100), stage, clock.now()])
        if self._lost:
            raise ClaimLost

    def start(self) -> None:
        """Begin to give signs of life. Without a connection of its own (a test's transaction) there are none."""
        if self._side is not None:
            self._thread = threading.Thread(target=self._beat, name=f"job-{self.job.pk}", daemon=True)
            self._thread.start()

    def end(self, state: JobState, *, now: datetime, **values: Any) -> None:
        """Leave the running state, unless another attempt has the job."""
        self.stop()
        if state is not JobState.QUEUED:
            values["finished_at"] = now
        changed = Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, attempts=self.attempt).update(
            state=state, alive_at=now, **values
        )
        if not changed:
            log.warning("job %s: attempt %s ended after the job was taken over", self.job.pk, self.attempt)

    def stop(self) -> None:
        """End the heartbeat; the lock is kept until `release`, so that the end is written under it."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def release(self) -> None:
        """Give the connection back, and the lock with it."""
        self.stop()
        if self._side is not None:
            self._side.close()

    def _beat(self) -> None:
        while not self._over.wait(HEARTBEAT):
            self._write("alive_at = %s", [clock.now()])

    def _write(self, assignments: str, values: list[Any]) -> None:
        connection = self._side or connections["default"]
        try:
            with self._guard, connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE jobs_job SET {assignments} WHERE id = %s AND state = 'running' AND attempts = %s",  # noqa: S608 -- our own words
                    [*values, self.job.pk, self.attempt],
                )
                self._lost = cursor.rowcount == 0
        except (DatabaseError, InterfaceError) as error:
            if self._side is None:
                raise
            # The connection carried the lock: whoever lost it may no longer say that he alone runs the job.
            log.error("job %s: lost its side connection: %s", self.job.pk, type(error).__name__)
            self._lost = True


def claim_job(job_id: int, *, now: datetime) -> Claim | None:
    """Take a job, or None: it is over, another worker has it, or it was tried often enough."""
    main = connections["default"]
    side: BaseDatabaseWrapper | None = None
    if not main.in_atomic_block:  # inside a transaction nobody else could see the job: a test's, with nothing to lock
        side = _side_connection(main)
        with side.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [JOB, job_id])
            if not cursor.fetchone()[0]:
                side.close()
                return None
    taken = Job.objects.filter(claimable(now), pk=job_id, attempts__lt=MAX_ATTEMPTS).update(
        state=JobState.RUNNING,
        attempts=F("attempts") + 1,
        started_at=now,
        alive_at=now,
        progress=0,
        stage="",
    )
    if not taken:
        if side is not None:
            side.close()
        return None
    return Claim(Job.objects.get(pk=job_id), side)


def _side_connection(main: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    side = main.copy("default")
    # A connection of its own, never one of the pool: a session lock on it must end with it.
    side.settings_dict["OPTIONS"] = {k: v for k, v in main.settings_dict["OPTIONS"].items() if k != "pool"}
    side.settings_dict["CONN_MAX_AGE"] = 0
    side.inc_thread_sharing()
    return side
