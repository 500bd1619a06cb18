"""A stream of three hundred students on one page: what its form sends is read, without scripts too (§3.5a, §4.2)."""

from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from accounts.models import Student, User
from attendance.models import Scan
from ejournal.lib import clock
from journal.models import Mark
from teaching.models import CourseEnrolment, Lesson
from tests import factories as make
from tests.attendance.test_rolls import NOW, browser, scan

pytestmark = pytest.mark.django_db

GROUPS, IN_GROUP = 10, 30
STUDENTS = GROUPS * IN_GROUP


class Form(HTMLParser):
    """What a browser without scripts sends of a page's form by its button."""

    def __init__(self, page: HttpResponse, form_id: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._form_id, self._is_inside, self._area = form_id, False, ""
        self.feed(page.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self._is_inside = found.get("id") == self._form_id
        name, kind = found.get("name"), found.get("type", "text")
        if not self._is_inside or not name:
            return
        if tag == "textarea":
            self.fields.append((name, ""))
        elif tag == "input" and (kind not in ("radio", "checkbox") or "checked" in found):
            self.fields.append((name, found.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Lesson:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    teacher, workloads = make.make_teacher("teacher"), []
    for group in range(GROUPS):
        course = make.make_course(group=make.make_group())
        workloads.append(make.make_workload(course=course, teacher=teacher, stream="агым"))
        users = User.objects.bulk_create(
            User(username=f"s{group}-{n}", last_name="Бекова", first_name=f"Айпери {n:02}", password="!")
            for n in range(IN_GROUP)
        )
        students = Student.objects.bulk_create(
            Student(user=user, record_book=f"26-{group:02}{n:04}") for n, user in enumerate(users)
        )
        CourseEnrolment.objects.bulk_create(
            CourseEnrolment(student=student, course=course, basis="group", starts_on=course.semester.starts_on)
            for student in students
        )
    return make.make_lesson(*workloads, room=make.make_room())


def teacher_of(lesson: Lesson) -> Client:
    return browser(lesson.teacher.user)


def post(client: Client, url: str, fields: dict[str, str]) -> HttpResponse:
    """As a browser sends a form, in one line."""
    return client.post(url, urlencode(fields), content_type="application/x-www-form-urlencoded")


def test_the_roll_by_scans_is_taken_in_one_tap(stream: Lesson) -> None:
    first, second, *_ = Student.objects.order_by("record_book")
    scan(stream, first)
    scan(stream, second, 17.5)
    client, url = teacher_of(stream), f"/lessons/{stream.pk}/roll/"
    sent = Form(client.get(url), "scan-roll").fields
    assert sum(name.startswith("v") for name, _ in sent) == STUDENTS
    assert post(client, url, dict(sent)).status_code == 302
    assert Mark.objects.filter(presence="absent", source="scan").count() == STUDENTS - 2
    assert set(Mark.objects.exclude(presence="absent").values_list("student", "presence", "late_minutes")) == {
        (first.pk, "present", None),
        (second.pk, "late", 18),
    }
    assert Lesson.objects.get(pk=stream.pk).roll_taken_at == NOW
    assert Scan.objects.count() == 2


def test_the_lessons_page_saves_the_roll_and_the_topic(stream: Lesson) -> None:
    client, url = teacher_of(stream), f"/lessons/{stream.pk}/"
    sent = dict(Form(client.get(url), "lesson-form").fields) | {"topic": "Кинематика", "all_present": "1"}
    # More than the thousand that Django takes by itself, and far from what is refused.
    assert 4 * STUDENTS < len(sent) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS / 2 + 100
    assert post(client, url, sent).status_code == 302
    assert Mark.objects.filter(presence="present").count() == STUDENTS
    assert Lesson.objects.get(pk=stream.pk).topic == "Кинематика"


def test_a_form_of_more_fields_than_any_roll_has_is_refused(stream: Lesson) -> None:
    sent = "&".join(f"x{n}=" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
    kind = "application/x-www-form-urlencoded"
    assert teacher_of(stream).post(f"/lessons/{stream.pk}/roll/", sent, content_type=kind).status_code == 400
