"""Lessons opened again under a closed module or past their filling window (§4.3): asked for, approved by two people,
ended by the teacher or by time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Role
from accounts.models import Appointment, User
from accounts.permissions import rights_of
from ejournal.lib import locks
from ejournal.lib.clock import day_of, moment_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import ReopeningState, Source
from journal.models import LIVING_REOPENINGS, Reopening, ReopeningLesson, ReopeningStudent
from journal.permissions import may_decide
from journal.selectors.reopenings import locked_lessons
from journal.services.appeal_steps import follow_reopening
from journal.services.corrections import tell_of_differences
from journal.services.excuses import cover_reopened
from journal.services.papers import scan_kept
from journal.services.sheets import recompute_totals
from messaging.services import notify
from teaching.enums import EnrolmentBasis
from teaching.models import CourseEnrolment, Workload, in_force
from university.selectors import policies

MAX_LESSONS = 60
MAX_STUDENTS = 300
MAX_REASON = 300


def ask_reopening(
    *,
    workload: Workload,
    lessons: Sequence[int],
    students: Sequence[int],
    why: str,
    by: User,
    now: datetime,
    paper: bytes | None = None,
) -> Reopening:
    """Ask to open named lessons for named students of a journal. That `by` keeps the journal is the door's question.

    Refused: `reason_missing`, `no_lessons`, `no_students`, `too_many`, `not_in_journal`, `not_enrolled`,
    `not_locked` (a lesson that can be filled as it is), `asked_already`, and of the paper `empty_file`,
    `file_too_large`, `active_file`, `not_a_paper`.
    """
    said = why.strip()
    named, who = sorted(set(lessons)), sorted(set(students))
    if not said or len(said) > MAX_REASON:
        raise Refusal(_("Write why the lessons should be opened, in 300 characters at most."), code="reason_missing")
    if not named:
        raise Refusal(_("Choose at least one lesson."), code="no_lessons")
    if not who:
        raise Refusal(_("Choose at least one student."), code="no_students")
    if len(named) > MAX_LESSONS or len(who) > MAX_STUDENTS:
        raise Refusal(
            _("One request names at most %(lessons)s lessons and %(students)s students.")
            % {"lessons": MAX_LESSONS, "students": MAX_STUDENTS},
            code="too_many",
        )
    with scan_kept(paper, folder=papers_folder()) as scan, transaction.atomic():
        locks.share_courses(semester_ids=[workload.course.semester_id], course_ids=[workload.course_id])
        _judge_names(workload, named, who, now=now)
        reopening = Reopening.objects.create(
            workload=workload,
            why=said,
            asked_by=by,
            asked_at=now,
            asker_is_head=_is_head(by, workload, now=now),
            paper_path=scan.path,
            paper_sha256=scan.sha256,
            paper_type=scan.content_type,
            by=by,
            at=now,
            source=Source.WEB,
            request_id=request_id(),
        )
        ReopeningLesson.objects.bulk_create([ReopeningLesson(reopening=reopening, lesson_id=pk) for pk in named])
        ReopeningStudent.objects.bulk_create([ReopeningStudent(reopening=reopening, student_id=pk) for pk in who])
        _tell(
            reopening,
            _people_to_decide(reopening, now=now),
            gettext_lazy("A teacher asks to reopen lessons: it waits for you."),
            now=now,
        )
    return reopening


def _judge_names(workload: Workload, lessons: list[int], students: list[int], *, now: datetime) -> None:
    found = locked_lessons(workload, lessons, now=now)
    if set(found) != set(lessons):
        raise Refusal(_("A lesson does not belong to this journal."), code="not_in_journal")
    if not all(found.values()):
        raise Refusal(_("A lesson can be filled as it is, or was not held: it needs no reopening."), code="not_locked")
    enrolled = (
        CourseEnrolment.objects.filter(course_id=workload.course_id, student_id__in=students)
        .filter(Q(subgroup_id=workload.subgroup_id) if workload.subgroup_id is not None else Q())
        .exclude(basis=EnrolmentBasis.EXEMPT)
        .values("student_id")
        .distinct()
        .count()
    )
    if enrolled != len(students):
        raise Refusal(_("A student is not on the list of this journal."), code="not_enrolled")
    if Reopening.objects.filter(
        workload=workload, state__in=LIVING_REOPENINGS, lessons__lesson__in=lessons, students__student__in=students
    ).exists():
        raise Refusal(_("For one of these cells a reopening is asked for already."), code="asked_already")


def _is_head(user: User, workload: Workload, *, now: datetime) -> bool:
    rights = rights_of(user, on=day_of(now))
    return rights.has(Role.HEAD) and workload.department_id in rights.department_ids


def approve_reopening(*, reopening_id: int, by: User, now: datetime, note: str = "") -> Reopening:
    """The next yes: the head's first, then the dean's office's, which opens the lessons for the days of the setting.

    Refused: `not_yours_to_decide` (403) where the step is not this person's, or no step is left.
    """
    with transaction.atomic():
        reopening = _own(reopening_id)
        _judge_decider(reopening, by, now=now)
        if reopening.state == ReopeningState.ASKED:
            _step(reopening, ReopeningState.APPROVED, by=by, now=now, reason=note, head=by, head_at=now)
            _tell(
                reopening,
                _people_to_decide(reopening, now=now),
                gettext_lazy("The department agreed to reopen lessons: it waits for the dean's office."),
                now=now,
            )
            return reopening
        unit_id = reopening.workload.course.group.unit_id
        days = policies("reopening_days", on=day_of(now), unit_id=unit_id)["reopening_days"]
        until = moment_of(day_of(now) + timedelta(days=days + 1), time(0, 0))
        _step(reopening, ReopeningState.OPEN, by=by, now=now, reason=note, office=by, opened_at=now, until=until)
        # A late excuse over these cells has waited for this.
        cover_reopened(reopening_id=reopening.pk, now=now)
        _tell(reopening, [reopening.asked_by], gettext_lazy("Lessons are open again: correct what was asked."), now=now)
        return reopening


def refuse_reopening(*, reopening_id: int, reason: str, by: User, now: datetime) -> Reopening:
    """The next no, with its reason. Refused: `reason_missing`, `not_yours_to_decide` (403)."""
    if not reason.strip():
        raise Refusal(_("Write why the request is refused."), code="reason_missing")
    with transaction.atomic():
        reopening = _own(reopening_id)
        _judge_decider(reopening, by, now=now)
        _step(reopening, ReopeningState.REFUSED, by=by, now=now, reason=reason)
        follow_reopening(reopening, by=by, now=now)
        _tell(reopening, [reopening.asked_by], gettext_lazy("A request to reopen lessons was refused."), now=now)
        return reopening


def withdraw_reopening(*, reopening_id: int, by: User, now: datetime) -> Reopening:
    """Take a request back before it is open. Refused: `not_waiting`."""
    with transaction.atomic():
        reopening = _own(reopening_id)
        if reopening.state not in (ReopeningState.ASKED, ReopeningState.APPROVED):
            raise Refusal(_("The request does not wait any more."), code="not_waiting")
        _step(reopening, ReopeningState.WITHDRAWN, by=by, now=now)
        follow_reopening(reopening, by=by, now=now)
        return reopening


def end_reopening(*, reopening_id: int, by: User, now: datetime) -> Reopening:
    """The teacher is done: the lessons are closed again. Refused: `not_open`."""
    with transaction.atomic():
        reopening = _own(reopening_id)
        if reopening.state != ReopeningState.OPEN:
            raise Refusal(_("These lessons are not open."), code="not_open")
        _step(reopening, ReopeningState.ENDED, by=by, now=now, ended_at=now)
        _recompute(reopening, by=by, now=now)
        follow_reopening(reopening, by=by, now=now)
        return reopening


def expire_reopenings(*, now: datetime) -> int:
    """End those whose time is over, each by itself; how many."""
    over = list(
        Reopening.objects.filter(state=ReopeningState.OPEN, until__lte=now).order_by("id").values_list("id", flat=True)
    )
    ended = 0
    for pk in over:
        with transaction.atomic():
            reopening = _own(pk)
            if reopening.state != ReopeningState.OPEN:
                continue
            # Nobody acts: it was the office that gave it so much time.
            assert reopening.office is not None
            _step(reopening, ReopeningState.EXPIRED, by=reopening.office, now=now, ended_at=now)
            _recompute(reopening, by=reopening.office, now=now)
            follow_reopening(reopening, by=reopening.office, now=now)
            _tell(reopening, [reopening.asked_by], gettext_lazy("The time of a reopening is over."), now=now)
            ended += 1
    return ended


def _recompute(reopening: Reopening, *, by: User, now: datetime) -> None:
    """The totals anew; a closed final sheet that rests on them is named where it says something else now."""
    if recompute_totals(reopening=reopening, by=by, now=now):
        tell_of_differences(course_id=reopening.workload.course_id, event=str(reopening.pk), now=now)


def papers_folder() -> Path:
    """Where the papers of requests lie; no address serves it."""
    return Path(settings.MEDIA_ROOT) / "reopenings"


def _own(reopening_id: int) -> Reopening:
    """The request, read again under the exclusive lock of its course."""
    place = Reopening.objects.values_list("workload__course__semester_id", "workload__course_id").get(pk=reopening_id)
    locks.own_course(semester_id=place[0], course_id=place[1])
    return Reopening.objects.select_related(
        "workload__course__group", "asked_by", "office", "workload__course__semester"
    ).get(pk=reopening_id)


def _judge_decider(reopening: Reopening, by: User, *, now: datetime) -> None:
    if not may_decide(rights_of(by, on=day_of(now)), reopening):
        raise Refusal(_("This step is not yours, or was done already."), code="not_yours_to_decide", status=403)


def _step(
    reopening: Reopening, state: ReopeningState, *, by: User, now: datetime, reason: str = "", **facts: object
) -> None:
    changed = {
        **facts,
        "state": state,
        "by": by,
        "at": now,
        "source": Source.WEB,
        "request_id": request_id(),
        "reason": reason.strip()[:MAX_REASON],
        "version": reopening.version + 1,
    }
    for name, value in changed.items():
        setattr(reopening, name, value)
    reopening.save(update_fields=list(changed))


def _people_to_decide(reopening: Reopening, *, now: datetime) -> Iterable[User]:
    """Those whose step is next. The asker and who said yes already are none of them."""
    first = reopening.state == ReopeningState.ASKED
    unit = Q(unit_id=reopening.workload.course.group.unit_id)
    if first and not reopening.asker_is_head:
        held = Q(role=Role.HEAD, department_id=reopening.workload.department_id)
    elif first:
        held = unit & Q(role=Role.DEAN)
    else:
        held = unit & Q(role__in=[Role.DEAN, Role.DEANS_OFFICE])
    users = Appointment.objects.filter(held, in_force(day_of(now))).values("user_id")
    return User.objects.filter(pk__in=users, is_active=True).exclude(
        pk__in=[pk for pk in (reopening.asked_by_id, reopening.head_id) if pk is not None]
    )


def _tell(reopening: Reopening, users: Iterable[User], text: Promise, *, now: datetime) -> None:
    notify(
        users,
        kind="reopening",
        text=text,
        url=reverse("reopening", args=[reopening.pk]),
        event=f"reopening:{reopening.pk}:{reopening.state}",
        now=now,
    )
