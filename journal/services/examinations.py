"""The timetable of exams and credit tests, and commissions (§5.2)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Teacher, User
from ejournal.lib import locks
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import Source
from journal.errors import moment
from journal.models import Commission, CommissionMember, Exam
from journal.selectors.examinations import lesson_in_the_way
from messaging.services import notify
from teaching.models import Course, CourseEnrolment, in_force
from university.models import Room, Unit
from university.selectors import policies

MAX_MEMBERS = 15
LONGEST_MINUTES = 8 * 60


def plan_exam(
    *,
    course: Course,
    starts_at: datetime,
    ends_at: datetime,
    room: Room | None,
    examiner: Teacher,
    by: User,
    now: datetime,
    attempt: int = 1,
) -> Exam:
    """Put an exam or credit test of a course into the timetable and tell its students and the examiner.

    Groups sit together where discipline, examiner, auditorium and beginning are the same. Refused: `in_past`,
    `exam_times` (ends before it begins, or lasts over eight hours), `attempts_over`, `lesson_then` (a lesson takes
    the group, the auditorium or the examiner), `exam_exists`, `room_busy`, `examiner_busy`, `group_busy`.
    """
    day = day_of(starts_at)
    if starts_at <= now:
        raise Refusal(_("An exam is planned ahead: choose a later day."), code="in_past")
    if not starts_at < ends_at or (ends_at - starts_at).total_seconds() > LONGEST_MINUTES * 60:
        raise Refusal(_("An exam ends after it begins, within eight hours."), code="exam_times")
    if not 1 <= attempt <= attempts_of(course, on=day_of(now)):
        raise Refusal(_("There are not so many attempts."), code="attempts_over")
    sitting = f"{course.discipline_id}:{examiner.pk}:{room.pk if room else 0}:{int(starts_at.timestamp())}"
    with transaction.atomic():
        # A lesson that is moved meanwhile owns the course: the two wait for each other.
        locks.share_courses(semester_ids=[course.semester_id], course_ids=[course.pk])
        lesson = lesson_in_the_way(
            starts_at=starts_at,
            ends_at=ends_at,
            day=day,
            group_id=course.group_id,
            room_id=room.pk if room else None,
            examiner_id=examiner.pk,
        )
        if lesson is not None:
            raise Refusal(
                _("A lesson at %(when)s takes the group, the auditorium or the examiner.")
                % {"when": moment(lesson.starts_at)},
                code="lesson_then",
            )
        try:
            with transaction.atomic():
                exam = Exam.objects.create(
                    course=course,
                    group=course.group,
                    attempt=attempt,
                    kind=course.control_form,
                    date=day,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    room=room,
                    examiner=examiner,
                    sitting=sitting,
                    by=by,
                    at=now,
                    source=Source.WEB,
                    request_id=request_id(),
                )
        except IntegrityError as error:
            raise _in_the_way(error) from error
        _tell(exam, now=now)
    return exam


def cancel_exam(*, exam_id: int, reason: str, by: User, now: datetime) -> Exam:
    """Take an exam out of the timetable. Refused: `reason_missing`, `exam_cancelled`, `exam_over`."""
    said = reason.strip()
    if not said:
        raise Refusal(_("Write why the exam is cancelled."), code="reason_missing")
    with transaction.atomic():
        exam = Exam.objects.select_for_update().get(pk=exam_id)
        if exam.cancelled_at is not None:
            raise Refusal(_("The exam is cancelled already."), code="exam_cancelled")
        if exam.starts_at <= now:
            raise Refusal(_("The exam has begun: it stays in the timetable."), code="exam_over")
        changed = {
            "cancelled_at": now,
            "cancelled_by": by,
            "version": exam.version + 1,
            "by": by,
            "at": now,
            "request_id": request_id(),
            "reason": said[:300],
        }
        for name, value in changed.items():
            setattr(exam, name, value)
        exam.save(update_fields=list(changed))
        _tell(exam, now=now)
    return exam


def name_commission(
    *,
    unit: Unit,
    name: str,
    order_number: str,
    order_date: date,
    members: Sequence[Teacher],
    chair: Teacher | None,
    by: User,
    now: datetime,
) -> Commission:
    """A commission by an order. Refused: `commission_small` (a chair and two members at least), `too_many`,
    `chair_no_member`, `commission_name`."""
    people = {teacher.pk: teacher for teacher in members}
    if not name.strip() or not order_number.strip():
        raise Refusal(_("Give the commission a name and the number of its order."), code="commission_name")
    if chair is None or chair.pk not in people:
        raise Refusal(_("The chair is one of the members."), code="chair_no_member")
    if len(people) < 3:
        raise Refusal(_("A commission has at least three people."), code="commission_small")
    if len(people) > MAX_MEMBERS:
        raise Refusal(_("A commission has at most fifteen people."), code="too_many")
    with transaction.atomic():
        made = Commission.objects.create(
            unit=unit,
            name=name.strip()[:200],
            order_number=order_number.strip()[:60],
            order_date=order_date,
            by=by,
            at=now,
            source=Source.WEB,
            request_id=request_id(),
        )
        CommissionMember.objects.bulk_create(
            [CommissionMember(commission=made, teacher=one, is_chair=one.pk == chair.pk) for one in people.values()]
        )
    return made


def attempts_of(course: Course, *, on: date) -> int:
    """How often an exam of the course may be taken. `course.group` is read."""
    attempts: int = policies("exam_attempts", on=on, unit_id=course.group.unit_id)["exam_attempts"]
    return attempts


def _in_the_way(error: IntegrityError) -> Refusal:
    cause = error.__cause__
    name = getattr(getattr(cause, "diag", None), "constraint_name", "")
    said = {
        "journal_exam_one": ("exam_exists", _("This exam stands in the timetable already.")),
        "journal_exam_room_free": ("room_busy", _("Another exam takes the auditorium at that time.")),
        "journal_exam_examiner_free": ("examiner_busy", _("The examiner has another exam at that time.")),
        "journal_exam_group_free": ("group_busy", _("The group has another exam at that time.")),
    }
    if name not in said:
        raise error
    code, message = said[name]
    return Refusal(message, code=code)


def _tell(exam: Exam, *, now: datetime) -> None:
    listed = CourseEnrolment.objects.filter(in_force(day_of(now)), course_id=exam.course_id)
    users = User.objects.filter(
        Q(student__in=listed.values("student_id")) | Q(teacher=exam.examiner_id), is_active=True
    )

    def text() -> str:
        said = (
            _("%(discipline)s: %(kind)s on %(when)s.")
            if exam.cancelled_at is None
            else _("%(discipline)s: %(kind)s on %(when)s is cancelled.")
        )
        facts = {"kind": exam.get_kind_display(), "when": moment(exam.starts_at)}
        return said % {"discipline": exam.course.discipline.name, **facts}

    notify(users, kind="exam", text=text, url=reverse("exams"), event=f"exam:{exam.pk}:{exam.version}", now=now)
