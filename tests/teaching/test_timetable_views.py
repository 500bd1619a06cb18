"""The timetable's pages from the outside: queries, papers, search, clashes, and addresses that are none."""

from datetime import date, time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import GuardianLink, User
from ejournal.home import context
from ejournal.lib import clock
from teaching.enums import WeekParity
from teaching.models import Slot
from tests import factories as make
from university.models import Institution, Room

pytestmark = pytest.mark.django_db

NOW = clock.moment_of(make.MONDAY, time(8, 30))


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    # The frame knows the clock by its own name: on another day it would ask for the rights once more.
    monkeypatch.setattr(context, "now", lambda: NOW)
    Institution.objects.create(id=1, name_ky="Сыноо университети")


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def appointed(role: Role, **scope: object) -> Client:
    user = make.make_user()
    make.appoint(user, role, **scope)
    return logged_in(user)


def queries(client: Client, url: str) -> int:
    """What a page asks, its transaction's own statements left out; the first call fills what a process keeps."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for query in asked)


@pytest.mark.parametrize("lessons", [1, 3])
class TestQueries:
    def test_week_of_a_teacher_is_six(self, lessons: int) -> None:
        teacher = make.make_teacher()
        for pair in range(1, lessons + 1):
            make.make_lesson(make.make_workload(teacher=teacher), pair=pair, room=make.make_room(f"Б-{pair}"))
        assert queries(logged_in(teacher.user), "/timetable/") == 6
        assert queries(appointed(Role.STUDY_OFFICE), f"/timetable/teachers/{teacher.pk}/") == 6

    def test_week_of_a_student_and_of_a_group(self, lessons: int) -> None:
        course = make.make_course()
        student = make.make_student(group=course.group)
        make.enrol(student, course)
        for pair in range(1, lessons + 1):
            make.make_lesson(make.make_workload(course=course), pair=pair)
        client = logged_in(student.user)
        assert queries(client, "/timetable/") == 7
        assert queries(client, f"/timetable/groups/{course.group_id}/") == 6

    def test_scheme_room_and_building(self, lessons: int) -> None:
        room = make.make_room()
        teacher = make.make_teacher()
        for pair in range(1, lessons + 1):
            make.make_lesson(make.make_workload(teacher=teacher), pair=pair, room=room)
        client = appointed(Role.STUDY_OFFICE)
        assert queries(client, f"/timetable/teachers/{teacher.pk}/semester/") == 7
        assert queries(client, f"/timetable/rooms/{room.pk}/") == 6
        assert queries(client, "/timetable/buildings/Б/") == 6

    def test_search(self, lessons: int) -> None:
        for _ in range(lessons):
            make.make_room(f"Б-{_}")
            make.make_teacher()
            make.make_group()
        client = appointed(Role.STUDY_OFFICE)
        for of in ("group", "teacher", "room"):
            assert queries(client, f"/timetable/find/?of={of}") == 5

    def test_clashes(self, lessons: int) -> None:
        for pair in range(1, lessons + 1):
            room = make.make_room(f"Б-{pair}")
            for _ in range(2):
                make.make_slot(make.make_workload(), pair=pair, room=room)
        client = appointed(Role.STUDY_OFFICE)
        assert queries(client, "/timetable/clashes/") == 5
        assert client.get("/timetable/clashes/").context["page_obj"].paginator.count == lessons


class TestWeek:
    @pytest.mark.parametrize(
        "wanted", ["", "2026-13-45", "кечээ", "9999-12-31", "0001-01-01", "2026-09-21T00:00", "\x00"]
    )
    def test_bad_week_is_a_week_all_the_same(self, wanted: str) -> None:
        teacher = make.make_teacher()
        assert logged_in(teacher.user).get("/timetable/", {"week": wanted}).status_code == 200

    def test_weeks_lead_to_each_other(self) -> None:
        make.make_semester()
        shown = logged_in(make.make_teacher().user).get("/timetable/?week=2026-09-30").context
        assert (shown["previous_url"], shown["next_url"], shown["now_url"]) == (
            "?week=2026-09-21",
            "?week=2026-10-05",
            "?",
        )
        assert shown["label"] == "28.09–04.10.2026, 5-апта (алымы)"

    def test_own_lesson_leads_to_its_page_and_a_seen_one_does_not(self) -> None:
        workload = make.make_workload()
        teacher = workload.teachers.get().teacher
        lesson = make.make_lesson(workload)
        url = f"/timetable/teachers/{teacher.pk}/"
        assert f'href="/lessons/{lesson.pk}/"' in logged_in(teacher.user).get(url).content.decode()
        office = appointed(Role.DEANS_OFFICE, unit=workload.course.group.unit)
        assert f'href="/lessons/{lesson.pk}/"' not in office.get(url).content.decode()

    def test_empty_week_and_no_semester_say_so(self) -> None:
        make.make_semester()
        client = logged_in(make.make_teacher().user)
        assert "Бул аптада сабак жок" in client.get("/timetable/").content.decode()
        assert "Бул апта семестрге кирбейт" in client.get("/timetable/?week=2027-01-20").content.decode()

    def test_curator_of_one_group_and_parent_are_led_on(self) -> None:
        group = make.make_group()
        assert appointed(Role.CURATOR, group=group).get("/timetable/")["Location"] == f"/timetable/groups/{group.pk}/"
        student = make.make_student(group=group)
        parent = logged_in(make.make_guardian(student))
        assert parent.get("/timetable/")["Location"] == f"/timetable/students/{student.pk}/"

    def test_parent_of_two_goes_from_one_to_the_other(self) -> None:
        elder, younger = (make.make_student(group=make.make_group(), last_name=name) for name in ("Яров", "Абдыев"))
        parent = make.make_guardian(elder)
        GuardianLink.objects.create(guardian=parent, student=younger)
        client = logged_in(parent)
        assert client.get("/timetable/")["Location"] == f"/timetable/students/{younger.pk}/"
        tabs = client.get(f"/timetable/students/{elder.pk}/").context["tabs"]
        assert [(tab["label"].split()[0], tab["active"]) for tab in tabs] == [("Абдыев", False), ("Яров", True)]

    def test_group_that_a_teacher_taught_in_an_ended_semester_is_closed_to_him(self, monkeypatch: Any) -> None:
        workload = make.make_workload()
        client = logged_in(workload.teachers.get().teacher.user)
        url = f"/timetable/groups/{workload.course.group_id}/"
        assert client.get(url).status_code == 200
        later = clock.moment_of(date(2027, 2, 1), time(9, 0))
        monkeypatch.setattr(clock, "now", lambda: later)
        assert logged_in(workload.teachers.get().teacher.user).get(url).status_code == 404


class TestPaper:
    @pytest.mark.parametrize("name", ["Механика", "Ө" * 200])
    def test_week_prints_whatever_is_in_it(self, name: str) -> None:
        workload = make.make_workload(course=make.make_course(discipline=name))
        teacher = workload.teachers.get().teacher
        for pair in range(1, 7):
            make.make_lesson(workload, pair=pair)
        answer = logged_in(teacher.user).get(f"/timetable/teachers/{teacher.pk}/week.pdf?week=2026-09-21")
        assert answer.content.startswith(b"%PDF-")
        assert answer["Content-Disposition"] == f'inline; filename="timetable-teacher-{teacher.pk}-2026-09-21.pdf"'

    def test_semester_prints_with_its_weeks_and_without_a_semester(self) -> None:
        teacher = make.make_teacher()
        client = logged_in(teacher.user)
        url = f"/timetable/teachers/{teacher.pk}/semester.pdf"
        assert client.get(url).content.startswith(b"%PDF-")
        slot = make.make_slot(make.make_workload(teacher=teacher))
        Slot.objects.filter(pk=slot.pk).update(parity=WeekParity.ODD)
        assert client.get(url).content.startswith(b"%PDF-")

    def test_empty_week_prints_too(self) -> None:
        room = make.make_room()
        answer = appointed(Role.STUDY_OFFICE).get(f"/timetable/rooms/{room.pk}/week.pdf?week=2027-01-20")
        assert answer.content.startswith(b"%PDF-")


class TestSearch:
    def test_names_stand_in_the_kyrgyz_order(self) -> None:
        for name in ("Өмүров", "Орозов", "Пазылов", "Ңуров"):
            make.make_teacher(last_name=name)
        rows = appointed(Role.STUDY_OFFICE).get("/timetable/find/?of=teacher").context["rows"]
        assert [name.split()[0] for name, _url, _of in rows] == ["Ңуров", "Орозов", "Өмүров", "Пазылов"]

    def test_every_word_is_looked_for_and_a_wrong_kind_is_the_first(self) -> None:
        make.make_teacher(last_name="Осмонов")
        make.make_teacher(last_name="Касымов")
        client = appointed(Role.STUDY_OFFICE)
        found = client.get("/timetable/find/", {"of": "teacher", "q": "эрл осм"}).context["rows"]
        assert [name for name, _url, _of in found] == ["Осмонов Эрлан"]
        assert client.get("/timetable/find/", {"of": "нерсе", "q": "\x00"}).status_code == 200

    def test_teacher_finds_his_groups_and_no_colleague(self) -> None:
        workload = make.make_workload()
        make.make_group(name="БӨТӨН-1")
        client = logged_in(workload.teachers.get().teacher.user)
        found = client.get("/timetable/find/?of=teacher").context
        assert [tab["label"] for tab in found["tabs"]] == ["Тайпалар", "Аудиториялар", "Имараттар"]
        assert [name for name, _url, _of in found["rows"]] == [workload.course.group.name]

    def test_building_is_one_row_and_opens(self) -> None:
        for number in range(2):
            make.make_room(f"Б-{number}")
        Room.objects.create(code="жок", building="", number="1")
        client = appointed(Role.STUDY_OFFICE)
        [(name, url, rooms)] = client.get("/timetable/find/?of=building").context["rows"]
        assert (name, rooms) == ("Б", "2")
        assert client.get(url).status_code == 200

    @pytest.mark.parametrize("building", ["жок", "%00", "%D0"])
    def test_building_that_is_none_is_not_found(self, building: str) -> None:
        assert appointed(Role.STUDY_OFFICE).get(f"/timetable/buildings/{building}/").status_code == 404


class TestClashes:
    def test_each_sees_what_is_his(self) -> None:
        room = make.make_room()
        first, second = make.make_workload(), make.make_workload()
        for workload in (first, second):
            make.make_slot(workload, room=room)

        def seen(client: Client) -> int:
            return int(client.get("/timetable/clashes/").context["page_obj"].paginator.count)

        assert seen(appointed(Role.DEANS_OFFICE, unit=first.course.group.unit)) == 1
        assert seen(appointed(Role.DEANS_OFFICE, unit=make.make_unit("Башка"))) == 0
        assert seen(appointed(Role.HEAD, department=second.department)) == 1
        assert seen(appointed(Role.HEAD, department=make.make_department())) == 0
        assert seen(appointed(Role.ADMINISTRATOR)) == 1

    def test_kind_filters_and_a_wrong_kind_does_not(self) -> None:
        room = make.make_room()
        for _ in range(2):
            make.make_slot(make.make_workload(), room=room)
        client = appointed(Role.STUDY_OFFICE)
        counts = [
            client.get("/timetable/clashes/", {"kind": kind}).context["page_obj"].paginator.count
            for kind in ("room", "teacher", "нерсе")
        ]
        assert counts == [1, 0, 1]

    def test_no_semester_is_an_empty_list(self) -> None:
        assert "Кабатталуу жок" in appointed(Role.STUDY_OFFICE).get("/timetable/clashes/").content.decode()


def test_first_pages_lead_to_the_week() -> None:
    course = make.make_course()
    student = make.make_student(group=course.group)
    for user in (make.make_teacher().user, student.user):
        assert 'href="/timetable/"' in logged_in(user).get("/").content.decode()
