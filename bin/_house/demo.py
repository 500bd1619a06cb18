"""bin/demo: the whole journal on this machine, with a university to try it on."""

import argparse
import contextlib
import hashlib
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .console import Failure, prepare_output, say, step, table, tail
from .place import CHECKOUT, Place, free_port, is_free, read_json, temporary_place, var_folder, write_secret_file
from .processes import Child, Household, Stopped, listen_for_end
from .servers import discard, start_servers, stop_servers
from .setup import PYTHON, RUNTIME_LOCK, ensure_environment
from .system import ensure_libraries

ANSWER_PATIENCE = 90.0  # seconds until the page must be ready


def main(arguments: list[str]) -> int:
    prepare_output()
    parser = argparse.ArgumentParser(prog="bin/demo", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="start all, walk the main journey over HTTP, stop, and tell"
    )
    parser.add_argument("--fresh", action="store_true", help="begin anew (only in a database that is marked as a demo)")
    options = parser.parse_args(arguments)
    listen_for_end()
    try:
        ensure_environment(development=False)
        ensure_libraries()
        return check() if options.check else demo(fresh=options.fresh)
    except Failure as failure:
        print(f"\nbin/demo: {failure}", file=sys.stderr)
        return 1
    except Stopped as stopped:
        return 128 + stopped.number


def demo(*, fresh: bool) -> int:
    """Run until asked to end; 0 when that was after the page was ready."""
    place = Place(var_folder())
    place.make()
    place.hold("bin/demo")
    port = page_port(os.environ)
    with journal(place, port, fresh=fresh) as household:
        say()
        say(logins(place))
        say()
        say(f"ready: http://127.0.0.1:{port}/")
        try:
            watch(household)
        except Stopped:
            say("Stopping.")
    say("Stopped.")
    return 0


def check() -> int:
    """Run the demo in a folder of its own, walk through it, take it away; 0 if all was well."""
    place = temporary_place("check")
    try:
        place.make()
        place.hold("bin/demo --check")
        port = free_port()
        with journal(place, port, fresh=False) as household:
            with step("the main journey, over HTTP"):
                walk = [*MANAGE, "demo_check", "--url", f"http://127.0.0.1:{port}"]
                code = household.run("demo_check", walk, env=household.environment, cwd=CHECKOUT)
            if code != 0:
                say_logs(place)
                raise Failure(f"demo_check found something wrong (code {code}).")
            if dead := household.dead():
                raise Failure(obituary(dead))
        say("bin/demo --check: all is well.")
        return 0
    finally:
        discard(place)


MANAGE: list[str | Path] = [PYTHON, CHECKOUT / "manage.py"]


class Journal(Household):
    """The processes of a journal and the environment in which its commands work."""

    environment: dict[str, str]


@contextlib.contextmanager
def journal(place: Place, port: int, *, fresh: bool) -> Iterator[Journal]:
    """The journal, ready to answer on the port; stopped at the end, however that comes."""
    household = Journal(place.processes_file)
    try:
        with step("PostgreSQL and Valkey"):
            environment = start_servers(place, household, os.environ, page_port=port)
        environment |= {"DJANGO_SETTINGS_MODULE": "ejournal.settings.local", "DATABASE_POOL": "4"}
        household.environment = environment
        prepare(place, household, fresh=fresh)
        with step("web, worker and beat"):
            start_programs(place, household, port)
            await_page(place, household, port)
        yield household
    finally:
        stop_servers(place, household)


def prepare(place: Place, household: Journal, *, fresh: bool) -> None:
    """Bring database, translations, static files and the demo university up to this version."""
    manage(place, household, "migrate", "--verbosity=1", "--no-input")
    translations = sorted(CHECKOUT.glob("locale/*/LC_MESSAGES/*.po"))
    compiled = [path.with_suffix(".mo") for path in translations]
    with unless_done(place, "compile_translations", translations, compiled) as needed:
        if needed:
            manage(place, household, "compile_translations")
    with unless_done(place, "collectstatic", static_sources(), [place.root / "static"]) as needed:
        if needed:
            manage(place, household, "collectstatic", "--no-input", "--verbosity=0")
    manage(place, household, "demo_prepare", *(["--fresh"] if fresh else []))


def static_sources() -> list[Path]:
    """What the collected static files are made of: ours, the packages', and the settings that say how."""
    apps = [path.parent / "static" for path in CHECKOUT.glob("*/apps.py")]
    folders = [CHECKOUT / "static", CHECKOUT / "ejournal" / "settings", *apps]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return sorted([*files, RUNTIME_LOCK])


@contextlib.contextmanager
def unless_done(place: Place, name: str, sources: list[Path], products: list[Path]) -> Iterator[bool]:
    """Whether a step must be done: its sources have changed since it was done last, or a product is missing."""
    facts = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in sources]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    record = place.run / "done.json"
    needed = read_json(record).get(name) != digest or not all(path.exists() for path in products)
    yield needed
    if needed:
        write_secret_file(record, json.dumps(read_json(record) | {name: digest}))


def manage(place: Place, household: Journal, command: str, *arguments: str) -> None:
    """Run a command of the program; if it fails, what it said is the reason."""
    log = place.log_file(command)
    log.unlink(missing_ok=True)
    with step(command):
        code = household.run(command, [*MANAGE, command, *arguments], env=household.environment, cwd=CHECKOUT, log=log)
    if code != 0:
        raise Failure(f"{command} failed (code {code}). It said:\n{tail(log)}")


def start_programs(place: Place, household: Journal, port: int) -> None:
    """Start the worker, the beat and, last and so stopped first, the web."""
    celery: list[str | Path] = [PYTHON, "-m", "celery", "--app", "ejournal"]
    schedule = place.run / "beat-schedule"
    programs: list[tuple[str, list[str | Path]]] = [
        (
            "worker",
            [*celery, "worker", "--concurrency=1", "--loglevel=INFO", "--without-gossip", "--without-mingle"],
        ),
        ("beat", [*celery, "beat", "--loglevel=INFO", f"--schedule={schedule}", "--pidfile="]),
        ("web", web_command(port)),
    ]
    for name, argv in programs:
        household.start(
            name,
            argv,
            env=household.environment,
            cwd=CHECKOUT,
            log=place.log_file(name),
            # A worker whose broker has died with us would wait for it before it ends; its job is found and done again.
            death_signal=signal.SIGKILL if name == "worker" else None,
        )


def web_command(port: int) -> list[str | Path]:
    """The web server of production, on this machine's own address."""
    return [
        *(PYTHON, "-m", "granian", "--interface=wsgi", "--workers=2", "--blocking-threads=4", "--no-ws"),
        *("--workers-kill-timeout=5", "--host=127.0.0.1", f"--port={port}", "ejournal.wsgi:application"),
    ]


def page_port(environ: Mapping[str, str]) -> int:
    """The port of the page: PORT, else 8000; 0 for any that is free. Refused when it is taken."""
    named = environ.get("PORT") or "8000"
    if not named.isascii() or not named.isdigit() or int(named) > 65_535:
        raise Failure(f"PORT is {named!r}; it must be a number from 0 to 65535.")
    port = int(named)
    if port == 0:
        return free_port()
    if not is_free(port):
        raise Failure(f"Port {port} is taken (or needs more rights). Choose another: PORT={port + 1} bin/demo")
    return port


def await_page(place: Place, household: Household, port: int) -> None:
    """Wait until the page says that it and all it needs are there."""
    deadline = time.monotonic() + ANSWER_PATIENCE
    answer = "nothing"
    while time.monotonic() < deadline:
        if dead := household.dead():
            raise Failure(obituary(dead))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            response = connection.getresponse()
            if response.status == 200:
                return
            answer = f"{response.status} {response.read(500).decode('utf-8', 'replace')}"
        except (OSError, http.client.HTTPException) as error:
            answer = str(error)
        finally:
            connection.close()
        time.sleep(0.1)
    raise Failure(
        f"/health/ready did not answer 200 within {ANSWER_PATIENCE:.0f} s. It answered: {answer}\n"
        f"The end of the web's log:\n{tail(place.log / 'web.log')}"
    )


def watch(household: Household) -> None:
    """Wait; a process that ends by itself ends the demo."""
    while (dead := household.dead()) is None:
        time.sleep(0.3)
    raise Failure(obituary(dead))


def obituary(child: Child) -> str:
    """Which process ended unasked, and the last it said."""
    code = child.process.returncode
    last = f" The end of {child.log}:\n{tail(child.log)}" if child.log else ""
    return f"{child.name} ended by itself (code {code}).{last}"


def say_logs(place: Place) -> None:
    """Show the ends of the programs' logs."""
    for name in ("web", "worker", "beat"):
        say(f"  {name}:\n{tail(place.log / f'{name}.log', 15)}")


def logins(place: Place) -> str:
    """Who may come in, and the password on a line of its own."""
    made: dict[str, Any] = read_json(place.run / "demo.json")
    rows: list[tuple[str, ...]] = [
        (str(login["username"]), str(login["role"]), str(login["what"])) for login in made.get("logins", [])
    ]
    lines = [table(rows), ""] if rows else []
    return "\n".join([*lines, f"password: {made.get('password', '(see the logins that were issued)')}"])
