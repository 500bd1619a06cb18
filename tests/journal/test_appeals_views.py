"""Appeals on the pages: from the cell to the answer, who meets what, and what the pages cost (§4.2)."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ejournal.lib import clock
from ejournal.lib.papers import MAX_BYTES
from journal.enums import AppealKind, AppealState
from journal.models import Appeal, Reopening
from journal.services import record_marks
from journal.services.appeals import refuse_appeal
from tests import factories as make
from tests.journal.test_appeals_services import DAY, LATER, NEXT, NOW, Stage, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NEXT)
    return Stage()


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_from_the_cabinet_to_the_answer(stage: Stage) -> None:
    student, teacher = logged_in(stage.student.user), logged_in(stage.teacher)
    course = f"/cabinet/{stage.student.id}/courses/{stage.course.id}/"
    cell = f"/marks/{stage.lesson.id}/{stage.student.id}/appeal/"
    assert cell in text_of(student, course)
    sent = student.post(cell, {"kind": "scanned"})
    made = Appeal.objects.get()
    assert sent.headers["Location"] == f"/appeals/{made.pk}/"
    page = text_of(student, course)
    assert (cell in page, f"/appeals/{made.pk}/" in page) == (False, True)
    assert list(teacher.get("/appeals/?show=waiting").context["page_obj"].object_list) == [made]
    answer = {"act": "grant", "presence": "present", "grade": "5", "version": "1", "answer": "Туура"}
    assert teacher.post(f"/appeals/{made.pk}/", answer).status_code == 302
    assert stage.mark().grade == 5
    assert "Туура" in text_of(student, f"/appeals/{made.pk}/")
    assert list(teacher.get("/appeals/?show=waiting").context["page_obj"].object_list) == []


def test_student_sees_no_way_to_appeal_where_there_is_none(stage: Stage) -> None:
    student = logged_in(stage.student.user)
    cell = f"/marks/{stage.lesson.id}/{stage.student.id}/appeal/"
    refuse_appeal(appeal_id=stage.appeal().pk, answer="Жок", by=stage.teacher, now=NEXT)
    page = text_of(student, cell)
    assert ("<textarea" in page, "Деканатка кайрылыңыз" in page) == (False, True)
    assert student.post(cell, {"kind": "scanned"}).status_code == 422
    # Nobody has looked at the fellow's: there is nothing to be wrong.
    fellow = logged_in(stage.fellow.user)
    assert fellow.get(f"/marks/{stage.lesson.id}/{stage.fellow.id}/appeal/").status_code == 404


@pytest.mark.parametrize(
    "sent",
    [{}, {"kind": "grade"}, {"kind": "teacher", "text": "а"}, {"kind": "other", "text": "ж" * 501}, {"kind": "\x00"}],
)
def test_bad_words_are_refused_with_a_sentence(stage: Stage, sent: dict[str, str]) -> None:
    answer = logged_in(stage.student.user).post(f"/marks/{stage.lesson.id}/{stage.student.id}/appeal/", sent)
    assert (answer.status_code, Appeal.objects.count()) == (422, 0)
    assert 'role="alert"' in answer.content.decode()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"act": "grant"}, 422),
        ({"act": "grant", "presence": "present", "version": "1", "grade": "7"}, 422),
        ({"act": "grant", "presence": "late", "version": "1", "late_minutes": "900"}, 422),
        ({"act": "grant", "presence": "absent", "version": "1"}, 422),
        ({"act": "grant", "presence": "present", "version": "9"}, 409),
        ({"act": "refuse"}, 422),
        ({"act": "reopen", "why": "Себеби"}, 422),
        ({"act": "withdraw"}, 403),
    ],
)
def test_bad_answer_changes_nothing(stage: Stage, sent: dict[str, str], status: int) -> None:
    made = stage.appeal()
    assert logged_in(stage.teacher).post(f"/appeals/{made.pk}/", sent).status_code == status
    made.refresh_from_db()
    assert (made.state, stage.mark().version) == (AppealState.OPEN, 1)


def test_second_answer_sees_the_first(stage: Stage) -> None:
    made = stage.grant(stage.appeal())
    answer = logged_in(stage.teacher).post(f"/appeals/{made.pk}/", {"act": "refuse", "answer": "Жок"})
    assert answer.status_code == 409
    assert answer.context["appeal"].state == AppealState.GRANTED


def test_student_withdraws_and_answers_nothing(stage: Stage) -> None:
    made = stage.appeal()
    student = logged_in(stage.student.user)
    assert student.post(f"/appeals/{made.pk}/", {"act": "refuse", "answer": "Жок"}).status_code == 403
    assert student.post(f"/appeals/{made.pk}/", {"act": "withdraw"}).status_code == 302
    made.refresh_from_db()
    assert made.state == AppealState.WITHDRAWN


def test_locked_cell_offers_the_reopening_and_no_mark(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    made = stage.appeal(now=LATER)
    teacher = logged_in(stage.teacher)
    page = text_of(teacher, f"/appeals/{made.pk}/")
    assert ('value="reopen"' in page, 'value="grant"' in page) == (True, False)
    large = SimpleUploadedFile("scan.pdf", b"%PDF-" + b"0" * MAX_BYTES)
    answer = teacher.post(f"/appeals/{made.pk}/", {"act": "reopen", "why": "Себеби", "paper": large})
    assert (answer.status_code, Reopening.objects.count()) == (422, 0)
    assert teacher.post(f"/appeals/{made.pk}/", {"act": "reopen", "why": "Себеби"}).status_code == 302
    asked = Reopening.objects.get()
    # The head decides; the student reads its number and state.
    assert logged_in(stage.head).get(f"/reopenings/{asked.pk}/").status_code == 200
    assert f"№ {asked.pk} кайра ачуу" in text_of(logged_in(stage.student.user), f"/appeals/{made.pk}/")


def test_reopened_cell_is_corrected_on_the_page_of_its_appeal(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    _made, reopening = opened(stage)
    # Changed under the reopening: its number stands in the history of the cell.
    assert stage.put("4", version=1, at=LATER)["status"] == 200
    history = text_of(logged_in(stage.teacher), f"/marks/{stage.lesson.id}/{stage.student.id}/history/")
    assert history.count(f"№ {reopening.pk} кайра ачуу") == 1


def test_history_of_the_cell_shows_its_appeals(stage: Stage) -> None:
    made = stage.grant(stage.appeal(), answer="Сканы бар экен")
    url = f"/marks/{stage.lesson.id}/{stage.student.id}/history/"
    for user in (stage.student.user, stage.teacher, make.make_guardian(stage.student)):
        page = text_of(logged_in(user), url)
        assert f"№ {made.pk} апелляция" in page
        # In the reason of the change, and among the appeals.
        assert page.count("Сканы бар экен") == 2


def test_grid_marks_the_cell_and_leads_to_the_list(stage: Stage) -> None:
    teacher = logged_in(stage.teacher)
    assert "data-appeal" not in text_of(teacher, f"/journals/{stage.workload.id}/")
    made = stage.appeal()
    page = text_of(teacher, f"/journals/{stage.workload.id}/")
    start = page.index(f'data-lesson="{stage.lesson.id}" data-student="{stage.student.id}"')
    cell = page[start:].partition("</td>")[0]
    assert cell.endswith(">кж")
    assert ("is-appealed" in cell, 'aria-description="апелляция жооп күтүп жатат"' in cell) == (True, True)
    assert page.count("data-appeal") == 1
    listed = teacher.get(f"/appeals/?show=open&journal={stage.workload.id}")
    assert f"/appeals/?show=open&amp;journal={stage.workload.id}" in page
    assert list(listed.context["page_obj"].object_list) == [made]
    stage.grant(made)
    assert "data-appeal" not in text_of(teacher, f"/journals/{stage.workload.id}/")


def test_overdue_is_said_in_red(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    made = stage.appeal()
    over = clock.moment_of(made.due_on + DAY, time(9, 0))
    head = logged_in(stage.head)
    assert list(head.get("/appeals/?show=overdue").context["page_obj"].object_list) == []
    monkeypatch.setattr(clock, "now", lambda: over)
    assert "badge-danger" in text_of(head, "/appeals/?show=overdue")
    assert "stat-danger" in text_of(head, "/control/unfilled/")
    assert "/appeals/?show=overdue" in text_of(head, "/")
    assert "/appeals/?show=waiting" in text_of(logged_in(stage.teacher), "/")


def test_first_page_says_nothing_where_nothing_waits(stage: Stage) -> None:
    for user in (stage.teacher, stage.head, stage.office):
        assert "appeals" not in [section.key for section, _ in logged_in(user).get("/").context["sections"]]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_one_and_three(stage: Stage, count: int) -> None:
    for number in range(count):
        student = make.make_student(group=stage.course.group, first_name=f"Студент{number}")
        make.enrol(student, stage.course)
        assert stage.put("2", student=student)["status"] == 200
        stage.appeal(student=student, by=student.user, kind=AppealKind.OTHER, text="Баа ката")
    head = logged_in(stage.head)
    head.get("/appeals/")
    with CaptureQueriesContext(connection) as queries:
        page = head.get("/appeals/")
    assert len(page.context["rows"]) == count
    assert len(queries) == 6, [query["sql"][:90] for query in queries]


def test_page_of_an_appeal_costs(stage: Stage) -> None:
    made = stage.appeal()
    teacher = logged_in(stage.teacher)
    teacher.get(f"/appeals/{made.pk}/")
    with CaptureQueriesContext(connection) as queries:
        assert teacher.get(f"/appeals/{made.pk}/").status_code == 200
    assert len(queries) == 11, [query["sql"][:90] for query in queries]


@pytest.mark.parametrize("count", [1, 3])
def test_course_of_the_cabinet_costs_the_same_for_one_and_three(stage: Stage, count: int) -> None:
    for pair in range(2, 2 + count):
        lesson = make.make_lesson(stage.workload, pair=pair)
        cell = {"lesson": lesson.id, "student": stage.student.id, "version": 0, "value": "кж"}
        record_marks(journal_id=stage.workload.id, raw_marks=[cell], by=stage.teacher, now=NOW + timedelta(hours=9))
        stage.appeal(lesson_id=lesson.id)
    student = logged_in(stage.student.user)
    url = f"/cabinet/{stage.student.id}/courses/{stage.course.id}/"
    student.get(url)
    with CaptureQueriesContext(connection) as queries:
        page = student.get(url)
    assert sum(appeal is not None for _, appeal, _, _ in page.context["lessons"]) == count
    assert len(queries) == 12, [query["sql"][:90] for query in queries]
