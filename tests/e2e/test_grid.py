"""The grid and the roll under real hands: keys, saving, conflicts, a lost network, a closed tab."""

import re
from collections.abc import Callable
from datetime import time, timedelta

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts.models import Student
from ejournal.lib import clock
from journal.models import Mark
from journal.services import record_marks
from teaching.models import Lesson, Substitution
from tests import factories as make

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

NOON = clock.moment_of(make.MONDAY, time(12, 0))

LogIn = Callable[..., BrowserContext]
Open = Callable[[BrowserContext, str], Page]


class Stage:
    """A journal of three students and two lessons of the tests' week, the second one today."""

    def __init__(self) -> None:
        self.workload = make.make_workload()
        self.teacher = self.workload.teachers.get().teacher.user
        self.students = [make.make_student(last_name=name) for name in ("Асанова", "Бекова", "Жумабекова")]
        for student in self.students:
            make.enrol(student, self.workload.course)
        self.yesterday = make.make_lesson(self.workload, day=make.MONDAY - timedelta(days=3))
        self.lesson = make.make_lesson(self.workload)

    @property
    def address(self) -> str:
        return f"/journals/{self.workload.id}/"

    def cell(self, page: Page, student: Student, lesson: Lesson | None = None) -> Locator:
        at = lesson or self.lesson
        return page.locator(f'td[data-lesson="{at.id}"][data-student="{student.id}"]')

    def enter(self, student: Student, value: str) -> None:
        """A mark of today that is made beside the page."""
        raw = {"lesson": self.lesson.id, "student": student.id, "version": 0, "value": value}
        saved = record_marks(journal_id=self.workload.id, raw_marks=[raw], by=self.teacher, now=NOON)
        assert saved.status == 200, saved.answer

    def values(self) -> list[tuple[str | None, int | None]]:
        """Presence and grade of today's cells, in the order of the list."""
        return list(
            Mark.objects.filter(lesson=self.lesson).order_by("student__user__sort_key").values_list("presence", "grade")
        )


@pytest.fixture
def stage(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return Stage()


def ready(page: Page) -> Page:
    expect(page.locator("#jgrid[data-ready]")).to_be_attached()
    return page


def all_saved(page: Page) -> None:
    expect(page.locator('#save-status[data-state="saved"]')).to_be_visible()
    expect(page.locator("td.is-pending")).to_have_count(0)


def test_points_of_the_module_follow_what_is_typed(
    stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    page = ready(open_page(logged_in(stage.teacher), stage.address))
    rows = [page.locator(f'tr[data-row="{student.id}"] .jgrid-sum a') for student in stage.students]
    for row in rows:
        expect(row).to_have_text("0.00")
    stage.cell(page, stage.students[0]).click()
    for key in ("5", "Enter", "4", "Enter", ";"):
        page.keyboard.press(key)
    all_saved(page)
    # The last mark completes the roll: from then on the lesson is a held one for all three.
    for row, points in zip(rows, ("9.00", "8.00", "0.00"), strict=True):
        expect(row).to_have_text(points)
    # From the end of a row Tab leads to why.
    stage.cell(page, stage.students[1]).focus()
    page.keyboard.press("Tab")
    expect(rows[1]).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(
        re.compile(rf"/courses/{stage.workload.course_id}/points/students/{stage.students[1].id}/$")
    )
    assert errors == []


def test_marks_typed_by_keyboard_are_saved_and_stay(
    stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    page = ready(open_page(logged_in(stage.teacher), stage.address))
    stage.cell(page, stage.students[0]).click()
    # A grade, Enter goes down; «;» on a Latin layout, where «ж» lies, is «кж».
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    page.keyboard.press(";")
    page.keyboard.press("Enter")
    page.keyboard.press("3")
    expect(stage.cell(page, stage.students[1])).to_have_text("кж")
    all_saved(page)
    assert stage.values() == [("present", 5), ("absent", None), ("present", 3)]
    row = page.locator(f'tr[data-row="{stage.students[1].id}"]')
    expect(row.locator("[data-absences]")).to_have_text("1")
    page.reload()
    ready(page)
    for student, text in zip(stage.students, ("5", "кж", "3"), strict=True):
        expect(stage.cell(page, student)).to_have_text(text)
    assert errors == []


def test_keys_move_and_clear(stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]) -> None:
    page = ready(open_page(logged_in(stage.teacher), stage.address))
    first, second, third = stage.students
    stage.cell(page, third, stage.yesterday).click()
    page.keyboard.press("+")
    # From the bottom Enter goes to the top of the next lesson.
    page.keyboard.press("Enter")
    expect(stage.cell(page, first)).to_be_focused()
    page.keyboard.press("Space")
    expect(stage.cell(page, first)).to_have_text("+")
    page.keyboard.press("ArrowDown")
    expect(stage.cell(page, second)).to_be_focused()
    page.keyboard.press("Home")
    expect(stage.cell(page, second, stage.yesterday)).to_be_focused()
    page.keyboard.press("Tab")
    expect(stage.cell(page, second)).to_be_focused()
    all_saved(page)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Delete")
    expect(stage.cell(page, first)).to_have_text("")
    all_saved(page)
    assert stage.values() == [(None, None)]
    page.keyboard.press("7")
    expect(page.locator("#jgrid-message")).to_be_visible()
    assert errors == []


def test_all_present_fills_only_empty_cells(stage: Stage, logged_in: LogIn, open_page: Open) -> None:
    stage.enter(stage.students[1], "кж")
    page = ready(open_page(logged_in(stage.teacher), stage.address))
    page.locator(f'[data-all="{stage.lesson.id}"]').click()
    all_saved(page)
    assert stage.values() == [("present", None), ("absent", None), ("present", None)]


@pytest.mark.parametrize(("choice", "grade"), [("Take theirs", 2), ("Keep mine", 5)])
def test_stale_cell_shows_the_other_and_asks(
    stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str], choice: str, grade: int
) -> None:
    page = ready(open_page(logged_in(stage.teacher), stage.address))
    stage.enter(stage.students[0], "2")
    stage.cell(page, stage.students[0]).click()
    page.keyboard.press("5")
    conflict = page.locator("#jgrid-conflicts li")
    expect(conflict).to_contain_text("Асанова")
    expect(stage.cell(page, stage.students[0])).to_have_text("2")
    page.get_by_role("button", name=choice).click()
    expect(conflict).to_have_count(0)
    expect(stage.cell(page, stage.students[0])).to_have_text(str(grade))
    all_saved(page)
    assert stage.values() == [("present", grade)]
    assert errors == []


def test_lost_network_keeps_the_queue_and_saves_when_it_is_back(
    stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    context = logged_in(stage.teacher)
    page = ready(open_page(context, stage.address))
    context.set_offline(True)
    stage.cell(page, stage.students[0]).click()
    page.keyboard.press("4")
    expect(page.locator('#save-status[data-state="offline"]')).to_be_visible()
    assert stage.values() == []
    context.set_offline(False)
    all_saved(page)
    assert stage.values() == [("present", 4)]
    assert errors == []


def test_closed_tab_loses_nothing(stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]) -> None:
    context = logged_in(stage.teacher)
    page = ready(open_page(context, stage.address))
    context.set_offline(True)
    stage.cell(page, stage.students[0]).click()
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    page.keyboard.press("r")
    expect(page.locator('#save-status[data-state="offline"]')).to_be_visible()
    page.close()
    context.set_offline(False)
    page = ready(open_page(context, stage.address))
    all_saved(page)
    assert stage.values() == [("present", 4), ("absent", None)]
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('marks:')).length") == 0
    assert errors == []


def test_queue_of_one_person_is_not_sent_by_another(stage: Stage, logged_in: LogIn, open_page: Open) -> None:
    context = logged_in(stage.teacher)
    page = ready(open_page(context, stage.address))
    context.set_offline(True)
    stage.cell(page, stage.students[0]).click()
    page.keyboard.press("4")
    expect(page.locator('#save-status[data-state="offline"]')).to_be_visible()
    page.close()
    context.set_offline(False)
    substitute = make.make_teacher(last_name="Эсенов")
    Substitution.objects.create(
        lesson=stage.lesson, substitute=substitute, reason="ооруп калды", named_by=stage.teacher, named_at=NOON
    )
    other = logged_in(substitute.user)
    context.clear_cookies()
    context.add_cookies(other.cookies())
    page = ready(open_page(context, stage.address))
    expect(stage.cell(page, stage.students[0])).to_have_text("")
    assert stage.values() == []


def test_change_after_the_day_asks_for_a_reason(
    stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    raw = {"lesson": stage.yesterday.id, "student": stage.students[0].id, "version": 0, "value": "5"}
    record_marks(journal_id=stage.workload.id, raw_marks=[raw], by=stage.teacher, now=NOON - timedelta(days=3))
    page = ready(open_page(logged_in(stage.teacher), stage.address))
    stage.cell(page, stage.students[0], stage.yesterday).click()
    page.keyboard.press("4")
    dialog = page.locator("#jgrid-reason")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").fill("жаңылыш")
    dialog.get_by_role("button", name="Save").click()
    all_saved(page)
    mark = Mark.objects.get(lesson=stage.yesterday, student=stage.students[0])
    assert (mark.grade, mark.reason) == (4, "жаңылыш")
    assert errors == []


def test_ended_login_keeps_what_was_typed(stage: Stage, logged_in: LogIn, open_page: Open) -> None:
    context = logged_in(stage.teacher)
    page = ready(open_page(context, stage.address))
    session = next(cookie for cookie in context.cookies() if cookie["name"] == "sessionid")
    context.clear_cookies(name="sessionid")
    stage.cell(page, stage.students[0]).click()
    page.keyboard.press("5")
    link = page.locator("#jgrid-login a")
    expect(link).to_be_visible()
    assert "/login/" in (link.get_attribute("href") or "")
    context.add_cookies([session])
    page.reload()
    ready(page)
    all_saved(page)
    assert stage.values() == [("present", 5)]


def test_history_of_a_cell_opens_in_a_dialog(stage: Stage, logged_in: LogIn, open_page: Open) -> None:
    stage.enter(stage.students[0], "5")
    page = ready(open_page(logged_in(stage.teacher), stage.address))
    stage.cell(page, stage.students[0]).click()
    page.keyboard.press("Alt+h")
    expect(page.locator("#jgrid-history")).to_contain_text(stage.teacher.last_name)


# ------------------------------------------------------------------------------------------------ the roll
def test_roll_saves_each_tap(stage: Stage, logged_in: LogIn, open_page: Open, errors: list[str]) -> None:
    page = open_page(logged_in(stage.teacher), f"/lessons/{stage.lesson.id}/")
    expect(page.locator("#lesson-form[data-ready]")).to_be_attached()
    first, second, third = (page.locator(f'.roll-row[data-student="{student.id}"]') for student in stage.students)
    first.locator('input[value="5"]').check()
    expect(first.locator('input[value="present"]')).to_be_checked()
    second.locator('input[value="late"]').check()
    second.get_by_label("Minutes late").fill("10")
    third.locator('input[value="absent"]').check()
    expect(page.locator('#save-status[data-state="saved"]')).to_be_visible()
    assert list(Mark.objects.order_by("student__user__sort_key").values_list("presence", "grade", "late_minutes")) == [
        ("present", 5, None),
        ("late", None, 10),
        ("absent", None, None),
    ]
    # The button saves the topic, and nothing a second time.
    page.get_by_label("Topic of the lesson").fill("Тема")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Topic of the lesson")).to_have_value("Тема")
    stage.lesson.refresh_from_db()
    assert stage.lesson.topic == "Тема"
    assert set(Mark.objects.filter(presence="present").values_list("version", flat=True)) == {1}
    assert errors == []


def test_lesson_page_works_without_scripts(stage: Stage, logged_in: LogIn, open_page: Open) -> None:
    page = open_page(logged_in(stage.teacher, scripts=False), f"/lessons/{stage.lesson.id}/")
    row = page.locator(f'.roll-row[data-student="{stage.students[0].id}"]')
    row.locator('input[value="absent"]').check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: 1 mark.")).to_be_visible()
    assert stage.values() == [("absent", None)]
