"""What a teacher asks the study office for, and what it answers (§3.5g)."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib.errors import Refusal
from messaging.services import notify
from teaching.enums import RequestKind, RequestState
from teaching.models import REQUEST_LABELS, ChangeRequest, Lesson, LessonChange
from teaching.selectors.changes import lesson_title
from teaching.services.change_judging import (
    Order,
    Place,
    judge_begun,
    judge_day,
    judge_reason,
    judge_unfilled,
    moments_of,
)
from teaching.services.changes import change_room, mark_not_held, move_lesson, swap_lessons
from university.models import Room


def ask_for_change(
    *,
    lesson_id: int,
    kind: RequestKind,
    reason: str,
    by: User,
    now: datetime,
    other_lesson_id: int | None = None,
    wanted_date: date | None = None,
    wanted_pair: int | None = None,
    wanted_room: Room | None = None,
) -> ChangeRequest:
    """Ask for a change of a lesson that the teacher holds (the door saw to it); of a swap the colleague is told.

    Refused: `asked_already`, `lesson_filled`, `lesson_cancelled`, `lesson_begun`, `not_begun` (for "did not take
    place"), `place_missing`, `no_bell`, `not_in_semester`, `holiday`, `not_two`, `reason_missing`.
    """
    judge_reason(reason)
    try:
        with transaction.atomic():
            lesson = Lesson.objects.select_for_update(of=("self",)).select_related("semester").get(pk=lesson_id)
            judge_unfilled(lesson)
            if kind == RequestKind.NOT_HELD:
                judge_begun(lesson, now)
            elif lesson.starts_at <= now and kind != RequestKind.MOVE:
                raise Refusal(_("The lesson has begun already."), code="lesson_begun")
            if kind == RequestKind.MOVE:
                if wanted_date is None or wanted_pair is None:
                    raise Refusal(_("Choose the day and the pair."), code="place_missing")
                moments_of(Place(wanted_date, wanted_pair))
                judge_day(wanted_date, lesson.semester)
            elif kind == RequestKind.ROOM and wanted_room is None:
                raise Refusal(_("Choose the auditorium."), code="place_missing")
            other = _other_lesson(lesson, other_lesson_id, now) if kind == RequestKind.SWAP else None
            request = ChangeRequest.objects.create(
                kind=kind,
                lesson=lesson,
                other_lesson=other,
                wanted_date=wanted_date if kind == RequestKind.MOVE else None,
                wanted_pair=wanted_pair if kind == RequestKind.MOVE else None,
                wanted_room=wanted_room if kind in (RequestKind.MOVE, RequestKind.ROOM) else None,
                reason=reason.strip(),
                asked_by=by,
                asked_at=now,
            )
    except IntegrityError as error:
        if "teaching_changerequest_one_open" not in str(error):
            raise
        raise Refusal(_("The same is asked for this lesson already."), code="asked_already") from error
    if other is not None:
        title = lesson_title(lesson.pk)
        notify(
            [other.teacher.user],
            kind="change_request",
            text=lambda: _("A colleague asks to swap a lesson with yours: %(lesson)s") % {"lesson": title},
            url=reverse("lesson", args=[other.pk]),
            event=f"change_request:{request.pk}",
            now=now,
        )
    return request


def _other_lesson(lesson: Lesson, other_id: int | None, now: datetime) -> Lesson:
    other = Lesson.objects.select_related("teacher__user").filter(pk=other_id or 0, semester=lesson.semester_id).first()
    if other is None or other.pk == lesson.pk:
        raise Refusal(_("Choose another lesson to swap with."), code="not_two")
    judge_unfilled(other)
    if other.starts_at <= now:
        raise Refusal(_("The lesson has begun already."), code="lesson_begun")
    return other


def grant_request(*, request_id: int, order: Order, answer: str = "", by: User, now: datetime) -> LessonChange:
    """Do what was asked, as the verbs of `changes` do it; refused as they refuse, and `decided_already`.

    The lesson as it is now counts: whoever decides has just looked at it.
    """
    with transaction.atomic():
        request = _open(request_id)
        lesson = request.lesson
        versions = {lesson.pk: lesson.version}
        reason = request.reason
        if request.kind == RequestKind.NOT_HELD:
            change = mark_not_held(lesson_id=lesson.pk, version=lesson.version, reason=reason, by=by, now=now)
        elif request.kind == RequestKind.ROOM:
            change = change_room(
                lesson_id=lesson.pk,
                version=lesson.version,
                room=request.wanted_room,
                reason=reason,
                order=order,
                by=by,
                now=now,
            )
        elif request.kind == RequestKind.SWAP:
            assert request.other_lesson is not None
            versions[request.other_lesson.pk] = request.other_lesson.version
            change = swap_lessons(versions=versions, reason=reason, order=order, by=by, now=now)[0]
        else:
            assert request.wanted_date is not None
            room_id = request.wanted_room_id or lesson.room_id
            change = move_lesson(
                lesson_id=lesson.pk,
                version=lesson.version,
                place=Place(request.wanted_date, request.wanted_pair, room_id=room_id),
                reason=reason,
                order=order,
                by=by,
                now=now,
            )
        request.change = change
        _decide(request, RequestState.GRANTED, answer, by=by, now=now)
    return change


def refuse_request(*, request_id: int, answer: str, by: User, now: datetime) -> ChangeRequest:
    """Refuse with an answer. Refused itself: `answer_missing`, `decided_already`."""
    if not answer.strip():
        raise Refusal(_("Write why it is refused."), code="answer_missing")
    with transaction.atomic():
        request = _open(request_id)
        _decide(request, RequestState.REFUSED, answer, by=by, now=now)
    return request


def withdraw_request(*, request_id: int, now: datetime) -> ChangeRequest:
    """Take an open request back. Refused: `decided_already`."""
    with transaction.atomic():
        request = _open(request_id)
        request.state = RequestState.WITHDRAWN
        request.save(update_fields=["state"])
    return request


def _open(request_id: int) -> ChangeRequest:
    request = (
        ChangeRequest.objects.select_for_update(of=("self",))
        .select_related("lesson", "other_lesson", "wanted_room", "asked_by")
        .get(pk=request_id)
    )
    if request.state != RequestState.ASKED:
        raise Refusal(_("This request was decided already."), code="decided_already")
    return request


def _decide(request: ChangeRequest, state: RequestState, answer: str, *, by: User, now: datetime) -> None:
    request.state, request.answer = state, answer.strip()
    request.decided_by, request.decided_at = by, now
    request.save(update_fields=["state", "answer", "decided_by", "decided_at", "change"])
    title, kind = lesson_title(request.lesson_id), REQUEST_LABELS[RequestKind(request.kind)]

    def text() -> str:
        facts = {"what": kind, "lesson": title, "answer": request.answer}
        if state == RequestState.GRANTED:
            return _("Granted: %(what)s. %(lesson)s %(answer)s") % facts
        return _("Refused: %(what)s. %(lesson)s %(answer)s") % facts

    notify(
        [request.asked_by],
        kind="change_request",
        text=text,
        url=reverse("change_request", args=[request.pk]),
        event=f"change_request:{request.pk}:{state}",
        now=now,
    )
