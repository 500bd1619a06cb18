"""The ledger of hours: what counts for whom (§2.10), and what a page of it costs."""

from datetime import date, datetime, time, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.clock import day_of, moment_of
from reports.selectors.hours import Ledger, LedgerChoice, LedgerRow, hours_ledger, teacher_hours
from teaching.enums import ChangeKind, LessonState
from teaching.models import Lesson, LessonChange, LessonWorkload, Substitution, Workload
from tests import factories as make
from university.enums import LessonKind
from university.models import Curriculum

pytestmark = pytest.mark.django_db

NOW = moment_of(make.MONDAY, time(18, 0))
WEEK = timedelta(days=7)


@pytest.fixture
def study() -> User:
    user = make.make_user("study")
    make.appoint(user, Role.STUDY_OFFICE)
    return user


def ledger(user: User, now: datetime = NOW, **choice: object) -> Ledger:
    return hours_ledger(rights_of(user, on=day_of(now)), LedgerChoice(**choice), limit=50, now=now)  # type: ignore[arg-type]


def only(user: User, **choice: object) -> LedgerRow:
    (row,) = ledger(user, **choice).rows
    return row


def hold(lesson: Lesson, *, topic: str = "Күч") -> Lesson:
    lesson.roll_taken_at, lesson.topic, lesson.state = lesson.ends_at, topic, LessonState.HELD
    lesson.save(update_fields=["roll_taken_at", "topic", "state"])
    return lesson


def allot(workload: Workload, practical: int) -> None:
    group = workload.course.group
    Curriculum.objects.create(
        programme=group.programme,
        intake=group.intake,
        semester=workload.course.semester,
        discipline=workload.course.discipline,
        practical_hours=practical,
        credits=4,
        control_form="exam",
    )


def test_line_counts_held_recorded_lost_and_what_is_to_come(study: User) -> None:
    workload = make.make_workload()
    allot(workload, 10)
    hold(make.make_lesson(workload, day=make.MONDAY - 2 * WEEK))
    hold(make.make_lesson(workload, day=make.MONDAY - WEEK), topic="")
    Lesson.objects.filter(pk=make.make_lesson(workload).pk).update(state=LessonState.CANCELLED)
    make.make_lesson(workload, day=make.MONDAY + WEEK)
    row = only(study)
    assert (row.curriculum, row.workload, row.timetable, row.passed) == (10, 34, 8, 6)
    assert (row.held, row.recorded, row.lost, row.made_up, row.difference) == (4, 2, 2, 0, -6)
    assert (row.forecast.hours, row.forecast.by) == (4, make.MONDAY + WEEK)
    assert row.disagrees


def test_lesson_whose_journal_may_still_be_filled_is_expected_and_an_older_one_is_not(study: User) -> None:
    workload = make.make_workload()
    allot(workload, 4)
    make.make_lesson(workload, day=make.MONDAY - 2 * WEEK)
    make.make_lesson(workload)
    assert only(study).forecast.hours == 2


def test_make_up_stands_beside_the_timetable_and_makes_up(study: User) -> None:
    workload = make.make_workload()
    allot(workload, 2)
    lost = make.make_lesson(workload, day=make.MONDAY - WEEK)
    Lesson.objects.filter(pk=lost.pk).update(state=LessonState.NOT_HELD)
    made_up = hold(make.make_lesson(workload))
    change = LessonChange.objects.create(
        kind=ChangeKind.MAKE_UP,
        reason="ордуна",
        order_number="1-К",
        order_date=make.MONDAY,
        approved_by=study,
        approved_at=NOW,
    )
    LessonWorkload.objects.filter(lesson=made_up).update(change=change)
    row = only(study)
    assert (row.timetable, row.lost, row.made_up, row.held, row.forecast.hours) == (2, 2, 2, 2, 0)


def test_moved_lesson_counts_as_the_timetable_s(study: User) -> None:
    workload = make.make_workload()
    moved = make.make_lesson(workload)
    change = LessonChange.objects.create(
        kind=ChangeKind.MOVE,
        reason="көчүрүлдү",
        order_number="1-К",
        order_date=make.MONDAY,
        approved_by=study,
        approved_at=NOW,
    )
    LessonWorkload.objects.filter(lesson=moved).update(change=change)
    hold(moved)
    row = only(study)
    assert (row.timetable, row.held, row.made_up, row.lost) == (2, 2, 0, 0)


def test_each_subgroup_is_laid_beside_the_curriculum_and_the_group_beside_the_worst(study: User) -> None:
    course = make.make_course()
    first, second = (make.make_workload(course=course, subgroup=part) for part in course.group.subgroups.all())
    allot(first, 34)
    hold(make.make_lesson(first))
    hold(make.make_lesson(first, day=make.MONDAY - WEEK))
    hold(make.make_lesson(second, pair=2))
    assert sorted((row.subgroup, row.curriculum, row.held) for row in ledger(study).rows) == [(1, 34, 4), (2, 34, 2)]
    group = only(study, by="group")
    assert (group.curriculum, group.workload, group.held, group.due) == (34, 34, 2, 34)


def test_stream_counts_once_for_the_teacher_and_for_each_group(study: User) -> None:
    teacher = make.make_teacher()
    one, other = (make.make_workload(teacher=teacher, stream="А1", kind=LessonKind.LECTURE) for _ in range(2))
    hold(make.make_lesson(one, other))
    assert [row.held for row in ledger(study).rows] == [2, 2]
    row = only(study, by="teacher")
    assert (row.id, row.workload, row.held) == (teacher.id, 34, 2)


def test_hours_are_credited_to_the_living_substitute(study: User) -> None:
    workload = make.make_workload()
    teacher = workload.teachers.get().teacher
    substitute = make.make_teacher(last_name="Алиев")
    for lesson, withdrawn in (
        (hold(make.make_lesson(workload)), None),
        (hold(make.make_lesson(workload, day=make.MONDAY - WEEK)), NOW),
    ):
        Substitution.objects.create(
            lesson=lesson, substitute=substitute, reason="ооруп", named_by=study, named_at=NOW, withdrawn_at=withdrawn
        )
    assert {row.id: row.held for row in ledger(study, by="teacher").rows} == {teacher.id: 2, substitute.id: 2}
    (own,) = teacher_hours(teacher.id, semester_id=None, now=NOW)[2]
    assert (own.own, own.substituted, own.given_away, own.credited) == (2, 0, 2, 2)
    (his,) = teacher_hours(substitute.id, semester_id=None, now=NOW)[2]
    assert (his.own, his.substituted, his.given_away, his.credited) == (0, 2, 0, 2)


def test_more_in_one_discipline_does_not_make_up_for_less_in_another(study: User) -> None:
    group = make.make_group()
    rich = make.make_workload(course=make.make_course(group=group, discipline="Оптика"))
    poor = make.make_workload(course=make.make_course(group=group, discipline="Химия"))
    allot(rich, 2)
    allot(poor, 4)
    for weeks in range(3):
        hold(make.make_lesson(rich, day=make.MONDAY - weeks * WEEK))
    row = only(study, by="group")
    assert (row.due, row.held, row.forecast.hours) == (6, 6, 4)


def test_only_short_and_figures_are_of_all_that_was_found(study: User) -> None:
    short, full = make.make_workload(), make.make_workload()
    Workload.objects.filter(pk=full.pk).update(hours=2)
    hold(make.make_lesson(full))
    found = ledger(study, only_short=True)
    assert ([row.id for row in found.rows], found.count, found.short_hours) == ([short.id], 1, 34)


def test_teacher_sees_his_lines_alone() -> None:
    mine = make.make_workload()
    make.make_workload()
    teacher = mine.teachers.get().teacher
    assert [row.id for row in ledger(teacher.user).rows] == [mine.id]


@pytest.mark.parametrize("by", ["line", "group", "discipline", "department", "teacher"])
@pytest.mark.parametrize("number", [1, 3])
def test_page_costs_one_statement_of_its_own(study: User, client: Client, number: int, by: str) -> None:
    for _ in range(number):
        hold(make.make_lesson(make.make_workload()))
    client.force_login(study)
    client.get("/hours/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/hours/?by={by}").status_code == 200
    assert len([one for one in queries.captured_queries if "WITH sem" in one["sql"]]) == 1
    assert len(queries) == 4


def test_export_has_the_filtered_rows_and_no_formula(
    study: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    make.make_workload(course=make.make_course(discipline="=1+1"))
    client.force_login(study)
    answer = client.get("/hours/export.xlsx?short=on")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert (len(rows), rows[1][0], rows[1][5]) == (2, "=1+1", 34)


def test_forecast_is_said_in_words(study: User, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    workload = make.make_workload()
    allot(workload, 6)
    make.make_lesson(workload, day=date(2026, 12, 21))
    client.force_login(study)
    client.cookies["django_language"] = "en"
    assert "4 hours short by Monday, 21 December" in " ".join(client.get("/hours/").content.decode().split())
    client.cookies["django_language"] = "ky"
    assert "21-декабрь" in client.get("/hours/").content.decode()
