"""Appeals: a student says that a mark of his is wrong, a keeper of the journal answers in time (§4.2)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Role
from accounts.models import Appointment, Student, User
from ejournal.lib import locks
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import AppealKind, AppealState, Presence, Source
from journal.errors import sentence
from journal.models import (
    APPEAL_KIND_LABELS,
    Appeal,
    Mark,
    Reopening,
)
from journal.rules import MAX_REASON, MarkState
from journal.selectors.appeals import mark_state, problem_of_cell, reopening_of_cell
from journal.selectors.reopenings import locked_lessons
from journal.services.appeal_steps import MAX_ANSWER, due_on, step, tell
from journal.services.marks import record_marks
from journal.services.reopenings import ask_reopening
from teaching.models import LessonWorkload, Workload, WorkloadTeacher, in_force, keeping

MAX_TEXT = 500
# After these days an appeal that nobody answered is told to nobody anew: it stays in the lists, in red.
TOLD_FOR = timedelta(days=7)


def make_appeal(*, lesson_id: int, student: Student, kind: AppealKind, text: str, by: User, now: datetime) -> Appeal:
    """Say that the mark of a cell is wrong. That the cell is the own one of `by` is the door's question.

    Refused: `appeal_text`, `no_mark`, `appealed_already`, `answered_no`, `excused_absence`, `appeal_too_late`,
    `not_absent` (the one tap says «кж», and there is none).
    """
    said = text.strip()
    if len(said) > MAX_TEXT or (not said and kind != AppealKind.SCANNED):
        raise _refusal("appeal_text")
    with transaction.atomic():
        # Held: the mark that is copied is the mark that is judged, and of two taps the second finds the first.
        mark = (
            Mark.objects.select_for_update(of=("self",))
            .select_related("workload__course__group")
            .filter(lesson_id=lesson_id, student=student)
            .first()
        )
        if mark is None:
            raise _refusal("no_mark")
        problem = problem_of_cell(mark, now=now)
        if problem is not None:
            raise _refusal(problem)
        assert mark.presence is not None  # an emptied cell has no mark
        if kind == AppealKind.SCANNED and mark.presence != Presence.ABSENT:
            raise _refusal("not_absent")
        appeal = Appeal.objects.create(
            lesson_id=lesson_id,
            student=student,
            workload=mark.workload,
            kind=kind,
            text=said,
            was_version=mark.version,
            was_presence=mark.presence,
            was_grade=mark.grade,
            was_late_minutes=mark.late_minutes,
            was_makeup_on=mark.makeup_on,
            made_by=by,
            made_at=now,
            due_on=due_on(mark.workload, now=now),
            by=by,
            at=now,
            source=Source.WEB,
            request_id=request_id(),
        )
        text_lazy = gettext_lazy("A student says that a mark is wrong: it waits for your answer.")
        tell(appeal, _keepers([appeal], now=now)[appeal.workload_id], text_lazy, event="made", now=now)
        return appeal


def withdraw_appeal(*, appeal_id: int, by: User, now: datetime) -> Appeal:
    """The student takes it back. Refused: `appeal_answered` (409)."""
    with transaction.atomic():
        appeal = _own(appeal_id)
        step(appeal, AppealState.WITHDRAWN, by=by, now=now)
        return appeal


def refuse_appeal(*, appeal_id: int, answer: str, by: User, now: datetime) -> Appeal:
    """No, with its words. Refused: `answer_missing`, `not_yours_to_answer` (403), `appeal_answered` (409)."""
    said = answer.strip()
    if not said or len(said) > MAX_ANSWER:
        raise _refusal("answer_missing")
    with transaction.atomic():
        appeal = _own(appeal_id)
        _judge_keeper(appeal, by, now=now)
        _answer(appeal, AppealState.REFUSED, said, by=by, now=now)
        text = gettext_lazy("Your appeal was refused: read why.")
        tell(appeal, [appeal.student.user], text, event="refused", now=now)
        return appeal


def grant_appeal(
    *,
    appeal_id: int,
    presence: str,
    grade: int | None,
    late_minutes: int | None,
    version: int,
    answer: str = "",
    by: User,
    now: datetime,
) -> Appeal:
    """Yes: the mark becomes what the teacher says now, as a correction whose reason names the appeal, whatever the
    setting says of changes. `version` is the mark that he saw. The day of a make-up stays.

    Refused: `appeal_answer_long`, `absence_has_no_grade`, `nothing_changed`, `not_yours_to_answer` (403),
    `appeal_answered` (409), and whatever `record_marks` refuses: a locked cell by `module_closed` (423) or
    `window_over`, another's change meanwhile by `stale` (409).
    """
    said = answer.strip()
    if len(said) > MAX_ANSWER:
        raise _refusal("appeal_answer_long")
    with transaction.atomic():
        appeal = _own(appeal_id)
        _judge_keeper(appeal, by, now=now)
        mark = Mark.objects.get(lesson_id=appeal.lesson_id, student_id=appeal.student_id)
        before = mark_state(mark)
        makeup_on = before.makeup_on if presence == Presence.ABSENT and grade is not None else None
        if presence == Presence.ABSENT and grade is not None and makeup_on is None:
            raise _refusal("absence_has_no_grade")
        wanted = MarkState(presence, grade, late_minutes if presence == Presence.LATE else None, makeup_on)
        # Already corrected in the journal: then yes only says so.
        if wanted != before or mark.version == appeal.was_version:
            if wanted == before:
                raise _refusal("nothing_changed")
            _correct(appeal, wanted, version=version, answer=said, by=by, now=now)
        _answer(appeal, AppealState.GRANTED, said, by=by, now=now)
        text = gettext_lazy("Your appeal was granted: the mark is corrected.")
        tell(appeal, [appeal.student.user], text, event="granted", now=now)
        return appeal


def _correct(appeal: Appeal, wanted: MarkState, *, version: int, answer: str, by: User, now: datetime) -> None:
    cell = {
        "lesson": appeal.lesson_id,
        "student": appeal.student_id,
        "version": version,
        "presence": wanted.presence,
        "grade": wanted.grade,
        "late_minutes": wanted.late_minutes,
        "makeup_on": wanted.makeup_on.isoformat() if wanted.makeup_on else None,
        "reason": _reason(appeal, answer),
    }
    saved = record_marks(journal_id=appeal.workload_id, raw_marks=[cell], by=by, now=now, source=Source.CORRECTION)
    result = saved.answer["marks"][0]
    if result["status"] != 200:
        raise Refusal(result["message"], code=result["code"], status=result["status"])


def _reason(appeal: Appeal, answer: str) -> str:
    """What the history of the cell says, in the language of the house: it stands on paper."""
    with translation.override(settings.LANGUAGE_CODE):
        said = answer or appeal.text or str(APPEAL_KIND_LABELS[AppealKind(appeal.kind)])
        # In one line: a reason has no line breaks.
        return (_("Appeal No. %(number)s: %(text)s") % {"number": appeal.pk, "text": " ".join(said.split())})[
            :MAX_REASON
        ]


def reopen_for_appeal(*, appeal_id: int, why: str, by: User, now: datetime, paper: bytes | None = None) -> Reopening:
    """Yes, where the cell is locked: ask to have it reopened, for this lesson and this student; where that is asked
    for already, the appeal waits for that.

    Refused: `not_locked`, `not_yours_to_answer` (403), `appeal_answered` (409), and what `ask_reopening` refuses.
    """
    with transaction.atomic():
        appeal = _own(appeal_id)
        _judge_keeper(appeal, by, now=now)
        if not locked_lessons(appeal.workload, [appeal.lesson_id], now=now).get(appeal.lesson_id):
            raise _refusal("not_locked")
        reopening = reopening_of_cell(appeal)
        if reopening is None:
            reopening = ask_reopening(
                workload=appeal.workload,
                lessons=[appeal.lesson_id],
                students=[appeal.student_id],
                why=why,
                paper=paper,
                by=by,
                now=now,
            )
        _answer(appeal, AppealState.REOPENING, "", by=by, now=now, reopening=reopening)
        text = gettext_lazy("The teacher agrees with your appeal and asks to have the lesson reopened.")
        tell(appeal, [appeal.student.user], text, event=f"reopening:{reopening.pk}", now=now)
        return reopening


def tell_overdue(*, now: datetime) -> int:
    """Tell the keepers of each appeal that was to be answered by yesterday, and a day later the head of the journal's
    department; each person once an appeal. How many are past their time."""
    today = day_of(now)
    late = list(
        Appeal.objects.filter(state=AppealState.OPEN, due_on__lt=today, due_on__gte=today - TOLD_FOR)
        .select_related("workload__course__semester")
        .order_by("id")
    )
    keepers = _keepers(late, now=now)
    heads: dict[int, list[User]] = defaultdict(list)
    for held in Appointment.objects.filter(
        in_force(today),
        role=Role.HEAD,
        department_id__in={appeal.workload.department_id for appeal in late},
        user__is_active=True,
    ).select_related("user"):
        assert held.department_id is not None
        heads[held.department_id].append(held.user)
    for appeal in late:

        def said(appeal: Appeal = appeal) -> str:
            day = date_format(appeal.due_on, "SHORT_DATE_FORMAT")
            return _("A student's appeal was to be answered by %(day)s.") % {"day": day}

        users = [*keepers[appeal.workload_id]]
        if today > appeal.due_on + timedelta(days=1):
            users += heads[appeal.workload.department_id]
        tell(appeal, users, said, event=f"overdue:{appeal.due_on}", now=now)
    return len(late)


def _refusal(code: str) -> Refusal:
    status = {"appeal_answered": 409, "not_yours_to_answer": 403}.get(code, 422)
    return Refusal(sentence(code), code=code, status=status)


def _own(appeal_id: int) -> Appeal:
    """The open appeal, read again under the locks that its answer needs: the courses of its lesson first, then its
    row. Of two answers the second finds the first (`appeal_answered`)."""
    served = list(
        LessonWorkload.objects.filter(lesson__appeals=appeal_id).values_list(
            "workload__course__semester_id", "workload__course_id"
        )
    )
    locks.share_courses(semester_ids=[pair[0] for pair in served], course_ids=[pair[1] for pair in served])
    appeal = (
        Appeal.objects.select_for_update(of=("self",))
        .select_related("student__user", "workload__course__group", "workload__course__semester")
        .get(pk=appeal_id)
    )
    if appeal.state != AppealState.OPEN:
        raise _refusal("appeal_answered")
    return appeal


def _judge_keeper(appeal: Appeal, by: User, *, now: datetime) -> None:
    if not Workload.objects.kept_by(by, on=day_of(now)).filter(pk=appeal.workload_id).exists():
        raise _refusal("not_yours_to_answer")


def _answer(
    appeal: Appeal, state: AppealState, answer: str, *, by: User, now: datetime, reopening: Reopening | None = None
) -> None:
    step(appeal, state, by=by, now=now, answer=answer, answered_by=by, answered_at=now, reopening=reopening)


def _keepers(appeals: Iterable[Appeal], *, now: datetime) -> dict[int, list[User]]:
    """By journal, those who keep it today. One query."""
    found: dict[int, list[User]] = defaultdict(list)
    for row in WorkloadTeacher.objects.filter(
        keeping(day_of(now)), workload_id__in={appeal.workload_id for appeal in appeals}, teacher__user__is_active=True
    ).select_related("teacher__user"):
        found[row.workload_id].append(row.teacher.user)
    return found
