"""Closing a module (§4.3): what it stores, what it refuses, what stays, and what a reopening adds beside it."""

from collections.abc import Callable
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.enums import SheetState, TaskKind
from journal.models import (
    ModuleConfirmation,
    ModulePoint,
    ModuleSheet,
    ModuleTotal,
    RatingScheme,
    Reopening,
    SchemeChoice,
    SheetEdition,
)
from journal.selectors.sheets import stored_totals, totals_that_differ
from journal.services import close_module, confirm_module, record_marks
from journal.services.reopenings import approve_reopening, ask_reopening, end_reopening, expire_reopenings
from journal.services.selfstudy import Typed, give_task
from messaging.models import Notification
from tests import factories as make
from university.models import Module, Policy

pytestmark = pytest.mark.django_db

NOW = clock.moment_of(make.MONDAY, time(18, 0))
LATER = NOW + timedelta(days=20)

QUERIES = 15  # asked: at most fifteen


class Stage:
    """A course of an exam with two students and two lessons: one was there twice and has 5 and 4, the other once."""

    def __init__(self) -> None:
        self.workload = make.make_workload()
        self.course = self.workload.course
        self.teacher = self.workload.teachers.get().teacher
        self.module = Module.objects.get(semester=self.course.semester, number=1)
        self.student = make.make_student(group=self.course.group)
        self.fellow = make.make_student(group=self.course.group, first_name="Нурай")
        for student in (self.student, self.fellow):
            make.enrol(student, self.course)
        self.lessons = [make.make_lesson(self.workload, pair=pair) for pair in (1, 2)]
        for lesson, student, value in (
            (0, self.student, "5"),
            (1, self.student, "4"),
            (0, self.fellow, "3"),
            (1, self.fellow, "кж"),
        ):
            assert self.mark(self.lessons[lesson], student, value)["status"] == 200

    def mark(self, lesson: Any, student: Any, value: str, *, version: int = 0, at: Any = NOW) -> dict[str, Any]:
        cell = {"lesson": lesson.id, "student": student.id, "version": version, "value": value, "reason": "оңдоо"}
        saved = record_marks(journal_id=self.workload.id, raw_marks=[cell], by=self.teacher.user, now=at)
        found: dict[str, Any] = saved.answer["marks"][0]
        return found

    def close(self, number: int = 1, *, at: Any = NOW) -> ModuleSheet:
        module = Module.objects.get(semester=self.course.semester, number=number)
        return close_module(course=self.course, module=module, by=self.teacher.user, now=at)

    def open(self) -> Reopening:
        head, office = make.make_user(), make.make_user()
        make.appoint(head, Role.HEAD, department=self.workload.department)
        make.appoint(office, Role.DEANS_OFFICE, unit=self.course.group.unit)
        asked = ask_reopening(
            workload=self.workload,
            lessons=[self.lessons[1].id],
            students=[self.fellow.id],
            why="журналга жаңылыш киргизилген",
            by=self.teacher.user,
            now=LATER,
        )
        approve_reopening(reopening_id=asked.pk, by=head, now=LATER)
        return approve_reopening(reopening_id=asked.pk, by=office, now=LATER)

    def totals(self, number: int = 1) -> dict[int, ModuleTotal]:
        found = ModuleTotal.objects.filter(edition__sheet__course=self.course, edition__number=number)
        return {total.student_id: total for total in found}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def points(total: ModuleTotal) -> tuple[Decimal | None, ...]:
    return (total.attendance, total.achievement, total.self_study, total.control, total.total)


def sql(text: str, *params: object, using: str = "default") -> None:
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(text, params)


def at_commit() -> None:
    """What the database judges at a commit, which a test never reaches."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_3_5e_closing_stores_each_students_points_with_what_they_were_made_of(stage: Stage) -> None:
    sheet = stage.close()
    at_commit()
    edition = SheetEdition.objects.get()
    assert (edition.sheet, edition.number, edition.students, edition.at) == (sheet, 1, 2, NOW)
    assert (edition.scheme["code"], edition.scheme["control_form"]) == ("P1", "exam")
    totals = stage.totals()
    # 4 points of attendance × 2 of 2, 5 of achievement × 4.5 of 5.
    assert points(totals[stage.student.id]) == (Decimal("4.00"), Decimal("4.50"), None, None, Decimal("8.50"))
    assert points(totals[stage.fellow.id]) == (Decimal("2.00"), Decimal("3.00"), None, None, Decimal("5.00"))
    of_fellow = totals[stage.fellow.id]
    assert (of_fellow.facts["held"], of_fellow.facts["attended"], of_fellow.facts["grade_sum"]) == (2, 1, 3)
    assert of_fellow.parts["auto_attendance"]["cap"] == "4"
    assert list(totals_that_differ()) == []


@pytest.mark.parametrize(("students", "lessons"), [(0, 0), (28, 22)])
def test_closing_asks_fifteen_queries_at_most(stage: Stage, students: int, lessons: int) -> None:
    """Of a course of thirty students × twenty-four lessons as many as of two × two, the locks included."""
    for _ in range(students):
        make.enrol(make.make_student(group=stage.course.group), stage.course)
    for place in range(lessons):
        make.make_lesson(stage.workload, day=make.MONDAY + timedelta(days=place // 4), pair=3 + place % 4)
    typed = Typed(title="Реферат", text="", kind=TaskKind.INDIVIDUAL, maximum=Decimal(5), due_on=make.MONDAY)
    give_task(workload=stage.workload, typed=typed, by=stage.teacher.user, now=NOW)
    second = Module.objects.get(semester=stage.course.semester, number=2)
    stage.close(2, at=clock.moment_of(second.starts_on, time(12, 0)))
    with CaptureQueriesContext(connection) as queries:
        close_module(course=stage.course, module=stage.module, by=stage.teacher.user, now=NOW)
    asked = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) == QUERIES


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda stage: stage.close(), "module_closed"),
        (
            lambda stage: Policy.objects.create(key="module_confirmations", value=True, valid_from=make.MONDAY),
            "not_confirmed",
        ),
    ],
)
def test_closing_is_refused(stage: Stage, spoil: Callable[[Stage], object], code: str) -> None:
    spoil(stage)
    kept = SheetEdition.objects.count()
    with pytest.raises(Refusal) as refused:
        stage.close()
    assert (refused.value.code, SheetEdition.objects.count()) == (code, kept)


def test_module_that_has_not_begun_is_not_closed(stage: Stage) -> None:
    with pytest.raises(Refusal) as refused:
        stage.close(2)
    assert (refused.value.code, ModuleSheet.objects.exists()) == ("not_begun", False)


def test_closing_waits_for_each_teachers_word_where_the_setting_asks(stage: Stage) -> None:
    Policy.objects.create(key="module_confirmations", value=True, valid_from=make.MONDAY)
    second = make.make_workload(course=stage.course, teacher=make.make_teacher(last_name="Касымов"))
    for _ in range(2):
        confirm_module(workload=stage.workload, module=stage.module, teacher=stage.teacher, now=NOW)
    assert ModuleConfirmation.objects.count() == 1
    with pytest.raises(Refusal, match="Касымов"):
        stage.close()
    confirm_module(workload=second, module=stage.module, teacher=second.teachers.get().teacher, now=NOW)
    assert stage.close().state == SheetState.CLOSED
    with pytest.raises(Refusal) as refused:
        confirm_module(workload=second, module=stage.module, teacher=second.teachers.get().teacher, now=NOW)
    assert refused.value.code == "module_closed"


def test_who_came_later_carries_the_weight_of_what_he_missed(stage: Stage) -> None:
    """His first module is undefined: its attendance passes to the module that closes last (domain 1.3)."""
    stage.close()
    second = Module.objects.get(semester=stage.course.semester, number=2)
    late = make.make_student(group=stage.course.group, first_name="Жанара")
    make.enrol(late, stage.course, starts_on=second.starts_on)
    monday = second.starts_on + timedelta(days=-second.starts_on.weekday() % 7)
    lesson = make.make_lesson(stage.workload, day=monday)
    at = clock.moment_of(monday, time(18, 0))
    for student in (stage.student, stage.fellow, late):
        assert stage.mark(lesson, student, "4", at=at)["status"] == 200
    stage.close(2, at=at)
    at_commit()
    total = ModuleTotal.objects.get(student=late)
    assert (total.attendance, total.parts["auto_attendance"]["taken_over"]) == (Decimal("8.00"), "4")
    assert late.pk not in stored_totals(stage.course.pk)[1]
    assert list(totals_that_differ()) == []


def test_end_of_a_reopening_stores_the_next_edition_beside_the_old(stage: Stage) -> None:
    stage.close()
    opened = stage.open()
    assert stage.mark(stage.lessons[1], stage.fellow, "5", version=1, at=LATER)["status"] == 200
    assert SheetEdition.objects.count() == 1
    end_reopening(reopening_id=opened.pk, by=stage.teacher.user, now=LATER)
    at_commit()
    assert points(stage.totals(1)[stage.fellow.id]) == (Decimal(2), Decimal(3), None, None, Decimal(5))
    assert points(stage.totals(2)[stage.fellow.id]) == (Decimal(4), Decimal(4), None, None, Decimal(8))
    assert points(stage.totals(2)[stage.student.id]) == points(stage.totals(1)[stage.student.id])
    second = SheetEdition.objects.get(number=2)
    assert (second.reopening_id, second.at, second.source) == (opened.pk, LATER, "correction")
    assert stored_totals(stage.course.pk)[1][stage.fellow.id].total == Decimal(8)
    assert list(totals_that_differ()) == []


def told(student: Any) -> list[tuple[str, str]]:
    lines = Notification.objects.filter(user=student.user, kind="module_points").order_by("id")
    return list(lines.values_list("text", "url"))


def test_4_3_students_are_told_of_the_closing_and_of_what_a_reopening_changed(stage: Stage) -> None:
    """Once each; where nothing changed nobody is told again."""
    for student in (stage.student, stage.fellow):
        student.user.language = "en"
        student.user.save()
    stage.close()
    url = f"/cabinet/{{}}/courses/{stage.course.pk}/points/".format
    name = stage.course.discipline.name
    own = (f"{name}: module 1 is closed, your points: 8.50.", url(stage.student.pk))
    fellows = (f"{name}: module 1 is closed, your points: 5.00.", url(stage.fellow.pk))
    assert (told(stage.student), told(stage.fellow)) == ([own], [fellows])
    opened = stage.open()
    assert stage.mark(stage.lessons[1], stage.fellow, "5", version=1, at=LATER)["status"] == 200
    end_reopening(reopening_id=opened.pk, by=stage.teacher.user, now=LATER)
    changed = (f"{name}, module 1: your points were 5.00, now they are 8.00.", url(stage.fellow.pk))
    assert (told(stage.student), told(stage.fellow)) == ([own], [fellows, changed])


def test_closing_is_told_in_each_students_language(stage: Stage) -> None:
    stage.fellow.user.language = "ru"
    stage.fellow.user.save()
    stage.close()
    assert "балл" in told(stage.student)[0][0]
    assert "8,50" in told(stage.student)[0][0]
    assert "ваши баллы: 5,00" in told(stage.fellow)[0][0]


def test_reopening_that_time_ends_computes_anew_too(stage: Stage) -> None:
    stage.close()
    opened = stage.open()
    assert opened.until is not None
    assert expire_reopenings(now=opened.until) == 1
    assert list(SheetEdition.objects.order_by("number").values_list("number", "reopening_id")) == [
        (1, None),
        (2, opened.pk),
    ]


def test_reopening_past_the_window_of_an_open_module_stores_nothing(stage: Stage) -> None:
    opened = stage.open()
    end_reopening(reopening_id=opened.pk, by=stage.teacher.user, now=LATER)
    assert not SheetEdition.objects.exists()


def test_module_that_took_over_a_weight_follows_when_that_changes(stage: Stage) -> None:
    """The first module's attendance was undefined and its weight was booked in the second; a reopening defines it."""
    lone = make.make_student(group=stage.course.group, first_name="Алтынай")
    make.enrol(lone, stage.course)
    second = Module.objects.get(semester=stage.course.semester, number=2)
    monday = second.starts_on + timedelta(days=-second.starts_on.weekday() % 7)
    at = clock.moment_of(monday, time(18, 0))
    stage.close(at=at)
    lesson = make.make_lesson(stage.workload, day=monday)
    for student in (stage.student, stage.fellow, lone):
        assert stage.mark(lesson, student, "5", at=at)["status"] == 200
    stage.close(2, at=at + timedelta(minutes=1))
    at_commit()
    assert ModuleTotal.objects.get(student=lone, edition__sheet__module=second).attendance == Decimal(8)
    head, office = make.make_user(), make.make_user()
    make.appoint(head, Role.HEAD, department=stage.workload.department)
    make.appoint(office, Role.DEANS_OFFICE, unit=stage.course.group.unit)
    later = at + timedelta(days=10)
    asked = ask_reopening(
        workload=stage.workload,
        lessons=[one.id for one in stage.lessons],
        students=[lone.id],
        why="жок деп коюлган эмес",
        by=stage.teacher.user,
        now=later,
    )
    for user in (head, office):
        approve_reopening(reopening_id=asked.pk, by=user, now=later)
    assert stage.mark(stage.lessons[0], lone, "кж", at=later)["status"] == 200
    end_reopening(reopening_id=asked.pk, by=stage.teacher.user, now=later)
    at_commit()
    of_lone = {
        total.edition.sheet.module.number: total.attendance
        for total in ModuleTotal.objects.filter(student=lone, edition__number=2)
    }
    assert of_lone == {1: Decimal(0), 2: Decimal(4)}
    assert list(totals_that_differ()) == []


FORGED = (
    "INSERT INTO journal_sheetedition (sheet_id, number, scheme, students, based_on, reopening_id, by_id, at, source,"
    " request_id) SELECT sheet_id, {number}, scheme, 0, '{{}}', {reopening}, by_id, {at}, source, request_id"
    " FROM journal_sheetedition"
)
EXTRA = (
    "INSERT INTO journal_moduletotal (edition_id, student_id, total, carried, warnings, parts, facts, achievement)"
    " SELECT edition_id, %s, {total}, 0, '{{}}', parts, facts, {achievement} FROM journal_moduletotal LIMIT 1"
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_moduletotal SET total = 100",
        "DELETE FROM journal_moduletotal",
        "TRUNCATE journal_moduletotal",
        "UPDATE journal_sheetedition SET students = 3",
        "DELETE FROM journal_sheetedition",
        "ALTER TABLE journal_moduletotal DISABLE TRIGGER ALL",
    ],
)
def test_4_3_web_role_neither_changes_nor_removes_a_stored_total(stage: Stage, statement: str) -> None:
    stage.close()
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        sql(statement)


@pytest.mark.parametrize(
    ("statement", "law"),
    [
        (FORGED.format(number=2, reopening="NULL", at="at"), "next_by_reopening|comes neither"),
        (FORGED.format(number=3, reopening="NULL", at="at"), "next_by_reopening|comes neither"),
    ],
)
def test_edition_comes_by_no_other_way(stage: Stage, statement: str, law: str) -> None:
    stage.close()
    with pytest.raises(IntegrityError, match=law):
        sql(statement)


@pytest.mark.parametrize(
    ("total", "achievement", "law"),
    [("1", "1", "has its totals already"), ("2", "1", "has its totals already")],
)
def test_total_is_not_added_to_an_edition(stage: Stage, total: str, achievement: str, law: str) -> None:
    stage.close()
    stranger = make.make_student()
    with pytest.raises(IntegrityError, match=law):
        sql(EXTRA.format(total=total, achievement=achievement), stranger.id)


def second_edition(stage: Stage) -> SheetEdition:
    """The second module closed by hand, with an edition that is to have one total."""
    first = SheetEdition.objects.get()
    said = {"by": stage.teacher.user, "at": NOW, "source": first.source, "request_id": make.REQUEST_ID}
    sheet = ModuleSheet.objects.create(
        course=stage.course,
        module=Module.objects.get(semester=stage.course.semester, number=2),
        state=SheetState.CLOSED,
        closed_by=stage.teacher.user,
        closed_at=NOW,
        **said,
    )
    return SheetEdition.objects.create(sheet=sheet, scheme=first.scheme, students=1, **said)


@pytest.mark.parametrize(
    ("row", "law"),
    [
        ({"achievement": Decimal("5.01"), "total": Decimal("5.01")}, "sum of parts"),
        ({"achievement": Decimal("4"), "total": Decimal("5")}, "sum of parts"),
        ({"achievement": Decimal("21"), "total": Decimal("21")}, "points_within"),
    ],
)
def test_law_five_holds_for_stored_points(stage: Stage, row: dict[str, Decimal], law: str) -> None:
    stage.close()
    kept = stage.totals()[stage.student.id]
    with pytest.raises(IntegrityError, match=law), transaction.atomic():
        ModuleTotal.objects.create(
            edition=second_edition(stage), student=stage.student, parts=kept.parts, facts=kept.facts, **row
        )


def test_law_five_holds_over_all_modules_of_a_course(stage: Stage) -> None:
    """Two modules that each give more than a half of the scheme's maximum are refused at the commit."""
    stage.close()
    kept = stage.totals()[stage.student.id]
    forged = second_edition(stage)
    parts = {**kept.parts, "auto_attendance": {**kept.parts["auto_attendance"], "cap": "8"}}
    ModuleTotal.objects.create(
        edition=forged, student=stage.student, attendance=8, total=8, parts=parts, facts=kept.facts
    )
    with pytest.raises(IntegrityError, match="more than the scheme"):
        at_commit()


def test_scheme_of_one_module_closes_with_the_semesters_last_over_all_its_days(stage: Stage) -> None:
    SchemeChoice.objects.create(
        control_form="exam",
        valid_from=2026,
        scheme=RatingScheme.objects.get(code="P4", control_form="exam"),
        at=NOW,
        source="web",
        request_id=make.REQUEST_ID,
    )
    with pytest.raises(Refusal) as refused:
        stage.close(1)
    assert refused.value.code == "closes_later"
    last = Module.objects.get(semester=stage.course.semester, number=2).ends_on
    after = clock.moment_of(last + timedelta(days=3), time(12, 0))
    # Its deadline counts from the end of the semester: what is long past its first module's is still open.
    Policy.objects.create(key="module_closing_days", value=3, valid_from=make.MONDAY)
    Policy.objects.create(key="filling_window_days", value=365, valid_from=make.MONDAY)
    assert stage.mark(stage.lessons[0], stage.fellow, "4", version=1, at=after)["status"] == 200
    late = stage.mark(stage.lessons[0], stage.fellow, "5", version=2, at=after + timedelta(days=1))
    assert (late["status"], late["code"]) == (423, "module_closed")
    assert late["deadline"] == (last + timedelta(days=3)).isoformat()
    sheet = stage.close(2, at=after)
    at_commit()
    assert list(ModuleSheet.objects.filter(state=SheetState.CLOSED).values_list("module__number", flat=True)) == [1, 2]
    assert SheetEdition.objects.get().sheet == sheet
    assert stage.totals()[stage.student.id].attendance == Decimal(8)
    assert stage.mark(stage.lessons[0], stage.fellow, "5", version=2, at=after)["code"] == "module_closed"
    assert list(totals_that_differ()) == []


def test_4_3_past_the_deadline_points_are_entered_and_the_module_is_closed(stage: Stage) -> None:
    Policy.objects.create(key="module_closing_days", value=3, valid_from=make.MONDAY)
    after = clock.moment_of(stage.module.ends_on + timedelta(days=10), time(12, 0))
    assert stage.mark(stage.lessons[0], stage.fellow, "5", version=1, at=after)["code"] == "module_closed"
    point = ModulePoint.objects.create(
        course=stage.course,
        module=stage.module,
        student=stage.student,
        component="manual",
        value=Decimal(14),
        entered_at=after,
        by=stage.teacher.user,
        at=after,
        source="web",
        request_id=make.REQUEST_ID,
    )
    stage.close(at=after)
    assert stage.totals()[stage.student.id].control == Decimal(14)
    for change in ("UPDATE journal_modulepoint SET value = 15, version = 2", "DELETE FROM journal_modulepoint"):
        with pytest.raises(DatabaseError, match=r"is closed|permission denied"):
            sql(change)
    point.refresh_from_db()
    assert point.value == Decimal(14)
