"""Rows of reopenings: the teacher asks, the head agrees, the dean's office opens; others read or know nothing."""

from datetime import timedelta
from typing import Any

from journal.models import Reopening, ReopeningLesson, ReopeningStudent
from journal.services.reopenings import papers_folder
from tests import factories as make
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import READERS, STAFF, Row

READS = ("teacher", "head", "office", "dean", "study", "leadership", "admin")
LISTS = tuple(role for role in STAFF if role not in ("curator", "moderator"))


def extend(cast: Cast) -> None:
    """A request of the teacher for one cell, with its paper."""
    made: Any = cast
    teacher = cast.people["teacher"]
    papers_folder().mkdir(parents=True, exist_ok=True)
    (papers_folder() / "matrix").write_bytes(b"%PDF-")
    made.reopening = Reopening.objects.create(
        workload=cast.journal,
        why="жаңылыштык",
        asked_by=teacher,
        asked_at=NOW - timedelta(days=1),
        paper_path="matrix",
        paper_type="application/pdf",
        by=teacher,
        at=NOW,
        source="web",
        request_id=make.REQUEST_ID,
    )
    ReopeningLesson.objects.create(reopening=made.reopening, lesson=cast.lesson)
    ReopeningStudent.objects.create(reopening=made.reopening, student=cast.student)


def url(cast: Any) -> str:
    return f"/reopenings/{cast.reopening.id}/"


def new_url(cast: Cast) -> str:
    return f"/journals/{cast.journal.id}/reopen/"


_NOT_KEEPER = tuple(role for role in READERS if role != "teacher")

ROWS = [
    Row("reopenings", lambda c: "/reopenings/", {200: LISTS}),
    Row("reopening_new", new_url, {200: ("teacher",), 403: _NOT_KEEPER}),
    # An empty form: nothing is asked by it.
    Row("reopening_new", new_url, {422: ("teacher",), 403: _NOT_KEEPER}, method="post"),
    Row("reopening", url, {200: READS}),
    # An act that there is not: nothing is decided by it.
    Row(
        "reopening",
        url,
        {422: ("teacher", "head"), 403: ("office", "dean", "study", "leadership", "admin")},
        method="post",
    ),
    Row("reopening_paper", lambda c: f"{url(c)}paper", {200: ("teacher", "head")}),
]
