"""§2.2, §2.3, §2.6, §2.7, §3.5e–f, §5.2 of final results."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.models import ChangeEvent, FinalResult
from journal.selectors.differences import differences
from journal.services.results import close_sheet
from tests.journal.test_attestations import Final
from tests.journal.test_corrections import Correcting
from tests.journal.test_results_services import NOW, Session, code_of, setting
from tests.journal.test_summary_attested import Graduating
from university.enums import ControlForm

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_2_2_final_assessment_is_entered_and_summed_with_the_semester() -> None:
    session = Session()
    sheet = session.open()
    session.type(sheet, "31", "10", "40")
    assert [(one.semester_points, one.exam_points, one.total) for one in session.close(sheet)] == [
        (30, 31, 61),
        (30, 10, 40),
        (30, 40, 70),
    ]


def test_2_3_student_and_parent_reach_the_results_of_all_disciplines(client: Client) -> None:
    session = Session()
    session.failed()
    client.force_login(session.students[1].user)
    page = client.get("/results/", follow=True).content.decode()
    assert "Механика" in page
    assert "FX" in page


def test_2_6_closed_result_is_changed_by_nobody() -> None:
    session = Session()
    sheet = session.failed()
    with pytest.raises(Refusal) as refusal:
        session.type(sheet, "40", by=session.office)
    assert (refusal.value.code, refusal.value.status) == ("sheet_closed", 423)


def test_2_6_every_change_of_points_leaves_what_was_before() -> None:
    session = Session()
    sheet = session.open()
    session.type(sheet, "12")
    session.type(sheet, "13", shown="12")
    before = (
        ChangeEvent.objects.filter(entity="journal_finalresult").order_by("version").values_list("before", flat=True)
    )
    assert [one["exam_points"] for one in before] == [None, 12.0]


def test_2_6_points_typed_twice_agree_before_they_count() -> None:
    setting("exam_double_entry", True)
    session = Session()
    sheet = session.open()
    session.type(sheet, "30", "30", "30")
    session.type(sheet, "30", "30", "31", by=session.office, second=True)
    assert code_of(session.close, sheet) == "entries_differ"


def test_2_7_state_exam_and_graduation_paper_are_recorded_before_a_commission() -> None:
    final = Final()
    final.exam()
    final.grade("88", "70", close=True)
    assert [(row.points, row.commission.name) for row in final.group.stateexam_set.order_by("points")] == [
        (70, "МАК"),
        (88, "МАК"),
    ]


def test_3_5e_exam_gives_no_more_than_its_part() -> None:
    session = Session()
    sheet = session.open()
    assert [one.code for one in session.type(sheet, "40.01").problems] == ["points_not_allowed"]


def test_3_5f_credit_test_is_the_semester_alone() -> None:
    session = Session(ControlForm.CREDIT)
    sheet = session.open()
    assert code_of(session.type, sheet, "10") == "no_exam_part"
    assert {one.total for one in session.close(sheet)} == {40}


def test_5_2_final_check_waits_for_the_intermediate_ones() -> None:
    session = Session(closed=False)
    sheet = session.open()
    session.type(sheet, "1", "1", "1")
    with pytest.raises(Refusal) as refusal:
        close_sheet(sheet_id=sheet.pk, by=session.teacher.user, now=NOW + timedelta(days=1))
    assert refusal.value.code == "modules_open"
    assert FinalResult.objects.filter(passes=None).count() == 3


def test_2_6_closed_sheet_is_corrected_beside_what_it_was_by_two_people(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    stage = Correcting()
    asked = stage.ask("40", "31")
    assert code_of(stage.approve, asked, stage.teacher.user) == "not_yours_to_decide"
    stage.approve(asked, stage.head)
    assert code_of(stage.approve, asked, stage.head) == "not_yours_to_decide"
    stage.approve(asked, stage.office)
    student = stage.students[1]
    editions = FinalResult.objects.filter(student=student).order_by("edition").values_list("edition", "total")
    assert list(editions) == [(1, 40), (2, 61)]


def test_2_6_sheet_never_differs_silently_from_its_modules(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    stage = Correcting()
    assert differences() == []
    stage.reopen()
    assert [(one.sheet_id, one.student_id) for one in differences()] == [(stage.sheet.pk, stage.students[0].pk)]


def test_2_7_state_exam_and_graduation_paper_enter_the_summary_of_the_group() -> None:
    stage = Graduating()
    stage.exam("90", "80", "70")
    stage.thesis(0, "95")
    assert [line.mean for line in stage.summary().lines] == [85, 60, 70]
