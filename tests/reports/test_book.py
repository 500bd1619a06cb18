"""The department's own journal: entering it, a file of it, where it disagrees, and settling that (§1.4)."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from io import BytesIO

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.clock import moment_of
from ejournal.lib.errors import Refusal
from messaging.models import Notification
from reports.enums import BookDifference
from reports.models import BookRemark, DepartmentBookEntry, DepartmentBookMonth
from reports.selectors.book import differences_of, open_differences
from reports.services.book import Entry, enter_book_month, import_book, settle_difference
from reports.services.book_file import BookProblem, read_book_file
from teaching.enums import LessonState
from teaching.models import Lesson, Workload
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = moment_of(make.MONDAY, time(18, 0))
SEPTEMBER = date(2026, 9, 1)
TODAY = make.MONDAY
WEEK_AGO = make.MONDAY - timedelta(days=7)


@pytest.fixture
def workload() -> Workload:
    return make.make_workload()


@pytest.fixture
def head(workload: Workload) -> User:
    user = make.make_user("head", last_name="Башчы")
    make.appoint(user, Role.HEAD, department=workload.department)
    return user


@pytest.fixture
def logged_in(head: User, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(head)
    client.cookies["django_language"] = "en"
    return client


def hold(workload: Workload, day: date, pair: int = 1) -> None:
    lesson = make.make_lesson(workload, day=day, pair=pair)
    Lesson.objects.filter(pk=lesson.pk).update(roll_taken_at=lesson.ends_at)


def enter(workload: Workload, head: User, *entries: Entry, is_whole: bool = True) -> None:
    enter_book_month(workload=workload, month=SEPTEMBER, entries=entries, is_whole=is_whole, by=head, now=NOW)


def kinds(workload: Workload) -> list[tuple[str, date, date | None]]:
    return [(one.kind, one.day, one.other_day) for one in differences_of(workload.id).rows]


def refusal(call: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(Refusal) as refused:
        call()
    return refused.value.code, refused.value.status


def test_books_that_agree_have_no_difference(workload: Workload, head: User) -> None:
    hold(workload, TODAY)
    enter(workload, head, (TODAY, None))
    assert kinds(workload) == []


def test_day_in_one_book_only(workload: Workload, head: User) -> None:
    hold(workload, TODAY)
    enter(workload, head, (date(2026, 9, 3), 2))
    assert kinds(workload) == [("journal_only", TODAY, None), ("book_only", date(2026, 9, 3), None)]


def test_near_days_are_one_lesson_on_another_day(workload: Workload, head: User) -> None:
    hold(workload, TODAY)
    enter(workload, head, (TODAY - timedelta(days=1), 1))
    assert kinds(workload) == [("other_date", TODAY - timedelta(days=1), TODAY)]


def test_lesson_that_was_cancelled_is_not_held(workload: Workload, head: User) -> None:
    hold(workload, TODAY)
    Lesson.objects.update(state=LessonState.CANCELLED)
    enter(workload, head, (TODAY, 1))
    assert kinds(workload) == [("book_only", TODAY, None)]


def test_month_that_is_not_declared_whole_is_not_compared(workload: Workload, head: User) -> None:
    hold(workload, TODAY)
    enter(workload, head, is_whole=False)
    assert kinds(workload) == []


def test_entering_a_month_again_makes_it_what_was_given(workload: Workload, head: User) -> None:
    enter(workload, head, (TODAY, 1), (WEEK_AGO, 1))
    enter(workload, head, (TODAY, 1), is_whole=False)
    assert list(DepartmentBookEntry.objects.values_list("date", "pair")) == [(TODAY, 1)]
    assert not DepartmentBookMonth.objects.exists()


@pytest.mark.parametrize(("day", "code"), [(date(2026, 8, 31), "not_in_month"), (date(2026, 9, 22), "day_to_come")])
def test_impossible_day_is_refused_and_nothing_is_entered(workload: Workload, head: User, day: date, code: str) -> None:
    assert refusal(lambda: enter(workload, head, (TODAY, 1), (day, 1))) == (code, 422)
    assert not DepartmentBookEntry.objects.exists()


def settle(workload: Workload, head: User, remark: str = "Карантин") -> BookRemark:
    return settle_difference(
        workload=workload,
        kind=BookDifference.BOOK_ONLY,
        day=TODAY,
        other_day=None,
        remark=remark,
        by=head,
        now=NOW,
    )


def test_settling_keeps_the_remark_and_tells_the_teacher(workload: Workload, head: User) -> None:
    enter(workload, head, (TODAY, 1))
    assert open_differences(frozenset({workload.department_id})) == 1
    settle(workload, head)
    assert open_differences(frozenset({workload.department_id})) == 0
    assert [row.remark for row in differences_of(workload.id).rows] == ["Карантин"]
    told = Notification.objects.get()
    assert (told.user, "Карантин" in told.text) == (workload.teachers.get().teacher.user, True)


def test_settling_twice_is_refused(workload: Workload, head: User) -> None:
    enter(workload, head, (TODAY, 1))
    settle(workload, head)
    assert refusal(lambda: settle(workload, head)) == ("already_settled", 409)


def test_settling_what_agrees_by_now_is_refused(workload: Workload, head: User) -> None:
    assert refusal(lambda: settle(workload, head)) == ("difference_gone", 409)


@pytest.mark.parametrize(("remark", "code"), [("  ", "remark_missing"), ("ы" * 301, "remark_too_long")])
def test_remark_is_refused(workload: Workload, head: User, remark: str, code: str) -> None:
    enter(workload, head, (TODAY, 1))
    assert refusal(lambda: settle(workload, head, remark)) == (code, 422)


def known(workload: Workload) -> list[tuple[int, str, str, str]]:
    return [(workload.id, workload.number, workload.course.discipline.name, workload.course.group.name)]


def test_csv_in_kyrgyz_and_xlsx_in_english_say_the_same(workload: Workload) -> None:
    course = workload.course
    text = f"Дисциплина;Тайпа;Күнү;Пара\n{course.discipline.name};{course.group.name};21.09.2026;2\n".encode()
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Workload number", "Date", "Pair"])
        sheet.write_string(1, 0, workload.number)
        sheet.write_datetime(1, 1, TODAY, book.add_format({"num_format": "dd.mm.yyyy"}))
        sheet.write_number(1, 2, 2)
    for file in (text, content.getvalue()):
        rows, problems = read_book_file(file, known=known(workload), today=TODAY)
        assert (problems, [(row.workload_id, row.day, row.pair) for row in rows]) == ([], [(workload.id, TODAY, 2)])


def test_errors_are_named_by_row_and_column(workload: Workload) -> None:
    number = workload.number
    text = "\n".join(
        [
            "workload,date,pair",
            f"{number},21.09.2026,1",
            f"{number},31.02.2026,1",
            "ЖОК,21.09.2026,1",
            f"{number},22.09.2026,1",
            f"{number},14.09.2026,зx",
            f"{number},21.09.2026,1",
            ",21.09.2026,",
        ]
    )
    rows, problems = read_book_file(text.encode(), known=known(workload), today=TODAY)
    assert len(rows) == 1
    assert [(one.row, one.column) for one in problems] == [
        (3, "date"),
        (4, "workload"),
        (5, "date"),
        (6, "pair"),
        (7, "date"),
        (8, "workload"),
    ]


def test_names_that_several_journals_bear_are_an_error(workload: Workload) -> None:
    first = known(workload)[0]
    text = f"discipline,group,date\n{first[2]},{first[3]},21.09.2026\n"
    rows, problems = read_book_file(text.encode(), known=[first, (0, "Ж2", *first[2:])], today=TODAY)
    assert (rows, [type(one) for one in problems], problems[0].row) == ([], [BookProblem], 2)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_rows"),
        (b"workload,date\n", "no_rows"),
        (b"a,b\n1,2\n", "headings_missing"),
        (b"\x00\x01\x02\n\x00", "unreadable_file"),
        (b"PK\x03\x04broken", "unreadable_file"),
        (b"workload,date\n" + b"a,b\n" * 2001, "too_many_rows"),
        (b"x" * (1024 * 1024 + 1), "file_too_large"),
    ],
)
def test_file_as_a_whole_is_refused(content: bytes, code: str) -> None:
    assert refusal(lambda: read_book_file(content, known=[], today=TODAY))[0] == code


def test_file_is_shown_first_and_entered_once(logged_in: Client, workload: Workload) -> None:
    file = SimpleUploadedFile("book.csv", f"workload,date\n{workload.number},21.09.2026\n".encode())
    shown = logged_in.post("/department-book/import/", {"file": file, "whole": "on"})
    assert (shown.status_code, DepartmentBookEntry.objects.count()) == (200, 0)
    found = re.search(r'name="shown"\s+value="([^"]+)"', shown.content.decode())
    assert found is not None
    for _ in range(2):
        assert logged_in.post("/department-book/import/", {"shown": found[1]}).status_code == 302
    assert (DepartmentBookEntry.objects.count(), DepartmentBookMonth.objects.count()) == (1, 1)


def test_what_was_shown_cannot_be_altered(logged_in: Client) -> None:
    answer = logged_in.post("/department-book/import/", {"shown": "forged:1:2"}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_gone")


def test_journal_of_another_department_is_not_entered(workload: Workload, head: User) -> None:
    foreign = make.make_workload()
    code = refusal(
        lambda: import_book(
            entries=[(workload.id, TODAY, None), (foreign.id, TODAY, None)],
            department_ids=frozenset({workload.department_id}),
            whole_months=False,
            by=head,
            now=NOW,
        )
    )
    assert (code, DepartmentBookEntry.objects.count()) == (("not_your_journal", 403), 0)


def test_month_is_ticked_and_other_days_are_written(logged_in: Client, workload: Workload) -> None:
    hold(workload, TODAY)
    address = f"/department-book/{workload.id}/?month=2026-09"
    answer = logged_in.post(address, {"held": ["2026-09-21.1"], "other": "02.09.2026, 03.09.2026", "whole": "on"})
    assert answer.status_code == 302
    assert sorted(DepartmentBookEntry.objects.values_list("date", flat=True)) == [
        date(2026, 9, 2),
        date(2026, 9, 3),
        TODAY,
    ]
    assert logged_in.get(address).content.decode().count("checked") == 4


@pytest.mark.parametrize("sent", [{"other": "32.09.2026"}, {"held": "x"}, {"other": "01.10.2026"}])
def test_bad_day_is_a_sentence_and_changes_nothing(logged_in: Client, workload: Workload, sent: dict[str, str]) -> None:
    answer = logged_in.post(f"/department-book/{workload.id}/?month=2026-09", {"whole": "on", **sent})
    assert answer.status_code == 422
    assert not DepartmentBookMonth.objects.exists()


@pytest.mark.parametrize("number", [1, 3])
def test_list_of_differences_costs_the_same(logged_in: Client, workload: Workload, head: User, number: int) -> None:
    enter(workload, head, *((date(2026, 9, 1 + day), 1) for day in range(number)))
    logged_in.get("/department-book/differences/")
    with CaptureQueriesContext(connection) as queries:
        assert logged_in.get("/department-book/differences/").content.decode().count("book-settle") == number
    assert len(queries) == 5


@pytest.mark.parametrize("number", [1, 3])
def test_list_of_the_department_s_journals_costs_the_same(logged_in: Client, workload: Workload, number: int) -> None:
    for _ in range(number - 1):
        make.make_workload(course=make.make_course(department=workload.department))
    logged_in.get("/department-book/")
    with CaptureQueriesContext(connection) as queries:
        assert logged_in.get("/department-book/").status_code == 200
    assert len(queries) == 7


def test_first_page_of_the_head_tells_what_is_open(logged_in: Client, workload: Workload, head: User) -> None:
    enter(workload, head, (TODAY, 1))
    assert "1 difference with the electronic journal is open" in logged_in.get("/").content.decode()
