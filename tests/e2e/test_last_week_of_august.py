"""The last week of August in one browser test: what the coming semester lacks, and who brings it.

The year's workbook is loaded, a wrong one is loaded after it and undone, the timetable is looked through, logins are
issued, and a teacher sends a plan for approval before the first bell. All of it in English.
"""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.enums import Role
from accounts.models import Appointment, Teacher, User
from ejournal.loading.models import AppliedLoad
from teaching.models import Lesson, Plan, Workload
from tests import factories as make
from tests.e2e.conftest import WORKBOOK_TYPE, SetClock, Sit, come_in, menu, print_slips
from tests.loading.applying import AUGUST, load
from tests.loading.books import Rows, only, small, xlsx
from university.models import Institution, Unit

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

# What was known in spring already: the calendar, the people, the groups.
SPRING = only("Окуу жылы", "Түзүмдөр", "Кафедралар", "Окутуучулар", "Тайпалар", "Студенттер")


def the_year() -> dict[str, Rows]:
    """The whole year; the subgroups' laboratory also stands where the group hears its lecture."""

    def clash(rows: Rows) -> None:
        rows.append(["Ж000004", "дүйшөмбү", 1, "ар жума", "Б-101"])

    return small(Жадыбал=clash)


def a_torn_one() -> dict[str, Rows]:
    """The timetable again, without the lines of a journal."""
    lines = the_year()["Жадыбал"]
    return {"Жадыбал": [line for line in lines if line[0] != "Ж000003"], "Окуу жүктөмү": the_year()["Окуу жүктөмү"]}


def appointed(username: str, role: Role, **scope: object) -> User:
    """Somebody in office since spring."""
    user = make.make_user(username, last_name="Кызматкер")
    appointment: Appointment = make.appoint(user, role, **scope)
    appointment.starts_on = date(2026, 2, 1)
    appointment.save()
    return user


def check_the_file(page: Page, name: str, book: dict[str, Rows]) -> None:
    menu(page, "Load a workbook")
    page.get_by_label("Workbook (XLSX)").set_input_files(
        {"name": name, "mimeType": WORKBOOK_TYPE, "buffer": xlsx(book)}
    )
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("link", name="To what came of it").click()
    expect(page.get_by_role("heading", name="What would be loaded")).to_be_visible()


def load_what_was_shown(page: Page) -> None:
    page.get_by_role("button", name="Load all of it").click()
    page.get_by_role("link", name="To what came of it").click()
    expect(page.get_by_role("heading", name="Loaded", exact=True)).to_be_visible()


def line_of(page: Page, name: str) -> Locator:
    return page.locator("main tbody tr", has=page.get_by_role("rowheader", name=name))


def load_the_year(admin: Page) -> None:
    menu(admin, "August checklist")
    expect(line_of(admin, "Students are in groups")).to_contain_text("done")
    for name in ("Bells", "Workloads have lines in the timetable", "Teachers of the semester have a login"):
        expect(line_of(admin, name)).to_contain_text("not done")
    before = admin.locator("main progress").get_attribute("value")
    # The list leads to where it is mended.
    line_of(admin, "Bells").get_by_role("link").click()
    expect(admin.get_by_role("heading", name="Load a workbook", level=1)).to_be_visible()
    check_the_file(admin, "окуу-жылы.xlsx", the_year())
    assert Workload.objects.count() == 0
    expect(line_of(admin, "Окуу жүктөмү").locator("td").first).to_have_text("5")
    expect(line_of(admin, "Студенттер").locator("td").last).to_have_text("5")
    workloads = admin.locator("main details", has_text="Окуу жүктөмү")
    workloads.locator("summary").click()
    expect(workloads.locator("li", has_text="Ж000003")).to_be_visible()
    expect(admin.get_by_role("heading", name="Worth a look")).to_be_visible()
    expect(admin.locator("main tbody tr", has_text="ФИЗ-11").last).to_be_visible()
    load_what_was_shown(admin)
    assert Workload.objects.count() == 5
    menu(admin, "August checklist")
    expect(line_of(admin, "Bells").locator(".badge")).to_have_text("done")
    expect(line_of(admin, "Workloads have lines in the timetable").locator(".badge")).to_have_text("done")
    expect(line_of(admin, "Students have a login").locator(".badge")).to_have_text("not done")
    after = admin.locator("main progress").get_attribute("value")
    assert before is not None
    assert after is not None
    assert int(after) > int(before)


def load_a_torn_file_and_undo_it(admin: Page) -> None:
    lessons = Lesson.objects.count()
    check_the_file(admin, "жадыбал.xlsx", a_torn_one())
    expect(admin.get_by_text("Workload Ж000003 would have no lessons left.")).to_be_visible()
    # Without the agreement it is asked for, and nothing is loaded.
    admin.get_by_role("button", name="Load all of it").click()
    expect(admin.get_by_role("alert").first).to_be_visible()
    assert Lesson.objects.count() == lessons
    admin.get_by_label("I have seen what would end").check()
    load_what_was_shown(admin)
    assert Lesson.objects.count() < lessons
    menu(admin, "Load a workbook")
    admin.get_by_role("link", name="Applied loads").click()
    rows = admin.locator("main tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("жадыбал.xlsx")
    expect(rows.nth(1)).to_contain_text("окуу-жылы.xlsx")
    # The latest alone may be undone.
    expect(admin.get_by_role("link", name="Undo…")).to_have_count(1)
    rows.nth(0).get_by_role("link", name="Undo…").click()
    admin.get_by_role("button", name="Undo this load").click()
    admin.get_by_role("link", name="To what came of it").click()
    expect(admin.get_by_text("The load was undone")).to_be_visible()
    assert Lesson.objects.count() == lessons
    admin.get_by_role("link", name="Applied loads").click()
    expect(rows.nth(0)).to_contain_text("undone")
    expect(rows.nth(1).get_by_role("link", name="Undo…")).to_be_visible()


def look_through_the_timetable(study: Page) -> None:
    menu(study, "August checklist")
    expect(line_of(study, "Lines of the timetable have an auditorium")).to_contain_text("in part")
    # Loading is the administrator's: the list leads the study office nowhere.
    expect(study.locator("main tbody a")).to_have_count(0)
    menu(study, "Timetable")
    study.get_by_label("Name").fill("ФИЗ-11")
    study.keyboard.press("Enter")
    study.locator("main tbody").get_by_role("link", name="ФИЗ-11").click()
    expect(study.get_by_text("No semester in this week")).to_be_visible()
    study.get_by_role("link", name="First week of the semester").click()
    expect(study.locator("main")).to_contain_text("Механика")
    study.get_by_role("link", name="Another timetable").click()
    study.get_by_role("link", name="Clashes of the timetable").click()
    clash = study.locator("table.tt-clashes tbody tr", has=study.get_by_role("link", name="ФИЗ-11"))
    expect(clash).to_contain_text("Өсүмдүк өстүрүү")
    expect(clash).to_contain_text("Механика")
    expect(clash).to_contain_text("pair 1")


def issue_the_logins_of_a_group(office: Page) -> dict[str, str]:
    office.locator("main").get_by_role("link", name="Groups and logins").click()
    office.get_by_role("link", name="ФИЗ-11", exact=True).click()
    office.get_by_role("link", name="Issue to 3 students").click()
    slips = print_slips(office, office.locator("main form button[type=submit]"))
    office.goto("/groups/")
    expect(office.locator("main tbody tr", has_text="ФИЗ-11")).to_contain_text("all issued")
    return slips


def tab_to(page: Page, target: Locator) -> None:
    """By the Tab key alone, as somebody without a mouse goes."""
    for _step in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the Tab key never comes to {target}")


def write_a_plan_by_keyboard(teacher: Page) -> None:
    expect(teacher.get_by_text("2 journals have no plan yet")).to_be_visible()
    tab_to(teacher, teacher.get_by_role("link", name="Calendar-thematic plans"))
    teacher.keyboard.press("Enter")
    laboratory = teacher.locator("main tbody tr", has_text="Өсүмдүк өстүрүү")
    tab_to(teacher, laboratory.get_by_role("button", name="Make a plan"))
    teacher.keyboard.press("Enter")
    expect(teacher.get_by_role("heading", name="Өсүмдүк өстүрүү", level=1)).to_be_visible()
    topics = teacher.locator("#plan-rows [name=topic]")
    tab_to(teacher, topics.first)
    for number in range(9):
        teacher.keyboard.type(f"Иш {number + 1}")
        teacher.keyboard.press("Tab")
        teacher.keyboard.type("2")
        teacher.keyboard.press("Shift+Tab")
        if number < 8:
            teacher.keyboard.press("Enter")
            expect(topics.nth(number + 1)).to_be_focused()
    expect(teacher.locator("[data-total]")).to_have_text("18")
    tab_to(teacher, teacher.get_by_role("button", name="Save and send for approval"))
    teacher.keyboard.press("Enter")
    expect(teacher.get_by_text("The plan was sent for approval.")).to_be_visible()
    plan = Plan.objects.get()
    assert (plan.state, plan.items.count()) == ("submitted", 9)


def test_last_week_of_august_from_the_workbook_to_the_plan(
    at_a_browser: Sit, errors: list[str], set_clock: SetClock
) -> None:
    set_clock(AUGUST)
    Institution.objects.create(id=1, name_ky="Сыноо университети")
    load(SPRING, now=AUGUST - timedelta(days=90), by=appointed("admin", Role.ADMINISTRATOR))
    appointed("study", Role.STUDY_OFFICE)
    appointed("office", Role.DEANS_OFFICE, unit=Unit.objects.get())

    admin = come_in(at_a_browser(language="en"), "admin", make.PASSWORD)
    expect(admin.locator("html")).to_have_attribute("lang", "en")
    load_the_year(admin)
    load_a_torn_file_and_undo_it(admin)

    look_through_the_timetable(come_in(at_a_browser(language="en"), "study", make.PASSWORD))
    slips = issue_the_logins_of_a_group(come_in(at_a_browser(language="en"), "office", make.PASSWORD))
    assert set(slips) == {"26-000001", "26-000002", "26-000003"}

    # A login of an earlier year: nothing is to be changed.
    user = Teacher.objects.get(staff_number="Т00003").user
    user.set_password(make.PASSWORD)
    user.save()
    teacher = come_in(at_a_browser(language="en"), user.username, make.PASSWORD)
    menu(teacher, "Journals")
    expect(teacher.locator("main")).to_contain_text("Механика")
    expect(teacher.locator("main")).to_contain_text("Өсүмдүк өстүрүү")
    menu(teacher, "Today")
    write_a_plan_by_keyboard(teacher)

    # A plan rests on the year's load now: it is not undone any more.
    admin.get_by_role("link", name="Undo…").click()
    expect(admin.get_by_text("The load cannot be undone")).to_be_visible()
    expect(admin.get_by_role("button", name="Undo this load")).to_have_count(0)
    assert AppliedLoad.objects.filter(undone_at__isnull=True).count() == 2
    menu(admin, "August checklist")
    logins = line_of(admin, "Students have a login")
    expect(logins.locator(".badge")).to_have_text("in part")
    expect(logins.locator("td.num")).to_have_text(["3", "2"])
    assert errors == []
