"""Blocks of the grid under real hands: paste and undo, a class by keyboard and by thumb, filters, folded months."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts.models import Student
from ejournal.lib import clock
from journal.models import Mark
from teaching.models import Lesson
from tests import factories as make

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

NOON = clock.moment_of(make.MONDAY, time(12, 0))
# Five lessons in the filling window, the last one today, and one of August's end that is long over.
DAYS = [make.MONDAY - timedelta(days=days) for days in (6, 5, 4, 3, 0)]
LONG_AGO = date(2026, 9, 1)
MEANT: dict[str, tuple[str | None, int | None]] = {
    "5": ("present", 5),
    "4": ("present", 4),
    "3": ("present", 3),
    "+": ("present", None),
}

LogIn = Callable[..., BrowserContext]
Open = Callable[[BrowserContext, str], Page]


class Class:
    """A journal of thirty students."""

    def __init__(self) -> None:
        self.workload = make.make_workload()
        self.teacher = self.workload.teachers.get().teacher.user
        self.students = [make.make_student(last_name=f"Студентова{number:02}") for number in range(1, 31)]
        for student in self.students:
            make.enrol(student, self.workload.course)
        self.old = make.make_lesson(self.workload, day=LONG_AGO)
        self.lessons = [make.make_lesson(self.workload, day=day) for day in DAYS]

    @property
    def address(self) -> str:
        return f"/journals/{self.workload.id}/"

    def cell(self, page: Page, student: Student, lesson: Lesson) -> Locator:
        return page.locator(f'td[data-lesson="{lesson.id}"][data-student="{student.id}"]')

    def marks(self) -> dict[tuple[int, int], tuple[str | None, int | None]]:
        rows = Mark.objects.values_list("lesson_id", "student_id", "presence", "grade")
        return {(lesson, student): (presence, grade) for lesson, student, presence, grade in rows}


@pytest.fixture
def group(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Class:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return Class()


def ready(page: Page) -> Page:
    expect(page.locator("#jgrid[data-ready]")).to_be_attached()
    return page


def all_saved(page: Page) -> None:
    expect(page.locator('#save-status[data-state="saved"]')).to_be_visible()
    expect(page.locator("td.is-pending")).to_have_count(0)


def paste(page: Page, text: str) -> None:
    """What Ctrl+V does, with a text that lies on the clipboard."""
    page.evaluate(
        """(text) => {
            const transfer = new DataTransfer();
            transfer.setData("text/plain", text);
            document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def copied(page: Page) -> str:
    return str(
        page.evaluate(
            """() => {
            const transfer = new DataTransfer();
            document.activeElement.dispatchEvent(
                new ClipboardEvent("copy", {clipboardData: transfer, bubbles: true, cancelable: true}));
            return transfer.getData("text/plain");
        }"""
        )
    )


def test_class_of_thirty_is_marked_by_keyboard_alone(
    group: Class, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    page = ready(open_page(logged_in(group.teacher), group.address))
    page.keyboard.press("Tab")
    for _ in range(60):
        if page.evaluate("document.activeElement.matches('td[data-lesson]')"):
            break
        page.keyboard.press("Tab")
    expect(group.cell(page, group.students[0], group.lessons[-1])).to_be_focused()
    typed = ["5", "4", "r", "3", "+"] * 6
    for key in typed:
        page.keyboard.press(key)
        page.keyboard.press("Enter")
    all_saved(page)
    meant = {**MEANT, "r": ("absent", None)}
    lesson = group.lessons[-1]
    assert group.marks() == {
        (lesson.id, student.id): meant[key] for student, key in zip(group.students, typed, strict=True)
    }
    lesson.refresh_from_db()
    assert lesson.state == "held"
    assert errors == []


def test_block_with_three_bad_cells_is_pasted_and_taken_back(
    group: Class, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    page = ready(open_page(logged_in(group.teacher), group.address))
    table = [["5", "кж", "4", "+", "3"] for _ in group.students]
    table[0][0], table[7][2], table[29][4] = "7", "н/б", "5,5"
    group.cell(page, group.students[0], group.lessons[0]).click()
    paste(page, "\r\n".join("\t".join(line) for line in table) + "\r\n")
    dialog = page.locator("#jgrid-paste")
    expect(dialog).to_be_visible()
    expect(dialog.locator("td.is-bad")).to_have_count(3)
    expect(dialog.locator("[data-bad] li")).to_have_count(3)
    expect(dialog.locator("[data-good]")).to_have_text("Can be entered: 147. Cannot: 3.")
    # Nothing is entered before it is agreed to.
    assert group.marks() == {}
    dialog.get_by_role("button", name="Enter the good ones").click()
    all_saved(page)
    meant = {**MEANT, "кж": ("absent", None)}
    wanted = {
        (lesson.id, student.id): meant[line[column]]
        for student, line in zip(group.students, table, strict=True)
        for column, lesson in enumerate(group.lessons)
        if line[column] in meant
    }
    assert group.marks() == wanted
    page.keyboard.press("Control+z")
    # Marks of earlier days were made a moment ago; taking them back is a change that needs its reason (§4.3).
    reason = page.locator("#jgrid-reason")
    expect(reason).to_be_visible()
    reason.get_by_label("Reason").fill("башка тайпаныкы")
    reason.get_by_role("button", name="Save").click()
    all_saved(page)
    assert set(group.marks().values()) == {(None, None)}
    assert errors == []


def test_nothing_of_a_refused_paste_is_entered(group: Class, logged_in: LogIn, open_page: Open) -> None:
    page = ready(open_page(logged_in(group.teacher), group.address))
    group.cell(page, group.students[0], group.lessons[-1]).click()
    paste(page, "5\n4\n")
    page.locator("#jgrid-paste").get_by_role("button", name="Enter nothing").click()
    expect(page.locator("td.is-pending")).to_have_count(0)
    assert group.marks() == {}


def test_paste_names_locked_cells_and_those_outside(group: Class, logged_in: LogIn, open_page: Open) -> None:
    page = ready(open_page(logged_in(group.teacher), group.address))
    group.cell(page, group.students[29], group.old).click()
    paste(page, "5\t4\n5\t4\n")
    bad = page.locator("#jgrid-paste [data-bad] li")
    # The lesson of long ago is locked, the second line lies below the last student; one cell is good.
    expect(bad).to_have_count(3)
    expect(bad.first).to_contain_text("days for filling")
    expect(bad.last).to_contain_text("outside of the grid")
    expect(page.locator("#jgrid-paste [data-good]")).to_have_text("Can be entered: 1. Cannot: 3.")


def test_selection_is_copied_cleared_and_taken_back(
    group: Class, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    page = ready(open_page(logged_in(group.teacher), group.address))
    lesson = group.lessons[-1]
    group.cell(page, group.students[0], lesson).click()
    for key in ("5", "Enter", ";", "Enter", "+"):
        page.keyboard.press(key)
    all_saved(page)
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    expect(page.locator("td.is-selected")).to_have_count(3)
    assert copied(page) == "5\nкж\n+"
    page.keyboard.press("Delete")
    all_saved(page)
    assert set(group.marks().values()) == {(None, None)}
    page.keyboard.press("Control+z")
    all_saved(page)
    marks = group.marks()
    assert [marks[lesson.id, student.id] for student in group.students[:3]] == [
        ("present", 5),
        ("absent", None),
        ("present", None),
    ]
    assert errors == []


def test_filters_and_folded_months(group: Class, logged_in: LogIn, open_page: Open, errors: list[str]) -> None:
    page = ready(open_page(logged_in(group.teacher), group.address))
    lesson = group.lessons[-1]
    group.cell(page, group.students[4], lesson).click()
    page.keyboard.press("r")
    all_saved(page)
    page.get_by_label("Only students with «кж»").check()
    expect(page.locator("tbody tr:visible")).to_have_count(1)
    # Enter goes to what is shown: the only student's next lesson.
    page.keyboard.press("Escape")
    page.get_by_label("Only students with «кж»").uncheck()
    expect(page.locator("tbody tr:visible")).to_have_count(30)
    page.locator("[data-month-head='2026-09'] button").click()
    expect(page.locator("thead th[data-column]:visible")).to_have_count(0)
    page.locator("[data-month-head='2026-09'] button").click()
    expect(page.locator("thead th[data-column]:visible")).to_have_count(6)
    assert errors == []


def test_figures_of_a_lesson_follow_what_is_typed(group: Class, logged_in: LogIn, open_page: Open) -> None:
    page = ready(open_page(logged_in(group.teacher), group.address))
    group.cell(page, group.students[0], group.lessons[-1]).click()
    for key in ("5", "Enter", "4", "Enter", "r", "Enter", "4"):
        page.keyboard.press(key)
    last = [row.locator("td").nth(5) for row in page.locator("tfoot tr").all()]
    assert [cell.inner_text() for cell in last] == ["4.33", "1", "2", "", "", "1"]


def test_class_is_marked_by_thumb_on_a_narrow_phone(
    group: Class, logged_in: LogIn, open_page: Open, errors: list[str]
) -> None:
    page = ready(open_page(logged_in(group.teacher, phone=True), group.address))
    group.cell(page, group.students[0], group.lessons[-1]).tap()
    pad = page.locator("#jgrid-pad")
    typed = ["5", "4", "кж", "3", "+"] * 6
    for sign in typed:
        pad.locator(f'[data-pad="{sign}"]').tap()
    all_saved(page)
    lesson = group.lessons[-1]
    meant = {**MEANT, "кж": ("absent", None)}
    assert group.marks() == {
        (lesson.id, student.id): meant[sign] for student, sign in zip(group.students, typed, strict=True)
    }
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert errors == []
