"""Groups go on to the next course, and those that graduate end (§4.1)."""

from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.enums import Role
from accounts.models import GroupEnrolment, Student, User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.loading.models import AppliedLoad
from ejournal.loading.rollover import coming_year, group_rows, roll_over, years_to_roll
from ejournal.loading.undo import undo_load
from teaching.models import CourseEnrolment, Lesson
from tests import factories as make
from tests.loading.applying import load, loader
from tests.loading.test_next_year import next_year
from university.models import AcademicYear, Group, GroupName, Policy, Unit

pytestmark = pytest.mark.django_db

JANUARY = clock.moment_of(date(2027, 1, 10), time(10, 0))
LAST_DAY = date(2027, 6, 30)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: JANUARY)
    with translation.override("en"):
        yield


def unit() -> Unit:
    return Unit.objects.get(code="01")


def group(number: str) -> Group:
    return Group.objects.get(number=number)


def roll(names: dict[str, str], *graduating: str, last_day: date = LAST_DAY, now: Any = JANUARY) -> AppliedLoad:
    return roll_over(
        unit=unit(),
        year="2027/2028",
        names={group(number).pk: name for number, name in names.items()},
        graduating={group(number).pk for number in graduating},
        last_day=last_day,
        by=loader(),
        now=now,
    )


class TestSuggestion:
    def test_of_names(self) -> None:
        load()
        rows = group_rows(unit(), year="2027/2028", today=date(2027, 1, 10))
        assert [(row.before, row.name, row.course, row.students, row.graduates) for row in rows] == [
            ("ФИЗ-11", "ФИЗ-21", 2, 3, False),
            ("ФИЗ-12", "ФИЗ-22", 2, 2, False),
        ]

    def test_graduates_by_the_length_of_the_programme(self) -> None:
        load()
        Policy.objects.create(key="programme_years", value=1, valid_from=date(2026, 1, 1))
        rows = group_rows(unit(), year="2027/2028", today=date(2027, 1, 10))
        assert [row.graduates for row in rows] == [True, True]

    def test_keeps_the_name_that_a_load_has_given(self) -> None:
        load()
        load(next_year(), now=JANUARY)
        rows = group_rows(unit(), year="2027/2028", today=date(2027, 1, 10))
        assert [(row.name, row.is_named) for row in rows] == [("ФИЗ-21", True), ("ФИЗ-22", True)]

    def test_of_years(self) -> None:
        assert years_to_roll() == []
        load()
        assert years_to_roll() == ["2027/2028", "2026/2027"]

    def test_of_the_year_that_comes(self) -> None:
        load()
        load(next_year(), now=JANUARY)
        assert coming_year(years_to_roll(), today=date(2027, 1, 10)) == "2027/2028"
        assert coming_year(years_to_roll(), today=date(2027, 1, 17)) == "2028/2029"


class TestDone:
    def test_4_1_groups_bear_the_names_in_the_coming_year_only(self) -> None:
        load()
        roll({"ФИЗ-11": "ФИЗ-21", "ФИЗ-12": "ФИЗ-22"})
        names = GroupName.objects.filter(year__name="2027/2028").order_by("name")
        assert list(names.values_list("group__number", "name")) == [("ФИЗ-11", "ФИЗ-21"), ("ФИЗ-12", "ФИЗ-22")]
        assert group("ФИЗ-11").name == "ФИЗ-11", "the running year's session goes on"

    def test_4_1_graduates_leave_on_the_day_and_nothing_else_changes(self) -> None:
        load()
        lessons = list(Lesson.objects.order_by("id").values())
        courses = list(CourseEnrolment.objects.order_by("id").values())
        roll({"ФИЗ-11": "ФИЗ-21"}, "ФИЗ-12")
        places = GroupEnrolment.objects.order_by("student__record_book").values_list("group__number", "ends_on")
        assert list(places) == [("ФИЗ-11", None)] * 3 + [("ФИЗ-12", LAST_DAY)] * 2
        assert list(Lesson.objects.order_by("id").values()) == lessons
        assert list(CourseEnrolment.objects.order_by("id").values()) == courses

    def test_4_1_names_may_be_exchanged(self) -> None:
        load()
        roll({"ФИЗ-11": "ФИЗ-21", "ФИЗ-12": "ФИЗ-22"})
        roll({"ФИЗ-11": "ФИЗ-22", "ФИЗ-12": "ФИЗ-21"})
        names = GroupName.objects.filter(year__name="2027/2028").order_by("name")
        assert list(names.values_list("group__number", "name")) == [("ФИЗ-12", "ФИЗ-21"), ("ФИЗ-11", "ФИЗ-22")]

    def test_4_1_can_be_undone(self) -> None:
        load()
        done = roll({"ФИЗ-11": "ФИЗ-21"}, "ФИЗ-12")
        undo_load(done.pk, by=loader(), now=JANUARY)
        assert not AcademicYear.objects.filter(name="2027/2028").exists()
        assert set(GroupEnrolment.objects.values_list("ends_on", flat=True)) == {None}


class TestRefused:
    def code(self, *arguments: Any, **options: Any) -> str:
        before = (GroupName.objects.count(), AppliedLoad.objects.count())
        with pytest.raises(Refusal) as refused:
            roll(*arguments, **options)
        assert (GroupName.objects.count(), AppliedLoad.objects.count()) == before
        return refused.value.code

    def test_codes(self) -> None:
        load()
        assert self.code({}) == "nothing_to_do"
        assert self.code({"ФИЗ-11": ""}) == "name_missing"
        assert self.code({"ФИЗ-11": "Ф" * 61}) == "name_too_long"
        assert self.code({"ФИЗ-11": "ФИЗ-21", "ФИЗ-12": "ФИЗ-21"}) == "name_taken"
        assert self.code({}, "ФИЗ-12", last_day=date(2027, 1, 9)) == "wrong_day"
        assert self.code({}, "ФИЗ-12", last_day=date(2027, 9, 1)) == "wrong_day"

    def test_name_of_a_group_elsewhere(self) -> None:
        load()
        year = AcademicYear.objects.create(name="2027/2028", starts=2027)
        GroupName.objects.create(group=make.make_group(make.make_unit("Башка"), "ТАР-1"), year=year, name="ФИЗ-21")
        assert self.code({"ФИЗ-11": "ФИЗ-21"}) == "name_taken"

    def test_group_that_has_courses_afterwards(self) -> None:
        load()
        load(next_year(), now=JANUARY)
        assert self.code({}, "ФИЗ-12") == "has_courses"


class TestPage:
    @pytest.fixture
    def administrator(self, client: Client) -> Client:
        user: User = make.make_user("admin")
        make.appoint(user, Role.ADMINISTRATOR)
        client.force_login(user)
        return client

    def fields(self, **more: Any) -> dict[str, Any]:
        first, second = group("ФИЗ-11").pk, group("ФИЗ-12").pk
        return {
            "unit": unit().pk,
            "year": "2027/2028",
            f"name_{first}": "ФИЗ-21",
            f"name_{second}": "ФИЗ-22",
            f"ends_{second}": "on",
            "last_day": "2027-06-30",
            **more,
        }

    def test_empty_university(self, administrator: Client) -> None:
        assert administrator.get("/load/rollover/").status_code == 200

    def test_shows_first_and_changes_when_agreed(self, administrator: Client) -> None:
        load()
        html = administrator.get("/load/rollover/").content.decode()
        assert 'value="ФИЗ-21"' in html
        shown = administrator.post("/load/rollover/", self.fields(), headers={"accept-language": "en"})
        assert "graduates: places of 2 students end on 30.06.2027" in " ".join(shown.content.decode().split())
        assert not GroupName.objects.filter(year__name="2027/2028").exists()
        assert administrator.post("/load/rollover/", self.fields(confirm="1")).status_code == 302
        assert list(GroupName.objects.filter(year__name="2027/2028").values_list("name", flat=True)) == ["ФИЗ-21"]

    def test_refusal_keeps_what_was_typed(self, administrator: Client) -> None:
        load()
        second = group("ФИЗ-12").pk
        answer = administrator.post(
            "/load/rollover/", self.fields(**{f"name_{second}": "ФИЗ-21", f"ends_{second}": ""}, confirm="1")
        )
        assert answer.status_code == 422
        assert answer.content.decode().count('value="ФИЗ-21"') == 2

    @pytest.mark.parametrize("field", ["unit", "year", "last_day"])
    def test_nonsense_falls_back(self, administrator: Client, field: str) -> None:
        load()
        assert administrator.get("/load/rollover/", {field: "\x00ө"}).status_code == 200

    def test_queries_do_not_grow_with_groups(self, administrator: Client) -> None:
        load()
        for rows in (2, 5):
            with CaptureQueriesContext(connection) as queries:
                administrator.get("/load/rollover/")
            own = [q["sql"] for q in queries.captured_queries if "university_" in q["sql"]]
            # Units, years, the running year, policy, groups, names; the frame asks for the institution and the rights.
            assert len([sql for sql in own if "institution" not in sql and "accounts_appointment" not in sql]) == 6
            for number in range(3):
                place = make.make_group(unit(), f"ТАР-{rows}{number}")
                student = Student.objects.create(user=make.make_user(), record_book=f"99-{rows}{number}")
                student.group_enrolments.create(group=place, starts_on=date(2026, 9, 1))
