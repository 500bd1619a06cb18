"""The roll by scans: what is proposed, one tap through the marks' own way, and where the two facts differ (§4.2)."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Student, User
from attendance.enums import ScanDifference
from attendance.models import Scan
from attendance.selectors.differences import difference_counts, differing_marks
from attendance.selectors.flags import excused_rows, excused_scans, flag_counts
from attendance.selectors.roll import roll_of
from attendance.selectors.watch import watched_journals
from attendance.templatetags.lesson_scans import lesson_scans
from ejournal.lib import clock
from journal.access import get_lesson
from journal.enums import Presence, Source
from journal.models import ChangeEvent, Excuse, ExcuseCover, ExcuseStudent, Mark
from journal.services import record_marks
from teaching.models import Lesson
from tests import factories as make

pytestmark = pytest.mark.django_db
START = clock.moment_of(make.MONDAY, time(8, 0))
NOW = START + timedelta(minutes=40)


def scan(lesson: Lesson, student: Student, minutes: float = 1, **fields: Any) -> Scan:
    at = lesson.starts_at + timedelta(minutes=minutes)
    values: dict[str, Any] = {
        "is_late": minutes > 15,
        "is_proven": True,
        "method": "camera",
        "proof": "now",
        "device": f"phone of {student.pk}",
        "on_campus": None,
        **fields,
    }
    return Scan.objects.create(
        lesson=lesson,
        student=student,
        room=lesson.room,
        at=at,
        recorded_at=at,
        nonce=uuid4(),
        request_id=make.REQUEST_ID,
        **values,
    )


class World:
    """Five of a group at one lesson: in time, late, by the printed code alone, missing, missing with an excuse."""

    def __init__(self) -> None:
        self.unit = make.make_unit("Биринчи институт")
        self.department = make.make_department(self.unit)
        self.group = make.make_group(self.unit)
        self.course = make.make_course(group=self.group, department=self.department)
        self.workload = make.make_workload(course=self.course)
        self.room = make.make_room()
        self.lesson = make.make_lesson(self.workload, room=self.room)
        self.teacher = self.lesson.teacher.user
        names = ("Абдиев", "Бекова", "Жапаров", "Калыков", "Садыкова")
        self.students = [make.make_student(group=self.group, last_name=name) for name in names]
        for student in self.students:
            make.enrol(student, self.course)
        self.present, self.late, self.unproven, self.missing, self.excused = self.students

    def scan_all(self) -> None:
        scan(self.lesson, self.present)
        scan(self.lesson, self.late, 17.5)
        scan(self.lesson, self.unproven, is_proven=False, proof="room")

    def crowd(self) -> None:
        """Others of the stream scan, too: so many that a mark without a scan says something."""
        for _ in range(5):
            scan(self.lesson, make.make_student())

    def excuse(self, student: Student) -> Excuse:
        excuse = Excuse.objects.create(
            unit=self.unit,
            kind="illness",
            starts_on=make.MONDAY,
            ends_on=make.MONDAY + timedelta(days=2),
            approved_by="Декан",
            entered_by=self.teacher,
            entered_at=NOW,
            request_id=make.REQUEST_ID,
        )
        ExcuseStudent.objects.create(excuse=excuse, student=student)
        return excuse

    def mark(self, student: Student, value: str, lesson: Lesson | None = None) -> None:
        entry = {"lesson": (lesson or self.lesson).pk, "student": student.pk, "version": 0, "value": value}
        answer = record_marks(journal_id=self.workload.pk, raw_marks=[entry], by=self.teacher, now=NOW)
        assert answer.status == 200

    def lines(self, now: datetime = NOW) -> dict[int, Any]:
        lesson, doors = get_lesson(self.teacher, self.lesson.pk, now=now)
        return {line.row.student_id: line for line in roll_of(lesson, doors, now=now).lines}

    @property
    def url(self) -> str:
        return f"/lessons/{self.lesson.pk}/roll/"

    def form(self, **changes: str) -> dict[str, str]:
        """The form as the page shows it, with some fields changed."""
        fields = {"nonce": str(uuid4())}
        for key, line in self.lines().items():
            presence, minutes = line.shown
            fields |= {f"v{key}": line.row.seen, f"p{key}": presence, f"m{key}": minutes}
        return fields | changes

    def marks(self) -> dict[int, tuple[str | None, int | None, str]]:
        rows = Mark.objects.filter(lesson=self.lesson)
        return {row.student_id: (row.presence, row.late_minutes, row.source) for row in rows}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return World()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


class TestProposals:
    def test_proven_scans_are_proposed_and_the_rest_as_absent_but_never_an_unproven_one(self, world: World) -> None:
        world.scan_all()
        shown = {key: line.shown for key, line in world.lines().items()}
        assert shown == {
            world.present.pk: ("present", ""),
            world.late.pk: ("late", "18"),
            world.unproven.pk: ("", ""),
            world.missing.pk: ("absent", ""),
            world.excused.pk: ("absent", ""),
        }
        states = [line.state for line in world.lines().values()]
        assert states == ["scanned", "scanned", "unproven", "missing", "missing"]

    def test_nothing_is_proposed_before_the_lesson_begins(self, world: World) -> None:
        scan(world.lesson, world.present, -5)
        assert {line.shown for line in world.lines(START - timedelta(minutes=3)).values()} == {("", "")}

    def test_a_mark_stands_whatever_was_scanned(self, world: World) -> None:
        world.mark(world.present, "кж")
        world.scan_all()
        line = world.lines()[world.present.pk]
        assert (line.shown, line.proposal, line.difference) == (
            ("absent", ""),
            None,
            ScanDifference.SCANNED_ABSENT,
        )


class TestTaking:
    def test_one_tap_saves_the_proposals_as_of_the_scans(self, world: World) -> None:
        world.scan_all()
        world.excuse(world.excused)
        answer = browser(world.teacher).post(world.url, world.form())
        assert (answer.status_code, answer["Location"]) == (302, world.url)
        assert world.marks() == {
            world.present.pk: ("present", None, "scan"),
            world.late.pk: ("late", 18, "scan"),
            world.missing.pk: ("absent", None, "scan"),
            world.excused.pk: ("absent", None, "scan"),
        }
        # An excused absence stays excused: the excuse covers it by itself.
        assert ExcuseCover.objects.get().student_id == world.excused.pk
        assert Mark.objects.filter(by=world.teacher).count() == 4
        # The unproven one is left to the teacher, so the roll is not complete.
        assert Lesson.objects.get(pk=world.lesson.pk).roll_taken_at is None

    def test_every_row_can_be_overruled_and_says_so(self, world: World) -> None:
        world.scan_all()
        changes = {
            f"p{world.present.pk}": "absent",
            f"p{world.unproven.pk}": "present",
            f"p{world.missing.pk}": "late",
            f"m{world.missing.pk}": "12",
        }
        browser(world.teacher).post(world.url, world.form(**changes))
        assert world.marks() == {
            world.present.pk: ("absent", None, "web"),
            world.late.pk: ("late", 18, "scan"),
            world.unproven.pk: ("present", None, "web"),
            world.missing.pk: ("late", 12, "web"),
            world.excused.pk: ("absent", None, "scan"),
        }
        assert Lesson.objects.get(pk=world.lesson.pk).roll_taken_at == NOW
        assert Scan.objects.count() == 3

    def test_the_same_form_twice_changes_nothing_more(self, world: World) -> None:
        world.scan_all()
        form = world.form()
        client = browser(world.teacher)
        assert [client.post(world.url, form).status_code for _ in range(2)] == [302, 302]
        assert {row.version for row in Mark.objects.all()} == {1}
        assert not ChangeEvent.objects.exists()

    def test_what_was_saved_meanwhile_is_stale_and_the_rest_is_saved(self, world: World) -> None:
        world.scan_all()
        form = world.form()
        world.mark(world.missing, "4")
        answer = browser(world.teacher).post(world.url, form)
        assert answer.status_code == 409
        assert world.marks()[world.missing.pk] == ("present", None, "web")
        assert world.marks()[world.present.pk] == ("present", None, "scan")
        assert "is-stale" in answer.content.decode()

    @pytest.mark.parametrize(("field", "value"), [("p", "sleeping"), ("m", "300"), ("m", "-1")])
    def test_bad_input_is_named_and_changes_nothing_of_that_row(self, world: World, field: str, value: str) -> None:
        world.scan_all()
        form = world.form(**{f"{field}{world.late.pk}": value})
        answer = browser(world.teacher).post(world.url, form)
        assert answer.status_code == 422
        assert world.late.pk not in world.marks()
        assert world.present.pk in world.marks()

    def test_grades_are_left_alone(self, world: World) -> None:
        world.scan_all()
        world.mark(world.present, "5")
        browser(world.teacher).post(
            world.url, world.form(**{f"p{world.present.pk}": "late", f"m{world.present.pk}": "5"})
        )
        row = Mark.objects.get(student=world.present)
        assert (row.presence, row.late_minutes, row.grade) == (Presence.LATE, 5, 5)

    def test_an_absence_takes_the_grade_with_it_and_makes_up_nothing(self, world: World) -> None:
        world.mark(world.present, "5")
        world.mark(world.late, "4")
        browser(world.teacher).post(world.url, world.form(**{f"p{world.present.pk}": "absent"}))
        rows = Mark.objects.filter(student__in=[world.present, world.late]).order_by("student")
        assert [(row.presence, row.grade, row.makeup_on) for row in rows] == [
            ("absent", None, None),
            ("present", 4, None),
        ]

    def test_a_reader_takes_no_roll(self, world: World) -> None:
        colleague = make.make_workload(course=world.course).teachers.get().teacher.user
        assert browser(colleague).get(world.url).status_code == 200
        assert browser(colleague).post(world.url, {}).status_code == 403


class TestWithoutPhone:
    def test_one_tap_marks_one_student_and_nobody_else(self, world: World) -> None:
        world.scan_all()
        world.crowd()
        answer = browser(world.teacher).post(world.url, world.form(no_phone=str(world.missing.pk)))
        assert answer.status_code == 302
        assert world.marks() == {world.missing.pk: ("present", None, Source.WEB)}
        assert Mark.objects.get().reason
        # A mark without a scan is a difference, and says so.
        assert world.lines()[world.missing.pk].difference == ScanDifference.NOT_SCANNED

    def test_by_script_the_answer_is_the_row(self, world: World) -> None:
        fields = world.form(no_phone=str(world.missing.pk))
        answer = browser(world.teacher).post(world.url, fields, headers={"Accept": "application/json"})
        assert answer.json() == {"student": world.missing.pk, "seen": "1.present.."}

    def test_a_stale_row_is_not_overwritten(self, world: World) -> None:
        fields = world.form(no_phone=str(world.missing.pk))
        world.mark(world.missing, "кж")
        answer = browser(world.teacher).post(world.url, fields, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (409, "stale")
        assert world.marks()[world.missing.pk][0] == "absent"

    @pytest.mark.parametrize("key", ["", "0", "x", "٣", "9" * 30])
    def test_who_is_not_on_the_roll_is_not_marked(self, world: World, key: str) -> None:
        answer = browser(world.teacher).post(world.url, world.form(no_phone=key))
        assert (answer.status_code, Mark.objects.count()) == (422, 0)


class TestLive:
    def now_url(self, world: World) -> str:
        return f"{world.url}now/"

    def test_news_is_sent_once(self, world: World) -> None:
        client = browser(world.teacher)
        empty = client.get(self.now_url(world))
        assert empty.json() == {"scans": []}
        assert client.get(self.now_url(world), headers={"If-None-Match": empty["ETag"]}).status_code == 304
        scan(world.lesson, world.late, 17.5)
        news = client.get(self.now_url(world), headers={"If-None-Match": empty["ETag"]})
        assert news.status_code == 200
        row = news.json()["scans"][0]
        assert (row["student"], row["state"], row["presence"], row["minutes"]) == (
            world.late.pk,
            "scanned",
            "late",
            "18",
        )
        assert client.get(self.now_url(world), headers={"If-None-Match": news["ETag"]}).status_code == 304

    @pytest.mark.parametrize("scans", [1, 3])
    def test_a_look_is_one_query_without_news_and_two_with_them(
        self, world: World, scans: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for student in world.students[:scans]:
            scan(world.lesson, student)
        client = browser(world.teacher)
        etag = client.get(self.now_url(world))["ETag"]
        # Beside them: the session with its person.
        with django_assert_num_queries(1 + 2):
            client.get(self.now_url(world))
        with django_assert_num_queries(1 + 1):
            assert client.get(self.now_url(world), headers={"If-None-Match": etag}).status_code == 304

    @pytest.mark.parametrize("students", [1, 3])
    def test_the_roll_is_a_fixed_number_of_queries(
        self, world: World, students: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for student in world.students[:students]:
            scan(world.lesson, student)
        lesson, doors = get_lesson(world.teacher, world.lesson.pk, now=NOW)
        with django_assert_num_queries(7):
            roll_of(lesson, doors, now=NOW)
        client = browser(world.teacher)
        client.get(world.url)
        with django_assert_num_queries(19):
            assert client.get(world.url).status_code == 200


class TestSpotCheck:
    def test_the_same_click_calls_the_same_names_the_odd_ones_first(self, world: World) -> None:
        world.scan_all()
        page = browser(world.teacher).get(f"{world.url}?call=1").context
        called = [line.row.student_id for line in page["called"]]
        assert called[0] == world.unproven.pk
        assert set(called) == {world.present.pk, world.late.pk, world.unproven.pk}
        again = browser(world.teacher).get(f"{world.url}?call=1").context
        assert [line.row.student_id for line in again["called"]] == called

    @pytest.mark.parametrize("call", ["", "0", "x", "999", "-1", "٣"])
    def test_what_is_no_click_calls_nobody(self, world: World, call: str) -> None:
        world.scan_all()
        answer = browser(world.teacher).get(world.url, {"call": call})
        assert (answer.status_code, answer.context["called"]) == (200, [])


class TestDifferences:
    def test_marks_that_differ_are_listed_and_counted(self, world: World) -> None:
        world.scan_all()
        world.crowd()
        world.mark(world.present, "кж")
        world.mark(world.late, "5")
        world.mark(world.missing, "+")
        world.mark(world.excused, "кж")
        world.mark(world.unproven, "+")
        window = {"since": date(2026, 9, 1), "until": date(2026, 12, 26)}
        found = [(one.student_id, one.difference) for one in differing_marks([world.workload.pk], **window)]
        assert found == [
            (world.present.pk, ScanDifference.SCANNED_ABSENT),
            (world.late.pk, ScanDifference.LATE_PRESENT),
            (world.missing.pk, ScanDifference.NOT_SCANNED),
        ]
        counts = difference_counts([world.workload.pk], **window)[world.workload.pk]
        assert counts == {kind: 1 for _, kind in found}
        cells = browser(world.teacher).get(
            f"/journals/{world.workload.pk}/scans/", headers={"Accept": "application/json"}
        )
        assert [cell["student"] for cell in cells.json()["cells"]] == [key for key, _ in found]
        assert browser(world.teacher).get(f"/journals/{world.workload.pk}/scans/").status_code == 200

    def test_a_lesson_at_which_nobody_scanned_differs_in_nothing(self, world: World) -> None:
        world.mark(world.present, "5")
        assert differing_marks([world.workload.pk], since=make.MONDAY, until=make.MONDAY) == []
        assert world.lines()[world.present.pk].difference is None

    @pytest.mark.parametrize("lessons", [1, 3])
    def test_list_and_counts_are_one_query_each(
        self, world: World, lessons: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for pair in range(1, lessons + 1):
            lesson = world.lesson if pair == 1 else make.make_lesson(world.workload, pair=pair)
            scan(lesson, world.present)
        with django_assert_num_queries(2):
            differing_marks([world.workload.pk], since=make.MONDAY, until=make.MONDAY)
            difference_counts([world.workload.pk], since=make.MONDAY, until=make.MONDAY)


class TestFlags:
    def flags(self, world: World) -> dict[int, list[str]]:
        return {key: list(line.flags) for key, line in world.lines().items() if line.flags}

    def test_one_phone_for_two_accounts(self, world: World) -> None:
        for student in (world.present, world.late):
            scan(world.lesson, student, device="lent")
        assert self.flags(world) == {world.present.pk: ["one_device"], world.late.pk: ["one_device"]}
        assert flag_counts([world.lesson.pk])[world.lesson.pk] == {"one_device": 2}

    def test_a_scan_at_another_lesson_of_the_same_time(self, world: World) -> None:
        other = make.make_lesson(make.make_workload(course=make.make_course(discipline="Оптика")))
        later = make.make_lesson(make.make_workload(course=make.make_course(discipline="Акустика")), pair=3)
        phone = {"device": "own"}
        scan(world.lesson, world.present, **phone)
        scan(other, world.present, 2, **phone)
        scan(later, world.present, **phone)
        assert self.flags(world) == {world.present.pk: ["other_lesson"]}

    def test_a_new_phone_of_who_scanned_before(self, world: World) -> None:
        before = make.make_lesson(world.workload, day=make.MONDAY - timedelta(days=7))
        scan(before, world.present, device="old")
        scan(before, world.late, device="same")
        scan(world.lesson, world.present, device="new")
        scan(world.lesson, world.late, device="same")
        scan(world.lesson, world.missing, device="first")
        assert self.flags(world) == {world.present.pk: ["new_device"]}

    def test_an_excused_day_is_the_offices_question_and_not_the_teachers(self, world: World) -> None:
        excuse = world.excuse(world.present)
        scan(world.lesson, world.present)
        assert self.flags(world) == {}
        found = excused_scans([world.unit.pk], since=make.MONDAY, until=make.MONDAY)
        row = excused_rows(list(found))[0]
        assert (row.excuse_id, row.discipline, row.group, row.at) == (
            excuse.pk,
            "Механика",
            world.group.name,
            START + timedelta(minutes=1),
        )
        assert not excused_scans([make.make_unit().pk], since=make.MONDAY, until=make.MONDAY)

    @pytest.mark.parametrize("gone", ["withdrawn", "other_day"])
    def test_a_withdrawn_excuse_and_one_of_other_days_are_no_question(self, world: World, gone: str) -> None:
        excuse = world.excuse(world.present)
        scan(world.lesson, world.present)
        if gone == "withdrawn":
            Excuse.objects.update(withdrawn_at=NOW, withdrawn_by=world.teacher)
        else:
            Excuse.objects.filter(pk=excuse.pk).update(starts_on=make.MONDAY + timedelta(days=1))
        assert not excused_scans([world.unit.pk], since=make.MONDAY, until=make.MONDAY)

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_heads_week_is_three_queries(
        self, world: World, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(count):
            course = make.make_course(group=world.group, department=world.department, discipline=f"Дисциплина {number}")
            lesson = make.make_lesson(make.make_workload(course=course), pair=number + 2)
            for student in world.students[:2]:
                make.enrol(student, course)
                scan(lesson, student, device=f"lent {number}", is_proven=number > 0)
        with django_assert_num_queries(3):
            found = watched_journals([world.department.pk], since=make.MONDAY, until=make.MONDAY)
        assert sorted((one.lessons, one.scans, one.unproven, one.odd) for one in found) == sorted(
            (1, 2, 2 if number == 0 else 0, 2) for number in range(count)
        )

    @pytest.mark.parametrize("count", [1, 3])
    def test_pages_of_head_and_office_are_a_fixed_number_of_queries(
        self, world: World, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for student in world.students[:count]:
            world.excuse(student)
            scan(world.lesson, student)
        head, office = make.make_user(), make.make_user()
        make.appoint(head, Role.HEAD, department=world.department)
        make.appoint(office, Role.DEANS_OFFICE, unit=world.unit)
        for user, url, rows in ((head, "/attendance/flags/", 1), (office, "/attendance/excused/", count)):
            client = browser(user)
            client.get(url)
            with django_assert_num_queries(7):
                page = client.get(url).context["page_obj"]
            assert len(page.object_list) == rows


def test_the_lesson_page_and_the_grid_lead_to_the_roll(world: World) -> None:
    client = browser(world.teacher)
    assert world.url in client.get(f"/lessons/{world.lesson.pk}/").content.decode()
    grid = client.get(f"/journals/{world.workload.pk}/").content.decode()
    assert f'data-scans-url="/journals/{world.workload.pk}/scans/"' in grid


class TestLessonPage:
    """The number of scans beside the way to the roll, on the lesson's own page."""

    def page(self, world: World) -> str:
        return browser(world.teacher).get(f"/lessons/{world.lesson.pk}/").content.decode()

    def at(self, monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: START + timedelta(minutes=minutes))

    def test_the_number_at_the_loading_stands_without_scripts(self, world: World) -> None:
        world.scan_all()
        found = re.search(r'href="([^"]+)"[^>]*>(?:(?!</a>).)*data-count>(\d+)<', self.page(world), re.DOTALL)
        assert found is not None
        assert found.groups() == (world.url, "3")

    @pytest.mark.parametrize(
        ("minutes", "opens", "closes"), [(-30, 20 * 60, 60 * 60), (-10, 0, 40 * 60), (29, 0, 60), (30, None, None)]
    )
    def test_it_is_asked_for_while_the_window_is_open_by_the_servers_clock(
        self,
        world: World,
        monkeypatch: pytest.MonkeyPatch,
        minutes: int,
        opens: int | None,
        closes: int | None,
    ) -> None:
        self.at(monkeypatch, minutes)
        page = self.page(world)
        found = re.search(r'data-poll="([^"]+)" data-opens-in="(\d+)" data-closes-in="(\d+)"', page)
        assert (found is not None) == ("scan-count.js" in page) == (opens is not None)
        if found is not None:
            assert found.groups() == (f"{world.url}now/", str(opens), str(closes))

    def test_another_days_page_asks_nothing(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        world.scan_all()
        self.at(monkeypatch, 24 * 60)
        page = self.page(world)
        assert ("data-poll" in page, "data-count>3<" in page) == (False, True)

    @pytest.mark.parametrize("scans", [1, 3])
    def test_it_costs_two_queries_on_the_day_and_one_on_another(
        self, world: World, scans: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for student in world.students[:scans]:
            scan(world.lesson, student)
        lesson, doors = get_lesson(world.teacher, world.lesson.pk, now=NOW)
        for day, queries in ((0, 2), (1, 1)):
            with django_assert_num_queries(queries):
                shown = lesson_scans(lesson, doors[0].workload, NOW + timedelta(days=day))
            assert shown["count"] == scans

    def test_a_reader_of_the_journal_has_no_number(self, world: World) -> None:
        world.scan_all()
        dean = make.make_user()
        make.appoint(dean, Role.DEAN, unit=world.unit)
        assert "data-count" not in browser(dean).get(f"/lessons/{world.lesson.pk}/").content.decode()
