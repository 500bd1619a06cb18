"""The Python environment `.venv` in the checkout: made once, brought up to the lock when the lock changes."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .console import Failure, say, step
from .place import CHECKOUT, refuse_another_owner
from .system import apt_command, apt_install

VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME_LOCK = CHECKOUT / "requirements.txt"
DEVELOPMENT_LOCK = CHECKOUT / "requirements-dev.txt"
STAMP = VENV / "installed.json"


def ensure_environment(*, development: bool) -> None:
    """Install what the lock names, if that has not been done. Development once asked for stays.

    A second call costs the reading of two files.
    """
    _make_folder()
    with (VENV / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # bin/demo and bin/test may be started together
        stamp = _read_stamp()
        development = development or bool(stamp.get("development"))
        wanted = _wanted(development)
        if stamp == wanted and PYTHON.exists():
            return
        say("Setting up .venv (once, and when the requirements change)")
        if not _venv_fits(stamp, wanted):
            with step("Python environment"):
                _create_venv()
        with step("uv"):
            _install_uv()
        with step("dependencies"):
            _install(DEVELOPMENT_LOCK if development else RUNTIME_LOCK)
        STAMP.write_text(json.dumps(wanted))


def _make_folder() -> None:
    try:
        VENV.mkdir(exist_ok=True)
        if not os.access(VENV, os.W_OK):
            raise PermissionError(13, "Permission denied")
        refuse_another_owner(VENV, STAMP)
    except OSError as error:
        raise Failure(
            f"{VENV} cannot be written ({error.strerror}): this checkout belongs to somebody else. "
            "Clone it into a folder of your own."
        ) from error


def _wanted(development: bool) -> dict[str, object]:
    """What the stamp says when everything is as it should be. A venv knows its own path and its Python's."""
    locks = [DEVELOPMENT_LOCK, *([] if development else [RUNTIME_LOCK])]
    return {
        "development": development,
        "locks": hashlib.sha256(b"".join(path.read_bytes() for path in locks)).hexdigest(),
        "python": f"{sys.version_info[0]}.{sys.version_info[1]} {sys.base_prefix}",
        "path": str(VENV),
    }


def _read_stamp() -> dict[str, object]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(STAMP.read_text())
        if isinstance(found, dict):
            return found
    return {}


def _venv_fits(stamp: dict[str, object], wanted: dict[str, object]) -> bool:
    same = all(stamp.get(name) == wanted[name] for name in ("python", "path"))
    return same and PYTHON.exists() and _succeeds([PYTHON, "-c", ""])


def _succeeds(command: list[str | Path]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def _create_venv() -> None:
    """By the standard library, else by a uv that is there already; else say which package is missing."""
    STAMP.unlink(missing_ok=True)
    for name in ("bin", "lib", "lib64", "include", "pyvenv.cfg"):
        path = VENV / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    uv = shutil.which("uv")
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    # Debian's bare Python has no ensurepip, without which a venv has no pip.
    if has_ensurepip() or (uv is None and apt_install([package]) and has_ensurepip()):
        _run([sys.executable, "-m", "venv", VENV], "The Python environment could not be created")
    elif uv:
        _run(
            [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, VENV],
            "uv could not create the Python environment",
        )
    else:
        raise Failure(f"This Python ({sys.executable}) cannot make environments. Run:\n\n    {apt_command([package])}")


def has_ensurepip() -> bool:
    """Whether this Python can put pip into a new environment (on Debian that is a package of its own)."""
    return _succeeds([sys.executable, "-c", "import ensurepip; ensurepip.version()"])


def uv_requirement(lock: str) -> str:
    """The lines of uv itself, with their hashes, out of the text of a lock."""
    lines = lock.splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith("uv==")), None)
    if start is None:
        raise Failure("requirements-dev.txt does not name uv.")
    found = [lines[start]]
    for line in lines[start + 1 :]:
        if not line.startswith("    --hash="):
            break
        found.append(line)
    found[-1] = found[-1].removesuffix("\\").rstrip()
    return "\n".join(found) + "\n"


def _install_uv() -> None:
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "uv.txt"
        wanted.write_text(uv_requirement(DEVELOPMENT_LOCK.read_text()))
        if _succeeds([PYTHON, "-m", "pip", "--version"]):
            _run(
                [
                    PYTHON,
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--require-hashes",
                    "-r",
                    wanted,
                ],
                "uv could not be installed",
            )
        else:
            _run(
                [_uv_on_path(), "pip", "install", "--python", PYTHON, "--require-hashes", "-r", wanted],
                "uv failed",
            )


def _uv_on_path() -> str:
    uv = shutil.which("uv")
    if uv is None:
        raise Failure(f"{VENV} has no pip. Remove it and run this again.")
    return uv


def _install(lock: Path) -> None:
    """Make the environment hold exactly what the lock names, and uv.

    By pip where only pip is set up for this network.
    """
    environment = {
        **os.environ,
        "UV_SYSTEM_CERTS": "1",
        "UV_NATIVE_TLS": "1",
    }  # a university's proxy has its own authority
    with tempfile.TemporaryDirectory() as folder:
        uv_itself = Path(folder) / "uv.txt"
        uv_itself.write_text(uv_requirement(DEVELOPMENT_LOCK.read_text()))
        files = [lock] if lock == DEVELOPMENT_LOCK else [lock, uv_itself]
        cache = [] if _cache_is_writable() else ["--no-cache"]
        sync: list[str | Path] = [
            VENV / "bin" / "uv",
            "pip",
            "sync",
            "--quiet",
            *cache,
            "--python",
            PYTHON,
            "--compile-bytecode",
            "--require-hashes",
            *files,
        ]
        done = subprocess.run(
            sync,
            env=environment,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode == 0:
            return
        say(f"  uv could not install ({next(iter(done.stderr.strip().splitlines()), 'no reason given')})")
        say("  trying pip")
    pip: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
        lock,
    ]
    _run(pip, f"The dependencies could not be installed. uv said:\n{done.stderr.strip()}\n\npip said")


def _cache_is_writable() -> bool:
    home = Path(os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home())
    return os.access(home, os.W_OK)


def _run(command: list[str | Path], failure: str) -> None:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", cwd=CHECKOUT
    )
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Failure(f"{failure}:\n{said}")
