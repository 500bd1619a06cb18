"""What a teacher says about a lesson besides the marks: topic, kinds of work, a note (§3.5a, §4.3)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import SheetState
from journal.errors import sentence
from journal.models import ModuleSheet
from journal.rules import MAX_KIND_LENGTH, MAX_KINDS, chosen_kinds, kinds_offered, window_ends_on
from journal.selectors.lessons import kinds_used
from journal.services import sql
from teaching.enums import LessonState
from teaching.models import Lesson, Substitution, Workload, WorkloadTeacher
from teaching.services.plan_items import set_lesson_items
from university.selectors import policies

_KIND_SENTENCES = {
    "unknown_work_kind": lambda: _("A kind of work is not on offer any more. Load the page again."),
    "work_kind_too_long": lambda: _("A kind of work has %(most)s characters at most.") % {"most": MAX_KIND_LENGTH},
    "too_many_work_kinds": lambda: _("A lesson has %(most)s kinds of work at most.") % {"most": MAX_KINDS},
}


def describe_lesson(
    *,
    lesson_id: int,
    journal: Workload,
    topic: str,
    work_kinds: Sequence[str],
    note: str,
    version: int,
    by: User,
    now: datetime,
    plan_items: Sequence[tuple[int, int]] | None = None,
    added_kind: str = "",
) -> Lesson:
    """Save topic, kinds of work and note of a lesson that the user may write: the door saw to it, and under the lock
    it is asked again, since a substitution may have been withdrawn meanwhile.

    `version` is the lesson's that the client saw. The topic may be written before the lesson begins.
    `plan_items`: what the lesson gives of the journal's plan, as (item, hours); none at all breaks the link, None
    leaves it as it is.
    `work_kinds` are of those on offer: the university's, those that the journal used, the lesson's; `added_kind` is
    one more in the teacher's own words.
    Refused: `not_your_lesson`, `module_closed` (423), `window_over`, `lesson_cancelled`, `stale` (409),
    `unknown_work_kind`, `work_kind_too_long`, `too_many_work_kinds`, `not_in_plan`.
    """
    today = day_of(now)
    settings = policies("filling_window_days", "work_kinds", on=today, unit_id=journal.course.group.unit_id)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql.SHARE_LOCKS, {"journal": journal.id, "lessons": [lesson_id]})
        if not _may_write(by, lesson_id, today=today):
            raise Refusal(sentence("not_your_lesson"), code="not_your_lesson")
        lesson = Lesson.objects.get(pk=lesson_id)
        is_reopened, deadline = _opened_or_over(lesson, journal, today=today, now=now)
        sheet = (
            ModuleSheet.objects.filter(
                state=SheetState.CLOSED,
                course__workloads__lessons__lesson_id=lesson_id,
                module__starts_on__lte=lesson.date,
                module__ends_on__gte=lesson.date,
            )
            .select_related("closed_by")
            .first()
        )
        if sheet is not None and sheet.closed_by is not None and not is_reopened:
            raise Refusal(
                sentence("module_closed", closed_at=sheet.closed_at, closed_by=sheet.closed_by.get_full_name()),
                code="module_closed",
                status=423,
            )
        if deadline is not None and today > deadline and not is_reopened:
            raise Refusal(
                sentence("module_closed", closed_at=None, deadline=deadline), code="module_closed", status=423
            )
        if lesson.state in {LessonState.CANCELLED, LessonState.NOT_HELD}:
            raise Refusal(sentence("lesson_cancelled"), code="lesson_cancelled")
        last = window_ends_on(lesson.date, window_days=settings["filling_window_days"])
        if today > last and not is_reopened:
            raise Refusal(sentence("window_over", window_ends_on=last), code="window_over")
        offered = kinds_offered(settings["work_kinds"], kinds_used(journal.id), of_lesson=lesson.work_kinds)
        kinds = chosen_kinds(work_kinds, added_kind, offered=offered)
        if isinstance(kinds, str):
            raise Refusal(_KIND_SENTENCES[kinds](), code=kinds)
        changed = Lesson.objects.filter(pk=lesson_id, version=version).update(
            topic=topic.strip(),
            work_kinds=kinds,
            note=note.strip(),
            version=F("version") + 1,
            changed_by=by,
            changed_at=now,
            request_id=request_id(),
        )
        if not changed:
            raise Refusal(
                _("Somebody else changed the topic of this lesson meanwhile. Load the page again."),
                code="stale",
                status=409,
            )
        if plan_items is not None:
            set_lesson_items(lesson_id=lesson_id, journal_id=journal.id, items=plan_items)
        lesson.refresh_from_db()
        return lesson


def _opened_or_over(lesson: Lesson, journal: Workload, *, today: date, now: datetime) -> tuple[bool, date | None]:
    """Whether a reopening names the lesson, and the last day for its module where a setting gives one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT journal_is_reopened(%s, NULL, %s, %s), journal_deadline(%s, %s, %s)",
            [lesson.id, journal.course_id, now, journal.course_id, lesson.date, today],
        )
        found: tuple[bool, date | None] = cursor.fetchone()
    return found


def _may_write(user: User, lesson_id: int, *, today: date) -> bool:
    """Whose time as keeper of one of the lesson's journals is not over, or its substitute in force."""
    not_over = Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    keeps = WorkloadTeacher.objects.filter(not_over, workload__lessons__lesson_id=lesson_id, teacher__user_id=user.id)
    named = Substitution.objects.in_force(today).filter(lesson_id=lesson_id, substitute__user_id=user.id)
    return keeps.exists() or named.exists()
