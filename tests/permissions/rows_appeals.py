"""Rows of appeals: the student says it, who keeps the journal answers; curator and offices
read; parents, colleagues, a substitute, an administrator and other students know nothing."""

from typing import Any

from journal.enums import AppealKind
from journal.services.appeals import make_appeal
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import Row

READS = (
    "student",
    "curator",
    "teacher",
    "head",
    "office",
    "dean",
    "study",
    "leadership",
)
LISTS = (
    *READS,
    "colleague",
    "fellow",
    "stranger",
    "other",
    "substitute",
    "far_head",
    "far_dean",
)


def extend(cast: Cast) -> None:
    """An appeal of the student against his mark."""
    made: Any = cast
    made.appeal = make_appeal(
        lesson_id=cast.lesson.id,
        student=cast.student,
        kind=AppealKind.OTHER,
        text="Баа башка болчу",
        by=cast.student.user,
        now=NOW,
    )


def url(cast: Any) -> str:
    return f"/appeals/{cast.appeal.id}/"


def cell_url(cast: Cast) -> str:
    return f"/marks/{cast.lesson.id}/{cast.student.id}/appeal/"


_READERS = tuple(role for role in READS if role not in ("teacher", "student"))

ROWS = [
    Row("appeals", lambda c: "/appeals/", {200: LISTS}),
    Row("cell_appeal", cell_url, {200: ("student",)}),
    # An empty form: nothing is said by it.
    Row("cell_appeal", cell_url, {422: ("student",)}, method="post"),
    Row("appeal", url, {200: READS}),
    # An act that there is not: nothing is answered by it.
    Row("appeal", url, {422: ("teacher", "student"), 403: _READERS}, method="post"),
]
