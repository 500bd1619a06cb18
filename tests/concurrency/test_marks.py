"""Close against save, and two pages in one cell. First the race, then the cure (trials.md, races)."""

import threading
import time as real_time
from collections.abc import Callable, Iterator
from datetime import time
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from ejournal.lib import clock, locks
from journal.enums import Presence, SheetState, Source
from journal.models import ChangeEvent, Mark, ModuleSheet
from journal.services import close_module, record_marks
from teaching.models import Lesson, Workload
from tests import factories as make
from university.models import Module

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

NOW = clock.moment_of(make.MONDAY, time(9, 0))
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def lesson() -> Lesson:
    workload = make.make_workload()
    for name in ("Айпери", "Бермет", "Чолпон"):
        make.enrol(make.make_student(first_name=name), workload.course)
    return make.make_lesson(workload)


def cells(lesson: Lesson, value: str = "5", version: int = 0) -> list[dict[str, Any]]:
    course = lesson.workloads.get().workload.course
    return [
        {"lesson": lesson.id, "student": student, "version": version, "value": value}
        for student in course.enrolments.order_by("student_id").values_list("student_id", flat=True)
    ]


def journal_of(lesson: Lesson) -> Workload:
    return Workload.objects.select_related("course").get(lessons__lesson=lesson)


@pytest.fixture
def naive_tables(transactional_db: None) -> Iterator[None]:
    """A sheet and a mark of the same shape without our laws: the journal's own tables refuse the naive form."""
    with connections["owner"].cursor() as owner:
        owner.execute("CREATE TABLE naive_sheet (state text); INSERT INTO naive_sheet VALUES ('draft')")
        owner.execute("CREATE TABLE naive_mark (grade int)")
    yield
    with connections["owner"].cursor() as owner:
        owner.execute("DROP TABLE naive_sheet, naive_mark")


def test_naive_check_then_update_lets_a_late_mark_through(naive_tables: None, at_once: AtOnce) -> None:
    """The writer judges an open sheet, the closer closes and commits, the writer writes: the race is real."""
    judged, closed = threading.Event(), threading.Event()

    def naive_writer() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT state FROM naive_sheet")
            is_open = cursor.fetchone() == ("draft",)
            judged.set()
            closed.wait(5)
            if is_open:
                cursor.execute("INSERT INTO naive_mark VALUES (5)")

    def closer() -> None:
        judged.wait(5)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE naive_sheet SET state = 'closed'")
        closed.set()

    assert at_once(naive_writer, closer) == [None, None]
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, (SELECT count(*) FROM naive_mark) FROM naive_sheet")
        assert cursor.fetchall() == [("closed", 1)]


def test_close_waits_for_a_writer_who_holds_the_course(lesson: Lesson, at_once: AtOnce) -> None:
    journal = journal_of(lesson)
    module = Module.objects.get(number=1)
    written, order = threading.Event(), []

    def writer() -> None:
        with transaction.atomic():
            saved = record_marks(journal_id=journal.id, raw_marks=cells(lesson), by=lesson.teacher.user, now=NOW)
            assert saved.status == 200
            written.set()
            real_time.sleep(0.3)
            order.append("written")

    def closer() -> None:
        written.wait(5)
        close_module(course=journal.course, module=module, by=lesson.teacher.user, now=NOW)
        order.append("closed")

    results = at_once(writer, closer)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert order == ["written", "closed"]
    assert Mark.objects.count() == 3


def test_writer_who_waited_for_the_close_is_told_who_and_when(lesson: Lesson, at_once: AtOnce) -> None:
    journal = journal_of(lesson)
    module = Module.objects.get(number=1)
    owned = threading.Event()

    def closer() -> None:
        with transaction.atomic():
            locks.own_course(semester_id=journal.course.semester_id, course_id=journal.course_id)
            owned.set()
            real_time.sleep(0.3)
            close_module(course=journal.course, module=module, by=lesson.teacher.user, now=NOW)

    def writer() -> Any:
        owned.wait(5)
        return record_marks(journal_id=journal.id, raw_marks=cells(lesson), by=lesson.teacher.user, now=NOW)

    closed, saved = at_once(closer, writer)
    assert closed is None
    assert saved.status == 423
    assert {cell["code"] for cell in saved.answer["marks"]} == {"module_closed"}
    assert not Mark.objects.exists()


@pytest.mark.parametrize("round_", range(8))
def test_no_mark_is_later_than_its_close(lesson: Lesson, at_once: AtOnce, round_: int) -> None:
    """Both at once, many times: either the mark was there when the sheet closed, or it is refused."""
    journal = journal_of(lesson)
    module = Module.objects.get(number=1)

    def closer() -> Any:
        return close_module(course=journal.course, module=module, by=lesson.teacher.user, now=NOW)

    def writer() -> Any:
        return record_marks(journal_id=journal.id, raw_marks=cells(lesson), by=lesson.teacher.user, now=NOW)

    sheet, saved = at_once(closer, writer)
    assert isinstance(sheet, ModuleSheet)
    assert (saved.status, Mark.objects.count()) in {(200, 3), (423, 0)}


def test_sql_that_takes_no_lock_is_stopped_by_the_trigger(lesson: Lesson, at_once: AtOnce) -> None:
    """psql and imports know nothing of our locks: the trigger takes them, waits, and sees the closed sheet."""
    journal = journal_of(lesson)
    module = Module.objects.get(number=1)
    student = cells(lesson)[0]["student"]
    owned = threading.Event()

    def closer() -> None:
        with transaction.atomic():
            locks.own_course(semester_id=journal.course.semester_id, course_id=journal.course_id)
            owned.set()
            real_time.sleep(0.3)
            close_module(course=journal.course, module=module, by=lesson.teacher.user, now=NOW)

    def psql() -> None:
        owned.wait(5)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO journal_mark (lesson_id, student_id, workload_id, presence, grade, version, by_id, at,"
                " source, request_id, reason) VALUES (%s, %s, %s, 'present', 5, 1, %s, now(), 'import',"
                " gen_random_uuid(), '')",
                [lesson.id, student, journal.id, lesson.teacher.user_id],
            )

    closed, refused = at_once(closer, psql)
    assert closed is None
    assert isinstance(refused, IntegrityError)
    assert "is closed" in str(refused)
    assert not Mark.objects.exists()


def test_older_snapshot_may_not_write_marks(lesson: Lesson) -> None:
    """In repeatable read the trigger could not see a sheet that was closed meanwhile: such writes are refused."""
    journal = journal_of(lesson)
    student = cells(lesson)[0]["student"]

    def write() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(
                "INSERT INTO journal_mark (lesson_id, student_id, workload_id, presence, version, by_id, at, source,"
                " request_id, reason) VALUES (%s, %s, %s, 'present', 1, %s, now(), 'import', gen_random_uuid(), '')",
                [lesson.id, student, journal.id, lesson.teacher.user_id],
            )

    with pytest.raises(DatabaseError, match="read committed only"):
        write()


@pytest.mark.parametrize("round_", range(6))
def test_two_pages_in_one_cell_keep_one_mark_and_tell_the_other(lesson: Lesson, at_once: AtOnce, round_: int) -> None:
    journal = journal_of(lesson)

    def page(value: str) -> Callable[[], Any]:
        return lambda: record_marks(
            journal_id=journal.id, raw_marks=cells(lesson, value), by=lesson.teacher.user, now=NOW
        )

    first, second = at_once(page("5"), page("4"))
    assert sorted([first.status, second.status]) == [200, 409]
    winner, loser = (first, second) if first.status == 200 else (second, first)
    kept = winner.answer["marks"][0]["value"]
    assert [str(mark.grade) for mark in Mark.objects.all()] == [kept] * 3
    assert {cell["current"]["value"] for cell in loser.answer["marks"]} == {kept}
    assert set(Mark.objects.values_list("version", flat=True)) == {1}
    assert not ChangeEvent.objects.exists()


def test_two_people_close_once(lesson: Lesson, at_once: AtOnce) -> None:
    journal = journal_of(lesson)
    module = Module.objects.get(number=1)

    def close() -> Any:
        return close_module(course=journal.course, module=module, by=lesson.teacher.user, now=NOW)

    results = at_once(close, close)
    assert sorted(type(result).__name__ for result in results) == ["ModuleSheet", "Refusal"]
    assert ModuleSheet.objects.get().state == SheetState.CLOSED


def test_bulk_work_takes_no_lock_of_a_course(lesson: Lesson) -> None:
    """The semester's exclusive lock stands for its courses': thousands of them would exhaust the lock table."""
    journal = journal_of(lesson)
    with transaction.atomic():
        locks.own_semesters([journal.course.semester_id])
        Mark.objects.create(
            lesson=lesson,
            student_id=cells(lesson)[0]["student"],
            workload=journal,
            presence=Presence.PRESENT,
            by=lesson.teacher.user,
            at=NOW,
            source=Source.IMPORT,
            request_id=make.REQUEST_ID,
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT classid, mode FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            assert cursor.fetchall() == [(locks.SEMESTER, "ExclusiveLock")]


def test_bulk_hint_without_the_lock_is_not_believed(lesson: Lesson) -> None:
    journal = journal_of(lesson)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('ejournal.bulk', 'on', true)")
        Mark.objects.create(
            lesson=lesson,
            student_id=cells(lesson)[0]["student"],
            workload=journal,
            presence=Presence.PRESENT,
            by=lesson.teacher.user,
            at=NOW,
            source=Source.IMPORT,
            request_id=make.REQUEST_ID,
        )
        cursor.execute(
            "SELECT classid, mode FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() ORDER BY 1"
        )
        assert cursor.fetchall() == [(locks.SEMESTER, "ShareLock"), (locks.COURSE, "ShareLock")]
