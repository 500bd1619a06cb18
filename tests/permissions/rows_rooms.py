"""Rows of the auditoriums' codes and of the screens (trials.md, "room display")."""

from attendance.services.rooms import issue_code, pair_display
from tests import factories as make
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import Row

KEEPERS = ("office", "dean", "far_dean", "study", "admin")
PAIRS = ("office", "dean", "far_dean", "admin")
SHOWS = {200: ("teacher", "substitute")}


def extend(cast: Cast) -> None:
    admin = cast.people["admin"]
    assert admin is not None
    cast.coded = make.make_room("Б-900")  # type: ignore[attr-defined]
    issue_code(room=cast.coded, by=admin, now=NOW)  # type: ignore[attr-defined]
    cast.display = pair_display(  # type: ignore[attr-defined]
        room=cast.coded,  # type: ignore[attr-defined]
        code="ACDEFGHJ",
        name="",
        by=admin,
        now=NOW,
    )


def room_url(cast: Cast) -> str:
    return f"/rooms/{cast.coded.pk}/"  # type: ignore[attr-defined]


def lesson_url(cast: Cast) -> str:
    return f"/lessons/{cast.lesson.pk}/code/"


ROWS = [
    Row("rooms", lambda c: "/rooms/", {200: KEEPERS}),
    Row("rooms", lambda c: "/rooms/", {302: KEEPERS}, method="post"),
    Row("room", room_url, {200: KEEPERS}),
    Row("room", room_url, {200: KEEPERS}, method="post", data=lambda c: {"deed": "issue"}),
    Row("room", room_url, {302: KEEPERS}, method="post", data=lambda c: {"deed": "issue", "confirmed": "1"}),
    Row("room_poster", lambda c: f"{room_url(c)}poster.pdf?size=a6", {200: KEEPERS}),
    Row("building_posters", lambda c: "/rooms/posters.pdf?building=нет", {302: KEEPERS}),
    Row("building_posters", lambda c: "/rooms/posters.pdf", {302: KEEPERS}, method="post"),
    Row("displays", lambda c: "/rooms/displays/", {200: PAIRS}),
    Row("displays", lambda c: "/rooms/displays/", {422: PAIRS}, method="post", data=lambda c: {"code": "x"}),
    Row(
        "display_end",
        lambda c: f"/rooms/displays/{c.display.pk}/end/",  # type: ignore[attr-defined]
        {302: ("office",)},
        method="post",
    ),
    # A screen has no login: without its key everybody gets the pairing code and nothing else.
    Row("display", lambda c: "/display/", others=200, anon=200),
    Row("display_start", lambda c: "/display/start/", others=302, anon=302, method="post"),
    Row("display_code", lambda c: "/display/code/", others=404, anon=404),
    Row("lesson_code", lesson_url, SHOWS),
    Row("lesson_code_now", lambda c: f"{lesson_url(c)}now/", SHOWS),
]
