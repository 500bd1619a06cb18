"""What the commands say, and how they fail."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Failure(Exception):
    """An expected end: its words tell the person at the terminal what to do."""


def prepare_output() -> None:
    """Lines appear at once, also through a pipe; letters that the terminal lacks do not stop the program."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="replace")  # type: ignore[union-attr]


def say(line: str = "") -> None:
    print(line, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what was done and how long it took; a step that fails is told by its exception."""
    started = time.monotonic()
    yield
    say(f"  {name:<34} {time.monotonic() - started:6.1f} s")


def tail(path: Path, lines: int = 25) -> str:
    """The last lines of a log, indented; of a huge one only its last 64 KiB are read."""
    try:
        with path.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - 65_536))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return "    (no log)"
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (empty log)"


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows in columns as wide as they need."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"  {line.rstrip()}" for line in lines)
