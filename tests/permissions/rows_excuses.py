"""Rows of excuses and their papers."""

from typing import Any

from journal.enums import ExcuseKind
from journal.services.excuses import enter_excuse
from tests import factories as make
from tests.lib.test_papers import A_PDF
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import Row

OWN = ("office", "dean")
EVERY_OFFICE = (*OWN, "far_dean")


def extend(cast: Cast) -> None:
    """An illness of the group's student, with its paper."""
    made: Any = cast
    office = cast.people["office"]
    assert office is not None
    made.excuse = enter_excuse(
        unit=cast.group.unit,
        kind=ExcuseKind.ILLNESS,
        students=[cast.fellow.id],
        starts_on=make.MONDAY,
        ends_on=make.MONDAY,
        approved_by="Декан",
        paper=A_PDF,
        by=office,
        now=NOW,
    )


def excuse_url(cast: Any) -> str:
    return f"/excuses/{cast.excuse.id}/"


ROWS = [
    Row("excuses", lambda c: "/excuses/", {200: (*EVERY_OFFICE, "study")}),
    Row("excuse_new", lambda c: "/excuses/new/", {200: EVERY_OFFICE, 403: ("study",)}),
    # An empty form: nobody is excused by it.
    Row("excuse_new", lambda c: "/excuses/new/", {422: EVERY_OFFICE, 403: ("study",)}, method="post"),
    Row("excuse", excuse_url, {200: (*OWN, "study")}),
    Row("excuse", excuse_url, {422: OWN, 403: ("study",)}, method="post"),
    # What stands in the paper is between the student and the office that took it.
    Row("excuse_paper", lambda c: f"{excuse_url(c)}paper", {200: OWN}),
]
