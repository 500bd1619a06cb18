"""Pages of plans from the outside: the list, the table without scripts, import, approval, files."""

import re
from datetime import time, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import User
from ejournal.lib import clock
from teaching.enums import ApprovalState, LessonState
from teaching.models import Lesson, LessonItem, Plan, PlanItem, WorkingProgramme
from teaching.rules import PlanLine
from teaching.services.approvals import decide_plan
from teaching.services.plan_items import set_lesson_items
from teaching.services.plans import begin_plan, save_plan, submit_plan
from tests import factories as make
from university.models import Institution, Policy

pytestmark = pytest.mark.django_db

NOW = clock.moment_of(make.MONDAY, time(10, 0))


class Stage:
    def __init__(self) -> None:
        Institution.objects.create(id=1, name_ky="Сыноо университети")
        self.journal = make.make_workload()
        self.teacher = self.journal.teachers.get().teacher
        self.user = self.teacher.user
        self.head = make.make_user("head", last_name="Башчы")
        make.appoint(self.head, Role.HEAD, department=self.journal.department)
        self.plan = begin_plan(workload=self.journal, by=self.user, now=NOW)

    def fill(self, *topics: str, hours: int = 2) -> Plan:
        self.plan.refresh_from_db()
        lines = [PlanLine(None, None, topic, hours, (), "", "") for topic in topics]
        self.plan = save_plan(plan_id=self.plan.pk, lines=lines, version=self.plan.version, by=self.user, now=NOW)
        return self.plan

    def approve(self) -> Plan:
        self.fill(*[f"{number}-тема" for number in range(1, 18)])
        submit_plan(plan_id=self.plan.pk, version=self.plan.version, by=self.user, now=NOW)
        decide_plan(plan_id=self.plan.pk, decision=ApprovalState.APPROVED, remarks="", by=self.head, now=NOW)
        self.plan.refresh_from_db()
        return self.plan

    def form(self, *rows: tuple[str, str], **more: Any) -> dict[str, Any]:
        """The table as a page without scripts sends it: topic and hours of each row, other cells empty."""
        self.plan.refresh_from_db()
        columns = {name: [""] * len(rows) for name in ("week", "module", "kinds", "self_study", "literature", "id")}
        return {
            "version": str(self.plan.version),
            "topic": [topic for topic, _hours in rows],
            "hours": [hours for _topic, hours in rows],
            **columns,
            **more,
        }

    @property
    def topics(self) -> list[str]:
        return list(self.plan.items.values_list("topic", flat=True))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("ejournal.home.context.now", lambda: NOW)
    return Stage()


def logged_in(user: User, language: str = "en") -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = language
    return client


@pytest.fixture
def teacher(stage: Stage) -> Client:
    return logged_in(stage.user)


def edit(stage: Stage) -> str:
    return f"/plans/{stage.plan.pk}/edit/"


def shown_topics(page: str) -> list[str]:
    return re.findall(r'name="topic"\s+value="([^"]*)"', page.partition("<template")[0])


# ---------------------------------------------------------------------------------------------------- the table
def test_saving_replaces_the_items(teacher: Client, stage: Stage) -> None:
    answer = teacher.post(edit(stage), stage.form(("Киришүү", "2"), ("", ""), ("Күч", "4"), do="save"))
    assert (answer.status_code, stage.topics) == (302, ["Киришүү", "Күч"])


@pytest.mark.parametrize(
    ("deed", "expected"),
    [
        ("up:1", ["Б", "А"]),
        ("down:0", ["Б", "А"]),
        ("delete:0", ["Б"]),
        ("add", ["А", "Б", ""]),
        ("split:1", ["А", "Б", "Б"]),
        ("up:x", ["Б", "А"]),
    ],
)
def test_deed_without_scripts_arranges_and_saves_nothing(
    teacher: Client, stage: Stage, deed: str, expected: list[str]
) -> None:
    stage.fill("Эски")
    answer = teacher.post(edit(stage), stage.form(("А", "2"), ("Б", "4"), do=deed))
    assert (answer.status_code, shown_topics(answer.content.decode()), stage.topics) == (200, expected, ["Эски"])


def test_bad_cell_comes_back_with_all_that_was_typed(teacher: Client, stage: Stage) -> None:
    answer = teacher.post(edit(stage), stage.form(("Киришүү", "2"), ("Күч", "көп"), do="save"))
    page = answer.content.decode()
    assert (answer.status_code, shown_topics(page), stage.topics) == (422, ["Киришүү", "Күч"], [])
    assert page.count("Hours are a whole number from 1 to 20.") == 1
    assert 'value="көп"' in page


def test_stale_save_loses_nothing_and_the_next_one_replaces_knowingly(teacher: Client, stage: Stage) -> None:
    form = stage.form(("Меники", "2"), do="save")
    stage.fill("Башканыкы")
    answer = teacher.post(edit(stage), form)
    page = answer.content.decode()
    assert (answer.status_code, shown_topics(page), stage.topics) == (409, ["Меники"], ["Башканыкы"])
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    assert teacher.post(edit(stage), {**form, "version": version}).status_code == 302
    assert stage.topics == ["Меники"]


def test_send_saves_first_and_says_why_it_was_not_sent(teacher: Client, stage: Stage) -> None:
    answer = teacher.post(edit(stage), stage.form(("Киришүү", "2"), do="submit"), follow=True)
    stage.plan.refresh_from_db()
    assert (stage.topics, stage.plan.state) == (["Киришүү"], "draft")
    assert "The workload has 34 hours, the plan 2: they must be equal." in answer.content.decode()
    rows = [(f"{number}-тема", "2") for number in range(17)]
    answer = teacher.post(edit(stage), stage.form(*rows, do="submit"))
    stage.plan.refresh_from_db()
    assert (answer.headers["Location"], stage.plan.state) == (f"/plans/{stage.plan.pk}/", "submitted")


def test_longest_plan_fits_into_a_form(teacher: Client, stage: Stage) -> None:
    rows = [("Тема", "1")] * 100
    assert teacher.post(edit(stage), stage.form(*rows, do="save")).status_code == 302
    assert stage.plan.items.count() == 100


@pytest.mark.parametrize("sent", [{}, {"version": "-1"}, {"version": "9" * 30}, {"version": "x", "topic": "a\x00"}])
def test_absurd_form_changes_nothing(teacher: Client, stage: Stage, sent: dict[str, str]) -> None:
    stage.fill("Эски")
    assert teacher.post(edit(stage), sent).status_code in (409, 422)
    assert stage.topics == ["Эски"]


def test_closed_plan_leads_to_its_page_and_takes_nothing(teacher: Client, stage: Stage) -> None:
    form = stage.form(("Жаңы", "2"), do="save")
    stage.approve()
    assert teacher.get(edit(stage)).headers["Location"] == f"/plans/{stage.plan.pk}/"
    answer = teacher.post(edit(stage), {**form, "version": str(stage.plan.version)})
    assert (answer.status_code, len(stage.topics)) == (423, 17)
    assert shown_topics(answer.content.decode()) == ["Жаңы"]


# ---------------------------------------------------------------------------------------------------- import, export
def load(client: Client, stage: Stage, **sent: Any) -> Any:
    return client.post(f"/plans/{stage.plan.pk}/import/", sent)


def test_import_shows_before_it_replaces(teacher: Client, stage: Stage) -> None:
    stage.fill("Эски")
    answer = load(teacher, stage, text='Тема\tСаат\n"Киришүү ""А"""\t2\nКүч\t4')
    page = answer.content.decode()
    assert (answer.status_code, stage.topics) == (200, ["Эски"])
    assert "2 lines were read" in page
    table = re.search(r'<textarea class="d-none" name="text" hidden>(.*?)</textarea>', page, re.S)
    assert table is not None
    text = table[1].replace("&quot;", '"')
    stage.plan.refresh_from_db()
    answer = load(teacher, stage, text=text, version=stage.plan.version, confirm="1")
    assert (answer.status_code, stage.topics) == (302, ['Киришүү "А"', "Күч"])


def test_import_with_one_bad_cell_takes_nothing_over(teacher: Client, stage: Stage) -> None:
    stage.fill("Эски")
    file = SimpleUploadedFile("план.csv", "Тема;Саат\nКиришүү;2\nКүч;x".encode())
    answer = load(teacher, stage, file=file, confirm="1", version=stage.plan.version)
    rows = re.findall(r"<td class=\"num\">(\d+)</td>\s*<td>(.*?)</td>\s*<td>(.*?)</td>", answer.content.decode())
    assert (answer.status_code, stage.topics) == (422, ["Эски"])
    assert rows == [("3", "Hours", "Hours are a whole number from 1 to 20.")]


@pytest.mark.parametrize(
    ("sent", "status"),
    [({}, 422), ({"text": "a"}, 422), ({"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04")}, 422)],
)
def test_import_of_nothing_is_told(teacher: Client, stage: Stage, sent: dict[str, Any], status: int) -> None:
    assert load(teacher, stage, **sent).status_code == status


@pytest.mark.parametrize("language", ["ky", "ru", "en"])
def test_export_can_be_imported_again(stage: Stage, language: str) -> None:
    stage.fill("Киришүү", "Күч", hours=3)
    client = logged_in(stage.user, language)
    answer = client.get(f"/plans/{stage.plan.pk}/plan.xlsx")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="plan-{stage.plan.pk}.xlsx"'
    stage.fill("Башка")
    file = SimpleUploadedFile("x.xlsx", answer.content)
    load(client, stage, file=file, confirm="1", version=stage.plan.version)
    assert list(stage.plan.items.values_list("topic", "hours")) == [("Киришүү", 3), ("Күч", 3)]


def test_copy_takes_only_what_may_be_copied(teacher: Client, stage: Stage) -> None:
    far = make.make_workload()
    theirs = begin_plan(workload=far, by=far.teachers.get().teacher.user, now=NOW)
    PlanItem.objects.create(plan=theirs, position=1, topic="Башканыкы", hours=2)
    sent = {"source": theirs.pk, "version": stage.plan.version}
    assert teacher.post(f"/plans/{stage.plan.pk}/copy/", sent).status_code == 404
    Plan.objects.filter(pk=theirs.pk).update(state=ApprovalState.APPROVED, department=stage.plan.department)
    assert "Copy" in teacher.get(f"/plans/{stage.plan.pk}/import/").content.decode()
    assert teacher.post(f"/plans/{stage.plan.pk}/copy/", sent).status_code == 302
    assert stage.topics == ["Башканыкы"]


# ---------------------------------------------------------------------------------------------------- plan and fact
def test_page_shows_planned_given_and_how_far_it_lies_behind(stage: Stage) -> None:
    plan = stage.approve()
    lessons = [make.make_lesson(stage.journal, day=make.MONDAY + timedelta(weeks=week)) for week in (-2, -1, 0, 1, 2)]
    first, _second = plan.items.all()[:2]
    set_lesson_items(lesson_id=lessons[0].pk, journal_id=stage.journal.pk, items=[(first.pk, 2)])
    Lesson.objects.filter(pk=lessons[0].pk).update(topic=first.topic)
    Lesson.objects.filter(pk=lessons[1].pk).update(state=LessonState.NOT_HELD)
    page = logged_in(stage.user).get(f"/plans/{plan.pk}/").content.decode()
    text = re.sub(r"<[^>]+>|\s+", " ", page)
    text = re.sub(r"\s+", " ", text)
    # Three pairs have ended by Monday at ten, one of them gave what it should.
    assert "Lessons behind 2" in text or "2 Lessons behind" in text
    assert "Lost lessons 1" in text or "1 Lost lessons" in text
    row = re.search(r"2 2-тема 2 (\S+) comes on (\S+)", text)
    assert row is not None
    # Planned for the lost lesson of the 14th, it comes in the next lesson there is.
    assert row.groups() == ("14.09", "28.09")


def test_student_reads_the_approved_plan_without_remarks(stage: Stage) -> None:
    student = make.make_student(group=stage.journal.course.group)
    make.enrol(student, stage.journal.course)
    client = logged_in(student.user)
    assert client.get(f"/plans/{stage.plan.pk}/").status_code == 404
    plan = stage.approve()
    decide_plan(plan_id=plan.pk, decision=ApprovalState.RETURNED, remarks="Купуя эскертүү", by=stage.head, now=NOW)
    assert client.get(f"/plans/{plan.pk}/").status_code == 404
    plan.refresh_from_db()
    submit_plan(plan_id=plan.pk, version=plan.version, by=stage.user, now=NOW)
    decide_plan(plan_id=plan.pk, decision=ApprovalState.APPROVED, remarks="", by=stage.head, now=NOW)
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert "17-тема" in page
    assert "Купуя эскертүү" not in page
    assert "Купуя эскертүү" in logged_in(stage.user).get(f"/plans/{plan.pk}/").content.decode()
    course = client.get(f"/cabinet/{student.pk}/courses/{stage.journal.course_id}/").content.decode()
    assert f'href="/plans/{plan.pk}/"' in course


# ---------------------------------------------------------------------------------------------------- lists
def test_list_of_a_teacher_shows_journals_with_and_without_a_plan(teacher: Client, stage: Stage) -> None:
    other = make.make_workload(course=make.make_course(discipline="Оптика"), teacher=stage.teacher)
    page = teacher.get("/plans/").content.decode()
    assert f'action="/plans/new/{other.pk}/"' in page
    assert f'href="/plans/{stage.plan.pk}/"' in page


def test_missing_plans_are_listed_for_the_head(stage: Stage) -> None:
    make.make_workload(course=make.make_course(department=stage.journal.department, discipline="Оптика"))
    make.make_workload(course=make.make_course(discipline="Башка кафедраныкы"))
    page = logged_in(stage.head).get("/plans/?show=all&state=missing").content.decode()
    assert "Оптика" in page
    assert "Механика" not in page
    assert "Башка кафедраныкы" not in page


def test_many_are_approved_at_once_and_a_return_needs_its_remark(stage: Stage) -> None:
    stage.fill(*[f"{number}-тема" for number in range(17)])
    submit_plan(plan_id=stage.plan.pk, version=stage.plan.version, by=stage.user, now=NOW)
    client = logged_in(stage.head)
    page = client.get("/plans/?show=waiting").content.decode()
    assert f'value="{stage.plan.pk}"' in page

    def decide(**sent: Any) -> str:
        answer = client.post("/plans/decide/", sent, follow=True)
        stage.plan.refresh_from_db()
        assert answer.status_code == 200
        return stage.plan.state

    assert decide(decision="approve") == "submitted"
    assert decide(decision="return", plan=stage.plan.pk) == "submitted"
    assert decide(decision="return", plan=stage.plan.pk, remarks="Оңдоңуз") == "returned"
    submit_plan(plan_id=stage.plan.pk, version=stage.plan.version, by=stage.user, now=NOW)
    assert decide(decision="approve", plan=[stage.plan.pk, 999, "x"]) == "approved"


@pytest.mark.parametrize(("days", "is_late"), [(0, True), (-30, False)])
def test_late_is_said_and_not_blocked(stage: Stage, days: int, is_late: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    Policy.objects.create(key="plan_deadline_days", value=5, valid_from=make.MONDAY - timedelta(days=60))
    moment = NOW + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: moment)
    page = logged_in(stage.user).get(f"/plans/{stage.plan.pk}/").content.decode()
    assert ("it was to be submitted by 27.08.2026" in page) == is_late


def count(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("journals", [1, 3])
@pytest.mark.parametrize(("show", "queries"), [("mine", 9), ("all", 11), ("waiting", 10)])
def test_list_costs_the_same_with_one_row_and_three(stage: Stage, journals: int, show: str, queries: int) -> None:
    for number in range(journals):
        workload = make.make_workload(
            course=make.make_course(department=stage.journal.department, discipline=f"Дисциплина {number}"),
            teacher=stage.teacher,
        )
        plan = begin_plan(workload=workload, by=stage.user, now=NOW)
        lines = [PlanLine(None, None, "Тема", 2, (), "", "")] * 17
        plan = save_plan(plan_id=plan.pk, lines=lines, version=plan.version, by=stage.user, now=NOW)
        submit_plan(plan_id=plan.pk, version=plan.version, by=stage.user, now=NOW)
    client = logged_in(stage.user if show == "mine" else stage.head)
    assert count(client, f"/plans/?show={show}") == queries


@pytest.mark.parametrize("items", [1, 17])
def test_plan_costs_the_same_for_any_number_of_items(stage: Stage, items: int) -> None:
    stage.fill(*["Тема"] * items)
    assert count(logged_in(stage.user), f"/plans/{stage.plan.pk}/") == 11


@pytest.mark.parametrize("query", ["?semester=x", "?page=999", "?show=nothing", "?department=x&state=x", "?semester=0"])
def test_bad_query_shows_what_there_is(stage: Stage, query: str) -> None:
    assert logged_in(stage.head).get(f"/plans/{query}").status_code == 200


# ---------------------------------------------------------------------------------------------------- programmes
def test_programme_goes_from_the_teacher_over_the_head_to_the_student(
    stage: Stage, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    teacher, head = logged_in(stage.user), logged_in(stage.head)
    student = make.make_student(group=stage.journal.course.group)
    make.enrol(student, stage.journal.course)
    reader = logged_in(student.user)
    page = teacher.post(f"/programmes/new/{stage.journal.pk}/").headers["Location"]
    programme = WorkingProgramme.objects.get()
    sent = {
        "version": programme.version,
        "criteria": "5 — толук жооп <b>",
        "means": "Тест",
        "file": SimpleUploadedFile("Механика.pdf", b"%PDF-1.7"),
        "do": "submit",
    }
    assert teacher.post(page, {**sent, "version": 99}).status_code == 409
    sent["file"] = SimpleUploadedFile("Механика.pdf", b"<html>")
    assert teacher.post(page, sent).status_code == 422
    sent["file"] = SimpleUploadedFile("Механика.pdf", b"%PDF-1.7")
    assert teacher.post(page, sent).status_code == 302
    here = f"/programmes/{programme.pk}/"
    assert reader.get(here).status_code == 404
    assert head.post(f"{here}decide/", {"decision": "return", "remarks": "Толуктаңыз"}).status_code == 302
    assert "Толуктаңыз" in teacher.get(page).content.decode()
    programme.refresh_from_db()
    teacher.post(page, {"version": programme.version, "criteria": "5 — <b>", "means": "Тест", "do": "submit"})
    assert head.post(f"{here}decide/", {"decision": "approve"}).status_code == 302
    shown = reader.get(here).content.decode()
    assert "5 — &lt;b&gt;" in shown
    assert "Толуктаңыз" not in shown
    file = reader.get(f"{here}file/")
    assert (file.headers["Content-Type"], b"".join(file.streaming_content)) == ("application/pdf", b"%PDF-1.7")
    assert file.headers["Content-Disposition"].startswith("attachment;")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    course = reader.get(f"/cabinet/{student.pk}/courses/{stage.journal.course_id}/").content.decode()
    assert f'href="{here}"' in course


# ---------------------------------------------------------------------------------------------------- first page
def test_first_page_says_what_waits(stage: Stage) -> None:
    make.make_workload(course=make.make_course(discipline="Оптика"), teacher=stage.teacher)
    page = logged_in(stage.user).get("/").content.decode()
    assert "1 journal has no plan yet" in page
    stage.fill(*[f"{number}-тема" for number in range(17)])
    submit_plan(plan_id=stage.plan.pk, version=stage.plan.version, by=stage.user, now=NOW)
    assert "1 plan waits for your approval" in logged_in(stage.head).get("/").content.decode()
    decide_plan(plan_id=stage.plan.pk, decision=ApprovalState.RETURNED, remarks="Оңдоңуз", by=stage.head, now=NOW)
    assert "1 plan was returned with remarks" in logged_in(stage.user).get("/").content.decode()
    assert not LessonItem.objects.exists()
