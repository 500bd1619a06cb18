"""Rows of scanning (trials.md, "scan (POST)"): students scan; an account that is no student's is told so, with 403."""

from attendance.services.rooms import issue_code
from tests import factories as make
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import Row

STUDENTS = ("student", "fellow", "stranger")


def extend(cast: Cast) -> None:
    code = issue_code(room=make.make_room("Б-901"), by=None, now=NOW)
    cast.door = f"/r/{code.public}"  # type: ignore[attr-defined]


def door(cast: Cast) -> str:
    return str(cast.door)  # type: ignore[attr-defined]


ROWS = [
    Row("scan_link", door, {200: STUDENTS}, others=403),
    # Without a claim of his own nobody scans, with whatever lesson in the body.
    Row(
        "scan_link",
        door,
        {422: STUDENTS},
        others=403,
        method="post",
        data=lambda c: {"lesson": c.lesson.pk},
    ),
    Row("scan_link", lambda c: "/r/AAAAAAAAAAAAAAAAAAAAAA", others=404, anon=404),
    Row("scan", lambda c: "/scan/", {200: STUDENTS}, others=403),
    Row("scan", lambda c: "/scan/", {422: STUDENTS}, others=403, method="post", data=lambda c: {"typed": "ACDEFG"}),
]
