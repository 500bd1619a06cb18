"""The folder of data, logs and state (EJOURNAL_VAR, else `var` in the checkout), and who holds it."""

import contextlib
import fcntl
import json
import os
import pwd
import random
import secrets
import shutil
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from .console import Failure

CHECKOUT = Path(__file__).resolve().parent.parent.parent
LOG_LIMIT = 10 * 2**20
# Below the range that the system uses for outgoing connections, so that a port once chosen stays free.
PORTS = range(20_000, 32_000)


def var_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where data, logs and state are kept."""
    named = environ.get("EJOURNAL_VAR")
    return Path(named).expanduser().resolve() if named else CHECKOUT / "var"


def is_free(port: int) -> bool:
    """Whether nothing listens on the port of this machine's own address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port on which nothing listens."""
    for port in random.SystemRandom().sample(PORTS, 200):
        if is_free(port):
            return port
    raise Failure("No free port between 20000 and 32000 on 127.0.0.1.")


def refuse_another_owner(folder: Path, witness: Path) -> None:
    """Leave what another user's commands made to that user: files of two owners in one folder serve neither."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        owner = witness.stat().st_uid
        if owner != os.geteuid():
            try:
                name = pwd.getpwuid(owner).pw_name
            except KeyError:
                name = str(owner)
            raise Failure(
                f"{folder} was made by another user ({name}). Run this as {name}, or work in a clone of your own"
                " (or remove the folder, if nothing in it is needed)."
            )


def write_secret_file(path: Path, text: str) -> None:
    """Write a file that only its owner reads: whole or not at all."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """What a state file holds; nothing, if it is not there."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Failure(f"{path} is damaged ({error}). Restore it, or remove it if it is not needed.") from error
    if not isinstance(found, dict):
        raise Failure(f"{path} is damaged. Restore it, or remove it if it is not needed.")
    return found


class Place:
    """One var folder: `run` for state, `log` for logs, secrets and ports beside them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.run = root / "run"
        self.log = root / "log"
        self.servers_file = self.run / "servers.json"
        self.processes_file = self.run / "processes.json"
        self._lock: IO[str] | None = None

    def make(self) -> None:
        """Create what is missing. The folder is the owner's alone: it holds passwords and people's data."""
        try:
            for folder in (self.root, self.run, self.log):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not os.access(self.run, os.W_OK):
                raise PermissionError(13, "Permission denied", str(self.run))
            refuse_another_owner(self.root, self.root / "secrets.json")
        except OSError as error:
            raise Failure(
                f"{self.root} cannot be written ({error.strerror}). Name another folder: EJOURNAL_VAR=/some/folder"
            ) from error

    def holder(self) -> dict[str, Any] | None:
        """Which program holds the folder now ({"pid", "what"}), if any does."""
        try:
            with (self.run / "lock").open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return read_json(self.run / "holder.json")
        return None

    def hold(self, what: str) -> None:
        """Take the folder for this process until it ends, however it ends; refuse if another has it."""
        file = (self.run / "lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            other = read_json(self.run / "holder.json")
            name, pid = other.get("what", "another command"), other.get("pid", "unknown")
            how = "bin/servers stop" if name == "bin/servers" else "Ctrl-C in its terminal"
            raise Failure(
                f"{name} (process {pid}) already runs on {self.root}. End it first ({how}), "
                "or give this one another folder: EJOURNAL_VAR=/some/folder"
            ) from None
        self._lock = file
        write_secret_file(self.run / "holder.json", json.dumps({"pid": os.getpid(), "what": what}))

    def release(self) -> None:
        """Let another program have the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def secret(self, name: str) -> str:
        """A random secret, made at the first question and kept (0600)."""
        path = self.root / "secrets.json"
        kept = read_json(path)
        if name not in kept:
            kept[name] = secrets.token_urlsafe(48)
            write_secret_file(path, json.dumps(kept, indent=1))
        return str(kept[name])

    def has_secret(self, name: str) -> bool:
        """Whether the secret was made before."""
        return name in read_json(self.root / "secrets.json")

    def port(self, name: str, *, other_than: int | None = None) -> int:
        """The port kept for a server; a new one at the first question, or when the kept one is taken."""
        path = self.root / "ports.json"
        kept = read_json(path)
        port = kept.get(name)
        if port is None or port == other_than or not is_free(port):
            port = free_port()
            kept[name] = port
            write_secret_file(path, json.dumps(kept))
        return int(port)

    def log_file(self, name: str) -> Path:
        """Where a program writes its log; one that has grown too long is set aside first."""
        path = self.log / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        return path

    def remove(self) -> None:
        """Take a temporary folder away with all that is in it."""
        self.release()
        shutil.rmtree(self.root, ignore_errors=True)


def temporary_place(kind: str) -> Place:
    """A new folder `<kind>-…` in the var folder, for one run. Those of killed runs are taken away first."""
    base = Place(var_folder())
    base.make()
    for left in base.root.glob(f"{kind}-*"):
        place = Place(left)
        if left.is_dir() and (place.run / "holder.json").exists() and place.holder() is None:
            from .servers import discard

            discard(place)
    return Place(Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=base.root)))
