"""The regulation on the teacher's pages: §2.4, §3.5a, §3.5b, §3.5c, §3.5g."""

import io
import re
from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from pypdf import PdfReader

from ejournal.lib import clock
from journal.models import Mark
from teaching.models import Lesson
from tests import factories as make

pytestmark = pytest.mark.django_db

NOON = clock.moment_of(make.MONDAY, time(12, 0))


@pytest.fixture
def teacher(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return client


def test_2_4_results_are_a_document_on_paper(teacher: Client) -> None:
    """§2.4: a document with head, marks, topics, hours and places for signatures."""
    workload = make.make_workload()
    make.enrol(make.make_student(last_name="Асанова"), workload.course)
    make.make_lesson(workload)
    teacher.force_login(workload.teachers.get().teacher.user)
    teacher.cookies["django_language"] = "en"
    answer = teacher.get(f"/journals/{workload.id}/month.pdf?month=2026-09")
    page = PdfReader(io.BytesIO(answer.content)).pages[0]
    text = " ".join(page.extract_text().split())
    assert float(page.mediabox.width) > float(page.mediabox.height)
    for words in ("Class journal", "Асанова Айпери", "Topics of the lessons", "Hours held", "Head of the department"):
        assert words in text


def test_3_5a_topic_kinds_attendance_and_grade_are_filled_on_one_page(teacher: Client) -> None:
    """§3.5a: the topic, the kinds of work, attendance and daily grades, on the day."""
    workload = make.make_workload()
    here, away = make.make_student(last_name="Асанова"), make.make_student(last_name="Бекова")
    for student in (here, away):
        make.enrol(student, workload.course)
    lesson = make.make_lesson(workload)
    teacher.force_login(workload.teachers.get().teacher.user)
    sent = {"nonce": str(uuid4()), "version": "1", "topic": "Туунду", "work_kinds": ["Тест", "Доклад"], "note": ""}
    sent |= {f"v{here.id}": "0...", f"p{here.id}": "present", f"m{here.id}": "", f"g{here.id}": "5"}
    sent |= {f"v{away.id}": "0...", f"p{away.id}": "absent", f"m{away.id}": "", f"g{away.id}": ""}
    assert teacher.post(f"/lessons/{lesson.id}/", sent).status_code == 302
    lesson.refresh_from_db()
    assert (lesson.topic, lesson.work_kinds) == ("Туунду", ["Тест", "Доклад"])
    assert list(Mark.objects.order_by("student_id").values_list("presence", "grade")) == [
        ("present", 5),
        ("absent", None),
    ]


def test_3_5b_the_journal_of_a_subgroup_holds_its_subgroup_alone(teacher: Client) -> None:
    """§3.5b: one journal a subgroup, on the grid, on the lesson's page, and on paper."""
    course = make.make_course()
    keeper = make.make_teacher()
    names = {1: "Биринчиева", 2: "Экинчиева"}
    for number, name in names.items():
        make.enrol(make.make_student(last_name=name), course, subgroup=number)
    teacher.force_login(keeper.user)
    for number, name in names.items():
        journal = make.make_workload(course=course, teacher=keeper, subgroup=course.group.subgroups.get(number=number))
        lesson = make.make_lesson(journal, pair=number)
        pages = [
            teacher.get(f"/journals/{journal.id}/").content.decode(),
            teacher.get(f"/lessons/{lesson.id}/").content.decode(),
            PdfReader(
                io.BytesIO(teacher.get(f"/journals/{journal.id}/month.pdf?month=2026-09").content)
            ).pages[0].extract_text(),
        ]  # fmt: skip
        other = names[3 - number]
        assert [(name in page, other in page) for page in pages] == [(True, False)] * 3


def test_3_5c_the_page_offers_the_marks_of_the_regulation_first(teacher: Client) -> None:
    """§3.5c: «кж», 5, 4, 3, 2; the scale's 0 and 1 are a step aside."""
    workload = make.make_workload()
    student = make.make_student()
    make.enrol(student, workload.course)
    lesson = make.make_lesson(workload)
    teacher.force_login(workload.teachers.get().teacher.user)
    page = teacher.get(f"/lessons/{lesson.id}/").content.decode()
    assert "<span>кж</span>" in page
    assert re.findall(rf'name="g{student.id}"\s+value="(\d?)"', page) == ["5", "4", "3", "2", "1", "0", ""]
    aside = page.partition('class="roll-low"')[2].partition("</details>")[0]
    assert re.findall(r'value="(\d)"', aside) == ["1", "0"]


def test_3_5g_a_journal_without_timetable_offers_no_cell(teacher: Client) -> None:
    """§3.5g: only by the timetable: without its lines there is nothing to fill."""
    workload = make.make_workload()
    make.enrol(make.make_student(), workload.course)
    teacher.force_login(workload.teachers.get().teacher.user)
    page = teacher.get(f"/journals/{workload.id}/").content.decode()
    assert not Lesson.objects.exists()
    assert "<td data-lesson" not in page


def test_4_3b_the_page_of_a_lesson_past_its_window_says_until_when(
    teacher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§4.3: late entry is not taken, and the page says since when and whom to ask."""
    workload = make.make_workload()
    student = make.make_student()
    make.enrol(student, workload.course)
    lesson = make.make_lesson(workload)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=8))
    teacher.force_login(workload.teachers.get().teacher.user)
    teacher.cookies["django_language"] = "en"
    page = teacher.get(f"/lessons/{lesson.id}/").content.decode()
    assert "could be filled until 28.09.2026" in page
    assert f'type="radio" name="p{student.id}"' not in page
