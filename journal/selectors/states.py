"""What a lesson looks like at a moment: its state in lists, and why its cells are locked."""

from datetime import date, datetime
from enum import StrEnum

from ejournal.lib.clock import day_of
from journal.rules import window_ends_on
from teaching.enums import LessonState


class LessonFace(StrEnum):
    """The state of a lesson as lists show it; the words are those of `components/lesson_state.html`."""

    TO_COME = "to_come"
    RUNNING = "running"
    FILLED = "filled"
    PARTLY = "partly"
    NOT_FILLED = "not_filled"
    CANCELLED = "cancelled"
    NOT_HELD = "not_held"


class Lock(StrEnum):
    """Why a cell may not be written; the codes of the marks API, and `read_only` for readers."""

    READ_ONLY = "read_only"
    NOT_YOUR_LESSON = "not_your_lesson"
    CANCELLED = "lesson_cancelled"
    MODULE_CLOSED = "module_closed"
    NOT_STARTED = "not_started"
    WINDOW_OVER = "window_over"


def face_of(
    *, state: str, starts_at: datetime, ends_at: datetime, is_taken: bool, has_marks: bool, now: datetime
) -> LessonFace:
    """`is_taken`: everyone on the roll was looked at (or nobody stands on it); `has_marks`: somebody was."""
    if state == LessonState.CANCELLED:
        return LessonFace.CANCELLED
    if state == LessonState.NOT_HELD:
        return LessonFace.NOT_HELD
    if now < starts_at:
        return LessonFace.TO_COME
    if is_taken:
        return LessonFace.FILLED
    if now < ends_at:
        return LessonFace.RUNNING
    return LessonFace.PARTLY if has_marks else LessonFace.NOT_FILLED


def lock_of(
    *,
    can_write: bool,
    keeps_journal: bool,
    state: str,
    lesson_day: date,
    starts_at: datetime,
    is_closed: bool,
    window_days: int,
    now: datetime,
    is_reopened: bool = False,
) -> Lock | None:
    """Why a lesson's cells are locked for a user, in the order in which the service judges; None: they are open.

    `can_write`: the user may write in this journal; `keeps_journal`: in this lesson of it (a substitute may not
    write in the others). `is_reopened`: an open reopening names the lesson; for which students, the service judges.
    """
    if not can_write:
        return Lock.READ_ONLY
    if not keeps_journal:
        return Lock.NOT_YOUR_LESSON
    if state in (LessonState.CANCELLED, LessonState.NOT_HELD):
        return Lock.CANCELLED
    if is_reopened:
        return None
    if is_closed:
        return Lock.MODULE_CLOSED
    if now < starts_at:
        return Lock.NOT_STARTED
    if day_of(now) > window_ends_on(lesson_day, window_days=window_days):
        return Lock.WINDOW_OVER
    return None
