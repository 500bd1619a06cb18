"""A head's morning in one browser test: a teacher is ill, plans wait, hours are short, the two journals differ.

Then the substitute gives the lesson of that morning, and the head sees the answer. All of it in English.
"""

import re
from datetime import time, timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.enums import Role
from accounts.models import Teacher
from ejournal.lib import clock
from journal.models import Mark
from teaching.enums import LessonState
from teaching.models import Course, Lesson, Plan, Workload
from teaching.rules import PlanLine
from teaching.services.plans import begin_plan, save_plan, submit_plan
from tests import factories as make
from tests.e2e.conftest import SetClock, Sit, come_in, menu
from university.enums import LessonKind
from university.models import Curriculum, Institution

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

WEEK = timedelta(days=7)
WEDNESDAY = make.MONDAY + timedelta(days=2)
# Before the bell, and in the middle of the first pair.
EARLY = clock.moment_of(make.MONDAY, time(7, 50))
FIRST_PAIR = clock.moment_of(make.MONDAY, time(8, 10))
NOTE = "Ньютондун экинчи мыйзамы, 14-бет"


class Department:
    """A department on a Monday: an ill teacher, a free colleague, a busy one, the head; three plans that wait."""

    def __init__(self) -> None:
        Institution.objects.create(id=1, name_ky="Сыноо университети")
        self.unit = make.make_unit()
        self.department = make.make_department(self.unit)
        make.appoint(make.make_user("head", last_name="Жолдошев"), Role.HEAD, department=self.department)
        self.ill = make.make_teacher("ill", department=self.department, last_name="Осмонов")
        self.free = make.make_teacher("free", department=self.department, last_name="Касымов")
        self.busy = make.make_teacher("busy", department=self.department, last_name="Бектенова")
        self.room = make.make_room("Б-101")
        self.students = [
            make.make_student(f"student{number}", group=None, last_name=name)
            for number, name in enumerate(("Абдыраева", "Бекова"))
        ]
        self.group = make.make_group(self.unit, "ФИЗ-11")
        for student in self.students:
            student.group_enrolments.create(group=self.group, starts_on=make.make_semester().starts_on)
        self.mechanics = self._journal(self.ill, "Механика", kind=LessonKind.PRACTICAL)
        for student in self.students:
            make.enrol(student, self.mechanics.course)
        # The colleague gives its lectures: he knows the discipline.
        make.make_workload(course=self.mechanics.course, teacher=self.free, kind=LessonKind.LECTURE)
        self.today = make.make_lesson(self.mechanics, room=self.room)
        self.third = make.make_lesson(self.mechanics, pair=3, room=self.room)
        self.wednesday = make.make_lesson(self.mechanics, day=WEDNESDAY, pair=2, room=self.room)
        self._past()
        make.make_lesson(self._journal(self.busy, "Оптика"))
        self.plans = [self._waiting(self.busy, name) for name in ("Акустика", "Атомдук физика", "Термодинамика")]

    def _journal(self, teacher: Teacher, discipline: str, *, kind: LessonKind = LessonKind.PRACTICAL) -> Workload:
        course: Course = make.make_course(group=self.group, department=self.department, discipline=discipline)
        return make.make_workload(course=course, teacher=teacher, kind=kind)

    def _past(self) -> None:
        """Two Mondays before: one was held, one is not filled. By the curriculum many more hours are due."""
        held = make.make_lesson(self.mechanics, day=make.MONDAY - 2 * WEEK)
        Lesson.objects.filter(pk=held.pk).update(roll_taken_at=held.ends_at, topic="Кинематика", state=LessonState.HELD)
        make.make_lesson(self.mechanics, day=make.MONDAY - WEEK)
        Curriculum.objects.create(
            programme=self.group.programme,
            intake=self.group.intake,
            semester=self.mechanics.course.semester,
            discipline=self.mechanics.course.discipline,
            practical_hours=34,
            credits=4,
            control_form="exam",
        )

    def _waiting(self, teacher: Teacher, discipline: str) -> Plan:
        when = EARLY - timedelta(days=3)
        plan = begin_plan(workload=self._journal(teacher, discipline), by=teacher.user, now=when)
        lines = [PlanLine(week, 1, f"{discipline}: {week}", 2, (), "", "") for week in range(1, 18)]
        plan = save_plan(plan_id=plan.pk, lines=lines, version=plan.version, by=teacher.user, now=when)
        submit_plan(plan_id=plan.pk, version=plan.version, by=teacher.user, now=when)
        return plan


def record_the_absence(head: Page, house: Department) -> None:
    menu(head, "Substitutions")
    expect(head.get_by_role("heading", name="Absent teachers", level=1)).to_be_visible()
    head.get_by_label("Teacher*", exact=True).select_option(f"{house.ill.pk}")
    head.get_by_label("First day").fill(make.MONDAY.isoformat())
    head.get_by_label("Last day").fill((make.MONDAY + timedelta(days=4)).isoformat())
    head.get_by_label("Valid reason").select_option(label="illness")
    head.get_by_label("Number of the document").fill("12-б")
    head.get_by_role("button", name="Record and choose substitutes").click()
    expect(head.get_by_role("heading", name="Осмонов", level=1)).to_be_visible()


def name_a_substitute_for_two(head: Page, house: Department) -> None:
    rows = head.locator("li.substitution")
    expect(rows).to_have_count(3)
    for row in rows.all():
        expect(row).to_contain_text("ФИЗ-11")
        expect(row).to_contain_text("Б-101")
    # Who is free and teaches it stands first; who holds a lesson at that time is not offered.
    first = rows.filter(has_text="21.09").filter(has_text="pair 1").locator("select")
    offered = first.locator("optgroup option")
    expect(offered.first).to_contain_text("Касымов")
    expect(offered.first).to_contain_text("teaches it")
    expect(first.locator("option", has_text="Бектенова")).to_have_count(0)
    expect(rows.filter(has_text="pair 3").locator("option", has_text="Бектенова")).to_have_count(1)
    for row in (first, rows.filter(has_text="23.09").locator("select")):
        row.select_option(str(house.free.pk))
    head.get_by_label("Note for the substitute").fill(NOTE)
    head.get_by_role("button", name="Name substitutes").click()
    expect(head.get_by_text("Covered: 2 of 3")).to_be_visible()
    expect(rows.filter(has_text="pair 3").locator("select")).to_have_value("")
    menu(head, "Substitutions")
    expect(head.locator("main tbody tr", has_text="Осмонов")).to_contain_text("1 of 3 uncovered")


def decide_the_plans(head: Page, house: Department) -> None:
    menu(head, "Today")
    head.get_by_role("link", name="Plans for approval").click()
    for name in ("Акустика", "Атомдук физика"):
        head.get_by_role("checkbox", name=name).check()
    head.get_by_role("button", name="Approve the chosen").click()
    waiting = head.locator("ul.plan-choices li")
    expect(waiting).to_have_count(1)
    # The third is looked into first, and goes back with a remark.
    waiting.get_by_role("link", name="Термодинамика").click()
    expect(head.locator("main")).to_contain_text("Термодинамика: 17")
    head.go_back()
    head.get_by_role("checkbox", name="Термодинамика").check()
    head.get_by_label("Remarks, if returned").fill("Адабияттар көрсөтүлгөн эмес")
    head.get_by_role("button", name="Return the chosen").click()
    expect(head.get_by_text("No plan waits for you")).to_be_visible()
    assert [Plan.objects.get(pk=plan.pk).state for plan in house.plans] == ["approved", "approved", "returned"]


def look_at_the_hours(head: Page) -> None:
    menu(head, "Hours")
    head.get_by_label("Only where hours are short").check()
    head.get_by_role("button", name="Show", exact=True).click()
    row = head.locator("main tbody tr", has_text="Механика").filter(has_text="Practical")
    expect(row).to_contain_text(re.compile(r"\d+ hours short by"))


def keep_the_departments_journal(head: Page, house: Department) -> None:
    menu(head, "Department's journal")
    head.locator("main tbody tr", has_text="Механика").filter(has_text="Practical").get_by_role("link").click()
    for day in ("7 September", "14 September"):
        head.locator("label.book-day", has_text=day).get_by_role("checkbox").check()
    head.get_by_label("The month is entered whole").check()
    head.get_by_role("button", name="Save", exact=True).click()
    expect(head.locator(".alert-success, .toast").first).to_be_visible()
    menu(head, "Department's journal")
    head.get_by_role("link", name="Differences").click()
    differences = head.locator("main ul.rows li")
    expect(differences).to_have_count(1)
    expect(differences).to_contain_text("14 September")
    differences.get_by_label("Remark").fill("Сабак болгон, журнал толтурула элек")
    differences.get_by_role("button", name="Settle").click()
    expect(differences).to_contain_text("Сабак болгон, журнал толтурула элек")
    expect(head.get_by_text("0 open of 1")).to_be_visible()


def give_the_lesson(substitute: Page, house: Department) -> None:
    today = substitute.locator("li.lesson.is-running")
    expect(today).to_contain_text("you stand in for Осмонов")
    expect(today).to_contain_text(NOTE)
    coming = substitute.locator("section[aria-labelledby=coming-title]")
    expect(coming.locator("li.lesson")).to_have_count(1)
    expect(coming).to_contain_text("23.09")
    coming.get_by_role("link", name="2 wait for your answer").click()
    first = substitute.locator("li.substitution", has_text="21.09")
    first.get_by_role("button", name="Confirm").click()
    expect(substitute.locator("li.substitution", has_text="21.09")).to_contain_text("confirmed")
    menu(substitute, "Today")
    substitute.locator("li.lesson.is-running").get_by_role("link").click()
    expect(substitute.locator("main")).to_contain_text(NOTE)
    expect(substitute.locator("#lesson-form[data-ready]")).to_be_attached()
    away, here = house.students
    for student, value in ((away, "absent"), (here, "present")):
        row = substitute.locator(f'.roll-row[data-student="{student.pk}"]')
        row.locator(f'label.choice:has(input[value="{value}"])').click()
    expect(substitute.locator('#save-status[data-state="saved"]')).to_be_visible()
    substitute.get_by_label("Topic").fill("Ньютондун экинчи мыйзамы")
    substitute.locator(".savebar button[type=submit]").click()
    expect(substitute.locator("main .alert-success, .toast").first).to_be_visible()
    marks = Mark.objects.filter(lesson=house.today).order_by("student__user__last_name")
    assert list(marks.values_list("student_id", "presence")) == [(away.pk, "absent"), (here.pk, "present")]


def test_heads_morning_from_the_illness_to_the_roll(at_a_browser: Sit, errors: list[str], set_clock: SetClock) -> None:
    set_clock(EARLY)
    house = Department()

    head = come_in(at_a_browser(language="en"), "head", make.PASSWORD)
    expect(head.locator("html")).to_have_attribute("lang", "en")
    expect(head.get_by_text("3 plans wait for your approval")).to_be_visible()
    record_the_absence(head, house)
    menu(head, "Today")
    expect(head.get_by_text("3 lessons of the next seven days have no substitute yet")).to_be_visible()
    head.get_by_role("link", name="Absent teachers").click()
    head.locator("main tbody tr", has_text="Осмонов").get_by_role("link").click()
    name_a_substitute_for_two(head, house)
    decide_the_plans(head, house)
    look_at_the_hours(head)
    keep_the_departments_journal(head, house)

    set_clock(FIRST_PAIR)
    substitute = come_in(at_a_browser(language="en"), "free", make.PASSWORD)
    give_the_lesson(substitute, house)

    # The ill teacher sees who gave the lesson, what was marked, and the note.
    ill = come_in(at_a_browser(language="en"), "ill", make.PASSWORD)
    given = ill.locator("li.lesson", has_text="Касымов Эрлан stands in for you")
    expect(given).to_contain_text("Filled")
    given.get_by_role("link").click()
    expect(ill.locator("main")).to_contain_text("Касымов Эрлан (instead of Осмонов Эрлан)")
    expect(ill.locator(".roll-row", has_text="Абдыраева").locator('input[value="absent"]')).to_be_checked()
    menu(ill, "Substitutions")
    expect(ill.locator("li.substitution", has_text="21.09")).to_contain_text("Касымов Э. stands in for you")

    menu(head, "Substitutions")
    head.locator("main tbody tr", has_text="Осмонов").get_by_role("link").click()
    taken = head.locator("li.substitution", has_text="21.09").filter(has_text="pair 1")
    expect(taken).to_contain_text("confirmed")
    expect(taken).to_contain_text("Ньютондун экинчи мыйзамы")
    expect(taken.get_by_role("button", name="Withdraw")).to_have_count(0)
    expect(head.locator("li.substitution", has_text="23.09").get_by_role("button", name="Withdraw")).to_be_visible()
    assert errors == []
