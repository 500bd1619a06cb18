"""System packages: found by what they do, installed where that is allowed, named exactly where it is not."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from .console import Failure, say

# WeasyPrint draws by these. Without the last but one it works at half the speed.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libfontconfig.so.1": "fontconfig",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def may_install() -> list[str] | None:
    """The prefix with which apt-get may be called here without a question, or None."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def apt_command(packages: Sequence[str]) -> str:
    """What a person has to run to have the packages."""
    return f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(packages)}"


def apt_install(packages: Sequence[str]) -> bool:
    """Install system packages, if we may; whether they are there now. Lists are fetched only if too old."""
    prefix = may_install()
    if prefix is None:
        return False
    say(f"  installing {' '.join(packages)} (apt-get)")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-o", "DPkg::Lock::Timeout=120"]
    install = [*prefix, "apt-get", *options, "install", "-y", "--no-install-recommends", *packages]
    update = [*prefix, "apt-get", *options, "update"]
    for command in (install, update, install):
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if command is install and done.returncode == 0:
            return True
    say("\n".join(f"    {line}" for line in (done.stdout + done.stderr).splitlines()[-8:]))
    return False


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_libraries() -> list[str]:
    """The packages whose libraries cannot be loaded."""
    return [package for library, package in LIBRARIES.items() if not _loads(library)]


def ensure_libraries() -> None:
    """See to it that sheets can be printed."""
    missing = missing_libraries()
    if missing and not (apt_install(missing) and not missing_libraries()):
        raise Failure(f"Printing (WeasyPrint) needs system libraries. Run:\n\n    {apt_command(missing)}")


def runs(browser: str) -> bool:
    """Whether the browser is really there: Ubuntu's chromium-browser may be a stub that asks for a snap."""
    try:
        done = subprocess.run([browser, "--version"], capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def find_browser(environ: Mapping[str, str]) -> str | None:
    """The path of a Chromium or Chrome: the one that CHROMIUM names, else the first on PATH that runs."""
    named = environ.get("CHROMIUM")
    if named:
        path = shutil.which(named)
        if path is None or not runs(path):
            raise Failure(f"CHROMIUM is set to {named}, which is no browser that runs here.")
        return os.path.abspath(path)
    found = (shutil.which(name, path=environ.get("PATH")) for name in BROWSERS)
    return next((path for path in found if path and runs(path)), None)


def ensure_browser(environ: Mapping[str, str]) -> str:
    """The browser of the tests, installed where that is allowed."""
    path = find_browser(environ)
    if path is None and apt_install(["chromium"]):
        path = find_browser(environ)
    if path is None:
        raise Failure(
            "The browser tests need Chromium or Chrome. Run (Debian):\n\n"
            f"    {apt_command(['chromium'])}\n\n"
            "On Ubuntu: sudo snap install chromium, or install Google Chrome. "
            "A browser in another place: CHROMIUM=/path/to/chrome bin/test"
        )
    return path
