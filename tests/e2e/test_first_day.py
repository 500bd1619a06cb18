"""The first day in one browser test: a workbook is loaded, logins are issued, a lesson is taught, a student sees it.

Each person sits at a browser of their own, in Kyrgyz, and comes in by the page of the login.
"""

from datetime import time

import pytest
from playwright.sync_api import Page, expect

from accounts.enums import Role
from accounts.models import Student, User
from ejournal.lib import clock
from journal.models import Mark
from teaching.models import Lesson, Workload
from tests import factories as make
from tests.e2e.conftest import WORKBOOK_TYPE, SetClock, Sit, choose_own_password, come_in, print_slips
from tests.loading.books import xlsx
from university.models import Institution, Unit

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

# In the middle of the Monday lecture of the small workbook: two groups hear it together.
NOW = clock.moment_of(make.MONDAY, time(8, 30))


def load_workbook(page: Page) -> None:
    page.goto("/load/")
    page.locator("input[type=file]").set_input_files({"name": "окуу.xlsx", "mimeType": WORKBOOK_TYPE, "buffer": xlsx()})
    page.locator("main form button[type=submit]").click()
    page.locator("#job-state a.btn-primary").click()
    # The difference is shown, and nothing is there yet.
    students = page.locator("main tbody tr", has=page.get_by_role("rowheader", name="Студенттер"))
    expect(students.locator("td").first).to_have_text("5")
    assert not Student.objects.exists()
    page.locator("main form:has(input[name=shown]) button[type=submit]").click()
    page.locator("#job-state a.btn-primary").click()
    expect(page.locator("main .alert-success")).to_be_visible()


def issue_to_teacher(page: Page, number: str) -> dict[str, str]:
    page.goto("/admin/accounts/user/")
    page.locator("#searchbar").fill(number)
    page.locator("#changelist-search input[type=submit]").click()
    page.locator("input[name=_selected_action]").check()
    page.locator("select[name=action]").select_option("issue")
    page.locator("button[name=index]").click()
    page.locator(".submit-row").wait_for()
    return print_slips(page, page.locator(".submit-row input[type=submit]"))


def issue_to_group(page: Page, group: str) -> dict[str, str]:
    page.locator('main a[href="/groups/"]').click()
    page.get_by_role("link", name=group, exact=True).click()
    page.locator('a[href="?issue=new"]').click()
    return print_slips(page, page.locator("main form button[type=submit]"))


def all_saved(page: Page) -> None:
    expect(page.locator('#save-status[data-state="saved"]')).to_be_visible()


@pytest.mark.ignore_template_errors  # Django's own admin, through which the teacher's slip is issued
def test_first_day_from_the_workbook_to_the_student(at_a_browser: Sit, errors: list[str], set_clock: SetClock) -> None:
    set_clock(NOW)
    Institution.objects.create(id=1, name_ky="Сыноо университети")
    make.appoint(make.make_user("admin"), Role.ADMINISTRATOR)

    # Load: the dry run, the difference, the load.
    administrator = come_in(at_a_browser(), "admin", make.PASSWORD)
    expect(administrator.locator("html")).to_have_attribute("lang", "ky")
    load_workbook(administrator)
    assert Workload.objects.count() == 5
    assert not [user for user in User.objects.exclude(username="admin") if user.has_usable_password()]

    # Issue: the teacher's slip by the administrator, the group's by its dean's office.
    slips = issue_to_teacher(administrator, "Т00001")
    assert set(slips) == {"t00001"}
    make.appoint(make.make_user("office"), Role.DEANS_OFFICE, unit=Unit.objects.get())
    office = come_in(at_a_browser(), "office", make.PASSWORD)
    slips |= issue_to_group(office, "ФИЗ-11")
    assert set(slips) == {"t00001", "26-000001", "26-000002", "26-000003"}
    office.goto("/groups/")
    expect(office.locator("main tbody tr", has_text="ФИЗ-11").locator("td.num").nth(1)).to_have_text("3")

    # Teach: today's running lesson from the first page, a tap for one, the grid for another.
    tapped, typed, fellow = Student.objects.order_by("record_book")[:3]
    teacher = come_in(at_a_browser(), "t00001", slips["t00001"])
    choose_own_password(teacher, slips["t00001"])
    running = teacher.locator("li.lesson.is-running")
    expect(running).to_have_count(1)
    expect(running).to_contain_text("ФИЗ-11")
    running.locator("a").click()
    expect(teacher.locator("#lesson-form[data-ready]")).to_be_attached()
    row = teacher.locator(f'.roll-row[data-student="{tapped.id}"]')
    row.locator('label.choice:has(input[value="5"])').click()
    expect(row.locator('input[value="present"]')).to_be_checked()
    all_saved(teacher)
    lesson = Lesson.objects.get(date=make.MONDAY)
    teacher.locator("input[name=topic]").fill("Ньютондун мыйзамдары")
    teacher.locator(".savebar button[type=submit]").click()
    expect(teacher.locator("input[name=topic]")).to_have_value("Ньютондун мыйзамдары")
    journal = Workload.objects.get(number="Ж000001")
    teacher.locator(f'main a[href^="/journals/{journal.id}/"]').click()
    expect(teacher.locator("#jgrid[data-ready]")).to_be_attached()
    teacher.locator(f'td[data-lesson="{lesson.id}"][data-student="{typed.id}"]').click()
    teacher.keyboard.press("4")
    all_saved(teacher)
    teacher.locator(f'td[data-lesson="{lesson.id}"][data-student="{fellow.id}"]').click()
    teacher.keyboard.press("r")  # «к» on a Latin layout
    expect(teacher.locator(f'td[data-lesson="{lesson.id}"][data-student="{fellow.id}"]')).to_have_text("кж")
    all_saved(teacher)
    assert list(Mark.objects.order_by("student__record_book").values_list("presence", "grade")) == [
        ("present", 5),
        ("present", 4),
        ("absent", None),
    ]

    # See: each student the own mark, nobody the other's.
    for student, mark in ((tapped, "5"), (typed, "4"), (fellow, "кж")):
        page = come_in(at_a_browser(), student.record_book, slips[student.record_book])
        today = page.locator("li.lesson", has_text="Ньютондун мыйзамдары")
        expect(today.locator(".mark")).to_have_text(mark)
        page.get_by_role("navigation").locator('a[href="/cabinet/"]').first.click()
        discipline = page.locator("main tbody tr", has_text="Механика")
        expect(discipline.locator(".marks .mark")).to_have_text([mark])
        address = discipline.locator("a").get_attribute("href")
        assert address is not None
        statuses = [
            page.goto(address.replace(f"/cabinet/{student.id}/", f"/cabinet/{whose.id}/")) for whose in (tapped, fellow)
        ]
        assert [answer.status if answer else 0 for answer in statuses] == [
            200 if whose == student else 404 for whose in (tapped, fellow)
        ]
        # A slip's password stays: students do not change it.
        assert (answer := page.goto("/password/")) is not None
        assert answer.status == 403
    assert errors == []
