"""POST /journals/<id>/marks/ as marks-api.md says, from the outside."""

import json
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ejournal.lib import clock
from journal.models import ChangeEvent, Mark, SavedNonce
from journal.selectors.rating import points_of
from journal.services import close_module, record_marks
from teaching.models import Course, Lesson, Substitution, Workload
from tests import factories as make
from university.enums import LessonKind
from university.models import Module, Policy

pytestmark = pytest.mark.django_db

MORNING = clock.moment_of(make.MONDAY, time(9, 0))


class Room:
    """A journal with its teacher, two students and one lesson on the tests' Monday at eight."""

    def __init__(self) -> None:
        self.workload: Workload = make.make_workload()
        self.course = self.workload.course
        self.teacher = self.workload.teachers.get().teacher
        self.student = make.make_student()
        self.fellow = make.make_student(last_name="Бекова", first_name="Алина")
        for student in (self.student, self.fellow):
            make.enrol(student, self.course)
        self.lesson: Lesson = make.make_lesson(self.workload)

    def cell(self, value: object = "5", version: int = 0, **keys: Any) -> dict[str, Any]:
        return {"lesson": self.lesson.id, "student": self.student.id, "version": version, "value": value, **keys}


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    # The one clock of the house stands at nine on the day of the lesson.
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    return Room()


@pytest.fixture
def teacher(room: Room, client: Client) -> Client:
    client.force_login(room.teacher.user)
    return client


def post(client: Client, room: Room, *marks: Any, nonce: str | None = None, journal: int | None = None) -> Any:
    return client.post(
        f"/journals/{journal or room.workload.id}/marks/",
        json.dumps({"nonce": nonce or str(uuid4()), "marks": list(marks)}),
        content_type="application/json",
    )


def at(monkeypatch: pytest.MonkeyPatch, days: int, hours: int = 0) -> None:
    monkeypatch.setattr(clock, "now", lambda: MORNING + timedelta(days=days, hours=hours))


@pytest.mark.parametrize(
    ("value", "presence", "grade", "shown"),
    [
        ("кж", "absent", None, "кж"),
        ("5", "present", 5, "5"),
        (5, "present", 5, "5"),
        ("0", "present", 0, "0"),
        (0, "present", 0, "0"),
        ("+", "present", None, "+"),
    ],
)
def test_shorthand_is_saved(teacher: Client, room: Room, value: object, presence: str, grade: int, shown: str) -> None:
    answer = post(teacher, room, room.cell(value))
    assert answer.status_code == 200
    assert answer.json()["marks"] == [
        {
            "lesson": room.lesson.id,
            "student": room.student.id,
            "version": 1,
            "value": shown,
            "presence": presence,
            "grade": grade,
            "late_minutes": None,
            "makeup_on": None,
            "excused": False,
            "status": 200,
        }
    ]
    mark = Mark.objects.get()
    assert (mark.presence, mark.grade, mark.by, mark.version, mark.source) == (
        presence,
        grade,
        room.teacher.user,
        1,
        "web",
    )


@pytest.mark.parametrize(
    "value", ["6", 6, -1, "-1", "5.5", "٥", "５", " 5", "5 ", "КЖ", "Кж", "kж", "r;", "кж ", "05", "н", "\x005", "++"]
)
def test_value_off_the_scale_is_refused_and_changes_nothing(teacher: Client, room: Room, value: object) -> None:
    answer = post(teacher, room, room.cell(value))
    assert answer.status_code == 422
    assert answer.json()["marks"][0]["code"] == "grade_not_allowed"
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"value": 5.5},
        {"value": None},
        {"value": True},
        {"value": ["5"]},
        {"value": {"grade": 5}},
        {"version": -1},
        {"version": "0"},
        {"version": 2**40},
        {"version": None},
        {"lesson": "11"},
        {"lesson": 2**70},
        {"student": True},
        {"teacher": 3},
        {"locked": False},
        {"reason": 7},
        {"reason": "NUL\x00"},
        {"reason": "х" * 301},
    ],
)
def test_malformed_cell_is_refused(teacher: Client, room: Room, change: dict[str, Any]) -> None:
    answer = post(teacher, room, {**room.cell(), **change})
    assert answer.status_code == 422
    assert answer.json()["marks"][0]["code"] == "malformed"
    assert not Mark.objects.exists()


@pytest.mark.parametrize("key", ["lesson", "student", "version", "value"])
def test_cell_without_a_key_is_malformed(teacher: Client, room: Room, key: str) -> None:
    cell = room.cell()
    del cell[key]
    answer = post(teacher, room, cell)
    assert (answer.status_code, answer.json()["marks"][0]["code"]) == (422, "malformed")


def test_both_forms_are_refused(teacher: Client, room: Room) -> None:
    answer = post(teacher, room, room.cell("5", presence="present"))
    assert (answer.status_code, answer.json()["marks"][0]["code"]) == (422, "both_forms")


def test_long_form_keeps_late_minutes_under_a_grade(teacher: Client, room: Room) -> None:
    place = {"lesson": room.lesson.id, "student": room.student.id}
    late = post(teacher, room, {**place, "version": 0, "presence": "late", "late_minutes": 10})
    assert late.json()["marks"][0]["value"] == "+"
    graded = post(teacher, room, {**place, "version": 1, "value": "4"})
    assert graded.status_code == 200
    mark = Mark.objects.get()
    assert (mark.presence, mark.late_minutes, mark.grade, mark.version) == ("late", 10, 4, 2)


@pytest.mark.parametrize(
    "form",
    [
        {"presence": "late", "late_minutes": 0},
        {"presence": "late", "late_minutes": 241},
        {"presence": "present", "late_minutes": 5},
        {"presence": "ill"},
        {"presence": ["late"]},
        {"presence": "present", "grade": "5"},
        {"presence": "present", "grade": True},
        {"presence": "absent", "grade": 4},
        {"presence": "absent", "makeup_on": "2026-09-21"},
        {"presence": "absent", "grade": 4, "makeup_on": "21.09.2026"},
        {"presence": "absent", "grade": 4, "makeup_on": "2026-02-30"},
        {"presence": "present", "grade": 4, "makeup_on": "2026-09-21"},
        {"grade": 4},
    ],
)
def test_long_form_that_contradicts_itself_is_malformed(teacher: Client, room: Room, form: dict[str, Any]) -> None:
    answer = post(teacher, room, {"lesson": room.lesson.id, "student": room.student.id, "version": 0, **form})
    assert (answer.status_code, answer.json()["marks"][0]["code"]) == (422, "malformed")
    assert not Mark.objects.exists()


def test_clearing_empties_the_row_and_raises_its_version(teacher: Client, room: Room) -> None:
    post(teacher, room, room.cell("4"))
    answer = post(teacher, room, room.cell("", version=1))
    assert (answer.status_code, answer.json()["marks"][0]["version"]) == (200, 2)
    mark = Mark.objects.get()
    assert (mark.presence, mark.grade, mark.version) == (None, None, 2)


def test_clearing_what_nobody_looked_at_makes_no_row(teacher: Client, room: Room) -> None:
    answer = post(teacher, room, room.cell(""))
    assert (answer.status_code, answer.json()["marks"][0]["version"]) == (200, 0)
    assert not Mark.objects.exists()


def test_same_value_again_raises_no_version(teacher: Client, room: Room) -> None:
    post(teacher, room, room.cell("4"))
    assert post(teacher, room, room.cell("4", version=1)).json()["marks"][0]["version"] == 1


def test_stale_version_is_refused_with_the_other_mark(teacher: Client, room: Room) -> None:
    post(teacher, room, room.cell("4"))
    answer = post(teacher, room, room.cell("5"))
    assert answer.status_code == 409
    cell = answer.json()["marks"][0]
    assert (cell["code"], cell["current"]["value"], cell["current"]["version"]) == ("stale", "4", 1)
    assert cell["current"]["by"] == "Осмонов Эрлан"
    assert Mark.objects.get().grade == 4


def test_version_of_a_row_that_is_not_there_is_stale(teacher: Client, room: Room) -> None:
    answer = post(teacher, room, room.cell("5", version=7))
    assert (answer.status_code, answer.json()["marks"][0]["current"]["version"]) == (409, 0)


def test_good_cells_are_saved_beside_bad_ones(teacher: Client, room: Room) -> None:
    good = {**room.cell("5"), "student": room.fellow.id}
    answer = post(teacher, room, room.cell("9"), good)
    assert answer.status_code == 422
    assert [cell["status"] for cell in answer.json()["marks"]] == [422, 200]
    assert Mark.objects.get().student == room.fellow


def test_same_cell_twice_in_one_request_is_refused_once(teacher: Client, room: Room) -> None:
    answer = post(teacher, room, room.cell("5"), room.cell("4"))
    assert [cell.get("code") for cell in answer.json()["marks"]] == [None, "duplicate"]
    assert Mark.objects.get().grade == 5


def test_totals_of_touched_students_come_back(teacher: Client, room: Room) -> None:
    other = make.make_lesson(room.workload, day=make.MONDAY - timedelta(days=7))
    second = make.make_lesson(room.workload, day=make.MONDAY - timedelta(days=3))
    answer = post(
        teacher,
        room,
        room.cell("5"),
        {**room.cell("4"), "lesson": other.id},
        {**room.cell("4"), "lesson": second.id},
    )
    assert answer.status_code == 200
    # The points of the module so far: the mean of 4.33 of 5; no roll is taken, so attendance is still undefined.
    points = {"course": room.course.id, "modules": [{"module": 1, "points": "4.33"}], "earned": "4.33"}
    assert answer.json()["totals"] == [
        {"student": room.student.id, "absences": 0, "grades": 3, "mean": "4.33", "points": points}
    ]


def said_points(answer: Any) -> dict[int, list[tuple[int, str]]]:
    return {
        total["student"]: [(one["module"], one["points"]) for one in total["points"]["modules"]]
        for total in answer.json()["totals"]
    }


def test_points_of_touched_students_are_those_of_the_page(teacher: Client, room: Room) -> None:
    """With the roll that this very save completes, and what another teacher's kind of work contributes."""
    practical = make.make_workload(course=room.course, kind=LessonKind.LABORATORY)
    other = make.make_lesson(practical, day=make.MONDAY - timedelta(days=3), pair=2)
    by = practical.teachers.get().teacher.user
    marks = [
        {"lesson": other.id, "student": student.id, "version": 0, "value": value}
        for student, value in ((room.student, "3"), (room.fellow, "кж"))
    ]
    assert record_marks(journal_id=practical.id, raw_marks=marks, by=by, now=MORNING).status == 200
    answer = post(teacher, room, room.cell("5"), {**room.cell("+"), "student": room.fellow.id})
    page = points_of(Course.objects.select_related("semester__year").get(pk=room.course.pk), on=make.MONDAY)
    # 4 of 4 for attendance and 5 × (3 + 5) / 2 / 5 of 5; the fellow was there once of two times.
    assert said_points(answer) == {room.student.id: [(1, "8.00")], room.fellow.id: [(1, "2.00")]}
    assert answer.json()["taken"] == [room.lesson.id]
    assert {pk: str(points.outlook.earned) for pk, points in page.items()} == {
        total["student"]: total["points"]["earned"] for total in answer.json()["totals"]
    }


def test_points_in_a_stream_are_of_each_students_own_course(teacher: Client, room: Room) -> None:
    second = make.make_workload(teacher=room.teacher)
    guest = make.make_student()
    make.enrol(guest, second.course)
    lesson = make.make_lesson(room.workload, second, day=make.MONDAY - timedelta(days=3))
    marks = [
        {"lesson": lesson.id, "student": student.id, "version": 0, "value": "4"} for student in (room.student, guest)
    ]
    answer = post(teacher, room, *marks)
    assert answer.status_code == 200
    courses = {total["student"]: total["points"]["course"] for total in answer.json()["totals"]}
    assert courses == {room.student.id: room.course.id, guest.id: second.course_id}


@pytest.mark.parametrize("count", [1, 3])
def test_points_of_the_journal_come_by_one_request(teacher: Client, room: Room, count: int) -> None:
    for _ in range(count):
        make.enrol(make.make_student(), room.course)
    post(teacher, room, room.cell("4"))
    with CaptureQueriesContext(connection) as queries:
        answer = teacher.get(f"/journals/{room.workload.id}/points/")
    assert len(answer.json()["totals"]) == count + 2
    assert said_points(answer)[room.student.id] == [(1, "4.00")]
    assert len(queries) == 3  # the user, the journal, the points


def test_roll_is_taken_when_every_student_has_a_presence(teacher: Client, room: Room) -> None:
    post(teacher, room, room.cell("кж"))
    room.lesson.refresh_from_db()
    assert room.lesson.roll_taken_at is None
    post(teacher, room, {**room.cell("+"), "student": room.fellow.id})
    room.lesson.refresh_from_db()
    assert (room.lesson.roll_taken_at, room.lesson.state) == (MORNING, "held")
    post(teacher, room, room.cell("", version=1))
    room.lesson.refresh_from_db()
    assert room.lesson.roll_taken_at == MORNING


# --- when ------------------------------------------------------------------------------------------------------


def test_lesson_that_has_not_started_is_refused(teacher: Client, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 0, hours=-2)
    assert post(teacher, room, room.cell()).json()["marks"][0]["code"] == "not_started"


def test_window_is_seven_days_after_the_day_of_the_lesson(
    teacher: Client, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, 7)
    assert post(teacher, room, room.cell()).status_code == 200
    at(monkeypatch, 8)
    late = post(teacher, room, {**room.cell(), "student": room.fellow.id})
    assert late.json()["marks"][0]["code"] == "window_over"
    assert late.json()["marks"][0]["window_ended_on"] == "2026-09-28"


def test_window_is_a_dated_setting_of_the_unit(teacher: Client, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    Policy.objects.create(key="filling_window_days", value=1, valid_from=date(2026, 9, 1))
    Policy.objects.create(key="filling_window_days", value=3, valid_from=date(2026, 9, 1), unit=room.course.group.unit)
    at(monkeypatch, 3)
    assert post(teacher, room, room.cell()).status_code == 200
    at(monkeypatch, 4)
    answer = post(teacher, room, {**room.cell(), "student": room.fellow.id})
    assert answer.json()["marks"][0]["code"] == "window_over"


def test_grades_of_a_daily_cell_are_a_setting(teacher: Client, room: Room) -> None:
    Policy.objects.create(key="daily_grades", value=[2, 3, 4, 5], valid_from=date(2026, 9, 1))
    assert post(teacher, room, room.cell("1")).json()["marks"][0]["code"] == "grade_not_allowed"
    assert post(teacher, room, room.cell("2")).status_code == 200


def test_change_after_the_day_needs_a_reason(teacher: Client, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    post(teacher, room, room.cell("4"))
    at(monkeypatch, 1)
    assert post(teacher, room, room.cell("5", version=1)).json()["marks"][0]["code"] == "reason_missing"
    answer = post(teacher, room, room.cell("5", version=1, reason="ката кетти"))
    assert answer.status_code == 200
    event = ChangeEvent.objects.get()
    assert (event.before["grade"], event.after["grade"], event.reason, event.by_id) == (
        4,
        5,
        "ката кетти",
        room.teacher.user_id,
    )


def test_makeup_keeps_the_absence_and_outlives_the_window(
    teacher: Client, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(teacher, room, room.cell("кж"))
    at(monkeypatch, 20)
    place = {"lesson": room.lesson.id, "student": room.student.id, "version": 1}
    form = {"presence": "absent", "grade": 4, "reason": "отработка"}
    answer = post(teacher, room, {**place, **form, "makeup_on": "2026-10-10"})
    assert answer.status_code == 200, answer.json()
    assert answer.json()["marks"][0]["value"] == "кж"
    tomorrow = post(teacher, room, {**place, "version": 2, **form, "grade": 5, "makeup_on": "2026-10-12"})
    assert tomorrow.json()["marks"][0]["code"] == "makeup_day"


def test_closed_module_answers_who_and_when(teacher: Client, room: Room) -> None:
    module = Module.objects.get(number=1)
    close_module(course=room.course, module=module, by=room.teacher.user, now=MORNING)
    answer = post(teacher, room, room.cell())
    assert answer.status_code == 423
    cell = answer.json()["marks"][0]
    assert (cell["code"], cell["closed_by"]) == ("module_closed", "Осмонов Эрлан")
    assert cell["closed_at"] == MORNING.isoformat()
    assert cell["ask"].startswith(f"/journals/{room.workload.id}/reopen/?lesson=")
    bad = post(teacher, room, room.cell("7"))
    assert bad.status_code == 422  # a bad value in a locked cell is a bad value


def test_cancelled_lesson_is_not_filled(teacher: Client, room: Room) -> None:
    Lesson.objects.filter(pk=room.lesson.pk).update(state="cancelled")
    assert post(teacher, room, room.cell()).json()["marks"][0]["code"] == "lesson_cancelled"


# --- who and where -----------------------------------------------------------------------------------------------


def test_student_of_another_group_is_not_enrolled(teacher: Client, room: Room) -> None:
    stranger = make.make_student()
    answer = post(teacher, room, {**room.cell(), "student": stranger.id})
    assert answer.json()["marks"][0]["code"] == "not_enrolled"
    absurd = post(teacher, room, {**room.cell(), "student": 999_999_999})
    assert absurd.json()["marks"][0]["code"] == "not_enrolled"


def test_student_who_left_before_the_lesson_is_not_enrolled(teacher: Client, room: Room) -> None:
    gone = make.make_student()
    make.enrol(gone, room.course, ends_on=make.MONDAY - timedelta(days=1))
    assert post(teacher, room, {**room.cell(), "student": gone.id}).json()["marks"][0]["code"] == "not_enrolled"


def test_lesson_of_another_journal_is_refused(teacher: Client, room: Room) -> None:
    foreign = make.make_lesson(make.make_workload())
    assert post(teacher, room, {**room.cell(), "lesson": foreign.id}).json()["marks"][0]["code"] == "not_in_journal"
    absurd = post(teacher, room, {**room.cell(), "lesson": 999_999_999})
    assert absurd.json()["marks"][0]["code"] == "not_in_journal"


def test_foreign_journal_is_not_found_and_readable_one_forbidden(client: Client, room: Room) -> None:
    stranger = make.make_teacher()
    client.force_login(stranger.user)
    assert post(client, room, room.cell()).status_code == 404
    colleague = make.make_teacher(department=room.course.department)
    make.make_workload(course=room.course, teacher=colleague)
    client.force_login(colleague.user)
    assert post(client, room, room.cell()).status_code == 403
    client.force_login(room.student.user)
    assert post(client, room, room.cell()).status_code == 404
    assert not Mark.objects.exists()


def test_substitute_fills_the_lesson_named_to_him_and_no_other(client: Client, room: Room) -> None:
    substitute = make.make_teacher()
    other = make.make_lesson(room.workload, day=make.MONDAY - timedelta(days=3))
    named = {
        "lesson": room.lesson,
        "substitute": substitute,
        "reason": "ооруп калды",
        "named_by": room.teacher.user,
        "named_at": MORNING,
    }
    Substitution.objects.create(**named, withdrawn_at=MORNING)
    client.force_login(substitute.user)
    assert post(client, room, room.cell()).status_code == 404
    Substitution.objects.create(**named)
    answer = post(client, room, room.cell(), {**room.cell(), "lesson": other.id})
    assert [cell.get("code") for cell in answer.json()["marks"]] == [None, "not_your_lesson"]


def test_subgroup_journal_takes_its_own_students(teacher: Client, room: Room) -> None:
    first, second = room.course.group.subgroups.order_by("number")
    workload = make.make_workload(course=room.course, teacher=room.teacher, subgroup=second)
    lesson = make.make_lesson(workload, pair=2)
    mine = make.make_student()
    make.enrol(mine, room.course, subgroup=2)
    theirs = make.make_student()
    make.enrol(theirs, room.course, subgroup=1)
    at_pair_two = [{**room.cell(), "lesson": lesson.id, "student": student.id} for student in (mine, theirs)]
    room_now = clock.now() + timedelta(hours=1)
    saved = record_marks(journal_id=workload.id, raw_marks=at_pair_two, by=room.teacher.user, now=room_now)
    assert [cell.get("code") for cell in saved.answer["marks"]] == [None, "not_enrolled"]
    assert first.number == 1


def test_stream_lesson_takes_students_of_all_its_journals(teacher: Client, room: Room) -> None:
    other_course = make.make_course(department=room.course.department)
    other = make.make_workload(course=other_course, teacher=room.teacher)
    guest = make.make_student()
    make.enrol(guest, other_course)
    stream = make.make_lesson(room.workload, other, day=make.MONDAY, pair=2)
    saved = record_marks(
        journal_id=room.workload.id,
        raw_marks=[
            {**room.cell(), "lesson": stream.id},
            {**room.cell("4"), "lesson": stream.id, "student": guest.id},
        ],
        by=room.teacher.user,
        now=MORNING + timedelta(hours=1),
    )
    assert saved.status == 200
    assert Mark.objects.get(student=guest).workload == other


def test_stream_journal_of_a_colleague_is_not_in_journal(teacher: Client, room: Room) -> None:
    other_course = make.make_course(department=room.course.department)
    other = make.make_workload(course=other_course)
    guest = make.make_student()
    make.enrol(guest, other_course)
    stream = make.make_lesson(room.workload, other, day=make.MONDAY, pair=2)
    saved = record_marks(
        journal_id=room.workload.id,
        raw_marks=[{**room.cell("4"), "lesson": stream.id, "student": guest.id}],
        by=room.teacher.user,
        now=MORNING + timedelta(hours=1),
    )
    assert saved.answer["marks"][0]["code"] == "not_in_journal"


# --- the request itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"nonce": "x", "marks": []}',
        b'{"nonce": 5, "marks": [{}]}',
        b'{"marks": [{}]}',
        b'{"nonce": "11111111-1111-4111-8111-111111111111", "marks": {}}',
        b'{"nonce": "11111111-1111-4111-8111-111111111111", "marks": []}',
        b'{"nonce": "11111111-1111-4111-8111-111111111111", "marks": [1], "lock": true}',
        b'{"nonce": "11111111-1111-4111-8111-111111111111", "marks": [NaN]}',
        b"\xff\xfe",
        b"[" * 50_000,
    ],
)
def test_broken_request_is_400(teacher: Client, room: Room, body: bytes) -> None:
    answer = teacher.post(f"/journals/{room.workload.id}/marks/", body, content_type="application/json")
    assert answer.status_code == 400


def test_too_many_marks_are_400_and_too_many_bytes_413(teacher: Client, room: Room) -> None:
    assert post(teacher, room, *[room.cell()] * 501).status_code == 400
    answer = post(teacher, room, room.cell(reason="х" * 300_000))
    assert answer.status_code == 413


def test_request_without_csrf_token_is_403(room: Room) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(room.teacher.user)
    assert post(client, room, room.cell()).status_code == 403


def test_ended_login_is_401_with_the_way_back(client: Client, room: Room) -> None:
    answer = post(client, room, room.cell())
    assert answer.status_code == 401
    assert answer.json()["code"] == "login"
    assert answer.json()["login"].startswith("/login/?next=/")


def test_get_is_not_allowed(teacher: Client, room: Room) -> None:
    assert teacher.get(f"/journals/{room.workload.id}/marks/").status_code == 405


def test_same_nonce_again_gets_the_same_answer_and_writes_nothing(teacher: Client, room: Room) -> None:
    nonce = str(uuid4())
    first = post(teacher, room, room.cell("4"), nonce=nonce)
    second = post(teacher, room, room.cell("4"), nonce=nonce)
    assert (second.status_code, second.json()) == (200, first.json())
    assert Mark.objects.get().version == 1
    assert SavedNonce.objects.count() == 1


def test_same_nonce_with_another_body_is_refused(teacher: Client, room: Room) -> None:
    nonce = str(uuid4())
    post(teacher, room, room.cell("4"), nonce=nonce)
    answer = post(teacher, room, room.cell("5", version=1), nonce=nonce)
    assert (answer.status_code, answer.json()["code"]) == (422, "nonce_reused")
    assert Mark.objects.get().grade == 4


def test_nonce_belongs_to_one_user(teacher: Client, room: Room) -> None:
    nonce = str(uuid4())
    post(teacher, room, room.cell("4"), nonce=nonce)
    SavedNonce.objects.update(user=room.student.user)
    assert post(teacher, room, room.cell("5", version=1), nonce=nonce).status_code == 200


def test_saved_cell_costs_at_most_eight_queries(teacher: Client, room: Room) -> None:
    post(teacher, room, room.cell("4"))  # the session goes to the cache
    with CaptureQueriesContext(connection) as queries:
        answer = post(teacher, room, {**room.cell("5"), "student": room.fellow.id})
    assert answer.status_code == 200
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    assert len([q for q in queries.captured_queries if not q["sql"].startswith(control)]) == 8


def test_history_carries_request_id(teacher: Client, room: Room) -> None:
    post(teacher, room, room.cell("4"))
    answer = post(teacher, room, room.cell("5", version=1))
    assert str(ChangeEvent.objects.get().request_id) == answer["X-Request-ID"]
    assert UUID(answer["X-Request-ID"])
