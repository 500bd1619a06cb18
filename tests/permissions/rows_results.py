"""Rows of exams, sheets, debts, summaries and state exams: the examiner types and closes, the dean's office admits and
gives slips, the study office plans; students and parents have their own record and the timetable."""

from datetime import timedelta
from typing import Any

from journal.models import Exam, FinalResult, FinalSheet, SheetCorrection
from journal.rules.rating_presets import PRESETS
from journal.rules.results import scheme_as_data
from journal.services.corrections import corrections_folder
from tests import factories as make
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import SEES_STUDENT, STAFF, Row

_SAID = {"at": NOW, "source": "web", "request_id": make.REQUEST_ID}


def extend(cast: Cast) -> None:
    """An exam to come; a closed sheet with a debt of the student, and an open one of the second attempt."""
    made: Any = cast
    teacher = cast.people["teacher"]
    assert teacher is not None
    made.exam = Exam.objects.create(
        course=cast.course,
        group=cast.group,
        kind="exam",
        date=make.MONDAY + timedelta(days=100),
        starts_at=NOW + timedelta(days=100),
        ends_at=NOW + timedelta(days=100, hours=2),
        examiner=teacher.teacher,
        sitting="matrix",
        by=teacher,
        **_SAID,
    )
    closed = _sheet(cast, attempt=1)
    made.debt = _result(cast, closed, cast.student, passes=False, word="unsatisfactory_retake")
    FinalSheet.objects.filter(pk=closed.pk).update(state="closed", closed_by=teacher, closed_at=NOW, version=2)
    made.sheet = _sheet(cast, attempt=2)
    _result(cast, made.sheet, cast.student)
    made.closed_sheet = closed
    corrections_folder().mkdir(parents=True, exist_ok=True)
    (corrections_folder() / "matrix").write_bytes(b"%PDF-")
    made.correction = SheetCorrection.objects.create(
        sheet=closed,
        why="ката",
        asked_by=teacher,
        asked_at=NOW,
        paper_path="matrix",
        paper_sha256="0" * 64,
        paper_type="application/pdf",
        by=teacher,
        **_SAID,
    )


def _sheet(cast: Cast, *, attempt: int) -> FinalSheet:
    teacher = cast.people["teacher"]
    assert teacher is not None
    return FinalSheet.objects.create(
        course=cast.course,
        attempt=attempt,
        kind="exam",
        examiner=teacher.teacher,
        exam_maximum=40,
        scheme=scheme_as_data(PRESETS["P1", "exam"]),
        opened_at=NOW,
        by=teacher,
        **_SAID,
    )


def _result(cast: Cast, sheet: FinalSheet, student: Any, **facts: Any) -> FinalResult:
    return FinalResult.objects.create(
        sheet=sheet,
        course=cast.course,
        attempt=sheet.attempt,
        student=student,
        semester_points=30,
        total=None if sheet.attempt == 2 else 40,
        by=cast.people["teacher"],
        **facts,
        **_SAID,
    )


LISTS = tuple(role for role in STAFF if role not in ("admin", "moderator"))
STUDENTS = ("student", "fellow", "stranger", "parent")
OFFICE = ("office", "dean")
READS = ("curator", "teacher", "colleague", "head", "office", "dean", "study", "leadership")
READS_GROUP = ("curator", "office", "dean", "study", "leadership")


def _but(roles: tuple[str, ...], *out: str) -> tuple[str, ...]:
    return tuple(role for role in roles if role not in out)


def _cancel(cast: Any) -> str:
    return f"/exams/{cast.exam.id}/cancel/"


def _sheet_url(cast: Any) -> str:
    return f"/sheets/{cast.sheet.id}/"


def _admission(cast: Any) -> str:
    return f"/sheets/{cast.sheet.id}/admission/"


def _new_sheet(cast: Any) -> str:
    return f"/courses/{cast.course.id}/sheet/"


def _slip(cast: Any) -> str:
    return f"/debts/{cast.debt.id}/slip/"


def _attest(cast: Any) -> str:
    return f"/groups/{cast.group.id}/attestations/"


def _correct(cast: Any) -> str:
    return f"/sheets/{cast.closed_sheet.id}/correct/"


def _correction(cast: Any) -> str:
    return f"/corrections/{cast.correction.id}/"


_SEES_EXAM = ("student", "fellow", "parent", *READS)

ROWS = [
    Row("exams", lambda c: "/exams/", {200: (*STUDENTS, *LISTS)}),
    Row("exam_new", lambda c: "/exams/new/", {200: ("study",), 403: (*STUDENTS, *_but(LISTS, "study"))}),
    Row(
        "exam_new",
        lambda c: f"/exams/new/?course={c.course.id}",
        {422: ("study",), 403: (*STUDENTS, *_but(LISTS, "study"))},
        method="post",
    ),
    Row("exam_cancel", _cancel, {200: ("study",), 403: _but(_SEES_EXAM, "study")}),
    Row("exam_cancel", _cancel, {422: ("study",), 403: _but(_SEES_EXAM, "study")}, method="post"),
    Row("commissions", lambda c: "/commissions/", {200: (*OFFICE, "far_dean")}),
    Row("commissions", lambda c: "/commissions/", {422: (*OFFICE, "far_dean")}, method="post"),
    Row("sheet_new", _new_sheet, {200: OFFICE, 403: _but(READS, *OFFICE)}),
    Row("sheet_new", _new_sheet, {422: OFFICE, 403: _but(READS, *OFFICE)}, method="post"),
    Row("sheets", lambda c: "/sheets/", {200: LISTS}),
    Row("sheet", _sheet_url, {200: READS}),
    # Points are missing: nobody closes it.
    Row(
        "sheet",
        _sheet_url,
        {422: ("teacher",), 403: _but(READS, "teacher")},
        method="post",
        data=lambda c: {"act": "close"},
    ),
    # Only the first sheet's list is renewed.
    Row("sheet", _sheet_url, {422: OFFICE, 403: _but(READS, *OFFICE)}, method="post", data=lambda c: {"act": "renew"}),
    # Nothing is typed: nothing is saved. A second entry is not asked for.
    Row("sheet", _sheet_url, {302: ("teacher",), 403: _but(READS, "teacher")}, method="post"),
    # No reason is given: nothing is said of the sheet.
    Row(
        "sheet",
        _sheet_url,
        {422: ("teacher", *OFFICE), 403: _but(READS, "teacher", *OFFICE)},
        method="post",
        data=lambda c: {"act": "confirm"},
    ),
    Row("sheet_correct", _correct, {200: ("teacher",), 403: _but(READS, "teacher")}),
    Row("sheet_correct", _correct, {422: ("teacher",), 403: _but(READS, "teacher")}, method="post"),
    Row("corrections", lambda c: "/corrections/", {200: LISTS}),
    Row("correction", _correction, {200: READS}),
    # An act that there is not: nothing is decided by it.
    Row("correction", _correction, {422: ("teacher", "head"), 403: _but(READS, "teacher", "head")}, method="post"),
    # Who asked decides nothing.
    Row(
        "correction",
        _correction,
        {302: ("head",), 403: _but(READS, "head")},
        method="post",
        data=lambda c: {"act": "refuse", "reason": "жок"},
    ),
    Row("correction_paper", lambda c: f"{_correction(c)}paper", {200: ("teacher", "head")}),
    Row("sheet_admission", _admission, {422: OFFICE, 403: _but(READS, *OFFICE)}, method="post"),
    Row("debts", lambda c: "/debts/", {200: LISTS}),
    Row("slip_new", _slip, {200: OFFICE, 403: _but(READS, *OFFICE)}),
    Row("slip_new", _slip, {422: OFFICE, 403: _but(READS, *OFFICE)}, method="post"),
    Row("group_summary", lambda c: f"/groups/{c.group.id}/summary/", {200: READS_GROUP}),
    Row("attestations", _attest, {200: READS_GROUP}),
    Row(
        "attestations",
        _attest,
        {422: OFFICE, 403: _but(READS_GROUP, *OFFICE)},
        method="post",
        data=lambda c: {"act": "plan"},
    ),
    Row("results", lambda c: "/results/", {302: STUDENTS}),
    Row("student_results", lambda c: f"/results/{c.student.id}/", {200: SEES_STUDENT}),
]
