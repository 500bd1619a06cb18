"""Several journals in one grid under real hands, and the roll of a lesson: each tap is saved."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts.models import Student
from ejournal.lib import clock
from journal.models import Mark
from teaching.models import Lesson
from tests import factories as make
from tests.e2e.test_grid import Stage, all_saved, ready
from university.enums import LessonKind

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

NOON = clock.moment_of(make.MONDAY, time(12, 0))

LogIn = Callable[..., BrowserContext]
Open = Callable[[BrowserContext, str], Page]


def cell(page: Page, student: Student, lesson: Lesson) -> Locator:
    return page.locator(f'td[data-lesson="{lesson.id}"][data-student="{student.id}"]')


class Place:
    """A course of two kinds of one teacher, beside a colleague's laboratory of the second subgroup."""

    def __init__(self) -> None:
        self.course = make.make_course()
        keeper = make.make_teacher(department=self.course.department)
        self.teacher = keeper.user
        self.lecture = make.make_workload(course=self.course, teacher=keeper, kind=LessonKind.LECTURE)
        self.practice = make.make_workload(course=self.course, teacher=keeper)
        theirs = make.make_workload(
            course=self.course, kind=LessonKind.LABORATORY, subgroup=self.course.group.subgroups.get(number=2)
        )
        self.students = [make.make_student(last_name=name) for name in ("Асанова", "Бекова")]
        for number, student in enumerate(self.students, start=1):
            make.enrol(student, self.course, subgroup=number)
        self.lessons = [
            make.make_lesson(journal, pair=pair)
            for pair, journal in enumerate((self.lecture, self.practice, theirs), start=1)
        ]
        self.address = f"/courses/{self.course.id}/journal/"


@pytest.fixture
def place(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return Place()


def test_marks_of_a_course_go_each_to_its_journal(
    place: Place, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    page = ready(open_page(logged_in(place.teacher), place.address))
    cell(page, place.students[0], place.lessons[0]).click()
    # Down the lecture; Enter at its foot goes on at the head of the next lesson, which is another journal's.
    for key in ("5", "Enter", "4", "Enter", "3", "ArrowRight", "2"):
        page.keyboard.press(key)
    # The colleague's lesson takes nothing, and says why.
    expect(page.locator("#jgrid-message")).to_be_visible()
    all_saved(page)
    assert sorted(Mark.objects.values_list("lesson_id", "workload_id", "grade")) == [
        (place.lessons[0].id, place.lecture.id, 4),
        (place.lessons[0].id, place.lecture.id, 5),
        (place.lessons[1].id, place.practice.id, 3),
    ]
    # The row counts the marks of both journals, not of the one that answered last.
    expect(page.locator(f'tr[data-row="{place.students[0].id}"] [data-mean]')).to_have_text("4.00")
    expect(cell(page, place.students[0], place.lessons[2])).to_have_attribute("aria-readonly", "true")
    page.reload()
    expect(cell(page, place.students[0], place.lessons[1])).to_have_text("3")
    assert errors == []


def test_marks_of_two_journals_outlive_the_tab(
    place: Place, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    context = logged_in(place.teacher)
    page = ready(open_page(context, place.address))
    context.set_offline(True)
    cell(page, place.students[0], place.lessons[0]).click()
    for key in ("5", "ArrowRight", "4"):
        page.keyboard.press(key)
    expect(page.locator('#save-status[data-state="offline"]')).to_be_visible()
    page.close()
    context.set_offline(False)
    assert not Mark.objects.exists()
    # Each journal's page sends what is its own, wherever it was typed.
    all_saved(ready(open_page(context, f"/journals/{place.practice.id}/")))
    assert list(Mark.objects.values_list("workload_id", "grade")) == [(place.practice.id, 4)]
    all_saved(ready(open_page(context, place.address)))
    assert Mark.objects.filter(workload=place.lecture, grade=5).count() == 1
    assert errors == []


def test_months_of_a_course_fold_and_the_phone_does_not_scroll_sideways(
    place: Place, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    make.make_lesson(place.lecture, day=make.MONDAY + timedelta(weeks=3))
    page = ready(open_page(logged_in(place.teacher, phone=True), place.address))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator('th[data-month-head="2026-09"] button').click()
    expect(cell(page, place.students[0], place.lessons[0])).to_be_hidden()
    page.locator('th[data-month-head="2026-09"] button').click()
    expect(cell(page, place.students[0], place.lessons[0])).to_be_visible()
    assert errors == []


def test_a_stream_is_filled_once_group_under_group(
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
    logged_in: LogIn,
    open_page: Open,
    errors: list[str],
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    keeper = make.make_teacher()
    journals = [
        make.make_workload(course=make.make_course(department=keeper.department), teacher=keeper, stream="А-1")
        for _ in range(2)
    ]
    students = [make.make_student(last_name=name) for name in ("Асанова", "Бекова")]
    for student, journal in zip(students, journals, strict=True):
        make.enrol(student, journal.course)
    lesson = make.make_lesson(*journals)
    page = ready(open_page(logged_in(keeper.user), f"/journals/{journals[0].id}/stream/"))
    expect(page.locator("th[scope=rowgroup]")).to_have_count(2)
    cell(page, students[0], lesson).click()
    # Enter steps over the heading of the second group.
    for key in ("5", "Enter", ";"):
        page.keyboard.press(key)
    all_saved(page)
    assert sorted(Mark.objects.values_list("workload_id", "presence", "grade")) == sorted(
        [(journals[0].id, "present", 5), (journals[1].id, "absent", None)]
    )
    lesson.refresh_from_db()
    assert lesson.roll_taken_at is not None
    expect(page.locator(f'tr[data-row="{students[1].id}"] [data-absences]')).to_have_text("1")
    page.keyboard.press("Control+z")
    expect(cell(page, students[1], lesson)).to_have_text("")
    all_saved(page)
    assert errors == []


# ------------------------------------------------------------------------------------------------ the roll
@pytest.fixture
def stage(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return Stage()


def roll(stage: Stage, logged_in: LogIn, open_page: Open) -> Page:
    page = open_page(logged_in(stage.teacher), f"/lessons/{stage.lesson.id}/")
    expect(page.locator("#lesson-form[data-ready]")).to_be_attached()
    return page


def tap(page: Page, student: Student, name: str, value: str) -> None:
    page.locator(f'input[name="{name}{student.id}"][value="{value}"]').check(force=True)


def roll_saved(page: Page) -> None:
    expect(page.locator('#save-status[data-state="saved"]')).to_be_visible()
    expect(page.locator(".roll-row.is-pending")).to_have_count(0)


def test_a_tap_on_the_roll_is_saved_at_once(stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]) -> None:
    page = roll(stage, logged_in, open_page)
    tap(page, stage.students[0], "p", "absent")
    # A grade says that somebody is there.
    tap(page, stage.students[1], "g", "4")
    tap(page, stage.students[2], "p", "late")
    minutes = page.locator(f'input[name="m{stage.students[2].id}"]')
    minutes.fill("10")
    minutes.press("Tab")
    roll_saved(page)
    assert stage.values() == [("absent", None), ("present", 4), ("late", None)]
    assert Mark.objects.get(lesson=stage.lesson, student=stage.students[2]).late_minutes == 10
    # An absence takes the grade with it.
    tap(page, stage.students[1], "p", "absent")
    roll_saved(page)
    assert stage.values()[1] == ("absent", None)
    assert errors == []


def test_all_present_leaves_who_was_marked(stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]) -> None:
    page = roll(stage, logged_in, open_page)
    tap(page, stage.students[0], "p", "absent")
    roll_saved(page)
    page.locator("[name=all_present]").click()
    roll_saved(page)
    assert stage.values() == [("absent", None), ("present", None), ("present", None)]
    assert errors == []


def test_the_roll_shows_whose_mark_is_there_now(
    stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    page = roll(stage, logged_in, open_page)
    stage.enter(stage.students[0], "3")
    tap(page, stage.students[0], "p", "absent")
    row = page.locator(f'.roll-row[data-student="{stage.students[0].id}"]')
    expect(row.locator(".roll-note")).to_contain_text(stage.teacher.get_full_name())
    expect(page.locator(f'input[name="g{stage.students[0].id}"][value="3"]')).to_be_checked()
    assert stage.values()[0] == ("present", 3)
    assert errors == []


def test_a_change_after_the_day_waits_for_its_reason(
    stage: Stage, logged_in: LogIn, open_page: Open, monkeypatch: pytest.MonkeyPatch, errors: list[str]
) -> None:
    stage.enter(stage.students[0], "3")
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=1))
    page = roll(stage, logged_in, open_page)
    tap(page, stage.students[0], "g", "4")
    row = page.locator(f'.roll-row[data-student="{stage.students[0].id}"]')
    expect(row).to_have_class("roll-row is-error")
    assert stage.values()[0] == ("present", 3)
    reason = page.locator("#reason")
    expect(reason).to_be_focused()
    reason.fill("ката жазылган")
    reason.press("Tab")
    roll_saved(page)
    assert stage.values()[0] == ("present", 4)
    assert Mark.objects.get(lesson=stage.lesson, student=stage.students[0]).reason == "ката жазылган"
    assert errors == []


def test_a_roll_that_cannot_be_sent_waits_for_the_network(
    stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    page = roll(stage, logged_in, open_page)
    page.context.set_offline(True)
    tap(page, stage.students[0], "p", "present")
    expect(page.locator('#save-status[data-state="offline"]')).to_be_visible()
    assert stage.values() == []
    page.context.set_offline(False)
    roll_saved(page)
    assert stage.values() == [("present", None)]
    assert errors == []
