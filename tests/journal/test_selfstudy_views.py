"""Pages of self-study: plain forms for the teacher, the student's own tasks, files handed out to whom they concern."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ejournal.lib import clock
from journal.enums import TaskKind
from journal.models import SelfStudyMark, SelfStudyTask, Submission
from journal.services.selfstudy import Upload, set_teams
from teaching.models import Plan, PlanItem, PlanWorkload
from tests import factories as make
from tests.journal.test_selfstudy_services import DUE, NOW, Class
from tests.lib.test_papers import A_PDF
from university.models import Institution

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Class:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("ejournal.home.context.now", lambda: NOW)
    Institution.objects.create(id=1, name_ky="Сыноо университети")
    return Class()


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def teacher(room: Class) -> Client:
    return logged_in(room.teacher)


@pytest.fixture
def student(room: Class) -> Client:
    return logged_in(room.students[0].user)


def sent(**fields: Any) -> dict[str, Any]:
    said = {"title": "Реферат", "kind": "individual", "maximum": "7.5", "due_on": DUE.isoformat(), "version": "0"}
    return said | fields


def test_teacher_gives_a_task_with_a_file(teacher: Client, room: Class) -> None:
    file = SimpleUploadedFile("шарт.pdf", A_PDF, "text/html")
    answer = teacher.post(f"/journals/{room.workload.pk}/tasks/new/", sent(file=file))
    task = SelfStudyTask.objects.get()
    assert (answer.status_code, answer["Location"], task.maximum) == (302, f"/tasks/{task.pk}/", Decimal("7.5"))
    given = logged_in(room.students[1].user).get(f"/tasks/{task.pk}/files/{task.files.get().pk}/")
    assert given["Content-Disposition"].startswith("attachment")
    assert (given["X-Content-Type-Options"], b"".join(given.streaming_content)) == ("nosniff", A_PDF)


def test_line_of_the_plan_fills_the_form(teacher: Client, room: Class) -> None:
    plan = Plan.objects.create(
        department=room.workload.department,
        semester=room.course.semester,
        discipline=room.course.discipline,
        author=room.workload.teachers.get().teacher,
        kind=room.workload.kind,
        changed_by=room.teacher,
        changed_at=NOW,
    )
    PlanWorkload.objects.create(plan=plan, workload=room.workload)
    item = PlanItem.objects.create(plan=plan, position=1, topic="Күч", hours=2, self_study="Маселе чыгаруу")
    page = teacher.get(f"/journals/{room.workload.pk}/tasks/new/?item={item.pk}")
    assert page.context["form"].initial["text"] == "Маселе чыгаруу"
    teacher.post(f"/journals/{room.workload.pk}/tasks/new/", sent(plan_item=item.pk))
    assert SelfStudyTask.objects.get().plan_item == item
    # The plan may go, even when the module is closed: the task stays as it is.
    room.close()
    plan.delete()
    assert SelfStudyTask.objects.get().plan_item is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [({"maximum": "0"}, "more than 0"), ({"due_on": "2020-01-01"}, "lies before"), ({"title": ""}, "This field")],
)
def test_bad_task_gets_a_sentence(teacher: Client, room: Class, wrong: dict[str, str], sentence: str) -> None:
    answer = teacher.post(f"/journals/{room.workload.pk}/tasks/new/", sent(**wrong))
    assert (answer.status_code, SelfStudyTask.objects.count()) == (422, 0)
    assert sentence in answer.content.decode()


def test_task_is_edited_withdrawn_and_its_stale_form_refused(teacher: Client, room: Class) -> None:
    task = room.give()
    assert teacher.post(f"/tasks/{task.pk}/edit/", sent(version="1")).status_code == 302
    assert teacher.post(f"/tasks/{task.pk}/edit/", sent(version="1")).status_code == 409
    assert "Withdraw the task?" in teacher.get(f"/tasks/{task.pk}/?withdraw=1").content.decode()
    teacher.post(f"/tasks/{task.pk}/withdraw/", {"reason": "эки жолу"})
    assert "Withdrawn on 21.09.2026: эки жолу" in teacher.get(f"/tasks/{task.pk}/").content.decode()


def points(room: Class, *texts: str, version: str = "0:", **more: str) -> dict[str, str]:
    found = dict(more)
    for student, text in zip(room.students, texts, strict=False):
        found |= {f"p{student.pk}": text, f"v{student.pk}": version}
    return found


def test_good_points_are_saved_and_bad_ones_stay_in_their_field(teacher: Client, room: Class) -> None:
    task = room.give()
    answer = teacher.post(f"/tasks/{task.pk}/grades/", points(room, "7,5", "11", ""))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert SelfStudyMark.objects.get().points == Decimal("7.5")
    assert 'value="11"' in page
    assert "Points of 1 student are saved; the marked ones are not." in page


def test_stale_points_get_409_with_the_others_value(teacher: Client, room: Class) -> None:
    task = room.give()
    room.grade(task, "6")
    answer = teacher.post(f"/tasks/{task.pk}/grades/", points(room, "9"))
    page = answer.content.decode()
    assert (answer.status_code, "Now there: 6." in page, 'value="9"' in page) == (409, True, True)
    # The page says what stands there now: sent again, it is meant.
    assert 'value="1:6"' in page
    assert teacher.post(f"/tasks/{task.pk}/grades/", points(room, "9", version="1:6")).status_code == 302
    assert SelfStudyMark.objects.get().points == 9


def test_field_left_alone_says_nothing_about_newer_points(teacher: Client, room: Class) -> None:
    task = room.give()
    room.grade(task, "6")
    assert teacher.post(f"/tasks/{task.pk}/grades/", points(room, "", "5")).status_code == 302
    assert sorted(SelfStudyMark.objects.values_list("points", flat=True)) == [5, 6]


def test_team_is_graded_at_once_and_a_member_apart(teacher: Client, room: Class) -> None:
    task = room.give(kind=TaskKind.COLLECTIVE)
    first, second, third = room.students
    answer = teacher.post(f"/tasks/{task.pk}/teams/", {f"t{first.pk}": "1", f"t{second.pk}": "1", f"t{third.pk}": "2"})
    assert answer.status_code == 302
    teacher.post(f"/tasks/{task.pk}/grades/", points(room, "", "6", "", g1="9"))
    found = dict(SelfStudyMark.objects.values_list("student_id", "points"))
    assert found == {first.pk: Decimal(9), second.pk: Decimal(6)}


def test_grid_shows_points_and_sums(teacher: Client, room: Class) -> None:
    task = room.give()
    own = make.make_workload(course=room.course, subgroup=room.group.subgroups.get(number=2))
    room.grade(task, "7.5")
    rows = teacher.get(f"/journals/{room.workload.pk}/tasks/grid/").context["rows"]
    assert [(row.name.split()[0], row.cells, row.sums[0].maximum) for row in rows] == [
        ("Абдиева", [Decimal("7.5")], Decimal(10)),
        ("Бекова", [""], Decimal(0)),
        ("Сыдыкова", [""], Decimal(0)),
    ]
    assert logged_in(own.teachers.get().teacher.user).get(f"/tasks/{task.pk}/grades/").status_code == 200


def test_student_hands_in_and_sees_his_state(student: Client, room: Class) -> None:
    task = room.give()
    assert "to do" in student.get("/tasks/").content.decode()
    assert student.post(f"/tasks/{task.pk}/", {"text": ""}).status_code == 422
    file = SimpleUploadedFile("жооп.pdf", A_PDF)
    assert student.post(f"/tasks/{task.pk}/", {"text": "Жооп", "file": file}).status_code == 302
    assert "handed in" in student.get("/tasks/").content.decode()
    room.grade(task, "7.5")
    assert "7.5 of 10 points" in student.get("/tasks/").content.decode()
    room.close()
    assert student.post(f"/tasks/{task.pk}/", {"text": "Дагы"}).status_code == 423
    assert "<textarea" not in student.get(f"/tasks/{task.pk}/").content.decode()


def test_what_is_handed_in_after_the_day_is_late(student: Client, room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    task = room.give()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=5))
    assert "overdue" in student.get("/tasks/").content.decode()
    student.post(f"/tasks/{task.pk}/", {"text": "Кечигип"})
    assert student.get("/tasks/").context["rows"][0].is_late


def test_parent_reads_the_childs_tasks_and_hands_nothing_in(room: Class) -> None:
    task = room.give()
    parent = logged_in(make.make_guardian(room.students[0]))
    room.hand_in(task)
    page = parent.get(f"/tasks/{task.pk}/?student={room.students[0].pk}").content.decode()
    assert ("Жооп" in page, "<textarea" in page) == (True, False)
    assert parent.get("/tasks/").context["rows"][0].state == "handed_in"
    assert parent.post(f"/tasks/{task.pk}/", {"text": "x"}).status_code == 403
    assert parent.get(f"/tasks/?student={room.students[1].pk}").status_code == 404


def test_answer_of_a_team_is_its_members_own(room: Class) -> None:
    task = room.give(kind=TaskKind.COLLECTIVE)
    first, second, third = room.students
    set_teams(task_id=task.pk, teams={first.pk: 1, second.pk: 1, third.pk: 2}, by=room.teacher, now=NOW)
    answer = room.hand_in(task, text="", file=Upload("жооп.pdf", A_PDF))
    url = f"/submissions/{answer.pk}/file/"
    assert [logged_in(one.user).get(url).status_code for one in room.students] == [200, 200, 404]
    assert "Жооп" not in logged_in(third.user).get(f"/tasks/{task.pk}/").content.decode()


QUERIES = {"list": 8, "grid": 7, "grades": 9, "task": 10, "own": 7}


@pytest.mark.parametrize("page", QUERIES)
def test_pages_cost_the_same_for_one_row_and_for_three(room: Class, page: str) -> None:
    task = room.give()
    urls = {
        "list": f"/journals/{room.workload.pk}/tasks/",
        "grid": f"/journals/{room.workload.pk}/tasks/grid/",
        "grades": f"/tasks/{task.pk}/grades/",
        "task": f"/tasks/{task.pk}/",
        "own": "/tasks/",
    }
    room.grade(task, "5")
    room.hand_in(task)
    client = logged_in(room.students[0].user if page == "own" else room.teacher)
    client.get("/")  # reads what a process keeps for a minute
    found = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(urls[page]).status_code == 200
        found.append(len(queries))
        for who in (1, 2):
            more = room.give()
            room.grade(task, "5", who=who)
            room.hand_in(task, who=who)
            room.hand_in(more)
    assert found == [QUERIES[page]] * 2
    assert Submission.objects.count() == 9


def test_first_page_of_a_student_counts_the_tasks_that_wait(room: Class) -> None:
    client = logged_in(room.students[0].user)
    assert "Not handed in" not in client.get("/").content.decode()
    task, _other = room.give(), room.give(title="Экинчи")
    assert "2 tasks wait" in client.get("/").content.decode()
    room.hand_in(task)
    assert "1 task waits" in client.get("/").content.decode()
