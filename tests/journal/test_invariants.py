"""check_journal: each law, broken on purpose by the owner behind the triggers' backs, is found."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections

from accounts.enums import Role
from ejournal.lib import clock
from journal.enums import Presence, Source, TaskKind
from journal.models import Mark, ModuleSheet, SavedNonce, SelfStudyMark, SelfStudyTask
from journal.selectors.invariants import COMPUTED, check_invariants, laws
from journal.services import close_module
from messaging.models import Notification
from teaching.models import Lesson
from tests import factories as make
from university.models import Holiday

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def taught() -> Lesson:
    """A lesson whose roll was taken: two students, one mark changed once, and a sheet closed afterwards."""
    workload = make.make_workload()
    lesson = make.make_lesson(workload)
    at = lesson.ends_at
    for name in ("Бекова", "Токтоева"):
        student = make.make_student(last_name=name)
        make.enrol(student, workload.course)
        Mark.objects.create(
            lesson=lesson,
            student=student,
            workload=workload,
            presence=Presence.PRESENT,
            by=lesson.teacher.user,
            at=at,
            source=Source.WEB,
            request_id=make.REQUEST_ID,
        )
    Mark.objects.filter(student__user__last_name="Бекова").update(grade=4, version=2, at=at, reason="кийин коюлду")
    Lesson.objects.filter(pk=lesson.pk).update(
        state="held",
        roll_taken_at=at,
        version=2,
        changed_by=lesson.teacher.user,
        changed_at=at,
        request_id=make.REQUEST_ID,
    )
    close(lesson)
    return lesson


@pytest.fixture
def graded(taught: Lesson, past_the_laws: Callable[..., None]) -> None:
    """A task of the closed module: points of one student as they were made, of the other changed once since."""
    workload = taught.workloads.get().workload
    said: dict[str, Any] = {"by": taught.teacher.user, "at": taught.ends_at, "source": Source.WEB}
    said["request_id"] = make.REQUEST_ID
    # The second module is open; the task is put under the first once it has its points.
    module = workload.course.semester.modules.get(number=2)
    task = SelfStudyTask.objects.create(
        workload=workload,
        module=module,
        title="Ньютондун мыйзамдары",
        kind=TaskKind.INDIVIDUAL,
        maximum=10,
        given_on=module.starts_on,
        due_on=module.starts_on,
        **said,
    )
    for mark in Mark.objects.all():
        SelfStudyMark.objects.create(task=task, student=mark.student, points=7, entered_at=taught.ends_at, **said)
    first = SelfStudyMark.objects.order_by("id")[:1]
    SelfStudyMark.objects.filter(id__in=first.values("id")).update(points=8, version=2, reason="кайра каралды")
    past_the_laws(f"UPDATE journal_selfstudytask SET module_id = {workload.course.semester.modules.get(number=1).pk}")


def close(lesson: Lesson) -> None:
    course = lesson.workloads.get().workload.course
    module = course.semester.modules.get(number=1)
    said = {"by": lesson.teacher.user, "at": clock.now(), "source": Source.WEB, "request_id": make.REQUEST_ID}
    ModuleSheet.objects.create(course=course, module=module, **said)
    close_module(course=course, module=module, by=lesson.teacher.user, now=clock.now())


def broken() -> dict[str, int]:
    return {finding.code: finding.count for finding in check_invariants() if not finding.holds}


@pytest.fixture
def past_the_laws(taught: Lesson, owner_cursor: Any) -> Callable[..., None]:
    """The owner with every trigger asleep; they are woken before the test looks, so that only the rows are wrong."""
    tables = (
        "journal_mark",
        "journal_modulesheet",
        "journal_selfstudymark",
        "journal_selfstudytask",
        "journal_moduletotal",
        "journal_sheetedition",
        "teaching_courseenrolment",
        "teaching_lesson",
        "teaching_lessonworkload",
    )

    def plant(*statements: str) -> None:
        for table in tables:
            owner_cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            for statement in statements:
                owner_cursor.execute(statement)
        finally:
            for table in tables:
                owner_cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return plant


def test_a_sound_journal_breaks_no_law(taught: Lesson) -> None:
    assert broken() == {}


def test_an_empty_journal_breaks_no_law() -> None:
    assert broken() == {}


CHANGED = "(SELECT id FROM journal_mark WHERE version = 2)"
UNCHANGED = "(SELECT id FROM journal_mark WHERE version = 1)"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (f"UPDATE journal_mark SET grade = 5 WHERE id = {CHANGED}", {"I2.marks": 1}),
        (f"UPDATE journal_mark SET version = 2 WHERE id = {UNCHANGED}", {"I2.marks": 1}),
        ("DELETE FROM journal_changeevent WHERE entity = 'journal_mark'", {"I2.marks": 1}),
        (f"UPDATE journal_mark SET version = 3 WHERE id = {CHANGED}", {"I2.marks": 2}),
        ("UPDATE journal_modulesheet SET closed_at = closed_at - interval '1 day'", {"I2.sheets": 1}),
        (f"UPDATE journal_mark SET at = now() + interval '1 hour' WHERE id = {UNCHANGED}", {"I3": 1}),
        (
            "UPDATE journal_changeevent SET recorded_at = recorded_at + interval '1 hour' WHERE entity='journal_mark'",
            {"I3": 1},
        ),
        (
            f"UPDATE journal_mark SET request_id = '00000000-0000-0000-0000-000000000000' WHERE id = {UNCHANGED}",
            {"I5.marks": 1},
        ),
        (
            "UPDATE journal_modulesheet SET request_id = '00000000-0000-0000-0000-000000000000'",
            {"I5.sheets": 1},
        ),
        ("UPDATE journal_moduletotal SET achievement = 1.5, total = total + 1.5 WHERE achievement = 0", {"I4": 1}),
        ("UPDATE journal_moduletotal SET facts = jsonb_set(facts, '{held}', '2')", {"I4": 2}),
        ("UPDATE journal_sheetedition SET scheme = jsonb_set(scheme, '{late}', '\"absent\"'), students = 3", {"I4": 1}),
        ("DELETE FROM journal_moduletotal; DELETE FROM journal_sheetedition", {"I4.editions": 1}),
        ("UPDATE journal_changeevent SET by_id = NULL WHERE entity = 'journal_mark'", {"I5.events": 1}),
        ("UPDATE journal_changeevent SET source = 'magic' WHERE entity = 'journal_mark'", {"I5.events": 1}),
        ("UPDATE teaching_lesson SET changed_by_id = NULL", {"I5.lessons": 1}),
        ("UPDATE teaching_slot SET weekday = 3", {"I8.rests": 1}),
        ("UPDATE teaching_slot SET parity = 'odd'", {"I8.rests": 1}),
        ("UPDATE teaching_slot SET ends_on = starts_on", {"I8.rests": 1}),
        ("DELETE FROM teaching_lessonworkload", {"I8.serves": 1, "roll.enrolled": 2}),
        ("UPDATE teaching_lesson SET state = 'planned'", {"roll.state": 1}),
        (f"DELETE FROM journal_mark WHERE id = {UNCHANGED}", {"roll.complete": 1}),
        (
            "UPDATE teaching_courseenrolment SET ends_on = '2026-09-10' WHERE student_id ="
            f" (SELECT student_id FROM journal_mark WHERE id = {UNCHANGED})",
            {"roll.enrolled": 1},
        ),
    ],
)
def test_a_breach_is_found(past_the_laws: Any, statement: str, found: dict[str, int]) -> None:
    past_the_laws(statement)
    assert broken() == found


CHANGED_POINTS = "(SELECT id FROM journal_selfstudymark WHERE version = 2)"
UNCHANGED_POINTS = "(SELECT id FROM journal_selfstudymark WHERE version = 1)"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("SELECT 1", {}),
        (f"UPDATE journal_selfstudymark SET points = 9 WHERE id = {CHANGED_POINTS}", {"I2.points": 1}),
        (f"UPDATE journal_selfstudymark SET version = 2 WHERE id = {UNCHANGED_POINTS}", {"I2.points": 1}),
        (
            f"UPDATE journal_selfstudymark SET at = now() + interval '1 hour' WHERE id = {UNCHANGED_POINTS}",
            {"I3.points": 1},
        ),
        (f"UPDATE journal_selfstudymark SET points = 11 WHERE id = {UNCHANGED_POINTS}", {"I7.points": 1}),
        (
            f"UPDATE journal_selfstudymark SET request_id = '00000000-0000-0000-0000-000000000000'"
            f" WHERE id = {UNCHANGED_POINTS}",
            {"I5.points": 1},
        ),
        ("UPDATE journal_selfstudytask SET version = 2", {"I2.tasks": 1}),
        ("UPDATE journal_selfstudytask SET source = 'magic'", {"I5.tasks": 1}),
    ],
)
def test_a_breach_of_self_study_is_found(
    graded: None, past_the_laws: Any, statement: str, found: dict[str, int]
) -> None:
    past_the_laws(statement)
    assert broken() == found


def test_a_second_mark_is_found(past_the_laws: Any, owner_cursor: Any) -> None:
    owner_cursor.execute("DROP INDEX journal_mark_one")
    try:
        past_the_laws(
            "INSERT INTO journal_mark (lesson_id, student_id, workload_id, presence, version, by_id, at, source,"
            " request_id, reason) SELECT lesson_id, student_id, workload_id, presence, 1, by_id, at, source,"
            " request_id, '' FROM journal_mark WHERE version = 1"
        )
        assert broken() == {"I1": 1}
    finally:
        past_the_laws("DELETE FROM journal_mark WHERE id = (SELECT max(id) FROM journal_mark)")
        owner_cursor.execute(
            "CREATE UNIQUE INDEX journal_mark_one ON journal_mark (lesson_id, student_id) INCLUDE (presence, grade)"
        )


def test_a_grade_beyond_five_is_found(past_the_laws: Any, owner_cursor: Any) -> None:
    check = "CHECK (grade IS NULL OR (grade >= 0 AND grade <= 5))"
    owner_cursor.execute("ALTER TABLE journal_mark DROP CONSTRAINT journal_mark_grade_0_5")
    try:
        past_the_laws(f"UPDATE journal_mark SET grade = 6 WHERE id = {UNCHANGED}")
        assert broken() == {"I7": 1}
    finally:
        past_the_laws(f"UPDATE journal_mark SET grade = NULL WHERE id = {UNCHANGED}")
        owner_cursor.execute(f"ALTER TABLE journal_mark ADD CONSTRAINT journal_mark_grade_0_5 {check}")


def test_a_lesson_on_a_holiday_is_found(taught: Lesson) -> None:
    Holiday.objects.create(day=taught.date, name="Майрам")
    assert broken() == {"I8.holidays": 1}


@pytest.mark.parametrize(
    ("table", "trigger"),
    [("journal_mark", "journal_mark_history"), ("teaching_slot", "loading_teaching_slot_update")],
)
def test_a_sleeping_trigger_is_found(taught: Lesson, owner_cursor: Any, table: str, trigger: str) -> None:
    owner_cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    try:
        assert broken() == {"law.triggers": 1}
    finally:
        owner_cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def test_a_right_too_many_is_found(taught: Lesson, owner_cursor: Any) -> None:
    web = connection.settings_dict["USER"]
    owner_cursor.execute(f'GRANT DELETE ON journal_changeevent TO "{web}"')
    try:
        assert broken() == {"law.rights": 1}
    finally:
        owner_cursor.execute(f'REVOKE DELETE ON journal_changeevent FROM "{web}"')


def test_command_says_what_holds(taught: Lesson) -> None:
    said = StringIO()
    call_command("check_journal", stdout=said)
    lines = said.getvalue().splitlines()
    assert [line[0] for line in lines[:-1]] == ["✓"] * len([*laws(), *COMPUTED])
    assert lines[-1] == f"All {len([*laws(), *COMPUTED])} laws hold."


def test_command_ends_with_one_and_names_the_breach(past_the_laws: Any) -> None:
    past_the_laws("UPDATE teaching_lesson SET state = 'planned'")
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_journal", "--json", stdout=said)
    answer = json.loads(said.getvalue())
    assert (ended.value.code, answer["holds"]) == (1, False)
    assert [found["code"] for found in answer["invariants"] if not found["holds"]] == ["roll.state"]


def test_task_tells_administrators_once_a_day(past_the_laws: Any) -> None:
    from journal.tasks import check_invariants as task

    administrator = make.make_user("admin")
    make.appoint(administrator, Role.ADMINISTRATOR)
    make.appoint(make.make_user("moderator"), Role.MODERATOR)
    assert task() == 0
    past_the_laws("UPDATE teaching_lesson SET state = 'planned'")
    assert [task(), task()] == [1, 1]
    told = Notification.objects.filter(user__student=None)  # students are told of the closed module
    assert [row.user for row in told.select_related("user")] == [administrator]


def test_task_forgets_nonces_after_thirty_days() -> None:
    from journal.tasks import forget_nonces

    user = make.make_user()
    for days, nonce in ((31, 1), (29, 2)):
        SavedNonce.objects.create(
            nonce=f"00000000-0000-4000-8000-00000000000{nonce}",
            user=user,
            body_sha256=b"x" * 32,
            answer={},
            status=200,
            at=clock.now() - timedelta(days=days),
        )
    assert forget_nonces() == 1
    assert [str(row.nonce)[-1] for row in SavedNonce.objects.all()] == ["2"]


def test_connection_is_the_webs() -> None:
    """The questions are asked by the role that serves pages, not by the owner."""
    assert connection.settings_dict["USER"] != connections["owner"].settings_dict["USER"]
