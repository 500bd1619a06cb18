"""The main journey over HTTP, as a browser without scripts and a grid would take it; standard library alone."""

import html
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from io import StringIO
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener
from uuid import uuid4

from django.core.management import call_command

from accounts.models import Student, Teacher, User
from ejournal.demo.cast import LOGINS
from ejournal.demo.lesson_on import lessons_at
from ejournal.lib.clock import day_of, now
from journal.models import Mark
from teaching.models import Lesson, LessonWorkload

TIMEOUT = 30


class Stumbled(Exception):
    """A step that did not answer as it should: the sentence says which and how."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    url: str

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Visitor:
    """One browser: its cookies, and the CSRF token that a form or a script would send back."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self.cookies = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies))
        self.opener.addheaders = [("Accept-Language", "ky")]

    def get(self, path: str) -> Answer:
        return self._open(Request(self.base + path))  # noqa: S310 -- the demo's own address

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        body = urlencode({"csrfmiddlewaretoken": self.token(), **fields}).encode()
        return self._open(self._request(path, body, "application/x-www-form-urlencoded"))

    def post_json(self, path: str, content: object) -> Answer:
        return self._open(self._request(path, json.dumps(content).encode(), "application/json"))

    def log_in(self, username: str, password: str) -> Answer:
        self.get("/login/")
        return self.post("/login/", {"username": username, "password": password})

    def token(self) -> str:
        return next((cookie.value or "" for cookie in self.cookies if cookie.name == "csrftoken"), "")

    def _request(self, path: str, body: bytes, kind: str) -> Request:
        headers = {"Content-Type": kind, "X-CSRFToken": self.token(), "Referer": self.base + path, "Origin": self.base}
        return Request(self.base + path, data=body, headers=headers)  # noqa: S310 -- the demo's own address

    def _open(self, request: Request) -> Answer:
        try:
            with self.opener.open(request, timeout=TIMEOUT) as response:
                return Answer(response.status, response.read(), response.url)
        except HTTPError as error:
            return Answer(error.code, error.read(), error.url or "")
        except OSError as error:
            raise Stumbled(f"{request.full_url} did not answer: {error}") from error


def walk(*, url: str, password: str, tell: Callable[[str], None]) -> None:
    """Walk from the first page to the printed month; `tell` hears of each step that went well."""

    @contextmanager
    def step(sentence: str) -> Iterator[None]:
        try:
            yield
        except Stumbled as error:
            raise Stumbled(f"{sentence}: {error}") from error
        tell(sentence)

    with step("/health/ready says that all is there"):
        expect(Visitor(url).get("/health/ready"), 200)
    visitors: dict[str, Visitor] = {}
    for username in LOGINS:
        with step(f"{username} comes in and sees the first page"):
            visitors[username] = visitor = Visitor(url)
            answer = visitor.log_in(username, password)
            expect(answer, 200)
            if "/login/" in answer.url:
                raise Stumbled("the password was not taken")
            expect(visitor.get("/"), 200)
    lesson, journal_id, student = _scene()
    teacher = visitors["teacher"]
    with step("teacher sees the journals, the grid and the lesson that is on"):
        if f"/journals/{journal_id}/" not in expect(teacher.get("/journals/"), 200).text:
            raise Stumbled("the journal is not in the list")
        expect(teacher.get(f"/journals/{journal_id}/"), 200)
        expect(teacher.get(f"/lessons/{lesson.id}/"), 200)
    with step("teacher gives student a mark in the lesson that is on"):
        version = _give_marks(teacher, journal_id, lesson, student)
    with step("a stale mark is answered 409, a mark of six 422"):
        path = f"/journals/{journal_id}/marks/"
        mark = {"lesson": lesson.id, "student": student.id, "version": version - 1, "value": "3"}
        expect(teacher.post_json(path, {"nonce": str(uuid4()), "marks": [mark]}), 409)
        mark |= {"version": version, "value": "6"}
        expect(teacher.post_json(path, {"nonce": str(uuid4()), "marks": [mark]}), 422)
    with step("colleague reads the journal and cannot write in it"):
        expect(visitors["colleague"].get(f"/journals/{journal_id}/"), 200)
        expect(
            visitors["colleague"].post_json(f"/journals/{journal_id}/marks/", {"nonce": str(uuid4()), "marks": []}), 403
        )
    course_id = lesson.workloads.get(workload_id=journal_id).workload.course_id
    own_page = f"/cabinet/{student.id}/courses/{course_id}/"
    with step("student sees the mark in the cabinet"):
        expect(visitors["student"].get("/cabinet/"), 200)
        _expect_mark(visitors["student"].get(own_page), lesson)
    with step("parent sees the same"):
        expect(visitors["parent"].get(f"/cabinet/{student.id}/"), 200)
        _expect_mark(visitors["parent"].get(own_page), lesson)
    with step("fellow does not: 404"):
        expect(visitors["fellow"].get(f"/cabinet/{student.id}/"), 404)
        expect(visitors["fellow"].get(own_page), 404)
        expect(visitors["fellow"].get(f"/journals/{journal_id}/"), 404)
    with step("dean sees the attendance of today"):
        expect(visitors["dean"].get("/attendance/today/"), 200)
    with step("the month of the journal is printed"):
        answer = expect(teacher.get(f"/journals/{journal_id}/month.pdf?month={lesson.date:%Y-%m}"), 200)
        if not answer.body.startswith(b"%PDF"):
            raise Stumbled("what came is no PDF")
    with step("check_journal finds every law kept"):
        said = StringIO()
        try:
            call_command("check_journal", stdout=said)
        except SystemExit as ended:
            broken = [line for line in said.getvalue().splitlines() if line.startswith("✗")]
            raise Stumbled("; ".join(broken)) from ended


def expect(answer: Answer, status: int) -> Answer:
    """The answer, if its status is the one; else the first words of what came."""
    if answer.status != status:
        words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())[:200]
        raise Stumbled(f"{answer.url} answered {answer.status} instead of {status}: {words}")
    return answer


def _scene() -> tuple[Lesson, int, Student]:
    """The lesson of `teacher` that is on, his journal in it, and `student`; `fellow` is on its roll too."""
    people = {user.username: user for user in User.objects.filter(username__in=LOGINS)}
    missing = [name for name in LOGINS if name not in people]
    if missing:
        raise Stumbled(f"these logins are not there: {', '.join(missing)}")
    student = Student.objects.get(user=people["student"])
    fellow = Student.objects.get(user=people["fellow"])
    on = lessons_at(Teacher.objects.get(user=people["teacher"]), now())
    if not on:
        raise Stumbled("no lesson of teacher is on")
    lesson = on[0]
    served = LessonWorkload.objects.filter(lesson=lesson, workload__course__enrolments__student=student).first()
    if served is None or not fellow.course_enrolments.filter(course=served.workload.course).exists():
        raise Stumbled("student and fellow are not on the roll of the lesson that is on")
    if not served.workload.teachers.filter(teacher__user=people["teacher"]).exists():
        raise Stumbled("the journal of the lesson that is on is not teacher's")
    if day_of(lesson.starts_at) != lesson.date:
        raise Stumbled("the lesson that is on lies in two days")
    return lesson, served.workload_id, student


def _give_marks(teacher: Visitor, journal_id: int, lesson: Lesson, student: Student) -> int:
    """Give a grade through the one way in; the version that the mark has then."""
    kept = Mark.objects.filter(lesson=lesson, student=student).first()
    value = "4" if kept is not None and kept.grade == 5 else "5"
    mark = {"lesson": lesson.id, "student": student.id, "version": kept.version if kept else 0, "value": value}
    nonce = str(uuid4())
    for _turn in ("first", "again"):  # the same request again gets the same answer
        answer = expect(teacher.post_json(f"/journals/{journal_id}/marks/", {"nonce": nonce, "marks": [mark]}), 200)
    saved = json.loads(answer.body)["marks"][0]
    if saved["status"] != 200 or saved["grade"] != int(value):
        raise Stumbled(f"the mark was answered {saved}")
    version = int(saved["version"])
    row = Mark.objects.get(lesson=lesson, student=student)
    if (row.grade, row.version) != (int(value), version):
        raise Stumbled("what was acknowledged is not in the database")
    return version


def _expect_mark(answer: Answer, lesson: Lesson) -> None:
    expect(answer, 200)
    grade = Mark.objects.get(lesson=lesson, student__user__username="student").grade
    if f">{grade}<" not in re.sub(r">\s+|\s+<", lambda found: found.group().strip(), answer.text):
        raise Stumbled(f"the grade {grade} is not on the page {answer.url}")
