"""The sheet of a journal's month: what stands on it, on every kind of month."""

import io
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from pypdf import PdfReader

from accounts.models import Student
from ejournal.lib import clock
from ejournal.lib.pdf import OwnFilesFetcher, render_pdf
from journal.services import record_marks
from journal.services.seals import seal_day
from reports.selectors.months import SheetCell, month_sheet
from teaching.enums import LessonState
from teaching.models import Lesson, Workload
from tests import factories as make

pytestmark = pytest.mark.django_db

SEPTEMBER = date(2026, 9, 1)
NOON = clock.moment_of(make.MONDAY, time(12, 0))


def enter(workload: Workload, lesson: Lesson, student: Student, **mark: object) -> None:
    saved = record_marks(
        journal_id=workload.id,
        raw_marks=[{"lesson": lesson.id, "student": student.id, "version": 0, **mark}],
        by=workload.teachers.get().teacher.user,
        now=clock.moment_of(lesson.date, time(12, 0)),
    )
    assert saved.status == 200, saved.answer


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.fixture
def workload() -> Workload:
    return make.make_workload()


@pytest.fixture
def keeper(workload: Workload, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    client.force_login(workload.teachers.get().teacher.user)
    client.cookies["django_language"] = "en"
    return client


def test_sheet_has_marks_counts_and_means_of_the_month(workload: Workload) -> None:
    student = make.make_student()
    make.enrol(student, workload.course)
    days = [make.MONDAY - timedelta(days=number) for number in (3, 2, 1, 0)]
    lessons = [make.make_lesson(workload, day=day) for day in days]
    october = make.make_lesson(workload, day=date(2026, 10, 5))
    enter(workload, lessons[0], student, value="5")
    enter(workload, lessons[1], student, value="кж")
    enter(workload, lessons[2], student, presence="absent", grade=4, makeup_on=days[2].isoformat())
    enter(workload, lessons[3], student, presence="late", late_minutes=10, grade=4)
    enter(workload, october, student, value="2")
    sheet = month_sheet(workload, SEPTEMBER, now=NOON)
    row = sheet.rows[0]
    assert row.cells == [
        SheetCell("5", ""),
        SheetCell("кж", "is-absent"),
        SheetCell("кж/4", "is-makeup"),
        SheetCell("4", "", late=True),
    ]
    assert (row.absences, row.mean) == (2, "4.33")


def test_cancelled_lesson_is_listed_without_hours_and_column(workload: Workload) -> None:
    make.enrol(make.make_student(), workload.course)
    cancelled = make.make_lesson(workload, day=make.MONDAY - timedelta(days=1))
    make.make_lesson(workload)
    make.make_lesson(workload, day=make.MONDAY + timedelta(days=1))
    Lesson.objects.filter(pk=cancelled.pk).update(state=LessonState.CANCELLED)
    sheet = month_sheet(workload, SEPTEMBER, now=NOON)
    assert [(lesson.is_cancelled, lesson.hours) for lesson in sheet.lessons] == [(True, 0), (False, 2), (False, 0)]
    assert (len(sheet.columns), sheet.hours) == (2, 2)


def test_student_of_half_a_month_is_grey_outside_his_days(workload: Workload) -> None:
    left = make.make_student()
    make.enrol(left, workload.course, ends_on=make.MONDAY - timedelta(days=1))
    make.make_lesson(workload, day=make.MONDAY - timedelta(days=1))
    make.make_lesson(workload)
    sheet = month_sheet(workload, SEPTEMBER, now=NOON)
    assert [cell.css for cell in sheet.rows[0].cells] == ["", "is-blank"]


def test_pdf_names_university_discipline_group_and_who_printed(keeper: Client, workload: Workload) -> None:
    student = make.make_student(last_name="Өмүрбекова")
    make.enrol(student, workload.course)
    lesson = make.make_lesson(workload)
    Lesson.objects.filter(pk=lesson.pk).update(topic="Ньютондун мыйзамдары")
    answer = keeper.get(f"/journals/{workload.id}/month.pdf?month=2026-09")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    text = text_of(answer.content)
    for words in (
        workload.course.discipline.name,
        workload.course.group.name,
        "Өмүрбекова Айпери",
        "Ньютондун мыйзамдары",
        "Осмонов Эрлан",
        "Printed on 21.09.2026 12:00",
        "1 / 1",
    ):
        assert words in text


@pytest.mark.django_db(transaction=True)
def test_pdf_carries_the_seal_that_stands(keeper: Client, workload: Workload, settings: Any, tmp_path: Path) -> None:
    settings.SEALS_FILE = tmp_path / "seals.log"
    address = f"/journals/{workload.id}/month.pdf?month=2026-09"
    assert "Seal of the journal" not in text_of(keeper.get(address).content)
    seal = seal_day(now=clock.now())
    assert seal is not None
    text = text_of(keeper.get(address).content)
    assert f"Seal of the journal for {seal.day:%d.%m.%Y}:" in text
    assert seal.digest in text.replace(" ", "")


def test_pdf_of_thirty_students_and_twenty_four_lessons(keeper: Client, workload: Workload) -> None:
    for number in range(30):
        make.enrol(make.make_student(last_name=f"Студент{number:02}"), workload.course)
    days = [SEPTEMBER + timedelta(days=number) for number in range(28) if (SEPTEMBER + timedelta(number)).weekday() < 6]
    for day in days[:24]:
        make.make_lesson(workload, day=day)
    answer = keeper.get(f"/journals/{workload.id}/month.pdf?month=2026-09")
    pages = PdfReader(io.BytesIO(answer.content)).pages
    assert all(round(float(page.mediabox.width)) == 842 for page in pages)
    text = text_of(answer.content)
    assert all(f"Студент{number:02}" in text for number in range(30))
    assert f"1 / {len(pages)}" in text


def test_name_of_two_hundred_letters_is_printed_whole(keeper: Client, workload: Workload) -> None:
    make.enrol(make.make_student(last_name="Ң" * 200, first_name="Ө"), workload.course)
    make.make_lesson(workload)
    answer = keeper.get(f"/journals/{workload.id}/month.pdf?month=2026-09")
    assert text_of(answer.content).count("Ң") == 200


def test_month_without_lessons_and_students_is_a_proper_sheet(keeper: Client, workload: Workload) -> None:
    answer = keeper.get(f"/journals/{workload.id}/month.pdf?month=2027-02")
    assert answer.status_code == 200
    assert "No lessons this month" in text_of(answer.content)


@pytest.mark.parametrize(
    "month", ["", "2026-13", "2026-00", "2026-9", "2026-09-01", "9999-01", "٢٠٢٦-٠٩", "' OR 1=1", "2026-09%00"]
)
def test_bad_month_is_refused(keeper: Client, workload: Workload, month: str) -> None:
    assert keeper.get(f"/journals/{workload.id}/month.pdf?month={month}").status_code == 422


def test_sheet_of_a_foreign_journal_is_not_found(keeper: Client, workload: Workload) -> None:
    foreign = make.make_workload()
    assert keeper.get(f"/journals/{foreign.id}/month.pdf?month=2026-09").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["https://example.org/a.png", "http://127.0.0.1/", "file:///etc/passwd", "data:text/plain,a", "file://host/etc"],
)
def test_document_fetches_nothing_but_own_files(address: str) -> None:
    with pytest.raises(ValueError, match="nothing but its own files"):
        OwnFilesFetcher(Path(configured.STATICFILES_DIRS[0])).fetch(address)


def test_markup_in_a_name_is_text(keeper: Client, workload: Workload) -> None:
    make.enrol(make.make_student(last_name='<img src="https://example.org/a.png">'), workload.course)
    make.make_lesson(workload)
    answer = keeper.get(f"/journals/{workload.id}/month.pdf?month=2026-09")
    assert "example.org" in text_of(answer.content)


def test_pdf_carries_the_bundled_font() -> None:
    pdf = render_pdf('<link rel="stylesheet" href="css/print-paper.css"><p>ң ө ү Ң Ө Ү</p>')
    fonts = PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/Font"]
    assert all("Golos" in str(font.get_object()["/BaseFont"]) for font in fonts.values())
