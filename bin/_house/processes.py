"""Processes that end with the one who started them: in order, in time, also when the launcher is killed."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from .place import read_json, write_secret_file

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Stopped(BaseException):
    """The person, or the system, asked the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def listen_for_end() -> None:
    """Turn SIGINT, SIGTERM and SIGHUP into `Stopped`. A SIGHUP that `nohup` had switched off stays so."""

    def stop(number: int, _frame: FrameType | None) -> None:
        deaf_to_end()
        raise Stopped(number)

    for number in ENDING:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def deaf_to_end() -> None:
    """The command is ending already: an impatient second Ctrl-C must not leave half of it running."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a process runs as: a command to run it through, or another user of the system."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def popen_arguments(self) -> dict[str, Any]:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}


OURSELVES = Identity()


@dataclass(slots=True)
class Child:
    """A process of ours, how it is asked to end, and how long it may take (seconds)."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path | None
    stop_signal: signal.Signals
    patience: float

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        """Ask, wait, insist; then end what is left of its process group."""
        if self.is_alive:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(self.patience)
            except subprocess.TimeoutExpired:
                self._end_group()
                self.process.wait()
        self._end_group()

    def _end_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Household:
    """The processes of one command, in the order of their start; they stop in the opposite order."""

    def __init__(self, record: Path | None = None) -> None:
        """`record` is the file that names the running processes, for the next start if this one is killed."""
        self._children: list[Child] = []
        self._record = record

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        log: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals | None = None,
        patience: float = 10,
        identity: Identity = OURSELVES,
    ) -> Child:
        """Start a process in a session of its own, so that Ctrl-C reaches only us.

        `patience` is how long it may take to end (seconds); `death_signal` is what the kernel sends it if we are
        killed: that by which we stop it, unless named.
        """
        arguments: dict[str, Any] = {"cwd": cwd, **identity.popen_arguments()}
        # A signal between fork and list would leave a process that nobody stops: hold it back for a moment.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        output = log.open("ab") if log else None
        try:
            process = subprocess.Popen(
                [*identity.prefix, *map(str, argv)],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
                preexec_fn=_prepare_child(mask, death_signal or stop_signal),
                **arguments,
            )
            child = Child(name, process, log, stop_signal, patience)
            self._children.append(child)
            self._write_record()
        finally:
            if output:
                output.close()
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return child

    def run(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        log: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        identity: Identity = OURSELVES,
    ) -> int:
        """Run a process to its end; its exit code. Without a log it speaks to the terminal."""
        child = self.start(name, argv, env=env, cwd=cwd, log=log, stop_signal=stop_signal, identity=identity)
        try:
            return child.process.wait()
        finally:
            self.stop(child)

    def stop(self, child: Child) -> None:
        """Stop one process and forget it."""
        child.stop()
        self._children.remove(child)
        self._write_record()

    def dead(self) -> Child | None:
        """The first process that has ended though nobody asked it to."""
        return next((child for child in self._children if not child.is_alive), None)

    def stop_all(self) -> None:
        """Stop everything, the last started first."""
        deaf_to_end()
        while self._children:
            self.stop(self._children[-1])

    def pids(self) -> dict[str, int]:
        """The running processes by name."""
        return {child.name: child.process.pid for child in self._children}

    def _write_record(self) -> None:
        if self._record is None or not self._record.parent.is_dir():
            return
        lines = {
            child.name: {
                "pid": child.process.pid,
                "born": birth(child.process.pid),
                "signal": int(child.stop_signal),
                "patience": child.patience,
            }
            for child in self._children
        }
        if lines:
            write_secret_file(self._record, json.dumps(lines))
        else:
            self._record.unlink(missing_ok=True)


def _prepare_child(mask: set[Any], death_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:
                os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    return prepare


def birth(pid: int) -> str | None:
    """When a process was started, in the kernel's count: with the number it names one process for ever."""
    fields = _stat(pid)
    return fields[19] if fields and fields[0] != "Z" else None


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat from the state on (the name before it may hold spaces and brackets)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _group_members(pgid: int, var: Path) -> list[int]:
    """The living processes of a group that were started for this var folder (their environment says so)."""
    found = []
    mine = f"EJOURNAL_VAR={var}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields and fields[0] != "Z" and int(fields[2]) == pgid:
            with contextlib.suppress(OSError):
                if mine in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
    return found


def end_leftovers(record: Path, var: Path) -> list[str]:
    """End what a killed launcher left running, by its record; the names of what was found alive.

    A number may belong to somebody else by now: a process is touched only if it was born when the record
    says, and what is left of its group only if it was started for this var folder.
    """
    ended = []
    for name, line in reversed(list(read_json(record).items())):
        pid, born = int(line["pid"]), line["born"]
        deadline = time.monotonic() + float(line["patience"])
        if born is not None and birth(pid) == born:
            ended.append(name)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, line["signal"])
            while birth(pid) == born and time.monotonic() < deadline:
                time.sleep(0.05)
        for member in _group_members(pid, var):
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        while birth(pid) == born is not None and time.monotonic() < deadline + 5:
            time.sleep(0.05)
    record.unlink(missing_ok=True)
    return ended
