"""The launcher: what it refuses, what it keeps, and that nothing of it outlives it. No Django here."""

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "bin"))

from _house import demo, interpreter, processes, servers, setup, system  # noqa: E402 -- found by the line above
from _house import test as checks  # noqa: E402
from _house.console import Failure, table, tail  # noqa: E402
from _house.place import Place, is_free, refuse_another_owner, var_folder  # noqa: E402
from _house.processes import Household  # noqa: E402

NAMED = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY")


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path / "var")
    made.make()
    return made


@pytest.fixture
def household(place: Place) -> Iterator[Household]:
    """Its processes are stopped, and the signals heard as before, after the test."""
    heard = {number: signal.getsignal(number) for number in processes.ENDING}
    made = Household(place.processes_file)
    yield made
    made.stop_all()
    for number, handler in heard.items():
        signal.signal(number, handler)


# --- What is refused ----------------------------------------------------------------------------------
@pytest.mark.parametrize("version", [(2, 7, 18), (3, 9, 2), (3, 10, 14)])
def test_old_python_is_named_with_the_one_that_is_needed(version: tuple[int, int, int]) -> None:
    assert interpreter.complaint(version).startswith(
        f"Python 3.11 or newer is needed; this is {version[0]}.{version[1]}."
    )


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 1), (4, 0, 0)])
def test_python_that_is_new_enough_is_taken(version: tuple[int, int, int]) -> None:
    assert interpreter.complaint(version) is None


@pytest.mark.parametrize("script", ["demo", "test", "servers"])
def test_scripts_can_be_read_by_an_old_python(script: str) -> None:
    """A syntax error would hide the sentence about the version."""
    for path in (CHECKOUT / "bin" / script, CHECKOUT / "bin" / "_house" / "interpreter.py"):
        compile(path.read_text(), str(path), "exec", dont_inherit=True)
        assert not any(sign in path.read_text() for sign in (' f"', ":=", "match ", ") -> "))


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({"DATABASE_URL": "postgresql://web@host/db"}, "DATABASE_OWNER_URL"),
        ({"DATABASE_OWNER_URL": "postgresql://owner@host/db"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://web@host/db", "DATABASE_OWNER_URL": ""}, "DATABASE_OWNER_URL"),
    ],
)
def test_one_database_role_without_the_other_is_refused(environ: dict[str, str], missing: str) -> None:
    with pytest.raises(Failure, match=f"^{missing} is not set"):
        servers.named_servers(environ)


def test_servers_of_the_environment_are_used_and_none_is_started(place: Place, household: Household) -> None:
    named = {
        "DATABASE_URL": "postgresql://w@h/d",
        "DATABASE_OWNER_URL": "postgresql://o@h/d",
        "REDIS_URL": "redis://h",
    }
    environment = servers.start_servers(place, household, named)
    assert {name: environment[name] for name in named} == named
    assert household.pids() == {}


@pytest.mark.parametrize("port", ["eighty", "-1", "70000", "8000 ", "٣"])
def test_port_that_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(Failure, match="must be a number from 0 to 65535"):
        demo.page_port({"PORT": port})


def test_port_that_is_taken_is_refused() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Failure, match=f"Port {port} is taken"):
            demo.page_port({"PORT": str(port)})


def test_browser_that_is_named_but_not_there_is_refused() -> None:
    with pytest.raises(Failure, match="CHROMIUM is set to /nowhere/chrome"):
        system.find_browser({"CHROMIUM": "/nowhere/chrome"})


def test_browser_stub_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    for name, code in (("chromium-browser", 1), ("google-chrome", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    assert system.find_browser({"PATH": str(tmp_path)}) == str(tmp_path / "google-chrome")


def test_missing_packages_are_named_in_a_command_that_can_be_copied() -> None:
    assert system.apt_command(["chromium", "fontconfig"]) == (
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium fontconfig"
    )


def test_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure, match="Name another folder: EJOURNAL_VAR="):
        Place(tmp_path / "file" / "var").make()


def test_folder_of_another_user_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.secret("secret_key")
    me = os.geteuid()
    monkeypatch.setattr("_house.place.os.geteuid", lambda: me + 1)
    with pytest.raises(Failure, match="was made by another user"):
        refuse_another_owner(place.root, place.root / "secrets.json")


def test_second_command_on_a_folder_is_refused(place: Place) -> None:
    place.hold("bin/demo")
    with pytest.raises(Failure, match=rf"^bin/demo \(process {os.getpid()}\) already runs on "):
        Place(place.root).hold("bin/servers")


def test_folder_is_free_after_its_holder(place: Place) -> None:
    place.hold("bin/demo")
    assert Place(place.root).holder() == {"pid": os.getpid(), "what": "bin/demo"}
    place.release()
    assert Place(place.root).holder() is None
    Place(place.root).hold("bin/servers")


def test_cluster_whose_passwords_are_gone_is_refused(place: Place, household: Household) -> None:
    (place.root / "postgres").mkdir()
    with pytest.raises(Failure, match="is gone, with it the passwords"):
        servers.PostgreSQL(place, household, durable=False)._create_cluster()


def test_cluster_of_another_major_version_is_refused(place: Place, household: Household) -> None:
    (place.root / "postgres").mkdir()
    (place.root / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(Failure, match="was made by PostgreSQL 9"):
        servers.PostgreSQL(place, household, durable=False)._check_version()


# --- What is kept -------------------------------------------------------------------------------------
def test_var_folder_is_the_one_that_is_named(tmp_path: Path) -> None:
    assert var_folder({"EJOURNAL_VAR": str(tmp_path)}) == tmp_path
    assert var_folder({"EJOURNAL_VAR": ""}) == CHECKOUT / "var"


def test_secret_is_random_kept_and_its_owners_alone(place: Place, tmp_path: Path) -> None:
    secret = place.secret("redis_password")
    elsewhere = Place(tmp_path / "elsewhere")
    elsewhere.make()
    assert Place(place.root).secret("redis_password") == secret
    assert elsewhere.secret("redis_password") != secret
    assert stat.S_IMODE((place.root / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(place.root.stat().st_mode) == 0o700


def test_damaged_state_is_told_not_overwritten(place: Place) -> None:
    (place.root / "secrets.json").write_text("{")
    with pytest.raises(Failure, match=r"secrets\.json is damaged"):
        place.secret("secret_key")
    assert (place.root / "secrets.json").read_text() == "{"


def test_port_is_kept_until_another_takes_it(place: Place) -> None:
    port = place.port("postgres")
    assert place.port("postgres") == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert not is_free(port)
        assert place.port("postgres") != port


def test_grown_log_is_set_aside(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("_house.place.LOG_LIMIT", 10)
    path = place.log_file("web")
    path.write_text("a line that is longer than that")
    assert place.log_file("web") == path
    assert not path.exists()
    assert path.with_suffix(".log.1").read_text() == "a line that is longer than that"


def test_uv_is_installed_with_its_hashes_and_nothing_else() -> None:
    lock = (
        "uvx==1 \\\n    --hash=sha256:0\n"
        "uv==2.0 \\\n    --hash=sha256:a \\\n    --hash=sha256:b\n    # via x\n"
        "vine==5\n"
    )
    assert setup.uv_requirement(lock) == "uv==2.0 \\\n    --hash=sha256:a \\\n    --hash=sha256:b\n"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_lock_names_no_address_and_hashes_everything(name: str) -> None:
    lock = (CHECKOUT / name).read_text()
    assert "://" not in lock
    assert "--index" not in lock
    assert "--find-links" not in lock
    pins = [line for line in lock.splitlines() if line[:1].isalnum()]
    assert pins == [line for line in pins if "==" in line and line.endswith("\\")]


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_has_its_purpose_beside_it(name: str) -> None:
    lines = [line for line in (CHECKOUT / name).read_text().splitlines() if line[:1].isalpha()]
    assert [line for line in lines if "  # " not in line] == []


def test_runtime_and_development_install_the_same_versions() -> None:
    def pins(name: str) -> set[str]:
        return {line for line in (CHECKOUT / name).read_text().splitlines() if line[:1].isalnum()}

    assert pins("requirements.txt") - pins("requirements-dev.txt") == set()


# --- What is said -------------------------------------------------------------------------------------
def test_logins_are_shown_with_the_password_on_a_line_of_its_own(place: Place) -> None:
    made = {
        "password": "боз-торгой",
        "logins": [{"username": "teacher", "role": "Окутуучу", "what": "Бүгүн"}],
    }
    (place.run / "demo.json").write_text(json.dumps(made))
    assert demo.logins(place).splitlines() == ["  teacher  Окутуучу  Бүгүн", "", "password: боз-торгой"]


def test_table_is_aligned() -> None:
    assert table([("a", "bb"), ("ccc", "d")]) == "  a    bb\n  ccc  d"


def test_tail_of_a_log_is_its_end(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"first\nsecond \xff\nthird\n")
    assert tail(log, 2) == "    second \ufffd\n    third"
    assert tail(tmp_path / "nothing.log") == "    (no log)"


def test_checks_go_on_after_a_failure_and_tell_it_in_the_end(
    household: Household, capfd: pytest.CaptureFixture[str]
) -> None:
    steps = [
        checks.Check("first", [sys.executable, "-c", "raise SystemExit(3)"], {}),
        checks.Check("second", [sys.executable, "-c", "print('I ran')"], {}),
    ]
    assert checks.run_checks(steps, household, dict(os.environ)) == 1
    said = capfd.readouterr().out
    assert "I ran" in said
    assert said.splitlines()[-1] == "bin/test: FAILED: first"


# --- Processes ----------------------------------------------------------------------------------------
def test_processes_stop_in_the_opposite_order_of_their_start(household: Household, tmp_path: Path) -> None:
    note = tmp_path / "ended"
    program = (
        "import signal, sys, time\n"
        "def end(*_):\n    open(sys.argv[2], 'a').write(sys.argv[1]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\nprint('up', flush=True)\ntime.sleep(60)\n"
    )
    for name in "abc":
        log = tmp_path / name
        household.start(name, [sys.executable, "-c", program, name, note], env=dict(os.environ), log=log)
        assert wait_until(lambda log=log: log.read_text() == "up\n")  # type: ignore[misc]
    household.stop_all()
    assert note.read_text() == "cba"


def test_process_that_will_not_end_is_killed_with_its_children(household: Household, tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = "trap '' TERM; sleep 77 & echo $!; while true; do sleep 1; done"
    child = household.start("stubborn", ["bash", "-c", program], env=dict(os.environ), log=log, patience=0.3)
    assert wait_until(lambda: log.read_text().strip().isdigit())
    grandchild = int(log.read_text())
    household.stop(child)
    assert child.process.returncode == -signal.SIGKILL
    assert wait_until(lambda: processes.birth(grandchild) is None)


def test_process_that_ended_by_itself_is_noticed(household: Household) -> None:
    household.start("sleeper", ["sleep", "60"], env=dict(os.environ))
    assert household.dead() is None
    household.start("web", ["sh", "-c", "exit 4"], env=dict(os.environ))
    assert wait_until(lambda: household.dead() is not None)
    dead = household.dead()
    assert dead is not None
    assert demo.obituary(dead) == "web ended by itself (code 4)."


def test_leftovers_are_ended_by_number_and_birth(place: Place) -> None:
    ours, other = (subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2))
    line = {"signal": int(signal.SIGTERM), "patience": 5}
    place.processes_file.write_text(
        json.dumps(
            {
                "ours": {**line, "pid": ours.pid, "born": processes.birth(ours.pid)},
                "somebody else's": {**line, "pid": other.pid, "born": "1"},
            }
        )
    )
    try:
        assert processes.end_leftovers(place.processes_file, place.root) == ["ours"]
        assert ours.wait(5) == -signal.SIGTERM
        assert other.poll() is None
        assert not place.processes_file.exists()
    finally:
        ours.kill()
        other.kill()
        other.wait()


# --- The servers themselves ---------------------------------------------------------------------------
@pytest.fixture
def own_servers(tmp_path: Path) -> Iterator[Callable[[str], subprocess.CompletedProcess[str]]]:
    """bin/servers on a folder of its own, whatever servers the tests around it use."""
    environment = {name: value for name, value in os.environ.items() if name not in NAMED}
    environment["EJOURNAL_VAR"] = str(tmp_path / "own")

    def call(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CHECKOUT / "bin" / "servers", command], env=environment, cwd="/", capture_output=True, text=True
        )

    yield call
    call("stop")


def test_servers_keep_their_data_and_leave_nothing_behind(
    own_servers: Callable[[str], subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    import psycopg
    import redis

    place = Place(tmp_path / "own")

    def addresses() -> dict[str, str]:
        found: dict[str, str] = json.loads(place.servers_file.read_text())
        return found

    started = own_servers("start")
    assert started.returncode == 0, started.stdout + started.stderr
    assert stat.S_IMODE(place.servers_file.stat().st_mode) == 0o600
    first = addresses()
    with psycopg.connect(first["database_owner_url"]) as owner:
        owner.execute("CREATE EXTENSION btree_gist")
        owner.execute("CREATE TABLE kept (word text)")
        owner.execute("INSERT INTO kept VALUES ('ңөү')")
        assert owner.execute("SHOW fsync").fetchone() == ("on",)
        assert owner.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    with psycopg.connect(first["database_url"], autocommit=True) as web:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("CREATE DATABASE mine")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("CREATE TABLE mine (word text)")
    cache = redis.from_url(first["redis_url"])
    assert cache.ping()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=cache.get_connection_kwargs()["port"]).ping()

    # The keeper is killed: the kernel ends its servers, and the next start finds the data.
    holder = place.holder()
    assert holder is not None
    os.kill(holder["pid"], signal.SIGKILL)
    pids = [int(pid) for pid in dict(first["pids"]).values()]
    assert wait_until(lambda: all(processes.birth(pid) is None for pid in pids))

    assert own_servers("start").returncode == 0
    assert addresses()["database_url"] == first["database_url"]
    with psycopg.connect(addresses()["database_owner_url"]) as owner:
        assert owner.execute("SELECT word FROM kept").fetchall() == [("ңөү",)]

    pids = [int(pid) for pid in dict(addresses()["pids"]).values()]
    assert own_servers("stop").returncode == 0
    assert [pid for pid in pids if processes.birth(pid) is not None] == []
    assert not place.servers_file.exists()
    with contextlib.suppress(FileNotFoundError):
        assert not (place.root / "postgres" / "postmaster.pid").exists()
