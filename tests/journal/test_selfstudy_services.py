"""Self-study: what is given, handed in and graded, what is refused, and what a closed module holds."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.enums import TaskKind
from journal.models import ChangeEvent, SelfStudyFile, SelfStudyMark, SelfStudyTask, SelfStudyTeam, Submission
from journal.rules import SelfStudy
from journal.selectors.selfstudy import self_study_of
from journal.services import close_module
from journal.services.selfstudy import (
    Typed,
    Upload,
    change_task,
    give_task,
    hand_in,
    papers_folder,
    set_teams,
    withdraw_task,
)
from journal.services.selfstudy_marks import Grade, grade_task
from journal.services.typed import SavedColumn
from messaging.models import Notification
from teaching.models import PlanItem
from tests import factories as make
from tests.lib.test_papers import A_PDF
from university.models import Module

pytestmark = pytest.mark.django_db
NOW = clock.moment_of(make.MONDAY, time(9, 0))
DUE = make.MONDAY + timedelta(days=4)


class Class:
    """A journal of a whole group with three students, two of the first subgroup."""

    def __init__(self) -> None:
        self.group = make.make_group()
        self.course = make.make_course(group=self.group)
        self.workload = make.make_workload(course=self.course)
        self.teacher = self.workload.teachers.get().teacher.user
        names = ("Абдиева", "Бекова", "Сыдыкова")
        self.students = [make.make_student(group=self.group, last_name=name) for name in names]
        for number, student in enumerate(self.students):
            make.enrol(student, self.course, subgroup=1 if number < 2 else 2)
        self.module = Module.objects.get(number=1)
        self.file: Upload | None = None

    def typed(self, **fields: Any) -> Typed:
        said: dict[str, Any] = {
            "title": "Ньютондун мыйзамдары",
            "text": "Конспект",
            "kind": TaskKind.INDIVIDUAL,
            "maximum": Decimal(10),
            "due_on": DUE,
        }
        return Typed(**(said | fields))

    def give(self, *, workload: Any = None, file: Upload | None = None, **fields: Any) -> SelfStudyTask:
        return give_task(
            workload=workload or self.workload, typed=self.typed(**fields), by=self.teacher, now=NOW, file=file
        )

    def grade(self, task: SelfStudyTask, text: str, version: int = 0, *, who: int = 0, **keys: Any) -> SavedColumn:
        days = keys.pop("days", 0)
        grade = Grade(self.students[who].pk, text, version, **keys)
        return grade_task(task_id=task.pk, grades=[grade], by=self.teacher, now=NOW + timedelta(days=days))

    def hand_in(self, task: SelfStudyTask, *, who: int = 0, days: int = 0, **keys: Any) -> Submission:
        student = self.students[who]
        said: dict[str, Any] = {"text": "Жооп"} | keys
        return hand_in(task_id=task.pk, student=student, by=student.user, now=NOW + timedelta(days=days), **said)

    def close(self) -> None:
        close_module(course=self.course, module=self.module, by=self.teacher, now=NOW)


@pytest.fixture
def room() -> Class:
    return Class()


def codes(saved: SavedColumn) -> list[str]:
    return [problem.code for problem in saved.problems]


def test_task_takes_its_module_from_its_day_and_is_told(room: Class) -> None:
    task = room.give()
    assert (task.module, task.given_on, task.version) == (room.module, make.MONDAY, 1)
    told = Notification.objects.filter(kind="self_study", url=f"/tasks/{task.pk}/")
    assert set(told.values_list("user", flat=True)) == {student.user_id for student in room.students}


def test_task_of_a_subgroup_is_told_to_the_subgroup(room: Class) -> None:
    own = make.make_workload(course=room.course, subgroup=room.group.subgroups.get(number=2))
    room.give(workload=own)
    assert Notification.objects.get(kind="self_study").user == room.students[2].user


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"title": "  "}, "task_title"),
        ({"title": "а" * 201}, "task_text_too_long"),
        ({"maximum": Decimal(0)}, "task_maximum"),
        ({"maximum": Decimal("100.01")}, "task_maximum"),
        ({"maximum": Decimal("1.005")}, "task_maximum"),
        ({"due_on": make.MONDAY - timedelta(days=1)}, "due_in_past"),
        ({"due_on": date(2027, 6, 1)}, "due_outside_modules"),
        ({"plan_item": PlanItem(pk=1)}, "not_in_plan"),
        ({"file": Upload("a.pdf", b"MZ")}, "not_a_paper"),
    ],
)
def test_task_that_cannot_stand_is_refused(room: Class, wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        room.give(**wrong)
    assert (refused.value.code, SelfStudyTask.objects.count()) == (code, 0)


def test_file_of_a_refused_task_is_not_kept(room: Class) -> None:
    before = set(papers_folder().glob("*"))
    with pytest.raises(Refusal):
        room.give(title="", file=Upload("a.pdf", A_PDF))
    assert set(papers_folder().glob("*")) == before


def test_task_changes_with_its_version_and_leaves_its_history(room: Class) -> None:
    task = room.give()
    changed = change_task(
        task_id=task.pk,
        version=1,
        typed=room.typed(maximum=Decimal("7.5")),
        by=room.teacher,
        now=NOW,
        file=Upload("шарт.pdf", A_PDF),
    )
    assert (changed.version, changed.maximum, SelfStudyFile.objects.get().name) == (2, Decimal("7.5"), "шарт.pdf")
    event = ChangeEvent.objects.get(entity="journal_selfstudytask")
    assert (event.before["maximum"], event.after["maximum"]) == (10.0, 7.5)
    with pytest.raises(Refusal) as refused:
        change_task(task_id=task.pk, version=1, typed=room.typed(), by=room.teacher, now=NOW)
    assert (refused.value.code, refused.value.status) == ("task_stale", 409)


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"maximum": Decimal(5)}, "maximum_below_points"), ({"kind": TaskKind.COLLECTIVE}, "kind_is_used")],
)
def test_graded_task_keeps_what_points_rest_on(room: Class, fields: dict[str, Any], code: str) -> None:
    task = room.give()
    room.grade(task, "8")
    with pytest.raises(Refusal) as refused:
        change_task(task_id=task.pk, version=1, typed=room.typed(**fields), by=room.teacher, now=NOW)
    assert refused.value.code == code


def test_sixth_file_is_refused(room: Class) -> None:
    task = room.give(file=Upload("1.pdf", A_PDF))
    for version in range(1, 5):
        change_task(
            task_id=task.pk, version=version, typed=room.typed(), by=room.teacher, now=NOW, file=Upload("a.pdf", A_PDF)
        )
    with pytest.raises(Refusal) as refused:
        change_task(
            task_id=task.pk, version=5, typed=room.typed(), by=room.teacher, now=NOW, file=Upload("a.pdf", A_PDF)
        )
    assert (refused.value.code, SelfStudyFile.objects.count()) == ("too_many_files", 5)


def test_withdrawn_task_counts_for_nobody_and_takes_nothing_more(room: Class) -> None:
    task = room.give()
    room.grade(task, "8")
    for reason, code in (("", "withdraw_reason"), ("а" * 301, "reason_too_long")):
        with pytest.raises(Refusal) as refused:
            withdraw_task(task_id=task.pk, reason=reason, by=room.teacher, now=NOW)
        assert refused.value.code == code
    withdraw_task(task_id=task.pk, reason="эки жолу берилди", by=room.teacher, now=NOW)
    assert self_study_of(room.course.pk, room.module.pk, on=DUE + timedelta(days=1)) == {}
    for deed in (
        lambda: room.grade(task, "9", 1),
        lambda: room.hand_in(task),
        lambda: withdraw_task(task_id=task.pk, reason="дагы", by=room.teacher, now=NOW),
        lambda: change_task(task_id=task.pk, version=2, typed=room.typed(), by=room.teacher, now=NOW),
        lambda: set_teams(task_id=task.pk, teams={}, by=room.teacher, now=NOW),
    ):
        with pytest.raises(Refusal) as refused:
            deed()
        assert refused.value.code == "task_withdrawn"
    assert SelfStudyMark.objects.get().points == 8


def test_handing_in_again_adds_a_version(room: Class) -> None:
    task = room.give()
    room.hand_in(task)
    second = room.hand_in(task, days=6, text="", file=Upload("жооп.pdf", A_PDF))
    assert (second.version, second.file_type, second.student) == (2, "application/pdf", room.students[0])
    assert (papers_folder() / second.file_path).read_bytes() == A_PDF
    assert Submission.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"text": " "}, "nothing_handed_in"),
        ({"text": "а" * 10_001}, "answer_too_long"),
        ({"file": Upload("x.html", b"<script>")}, "not_a_paper"),
        ({"file": Upload("x.pdf", b"")}, "empty_file"),
    ],
)
def test_bad_answer_is_refused(room: Class, wrong: dict[str, Any], code: str) -> None:
    task = room.give()
    with pytest.raises(Refusal) as refused:
        room.hand_in(task, **wrong)
    assert (refused.value.code, Submission.objects.count()) == (code, 0)


def test_who_left_before_the_day_does_not_do_the_task(room: Class) -> None:
    enrolment = room.students[0].course_enrolments.get()
    enrolment.ends_on = DUE - timedelta(days=1)
    enrolment.save()
    task = room.give()
    with pytest.raises(Refusal) as refused:
        room.hand_in(task)
    assert refused.value.code == "not_on_list"
    assert codes(room.grade(task, "5")) == ["not_on_list"]


def test_teams_hand_in_together(room: Class) -> None:
    task = room.give(kind=TaskKind.COLLECTIVE)
    first, second, third = (student.pk for student in room.students)
    set_teams(task_id=task.pk, teams={first: 1, second: 1, third: 2}, by=room.teacher, now=NOW)
    room.hand_in(task, who=0)
    assert room.hand_in(task, who=1).version == 2
    assert Submission.objects.filter(team__number=1).count() == 2
    with pytest.raises(Refusal) as refused:
        set_teams(task_id=task.pk, teams={first: 2, second: 2, third: 2}, by=room.teacher, now=NOW)
    assert refused.value.code == "team_handed_in"
    set_teams(task_id=task.pk, teams={first: 1}, by=room.teacher, now=NOW)
    assert list(SelfStudyTeam.objects.values_list("number", flat=True)) == [1]
    with pytest.raises(Refusal) as refused:
        room.hand_in(task, who=2)
    assert refused.value.code == "no_team"


def test_teams_that_cannot_be_are_refused(room: Class) -> None:
    alone, together = room.give(), room.give(kind=TaskKind.COLLECTIVE)
    stranger = make.make_student()
    for task, teams, code in (
        (alone, {}, "not_collective"),
        (together, {stranger.pk: 1}, "not_on_list"),
        (together, {room.students[0].pk: 100}, "team_number"),
    ):
        with pytest.raises(Refusal) as refused:
            set_teams(task_id=task.pk, teams=teams, by=room.teacher, now=NOW)
        assert refused.value.code == code


def test_points_are_saved_told_and_kept_in_history(room: Class) -> None:
    task = room.give()
    assert room.grade(task, "7,25").saved == 1
    assert Notification.objects.filter(event=f"task-graded:{task.pk}:{make.MONDAY}").count() == 1
    assert room.grade(task, "8", 1).saved == 1
    assert room.grade(task, "", 2).saved == 1
    mark = SelfStudyMark.objects.get()
    assert (mark.points, mark.version) == (None, 3)
    events = ChangeEvent.objects.filter(entity="journal_selfstudymark").order_by("version")
    assert [event.before["points"] for event in events] == [7.25, 8.0]


@pytest.mark.parametrize("text", ["10.01", "-1", "1.234", "беш", "1e1", "٣"])
def test_points_out_of_scale_are_refused(room: Class, text: str) -> None:
    assert codes(room.grade(room.give(), text)) == ["points_not_allowed"]


def test_stale_points_show_what_stands_there(room: Class) -> None:
    task = room.give()
    room.grade(task, "6")
    late = room.grade(task, "9")
    assert (late.status, late.problems[0].code, late.problems[0].current) == (409, "stale", "6")
    assert SelfStudyMark.objects.get().points == 6


def test_points_of_an_earlier_day_change_only_with_a_reason(room: Class) -> None:
    task = room.give()
    room.grade(task, "6")
    assert codes(room.grade(task, "9", 1, days=1)) == ["reason_missing"]
    assert codes(room.grade(task, "9", 1, days=1, reason="а" * 301)) == ["reason_too_long"]
    assert room.grade(task, "9", 1, days=1, reason="кайра текшерилди").saved == 1
    assert ChangeEvent.objects.get(entity="journal_selfstudymark").reason == "кайра текшерилди"


def test_sum_counts_open_tasks_only_when_graded(room: Class) -> None:
    first, second = room.give(), room.give(maximum=Decimal("5.5"), due_on=DUE + timedelta(days=7))
    own = make.make_workload(course=room.course, subgroup=room.group.subgroups.get(number=2))
    room.give(workload=own, maximum=Decimal(3))
    room.grade(first, "7.25")
    room.grade(second, "5")
    a, b, c = (student.pk for student in room.students)
    graded = SelfStudy(Decimal("12.25"), Decimal("15.5"))
    assert self_study_of(room.course.pk, room.module.pk, on=DUE) == {a: graded}
    after = self_study_of(room.course.pk, room.module.pk, on=DUE + timedelta(days=1))
    assert after == {a: graded, b: SelfStudy(Decimal(0), Decimal(10)), c: SelfStudy(Decimal(0), Decimal(13))}


def test_closed_module_says_so_first(room: Class) -> None:
    task, together = room.give(), room.give(kind=TaskKind.COLLECTIVE)
    room.close()
    for deed in (
        lambda: room.give(),
        lambda: room.grade(task, "5"),
        lambda: room.hand_in(task),
        lambda: withdraw_task(task_id=task.pk, reason="кеч", by=room.teacher, now=NOW),
        lambda: change_task(task_id=task.pk, version=1, typed=room.typed(), by=room.teacher, now=NOW),
        lambda: set_teams(task_id=together.pk, teams={room.students[0].pk: 1}, by=room.teacher, now=NOW),
    ):
        with pytest.raises(Refusal) as refused:
            deed()
        assert (refused.value.code, refused.value.status) == ("module_closed", 423)


def test_task_of_an_open_module_does_not_go_into_a_closed_one(room: Class) -> None:
    task = room.give(due_on=Module.objects.get(number=2).starts_on)
    room.close()
    with pytest.raises(Refusal) as refused:
        change_task(task_id=task.pk, version=1, typed=room.typed(), by=room.teacher, now=NOW)
    assert refused.value.code == "module_closed"


CLOSED = [
    "UPDATE journal_selfstudytask SET title = 'x', version = version + 1",
    "UPDATE journal_selfstudytask SET module_id = (SELECT id FROM university_module WHERE number = 2),"
    " version = version + 1 WHERE kind = 'individual'",
    "UPDATE journal_selfstudymark SET points = 1, version = version + 1",
    "DELETE FROM journal_selfstudymember",
    "DELETE FROM journal_selfstudyfile",
    "UPDATE journal_selfstudyteam SET number = 9",
    "UPDATE journal_selfstudyfile SET name = 'x'",
    "INSERT INTO journal_selfstudyteam (task_id, number) SELECT id, 8 FROM journal_selfstudytask",
    "INSERT INTO journal_submission (task_id, student_id, version, text, file_name, file_path, file_type, file_sha256,"
    " by_id, handed_in_at, request_id) SELECT task_id, student_id, 2, 'x', '', '', '', '', by_id, now(), request_id"
    " FROM journal_submission WHERE student_id IS NOT NULL",
]
OWNERS = [
    "DELETE FROM journal_selfstudymark",
    "DELETE FROM journal_submission",
    "UPDATE journal_submission SET text = 'x'",
]


def full(room: Class) -> None:
    task, together = room.give(file=Upload("a.pdf", A_PDF)), room.give(kind=TaskKind.COLLECTIVE)
    set_teams(task_id=together.pk, teams={room.students[0].pk: 1}, by=room.teacher, now=NOW)
    room.hand_in(task)
    room.grade(task, "5")
    room.close()


@pytest.mark.parametrize("sql", CLOSED)
def test_web_changes_nothing_under_a_closed_module(room: Class, sql: str) -> None:
    full(room)
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("sql", OWNERS)
def test_web_deletes_no_points_and_changes_nothing_handed_in(room: Class, sql: str) -> None:
    full(room)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def owner(transactional_db: None) -> Iterator[Any]:
    with connections["owner"].cursor() as cursor:
        yield cursor


def test_owner_changes_nothing_under_a_closed_module(owner: Any) -> None:
    full(Class())
    for sql in (*CLOSED, *OWNERS, "DELETE FROM journal_selfstudyteam WHERE number = 9 OR number = 1"):
        with pytest.raises(IntegrityError):
            owner.execute(sql)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("UPDATE journal_selfstudymark SET points = 10.5, version = 2", "smaller maximum"),
        ("UPDATE journal_selfstudymark SET points = 9", "version must rise"),
        ("UPDATE journal_selfstudytask SET maximum = 4, version = 2", "above its maximum"),
        ("UPDATE journal_selfstudytask SET due_on = given_on - 1, version = 2", "journal_selfstudytask_dates"),
    ],
)
def test_database_keeps_points_within_the_task(room: Class, sql: str, why: str) -> None:
    room.grade(room.give(), "5")
    with pytest.raises(IntegrityError, match=why), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
