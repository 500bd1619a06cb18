"""Rows of the changes of the timetable (trials.md, "timetable, workload"): the study office edits, readers read."""

from typing import Any

from ejournal.lib import clock
from teaching.enums import ChangeKind, RequestKind
from teaching.models import ChangeRequest, LessonChange
from tests import factories as make
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import READERS, Row
from university.models import Holiday

REGISTER = (*READERS, "other", "far_head", "far_dean")
WITHOUT_STUDY = tuple(set(READERS) - {"study"})
ASKERS = ("teacher", "substitute")
NOT_ASKERS = tuple(set(READERS) - set(ASKERS))


def extend(cast: Any) -> None:
    """A confirmed change of the cast's lesson, its teacher's open request, a holiday."""
    study, teacher = cast.people["study"], cast.people["teacher"]
    cast.change = LessonChange.objects.create(
        kind=ChangeKind.ROOM,
        day=cast.lesson.date,
        lesson=cast.lesson,
        reason="жыйын",
        approved_by=study,
        approved_at=NOW,
    )
    cast.request = ChangeRequest.objects.create(
        kind=RequestKind.ROOM,
        lesson=cast.lesson,
        wanted_room=make.make_room("Б-102"),
        reason="доска керек",
        asked_by=teacher,
        asked_at=NOW,
    )
    cast.holiday = Holiday.objects.create(day=clock.day_of(NOW).replace(month=11, day=7), name="Тарых күнү")


def _change(cast: Any) -> str:
    return f"/changes/new/{cast.lesson.id}/cancel/"


def _request(cast: Any) -> str:
    return f"/changes/requests/{cast.request.id}/"


def _nothing(cast: Cast) -> dict[str, str]:
    """An empty form: who may write is told what is wrong (422), and nothing is changed."""
    return {}


ROWS = [
    Row("changes", lambda c: "/changes/", {200: REGISTER}),
    Row("free_rooms", lambda c: "/changes/rooms/?day=2026-09-21&pair=2", {200: REGISTER}),
    Row("change_lesson", _change, {200: ("study",), 403: WITHOUT_STUDY}),
    Row("change_lesson", _change, {422: ("study",), 403: WITHOUT_STUDY}, method="post", data=_nothing),
    Row("change_lines", lambda c: f"/changes/lines/{c.journal.id}/", {200: ("study",), 403: WITHOUT_STUDY}),
    Row(
        "change_lines",
        lambda c: f"/changes/lines/{c.journal.id}/",
        {422: ("study",), 403: WITHOUT_STUDY},
        method="post",
        data=_nothing,
    ),
    Row(
        "change_withdraw",
        lambda c: f"/changes/{c.change.id}/withdraw/",  # type: ignore[attr-defined]
        {302: ("study",), 403: WITHOUT_STUDY},
        method="post",
    ),
    Row(
        "lesson_request",
        lambda c: f"/lessons/{c.lesson.id}/request/",
        {200: ASKERS, 403: tuple(set(READERS) - set(ASKERS))},
    ),
    Row(
        "lesson_request",
        lambda c: f"/lessons/{c.lesson.id}/request/",
        {422: ASKERS, 403: NOT_ASKERS},
        method="post",
        data=_nothing,
    ),
    Row("change_requests", lambda c: "/changes/requests/", {200: REGISTER}),
    Row("change_request", _request, {200: ("teacher", "study", "leadership")}),
    Row(
        "change_request",
        _request,
        # Refusing without an answer is refused.
        {422: ("study",), 403: ("teacher", "leadership")},
        method="post",
        data=lambda c: {"refuse": "1"},
    ),
    Row(
        "change_request_withdraw",
        lambda c: f"{_request(c)}withdraw/",
        {302: ("teacher",), 403: ("study", "leadership")},
        method="post",
    ),
    Row("holidays", lambda c: "/changes/holidays/", {200: ("study", "admin")}),
    Row("holidays", lambda c: "/changes/holidays/", {422: ("study", "admin")}, method="post", data=_nothing),
    Row(
        "holiday_withdraw",
        lambda c: f"/changes/holidays/{c.holiday.id}/withdraw/",  # type: ignore[attr-defined]
        # Taken back by the first who may; to the next it is gone.
        {302: ("study",), 404: ("admin",)},
        method="post",
    ),
]
