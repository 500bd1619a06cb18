"""The regulation on the first day, from the workbook to the cabinet: §1.2, §1.6, §2.1, §3.2, §3.3, §3.5d, §3.8, §4.1,
§4.2, §4.3, §7.2. Clauses of single pages have their tests beside these."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import Student, Teacher, User
from ejournal.lib import clock
from ejournal.loading.reading import SourceFile
from ejournal.loading.services import LoadRefused, apply_load
from journal.models import ChangeEvent, Mark
from teaching.models import CourseEnrolment, Lesson, Workload
from tests import factories as make
from tests.loading.books import Rows, set_cell, small, xlsx
from university.models import Policy, Unit

pytestmark = pytest.mark.django_db

# In the Monday lecture of the small workbook.
NOW = clock.moment_of(make.MONDAY, time(8, 30))


class Clock:
    """The hour that the pages read."""

    def __init__(self) -> None:
        self.now: datetime = NOW


@pytest.fixture
def hour(monkeypatch: pytest.MonkeyPatch) -> Clock:
    held = Clock()
    monkeypatch.setattr(clock, "now", lambda: held.now)
    return held


@pytest.fixture
def loaded(hour: Clock) -> None:
    load(small(), now=hour.now)


def load(book: dict[str, Rows], *, now: datetime) -> None:
    by = User.objects.filter(username="loader").first() or appointed(Role.ADMINISTRATOR, username="loader")
    apply_load([SourceFile("окуу.xlsx", xlsx(book))], by=by, now=now)


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    browser.cookies["django_language"] = "en"
    return browser


def appointed(role: Role, *, username: str | None = None, **scope: object) -> User:
    user = make.make_user(username)
    make.appoint(user, role, **scope)
    return user


def teacher(number: str) -> User:
    return Teacher.objects.get(staff_number=number).user


def student(book: str) -> Student:
    return Student.objects.get(record_book=book)


def mark(browser: Client, workload: Workload, lesson: Lesson, whom: Student, **cell: Any) -> int:
    """Sends one cell as the grid does; the answer's status, or the cell's where the page answered."""
    answer = browser.post(
        f"/journals/{workload.id}/marks/",
        json.dumps({"nonce": str(uuid4()), "marks": [{"lesson": lesson.id, "student": whom.id, "version": 0, **cell}]}),
        content_type="application/json",
    )
    results = answer.json().get("marks") if answer.status_code != 404 else None
    return int(results[0]["status"] if results else answer.status_code)


def lecture() -> tuple[Workload, Lesson]:
    """The running lecture of two groups, and the journal of the first."""
    return Workload.objects.get(number="Ж000001"), Lesson.objects.get(date=make.MONDAY)


def test_1_2_journal_works_on_one_database_of_students_and_teachers(loaded: None) -> None:
    """§1.2: the student and the teacher of a journal are those of the database, changed in one place."""
    journal, _lesson = lecture()
    page = browser_of(teacher("Т00001")).get(f"/journals/{journal.id}/").content.decode()
    assert "Шаршенова" in page
    changed = small(Студенттер=set_cell(2, 2, "Турдубаева"))
    load(changed, now=NOW)
    page = browser_of(teacher("Т00001")).get(f"/journals/{journal.id}/").content.decode()
    assert ("Турдубаева" in page, "Шаршенова" in page) == (True, False)
    assert User.objects.filter(student__record_book="26-000001").count() == 1


def test_1_6_each_kind_of_user_has_a_first_page_of_its_own(loaded: None) -> None:
    """§1.6: administration, study office, teaching staff, students, parents."""
    pupil = student("26-000001")
    people = {
        "doors": appointed(Role.ADMINISTRATOR),
        "attendance": appointed(Role.STUDY_OFFICE),
        "teaching": teacher("Т00003"),
        "studying": pupil.user,
        "children": make.make_guardian(pupil),
    }
    for key, user in people.items():
        sections = browser_of(user).get("/").context["sections"]
        # A teacher who has made no plan yet (§4.3), or confirmed no list (§7.5), is told so.
        more = {"teaching": ["teaching", "plans", "lists"], "attendance": ["attendance", "doors"]}
        assert [section.key for section, _body in sections] == more.get(key, [key])


def test_2_1_attendance_and_achievement_are_counted_from_what_is_kept(loaded: None) -> None:
    """§2.1: nobody counts: the marks of a lesson are the figures of the office and of the student."""
    journal, lesson = lecture()
    keeper = browser_of(teacher("Т00001"))
    here, away = student("26-000001"), student("26-000002")
    assert mark(keeper, journal, lesson, here, value="4") == 200
    assert mark(keeper, journal, lesson, away, value="кж") == 200
    office = browser_of(appointed(Role.DEANS_OFFICE, unit=Unit.objects.get()))
    total = office.get("/attendance/today/").context["total"]
    assert (total.present, total.absent) == (1, 1)
    figures = [browser_of(one.user).get("/cabinet/").context["cabinet"].total for one in (here, away)]
    assert [(total.attended, total.seen, total.absent) for total in figures] == [(1, 1, 0), (0, 1, 1)]
    assert str(figures[0].mean) == "4.00"


def test_3_2_journal_comes_into_the_cabinet_by_the_workload(loaded: None) -> None:
    """§3.2: each line of the workload is a journal of its teacher; a new teacher there gets it, the old one not."""

    def own(number: str) -> set[str]:
        rows = browser_of(teacher(number)).get("/journals/").context["rows"]
        ids = [row.journal_id for row in rows if row.is_mine]
        return set(Workload.objects.filter(id__in=ids).values_list("number", flat=True))

    assert (own("Т00002"), own("Т00003")) == ({"Ж000004"}, {"Ж000003", "Ж000005"})
    load(small(Окуу_жүктөмү=set_cell(4, 12, "Т00002")), now=NOW)
    assert (own("Т00002"), own("Т00003")) == ({"Ж000003", "Ж000004"}, {"Ж000005"})


def test_3_3_administrator_enters_schedule_subgroups_and_workload(hour: Clock) -> None:
    """§3.3: by the workbook, on the page that is the administrator's alone."""
    for role in (Role.STUDY_OFFICE, Role.LEADERSHIP, Role.MODERATOR):
        assert browser_of(appointed(role)).get("/load/").status_code == 404
    assert browser_of(appointed(Role.ADMINISTRATOR)).get("/load/").status_code == 200
    load(small(), now=hour.now)
    halves = {
        number: list(
            CourseEnrolment.objects.filter(course__workloads__number="Ж000004", subgroup__number=number)
            .order_by("student__record_book")
            .values_list("student__record_book", flat=True)
        )
        for number in (1, 2)
    }
    assert halves == {1: ["26-000001", "26-000003"], 2: ["26-000002"]}
    # Odd weeks on Wednesdays: 31 August begins the first.
    days = Lesson.objects.filter(workloads__workload__number="Ж000004").order_by("date").values_list("date", flat=True)
    assert list(days[:2]) == [date(2026, 9, 2), date(2026, 9, 16)]
    assert set(Lesson.objects.values_list("teacher__staff_number", flat=True)) == {"Т00001", "Т00002", "Т00003"}


def test_3_5d_scale_of_daily_grades_is_a_setting_within_0_to_5(loaded: None) -> None:
    """§3.5d with §1.8: what may be put is narrowed by a setting, and never reaches beyond the scale."""
    journal, lesson = lecture()
    keeper = browser_of(teacher("Т00001"))
    Policy.objects.create(key="daily_grades", value=[2, 3, 4, 5], valid_from=date(2026, 9, 1))
    pupil = student("26-000001")
    assert mark(keeper, journal, lesson, pupil, value="1") == 422
    assert mark(keeper, journal, lesson, pupil, value="6") == 422
    assert mark(keeper, journal, lesson, pupil, value="2") == 200


def test_3_8_students_see_their_academic_indicators(loaded: None) -> None:
    """§3.8: mean, attendance and «кж» of each discipline, the own ones only."""
    journal, lesson = lecture()
    keeper = browser_of(teacher("Т00001"))
    mark(keeper, journal, lesson, student("26-000001"), value="5")
    mark(keeper, journal, lesson, student("26-000002"), value="кж")
    cabinet = browser_of(student("26-000001").user).get("/cabinet/").context["cabinet"]
    lines = {line.discipline: (str(line.counts.mean), line.counts.absent) for line in cabinet.disciplines}
    assert lines == {"Механика": ("5.00", 0), "Өсүмдүк өстүрүү": ("None", 0)}


@pytest.mark.ignore_template_errors
def test_4_1b_administrator_edits_profiles(loaded: None) -> None:
    """§4.1: the name in the journal is the one that the administrator wrote."""
    whom = student("26-000001").user
    sent = {"username": whom.username, "last_name": "Токтогулова", "first_name": "Айгерим", "is_active": "on"}
    sent |= {"appointments-TOTAL_FORMS": "0", "appointments-INITIAL_FORMS": "0"}
    address = f"/admin/accounts/user/{whom.id}/change/"
    assert browser_of(appointed(Role.ADMINISTRATOR)).post(address, sent).status_code == 302
    journal, _lesson = lecture()
    assert "Токтогулова" in browser_of(teacher("Т00001")).get(f"/journals/{journal.id}/").content.decode()


@pytest.mark.ignore_template_errors
def test_4_1c_administrator_manages_the_settings(loaded: None) -> None:
    """§4.1: a setting that the administrator enters holds from its day on."""
    sent = {"key": "filling_window_days", "value": "0", "valid_from": "2026-09-01", "order_number": "5-К", "unit": ""}
    browser = browser_of(appointed(Role.ADMINISTRATOR))
    assert browser.post("/admin/university/policy/add/", sent).status_code == 302
    page = browser_of(teacher("Т00001")).get(f"/lessons/{lecture()[1].id}/")
    assert page.context["page"].fill_until == make.MONDAY


def test_4_1e_rights_of_each_category_are_kept(loaded: None) -> None:
    """§4.1: the same journal for each category: filled, read, or not there."""
    journal, lesson = lecture()
    pupil, unit = student("26-000001"), Unit.objects.get()
    people = {
        "keeper": teacher("Т00001"),
        "of the course": teacher("Т00003"),
        "study office": appointed(Role.STUDY_OFFICE),
        "dean": appointed(Role.DEAN, unit=unit),
        "other teacher": make.make_teacher().user,
        "student": pupil.user,
        "parent": make.make_guardian(pupil),
        "administrator": appointed(Role.ADMINISTRATOR),
    }
    found = {
        name: (
            browser_of(user).get(f"/journals/{journal.id}/").status_code,
            mark(browser_of(user), journal, lesson, pupil, value="4"),
        )
        for name, user in people.items()
    }
    assert found == {
        "keeper": (200, 200),
        "of the course": (200, 403),
        "study office": (200, 403),
        "dean": (200, 403),
        "other teacher": (404, 404),
        "student": (404, 404),
        "parent": (404, 404),
        "administrator": (404, 404),
    }


def test_4_1f_data_are_loaded_exactly_or_not_at_all(hour: Clock) -> None:
    """§4.1: one wrong cell, and nothing is loaded; the cell is named by sheet, row and column."""
    with pytest.raises(LoadRefused) as refused:
        load(small(Студенттер=set_cell(3, 5, "33.13.2008")), now=hour.now)
    assert [(one.sheet, one.row, one.column) for one in refused.value.problems] == [("Студенттер", 3, "Туулган күнү")]
    assert not Student.objects.exists()
    assert not Unit.objects.exists()


def test_4_1i_groups_and_timetable_are_loaded_before_the_year(hour: Clock) -> None:
    """§4.1: in the last week of August, for a year that has not begun: its journals can be prepared, not marked."""
    hour.now = clock.moment_of(date(2026, 8, 27), time(10, 0))
    load(small(), now=hour.now)
    assert Lesson.objects.exists()
    assert not Lesson.objects.filter(date__lt=date(2026, 9, 1)).exists()
    journal, lesson = lecture()
    assert browser_of(teacher("Т00001")).get(f"/journals/{journal.id}/").status_code == 200
    assert mark(browser_of(teacher("Т00001")), journal, lesson, student("26-000001"), value="5") == 422
    hour.now = NOW
    assert mark(browser_of(teacher("Т00001")), journal, lesson, student("26-000001"), value="5") == 200


def test_4_2_students_see_their_own_achievements_alone(loaded: None) -> None:
    """§4.2: the own cabinet and the history of the own cell; a fellow's is not there."""
    journal, lesson = lecture()
    own, fellow = student("26-000001"), student("26-000002")
    keeper = browser_of(teacher("Т00001"))
    for one in (own, fellow):
        assert mark(keeper, journal, lesson, one, value="5") == 200
    browser = browser_of(own.user)
    addresses = ["/cabinet/{0}/", "/cabinet/{0}/courses/{1}/", "/marks/{2}/{0}/history/"]
    asked = [
        [browser.get(address.format(whose.id, journal.course_id, lesson.id)).status_code for address in addresses]
        for whose in (own, fellow)
    ]
    assert asked == [[200, 200, 200], [404, 404, 404]]


def test_4_2_lost_credentials_are_issued_anew_and_the_old_ones_end(loaded: None) -> None:
    """§4.2: credentials are kept safe and come from the dean's office: a new slip ends the lost one's logins."""
    pupil = student("26-000001")
    pupil.user.set_password(make.PASSWORD)
    pupil.user.save()
    thief = Client()
    assert thief.post("/login/", {"username": "26-000001", "password": make.PASSWORD}).status_code == 302
    office = browser_of(appointed(Role.DEANS_OFFICE, unit=Unit.objects.get()))
    group = pupil.group_enrolments.get().group_id
    answer = office.post(f"/groups/{group}/credentials/", {"issue": "again", "student": pupil.id})
    assert answer["Content-Type"] == "application/pdf"
    assert thief.get("/cabinet/").status_code == 302
    assert Client().post("/login/", {"username": "26-000001", "password": make.PASSWORD}).status_code == 422


def test_4_3_teacher_sees_only_the_groups_that_he_teaches(hour: Clock) -> None:
    """§4.3: the colleague's discipline of the same group is not there, by list, by address, by paper."""
    load(small(Тайпалар=set_cell(3, 5, None)), now=hour.now)  # Т00002 is nobody's curator: that is another right
    foreign = Workload.objects.get(number="Ж000003")  # Механика, kept by Т00003 for ФИЗ-11
    browser = browser_of(teacher("Т00002"))
    assert [row.discipline for row in browser.get("/journals/").context["rows"]] == ["Өсүмдүк өстүрүү"] * 2
    lesson = foreign.lessons.earliest("lesson__date").lesson_id
    for address in (
        f"/journals/{foreign.id}/",
        f"/journals/{foreign.id}/month.pdf?month=2026-09",
        f"/lessons/{lesson}/",
    ):
        assert browser.get(address).status_code == 404


def test_4_3_grades_are_neither_altered_silently_nor_late(loaded: None, hour: Clock) -> None:
    """§4.3: a changed grade keeps the old one with its author; after the window none is taken."""
    journal, lesson = lecture()
    keeper, pupil = browser_of(teacher("Т00001")), student("26-000001")
    assert mark(keeper, journal, lesson, pupil, value="3") == 200
    assert mark(keeper, journal, lesson, pupil, version=1, value="5") == 200
    event = ChangeEvent.objects.get()
    assert (event.before["grade"], event.after["grade"], event.by_id) == (3, 5, teacher("Т00001").id)
    hour.now = NOW + timedelta(days=8)
    assert mark(keeper, journal, lesson, student("26-000002"), value="5") == 422
    assert Mark.objects.count() == 1


@pytest.mark.parametrize(
    "moment",
    [
        clock.moment_of(make.MONDAY, time(3, 0)),
        clock.moment_of(make.MONDAY + timedelta(days=6), time(23, 59)),  # a Sunday
        clock.moment_of(date(2026, 11, 7), time(12, 0)),  # a holiday of the workbook
        clock.moment_of(date(2027, 7, 15), time(12, 0)),  # between the semesters
    ],
)
def test_7_2_journal_is_open_every_day_and_hour(loaded: None, hour: Clock, moment: datetime) -> None:
    hour.now = moment
    journal, _lesson = lecture()
    keeper, pupil = browser_of(teacher("Т00001")), browser_of(student("26-000001").user)
    answers = [keeper.get("/"), keeper.get(f"/journals/{journal.id}/"), pupil.get("/"), pupil.get("/cabinet/")]
    assert [answer.status_code for answer in answers] == [200] * 4
