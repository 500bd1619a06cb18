"""Sheets of exams and credit tests: opened, filled, closed, taken again (§2.2, §2.6, §5.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Student, Teacher, User
from ejournal.lib import locks
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import AdmissionWarning, NextStep, SheetState, Source
from journal.models import Commission, Exam, FinalResult, FinalSheet
from journal.rules import ABSENT_SIGN, points_text, read_points
from journal.rules.results import (
    AdmissionLimits,
    admission_warnings,
    most_points,
    next_step,
    outcome_of,
    scheme_as_data,
    scheme_from_data,
    sheet_maximum,
)
from journal.selectors.results import (
    Presences,
    debts_by_student,
    open_debts,
    presences_of,
    students_to_examine,
    students_to_retake,
)
from journal.selectors.semester import open_modules, scheme_of, semester_points
from journal.services.examinations import attempts_of
from journal.services.typed import SavedColumn, TypedProblem
from messaging.services import notify
from teaching.models import Course
from university.selectors import policies

NAMED = 5  # so many students are named in a refusal
_LIMITS = ("exam_minimum_points", "exam_debt_limit", "exam_absence_percent")


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed for a student: points, the sign of absence, or nothing. `shown`: what stood in the field.
    `admits`: in a correction, that he was not admitted was wrong."""

    student_id: int
    text: str
    shown: str
    admits: bool = False


def open_sheet(
    *,
    course: Course,
    by: User,
    now: datetime,
    attempt: int = 1,
    examiner: Teacher | None = None,
    commission: Commission | None = None,
) -> FinalSheet:
    """Open the sheet of a course with its admission list: of all students, or, from the second attempt on, of those
    who may take it again. The examiner is the one of the timetable, else the lead teacher, else who keeps a journal
    of the course. `course.group`, `.semester.year` are read.

    Refused: `sheet_exists`, `attempts_over`, `commission_missing` (the last attempt), `no_examiner`, `nobody_listed`.
    """
    today = day_of(now)
    with transaction.atomic():
        locks.own_course(semester_id=course.semester_id, course_id=course.pk)
        if FinalSheet.objects.filter(course=course, attempt=attempt, student=None).exists():
            raise Refusal(_("This sheet is there already."), code="sheet_exists")
        attempts = attempts_of(course, on=today)
        _judge_attempt(attempt, attempts, commission)
        students = (
            students_to_examine(course, on=today)
            if attempt == 1
            else students_to_retake(course, attempt=attempt, attempts=attempts)
        )
        if not students:
            raise Refusal(_("There is nobody to put on this sheet."), code="nobody_listed")
        exam = Exam.objects.filter(course=course, attempt=attempt, cancelled_at=None).first()
        sheet = _make_sheet(
            course=course,
            attempt=attempt,
            exam=exam,
            examiner=examiner or (exam.examiner if exam else None) or _teacher_of(course, today),
            commission=commission,
            by=by,
            now=now,
        )
        _list_students(sheet, students, by=by, now=now)
    return sheet


def open_slip(
    *,
    course: Course,
    student: Student,
    valid_until: date,
    by: User,
    now: datetime,
    examiner: Teacher | None = None,
    commission: Commission | None = None,
) -> FinalSheet:
    """An individual slip (кайра тапшыруу баракчасы): the next attempt of one student, valid until a day.

    Refused: `no_debt`, `repeat_course` (F, or no attempt is left), `retake_open`, `slip_day` (in the past),
    `commission_missing`, `no_examiner`.
    """
    today = day_of(now)
    if valid_until < today:
        raise Refusal(_("A slip is valid until today at least."), code="slip_day")
    with transaction.atomic():
        locks.own_course(semester_id=course.semester_id, course_id=course.pk)
        debt = open_debts().filter(course=course, student=student).first()
        if debt is None:
            raise Refusal(_("The student has no debt in this discipline."), code="no_debt")
        attempts = attempts_of(course, on=today)
        if next_step(passes=False, word=debt.word, attempt=debt.attempt, attempts=attempts) == NextStep.REPEAT:
            raise Refusal(_("This debt is not taken again: the student repeats the course."), code="repeat_course")
        attempt = debt.attempt + 1
        if FinalResult.objects.filter(course=course, student=student, attempt=attempt).exists():
            raise Refusal(_("The student is on an open sheet of this attempt."), code="retake_open")
        _judge_attempt(attempt, attempts, commission)
        sheet = _make_sheet(
            course=course,
            attempt=attempt,
            exam=None,
            examiner=examiner or _teacher_of(course, today),
            commission=commission,
            by=by,
            now=now,
            student=student,
            valid_until=valid_until,
        )
        _list_students(sheet, [student.pk], by=by, now=now)
        notify(
            [student.user],
            kind="exam",
            text=lambda: (
                _("%(discipline)s: a slip to take it again is open until %(day)s.")
                % {"discipline": course.discipline.name, "day": f"{valid_until:%d.%m.%Y}"}
            ),
            url=reverse("exams"),
            event=f"slip:{sheet.pk}",
            now=now,
        )
    return sheet


def _judge_attempt(attempt: int, attempts: int, commission: Commission | None) -> None:
    if not 1 <= attempt <= attempts:
        raise Refusal(_("There are not so many attempts."), code="attempts_over")
    if attempt > 1 and attempt == attempts and commission is None:
        raise Refusal(_("The last attempt is taken before a commission: choose it."), code="commission_missing")


def _teacher_of(course: Course, today: date) -> Teacher | None:
    if course.lead is not None:
        return course.lead
    return (
        Teacher.objects.filter(workloads__workload__course=course, workloads__starts_on__lte=today)
        .order_by("-workloads__starts_on", "workloads__id")
        .first()
    )


def _make_sheet(
    *, course: Course, attempt: int, examiner: Teacher | None, by: User, now: datetime, **facts: Any
) -> FinalSheet:
    if examiner is None:
        raise Refusal(_("Nobody teaches this course: name an examiner."), code="no_examiner")
    scheme = scheme_of(course)
    return FinalSheet.objects.create(
        course=course,
        attempt=attempt,
        kind=course.control_form,
        examiner=examiner,
        exam_maximum=sheet_maximum(scheme, attempt=attempt),
        scheme=scheme_as_data(scheme),
        opened_at=now,
        **facts,
        **_said(by, now),
    )


def _said(by: User, now: datetime, reason: str = "") -> dict[str, Any]:
    return {"by": by, "at": now, "source": Source.WEB, "request_id": request_id(), "reason": reason}


def _list_students(sheet: FinalSheet, students: Iterable[int], *, by: User, now: datetime) -> None:
    """Rows of the admission list, computed now and kept."""
    listed = list(students)
    today = day_of(now)
    course = sheet.course
    points = semester_points(course, on=today)
    found = policies(*_LIMITS, on=today, unit_id=course.group.unit_id)
    limits = AdmissionLimits(*(found[key] for key in _LIMITS))
    debts = debts_by_student(listed) if limits.debts else {}
    seen = presences_of(course.pk) if limits.absence_percent else {}
    FinalResult.objects.bulk_create(
        [
            FinalResult(
                sheet=sheet,
                course=course,
                attempt=sheet.attempt,
                student_id=pk,
                semester_points=points.get(pk, Decimal(0)),
                warnings=list(_warnings(limits, points.get(pk, Decimal(0)), debts.get(pk, 0), seen.get(pk))),
                **_said(by, now),
            )
            for pk in listed
        ]
    )


def _warnings(
    limits: AdmissionLimits, points: Decimal, debts: int, seen: Presences | None
) -> tuple[AdmissionWarning, ...]:
    seen = seen or Presences()
    return admission_warnings(limits, points=points, debts=debts, held=seen.held, missed=seen.missed)


def renew_list(*, sheet_id: int, by: User, now: datetime) -> int:
    """Put those on an open first sheet who came to the course since; how many. Refused: `sheet_closed` (423),
    `not_first`."""
    with transaction.atomic():
        sheet = _hold(sheet_id)
        if sheet.attempt != 1:
            raise Refusal(_("Only the first sheet follows the list of the course."), code="not_first")
        there = set(sheet.results.values_list("student_id", flat=True))
        new = [pk for pk in students_to_examine(sheet.course, on=day_of(now)) if pk not in there]
        _list_students(sheet, new, by=by, now=now)
        return len(new)


def set_admission(
    *, sheet_id: int, student_id: int, admitted: bool, reason: str, by: User, now: datetime
) -> FinalResult:
    """Admit a student to the exam, or not, with the reason. Refused: `sheet_closed` (423), `reason_missing`,
    `not_on_sheet`, `points_there` (who has points sat)."""
    said = reason.strip()
    if not said or len(said) > 300:
        raise Refusal(_("Write the reason, in 300 characters at most."), code="reason_missing")
    with transaction.atomic():
        sheet = _hold(sheet_id)
        result = FinalResult.objects.select_for_update().filter(sheet=sheet, student_id=student_id).first()
        if result is None:
            raise Refusal(_("The student is not on this sheet."), code="not_on_sheet")
        if not admitted and (result.exam_points is not None or result.second_points is not None):
            raise Refusal(_("The student has points of this exam already."), code="points_there")
        if result.admitted == admitted:
            return result
        changed = {**_said(by, now, said), "admitted": admitted, "absent": False, "version": result.version + 1}
        for name, value in changed.items():
            setattr(result, name, value)
        result.save(update_fields=list(changed))
        return result


def enter_points(
    *, sheet_id: int, entries: Sequence[Entry], by: User, now: datetime, second: bool = False
) -> SavedColumn:
    """Type points into a sheet: the good ones are saved, the others answered one by one (`not_on_sheet`,
    `not_admitted`, `points_not_allowed`, `other_person`, `stale`). `second`: the blind second entry; who types it
    sees nothing of the first. Refused as a whole: `sheet_closed` (423), `no_exam_part`, `slip_over`, `not_yet`,
    `not_twice` where the setting does not ask for it."""
    with transaction.atomic():
        sheet = _hold(sheet_id)
        today = day_of(now)
        if not sheet.has_exam:
            raise Refusal(_("A credit test has no exam: its result is the semester's points."), code="no_exam_part")
        _judge_day(sheet, now=now)
        if second and not is_typed_twice(sheet, on=today):
            raise Refusal(_("Points of this sheet are typed once."), code="not_twice")
        live = semester_points(sheet.course, on=today)
        results = {one.student_id: one for one in sheet.results.select_for_update().order_by("id")}
        problems: list[TypedProblem] = []
        changed: list[FinalResult] = []
        for entry in entries:
            result = results.get(entry.student_id)
            if result is None:
                problems.append(_problem(entry, "not_on_sheet"))
                continue
            cap = most_points(sheet.exam_maximum, semester=live.get(entry.student_id, Decimal(0)))
            problem = _type(result, entry, cap=cap, by=by, second=second)
            if problem is not None:
                problems.append(problem)
                continue
            for name, value in _said(by, now).items():
                setattr(result, name, value)
            result.version += 1
            changed.append(result)
        FinalResult.objects.bulk_update(
            changed,
            ["absent", "exam_points", "exam_by", "second_points", "second_by", "version", *_said(by, now)],
        )
    return SavedColumn(len(changed), problems)


def _type(result: FinalResult, entry: Entry, *, cap: Decimal, by: User, second: bool) -> TypedProblem | None:
    """Write what was typed into the row, or say why not."""
    current = shown_points(result, second=second)
    if entry.shown != current:
        return TypedProblem(entry.student_id, "stale", _MESSAGES["stale"](), 409, current)
    if not result.admitted:
        return _problem(entry, "not_admitted")
    text = entry.text.strip()
    is_absent = text.casefold() == ABSENT_SIGN
    if second and (is_absent or result.absent):
        return _problem(entry, "absent_by_examiner")
    if by.pk == (result.exam_by_id if second else result.second_by_id):
        return _problem(entry, "other_person")
    try:
        points = None if is_absent else read_points(text, maximum=cap)
    except ValueError:
        return TypedProblem(
            entry.student_id,
            "points_not_allowed",
            _("Points are a number from 0 to %(most)s, with at most two places, or «кж».")
            % {"most": points_text(cap) or "0"},
            422,
        )
    if second:
        result.second_points, result.second_by = points, by if points is not None else None
        return None
    result.absent = is_absent
    result.exam_points, result.exam_by = points, by if points is not None else None
    if is_absent:
        result.second_points = result.second_by = None
    return None


def shown_points(result: FinalResult, *, second: bool) -> str:
    """What stands in the field of the first or the second entry."""
    if second:
        return points_text(result.second_points)
    return ABSENT_SIGN if result.absent else points_text(result.exam_points)


_MESSAGES = {
    "stale": lambda: _("Somebody changed this field meanwhile. Look at what stands there now."),
    "not_on_sheet": lambda: _("The student is not on this sheet."),
    "not_admitted": lambda: _("The student is not admitted to this exam."),
    "absent_by_examiner": lambda: _("Who did not appear is marked by the examiner alone."),
    "other_person": lambda: _("The second entry is made by another person than the first."),
}


def _problem(entry: Entry, code: str) -> TypedProblem:
    return TypedProblem(entry.student_id, code, _MESSAGES[code](), 422)


def close_sheet(*, sheet_id: int, by: User, now: datetime) -> FinalSheet:
    """Close a sheet: totals, letters and grades are worked out by the scheme that it keeps and stored; from then on
    nothing in it changes (§2.6). That `by` is its examiner is the door's question. The students are told.

    Refused: `sheet_closed` (423), `modules_open` (the semester's points may still change), `points_missing`,
    `entries_differ`, `slip_over`, `not_yet`.
    """
    with transaction.atomic():
        sheet = _hold(sheet_id)
        today = day_of(now)
        _judge_day(sheet, now=now)
        if open_modules(sheet.course, scheme_of(sheet.course)):
            raise Refusal(
                _("A module of the course is not closed yet: its points may still change."), code="modules_open"
            )
        results = list(sheet.results.select_for_update(of=("self",)).select_related("student__user").order_by("id"))
        _judge_complete(sheet, results, twice=is_typed_twice(sheet, on=today))
        points = semester_points(sheet.course, on=today)
        scheme = scheme_from_data(sheet.scheme)
        said = _said(by, now)
        for result in results:
            result.semester_points = points.get(result.student_id, Decimal(0))
            result.version += 1
            for name, value in said.items():
                setattr(result, name, value)
            if not result.admitted or result.absent:
                result.passes = False
                continue
            found = outcome_of(scheme, semester=result.semester_points, exam=result.exam_points)
            result.total, result.letter, result.traditional = found.total, found.letter, found.traditional
            result.gpa, result.passes, result.word = found.gpa, found.passes, found.word
        FinalResult.objects.bulk_update(
            results,
            ["semester_points", "total", "letter", "traditional", "gpa", "passes", "word", "version", *said],
        )
        closed = {"state": SheetState.CLOSED, "closed_by": by, "closed_at": now, "version": sheet.version + 1, **said}
        for name, value in closed.items():
            setattr(sheet, name, value)
        sheet.save(update_fields=list(closed))
        _tell_results(sheet, results, now=now)
    return sheet


def _judge_complete(sheet: FinalSheet, results: Sequence[FinalResult], *, twice: bool) -> None:
    if not sheet.has_exam:
        return
    sat = [result for result in results if result.admitted and not result.absent]
    missing = [one for one in sat if one.exam_points is None or (twice and one.second_points is None)]
    if missing:
        raise Refusal(
            _("Points are missing: %(names)s. Who did not appear gets «кж».") % {"names": _names(missing)},
            code="points_missing",
        )
    differing = [one for one in sat if twice and one.exam_points != one.second_points]
    if differing:
        raise Refusal(
            _("The two entries differ: %(names)s. Look into the papers and correct.") % {"names": _names(differing)},
            code="entries_differ",
        )


def _names(results: Sequence[FinalResult]) -> str:
    named = ", ".join(one.student.user.get_short_name() for one in results[:NAMED])
    return named + ("…" if len(results) > NAMED else "")


def is_typed_twice(sheet: FinalSheet, *, on: date) -> bool:
    """Whether the points of a sheet are typed by two people (a setting, §2.6). `sheet.course.group` is read."""
    return bool(policies("exam_double_entry", on=on, unit_id=sheet.course.group.unit_id)["exam_double_entry"])


def _judge_day(sheet: FinalSheet, *, now: datetime) -> None:
    if sheet.valid_until is not None and sheet.valid_until < day_of(now):
        raise Refusal(
            _("The slip was valid until %(day)s.") % {"day": f"{sheet.valid_until:%d.%m.%Y}"}, code="slip_over"
        )
    if sheet.exam is not None and sheet.exam.cancelled_at is None and sheet.exam.starts_at > now:
        raise Refusal(_("The exam has not begun yet."), code="not_yet")


def _hold(sheet_id: int) -> FinalSheet:
    """The sheet, read again under its course's shared lock and its own row's; 423 where it is closed."""
    semester_id, course_id = FinalSheet.objects.values_list("course__semester_id", "course_id").get(pk=sheet_id)
    locks.share_courses(semester_ids=[semester_id], course_ids=[course_id])
    sheet = (
        FinalSheet.objects.select_for_update(of=("self",))
        .select_related("course__group", "course__discipline", "course__semester__year", "exam")
        .get(pk=sheet_id)
    )
    # Who closed it is fetched apart: a row that was waited for comes new, and its outer joins as they were before.
    if sheet.is_closed:
        assert sheet.closed_by is not None
        assert sheet.closed_at is not None
        raise Refusal(
            _("The sheet was closed on %(when)s by %(who)s: nothing in it changes.")
            % {"when": f"{sheet.closed_at:%d.%m.%Y}", "who": sheet.closed_by.get_short_name()},
            code="sheet_closed",
            status=423,
        )
    return sheet


def _tell_results(sheet: FinalSheet, results: Sequence[FinalResult], *, now: datetime) -> None:
    discipline = sheet.course.discipline.name
    by_text: dict[tuple[Any, ...], list[User]] = {}
    for result in results:
        by_text.setdefault((result.total, result.letter), []).append(result.student.user)
    for (total, letter), users in by_text.items():

        def text(total: Decimal | None = total, letter: str = letter) -> str:
            if total is None:
                return _("%(discipline)s: there is no result, it stays a debt.") % {"discipline": discipline}
            facts = {"discipline": discipline, "total": points_text(total), "letter": letter}
            return (
                _("%(discipline)s: %(total)s points, %(letter)s.") if letter else _("%(discipline)s: %(total)s points.")
            ) % facts

        notify(users, kind="result", text=text, url=reverse("results"), event=f"result:{sheet.pk}", now=now)
