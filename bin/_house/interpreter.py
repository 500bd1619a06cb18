"""The Python that runs the commands. Written so that an old one can still read it and say what is wrong."""

import os
import shutil
import sys

LOWEST = (3, 11)
KNOWN = ("python3.14", "python3.13", "python3.12", "python3.11")


def complaint(version):  # type: ignore[no-untyped-def]  # annotations would hide the message from an old Python
    """Why a Python of this version will not do, or None."""
    if tuple(version[:2]) >= LOWEST:
        return None
    return (
        "Python {}.{} or newer is needed; this is {}.{}. "
        "On Debian 12, Ubuntu 24.04 and newer: sudo apt-get install python3"
    ).format(*LOWEST, *version[:2])


def require():  # type: ignore[no-untyped-def]
    """Go on with a Python that is new enough, another on PATH if need be; else say so and end."""
    why = complaint(sys.version_info)  # type: ignore[no-untyped-call]
    if why is None:
        return
    for name in KNOWN:
        path = shutil.which(name)
        if path:
            os.execv(path, [path, *sys.argv])  # noqa: S606 -- the same program by a newer Python
    sys.exit(why)
