"""The journal's pages from the outside: the list, the grid, the lesson without scripts, a cell's history."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ejournal.lib import clock
from journal.models import Mark
from journal.services import close_module, record_marks
from teaching.models import Lesson
from tests import factories as make
from university.models import Institution, Module, Policy

pytestmark = pytest.mark.django_db

NINE = clock.moment_of(make.MONDAY, time(9, 0))


class Stage:
    """A teacher's journal: two students and a lesson on the tests' Monday at eight."""

    def __init__(self) -> None:
        Institution.objects.create(id=1, name_ky="Сыноо университети")
        self.workload = make.make_workload()
        self.teacher = self.workload.teachers.get().teacher.user
        self.first = make.make_student(last_name="Асанова")
        self.second = make.make_student(last_name="Бекова")
        for student in (self.first, self.second):
            make.enrol(student, self.workload.course)
        self.lesson = make.make_lesson(self.workload)

    def enter(self, value: object, *, version: int = 0, now: datetime = NINE, **keys: Any) -> None:
        raw = {"lesson": self.lesson.id, "student": self.first.id, "version": version, **keys}
        if value is not None:
            raw["value"] = value
        saved = record_marks(journal_id=self.workload.id, raw_marks=[raw], by=self.teacher, now=now)
        assert saved.status == 200, saved.answer

    def form(self, **fields: str) -> dict[str, str]:
        """The form of the lesson as its page gives it, with what a person then typed."""
        self.lesson.refresh_from_db()
        sent = {"nonce": str(uuid4()), "version": str(self.lesson.version), "topic": self.lesson.topic, "note": ""}
        for student in (self.first, self.second):
            mark = Mark.objects.filter(lesson=self.lesson, student=student).first()
            stored = [
                "" if value is None else str(value)
                for value in (mark.presence, mark.late_minutes, mark.grade)
            ] if mark else ["", "", ""]  # fmt: skip
            key = student.id
            sent |= {f"v{key}": ".".join([str(mark.version if mark else 0), *stored])}
            sent |= dict(zip((f"p{key}", f"m{key}", f"g{key}"), stored, strict=True))
        return sent | fields

    def mark(self) -> Mark:
        return Mark.objects.get(lesson=self.lesson, student=self.first)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    at(monkeypatch, NINE)
    return Stage()


@pytest.fixture
def teacher(stage: Stage, client: Client) -> Client:
    client.force_login(stage.teacher)
    client.cookies["django_language"] = "en"
    return client


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)
    monkeypatch.setattr("ejournal.home.context.now", lambda: moment)


def url(stage: Stage) -> str:
    return f"/lessons/{stage.lesson.id}/"


# ------------------------------------------------------------------------------------------------ the grid
def test_cell_begins_with_lesson_student_and_version(teacher: Client, stage: Stage) -> None:
    stage.enter("5")
    page = teacher.get(f"/journals/{stage.workload.id}/").content.decode()
    cells = re.findall(r'<td data-lesson="(\d+)" data-student="(\d+)" data-version="(\d+)"[^>]*>(.*?)</td>', page)
    assert cells == [
        (str(stage.lesson.id), str(stage.first.id), "1", "5"),
        (str(stage.lesson.id), str(stage.second.id), "0", ""),
    ]
    # One cell is in the order of Tab; the arrows move from there.
    assert len(re.findall(r'<td [^>]*tabindex="0"', page)) == 1


@pytest.mark.parametrize(
    ("entry", "cell"),
    [
        ({"value": "кж"}, 'class="is-today is-absent">кж</td>'),
        ({"value": "+"}, 'class="is-today">+</td>'),
        ({"presence": "late", "late_minutes": 10, "grade": 4}, '>4<small>10′</small></td>'),
        ({"presence": "absent", "grade": 4, "makeup_on": "2026-09-21"}, '>кж<small>4</small></td>'),
    ],
)  # fmt: skip
def test_cell_shows_what_the_mark_says(teacher: Client, stage: Stage, entry: dict[str, Any], cell: str) -> None:
    stage.enter(entry.pop("value", None), **entry)
    page = teacher.get(f"/journals/{stage.workload.id}/").content.decode()
    assert cell in page.replace(' tabindex="0"', "")


def test_day_outside_the_enrolment_is_locked_in_its_row(teacher: Client, stage: Stage) -> None:
    late = make.make_student(last_name="Эсенова")
    make.enrol(late, stage.workload.course, starts_on=make.MONDAY + timedelta(days=1))
    page = teacher.get(f"/journals/{stage.workload.id}/").content.decode()
    cell = re.search(rf'<td data-lesson="\d+" data-student="{late.id}"[^>]*>', page)
    assert cell is not None
    assert "is-locked" in cell[0]
    assert 'aria-readonly="true"' in cell[0]
    assert "not on the list on this day" in cell[0]


def test_name_with_markup_is_text(teacher: Client, stage: Stage) -> None:
    student = make.make_student(last_name="<script>alert(1)</script>")
    make.enrol(student, stage.workload.course)
    page = teacher.get(f"/journals/{stage.workload.id}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_closed_module_is_told_on_the_grid(teacher: Client, stage: Stage) -> None:
    module = Module.objects.get(semester=stage.lesson.semester, number=1)
    close_module(course=stage.workload.course, module=module, by=stage.teacher, now=NINE)
    page = teacher.get(f"/journals/{stage.workload.id}/").content.decode()
    assert 'id="closed"' in page
    assert "Module 1 is closed" in page
    assert 'data-lock="module_closed"' in page


def test_reader_gets_the_same_table_without_editing(stage: Stage, client: Client) -> None:
    colleague = make.make_teacher(last_name="Касымов")
    make.make_workload(course=stage.workload.course, teacher=colleague)
    client.force_login(colleague.user)
    page = client.get(f"/journals/{stage.workload.id}/").content.decode()
    assert 'data-editable=""' in page
    assert "is-editable" not in page
    assert "data-all=" not in page
    assert "save-status" not in page


def test_journal_without_lessons_says_so(stage: Stage, client: Client) -> None:
    bare = make.make_workload()
    client.force_login(bare.teachers.get().teacher.user)
    client.cookies["django_language"] = "en"
    assert "No lessons in the timetable" in client.get(f"/journals/{bare.id}/").content.decode()


@pytest.mark.parametrize("students", [1, 3])
def test_grid_page_takes_seven_queries(teacher: Client, stage: Stage, students: int) -> None:
    for number in range(students):
        make.enrol(make.make_student(last_name=f"Ж{number}"), stage.workload.course)
    teacher.get(f"/journals/{stage.workload.id}/")
    with CaptureQueriesContext(connection) as queries:
        teacher.get(f"/journals/{stage.workload.id}/")
    assert len(queries) == 7, [query["sql"][:80] for query in queries]


# ------------------------------------------------------------------------------------------------ the list
@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_nine_queries(client: Client, stage: Stage, count: int) -> None:
    course = stage.workload.course
    for _ in range(count - 1):
        make.make_workload(course=course, teacher=stage.workload.teachers.get().teacher)
    client.force_login(stage.teacher)
    client.get("/journals/")
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/journals/")
    assert len(answer.context["rows"]) == count
    assert len(queries) == 9, [query["sql"][:40] + query["sql"].partition(" FROM ")[2][:60] for query in queries]


@pytest.mark.parametrize("query", ["page=99", "page=x", "semester=99", "semester=x", "q=%00", "q=" + "а" * 300])
def test_list_survives_any_query(teacher: Client, stage: Stage, query: str) -> None:
    assert teacher.get(f"/journals/?{query}").status_code == 200


def test_list_of_somebody_without_journals_is_empty(client: Client, stage: Stage) -> None:
    client.force_login(make.make_student().user)
    assert client.get("/journals/").context["rows"] == []


# ------------------------------------------------------------------------------------------------ a lesson
def test_lesson_saves_topic_and_roll_without_scripts(teacher: Client, stage: Stage) -> None:
    sent = stage.form(
        topic="Ньютондун мыйзамдары",
        work_kinds="Тест",
        note="Эскертүү",
        **{f"p{stage.first.id}": "late", f"m{stage.first.id}": "10", f"g{stage.first.id}": "4"},
        **{f"p{stage.second.id}": "absent"},
    )
    answer = teacher.post(url(stage), sent)
    assert (answer.status_code, answer["Location"]) == (302, url(stage))
    stage.lesson.refresh_from_db()
    assert (stage.lesson.topic, stage.lesson.work_kinds, stage.lesson.note) == (
        "Ньютондун мыйзамдары",
        ["Тест"],
        "Эскертүү",
    )
    assert stage.lesson.roll_taken_at == NINE
    assert list(
        Mark.objects.order_by("student__user__sort_key").values_list("presence", "late_minutes", "grade", "version")
    ) == [("late", 10, 4, 1), ("absent", None, None, 1)]
    assert "Saved: 2 marks." in teacher.get(url(stage)).content.decode()


def test_lesson_grade_alone_means_present(teacher: Client, stage: Stage) -> None:
    teacher.post(url(stage), stage.form(**{f"g{stage.first.id}": "5"}))
    assert (stage.mark().presence, stage.mark().grade) == ("present", 5)


def test_all_present_fills_only_those_nobody_looked_at(teacher: Client, stage: Stage) -> None:
    stage.enter("кж")
    teacher.post(url(stage), stage.form(all_present="1"))
    assert list(Mark.objects.order_by("student__user__sort_key").values_list("presence", "version")) == [
        ("absent", 1),
        ("present", 1),
    ]


def test_lesson_unchanged_form_writes_nothing(teacher: Client, stage: Stage) -> None:
    stage.enter("5")
    assert teacher.post(url(stage), stage.form()).status_code == 302
    assert stage.mark().version == 1


def test_lesson_twice_sent_form_is_saved_once(teacher: Client, stage: Stage) -> None:
    sent = stage.form(topic="Тема", **{f"g{stage.first.id}": "5"})
    assert [teacher.post(url(stage), sent).status_code for _ in range(2)] == [302, 302]
    assert stage.mark().version == 1


def test_lesson_absent_with_grade_is_a_makeup_of_today(
    teacher: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.enter("кж")
    at(monkeypatch, NINE + timedelta(days=2))
    teacher.post(url(stage), stage.form(reason="отработка", **{f"g{stage.first.id}": "4"}))
    assert (stage.mark().presence, stage.mark().grade, stage.mark().makeup_on) == ("absent", 4, date(2026, 9, 23))


def test_lesson_makeup_is_taken_after_the_window(
    teacher: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.enter("кж")
    at(monkeypatch, NINE + timedelta(days=20))
    page = teacher.get(url(stage)).content.decode()
    assert f'name="g{stage.first.id}"' in page
    answer = teacher.post(url(stage), stage.form(reason="отработка", **{f"g{stage.first.id}": "3"}))
    assert answer.status_code == 302
    assert (stage.mark().presence, stage.mark().grade) == ("absent", 3)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"p": "late", "m": "241"}, "Minutes late"),
        ({"p": "late", "m": "-1"}, "Minutes late"),
        ({"p": "late", "m": "5.5"}, "Minutes late"),
        ({"p": "present", "m": "5"}, "Minutes belong"),
        ({"p": "here"}, "Choose present"),
        ({"p": "present", "g": "6"}, "grade of the scale"),
        ({"p": "present", "g": "-1"}, "grade of the scale"),
        ({"p": "present", "g": "５"}, "grade of the scale"),
    ],
)
def test_lesson_bad_cell_is_told_at_the_student_and_nothing_is_lost(
    teacher: Client, stage: Stage, fields: dict[str, str], said: str
) -> None:
    typed = {f"{name}{stage.first.id}": value for name, value in fields.items()}
    answer = teacher.post(url(stage), stage.form(topic="Тема", **typed, **{f"p{stage.second.id}": "absent"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    # The other student and the topic are saved; what was typed stands in its field still.
    assert list(Mark.objects.values_list("student_id", "presence")) == [(stage.second.id, "absent")]
    assert Lesson.objects.get(pk=stage.lesson.pk).topic == "Тема"
    if "m" in fields:
        assert f'value="{fields["m"]}"' in page


def test_lesson_stale_cell_shows_the_other_and_keeps_what_was_typed(teacher: Client, stage: Stage) -> None:
    sent = stage.form(**{f"g{stage.first.id}": "5"})
    stage.enter("2")
    answer = teacher.post(url(stage), sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert stage.mark().grade == 2
    assert f'name="v{stage.first.id}" value="1.present..2"' in page
    assert re.search(rf'name="g{stage.first.id}"\s+value="5"\s+checked', page)


def test_lesson_change_after_the_day_needs_a_reason(
    teacher: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.enter("5")
    at(monkeypatch, NINE + timedelta(days=1))
    grade = {f"g{stage.first.id}": "4"}
    refused = teacher.post(url(stage), stage.form(**grade))
    assert (refused.status_code, stage.mark().grade) == (422, 5)
    assert "only with a reason" in refused.content.decode()
    assert teacher.post(url(stage), stage.form(reason="жаңылыш", **grade)).status_code == 302
    assert (stage.mark().grade, stage.mark().reason) == (4, "жаңылыш")


def test_lesson_to_come_takes_the_topic_and_no_mark(
    teacher: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, NINE - timedelta(hours=3))
    page = teacher.get(url(stage)).content.decode()
    assert "The roll opens when the lesson begins" in page
    assert f'name="p{stage.first.id}"' not in page
    teacher.post(url(stage), stage.form(topic="Алдын ала", **{f"p{stage.first.id}": "present"}))
    assert Lesson.objects.get(pk=stage.lesson.pk).topic == "Алдын ала"
    assert not Mark.objects.exists()


def test_lesson_under_closed_module_is_read_only(teacher: Client, stage: Stage) -> None:
    module = Module.objects.get(semester=stage.lesson.semester, number=1)
    close_module(course=stage.workload.course, module=module, by=stage.teacher, now=NINE)
    page = teacher.get(url(stage)).content.decode()
    assert "Module 1 is closed" in page
    assert f'name="p{stage.first.id}"' not in page
    answer = teacher.post(url(stage), stage.form(topic="Башка"))
    assert answer.status_code == 423
    assert Lesson.objects.get(pk=stage.lesson.pk).topic == ""


def test_lesson_of_a_stream_shows_group_under_group(stage: Stage, client: Client) -> None:
    teacher = make.make_teacher(last_name="Токтосунов")
    served = []
    for name in ("ФИЗ-11", "ФИЗ-12"):
        course = make.make_course(group=make.make_group(name=name))
        make.enrol(make.make_student(last_name=f"Студент{name}"), course)
        served.append(make.make_workload(course=course, teacher=teacher, stream="А1"))
    lesson = make.make_lesson(*served)
    client.force_login(teacher.user)
    page = client.get(f"/lessons/{lesson.id}/").content.decode()
    assert re.findall(r"<h3>(.*?)</h3>", page) == ["ФИЗ-11", "ФИЗ-12"]
    sent = {"nonce": str(uuid4()), "version": "1", "topic": "", "note": "", "all_present": "1"}
    sent |= {f"v{key}": "0..." for key in re.findall(r'data-student="(\d+)"', page)}
    assert client.post(f"/lessons/{lesson.id}/", sent).status_code == 302
    assert sorted(Mark.objects.values_list("workload_id", "presence")) == [
        (workload.id, "present") for workload in served
    ]


def test_lesson_form_of_a_large_stream_stays_under_the_limit_of_fields(teacher: Client, stage: Stage) -> None:
    for number in range(120):
        make.enrol(make.make_student(last_name=f"Ж{number}"), stage.workload.course)
    page = teacher.get(url(stage)).content.decode()
    names = set(re.findall(r'name="([a-z_]+\d*)"', page))
    assert 122 * 4 <= len(names) < 1000


def test_reader_who_writes_is_refused(stage: Stage, client: Client) -> None:
    colleague = make.make_teacher(last_name="Касымов")
    make.make_workload(course=stage.workload.course, teacher=colleague)
    client.force_login(colleague.user)
    assert client.get(url(stage)).status_code == 200
    assert client.post(url(stage), stage.form(**{f"p{stage.first.id}": "absent"})).status_code == 403
    assert not Mark.objects.exists()


@pytest.mark.parametrize("students", [1, 3])
def test_lesson_page_takes_sixteen_queries(teacher: Client, stage: Stage, students: int) -> None:
    """Of its own, and those of the number of scans and of their window (attendance)."""
    for number in range(students):
        make.enrol(make.make_student(last_name=f"Ж{number}"), stage.workload.course)
    teacher.get(url(stage))
    with CaptureQueriesContext(connection) as queries:
        teacher.get(url(stage))
    assert len(queries) == 16, [query["sql"][:40] + query["sql"].partition(" FROM ")[2][:60] for query in queries]


@pytest.mark.parametrize("binds", [True, False])
def test_4_3_lesson_past_its_modules_deadline_says_so_beforehand(
    teacher: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch, binds: bool
) -> None:
    """On the page of the lesson and in the grid, with the way to ask; the usual days alone only remind."""
    module = Module.objects.get(number=1)
    after = clock.moment_of(module.ends_on + timedelta(days=4), time(9, 0))
    monkeypatch.setattr(clock, "now", lambda: after)
    Policy.objects.create(key="filling_window_days", value=365, valid_from=make.MONDAY)
    if binds:
        Policy.objects.create(key="module_closing_days", value=3, valid_from=make.MONDAY)
    teacher.cookies["django_language"] = "en"
    last = f"{module.ends_on + timedelta(days=3):%d.%m.%Y}"
    lesson = teacher.get(url(stage)).content.decode()
    grid = teacher.get(f"/journals/{stage.workload.id}/").content.decode()
    assert (f"was to be closed by {last}" in lesson, f"was to be closed by {last}" in grid) == (binds, binds)
    assert (f"/reopen/?lesson={stage.lesson.id}" in lesson, "/reopen/" in grid) == (binds, binds)
    assert ('name="all_present"' in lesson, 'data-lock="module_deadline"' in grid) == (not binds, binds)


# ------------------------------------------------------------------------------------------------ history
def test_history_tells_who_when_before_after_and_why(
    teacher: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.enter("кж")
    stage.enter("4", version=1, now=NINE + timedelta(days=1), reason="кечигип келди")
    page = teacher.get(f"/marks/{stage.lesson.id}/{stage.first.id}/history/").content.decode()
    rows = [re.sub(r"<[^>]+>|\s+", " ", row).split() for row in re.findall(r"<tr>(.*?)</tr>", page, re.S)[1:]]
    assert [" ".join(row) for row in rows] == [
        f"22.09.2026 09:00 {stage.teacher.get_full_name()} кж 4 (present) кечигип келди on the page",
        f"21.09.2026 09:00 {stage.teacher.get_full_name()} nobody has looked кж — on the page",
    ]


def test_history_of_an_empty_cell_says_nobody_looked(teacher: Client, stage: Stage) -> None:
    page = teacher.get(f"/marks/{stage.lesson.id}/{stage.first.id}/history/").content.decode()
    assert "Nobody has looked at this cell yet." in page


def test_history_as_a_piece_has_no_frame(teacher: Client, stage: Stage) -> None:
    answer = teacher.get(f"/marks/{stage.lesson.id}/{stage.first.id}/history/", headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()


def test_history_is_read_by_the_student_and_not_by_a_fellow(stage: Stage, client: Client) -> None:
    stage.enter("5")
    address = f"/marks/{stage.lesson.id}/{stage.first.id}/history/"
    statuses = []
    for person in (stage.first.user, stage.second.user, make.make_guardian(stage.first), make.make_teacher().user):
        client.force_login(person)
        statuses.append(client.get(address).status_code)
    assert statuses == [200, 404, 200, 404]


@pytest.mark.parametrize("address", ["/marks/{lesson}/999999/history/", "/marks/999999/{student}/history/"])
def test_history_of_no_cell_is_not_found(teacher: Client, stage: Stage, address: str) -> None:
    assert teacher.get(address.format(lesson=stage.lesson.id, student=stage.first.id)).status_code == 404
