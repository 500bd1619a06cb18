"""Filling control (§3.6, §4.3): what is not filled in time, by whom, and what the pages cost."""

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.clock import day_of, moment_of
from journal.rules import is_overdue
from journal.services import record_marks
from reports.selectors.control import (
    ControlChoice,
    TeacherFilling,
    UnfilledLesson,
    count_unfilled,
    filling_by_teacher,
    unfilled_lessons,
)
from teaching.enums import LessonState
from teaching.models import Lesson, Substitution, Workload
from tests import factories as make
from university.models import Policy

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOW = moment_of(make.MONDAY + 2 * DAY, time(18, 0))
MONTH = ControlChoice(make.MONDAY.replace(day=1), make.MONDAY.replace(day=30))


@pytest.fixture
def study() -> User:
    user = make.make_user("study")
    make.appoint(user, Role.STUDY_OFFICE)
    return user


def journal(**given: object) -> Workload:
    """A journal with one student on its list."""
    workload = make.make_workload(**given)  # type: ignore[arg-type]
    make.enrol(make.make_student(group=workload.course.group), workload.course)
    return workload


def found(user: User, choice: ControlChoice = MONTH, now: datetime = NOW) -> list[UnfilledLesson]:
    return unfilled_lessons(rights_of(user, on=day_of(now)), choice, limit=50, now=now)[1]


def teachers(user: User, choice: ControlChoice = MONTH, now: datetime = NOW) -> list[TeacherFilling]:
    return filling_by_teacher(rights_of(user, on=day_of(now)), choice, limit=50, now=now)[3]


def ids(user: User, choice: ControlChoice = MONTH, now: datetime = NOW) -> list[int]:
    return [row.lesson_id for row in found(user, choice, now)]


def mark(lesson: Lesson, value: str, *, at: datetime, version: int = 0, reason: str = "") -> None:
    """The teacher's entry for the only student of the lesson's journal, whatever the filling window says today."""
    workload = lesson.workloads.get().workload
    student = workload.course.enrolments.get().student
    entry = {"lesson": lesson.id, "student": student.id, "version": version, "value": value, "reason": reason}
    answer = record_marks(journal_id=workload.id, raw_marks=[entry], by=lesson.teacher.user, now=at).answer
    assert [cell["status"] for cell in answer["marks"]] == [200]


def at(lesson: Lesson, *, days: int) -> datetime:
    return moment_of(lesson.date + days * DAY, time(15, 0))


def test_lesson_is_listed_as_soon_as_the_hours_have_passed(study: User) -> None:
    lesson = make.make_lesson(journal())
    for now in (lesson.ends_at + DAY - timedelta(seconds=1), lesson.ends_at + DAY):
        is_listed = ids(study, now=now) == [lesson.id]
        assert is_listed == is_overdue(ends_at=lesson.ends_at, alarm_hours=24, now=now)
    assert ids(study, now=lesson.ends_at + DAY) == [lesson.id]


def test_hours_are_the_settings_and_a_unit_may_have_its_own(study: User) -> None:
    slow, usual = make.make_lesson(journal()), make.make_lesson(journal())
    Policy.objects.create(key="unfilled_alarm_hours", value=2, valid_from=MONTH.since)
    unit = slow.workloads.get().workload.course.group.unit
    Policy.objects.create(key="unfilled_alarm_hours", value=48, valid_from=MONTH.since, unit=unit)
    assert ids(study, now=usual.ends_at + timedelta(hours=2)) == [usual.id]
    assert ids(study, now=usual.ends_at + timedelta(hours=1)) == []
    assert set(ids(study, now=slow.ends_at + timedelta(hours=48))) == {slow.id, usual.id}


@pytest.mark.parametrize("state", [LessonState.CANCELLED, LessonState.NOT_HELD])
def test_what_fell_out_raises_no_alarm(study: User, state: LessonState) -> None:
    Lesson.objects.filter(pk=make.make_lesson(journal()).pk).update(state=state)
    assert found(study) == []
    assert teachers(study) == []


def test_group_without_enrolled_students_raises_no_alarm(study: User) -> None:
    make.make_lesson(make.make_workload())
    later = make.make_workload()
    make.enrol(make.make_student(group=later.course.group), later.course, starts_on=make.MONDAY + DAY)
    make.make_lesson(later)
    assert found(study) == []


def test_subgroup_without_students_raises_no_alarm(study: User) -> None:
    course = make.make_course()
    first, second = course.group.subgroups.order_by("number")
    make.enrol(make.make_student(group=course.group), course, subgroup=1)
    filled = make.make_lesson(make.make_workload(course=course, subgroup=first))
    make.make_lesson(make.make_workload(course=course, subgroup=second))
    (row,) = found(study)
    assert (row.lesson_id, row.groups) == (filled.id, f"{course.group.name}/1")


def test_newest_come_first_with_how_long_they_wait(study: User) -> None:
    workload = journal()
    older = make.make_lesson(workload, day=make.MONDAY - 7 * DAY)
    newer = make.make_lesson(workload)
    rows = found(study, now=newer.ends_at + timedelta(hours=30))
    assert [row.lesson_id for row in rows] == [newer.id, older.id]
    assert [(row.days, row.hours) for row in rows] == [(1, 30), (8, 198)]


def test_partly_filled_lesson_says_so(study: User) -> None:
    workload = journal()
    make.enrol(make.make_student(group=workload.course.group, first_name="Нурай"), workload.course)
    lesson = make.make_lesson(workload)
    student = workload.course.enrolments.order_by("id")[0].student
    entry = {"lesson": lesson.id, "student": student.id, "version": 0, "value": "5"}
    record_marks(journal_id=workload.id, raw_marks=[entry], by=lesson.teacher.user, now=at(lesson, days=0))
    (row,) = found(study)
    assert row.is_partly


def test_substitute_is_to_fill_it_while_he_is_named(study: User) -> None:
    lesson = make.make_lesson(journal())
    named = make.make_teacher(last_name="Эсенов")
    substitution = Substitution.objects.create(
        lesson=lesson, substitute=named, reason="ооруп калды", named_by=study, named_at=NOW
    )
    (row,) = found(study)
    assert (row.teacher, row.teacher_id, row.is_substitute) == ("Эсенов Э.", named.pk, True)
    assert ids(named.user) == [lesson.id]
    assert ids(lesson.teacher.user) == []
    substitution.withdrawn_at = NOW
    substitution.save(update_fields=["withdrawn_at"])
    (row,) = found(study)
    assert (row.teacher_id, row.is_substitute) == (lesson.teacher_id, False)


def test_each_sees_his_scope(study: User) -> None:
    mine, foreign = make.make_lesson(journal()), make.make_lesson(journal())
    course = mine.workloads.get().workload.course
    scopes: list[tuple[Role, dict[str, object]]] = [
        (Role.HEAD, {"department": course.department}),
        (Role.DEAN, {"unit": course.group.unit}),
        (Role.DEANS_OFFICE, {"unit": course.group.unit}),
    ]
    for role, scope in scopes:
        user = make.make_user()
        make.appoint(user, role, **scope)
        assert ids(user) == [mine.id]
        # What lies outside cannot be chosen either.
        far = foreign.workloads.get().workload
        assert ids(user, ControlChoice(MONTH.since, MONTH.until, unit=far.course.group.unit_id)) == []
        assert ids(user, ControlChoice(MONTH.since, MONTH.until, department=far.department_id)) == []
    assert ids(mine.teacher.user) == [mine.id]
    assert set(ids(study)) == {mine.id, foreign.id}
    assert ids(study, ControlChoice(MONTH.since, MONTH.until, teacher=foreign.teacher_id)) == [foreign.id]


def test_stream_counts_once(study: User) -> None:
    teacher = make.make_teacher()
    lesson = make.make_lesson(journal(teacher=teacher, stream="A"), journal(teacher=teacher, stream="A"))
    (row,) = found(study)
    assert row.groups.count(",") == 1
    assert [(one.name, one.held) for one in teachers(study)] == [("Осмонов Э.", 1)]
    assert row.lesson_id == lesson.id


def test_teacher_is_summed_by_month(study: User) -> None:
    workload = journal()
    lessons = [make.make_lesson(workload, day=make.MONDAY - 7 * DAY * weeks, pair=1) for weeks in (0, 1, 2)]
    other = make.make_lesson(workload, pair=2)
    mark(lessons[0], "5", at=at(lessons[0], days=0))
    mark(lessons[1], "5", at=at(lessons[1], days=1))
    mark(lessons[2], "5", at=at(lessons[2], days=4))
    (row,) = teachers(study)
    assert (row.held, row.on_day, row.late, row.mean_delay, row.unfilled) == (4, 1, 2, 2.5, 1)
    assert ids(study) == [other.id]
    assert teachers(study, ControlChoice(MONTH.since - 31 * DAY, MONTH.since - DAY)) == []


def test_corrections_are_changes_of_what_stood_there_after_the_day(study: User) -> None:
    workload = journal()
    changed, same_day, made_up, emptied = (make.make_lesson(workload, pair=pair) for pair in (1, 2, 3, 4))
    mark(changed, "3", at=at(changed, days=0))
    mark(changed, "4", at=at(changed, days=1), version=1, reason="жаңылдым")
    mark(changed, "5", at=at(changed, days=2), version=2, reason="жаңылдым")
    mark(same_day, "3", at=at(same_day, days=0))
    mark(same_day, "4", at=at(same_day, days=0), version=1)
    mark(made_up, "кж", at=at(made_up, days=0))
    student = workload.course.enrolments.get().student
    entry = {
        "lesson": made_up.id,
        "student": student.id,
        "version": 1,
        "presence": "absent",
        "grade": 4,
        "makeup_on": f"{make.MONDAY + DAY:%Y-%m-%d}",
        "reason": "тапшырды",
    }
    answer = record_marks(
        journal_id=workload.id, raw_marks=[entry], by=made_up.teacher.user, now=at(made_up, days=1)
    ).answer
    assert answer["marks"][0]["status"] == 200
    mark(emptied, "5", at=at(emptied, days=0))
    mark(emptied, "", at=at(emptied, days=1), version=1, reason="башка студент")
    mark(emptied, "4", at=at(emptied, days=2), version=2, reason="башка студент")
    (row,) = teachers(study)
    assert row.corrected == 3  # twice the first, once the last when it was emptied


def test_count_of_days_is_the_same_list(study: User) -> None:
    make.make_lesson(journal())
    rights = rights_of(study, on=day_of(NOW))
    assert count_unfilled(rights, since=make.MONDAY, until=make.MONDAY, now=NOW) == 1
    assert count_unfilled(rights, since=make.MONDAY + DAY, until=make.MONDAY + DAY, now=NOW) == 0


# --- the pages ---


@pytest.fixture
def client_of(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(clock, "now", lambda: NOW)

    def login(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return login


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("show", "cost"), [("", 7), ("teachers", 6)])
def test_page_costs_the_same_for_one_and_three(study: User, client_of, show: str, cost: int, count: int) -> None:  # type: ignore[no-untyped-def]
    for _ in range(count):
        make.make_lesson(journal())
    client = client_of(study)
    client.get("/control/unfilled/")
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/control/unfilled/", {"show": show})
    assert len(page.context["rows"]) == count
    assert len(queries) == cost


def test_page_is_paginated(study: User, client_of, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("reports.views.control.PAGE_SIZE", 2)
    for _ in range(3):
        make.make_lesson(journal())
    client = client_of(study)
    pages = [client.get("/control/unfilled/", {"page": number}) for number in ("1", "2")]
    assert [len(page.context["rows"]) for page in pages] == [2, 1]
    assert client.get("/control/unfilled/?show=teachers&page=99")["Location"].endswith("?show=teachers&page=1")
    assert "page=2" in pages[0].content.decode()


def test_months_are_walked_and_the_future_is_not_offered(study: User, client_of) -> None:  # type: ignore[no-untyped-def]
    page = client_of(study).get("/control/unfilled/")
    assert (page.context["previous_url"], page.context["next_url"]) == ("?month=2026-08", "")
    earlier = client_of(study).get("/control/unfilled/?month=2026-08")
    assert earlier.context["next_url"] == "?month=2026-09"


def test_bad_month_is_refused(study: User, client_of) -> None:  # type: ignore[no-untyped-def]
    answer = client_of(study).get("/control/unfilled/?month=2026-13", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_month")


@pytest.mark.parametrize("query", ["unit=x", "department=-1", "teacher=999999999999999", "page=x", "page=-3", "show=x"])
def test_what_is_no_choice_leaves_open(study: User, client_of, query: str) -> None:  # type: ignore[no-untyped-def]
    make.make_lesson(journal())
    page = client_of(study).get(f"/control/unfilled/?{query}")
    assert (page.status_code, len(page.context["rows"])) == (200, 1)


def test_lesson_is_linked_only_where_its_page_opens(client_of) -> None:  # type: ignore[no-untyped-def]
    lesson = make.make_lesson(journal())
    keeper = lesson.workloads.get().workload.teachers.get()
    address = f"/lessons/{lesson.id}/"
    assert address in client_of(keeper.teacher.user).get("/control/unfilled/").content.decode()
    keeper.ends_on = make.MONDAY
    keeper.save()
    page = client_of(keeper.teacher.user).get("/control/unfilled/")
    assert len(page.context["rows"]) == 1
    assert address not in page.content.decode()


def test_heads_first_page_says_what_this_week_lacks(client_of) -> None:  # type: ignore[no-untyped-def]
    lesson = make.make_lesson(journal())
    head = make.make_user()
    make.appoint(head, Role.HEAD, department=lesson.workloads.get().workload.department)
    page = client_of(head).get("/").content.decode()
    assert "/control/unfilled/" in page
    assert "Ушул аптанын 1 сабагы толтурулган эмес" in page
    mark(lesson, "5", at=at(lesson, days=0))
    assert "Ушул аптанын" not in client_of(head).get("/").content.decode()
