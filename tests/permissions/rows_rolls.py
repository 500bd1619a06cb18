"""Rows of the roll by scans, of what is odd about scans, and of the ways of proof (trials.md, "roll, flags")."""

from tests.permissions.conftest import Cast
from tests.permissions.rows import Row

WRITES = ("teacher", "substitute")
READS = (*WRITES, "colleague", "head")
READS_ONLY = ("colleague", "head")
SETS = ("office", "dean", "far_dean", "admin")


def roll_url(cast: Cast) -> str:
    return f"/lessons/{cast.lesson.pk}/roll/"


ROWS = [
    Row("lesson_roll", roll_url, {200: READS}),
    # An empty form: nothing is saved by it.
    Row("lesson_roll", roll_url, {302: WRITES, 403: READS_ONLY}, method="post"),
    Row("lesson_roll_now", lambda c: f"{roll_url(c)}now/", {200: READS}),
    Row("journal_scans", lambda c: f"/journals/{c.journal.pk}/scans/", {200: READS}),
    Row("scan_flags", lambda c: "/attendance/flags/", {200: ("head", "far_head")}),
    Row("excused_scanned", lambda c: "/attendance/excused/", {200: ("office", "dean", "far_dean")}),
    Row("lesson_proof", lambda c: f"/lessons/{c.lesson.pk}/proof/", {302: WRITES}, method="post"),
    Row("proof", lambda c: "/rooms/proof/", {200: SETS}),
    # An empty form: nothing is set by it.
    Row("proof", lambda c: "/rooms/proof/", {422: SETS}, method="post"),
]
