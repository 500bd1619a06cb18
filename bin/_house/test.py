"""bin/test: every check of the project, on servers of its own. With arguments: pytest alone, with them."""

import os
import secrets
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .console import Failure, prepare_output, say, table
from .place import CHECKOUT, Place, temporary_place, var_folder
from .processes import Household, Stopped, listen_for_end
from .servers import discard, start_servers, stop_servers
from .setup import PYTHON, VENV, ensure_environment
from .system import ensure_browser, ensure_libraries

BIN = VENV / "bin"


@dataclass(frozen=True, slots=True)
class Check:
    """One step: its name, its command, and what its environment has beside that of the tests."""

    name: str
    argv: list[str | Path]
    extra: dict[str, str]


def main(arguments: list[str]) -> int:
    prepare_output()
    listen_for_end()
    try:
        ensure_environment(development=True)
        ensure_libraries()
        browser = ensure_browser(os.environ)
        place = temporary_place("test")
        try:
            return on_servers(place, browser, arguments)
        finally:
            keep_logs(place)
            discard(place)
    except Failure as failure:
        print(f"\nbin/test: {failure}", file=sys.stderr)
        return 1
    except Stopped as stopped:
        print(f"\nbin/test: stopped ({stopped})", file=sys.stderr)
        return 128 + stopped.number


def on_servers(place: Place, browser: str, arguments: list[str]) -> int:
    """Run the checks while the servers run."""
    place.make()
    place.hold("bin/test")
    household = Household(place.processes_file)
    try:
        environment = start_servers(place, household, os.environ, durable=False)
        environment |= {"DJANGO_SETTINGS_MODULE": "ejournal.settings.test", "CHROMIUM": browser}
        # Pages are tried in their own words: what the sources say in Kyrgyz must be there before the first of them.
        household.run("translations", [PYTHON, CHECKOUT / "bin" / "messages", "compile"], env=environment, cwd=CHECKOUT)
        checks = [pytest(arguments)] if arguments else all_checks()
        return run_checks(checks, household, environment)
    finally:
        stop_servers(place, household)


def run_checks(checks: list[Check], household: Household, environment: dict[str, str]) -> int:
    """Run them all, whatever the earlier ones found; 0 if every one passed."""
    results: list[tuple[str, ...]] = []
    failed = []
    for check in checks:
        say(f"== {check.name}")
        started = time.monotonic()
        code = household.run(
            check.name,
            check.argv,
            env=environment | check.extra,
            cwd=CHECKOUT,
            stop_signal=signal.SIGINT,  # on which pytest closes what its fixtures have opened
        )
        results.append(
            (check.name, "passed" if code == 0 else f"FAILED ({code})", f"{time.monotonic() - started:.1f} s")
        )
        if code != 0:
            failed.append(check.name)
        if dead := household.dead():
            raise Failure(f"{dead.name} ended by itself during {check.name}; see the log kept in {kept_logs()}")
    say("== result")
    say(table(results))
    say(f"bin/test: FAILED: {', '.join(failed)}" if failed else "bin/test: all passed")
    return 1 if failed else 0


def all_checks() -> list[Check]:
    """Quick ones first. Style and types need no server; they run inside all the same, for one plain order."""
    manage: list[str | Path] = [PYTHON, CHECKOUT / "manage.py"]
    templates = [name for name in ("templates",) if (CHECKOUT / name).exists()]
    return [
        Check("ruff check", [BIN / "ruff", "check", "."], {}),
        Check("ruff format", [BIN / "ruff", "format", "--check", "."], {}),
        Check("djlint", [PYTHON, "-m", "djlint", *templates, "--lint", "--quiet"], {}),
        Check("mypy", [PYTHON, "-m", "mypy", "."], {}),
        Check(
            "mypy of the launcher",
            [PYTHON, "-m", "mypy", "--strict", "--config-file=", CHECKOUT / "bin" / "_house"],
            {},
        ),
        Check("import contracts", [BIN / "lint-imports"], {}),
        Check("migrations", [*manage, "makemigrations", "--check", "--dry-run"], {}),
        Check("check --deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production()),
        # Side by side; the long way through browsers comes last in one half while the other takes from it.
        pytest(["--cov", "--cov-report=term", "--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal"]),
    ]


def pytest(arguments: list[str]) -> Check:
    return Check("pytest", [PYTHON, "-m", "pytest", *arguments], {})


def production() -> dict[str, str]:
    """An environment for the settings of production. No server of it is ever asked."""
    return {
        "DJANGO_SETTINGS_MODULE": "ejournal.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "journal.example.kg",
        "DATABASE_URL": "postgresql://web:unused@db.example.kg/ejournal",
        "DATABASE_OWNER_URL": "postgresql://owner:unused@db.example.kg/ejournal",
        "REDIS_URL": "redis://redis.example.kg:6379/0",
        "EJOURNAL_FILES": "/srv/ejournal",
    }


def kept_logs() -> Path:
    return var_folder() / "test-log"


def keep_logs(place: Place) -> None:
    """Keep the servers' logs of the last run, for whoever wants to know why it failed."""
    if place.log.exists():
        shutil.rmtree(kept_logs(), ignore_errors=True)
        shutil.copytree(place.log, kept_logs())
