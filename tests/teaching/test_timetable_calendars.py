"""Calendar keys and what they give: made, revoked, noted; the feed, its bytes and its limits."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar, Event
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import GroupEnrolment, Teacher, User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from teaching.access import get_group_timetable, get_room_timetable, get_teacher_timetable
from teaching.enums import LessonState, TimetableOf
from teaching.models import CalendarKey, Lesson
from teaching.services.calendars import KEYS_AT_MOST, make_calendar, note_use, revoke_calendar
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = clock.moment_of(make.MONDAY, time(8, 30))


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def key_of(teacher: Teacher) -> CalendarKey:
    return make_calendar(get_teacher_timetable(teacher.user, teacher.pk, now=NOW), by=teacher.user, now=NOW)


def events(content: bytes) -> list[Event]:
    return [part for part in Calendar.from_ical(content).walk("VEVENT") if isinstance(part, Event)]


def feed(key: CalendarKey, **headers: str) -> Any:
    return Client().get(f"/calendar/{key.secret}.ics", headers=headers)


class TestKeys:
    def test_key_is_long_and_made_once(self) -> None:
        teacher = make.make_teacher()
        first = key_of(teacher)
        assert len(first.secret) == 32
        assert key_of(teacher) == first
        revoke_calendar(first, now=NOW)
        again = key_of(teacher)
        assert again.secret != first.secret
        assert CalendarKey.objects.filter(owner=teacher.user).count() == 2

    def test_revoking_twice_keeps_the_first_moment(self) -> None:
        key = key_of(make.make_teacher())
        revoke_calendar(key, now=NOW)
        revoke_calendar(key, now=NOW + timedelta(days=1))
        key.refresh_from_db()
        assert key.revoked_at == NOW

    def test_lessons_of_another_person_are_no_calendar(self) -> None:
        teacher = make.make_teacher()
        study = make.make_user()
        make.appoint(study, Role.STUDY_OFFICE)
        with pytest.raises(Refusal) as refused:
            make_calendar(get_teacher_timetable(study, teacher.pk, now=NOW), by=study, now=NOW)
        assert (refused.value.code, CalendarKey.objects.count()) == ("not_a_calendar", 0)

    def test_more_than_some_are_refused_and_the_page_says_so(self) -> None:
        teacher = make.make_teacher()
        for number in range(KEYS_AT_MOST):
            room = make.make_room(f"Б-{number}")
            make_calendar(get_room_timetable(teacher.user, room.pk, now=NOW), by=teacher.user, now=NOW)
        with pytest.raises(Refusal) as refused:
            key_of(teacher)
        assert refused.value.code == "too_many_calendars"
        answer = logged_in(teacher.user).post("/timetable/calendars/", {"of": "teacher"})
        assert (answer.status_code, CalendarKey.objects.count()) == (422, KEYS_AT_MOST)
        assert "20 календарь бар" in answer.content.decode()

    @pytest.mark.parametrize(
        "sent",
        [{}, {"of": "нерсе"}, {"of": "group"}, {"of": "group", "id": "٣"}, {"of": "student"}, {"of": "building"}],
    )
    def test_what_is_no_timetable_is_not_found(self, sent: dict[str, str]) -> None:
        assert logged_in(make.make_teacher().user).post("/timetable/calendars/", sent).status_code == 404
        assert CalendarKey.objects.count() == 0

    def test_page_shows_own_keys_only(self) -> None:
        mine, other = make.make_teacher(), make.make_teacher()
        key, foreign = key_of(mine), key_of(other)
        page = logged_in(mine.user).get("/timetable/calendars/").content.decode()
        assert f"http://testserver/calendar/{key.secret}.ics" in page
        assert foreign.secret not in page

    def test_key_of_another_is_not_revoked(self) -> None:
        key = key_of(make.make_teacher())
        answer = logged_in(make.make_teacher().user).post(f"/timetable/calendars/{key.pk}/revoke/")
        key.refresh_from_db()
        assert (answer.status_code, key.revoked_at) == (404, None)


class TestFeed:
    def test_lesson_is_an_event_with_bishkeks_hours(self) -> None:
        workload = make.make_workload()
        lesson = make.make_lesson(workload, room=make.make_room())
        answer = feed(key_of(workload.teachers.get().teacher))
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        [event] = events(answer.content)
        assert event["UID"] == f"lesson-{lesson.pk}@ejournal"
        assert event["SEQUENCE"] == 1
        assert event["STATUS"] == "CONFIRMED"
        assert event["SUMMARY"] == "Механика (практикалык сабак)"
        assert event["LOCATION"] == "Б-101"
        assert event["DTSTART"].params["TZID"] == "Asia/Bishkek"
        assert event["DTSTART"].dt.strftime("%Y-%m-%d %H:%M") == "2026-09-21 08:00"
        assert b"BEGIN:VTIMEZONE" in answer.content

    def test_cancelled_lesson_stays_as_cancelled_with_its_version(self) -> None:
        workload = make.make_workload()
        lesson = make.make_lesson(workload)
        Lesson.objects.filter(pk=lesson.pk).update(state=LessonState.CANCELLED, version=2, changed_at=NOW)
        [event] = events(feed(key_of(workload.teachers.get().teacher)).content)
        assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 2)

    def test_only_some_days_back_and_ahead(self) -> None:
        workload = make.make_workload()
        days = [make.MONDAY + timedelta(weeks=weeks) for weeks in (-2, 0, 13)]
        for day in days:
            make.make_lesson(workload, day=day)
        later = NOW + timedelta(days=31)
        key = key_of(workload.teachers.get().teacher)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "now", lambda: later)
            found = events(feed(key).content)
        assert [event["DTSTART"].dt.date() for event in found] == [days[2]]

    def test_unchanged_lessons_are_304_and_changed_ones_are_not(self) -> None:
        workload = make.make_workload()
        lesson = make.make_lesson(workload)
        key = key_of(workload.teachers.get().teacher)
        etag = feed(key)["ETag"]
        again = feed(key, If_None_Match=etag)
        assert (again.status_code, again.content) == (304, b"")
        Lesson.objects.filter(pk=lesson.pk).update(version=2)
        assert feed(key, If_None_Match=etag).status_code == 200

    @pytest.mark.parametrize("secret", ["x" * 32, "x", "%00", "ү" * 32])
    def test_unknown_key_is_not_found(self, secret: str) -> None:
        key_of(make.make_teacher())
        assert Client().get(f"/calendar/{secret}.ics").status_code == 404

    def test_revoked_key_and_closed_login_are_not_found(self) -> None:
        teacher = make.make_teacher()
        key = key_of(teacher)
        User.objects.filter(pk=teacher.user_id).update(is_active=False)
        assert feed(key).status_code == 404
        User.objects.filter(pk=teacher.user_id).update(is_active=True)
        assert feed(key).status_code == 200
        revoke_calendar(key, now=NOW)
        assert feed(key).status_code == 404

    def test_student_who_left_the_group_loses_its_feed(self) -> None:
        group = make.make_group()
        student = make.make_student(group=group)
        key = make_calendar(get_group_timetable(student.user, group.pk, now=NOW), by=student.user, now=NOW)
        assert feed(key).status_code == 200
        GroupEnrolment.objects.filter(student=student).update(ends_on=make.MONDAY - timedelta(days=1))
        assert feed(key).status_code == 404

    def test_students_are_nowhere_in_it(self) -> None:
        course = make.make_course()
        student = make.make_student(group=course.group, last_name="Жашыруунбекова")
        make.enrol(student, course)
        make.make_lesson(make.make_workload(course=course))
        key = CalendarKey.objects.create(owner=student.user, what=TimetableOf.STUDENT, secret="s" * 32, made_at=NOW)
        content = feed(key).content.decode().replace("\r\n ", "")
        assert "Осмонов" in content
        assert "Жашыруунбекова" not in content

    def test_use_is_noted_once_a_day(self) -> None:
        key = key_of(make.make_teacher())
        for hours in (0, 5):
            key.refresh_from_db()
            note_use(key, now=NOW + timedelta(hours=hours))
        key.refresh_from_db()
        assert key.last_used_at == NOW
        note_use(key, now=NOW + timedelta(hours=25))
        key.refresh_from_db()
        assert key.last_used_at == NOW + timedelta(hours=25)

    @pytest.mark.parametrize("lessons", [1, 3])
    def test_feed_is_four_queries(self, lessons: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        teacher = make.make_teacher()
        for pair in range(1, lessons + 1):
            make.make_lesson(make.make_workload(teacher=teacher), pair=pair)
        key = key_of(teacher)
        feed(key)
        with django_assert_num_queries(4):
            assert len(events(feed(key).content)) == lessons


def test_administrator_revokes_a_key_and_never_reads_it() -> None:
    key = key_of(make.make_teacher())
    administrator = make.make_user()
    make.appoint(administrator, Role.ADMINISTRATOR)
    client = logged_in(administrator)
    for url in ("/admin/teaching/calendarkey/", f"/admin/teaching/calendarkey/{key.pk}/change/"):
        page = client.get(url)
        assert page.status_code == 200
        assert key.secret not in page.content.decode()
    client.post("/admin/teaching/calendarkey/", {"action": "revoke", "_selected_action": [key.pk]})
    assert feed(key).status_code == 404
