"""Pages of excuses: plain forms, the paper for its own office alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.permissions import rights_of
from attendance.selectors.today import lines_of_day
from ejournal.lib import clock
from journal.models import Excuse, ExcuseCover
from journal.services.excuses import withdraw_excuse
from teaching.models import Lesson
from tests import factories as make
from tests.journal.test_excuses import NOW, Room
from tests.lib.test_papers import A_PDF
from university.models import Institution

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("ejournal.home.context.now", lambda: NOW)
    Institution.objects.create(id=1, name_ky="Сыноо университети")
    return Room()


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def office(room: Room) -> Client:
    return logged_in(room.office)


def typed(room: Room, **fields: Any) -> dict[str, Any]:
    said = {
        "unit": room.unit.id,
        "kind": "illness",
        "starts_on": make.MONDAY.isoformat(),
        "ends_on": (make.MONDAY + timedelta(days=2)).isoformat(),
        "approved_by": "Декан",
        "student": [room.student.id],
    }
    return said | fields


def test_ticked_and_pasted_students_are_named_with_the_paper(office: Client, room: Room) -> None:
    room.mark("кж")
    pasted = f"{room.students[1].record_book}\n{room.students[2].record_book}"

    answer = office.post(
        "/excuses/new/", typed(room, books=pasted, paper=SimpleUploadedFile("scan.pdf", A_PDF, "text/html"))
    )

    made = Excuse.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/excuses/{made.id}/")
    assert set(made.students.values_list("student_id", flat=True)) == {s.id for s in room.students[:3]}
    assert (made.paper_type, made.entered_by) == ("application/pdf", room.office)
    assert ExcuseCover.objects.get().student == room.student


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"student": []}, "Choose at least one student."),
        ({"ends_on": "2020-01-01"}, "The last day of an excuse lies before its first."),
        ({"books": "nobody-1"}, "Nobody has this record book: nobody-1."),
        ({"paper": SimpleUploadedFile("scan.pdf", b"MZ nothing")}, "The scan must be a PDF, JPEG or PNG"),
        ({"paper": SimpleUploadedFile("scan.pdf", b"")}, "The file is empty."),
        ({"paper": SimpleUploadedFile("scan.pdf", b"%PDF-" + b"0" * 5 * 2**20)}, "The scan is larger than 5 MB."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_entered(
    office: Client, room: Room, wrong: dict[str, Any], sentence: str
) -> None:
    answer = office.post("/excuses/new/", typed(room, **wrong))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Excuse.objects.exists()


def test_another_units_office_neither_enters_nor_reads(room: Room) -> None:
    elsewhere = make.make_unit("Башка институт")
    far = make.make_user()
    make.appoint(far, Role.DEANS_OFFICE, unit=elsewhere)
    entered = room.enter(paper=A_PDF)
    client = logged_in(far)

    assert client.post("/excuses/new/", typed(room)).status_code == 422
    assert client.post("/excuses/new/", typed(room, unit=elsewhere.id)).status_code == 422
    assert client.get(f"/excuses/{entered.id}/").status_code == 404
    assert client.get(f"/excuses/{entered.id}/paper").status_code == 404
    assert client.get("/excuses/").context["rows"] == []
    assert Excuse.objects.count() == 1


def test_paper_is_saved_and_never_shown(office: Client, room: Room) -> None:
    entered = room.enter(paper=A_PDF)
    answer = office.get(f"/excuses/{entered.id}/paper")
    assert b"".join(answer.streaming_content) == A_PDF  # type: ignore[attr-defined]  # of a FileResponse
    assert answer["Content-Disposition"] == f'attachment; filename="excuse-{entered.id}.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/pdf"
    assert office.get(f"/excuses/{room.enter().id}/paper").status_code == 404


def test_list_flags_overlap_late_entry_and_missing_paper(office: Client, room: Room) -> None:
    first = room.enter(paper=A_PDF)
    second = room.enter(starts_on=make.MONDAY + timedelta(days=2), ends_on=make.MONDAY + timedelta(days=3))
    late = room.enter(students=[room.students[1].id], now=NOW + timedelta(days=13), paper=A_PDF)
    in_time = room.enter(students=[room.students[2].id], now=NOW + timedelta(days=12), paper=A_PDF)

    rows = {row.excuse.id: row for row in office.get("/excuses/").context["rows"]}

    flags = {pk: (row.overlaps, row.is_late, row.lacks_paper) for pk, row in rows.items()}
    assert flags == {
        first.id: (True, False, False),
        second.id: (True, False, True),
        late.id: (False, True, False),
        in_time.id: (False, False, False),
    }
    withdraw_excuse(excuse_id=second.id, reason="Ката", by=room.office, now=NOW)
    assert not any(row.overlaps for row in office.get("/excuses/").context["rows"])


def test_search_finds_by_name_and_record_book(office: Client, room: Room) -> None:
    other = make.make_student(group=room.group, first_name="Өмүрбек")
    room.enter()
    wanted = room.enter(students=[other.id])
    for text in ("өмүр", other.record_book):
        assert [row.excuse.id for row in office.get("/excuses/", {"q": text}).context["rows"]] == [wanted.id]


def test_detail_names_covered_and_waiting_absences(office: Client, room: Room) -> None:
    room.mark("кж")
    entered = room.enter()
    page = office.get(f"/excuses/{entered.id}/").context
    assert [mark.lesson_id for mark in page["page_obj"]] == [room.lesson.id]
    assert page["waiting_count"] == 0

    withdraw_excuse(excuse_id=entered.id, reason="Ката", by=room.office, now=NOW)
    room.close()
    again = room.enter()
    page = office.get(f"/excuses/{again.id}/").context
    assert list(page["page_obj"]) == []
    assert [mark.lesson_id for mark in page["waiting"]] == [room.lesson.id]


def test_withdrawal_needs_a_reason_and_happens_once(office: Client, room: Room) -> None:
    room.mark("кж")
    entered = room.enter()
    assert office.post(f"/excuses/{entered.id}/", {"reason": " "}).status_code == 422
    assert ExcuseCover.objects.count() == 1
    assert office.post(f"/excuses/{entered.id}/", {"reason": "Жасалма кагаз"}).status_code == 302
    assert not ExcuseCover.objects.exists()
    assert "Жасалма кагаз" in office.get(f"/excuses/{entered.id}/").content.decode()
    assert office.post(f"/excuses/{entered.id}/", {"reason": "Дагы"}).status_code == 422


LIST_QUERIES = 7
DETAIL_QUERIES = 8


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_the_same_for_one_and_three(office: Client, room: Room, count: int) -> None:
    room.mark("кж")
    entered, *_ = [room.enter(students=[s.id for s in room.students[:count]]) for _ in range(count)]
    for address, literal in (("/excuses/", LIST_QUERIES), (f"/excuses/{entered.id}/", DETAIL_QUERIES)):
        office.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert office.get(address).status_code == 200
        assert len(asked) == literal, address


def test_lesson_page_gives_the_days_of_the_excuse_and_nothing_else(room: Room) -> None:
    room.mark("кж")
    room.enter(document_number="СПР-17", issuer="Облустук оорукана")
    page = logged_in(room.teacher).get(f"/lessons/{room.lesson.id}/")
    row = next(row for row in page.context["page"].sections[0].rows if row.student_id == room.student.id)
    assert (row.excused_from, row.excused_until) == (make.MONDAY, make.MONDAY + timedelta(days=2))
    said = page.content.decode()
    assert said.count("badge-info") == 1
    assert "СПР-17" not in said
    assert "Облустук оорукана" not in said


def test_cabinet_counts_excused_apart_from_the_absences(room: Room) -> None:
    room.mark("кж")
    client = logged_in(room.student.user)
    address = f"/cabinet/{room.student.id}/courses/{room.workload.course.id}/"
    counts = client.get(address).context["counts"]
    assert (counts.absent, counts.excused) == (1, 0)
    room.enter()
    page = client.get(address)
    counts = page.context["counts"]
    assert (counts.absent, counts.excused) == (1, 1)
    assert 'class="mark is-excused"' in page.content.decode()


def test_attendance_today_says_how_many_absences_are_excused(room: Room) -> None:
    room.mark("кж")
    room.enter()
    lines = lines_of_day(rights_of(room.office, on=make.MONDAY), make.MONDAY, now=NOW)
    assert [(line.absent, line.excused) for line in lines] == [(1, 1)]


def test_lesson_page_says_how_late_it_was_filled(room: Room) -> None:
    client = logged_in(room.teacher)
    address = f"/lessons/{room.lesson.id}/"
    assert client.get(address).context["page"].days_late is None
    for days, said in ((0, "filled on its day"), (2, "filled 2 days late")):
        Lesson.objects.filter(pk=room.lesson.pk).update(roll_taken_at=NOW + timedelta(days=days))
        assert said in client.get(address).content.decode()
