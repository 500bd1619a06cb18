"""Rows of August: loads and their undo, the rollover, the checklist, doubles."""

from ejournal.jobs.models import Job
from ejournal.loading.models import AppliedLoad
from tests import factories as make
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import Row


def extend(cast: Cast) -> None:
    """A load that was applied long ago: it can be looked at, and not undone; and an undo that was refused."""
    admin = cast.people["admin"]
    cast.applied = AppliedLoad.objects.create(  # type: ignore[attr-defined]
        by=admin, at=NOW, names=["окуу.xlsx"], sha256="0" * 64, request_id=make.REQUEST_ID
    )
    cast.undo = Job.objects.create(  # type: ignore[attr-defined]
        kind="load_undo",
        state="refused",
        asked={"load": cast.applied.pk},  # type: ignore[attr-defined]
        asked_by=admin,
        asked_at=NOW,
        request_id=make.REQUEST_ID,
    )


ROWS = [
    Row("load_history", lambda c: "/load/history/", {200: ("admin",)}),
    Row("load_undo", lambda c: f"/load/history/{c.applied.id}/undo/", {200: ("admin",)}),
    # Nothing is kept of what was before it: an undo is refused, whoever asks.
    Row("load_undo", lambda c: f"/load/history/{c.applied.id}/undo/", {409: ("admin",)}, method="post"),
    Row("august", lambda c: "/august/", {200: ("admin", "study", "leadership")}),
    Row("rollover", lambda c: "/load/rollover/", {200: ("admin",)}),
    # Nothing is chosen: nothing changes.
    Row("rollover", lambda c: "/load/rollover/", {422: ("admin",)}, method="post", data=lambda c: {}),
    Row("doubles", lambda c: "/people/doubles/", {200: ("admin",)}),
    Row("merge", lambda c: f"/people/doubles/{c.student.user_id}/{c.fellow.user_id}/", {200: ("admin",)}),
    # Both are in one group on the same days: refused, whoever asks.
    Row(
        "merge",
        lambda c: f"/people/doubles/{c.student.user_id}/{c.fellow.user_id}/",
        {409: ("admin",)},
        method="post",
    ),
    Row("load_undone", lambda c: f"/load/undone/{c.undo.id}/", {200: ("admin",)}),
]
