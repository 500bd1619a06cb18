"""Excuses: one paper for one student or for many; the absences in its days are covered, now and later (§3.5c)."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Student, User
from ejournal.lib import locks
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import ExcuseKind
from journal.models import Excuse, ExcuseStudent, Reopening
from journal.services.papers import scan_kept
from teaching.models import Course
from university.models import Unit

MAX_STUDENTS = 500

# Absences of the students in a living excuse that nothing covers yet; those under a closed module wait.
_COVER = """
INSERT INTO journal_excusecover (excuse_id, lesson_id, student_id, made_at)
SELECT DISTINCT ON (m.lesson_id, m.student_id) x.id, m.lesson_id, m.student_id, %(now)s
FROM journal_excusestudent es
JOIN journal_excuse x ON x.id = es.excuse_id AND x.withdrawn_at IS NULL
JOIN journal_mark m ON m.student_id = es.student_id AND m.presence = 'absent'
JOIN teaching_lesson l ON l.id = m.lesson_id AND l.date BETWEEN x.starts_on AND x.ends_on
JOIN teaching_workload w ON w.id = m.workload_id
WHERE es.student_id = ANY (%(students)s::bigint[])
  AND (%(course)s::bigint IS NULL OR w.course_id = %(course)s)
  AND NOT EXISTS (
      SELECT 1 FROM journal_modulesheet s JOIN university_module mo ON mo.id = s.module_id
      WHERE s.course_id = w.course_id AND s.state = 'closed' AND l.date BETWEEN mo.starts_on AND mo.ends_on
        AND NOT journal_is_reopened(m.lesson_id, m.student_id, w.course_id, %(now)s))
ORDER BY m.lesson_id, m.student_id, x.id
ON CONFLICT (lesson_id, student_id) DO NOTHING
"""

_UNCOVER = """
DELETE FROM journal_excusecover v
USING journal_mark m, teaching_lesson l, teaching_workload w
WHERE v.excuse_id = %(excuse)s AND m.lesson_id = v.lesson_id AND m.student_id = v.student_id
  AND l.id = v.lesson_id AND w.id = m.workload_id
  AND NOT EXISTS (
      SELECT 1 FROM journal_modulesheet s JOIN university_module mo ON mo.id = s.module_id
      WHERE s.course_id = w.course_id AND s.state = 'closed' AND l.date BETWEEN mo.starts_on AND mo.ends_on
        AND NOT journal_is_reopened(m.lesson_id, m.student_id, w.course_id, %(now)s))
"""


def enter_excuse(
    *,
    unit: Unit,
    kind: ExcuseKind,
    students: Sequence[int],
    starts_on: date,
    ends_on: date,
    approved_by: str,
    by: User,
    now: datetime,
    document_number: str = "",
    issuer: str = "",
    issued_on: date | None = None,
    note: str = "",
    paper: bytes | None = None,
) -> Excuse:
    """Enter a paper for students (ids) who are in a group of the unit today, and cover their absences.

    May be entered at any time; absences under a closed module wait for a reopening. That `by` may act for the
    unit is the door's question. Refused: `no_students`, `too_many_students`, `not_your_student`, `excuse_dates`,
    `not_approved`, and of the paper `empty_file`, `file_too_large`, `active_file`, `not_a_paper`.
    """
    named = sorted(set(students))
    if not named:
        raise Refusal(_("Choose at least one student."), code="no_students")
    if len(named) > MAX_STUDENTS:
        raise Refusal(
            _("One excuse names at most %(most)s students.") % {"most": MAX_STUDENTS}, code="too_many_students"
        )
    if ends_on < starts_on:
        raise Refusal(_("The last day of an excuse lies before its first."), code="excuse_dates")
    if not approved_by.strip():
        raise Refusal(_("Write who approved the excuse."), code="not_approved")
    own = (
        Student.objects.filter(
            Q(group_enrolments__ends_on__isnull=True) | Q(group_enrolments__ends_on__gte=day_of(now)),
            group_enrolments__starts_on__lte=day_of(now),
            group_enrolments__group__unit=unit,
            pk__in=named,
        )
        .distinct()
        .count()
    )
    if own != len(named):
        raise Refusal(_("Only students of your own unit are excused by your office."), code="not_your_student")
    with scan_kept(paper, folder=papers_folder()) as scan, transaction.atomic():
        _own_courses(named, starts_on, ends_on)
        excuse = Excuse.objects.create(
            unit=unit,
            kind=kind,
            document_number=document_number.strip(),
            issuer=issuer.strip(),
            issued_on=issued_on,
            starts_on=starts_on,
            ends_on=ends_on,
            note=note.strip(),
            approved_by=approved_by.strip(),
            paper_path=scan.path,
            paper_sha256=scan.sha256,
            paper_type=scan.content_type,
            entered_by=by,
            entered_at=now,
            request_id=request_id(),
        )
        ExcuseStudent.objects.bulk_create([ExcuseStudent(excuse=excuse, student_id=pk) for pk in named])
        _cover(named, now=now)
    return excuse


def withdraw_excuse(*, excuse_id: int, reason: str, by: User, now: datetime) -> Excuse:
    """Take an excuse back with its covers, but not those under a closed module. What another excuse covers stays
    excused. Refused: `withdrawn_already`, `reason_missing`."""
    if not reason.strip():
        raise Refusal(_("Write why the excuse is withdrawn."), code="reason_missing")
    with transaction.atomic():
        excuse = Excuse.objects.get(pk=excuse_id)
        named = sorted(excuse.students.values_list("student_id", flat=True))
        _own_courses(named, excuse.starts_on, excuse.ends_on)
        excuse = Excuse.objects.select_for_update().get(pk=excuse_id)
        if excuse.withdrawn_at is not None:
            raise Refusal(_("The excuse was withdrawn already."), code="withdrawn_already")
        excuse.withdrawn_by, excuse.withdrawn_at, excuse.withdrawn_reason = by, now, reason.strip()
        excuse.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_reason"])
        with connection.cursor() as cursor:
            cursor.execute(_UNCOVER, {"excuse": excuse.pk, "now": now})
        _cover(named, now=now)
    return excuse


def papers_folder() -> Path:
    """Where scans lie; no address serves it."""
    return Path(settings.MEDIA_ROOT) / "excuses"


def _own_courses(students: Sequence[int], starts_on: date, ends_on: date) -> None:
    """Hold the students' courses of those days exclusively: a mark on its way is there, a later one sees the excuse."""
    courses = (
        Course.objects.filter(
            Q(enrolments__ends_on__isnull=True) | Q(enrolments__ends_on__gte=starts_on),
            enrolments__student_id__in=students,
            enrolments__starts_on__lte=ends_on,
            semester__starts_on__lte=ends_on,
            semester__ends_on__gte=starts_on,
        )
        .values_list("semester_id", "id")
        .distinct()
    )
    for semester_id, course_id in sorted(courses):
        locks.own_course(semester_id=semester_id, course_id=course_id)


def cover_reopened(*, reopening_id: int, now: datetime) -> None:
    """Cover the absences of an open reopening that late excuses have waited for; its course is held exclusively."""
    reopening = Reopening.objects.select_related("workload").get(pk=reopening_id)
    students = list(reopening.students.values_list("student_id", flat=True))
    _cover(students, now=now, course_id=reopening.workload.course_id)


def _cover(students: Sequence[int], *, now: datetime, course_id: int | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_COVER, {"students": list(students), "now": now, "course": course_id})
