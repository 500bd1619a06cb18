"""Students come and go, clause by clause."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.models import Mark
from messaging.models import Notification
from teaching.enums import OrderKind, ReportKind
from teaching.models import RosterCheck, RosterReport, StudentOrder, Workload
from teaching.selectors.rosters import lists_to_confirm, standing_list
from teaching.services.rosters import confirm_list, report_list, settle_report
from tests import factories as make
from tests.journal.test_students_services import DAY, NOW, TODAY, Scene, broken, mark

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Scene()


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def keeper(workload: Workload) -> User:
    return workload.teachers.get().teacher.user


PAPER = {"number": "12-К", "date": TODAY.isoformat(), "effective_on": DAY.isoformat(), "text": "арыз"}


def test_3_3_group_is_divided_on_its_page_from_a_day(scene: Scene) -> None:
    client = logged_in(scene.office)
    address = f"/groups/{scene.one.id}/subgroups/"
    assert client.get(address + "?halve=1").status_code == 200
    assert not StudentOrder.objects.exists()
    aisha, bek, gul = scene.students
    answer = client.post(address, {**PAPER, f"s{aisha.id}": "2", f"s{bek.id}": "2", f"s{gul.id}": "1"})
    assert answer.status_code == 302
    assert scene.on_list(scene.parts[scene.one.id, 2], TODAY) == ["Бек"]
    assert scene.on_list(scene.parts[scene.one.id, 2], DAY) == ["Айша", "Бек"]


def test_3_5b_one_discipline_is_divided_apart(scene: Scene) -> None:
    course = scene.courses[scene.one.id]
    aisha, bek, gul = scene.students
    answer = logged_in(scene.office).post(
        f"/groups/{scene.one.id}/subgroups/",
        {**PAPER, "course": str(course.id), f"s{aisha.id}": "2", f"s{bek.id}": "2", f"s{gul.id}": "1"},
    )
    assert answer.status_code == 302
    assert scene.on_list(scene.parts[scene.one.id, 2], DAY) == ["Айша", "Бек"]
    assert StudentOrder.objects.get().course == course


def test_7_5_order_is_shown_first_and_carried_out_by_the_second_post(scene: Scene) -> None:
    client = logged_in(scene.office)
    form = {
        **PAPER,
        "kind": "transfer",
        "student": [str(student.id) for student in scene.students[:2]],
        "to_group": str(scene.two.id),
        "subgroup": "",
        "books": scene.students[2].record_book,
    }
    shown = client.post("/orders/new/", {**form, "step": "check"})
    assert shown.status_code == 200
    assert "ФИЗ-12" in shown.content.decode()
    assert not StudentOrder.objects.exists()
    assert client.post("/orders/new/", {**form, "step": "carry_out"}).status_code == 302
    assert scene.on_list(scene.whole[scene.two.id], DAY) == ["Айша", "Бек", "Гүл"]
    again = client.post("/orders/new/", {**form, "step": "carry_out"})
    assert again.status_code == 422
    assert StudentOrder.objects.count() == 1


def test_7_5_each_page_knows_the_list_of_each_day(scene: Scene) -> None:
    """Expelled on Tuesday, reinstated a week later: the marks API, the grid and the cabinet agree."""
    bek = scene.students[1]
    whole = scene.whole[scene.one.id]
    mark(whole, bek, TODAY)
    scene.carry_out(scene.draft(OrderKind.EXPEL, bek))
    back_on = DAY + timedelta(days=7)
    scene.carry_out(scene.draft(OrderKind.REINSTATE, bek, to_group=scene.one, effective_on=back_on))
    between, after = make.make_lesson(whole, day=DAY), make.make_lesson(whole, day=back_on)
    assert _save(whole, between, bek) == "not_enrolled"
    assert _save(whole, after, bek) == "saved"
    assert Mark.objects.filter(student=bek).count() == 2
    assert logged_in(keeper(whole)).get(f"/journals/{whole.id}/").status_code == 200
    assert logged_in(bek.user).get("/cabinet/").status_code == 200
    assert broken() == []


def _save(workload: Workload, lesson: Any, student: Any) -> str:
    from datetime import time

    from journal.services import record_marks

    saved = record_marks(
        journal_id=workload.id,
        raw_marks=[{"lesson": lesson.id, "student": student.id, "version": 0, "value": "4"}],
        by=keeper(workload),
        now=clock.moment_of(lesson.date, time(15, 0)),
    )
    return str(saved.answer["marks"][0].get("code", "saved"))


def test_7_5_teacher_confirms_the_list_and_is_asked_again_when_it_changes(scene: Scene) -> None:
    whole = scene.whole[scene.one.id]
    teacher = keeper(whole)
    assert lists_to_confirm(teacher.id, on=TODAY) == 1
    ids = [str(student.id) for student in scene.students]
    client = logged_in(teacher)
    page = {"deed": "confirm", "shown": ",".join(ids)}
    assert client.post(f"/journals/{whole.id}/roster/", page).status_code == 302
    assert client.post(f"/journals/{whole.id}/roster/", page).status_code == 302
    assert RosterCheck.objects.count() == 1
    assert lists_to_confirm(teacher.id, on=TODAY) == 0
    scene.carry_out(scene.draft(OrderKind.EXPEL, scene.students[0]))
    assert [lists_to_confirm(teacher.id, on=day) for day in (TODAY, DAY)] == [0, 1]
    assert client.post(f"/journals/{whole.id}/roster/", {**page, "shown": ids[0]}).status_code == 409


def test_7_5_report_goes_to_the_own_dean_and_the_answer_back(scene: Scene) -> None:
    whole = scene.whole[scene.one.id]
    teacher = keeper(whole)
    answer = logged_in(teacher).post(
        f"/journals/{whole.id}/roster/",
        {"deed": "report", "kind": "missing", "student": "", "typed_name": "Мамытов Эрбол", "text": ""},
    )
    assert answer.status_code == 302
    report = RosterReport.objects.get()
    assert Notification.objects.get(user=scene.office).url == f"/rosters/{report.id}/"
    assert not Notification.objects.filter(user=scene.far_office).exists()
    client = logged_in(scene.office)
    assert "Мамытов Эрбол" in client.get("/rosters/").content.decode()
    assert client.post(f"/rosters/{report.id}/", {"answer": ""}).status_code == 422
    assert client.post(f"/rosters/{report.id}/", {"answer": "Буйрук чыкты."}).status_code == 302
    assert client.post(f"/rosters/{report.id}/", {"answer": "Дагы."}).status_code == 409
    assert "Буйрук чыкты." in Notification.objects.get(user=teacher).text


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        (ReportKind.MISSING, {"typed_name": "  "}, "name_missing"),
        (ReportKind.EXTRA, {"student_id": None}, "not_on_list"),
        (ReportKind.EXTRA, {"student_id": 999_999}, "not_on_list"),
        (ReportKind.WRONG_DATA, {"text": ""}, "remark_missing"),
    ],
)
def test_7_5_report_that_says_nothing_is_refused(
    scene: Scene, kind: ReportKind, more: dict[str, Any], code: str
) -> None:
    whole = scene.whole[scene.one.id]
    said = {"student_id": scene.students[0].id, "typed_name": "", "text": "", **more}
    with pytest.raises(Refusal) as caught:
        report_list(workload=whole, kind=kind, by=keeper(whole), now=NOW, **said)
    assert caught.value.code == code
    assert not RosterReport.objects.exists()


def test_7_5_what_waits_is_not_reported_twice_and_settled_once(scene: Scene) -> None:
    whole = scene.whole[scene.one.id]

    def report() -> RosterReport:
        return report_list(
            workload=whole,
            kind=ReportKind.EXTRA,
            student_id=scene.students[0].id,
            typed_name="",
            text="",
            by=keeper(whole),
            now=NOW,
        )

    first = report()
    with pytest.raises(Refusal) as caught:
        report()
    assert caught.value.code == "already_reported"
    settle_report(report=first, answer="Каралды", by=scene.office, now=NOW)
    with pytest.raises(Refusal) as caught:
        settle_report(report=first, answer="Каралды", by=scene.office, now=NOW)
    assert caught.value.code == "already_settled"


def test_7_5_empty_list_is_not_confirmed(scene: Scene) -> None:
    whole = scene.whole[scene.two.id]
    assert standing_list(whole, on=TODAY) == []
    with pytest.raises(Refusal) as caught:
        confirm_list(workload=whole, shown=[], by=keeper(whole), now=NOW)
    assert caught.value.code == "list_empty"


def test_1_8_file_of_a_student_keeps_where_he_was(scene: Scene) -> None:
    aisha = scene.students[0]
    scene.carry_out(scene.draft(OrderKind.TRANSFER, aisha, to_group=scene.two))
    page = logged_in(scene.office).get(f"/students/{aisha.id}/").content.decode()
    assert ("ФИЗ-11" in page, "ФИЗ-12" in page, "12-К" in page) == (True, True, True)


def test_7_5_phones_are_for_the_own_unit_only(scene: Scene) -> None:
    from accounts.enums import Role

    aisha = scene.students[0]
    type(aisha).objects.filter(pk=aisha.pk).update(phone="0555 123456", birth_date=date(2008, 3, 9))
    study = scene.appointed(Role.STUDY_OFFICE)
    pages = [logged_in(user).get(f"/students/{aisha.id}/") for user in (scene.office, study, scene.far_office)]
    assert [page.status_code for page in pages] == [200, 200, 404]
    assert ["0555 123456" in page.content.decode() for page in pages] == [True, False, False]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("address", "queries"), [("/students/", 8), ("/orders/", 7), ("/rosters/", 7)])
def test_7_5_lists_cost_the_same_with_one_row_and_three(
    scene: Scene, count: int, address: str, queries: int, django_assert_num_queries: Any
) -> None:
    for number, student in enumerate(scene.students[:count]):
        if address == "/orders/":
            scene.carry_out(scene.draft(OrderKind.EXPEL, student, number=f"{number}-К"))
        if address == "/rosters/":
            whole = scene.whole[scene.one.id]
            report_list(
                workload=whole,
                kind=ReportKind.EXTRA,
                student_id=student.id,
                typed_name="",
                text="",
                by=keeper(whole),
                now=NOW,
            )
    if address == "/students/" and count == 1:
        for student in scene.students[1:]:
            student.group_enrolments.all().delete()
    client = logged_in(scene.office)
    client.get(address)
    with django_assert_num_queries(queries):
        assert client.get(address).status_code == 200
