"""Rows of module sheets: the lead closes, who teaches the course or answers for it reads; the others know nothing."""

from tests.permissions.conftest import Cast
from tests.permissions.rows import Row
from tests.permissions.rows_control import CONTROLS

READS = ("colleague", "head", "office", "dean", "study", "leadership")


def extend(cast: Cast) -> None:
    """The teacher leads the course."""
    cast.course.lead = cast.journal.teachers.get().teacher
    cast.course.save(update_fields=["lead"])


def url(cast: Cast) -> str:
    return f"/courses/{cast.course.id}/modules/1/"


ROWS = [
    Row("course_modules", lambda c: f"/courses/{c.course.id}/modules/", {302: ("teacher", *READS)}),
    Row("module_sheet", url, {200: ("teacher", *READS)}),
    # An act that there is not: nothing is closed by it.
    Row(
        "module_sheet",
        url,
        {422: ("teacher", "colleague"), 403: ("head", "office", "dean", "study", "leadership")},
        method="post",
    ),
    # A colleague confirms his own journal, and closes nothing.
    Row(
        "module_sheet",
        url,
        {302: ("teacher",), 403: READS},
        method="post",
        data=lambda c: {"act": "close"},
    ),
    Row("modules", lambda c: "/control/modules/", {200: CONTROLS}),
]
