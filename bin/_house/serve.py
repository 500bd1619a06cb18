"""bin/servers: PostgreSQL and Valkey of a var folder alone, in the background, for work without the demo."""

import contextlib
import os
import signal
import subprocess
import sys
import time

from .console import Failure, prepare_output, say
from .place import CHECKOUT, Place, var_folder
from .processes import Household, Stopped, listen_for_end
from .servers import named_servers, start_servers, stop_servers
from .setup import ensure_environment

USAGE = "usage: bin/servers start | stop | status | run (in the foreground)"


def main(arguments: list[str]) -> int:
    prepare_output()
    commands = {"start": start, "stop": stop, "status": status, "run": run}
    if len(arguments) != 1 or arguments[0] not in commands:
        say(USAGE)
        return 2
    place = Place(var_folder())
    try:
        place.make()
        return commands[arguments[0]](place)
    except Failure as failure:
        print(f"bin/servers: {failure}", file=sys.stderr)
        return 1


def start(place: Place) -> int:
    """Start a keeper in the background and return when the servers answer."""
    named_servers(os.environ)
    ensure_environment(development=False)
    holder = place.holder()
    if holder and holder.get("what") == "bin/servers" and place.servers_file.exists():
        say(f"The servers of {place.root} are running already (process {holder.get('pid')}).")
        return 0
    if holder is None:
        place.servers_file.unlink(missing_ok=True)  # of a keeper that was killed
    log = place.log_file("servers")
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, CHECKOUT / "bin" / "servers", "run"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    while not place.servers_file.exists() or (place.holder() or {}).get("pid") != keeper.pid:
        if keeper.poll() is not None:
            raise Failure(f"the servers did not start:\n{log.read_text(errors='replace').strip()}")
        time.sleep(0.05)
    say(f"PostgreSQL and Valkey run on {place.root} (process {keeper.pid}). Stop them: bin/servers stop")
    return 0


def run(place: Place) -> int:
    """Keep the servers until asked to end."""
    household = Household(place.processes_file)
    listen_for_end()
    try:
        place.hold("bin/servers")
        start_servers(place, household, os.environ)
        say(f"PostgreSQL and Valkey run on {place.root}.")
        while (dead := household.dead()) is None:
            time.sleep(0.5)
        raise Failure(f"{dead.name} ended by itself (code {dead.process.returncode}); see {dead.log}")
    except Stopped:
        return 0
    finally:
        stop_servers(place, household)


def stop(place: Place) -> int:
    """End the keeper, and with it the servers."""
    holder = place.holder()
    if holder is None:
        say(f"No servers run on {place.root}.")
        return 0
    if holder.get("what") != "bin/servers":
        raise Failure(
            f"{holder.get('what')} (process {holder.get('pid')}) runs on {place.root}; end it in its own terminal."
        )
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(holder["pid"]), signal.SIGTERM)
    deadline = time.monotonic() + 60
    while place.holder() is not None:
        if time.monotonic() > deadline:
            raise Failure(f"process {holder['pid']} did not end within a minute.")
        time.sleep(0.05)
    say("Stopped.")
    return 0


def status(place: Place) -> int:
    """Say who holds the folder; 0 if somebody does, 3 if nobody."""
    holder = place.holder()
    if holder is None:
        say(f"Nothing runs on {place.root}.")
        return 3
    say(f"{holder.get('what')} runs on {place.root} (process {holder.get('pid')}); addresses: {place.servers_file}")
    return 0
