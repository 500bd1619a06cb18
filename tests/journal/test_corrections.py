"""Corrections of closed final sheets (§2.6): two people, the next edition beside the closed one, nothing silent."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.enums import CorrectionState, SheetState
from journal.models import CorrectionLine, FinalResult, FinalSheet, Reopening, SheetConfirmation, SheetCorrection
from journal.selectors.corrections import digest_of, next_edition, wanted_by
from journal.selectors.differences import differences
from journal.selectors.results import debts_by_student, final_results
from journal.services import record_marks
from journal.services.corrections import (
    approve_correction,
    ask_correction,
    confirm_sheet,
    refuse_correction,
    withdraw_correction,
)
from journal.services.reopenings import approve_reopening, ask_reopening, end_reopening
from journal.services.results import Entry, set_admission
from messaging.models import Notification
from tests import factories as make
from tests.journal.test_results_services import NOW, Session, code_of, slip
from university.enums import ControlForm

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


def paper() -> bytes:
    """The smallest PDF that is one."""
    return b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"


class Correcting(Session):
    """A session with a head and a dean, and its first sheet closed: 70 D, 40 FX, did not appear."""

    def __init__(self, form: ControlForm = ControlForm.EXAM) -> None:
        super().__init__(form, closed=False)
        # Held and not filled: under a reopening somebody gets his first mark in it.
        self.lesson = make.make_lesson(self.workload)
        self.close_modules()
        self.head, self.dean, self.study = make.make_user(), make.make_user(), make.make_user()
        make.appoint(self.head, Role.HEAD, department=self.course.department)
        make.appoint(self.dean, Role.DEAN, unit=self.course.group.unit)
        make.appoint(self.study, Role.STUDY_OFFICE)
        if form == ControlForm.EXAM:
            self.sheet = self.failed()
        else:
            self.sheet = self.open()
            self.close(self.sheet)
        self.sheet.refresh_from_db()

    def ask(self, *texts: str, **changes: Any) -> SheetCorrection:
        shown = ("40", "10", "кж")
        entries = [
            Entry(student.pk, text, was)
            for student, text, was in zip(self.students, texts, shown, strict=False)
            if text != was and text
        ]
        facts = {
            "sheet_id": self.sheet.pk,
            "entries": entries,
            "why": "Упай башка студентке жазылган",
            "paper": paper(),
            "by": self.teacher.user,
            "now": LATER,
        }
        return ask_correction(**{**facts, **changes})

    def approve(self, asked: SheetCorrection, by: User, **changes: Any) -> SheetCorrection:
        asked.refresh_from_db()
        sheet = FinalSheet.objects.select_related("course__semester__year", "course__group").get(pk=asked.sheet_id)
        shown = digest_of(next_edition(sheet, wanted_by(asked), on=clock.day_of(LATER)))
        facts = {"correction_id": asked.pk, "shown": shown, "by": by, "now": LATER}
        return approve_correction(**{**facts, **changes})

    def correct(self, *texts: str) -> FinalSheet:
        asked = self.ask(*texts)
        for user in (self.head, self.office):
            self.approve(asked, user)
        return FinalSheet.objects.get(replaces=self.sheet)

    def reopen(self, grade: str = "5") -> Reopening:
        """A lesson of the first module filled under a reopening: the first student gets points."""
        asked = ask_reopening(
            workload=self.workload,
            lessons=[self.lesson.pk],
            students=[self.students[0].pk],
            why="оңдоо",
            by=self.teacher.user,
            now=LATER,
        )
        for user in (self.head, self.office):
            approve_reopening(reopening_id=asked.pk, by=user, now=LATER)
        cell = {
            "lesson": self.lesson.pk,
            "student": self.students[0].pk,
            "version": 0,
            "value": grade,
            "reason": "оңдоо",
        }
        saved = record_marks(journal_id=self.workload.pk, raw_marks=[cell], by=self.teacher.user, now=LATER)
        assert saved.status == 200, saved
        return end_reopening(reopening_id=asked.pk, by=self.teacher.user, now=LATER)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Correcting:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return Correcting()


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rows(sheet: FinalSheet) -> list[tuple[Any, ...]]:
    return list(
        sheet.results.order_by("student__user__sort_key").values_list("exam_points", "total", "letter", "absent")
    )


def test_second_yes_stores_the_next_edition_beside_the_closed_one(stage: Correcting) -> None:
    before = rows(stage.sheet)
    made = stage.correct("40", "31")
    assert (made.edition, made.state, made.closed_by, made.examiner) == (
        2,
        SheetState.CLOSED,
        stage.office,
        stage.teacher,
    )
    assert rows(made) == [(40, 70, "D", False), (31, 61, "E", False), (None, None, "", True)]
    assert rows(stage.sheet) == before
    holding = final_results().filter(course=stage.course)
    assert set(holding.values_list("sheet_id", flat=True)) == {made.pk}


def test_debt_goes_and_comes_with_the_edition_that_holds(stage: Correcting) -> None:
    first, second, _third = stage.students
    assert debts_by_student([first.pk, second.pk]) == {second.pk: 1}
    stage.correct("1", "31")
    assert debts_by_student([first.pk, second.pk]) == {first.pk: 1}


def test_student_whose_result_is_another_is_told_with_the_reason(stage: Correcting) -> None:
    Notification.objects.all().delete()
    stage.correct("40", "31")
    told = Notification.objects.filter(kind="result").values_list("user_id", "text")
    assert list(told) == [
        (
            stage.students[1].user_id,
            "Механика: жыйынтыгыңыз 40 ордуна 61 деп оңдолду: Упай башка студентке жазылган",
        )
    ]


def test_correction_takes_two_people_besides_the_asker(stage: Correcting) -> None:
    asked = stage.ask("40", "31")
    for user in (stage.teacher.user, stage.office, stage.study):
        assert code_of(stage.approve, asked, user) == "not_yours_to_decide"
    assert stage.approve(asked, stage.head).state == CorrectionState.APPROVED
    assert code_of(stage.approve, asked, stage.head) == "not_yours_to_decide"
    assert stage.approve(asked, stage.dean).state == CorrectionState.DONE


def test_head_who_asks_is_answered_by_the_dean(stage: Correcting) -> None:
    make.appoint(stage.teacher.user, Role.HEAD, department=stage.course.department)
    asked = stage.ask("40", "31")
    assert asked.asker_is_head
    assert code_of(stage.approve, asked, stage.head) == "not_yours_to_decide"
    stage.approve(asked, stage.dean)
    assert code_of(stage.approve, asked, stage.dean) == "not_yours_to_decide"
    assert stage.approve(asked, stage.office).state == CorrectionState.DONE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"why": "  "}, "reason_missing"),
        ({"paper": None}, "paper_missing"),
        ({"paper": b"hello"}, "not_a_paper"),
        ({"entries": []}, "nothing_changes"),
        ({"entries": [Entry(0, "5", "")]}, "not_on_sheet"),
    ],
)
def test_ask_refuses(stage: Correcting, changes: dict[str, Any], code: str) -> None:
    assert code_of(stage.ask, "40", "31", **changes) == code
    assert not SheetCorrection.objects.exists()


@pytest.mark.parametrize(
    ("text", "shown", "code"),
    [("41", "10", "points_not_allowed"), ("", "10", "points_not_allowed"), ("31", "11", "stale")],
)
def test_ask_refuses_what_was_typed(stage: Correcting, text: str, shown: str, code: str) -> None:
    entry = Entry(stage.students[1].pk, text, shown)
    assert code_of(stage.ask, entries=[entry]) == code


def test_open_sheet_is_not_corrected(stage: Correcting) -> None:
    other = Session()
    sheet = other.open()
    assert code_of(stage.ask, sheet_id=sheet.pk, entries=[]) == "not_closed"


def test_second_request_waits_for_the_first(stage: Correcting) -> None:
    first = stage.ask("40", "31")
    assert code_of(stage.ask, "40", "32") == "asked_already"
    withdraw_correction(correction_id=first.pk, by=stage.teacher.user, now=LATER)
    assert code_of(withdraw_correction, correction_id=first.pk, by=stage.teacher.user, now=LATER) == "not_waiting"
    assert stage.ask("40", "32").state == CorrectionState.ASKED


def test_earlier_edition_is_not_corrected_again(stage: Correcting) -> None:
    made = stage.correct("40", "31")
    assert code_of(stage.ask, "40", "33") == "corrected_already"
    again = stage.ask(sheet_id=made.pk, entries=[Entry(stage.students[1].pk, "33", "31")])
    for user in (stage.head, stage.office):
        stage.approve(again, user)
    assert FinalResult.objects.get(sheet__replaces=made, student=stage.students[1]).total == 63


def test_refusal_needs_its_reason(stage: Correcting) -> None:
    asked = stage.ask("40", "31")
    assert code_of(refuse_correction, correction_id=asked.pk, reason=" ", by=stage.head, now=LATER) == "reason_missing"
    refuse_correction(correction_id=asked.pk, reason="Иш кагазы жок", by=stage.head, now=LATER)
    assert code_of(stage.approve, asked, stage.office) == "not_yours_to_decide"
    assert FinalSheet.objects.count() == 1


class Unadmitted(Correcting):
    """The first student was not admitted, by an error; the others have 10 points, or pass a credit test."""

    def failed(self) -> FinalSheet:
        sheet = self.open()
        self.bar(sheet)
        self.type(sheet, "", "10", "10")
        self.close(sheet)
        return sheet

    def bar(self, sheet: FinalSheet) -> None:
        set_admission(
            sheet_id=sheet.pk,
            student_id=self.students[0].pk,
            admitted=False,
            reason="карыз",
            by=self.office,
            now=NOW,
        )

    def entry(self, text: str, *, admits: bool = True, student: int = 0, shown: str = "") -> dict[str, Any]:
        return {"entries": [Entry(self.students[student].pk, text, shown, admits)]}

    def both(self, asked: SheetCorrection) -> FinalResult:
        for user in (self.head, self.office):
            self.approve(asked, user)
        return FinalResult.objects.select_related("sheet").get(sheet__replaces=asked.sheet_id, student=self.students[0])


@pytest.fixture
def barred(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Unadmitted:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return Unadmitted()


def test_wrong_non_admission_is_corrected_with_the_points(barred: Unadmitted) -> None:
    first = barred.students[0]
    assert debts_by_student([first.pk]) == {first.pk: 1}
    made = barred.both(barred.ask(**barred.entry("31")))
    assert (made.admitted, made.exam_points, made.total, made.letter, made.exam_by) == (
        True,
        31,
        61,
        "E",
        barred.teacher.user,
    )
    assert (made.reason, made.source, made.sheet.edition) == ("Упай башка студентке жазылган", "correction", 2)
    before = barred.sheet.results.get(student=first)
    assert (before.admitted, before.total, before.passes) == (False, None, False)
    assert debts_by_student([first.pk]) == {}
    told = Notification.objects.filter(kind="result", user=first.user).values_list("text", flat=True)
    assert "Механика: жыйынтыгыңыз — ордуна 61 деп оңдолду: Упай башка студентке жазылган" in told


def test_admitted_who_did_not_come_is_written_so(barred: Unadmitted) -> None:
    made = barred.both(barred.ask(**barred.entry("кж")))
    assert (made.admitted, made.absent, made.exam_by, made.total, made.passes) == (True, True, None, None, False)


def test_admission_to_a_credit_test_needs_no_points(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path

    class Credit(Unadmitted):
        def close(self, sheet: FinalSheet) -> list[FinalResult]:
            self.bar(sheet)
            return super().close(sheet)

    stage = Credit(ControlForm.CREDIT)
    for text in ("5", "кж"):
        assert code_of(stage.ask, **stage.entry(text)) == "no_exam_part"
    made = stage.both(stage.ask(**stage.entry("")))
    assert (made.admitted, made.exam_points, made.exam_by, made.total) == (True, None, None, 40)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"text": "20", "admits": False}, "not_admitted"),
        ({"text": ""}, "points_not_allowed"),
        ({"text": "41"}, "points_not_allowed"),
        ({"text": "20", "student": 1, "shown": "10"}, "admitted_already"),
    ],
)
def test_admission_is_said_of_who_was_not_admitted_with_his_points(
    barred: Unadmitted, facts: dict[str, Any], code: str
) -> None:
    assert code_of(barred.ask, **barred.entry(**facts)) == code
    assert not SheetCorrection.objects.exists()


def test_admission_on_which_a_retake_rests_is_refused(barred: Unadmitted) -> None:
    slip(barred, 0)
    assert code_of(barred.ask, **barred.entry("31")) == "retake_exists"


def test_yes_is_said_to_the_admission_too(barred: Unadmitted) -> None:
    """Who is shown points of a student that was not admitted has not agreed to admit him."""
    whole = next_edition(barred.sheet, wanted_by(barred.ask(**barred.entry("кж"))), on=clock.day_of(LATER))
    shown = digest_of(whole)
    whole[0].after.admitted = False
    assert digest_of(whole) != shown


@pytest.mark.parametrize(
    "values",
    [
        {"admits": False, "exam_points": 20},
        {"admits": True},
        {"admits": True, "exam_points": 20, "student": 1},
        {"admits": True, "exam_points": 20, "student": None},
    ],
)
def test_web_writes_no_line_that_does_not_fit_the_sheet(barred: Unadmitted, values: dict[str, Any]) -> None:
    asked = barred.ask(**barred.entry("31"))
    withdraw_correction(correction_id=asked.pk, by=barred.teacher.user, now=LATER)
    waiting = barred.ask(entries=[Entry(barred.students[2].pk, "31", "10")])
    who = values.pop("student", 0)
    student = make.make_student() if who is None else barred.students[who]
    with pytest.raises(IntegrityError, match="not about what stands in the sheet"), transaction.atomic():
        CorrectionLine.objects.create(correction=waiting, student=student, **values)
    CorrectionLine.objects.create(correction=waiting, student=barred.students[0], admits=True, exam_points=20)


@pytest.mark.parametrize("admits", [True, False])
def test_edition_admits_whom_its_correction_admits(
    barred: Unadmitted, monkeypatch: pytest.MonkeyPatch, admits: bool
) -> None:
    """The service gone wrong: it forgets the admission that was agreed to, or makes one that was not."""
    from journal.services import corrections

    entries = [Entry(barred.students[1].pk, "31", "10")]
    asked = barred.ask(entries=entries + (barred.entry("кж")["entries"] if admits else []))
    barred.approve(asked, barred.head)
    real = corrections._store

    def careless(correction: Any, rows: Any, **facts: Any) -> Any:
        rows[0].after.admitted, rows[0].after.absent = not admits, False
        return real(correction, rows, **facts)

    monkeypatch.setattr(corrections, "_store", careless)
    with pytest.raises(IntegrityError, match="as its correction says"):
        barred.approve(asked, barred.office)
    assert FinalSheet.objects.count() == 1


def test_examiner_ticks_who_was_wrongly_not_admitted(barred: Unadmitted) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    first, second, _third = barred.students
    examiner, url = as_(barred.teacher.user), f"/sheets/{barred.sheet.pk}/correct/"
    page = examiner.get(url).content.decode()
    assert (f'name="a{first.pk}"' in page, f'name="a{second.pk}"' in page) == (True, False)
    sent = {f"a{first.pk}": "1", f"p{first.pk}": "31", f"v{first.pk}": "", "why": "Ката"}
    refused = examiner.post(url, sent)
    assert refused.status_code == 422
    assert next((row["typed"], row["admits"]) for row in refused.context["rows"]) == ("31", True)
    sent["paper"] = SimpleUploadedFile("акт.pdf", paper(), "application/pdf")  # type: ignore[assignment]
    request = examiner.post(url, sent)["Location"]
    for user in (barred.head, barred.office):
        client = as_(user)
        shown = client.get(request)
        assert "киргизилген эмес → <strong>киргизилген</strong>" in " ".join(shown.content.decode().split())
        assert client.post(request, {"act": "approve", "shown": shown.context["shown"]}).status_code == 302
    record = as_(first.user).get(f"/results/{first.pk}/").content.decode()
    assert "2-редакция, 12.01.2027 оңдолгон: Ката" in " ".join(record.split())


def test_result_on_which_a_retake_rests_is_refused(stage: Correcting) -> None:
    slip(stage, 1)
    with pytest.raises(Refusal) as refused:
        stage.ask("40", "31")
    assert (refused.value.code, refused.value.status) == ("retake_exists", 423)
    assert stage.students[1].user.get_short_name() in str(refused.value)
    # Another student of the same sheet is corrected; who takes it again keeps what he had.
    made = stage.correct("39", "10")
    assert [one[:2] for one in rows(made)] == [(39, 69), (10, 40), (None, None)]


def test_retake_that_came_while_the_request_waited_is_refused(stage: Correcting) -> None:
    asked = stage.ask("40", "31")
    stage.approve(asked, stage.head)
    slip(stage, 1)
    assert code_of(stage.approve, asked, stage.office) == "retake_exists"
    asked.refresh_from_db()
    assert (asked.state, FinalSheet.objects.filter(replaces=stage.sheet).count()) == (CorrectionState.APPROVED, 0)


def test_yes_is_said_to_what_was_shown(stage: Correcting) -> None:
    asked = stage.ask("40", "31")
    with pytest.raises(Refusal) as refused:
        stage.approve(asked, stage.head, shown="0" * 32)
    assert (refused.value.code, refused.value.status) == ("stale", 409)


def test_credit_test_is_corrected_by_its_modules_alone(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    stage = Correcting(ControlForm.CREDIT)
    assert code_of(stage.ask, entries=[Entry(stage.students[0].pk, "5", "")]) == "no_exam_part"
    assert code_of(stage.ask, entries=[]) == "nothing_changes"
    stage.reopen()
    made = stage.correct()
    # Attendance and grade of the one module pass their whole weight: 16 and 10 of 20.
    assert made.results.get(student=stage.students[0]).total > 40
    assert differences() == []


# The laws


def statement_refused(cursor: Any, statement: str, *params: Any) -> str:
    with pytest.raises((IntegrityError, DatabaseError)) as refused, transaction.atomic():
        cursor.execute(statement, params)
    return str(refused.value)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_finalresult SET exam_points = 1, version = version + 1",
        "UPDATE journal_finalsheet SET state = 'draft', closed_by_id = NULL, closed_at = NULL, version = version + 1",
        "UPDATE journal_finalsheet SET edition = 7, version = version + 1",
        "UPDATE journal_sheetcorrection SET why = 'башка', version = version + 1",
        "UPDATE journal_sheetcorrection SET state = 'asked', version = version + 1",
        "UPDATE journal_correctionline SET exam_points = 40",
        "DELETE FROM journal_correctionline",
        "DELETE FROM journal_sheetcorrection",
        "DELETE FROM journal_finalresult",
    ],
)
def test_web_changes_nothing_of_either_edition(stage: Correcting, statement: str) -> None:
    made = stage.correct("40", "31")
    with connection.cursor() as cursor:
        assert statement_refused(cursor, statement)
    assert [rows(sheet)[1][0] for sheet in (stage.sheet, made)] == [10, 31]


def test_edition_without_a_correction_is_refused(stage: Correcting) -> None:
    asked = stage.ask("40", "31")
    columns = (
        "course_id, attempt, kind, examiner_id, exam_maximum, scheme, opened_at, by_id, at, source, request_id, reason"
    )
    insert = (
        f"INSERT INTO journal_finalsheet ({columns}, version, state, edition, replaces_id, correction_id)"
        f" SELECT {columns}, 1, 'draft', 2, id, %s FROM journal_finalsheet WHERE id = %s"
    )
    with connection.cursor() as cursor:
        assert "two people approved" in statement_refused(cursor, insert, asked.pk, stage.sheet.pk)


def test_correction_is_not_done_without_its_edition(stage: Correcting) -> None:
    asked = stage.ask("40", "31")
    stage.approve(asked, stage.head)

    def pretend() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE journal_sheetcorrection"
                " SET state = 'done', office_id = %s, done_at = now(), version = version + 1",
                [stage.office.pk],
            )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="storing its edition"):
        pretend()
    asked.refresh_from_db()
    assert asked.state == CorrectionState.APPROVED


def test_edition_that_changes_somebody_else_is_refused(stage: Correcting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service gone wrong: the database compares the edition with what was asked."""
    from journal.services import corrections

    asked = stage.ask("40", "31")
    stage.approve(asked, stage.head)
    real = corrections._store

    def careless(correction: Any, rows: Any, **facts: Any) -> Any:
        rows[0].after.exam_points = Decimal(1)
        return real(correction, rows, **facts)

    monkeypatch.setattr(corrections, "_store", careless)
    with pytest.raises(IntegrityError, match="as its correction says"):
        stage.approve(asked, stage.office)
    assert FinalSheet.objects.count() == 1


# A module opened again under a closed sheet


def test_sheet_whose_inputs_changed_is_named_until_it_is_corrected(stage: Correcting) -> None:
    assert differences() == []
    Notification.objects.all().delete()
    stage.reopen()
    assert [(one.sheet_id, one.student_id, one.stored) for one in differences()] == [
        (stage.sheet.pk, stage.students[0].pk, Decimal(30))
    ]
    told = set(Notification.objects.filter(text__contains="оңдоо керек").values_list("user_id", flat=True))
    assert told == {user.pk for user in (stage.teacher.user, stage.office, stage.dean, stage.study)}
    for user in (stage.teacher.user, stage.office, stage.study):
        assert [sheet for sheet, _reads in as_(user).get("/sheets/?state=differs").context["rows"]] == [stage.sheet]
    stage.correct("40", "10")
    assert differences() == []
    assert list(as_(stage.study).get("/sheets/?state=differs").context["rows"]) == []


def test_sheet_is_confirmed_as_unchanged_with_a_reason(stage: Correcting) -> None:
    stage.reopen()
    page = f"/sheets/{stage.sheet.pk}/"
    examiner = as_(stage.teacher.user)
    assert examiner.post(page, {"act": "confirm", "reason": " "}).status_code == 422
    assert as_(stage.head).post(page, {"act": "confirm", "reason": "жок"}).status_code == 403
    assert examiner.post(page, {"act": "confirm", "reason": "Баа ошол бойдон"}).status_code == 302
    assert differences() == []
    assert [one.reason for one in examiner.get(page).context["words"]] == ["Баа ошол бойдон"]
    assert code_of(confirm_sheet, sheet_id=stage.sheet.pk, reason="дагы", by=stage.office, now=LATER) == "no_difference"


def test_word_does_not_hold_for_other_points(stage: Correcting) -> None:
    stage.reopen()
    confirm_sheet(sheet_id=stage.sheet.pk, reason="калсын", by=stage.office, now=LATER)
    asked = ask_reopening(
        workload=stage.workload,
        lessons=[stage.lesson.pk],
        students=[stage.students[0].pk],
        why="дагы",
        by=stage.teacher.user,
        now=LATER,
    )
    for user in (stage.head, stage.office):
        approve_reopening(reopening_id=asked.pk, by=user, now=LATER)
    cell = {"lesson": stage.lesson.pk, "student": stage.students[0].pk, "version": 1, "value": "2", "reason": "оңдоо"}
    record_marks(journal_id=stage.workload.pk, raw_marks=[cell], by=stage.teacher.user, now=LATER)
    end_reopening(reopening_id=asked.pk, by=stage.teacher.user, now=LATER)
    assert [one.student_id for one in differences()] == [stage.students[0].pk]


def test_sheet_that_agrees_is_not_confirmed(stage: Correcting) -> None:
    assert (
        code_of(confirm_sheet, sheet_id=stage.sheet.pk, reason="калсын", by=stage.office, now=LATER) == "no_difference"
    )


def test_who_took_the_exam_again_stays_and_is_named(stage: Correcting) -> None:
    first = stage.students[0]
    stage.correct("1", "10")
    stage.sheet = FinalSheet.objects.get(edition=2)
    slip(stage, 0)
    stage.reopen()
    asked = stage.ask(sheet_id=stage.sheet.pk, entries=[Entry(stage.students[1].pk, "31", "10")])
    for user in (stage.head, stage.office):
        stage.approve(asked, user)
    third = FinalSheet.objects.get(edition=3)
    assert third.results.get(student=first).semester_points == 30
    assert [(one.sheet_id, one.student_id) for one in differences()] == [(third.pk, first.pk)]


def test_check_journal_names_a_sheet_that_differs(stage: Correcting) -> None:
    stage.reopen()
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_journal", stdout=out)
    assert f"final sheet {stage.sheet.pk}, student {stage.students[0].pk}" in out.getvalue()


def test_asker_and_deciders_are_warned_beforehand(stage: Correcting) -> None:
    page = as_(stage.teacher.user).get(f"/journals/{stage.workload.pk}/reopen/")
    assert page.context["left_behind"] == [stage.sheet]
    asked = ask_reopening(
        workload=stage.workload,
        lessons=[stage.lesson.pk],
        students=[stage.students[0].pk],
        why="оңдоо",
        by=stage.teacher.user,
        now=LATER,
    )
    for user in (stage.head, stage.office):
        shown = as_(user).get(f"/reopenings/{asked.pk}/")
        assert shown.context["left_behind"] == [stage.sheet]
        assert f"/sheets/{stage.sheet.pk}/" in shown.content.decode()
        approve_reopening(reopening_id=asked.pk, by=user, now=LATER)


# Pages


def test_examiner_asks_and_two_approve_on_the_pages(stage: Correcting) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    second = stage.students[1].pk
    examiner = as_(stage.teacher.user)
    url = f"/sheets/{stage.sheet.pk}/correct/"
    sent = {f"p{second}": "31", f"v{second}": "10", "why": "Ката"}
    refused = examiner.post(url, sent)
    assert (refused.status_code, dict.fromkeys([second], "31")) == (
        422,
        {pk: one["typed"] for one in refused.context["rows"] if (pk := one["row"].before.student_id) == second},
    )
    answer = examiner.post(url, {**sent, "paper": SimpleUploadedFile("акт.pdf", paper(), "application/pdf")})
    assert answer.status_code == 302
    request = answer["Location"]
    for user in (stage.head, stage.office):
        client = as_(user)
        assert [one.pk for one in client.get("/corrections/?show=waiting").context["page_obj"]] == [
            SheetCorrection.objects.get().pk
        ]
        page = client.get(request)
        assert client.get(f"{request}paper").getvalue() == paper()
        assert client.post(request, {"act": "approve", "shown": page.context["shown"]}).status_code == 302
    made = FinalSheet.objects.get(edition=2)
    page = examiner.get(f"/sheets/{made.pk}/")
    assert [one["was"].total if one["was"] else None for one in page.context["rows"]] == [None, 40, None]
    assert [one.edition for one in page.context["editions"]] == [1, 2]
    assert "Ката" in page.content.decode()
    old = examiner.get(f"/sheets/{stage.sheet.pk}/").content.decode()
    assert "Бул ведомосттун кийинки редакциясы күчүндө" in old
    assert f"/sheets/{stage.sheet.pk}/correct/" not in old


def test_correction_is_marked_in_the_record_and_the_summary(stage: Correcting) -> None:
    stage.correct("40", "31")
    student = stage.students[1]
    note = "2-редакция, 12.01.2027 оңдолгон: Упай башка студентке жазылган"
    assert note in as_(student.user).get(f"/results/{student.pk}/").content.decode()
    fellow = stage.students[0]
    assert "оңдолгон" not in as_(fellow.user).get(f"/results/{fellow.pk}/").content.decode()
    page = as_(stage.office).get(f"/groups/{stage.course.group_id}/summary/")
    assert [line.name for line, *_rest in page.context["summary"].corrected] == [student.user.get_full_name()]
    assert note in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_corrections_asks_the_same_for_any_number(
    stage: Correcting, count: int, django_assert_num_queries: Any
) -> None:
    stage.ask("40", "31")
    for _ in range(count - 1):
        other = Correcting()
        make.appoint(stage.head, Role.HEAD, department=other.course.department)
        other.ask("40", "31")
    client = as_(stage.head)
    client.get("/corrections/")
    with django_assert_num_queries(6):
        assert len(client.get("/corrections/").context["page_obj"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_sheets_that_differ_asks_the_same_for_any_number(
    stage: Correcting, count: int, django_assert_num_queries: Any
) -> None:
    stage.reopen()
    for _ in range(count - 1):
        other = Correcting()
        make.appoint(stage.dean, Role.DEAN, unit=other.course.group.unit)
        other.reopen()
    client = as_(stage.study)
    client.get("/sheets/?state=differs")
    with django_assert_num_queries(8):
        assert len(client.get("/sheets/?state=differs").context["rows"]) == count


def test_line_and_word_say_something(stage: Correcting) -> None:
    asked = stage.ask("40", "31")
    with pytest.raises(IntegrityError, match="says_one"), transaction.atomic():
        CorrectionLine.objects.create(correction=asked, student=stage.students[0])
    with pytest.raises(IntegrityError, match="sheetconfirmation_reason"), transaction.atomic():
        SheetConfirmation.objects.create(
            sheet=stage.sheet,
            student=stage.students[0],
            semester_points=1,
            by=stage.office,
            at=LATER,
            source="web",
            request_id=make.REQUEST_ID,
        )


def test_first_page_leads_to_what_waits(stage: Correcting) -> None:
    stage.reopen()
    stage.ask("40", "31")
    head, study = as_(stage.head).get("/").content.decode(), as_(stage.study).get("/").content.decode()
    assert ("/corrections/?show=waiting" in head, "/sheets/?state=differs" in head) == (True, False)
    assert ("/corrections/?show=waiting" in study, "/sheets/?state=differs" in study) == (False, True)
