"""The list of the last week of August: what a semester lacks (§4.1)."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import Student, Teacher, User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.loading.checklist import CHECKS, ChecklistLine, checklist
from tests import factories as make
from tests.loading.applying import AUGUST, load
from tests.loading.books import only, set_cell, small
from tests.loading.test_next_year import DECEMBER, next_year
from university.models import Semester

pytestmark = pytest.mark.django_db
TODAY = date(2026, 8, 25)
QUERIES = 13  # one a line


def student(username: str) -> Student:
    """One whose record book no workbook of the tests has."""
    return Student.objects.create(user=make.make_user(username), record_book=f"99-{username}")


def since_spring(user: User, role: Role) -> User:
    appointment = make.appoint(user, role)
    appointment.starts_on = date(2026, 2, 1)
    appointment.save()
    return user


def lines(role: Role = Role.STUDY_OFFICE, semester: Semester | None = None) -> dict[str, ChecklistLine]:
    user = since_spring(make.make_user(), role)
    found = checklist(semester or Semester.objects.get(), rights=rights_of(user, on=TODAY), today=TODAY)
    return {line.key: line for line in found}


def counted() -> dict[str, tuple[int, int, bool]]:
    return {key: (line.total, line.missing, line.is_done) for key, line in lines().items()}


def test_4_1_a_loaded_semester_lacks_logins_and_a_room() -> None:
    load()
    assert counted() == {
        "modules": (2, 0, True),
        "holidays": (1, 0, True),
        "bells": (3, 0, True),
        "names": (2, 0, True),
        "places": (5, 0, True),
        "curricula": (1, 0, True),
        # The second group has mechanics alone.
        "courses": (4, 1, False),
        "hours": (4, 0, True),
        "teachers": (5, 0, True),
        "timetable": (5, 0, True),
        "rooms": (7, 1, False),
        "staff_logins": (3, 3, False),
        "student_logins": (5, 5, False),
    }


def test_4_1_what_is_missing_is_counted() -> None:
    load()
    load(small(Окуу_жүктөмү=set_cell(4, 9, 30)))
    load(
        only(
            "Окуу жүктөмү", "Жадыбал", book=small(Жадыбал=lambda r: [*r[:5], *r[6:]], Окуу_жүктөмү=set_cell(4, 9, 30))
        ),
        confirm=True,
    )
    student("lost")
    keeper = Teacher.objects.get(staff_number="Т00002").workloads.get()
    keeper.delete()
    user = Teacher.objects.get(staff_number="Т00001").user
    user.set_password("x")
    user.save()
    found = counted()
    assert {key: found[key][1] for key in ("hours", "timetable", "places", "teachers", "staff_logins")} == {
        "hours": 1,
        "timetable": 1,
        "places": 1,
        "teachers": 1,
        "staff_logins": 1,
    }


def test_4_1_of_the_coming_semester() -> None:
    load()
    load(next_year(), now=DECEMBER)
    coming = Semester.objects.latest("starts_on")
    found = lines(semester=coming)
    assert (found["names"].missing, found["curricula"].missing, found["teachers"].missing) == (0, 1, 0)
    assert found["holidays"].is_done is False


def test_links_are_the_administrators() -> None:
    load()
    assert {line.url for line in lines().values()} == {""}
    assert "" not in {line.url for line in lines(Role.ADMINISTRATOR).values()}


def test_students_without_a_login_by_unit() -> None:
    load()
    assert lines()["student_logins"].parts == [("Табият таануу институту", 5, 5)]


@pytest.mark.parametrize("groups", [1, 3])
def test_a_query_a_line(groups: int) -> None:
    load()
    for number in range(groups):
        group = make.make_group(make.make_unit(f"Башка {number}"), f"ТАР-{number}")
        student(f"s{number}").group_enrolments.create(group=group, starts_on=date(2026, 9, 1))
    rights = rights_of(make.make_user(), on=TODAY)
    semester = Semester.objects.select_related("year").get()
    with CaptureQueriesContext(connection) as queries:
        checklist(semester, rights=rights, today=TODAY)
    assert len(queries) == QUERIES == len(CHECKS)


class TestPage:
    @pytest.fixture
    def reader(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
        monkeypatch.setattr(clock, "now", lambda: AUGUST)
        user = since_spring(make.make_user("study"), Role.STUDY_OFFICE)
        client.force_login(user)
        return client

    def test_without_a_semester(self, reader: Client) -> None:
        assert reader.get("/august/").status_code == 200

    def test_shows_the_coming_semester_unless_another_is_chosen(self, reader: Client) -> None:
        load()
        load(next_year(), now=DECEMBER)
        first, second = Semester.objects.order_by("starts_on")
        assert reader.get("/august/").context["semester"] == first
        assert reader.get("/august/", {"semester": second.pk}).context["semester"] == second
        assert reader.get("/august/", {"semester": "\x00"}).context["semester"] == first

    def test_links_lead_somewhere(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clock, "now", lambda: AUGUST)
        load()
        user = since_spring(make.make_user("admin"), Role.ADMINISTRATOR)
        client.force_login(user)
        lines = client.get("/august/").context["lines"]
        assert {client.get(line.url).status_code for line in lines} == {200}
