"""Tell everyone concerned what became of their lessons."""

from collections.abc import Collection
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib.clock import day_of
from messaging.services import notify
from teaching.models import LessonChange
from teaching.selectors.changes import change_words, lesson_title, staff_of_lessons, students_of_lessons


def tell_of_change(
    change: LessonChange, *, lesson_ids: Collection[int], by: User | None, now: datetime, is_taken_back: bool = False
) -> None:
    """A line under the bell of the teacher, the substitute, the curators and the students of the lessons.

    `lesson_ids`: old and new ones. Who decided it knows already.
    """
    # A lesson that is taken back has no page any more.
    subject = change.lesson_id if is_taken_back else change.became_lesson_id or change.lesson_id
    title = lesson_title(subject) if subject is not None else ""

    def text() -> str:
        words = change_words(change)
        said = f"{title}. {words}" if title else _day_words(change, words)
        return _taken_back(said) if is_taken_back else said

    def tell(people: Collection[User], url: str) -> None:
        event = f"change:{change.pk}{':back' if is_taken_back else ''}"
        notify(people, kind="timetable_change", text=text, url=url, event=event, now=now)

    by_id = by.pk if by is not None else 0
    staff = staff_of_lessons(lesson_ids, on=day_of(now)).exclude(pk=by_id)
    students = students_of_lessons(lesson_ids).exclude(pk=by_id)
    tell(list(staff), reverse("lesson", args=[subject]) if subject is not None else "/")
    tell(list(students), reverse("cabinet"))


def _day_words(change: LessonChange, words: str) -> str:
    return f"{date_format(change.day, 'd.m.Y')}: {words}" if change.day else words


def _taken_back(said: str) -> str:
    return _("Taken back: %(change)s") % {"change": said}
