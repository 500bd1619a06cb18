"""Time and memory of a load: dry run, load, the same file again.

    bin/servers start && .venv/bin/python manage.py migrate
    .venv/bin/python benchmarks/load_workbook.py benchmarks/data/whole-university.xlsx

Loads into the database that the settings name: let it be an empty one of your own. Each step is a process of its
own, as the worker's is; the server's memory is not counted.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def measure(*arguments: str) -> tuple[float, float, str]:
    """Seconds, peak MB of the process, and its last line."""
    begun = time.monotonic()
    with subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "load_workbook", "--language", "en", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            if "%" in line[:6]:
                print(f"      {time.monotonic() - begun:6.1f} s  {line.rstrip()}")
            lines.append(line.rstrip())
        if process.wait():
            sys.exit("\n".join(lines))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return time.monotonic() - begun, peak, lines[-1]


def main() -> None:
    files = sys.argv[1:] or [str(ROOT / "data" / "one-institute.xlsx")]
    for name, arguments in (("dry run", [*files, "--dry-run"]), ("load", files), ("the same again", files)):
        seconds, peak, last = measure(*arguments)
        # The peak is that of the largest process so far.
        print(f"{name}: {seconds:.1f} s, ≤ {peak:.0f} MB, {last}")


if __name__ == "__main__":
    main()
